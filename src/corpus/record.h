/*
 * What became of one file's bytes, as a cache keeps it: its pieces with all
 * that is known of them, or why they are none. It depends on the bytes, on
 * the way of reading and the most parts, and on RECORD_FORMAT, and on nothing else.
 */
#ifndef CORPUS_RECORD_H
#define CORPUS_RECORD_H

#include "corpus/load.h"
#include "midi/bytes.h"

/* One more whenever another record would be made of some file: of its form here, or of the reading of MIDI files. */
#define RECORD_FORMAT 1

/* Appends; b->failed when out of memory. list: all candidates of one file, their events in memory. */
void record_pack(struct bytes *b, const struct candidate *list, size_t n);

struct record_from {
	uint64_t at;         /* where the record lies in its store */
	int grid, parts_max; /* what its pieces were made for */
};

/*
 * A record back to candidates of `file`, appended; their pieces are without
 * events and say where those lie. Whoever wrote it, what comes is a piece in
 * everything that code relies on. 0, or -1: no record, or out of memory.
 */
int record_unpack(struct candidates *out, struct walk_file *file, const unsigned char *data, size_t size,
                  const struct record_from *from);

#endif
