/*
 * Tensor files: what is written reads back, whatever the order it came in;
 * the bytes are those that were there last time; and no header, cut anywhere
 * or hostile by design, is taken for what it is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "num/tensorfile.h"

static char path[64];

static int make_path(void **state)
{
	(void)state;
	snprintf(path, sizeof path, "/tmp/test_tensorfile.%ld", (long)getpid());
	return 0;
}

static int remove_path(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

/* ---- what is written reads back ------------------------------------------ */

static const float f32[6] = {1, -2.5f, 3e-40f, 3e38f, 0, -0.0f};
static const double f64[2] = {1e300, -0.1};
static const uint16_t f16[3] = {0x3c00, 0xc000, 0x0001}, bf16[2] = {0x3f80, 0xff7f};
static const uint8_t u8[5] = {1, 2, 3, 4, 255};
static const int64_t i64[1] = {INT64_MIN};
static const uint64_t u64[2] = {UINT64_MAX, 7};

static const struct tensorfile_output outputs[] = {
	{"layer.weight", TENSOR_F32, 2, {2, 3}, f32},
	{"scores", TENSOR_F64, 1, {2}, f64},
	{"half", TENSOR_F16, 3, {1, 3, 1}, f16},
	{"brain", TENSOR_BF16, 1, {2}, bf16},
	{"bytes", TENSOR_U8, 4, {1, 5, 1, 1}, u8},
	{"scalar", TENSOR_I64, 0, {0}, i64},
	{"seeds", TENSOR_U64, 1, {2}, u64},
	{"nothing", TENSOR_F32, 2, {0, 7}, NULL},
	{"\xc3\xa9t\xc3\xa9 \"quoted\\", TENSOR_U8, 1, {1}, u8},
};
#define OUTPUTS (sizeof outputs / sizeof *outputs)

static const char *const keys[] = {"musegen", "empty", "text"};
static const char *const values[] = {"{\"format\":1,\"name\":\"\\\"\"}", "", "two\nlines\tand \x01 \xe2\x99\xaa"};

static void test_round_trip(void **state)
{
	struct tensorfile *t;
	const struct tensorfile_entry *e;
	float out[6];
	double doubles[6];

	(void)state;
	assert_int_equal(tensorfile_write(path, outputs, OUTPUTS, keys, values, 3), 0);
	t = tensorfile_read(path, 1 << 20);
	if (!t)
		fail_msg("%s", error_message());
	assert_int_equal(t->n, OUTPUTS);
	assert_int_equal(t->n_metadata, 3);
	for (int i = 0; i < 3; i++)
		assert_string_equal(tensorfile_metadata(t, keys[i]), values[i]);
	assert_null(tensorfile_metadata(t, "other"));
	for (size_t i = 0; i < OUTPUTS; i++) {
		e = tensorfile_find(t, outputs[i].name);
		assert_non_null(e);
		assert_int_equal(e->type, outputs[i].type);
		assert_int_equal(e->dims, outputs[i].dims);
		for (int d = 0; d < e->dims; d++)
			assert_int_equal(e->shape[d], outputs[i].shape[d]);
		if (e->size > 0) {
			assert_memory_equal(t->data + e->offset, outputs[i].bytes, e->size);
			assert_int_equal(e->offset % (e->size / tensorfile_count(e)), 0);
		}
		if (i > 0)
			assert_true(strcmp(t->entries[i - 1].name, t->entries[i].name) < 0);
	}
	assert_int_equal((t->data - t->file) % 8, 0);
	assert_null(tensorfile_find(t, "layer"));
	assert_null(tensorfile_find(
		t, "a name that is much longer than any that fits into an entry, which must not be compared "
		   "beyond the end of what an entry has room for"));

	assert_int_equal(tensorfile_get_float(t, tensorfile_find(t, "layer.weight"), out), 0);
	assert_memory_equal(out, f32, sizeof f32);
	assert_int_equal(tensorfile_get_double(t, tensorfile_find(t, "layer.weight"), doubles), 0);
	assert_true(doubles[1] == -2.5 && doubles[2] == (double)3e-40f);
	assert_int_equal(tensorfile_get_double(t, tensorfile_find(t, "scores"), doubles), 0);
	assert_memory_equal(doubles, f64, sizeof f64);
	assert_int_equal(tensorfile_get_float(t, tensorfile_find(t, "scores"), out), -1); /* 1e300 is no float */
	assert_int_equal(tensorfile_get_float(t, tensorfile_find(t, "half"), out), 0);
	assert_true(out[0] == 1 && out[1] == -2 && out[2] == 0x1p-24f);
	assert_int_equal(tensorfile_get_float(t, tensorfile_find(t, "brain"), out), 0);
	assert_true(out[0] == 1 && out[1] == -0x1.fep127f);
	assert_int_equal(tensorfile_get_float(t, tensorfile_find(t, "bytes"), out), -1);
	assert_int_equal(tensorfile_get_double(t, tensorfile_find(t, "seeds"), doubles), -1);
	tensorfile_free(t);
	tensorfile_free(NULL);
}

static void test_deterministic(void **state)
{
	struct random random = random_stream(1, 0, 0, 0);
	unsigned char *first, *again;
	size_t size, size_again;

	(void)state;
	assert_int_equal(tensorfile_write(path, outputs, OUTPUTS, keys, values, 3), 0);
	assert_int_equal(file_read(path, 1 << 20, &first, &size), 0);
	for (int tries = 0; tries < 20; tries++) {
		struct tensorfile_output shuffled[OUTPUTS];
		uint32_t order[OUTPUTS];
		const char *k[3] = {keys[tries % 3], keys[(tries + 1) % 3], keys[(tries + 2) % 3]};
		const char *v[3] = {values[tries % 3], values[(tries + 1) % 3], values[(tries + 2) % 3]};

		for (uint32_t i = 0; i < OUTPUTS; i++)
			order[i] = i;
		random_shuffle(&random, order, OUTPUTS);
		for (size_t i = 0; i < OUTPUTS; i++)
			shuffled[i] = outputs[order[i]];
		assert_int_equal(tensorfile_write(path, shuffled, OUTPUTS, k, v, 3), 0);
		assert_int_equal(file_read(path, 1 << 20, &again, &size_again), 0);
		assert_int_equal(size, size_again);
		assert_memory_equal(first, again, size);
		free(again);
	}
	free(first);
}

static void test_empty_file(void **state)
{
	struct tensorfile *t;

	(void)state;
	assert_int_equal(tensorfile_write(path, NULL, 0, NULL, NULL, 0), 0);
	t = tensorfile_read(path, 1000);
	assert_non_null(t);
	assert_int_equal(t->n, 0);
	assert_int_equal(t->n_metadata, 0);
	assert_null(tensorfile_find(t, ""));
	tensorfile_free(t);
}

static void test_not_written(void **state)
{
	const struct tensorfile_output twice[2] = {{"x", TENSOR_U8, 1, {1}, u8}, {"x", TENSOR_F64, 1, {2}, f64}};
	const struct tensorfile_output nameless = {"", TENSOR_U8, 1, {1}, u8},
				       meta = {"__metadata__", TENSOR_U8, 1, {1}, u8};
	const char *const bad[] = {"caf\xe9"}, *const key[] = {"k"};

	(void)state;
	unlink(path);
	assert_int_equal(tensorfile_write(path, twice, 2, NULL, NULL, 0), -1);
	assert_int_equal(tensorfile_write(path, &nameless, 1, NULL, NULL, 0), -1);
	assert_int_equal(tensorfile_write(path, &meta, 1, NULL, NULL, 0), -1);
	assert_int_equal(tensorfile_write(path, outputs, 1, key, bad, 1), -1);
	assert_false(file_exists(path));
	assert_int_equal(tensorfile_write("/nonexistent/folder/file", outputs, 1, NULL, NULL, 0), -1);
}

static void test_missing_and_oversized(void **state)
{
	(void)state;
	unlink(path);
	assert_null(tensorfile_read(path, 1000));
	assert_non_null(strstr(error_message(), path));
	assert_int_equal(tensorfile_write(path, outputs, OUTPUTS, keys, values, 3), 0);
	assert_null(tensorfile_read(path, 100));
	assert_non_null(strstr(error_message(), path));
	assert_null(tensorfile_read("/tmp", 100));
}

/* ---- what is not taken --------------------------------------------------- */

/* A file of a header as given and n bytes of data. */
static struct tensorfile *parse(const char *header, size_t n)
{
	const uint64_t length = strlen(header);
	unsigned char *bytes = calloc(8 + length + n, 1);
	struct tensorfile *t;

	assert_non_null(bytes);
	memcpy(bytes, &length, 8);
	memcpy(bytes + 8, header, length);
	error_clear();
	t = tensorfile_parse("name", bytes, 8 + length + n);
	free(bytes);
	if (!t)
		assert_memory_equal(error_message(), "name: ", 6);
	return t;
}

static void check_refused(const char *header, size_t n, const char *reason)
{
	struct tensorfile *t = parse(header, n);

	if (t) {
		tensorfile_free(t);
		fail_msg("taken: %.200s", header);
	}
	if (!strstr(error_message(), reason))
		fail_msg("%.200s\n\"%s\" does not say \"%s\"", header, error_message(), reason);
}

#define X(shape, offsets) "{\"x\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":" offsets "}}"
#define TWO(a, b)                                                                                                      \
	"{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":" a "},"                                             \
	"\"y\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":" b "}}"

static void test_taken(void **state)
{
	static const struct {
		const char *header;
		size_t n;
	} good[] = {
		{"{}", 0},
		{"{}      ", 0},
		{"{\"__metadata__\":{}}", 0},
		{X("[]", "[0,4]"), 4},
		{X("[2,3]", "[0,24]"), 24},
		{X("[0]", "[0,0]"), 0},
		{X("[0,9007199254740991]", "[0,0]"), 0},
		{TWO("[0,4]", "[4,8]"), 8},
		{TWO("[4,8]", "[0,4]"), 8},
		{"{ \"x\" : { \"shape\" : [ 1 ] , \"data_offsets\" : [ 0 , 1 ] , \"dtype\" : \"U8\" } } ", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct tensorfile *t = parse(good[i].header, good[i].n);

		if (!t)
			fail_msg("%s: %s", good[i].header, error_message());
		tensorfile_free(t);
	}
}

static void test_hostile(void **state)
{
	(void)state;
	check_refused("", 0, "not a safetensors file");
	check_refused(" {}", 0, "not a safetensors file");
	check_refused("[]", 0, "not a safetensors file");
	check_refused("{", 0, "not JSON");
	check_refused("{}x", 0, "behind the header");
	check_refused("{}{}", 0, "behind the header");
	check_refused("{}\n", 0, "behind the header");
	/* Places. */
	check_refused("{}", 1, "end at byte 0 of 1");
	check_refused(X("[1]", "[0,4]"), 5, "end at byte 4 of 5");
	check_refused(X("[1]", "[0,4]"), 3, "bytes 0 to 4 of 3");
	check_refused(X("[1]", "[1,5]"), 5, "unused bytes");
	check_refused(TWO("[0,4]", "[5,9]"), 9, "unused bytes");
	check_refused(TWO("[0,4]", "[3,7]"), 7, "overlaps");
	check_refused(TWO("[0,4]", "[0,4]"), 4, "overlaps");
	check_refused(X("[1]", "[4,0]"), 4, "bytes 4 to 0");
	check_refused(X("[1]", "[0,10000000000]"), 4, "bytes 0 to 10000000000 of 4");
	check_refused(X("[1]", "[0]"), 4, "data_offsets");
	check_refused(X("[1]", "[0,4,4]"), 4, "data_offsets");
	check_refused(X("[1]", "[-4,0]"), 4, "data_offsets");
	check_refused(X("[1]", "[0,4.5]"), 4, "data_offsets");
	check_refused(X("[1]", "[0,1e400]"), 4, "data_offsets");
	check_refused(X("[1]", "[0,18446744073709551616]"), 4, "data_offsets");
	check_refused(X("[1]", "[9007199254740992,9007199254740996]"), 4, "data_offsets");
	check_refused(X("[1]", "\"04\""), 4, "data_offsets");
	check_refused(X("[1]", "{\"a\":0,\"b\":4}"), 4, "data_offsets");
	check_refused(X("[1]", "null"), 4, "data_offsets");
	/* Shapes. */
	check_refused(X("[2]", "[0,4]"), 4, "needs 8 bytes");
	check_refused(X("[0]", "[0,4]"), 4, "needs 0 bytes");
	check_refused(X("[-1]", "[0,4]"), 4, "dimension");
	check_refused(X("[-1,-1]", "[0,4]"), 4, "dimension");
	check_refused(X("[0.5]", "[0,4]"), 4, "dimension");
	check_refused(X("[\"1\"]", "[0,4]"), 4, "dimension");
	check_refused(X("[[1]]", "[0,4]"), 4, "dimension");
	check_refused(X("[1,1,1,1,1]", "[0,4]"), 4, "dimensions");
	check_refused(X("[4294967296,4294967296]", "[0,4]"), 4, "overflows");
	check_refused(X("[4294967296,4294967296,0]", "[0,0]"), 0, "overflows");
	check_refused(X("[4294967296,1073741824]", "[0,0]"), 0, "overflows"); /* 2^64 bytes */
	check_refused(X("[9007199254740991,9007199254740991]", "[0,4]"), 4, "overflows");
	check_refused(X("1", "[0,4]"), 4, "shape");
	check_refused(X("{\"a\":1}", "[0,4]"), 4, "shape");
	/* Fields. */
	check_refused("{\"x\":{\"dtype\":\"F31\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "type");
	check_refused("{\"x\":{\"dtype\":4,\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "type");
	check_refused("{\"x\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "not just");
	check_refused("{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"more\":1}}", 4, "not just");
	check_refused("{\"x\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1]}}", 4, "not just");
	check_refused("{\"x\":[1]}", 4, "not just");
	check_refused("{\"x\":null}", 4, "not just");
	/* Names. */
	check_refused("{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
	              "\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}",
	              2, "there are two");
	check_refused("{\"\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "name");
	check_refused("{\"a\\u001b[2Jb\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "name");
	check_refused("{\"a\\u0000b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "zero character");
	check_refused("{\"a\x01\":1}", 1, "control character");
	check_refused("{\"a\xff\":1}", 1, "not UTF-8");
	check_refused("{\"a\xc0\x80\":1}", 1, "not UTF-8");
	check_refused("{\"a\xed\xa0\x80\":1}", 1, "not UTF-8");
	check_refused("{\"a\\ud800\":1}", 1, "not JSON");
	/* Metadata. */
	check_refused("{\"__metadata__\":1}", 0, "not a map");
	check_refused("{\"__metadata__\":{\"a\":1}}", 0, "not a string");
	check_refused("{\"__metadata__\":{\"a\":{\"b\":\"c\"}}}", 0, "not a string");
	check_refused("{\"__metadata__\":{\"a\":null}}", 0, "not a string");
	check_refused("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "twice");
	check_refused("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "two __metadata__");
}

static void test_long_and_deep(void **state)
{
	enum { SIZE = 300000 };
	static char s[SIZE + 100];

	(void)state;
	memset(s, 0, sizeof s);
	memcpy(s, "{\"x\":", 5);
	memset(s + 5, '[', SIZE);
	check_refused(s, 0, "nested too deep");
	memset(s + 5, '{', SIZE);
	check_refused(s, 0, "nested too deep");
	for (size_t i = 0; i < SIZE; i += 5)
		memcpy(s + 5 + i, "{\"a\":", 5);
	check_refused(s, 0, "nested too deep");
	memset(s, 0, sizeof s);
	snprintf(s, sizeof s, "{\"%0200d\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1);
	check_refused(s, 1, "name");
}

/* Many values, each of which would cost a parser memory. */
static void test_many(void **state)
{
	const size_t n = 5000000;
	char *s = malloc(n + 10);

	(void)state;
	assert_non_null(s);
	memcpy(s, "{\"x\":[", 6);
	for (size_t i = 6; i < n; i += 2)
		memcpy(s + i, "1,", 2);
	strcpy(s + n, "1]}");
	check_refused(s, 0, "too many values");
	free(s);
}

/* Lengths of the header that are not there. */
static void test_lengths(void **state)
{
	static const uint64_t lengths[] = {3,         100,        1 << 24,       (1 << 24) + 1, 10000000000u,
	                                   INT64_MAX, UINT64_MAX, UINT64_MAX - 7};
	unsigned char bytes[10] = "........{}";

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		memcpy(bytes, &lengths[i], 8);
		assert_null(tensorfile_parse("name", bytes, sizeof bytes));
	}
	for (size_t n = 0; n < 8; n++)
		assert_null(tensorfile_parse("name", bytes, n));
}

/* Cut at every byte, and every byte changed in several ways: refused or taken, but never out of bounds. */
static void test_cut_and_changed(void **state)
{
	unsigned char *bytes;
	size_t size, taken = 0;

	(void)state;
	assert_int_equal(tensorfile_write(path, outputs, OUTPUTS, keys, values, 3), 0);
	assert_int_equal(file_read(path, 1 << 20, &bytes, &size), 0);
	for (size_t n = 0; n < size; n++) {
		/* A block of its own length, for the sanitizers to see its end. */
		unsigned char *cut = malloc(n ? n : 1);

		assert_non_null(cut);
		memcpy(cut, bytes, n);
		assert_null(tensorfile_parse("cut", cut, n));
		free(cut);
	}
	for (size_t n = 0; n < size; n++) {
		const unsigned char kept = bytes[n], tried[] = {0,
		                                                255,
		                                                '"',
		                                                '{',
		                                                '}',
		                                                '[',
		                                                ']',
		                                                ',',
		                                                '0',
		                                                '9',
		                                                '-',
		                                                ' ',
		                                                '\\',
		                                                (unsigned char)(kept ^ 1),
		                                                (unsigned char)(kept ^ 0x80)};

		for (size_t k = 0; k < sizeof tried; k++) {
			struct tensorfile *t;

			bytes[n] = tried[k];
			t = tensorfile_parse("changed", bytes, size);
			if (t) {
				size_t covered = 0;

				for (size_t i = 0; i < t->n; i++)
					covered += t->entries[i].size;
				assert_int_equal(covered, t->data_size);
				taken++;
			}
			tensorfile_free(t);
		}
		bytes[n] = kept;
	}
	assert_true(taken > 0);
	free(bytes);
}

/* Numbers that are none are found when they are asked for, in every floating type. */
static void test_not_finite(void **state)
{
	static const uint32_t bad32[] = {0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0xffffffff};
	static const uint16_t bad16[] = {0x7c00, 0xfc00, 0x7e00, 0x7c01},
			      bad_brain[] = {0x7f80, 0xff80, 0x7fc0, 0x7f81};
	static const uint64_t bad64[] = {0x7ff0000000000000, 0xfff8000000000000, 0x7ff0000000000001};
	struct tensorfile_output o[4] = {
		{"a", TENSOR_F32, 1, {1}, NULL},
		{"b", TENSOR_F16, 1, {1}, NULL},
		{"c", TENSOR_BF16, 1, {1}, NULL},
		{"d", TENSOR_F64, 1, {1}, NULL},
	};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct tensorfile *t;
		float f;
		double d;

		o[0].bytes = &bad32[i];
		o[1].bytes = &bad16[i % 4];
		o[2].bytes = &bad_brain[i % 4];
		o[3].bytes = &bad64[i % 3];
		assert_int_equal(tensorfile_write(path, o, 4, NULL, NULL, 0), 0);
		t = tensorfile_read(path, 10000);
		assert_non_null(t);
		for (size_t k = 0; k < 4; k++) {
			assert_int_equal(tensorfile_get_float(t, &t->entries[k], &f), -1);
			assert_int_equal(tensorfile_get_double(t, &t->entries[k], &d), -1);
		}
		tensorfile_free(t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_deterministic),
		cmocka_unit_test(test_empty_file),
		cmocka_unit_test(test_not_written),
		cmocka_unit_test(test_missing_and_oversized),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_long_and_deep),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_cut_and_changed),
		cmocka_unit_test(test_not_finite),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
