/*
 * IEEE 754 half precision: 1 sign bit, 5 of exponent (bias 15), 10 of
 * mantissa. Both ways by moving bits; where bits are lost, the number rounds
 * to the nearest, ties to even, by adding just under half of the last kept bit
 * and that bit itself. A carry out of the mantissa raises the exponent, which
 * is what it should do, up to infinity.
 */
#include <string.h>
#include "num/tensorfile.h"

uint16_t half_from_float(float x)
{
	uint32_t bits, sign, a;

	memcpy(&bits, &x, sizeof bits);
	sign = bits >> 16 & 0x8000u;
	a = bits & 0x7fffffffu;
	if (a > 0x7f800000u) /* NaN, kept quiet */
		return (uint16_t)(sign | 0x7e00u | (a >> 13 & 0x3ffu));
	if (a >= 0x47800000u) /* 65536 and more */
		return (uint16_t)(sign | 0x7c00u);
	if (a >= 0x38800000u) { /* 2^-14 and more: a normal number; the exponent's bias goes from 127 to 15 */
		a -= (uint32_t)(127 - 15) << 23;
		a += 0xfffu + (a >> 13 & 1);
		return (uint16_t)(sign | a >> 13);
	}
	if (a > 0x33000000u) { /* more than half of the least one, 2^-24 */
		const uint32_t mantissa = (a & 0x7fffffu) | 0x800000u;
		const uint32_t shift = 126 - (a >> 23); /* 14 .. 24 */
		const uint32_t kept = mantissa >> shift;
		const uint32_t lost = mantissa & ((1u << shift) - 1), tie = 1u << (shift - 1);

		return (uint16_t)(sign | (kept + (lost > tie || (lost == tie && (kept & 1)))));
	}
	return (uint16_t)sign;
}

float float_from_half(uint16_t h)
{
	const uint32_t sign = (uint32_t)(h & 0x8000u) << 16;
	uint32_t a = h & 0x7fffu;
	float x;

	if (a >= 0x7c00u) { /* infinity, NaN */
		a = 0x7f800000u | (a & 0x3ffu) << 13;
	} else if (a >= 0x400u) {
		a = (a << 13) + ((uint32_t)(127 - 15) << 23);
	} else { /* subnormal: a x 2^-24 */
		x = (float)a * 0x1p-24f;
		memcpy(&a, &x, sizeof a);
	}
	a |= sign;
	memcpy(&x, &a, sizeof x);
	return x;
}
