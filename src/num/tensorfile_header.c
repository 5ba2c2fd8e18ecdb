/*
 * The checks of a tensor file's header that come before and beside parsing
 * it. The same ones hold for what is written: a file that could not be read
 * back is not made.
 */
#include "num/tensorfile_header.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/text.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "tensor files are little-endian, and so must the processor be"
#endif

#define DEPTH_MAX  8       /* the format has 3: header, tensor, shape */
#define VALUES_MAX 1000000 /* a parsed value takes 64 bytes and more */

const struct tensor_type_info tensor_types[TENSOR_TYPES] = {
	[TENSOR_F32] = {"F32", 4}, [TENSOR_F64] = {"F64", 8}, [TENSOR_F16] = {"F16", 2}, [TENSOR_BF16] = {"BF16", 2},
	[TENSOR_U8] = {"U8", 1},   [TENSOR_I64] = {"I64", 8}, [TENSOR_U64] = {"U64", 8},
};

/* Length of the UTF-8 character at s, 0 when it is none (Unicode 15, table 3-7). */
static size_t utf8_length(const unsigned char *s, size_t left)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
	uint32_t c = n > 1 ? s[0] & (0x7fu >> n) : s[0];

	if (n == 0 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : n;
}

int tensorfile_check_header(const char *name, const unsigned char *s, size_t size)
{
	int depth = 0, values = 0;
	bool quoted = false;

	for (size_t i = 0, n; i < size; i += n) {
		n = utf8_length(s + i, size - i);
		if (n == 0)
			return error("%s: byte %zu of the header is not UTF-8", name, i);
		if (s[i] < 0x20 && (quoted || !memchr("\t\n\r", s[i], 3)))
			return error("%s: control character at byte %zu of the header", name, i);
		if (quoted && s[i] == '\\') {
			if (size - i >= 6 && memcmp(s + i, "\\u0000", 6) == 0)
				return error("%s: zero character at byte %zu of the header", name, i);
			n = 2; /* what is escaped is one byte at least, and no quote that ends the string */
			if (size - i < 2)
				break;
			if (s[i + 1] >= 0x80 || s[i + 1] < 0x20)
				return error("%s: bad escape at byte %zu of the header", name, i);
		} else if (s[i] == '"') {
			quoted = !quoted;
		} else if (!quoted) {
			depth += s[i] == '{' || s[i] == '[';
			depth -= s[i] == '}' || s[i] == ']';
			values += s[i] == ',' || s[i] == '{' || s[i] == '[';
			if (depth > DEPTH_MAX)
				return error("%s: the header is nested too deep at byte %zu", name, i);
			if (values > VALUES_MAX)
				return error("%s: the header has too many values", name);
		}
	}
	return 0;
}

int tensorfile_check_name(const char *name)
{
	char *clean = text_clean(name, strlen(name));
	const bool plain = clean && strcmp(clean, name) == 0;

	free(clean);
	if (!plain || !*name || strlen(name) >= TENSORFILE_NAME_MAX)
		return error("a tensor's name is empty, too long, or has characters that cannot be shown");
	return 0;
}
