/*
 * The pages of an Ogg stream (RFC 3533). Each has the serial number of its
 * stream, which encoders draw by the time of day: here it is set, so that the
 * same sound gives the same bytes.
 */
#ifndef LIVE_OGG_H
#define LIVE_OGG_H

#include <stddef.h>
#include <stdint.h>

/* Of all pages of a whole file, and their checksums anew. -1 with error(): it is not made of pages; what comes before is done. */
int ogg_set_serial(unsigned char *data, size_t size, uint32_t serial);

#endif
