/* SHA-256 against the examples of FIPS 180-4, and lengths around the ends of blocks against each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"

static void check(const char *expected, const void *data, size_t size)
{
	uint8_t digest[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];

	sha256(digest, data, size);
	for (size_t i = 0; i < SHA256_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(hex, expected);
}

/* The standard's own examples: one block, two blocks, a million letters; and nothing. */
static void test_examples(void **state)
{
	static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	char *million = malloc(1000000);

	(void)state;
	assert_non_null(million);
	memset(million, 'a', 1000000);
	check("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "abc", 3);
	check("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", two, strlen(two));
	check("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", million, 1000000);
	check("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", NULL, 0);
	free(million);
}

/* One bit anywhere, or one byte more, is another name. */
static void test_every_bit_counts(void **state)
{
	uint8_t data[130] = {0}, seen[131 + 130 * 8][SHA256_SIZE];
	size_t n = 0;

	(void)state;
	for (size_t size = 0; size <= sizeof data; size++)
		sha256(seen[n++], data, size);
	for (size_t bit = 0; bit < 8 * sizeof data; bit++) {
		data[bit / 8] = (uint8_t)(1u << bit % 8);
		sha256(seen[n++], data, sizeof data);
		data[bit / 8] = 0;
	}
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(seen[i], seen[j], SHA256_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_every_bit_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
