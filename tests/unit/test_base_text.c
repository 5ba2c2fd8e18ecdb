/* Text from outside: clean, strictly parsed, and the nearest name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/text.h"
#include "doubles.h"

static void check_clean(const char *src, size_t size, const char *expected)
{
	char *clean = text_clean(src, size);

	assert_non_null(clean);
	assert_string_equal(clean, expected);
	free(clean);
}

#define CLEAN(literal, expected) check_clean(literal, sizeof literal - 1, expected)

static void test_clean_passes_text(void **state)
{
	(void)state;
	CLEAN("", "");
	CLEAN("Wachet auf", "Wachet auf");
	CLEAN("Pr\xc3\xa9lude \xe2\x99\xad \xf0\x9d\x84\x9e", "Pr\xc3\xa9lude \xe2\x99\xad \xf0\x9d\x84\x9e");
	CLEAN("\xed\x9f\xbf \xee\x80\x80 \xf4\x8f\xbf\xbf", "\xed\x9f\xbf \xee\x80\x80 \xf4\x8f\xbf\xbf");
}

static void test_clean_controls(void **state)
{
	(void)state;
	CLEAN("a\nb\tc\r", "a?b?c?");
	CLEAN("\x1b[2J\x7f\0z", "?[2J??z");
	CLEAN("\xc2\x9b"
	      "31m\xc2\x85\xc2\xa0",
	      "?31m?\xc2\xa0"); /* C1's own way to begin a command */
	CLEAN("a\xe2\x80\xae"
	      "b\xe2\x80\xaa\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\xa8\xe2\x80\xa9",
	      "a?b?????");
	CLEAN("\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xa5", "\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xa5"); /* their neighbours */
}

/* Text with no good character beyond ASCII is Latin-1. */
static void test_clean_latin1(void **state)
{
	(void)state;
	CLEAN("Pr\xe9lude", "Pr\xc3\xa9lude");
	CLEAN("\xa0\xbf\xc0\xff", "\xc2\xa0\xc2\xbf\xc3\x80\xc3\xbf");
	CLEAN("a\x9b"
	      "31m\xe4",
	      "a?31m\xc3\xa4");
	CLEAN("\xe9", "\xc3\xa9");
}

/* With a good one it is UTF-8, and what is not is damage. */
static void test_clean_damaged(void **state)
{
	(void)state;
	CLEAN("\xc3\xa9 \xe9", "\xc3\xa9 ?");
	CLEAN("\xc3\xa9 \xc3", "\xc3\xa9 ?");
	CLEAN("\xc3\xa9 \xe2\x99", "\xc3\xa9 ??");
	CLEAN("\xc3\xa9 \xc0\xaf\xc1\xbf", "\xc3\xa9 ????");                  /* overlong */
	CLEAN("\xc3\xa9 \xe0\x9f\xbf \xf0\x8f\xbf\xbf", "\xc3\xa9 ??? ????"); /* overlong */
	CLEAN("\xc3\xa9 \xed\xa0\x80 \xed\xbf\xbf", "\xc3\xa9 ??? ???");      /* surrogates */
	CLEAN("\xc3\xa9 \xf4\x90\x80\x80 \xf8\x88\x80\x80\x80", "\xc3\xa9 ???? ?????");
	CLEAN("\xc3\xa9 \x80\xfe\xff", "\xc3\xa9 ???");
}

/* A judge of its own kind: UTF-8 by the ranges of Unicode's table 3-7, and nothing to command a terminal with. */
static bool is_safe(const unsigned char *s)
{
	while (*s) {
		unsigned low = 0x80, high = 0xbf;
		int more;

		if (*s >= 0x20 && *s < 0x7f)
			more = 0;
		else if (*s >= 0xc2 && *s <= 0xdf)
			more = 1, low = *s == 0xc2 ? 0xa0 : low;
		else if (*s >= 0xe0 && *s <= 0xef)
			more = 2, low = *s == 0xe0 ? 0xa0 : low, high = *s == 0xed ? 0x9f : high;
		else if (*s >= 0xf0 && *s <= 0xf4)
			more = 3, low = *s == 0xf0 ? 0x90 : low, high = *s == 0xf4 ? 0x8f : high;
		else
			return false;
		if (s[0] == 0xe2 && s[1] == 0x80 && s[2] >= 0xa8 && s[2] <= 0xae)
			return false;
		if (s[0] == 0xe2 && s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9)
			return false;
		for (s++; more > 0; more--, s++, low = 0x80, high = 0xbf)
			if (*s < low || *s > high)
				return false;
	}
	return true;
}

static void test_clean_anything(void **state)
{
	/* bytes that often stand where decoders go wrong */
	static const unsigned char likely[] = {
		0x00, 0x1b, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xa6, 0xa9, 0xae, 0xbf, 0xc0, 0xc1, 0xc2,
		0xc3, 0xdf, 0xe0, 0xe2, 0xed, 0xef, 0xf0, 0xf3, 0xf4, 0xf5, 0xff, 0x81, 0xa8, 0xaa, 0xbe, 0x20,
	};
	struct random r = random_stream(11, 0, 0, 0);

	(void)state;
	for (int i = 0; i < 200000; i++) {
		size_t n = random_below(&r, 9);
		char *exact = malloc(n ? n : 1); /* a sanitizer sees a byte too far */
		char *clean;

		assert_non_null(exact);
		for (size_t k = 0; k < n; k++)
			exact[k] = (char)likely[random_below(&r, sizeof likely)];
		clean = text_clean(exact, n);
		assert_non_null(clean);
		assert_true(is_safe((const unsigned char *)clean));
		free(clean);
		free(exact);
	}
}

static void test_integer(void **state)
{
	static const char *const wrong[] = {
		"",
		"-",
		"+",
		" 1",
		"1 ",
		"1.0",
		"0x10",
		"1e3",
		"--1",
		"+-1",
		"9223372036854775808",
		"-9223372036854775809",
		"99999999999999999999999999",
		"1,000",
		"one",
		"\xd9\xa1",
	};
	long long v = 77;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(text_integer(wrong[i], LLONG_MIN, LLONG_MAX, &v));
	assert_int_equal(v, 77);
	assert_true(text_integer("0", 0, 0, &v) && v == 0);
	assert_true(text_integer("-0", 0, 0, &v) && v == 0);
	assert_true(text_integer("+12", 0, 12, &v) && v == 12);
	assert_true(text_integer("0007", 0, 12, &v) && v == 7);
	assert_true(text_integer("9223372036854775807", 0, LLONG_MAX, &v) && v == LLONG_MAX);
	assert_true(text_integer("-9223372036854775808", LLONG_MIN, 0, &v) && v == LLONG_MIN);
	assert_true(text_integer("-9223372036854775800", LLONG_MIN, 0, &v) && v == LLONG_MIN + 8);
	assert_false(text_integer("13", 0, 12, &v));
	assert_false(text_integer("-1", 0, 12, &v));
}

static void test_real(void **state)
{
	static const char *const wrong[] = {
		"",    ".",     "-",   "+.",  "e5",        ".e5",   "1e",    "1e+", " 1",  "1 ",
		"1,5", "0x1p3", "inf", "nan", "-infinity", "1e999", "1.5.2", "1f",  "1_0",
	};
	double v = 77;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(text_real(wrong[i], -INFINITY, INFINITY, &v));
	check_same(v, 77);
	assert_true(text_real("0.1", 0, 1, &v));
	check_same(v, 0.1);
	assert_true(text_real("-.5", -1, 1, &v));
	check_same(v, -0.5);
	assert_true(text_real("5.", 0, 5, &v));
	check_same(v, 5);
	assert_true(text_real("+3e-4", 0, 1, &v));
	check_same(v, 3e-4);
	assert_true(text_real("1E3", 0, 1000, &v));
	check_same(v, 1000);
	assert_true(text_real("1e-999", 0, 1, &v));
	check_same(v, 0);
	assert_false(text_real("1.0000000000000002", 0, 1, &v));
}

static void check_from_real(double value, const char *expected)
{
	char buf[32];
	double back;

	text_from_real(buf, sizeof buf, value);
	if (expected)
		assert_string_equal(buf, expected);
	assert_true(text_real(buf, -INFINITY, INFINITY, &back));
	assert_true(memcmp(&back, &value, sizeof back) == 0); /* minus zero too */
}

static void test_from_real(void **state)
{
	struct random r = random_stream(12, 0, 0, 0);
	char buf[32];

	(void)state;
	check_from_real(0, "0");
	check_from_real(-0.0, "-0");
	check_from_real(0.1, "0.1");
	check_from_real(0.1 + 0.2, "0.30000000000000004");
	check_from_real(1000, "1000");
	check_from_real(-1200000, "-1200000");
	check_from_real(0.0003, "0.0003");
	check_from_real(0.00001, "1e-5");
	check_from_real(1e22, "1e22");
	check_from_real(-2.5e-300, "-2.5e-300");
	check_from_real(DBL_MAX, "1.7976931348623157e308");
	check_from_real(DBL_TRUE_MIN, "5e-324");
	check_from_real(-DBL_MIN, "-2.2250738585072014e-308");
	for (int i = 0; i < 20000; i++) {
		uint64_t bits = random_bits(&r);
		double value;

		memcpy(&value, &bits, sizeof value);
		if (isfinite(value))
			check_from_real(value, NULL);
		check_from_real((double)random_below(&r, 100000) / 1000, NULL);
	}
	text_from_real(buf, sizeof buf, INFINITY);
	assert_string_equal(buf, "inf");
}

static void test_comma_locale(void **state)
{
	static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8", "de_DE", "fr_FR"};
	bool found = false;
	double v = 0;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names && !found; i++)
		found = setlocale(LC_ALL, names[i]) != NULL;
	if (!found)
		skip();
	assert_string_equal(localeconv()->decimal_point, ",");
	check_from_real(0.5, "0.5");
	check_from_real(-1.25e-9, "-1.25e-9");
	assert_true(text_real("0.5", 0, 1, &v));
	check_same(v, 0.5);
	assert_false(text_real("0,5", 0, 1, &v));
	assert_string_equal(localeconv()->decimal_point, ","); /* theirs is theirs again */
	setlocale(LC_ALL, "C");
}

static void test_nearest(void **state)
{
	static const char *const names[] = {"temperature", "tempo", "top-k", "top-p", "bars", "seed", "o"};
	const size_t n = sizeof names / sizeof *names;
	char longest[300];

	(void)state;
	assert_int_equal(text_nearest("tempo", names, n), 1);
	assert_int_equal(text_nearest("temperatur", names, n), 0);
	assert_int_equal(text_nearest("tepmerature", names, n), 0); /* a swap is one */
	assert_int_equal(text_nearest("tmepo", names, n), 1);
	assert_int_equal(text_nearest("temprature", names, n), 0);
	assert_int_equal(text_nearest("top-x", names, n), 2); /* the first of the equally near */
	assert_int_equal(text_nearest("bar", names, n), 4);
	assert_int_equal(text_nearest("part", names, n), -1); /* two of four is half */
	assert_int_equal(text_nearest("x", names, n), -1);
	assert_int_equal(text_nearest("", names, n), -1);
	assert_int_equal(text_nearest("velocity", names, n), -1);
	assert_int_equal(text_nearest("seed", names, 0), -1);
	assert_int_equal(text_nearest("seeeed", names, n), 5);
	assert_int_equal(text_nearest("seeeeed", names, n), -1);
	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	assert_int_equal(text_nearest(longest, names, n), -1);
	longest[127] = '\0';
	assert_int_equal(text_nearest(longest, names, n), -1);
}

static void test_format(void **state)
{
	char *s;

	(void)state;
	s = text_format("%s-%d.mid", "theme", 12);
	assert_string_equal(s, "theme-12.mid");
	free(s);
	s = text_format("%5000d", 7);
	assert_int_equal(strlen(s), 5000);
	free(s);
	s = text_format("%s", "");
	assert_string_equal(s, "");
	free(s);
}

/* Cut between characters, never within; always ended; cleaned first. */
static void test_clean_into(void **state)
{
	char out[6];

	(void)state;
	assert_int_equal(text_clean_into(out, sizeof out, "abc"), 0);
	assert_string_equal(out, "abc");
	assert_int_equal(text_clean_into(out, sizeof out, "abcdefgh"), 0);
	assert_string_equal(out, "abcde");
	/* two bytes each: the third does not fit whole */
	assert_int_equal(text_clean_into(out, sizeof out, "\xc3\xa4\xc3\xb6\xc3\xbc"), 0);
	assert_string_equal(out, "\xc3\xa4\xc3\xb6");
	assert_int_equal(text_clean_into(out, 2, "\xe2\x82\xac"), 0);
	assert_string_equal(out, "");
	assert_int_equal(text_clean_into(out, sizeof out, "a\nb"), 0);
	assert_string_equal(out, "a?b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean_into),     cmocka_unit_test(test_clean_passes_text),
		cmocka_unit_test(test_clean_controls), cmocka_unit_test(test_clean_latin1),
		cmocka_unit_test(test_clean_damaged),  cmocka_unit_test(test_clean_anything),
		cmocka_unit_test(test_integer),        cmocka_unit_test(test_real),
		cmocka_unit_test(test_from_real),      cmocka_unit_test(test_comma_locale),
		cmocka_unit_test(test_nearest),        cmocka_unit_test(test_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
