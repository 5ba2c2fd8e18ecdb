/* SHA-256 (FIPS 180-4): names for contents that no two files share, by accident or on purpose. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32

void sha256(uint8_t digest[SHA256_SIZE], const void *data, size_t size);

#endif
