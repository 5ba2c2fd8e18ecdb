/*
 * Text from outside. What goes to a terminal is decoded strictly (no overlong
 * forms, no surrogates) and comes out without a byte that could command it or
 * turn the direction of writing around. Numbers are read by a grammar of our
 * own and converted in the C locale, whatever the embedding program has set.
 */
#include "base/text.h"

#include <limits.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"

#define NAME_MAX_LENGTH 127 /* longer names are near nothing */

/*
 * Decode one character of at most size > 0 bytes. Returns its length and
 * leaves its code; 0 when this is not UTF-8 (Unicode 15, table 3-7).
 */
static size_t decode(const unsigned char *s, size_t size, uint32_t *code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t c = s[0];
	size_t n;

	if (c < 0x80)
		n = 1;
	else if ((c & 0xe0) == 0xc0)
		n = 2, c &= 0x1f;
	else if ((c & 0xf0) == 0xe0)
		n = 3, c &= 0x0f;
	else if ((c & 0xf8) == 0xf0)
		n = 4, c &= 0x07;
	else
		return 0;
	if (n > size)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fu);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*code = c;
	return n;
}

/* Controls, line and paragraph separators, and the marks that reverse what is shown. */
static bool is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

/* Text with one good character beyond ASCII is UTF-8, damaged perhaps; with bad bytes only it is not UTF-8 at all. */
static bool is_latin1(const unsigned char *s, size_t size)
{
	bool bad = false;

	for (size_t i = 0; i < size;) {
		uint32_t code;
		size_t n = decode(s + i, size - i, &code);

		if (n > 1)
			return false;
		bad = bad || n == 0;
		i += n ? n : 1;
	}
	return bad;
}

char *text_clean(const char *src, size_t size)
{
	const unsigned char *s = (const unsigned char *)src;
	bool latin1 = is_latin1(s, size);
	char *out, *p;

	/* a byte of Latin-1 takes two in UTF-8, nothing takes more than that */
	p = out = size < SIZE_MAX / 2 ? mem_new(2 * size + 1, 1) : NULL;
	if (!out) {
		error("out of memory (%zu bytes of text)", size);
		return NULL;
	}
	for (size_t i = 0; i < size;) {
		uint32_t code = 0;
		size_t n = decode(s + i, size - i, &code);

		if (n == 0 && latin1 && s[i] >= 0xa0) {
			*p++ = (char)(0xc0 | s[i] >> 6);
			*p++ = (char)(0x80 | (s[i] & 0x3f));
		} else if (n == 0 || is_unsafe(code)) {
			*p++ = '?';
		} else {
			memcpy(p, s + i, n);
			p += n;
		}
		i += n ? n : 1;
	}
	return out;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool text_integer(const char *s, long long low, long long high, long long *value)
{
	bool negative = *s == '-';
	long long v = 0;

	if (*s == '-' || *s == '+')
		s++;
	if (!is_digit(*s))
		return false;
	/* counted downwards, since LLONG_MIN has no positive counterpart */
	for (; is_digit(*s); s++) {
		int digit = *s - '0';

		if (v < (LLONG_MIN + digit) / 10)
			return false;
		v = v * 10 - digit;
	}
	if (*s || (!negative && v == LLONG_MIN))
		return false;
	if (!negative)
		v = -v;
	if (v < low || v > high)
		return false;
	*value = v;
	return true;
}

static pthread_once_t locale_once = PTHREAD_ONCE_INIT;
static locale_t c_locale;

static void make_c_locale(void)
{
	c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* The C locale; it lives as long as the program. */
static locale_t get_c_locale(void)
{
	pthread_once(&locale_once, make_c_locale);
	if (!c_locale)
		BUG("there is no C locale");
	return c_locale;
}

/* [+-] digits [. digits] [e [+-] digits], with a digit before the exponent: strtod alone takes "0x1p3", "inf", " 1" */
static bool is_decimal(const char *s)
{
	bool digits = false;

	if (*s == '-' || *s == '+')
		s++;
	for (; is_digit(*s); s++)
		digits = true;
	if (*s == '.')
		s++;
	for (; is_digit(*s); s++)
		digits = true;
	if (digits && (*s == 'e' || *s == 'E')) {
		s++;
		if (*s == '-' || *s == '+')
			s++;
		if (!is_digit(*s))
			return false;
		while (is_digit(*s))
			s++;
	}
	return digits && !*s;
}

bool text_real(const char *s, double low, double high, double *value)
{
	double v;

	if (!is_decimal(s))
		return false;
	v = strtod_l(s, NULL, get_c_locale());
	if (!isfinite(v) || v < low || v > high)
		return false;
	*value = v;
	return true;
}

/*
 * Optimal string alignment: insertions, deletions, substitutions and swaps of
 * neighbours, no letter touched twice. d[i % 3][j] is the distance of the first
 * i bytes of a and the first j of b.
 */
static size_t distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t d[3][NAME_MAX_LENGTH + 1];

	for (size_t j = 0; j <= nb; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t *row = d[i % 3], *above = d[(i + 2) % 3], *above2 = d[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);

			if (best > above[j] + 1)
				best = above[j] + 1;
			if (best > row[j - 1] + 1)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && best > above2[j - 2] + 1)
				best = above2[j - 2] + 1;
			row[j] = best;
		}
	}
	return d[na % 3][nb];
}

/* The length that counts is that of the longer of the two names. */
int text_nearest(const char *name, const char *const *names, size_t n)
{
	size_t length = strlen(name), best = 3;
	int nearest = -1;

	if (length > NAME_MAX_LENGTH)
		return -1;
	for (size_t i = 0; i < n && i < INT_MAX; i++) {
		size_t other = strlen(names[i]);
		size_t longer = other > length ? other : length;
		size_t d;

		if (other > NAME_MAX_LENGTH)
			continue;
		d = distance(name, length, names[i], other);
		if (d < best && 2 * d < longer) {
			best = d;
			nearest = (int)i;
		}
	}
	return nearest;
}

/*
 * The fewest digits that read back, in plain notation from 0.0001 up to 1e15
 * ("0.0003", "1000", not "1e+03") and with an exponent ("1e-5") beyond.
 */
void text_from_real(char *buf, size_t size, double value)
{
	locale_t before = uselocale(get_c_locale());
	double magnitude = fabs(value);
	char text[64], *e;

	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, value);
		if (strtod(text, NULL) == value || !isfinite(value))
			break;
	}
	e = strchr(text, 'e');
	if (e && isfinite(value) && magnitude >= 1 && magnitude < 1e15) {
		/* %g gave up plain notation only for lack of digits: it is a whole number */
		snprintf(text, sizeof text, "%.0f", value);
	} else if (e) {
		/* "e+05" -> "e5", "e-05" -> "e-5" */
		char *to = e + 1, *from = e + 1;

		if (*from == '-')
			to++, from++;
		else if (*from == '+')
			from++;
		while (*from == '0')
			from++;
		memmove(to, from, strlen(from) + 1);
	}
	uselocale(before);
	if (snprintf(buf, size, "%s", text) >= (int)size)
		BUG("text_from_real: %zu bytes for %s", size, text);
}

char *text_format(const char *fmt, ...)
{
	va_list args;
	char *s;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	s = n < 0 ? NULL : mem_new((size_t)n + 1, 1);
	if (!s) {
		error("out of memory (formatting text)");
		return NULL;
	}
	va_start(args, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, args);
	va_end(args);
	return s;
}

int text_clean_into(char *out, size_t size, const char *src)
{
	char *clean = text_clean(src, strlen(src));
	size_t n = clean ? strlen(clean) : 0;

	if (!clean)
		return -1;
	if (n >= size)
		for (n = size - 1; n > 0 && ((unsigned char)clean[n] & 0xc0) == 0x80;)
			n--;
	memcpy(out, clean, n);
	out[n] = '\0';
	free(clean);
	return 0;
}
