/*
 * exp, tanh and the logistic function of one number, inline, for loops that
 * do more than one of them at a time (an LSTM's gates) and for num/vec.c.
 * The float versions have no branch, no table and no call, so that a loop
 * over them becomes vector instructions. The double build, in which
 * gradients are checked, uses libm.
 *
 * exp: x = n ln 2 + r, |r| <= ln(2)/2, exp(x) = 2^n (1 + r + r^2 P(r)); P is
 * the polynomial of Cephes' expf (Moshier). n comes out of an addition of
 * 1.5 x 2^23, which leaves it in the low bits; 2^n is put together from its
 * exponent bits, in two halves, so that subnormal results are rounded once.
 * tanh: expm1(2|x|) / (expm1(2|x|) + 2), which has no cancellation near 0.
 */
#ifndef NUM_SCALAR_H
#define NUM_SCALAR_H

#include <math.h>
#include <stdint.h>
#include <string.h>
#include "num/real.h"

/* Before a loop whose iterations do not touch each other's numbers, which the compiler cannot see where y may be x. */
#if defined(__clang__)
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define INDEPENDENT _Pragma("GCC ivdep")
#else
#define INDEPENDENT
#endif

/* a b + c, fused where the processor does that in one instruction. */
static inline real real_madd(real a, real b, real c)
{
#if defined(REAL_DOUBLE) && defined(__FP_FAST_FMA)
	return fma(a, b, c);
#elif !defined(REAL_DOUBLE) && defined(__FP_FAST_FMAF)
	return fmaf(a, b, c);
#else
	return a * b + c;
#endif
}

#ifdef REAL_DOUBLE

static inline real real_exp(real x)
{
	return exp(x);
}

static inline real real_tanh(real x)
{
	return tanh(x);
}

static inline real real_sigmoid(real x)
{
	const real e = exp(-fabs(x));

	return (x < 0 ? e : 1) / (1 + e);
}

static inline real real_log(real x)
{
	return log(x);
}

#else

static inline uint32_t scalar_bits(float x)
{
	uint32_t u;

	memcpy(&u, &x, sizeof u);
	return u;
}

static inline float scalar_float(uint32_t u)
{
	float x;

	memcpy(&x, &u, sizeof x);
	return x;
}

/* Splits x into n and r; returns exp(r) - 1. A NaN goes into r, with an n that does not matter. */
static inline float scalar_reduce(float x, int32_t *n)
{
	const float magic = 12582912.0f;
	const float t = real_madd(x, 1.44269504088896341f, magic);
	const float m = t - magic;
	float r, p;

	*n = (int32_t)(scalar_bits(t) - scalar_bits(magic));
	r = real_madd(m, -0.693359375f, x);
	r = real_madd(m, 2.12194440e-4f, r);
	p = 1.9875691500e-4f;
	p = real_madd(p, r, 1.3981999507e-3f);
	p = real_madd(p, r, 8.3334519073e-3f);
	p = real_madd(p, r, 4.1665795894e-2f);
	p = real_madd(p, r, 1.6666665459e-1f);
	p = real_madd(p, r, 5.0000001201e-1f);
	return real_madd(p, r * r, r);
}

/* 2^n for n in -126..127. */
static inline float scalar_power(int32_t n)
{
	return scalar_float(((uint32_t)n + 127u) << 23);
}

static inline real real_exp(real x)
{
	int32_t n, half;
	float e;

	/* The comparisons let NaN through; beyond the bounds the result is infinite or 0 all the same. */
	x = x > 89.0f ? 89.0f : x;
	x = x < -104.0f ? -104.0f : x;
	e = scalar_reduce(x, &n) + 1.0f;
	half = n >> 1;
	return e * scalar_power(half) * scalar_power(n - half);
}

static inline real real_tanh(real x)
{
	const uint32_t sign = scalar_bits(x) & 0x80000000u;
	float a = scalar_float(scalar_bits(x) & 0x7fffffffu);
	int32_t n;
	float e, s;

	a = a > 10.0f ? 10.0f : a; /* tanh(10) is 1 to a float's precision */
	e = scalar_reduce(2.0f * a, &n);
	s = scalar_power(n);
	e = real_madd(s, e, s - 1.0f);
	return scalar_float(scalar_bits(e / (e + 2.0f)) | sign);
}

static inline real real_sigmoid(real x)
{
	/* exp of a negative number only: it cannot overflow, and small results keep their digits. */
	const float e = real_exp(scalar_float(scalar_bits(x) | 0x80000000u));

	return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

static inline real real_log(real x)
{
	return logf(x);
}

#endif

static inline real real_abs(real x)
{
#ifdef REAL_DOUBLE
	return fabs(x);
#else
	return fabsf(x);
#endif
}

static inline real real_sqrt(real x)
{
#ifdef REAL_DOUBLE
	return sqrt(x);
#else
	return sqrtf(x);
#endif
}

#endif
