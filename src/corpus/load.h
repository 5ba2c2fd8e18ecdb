/* Reading what the walk found: every file to pieces of events, or to a reason why not. */
#ifndef CORPUS_LOAD_H
#define CORPUS_LOAD_H

#include <pthread.h>
#include "corpus/corpus.h"
#include "corpus/store.h"
#include "corpus/walk.h"

/* A piece of the corpus, or (piece NULL) why there is none. */
struct candidate {
	struct walk_file *file; /* the walk's, which stays */
	char *reason;           /* clean text; NULL when there is a piece */
	int song;               /* of a format 2 file */
	struct piece *piece;    /* packed: without events */
	struct corpus_place place;
	size_t notes;
	uint64_t fingerprint, hash; /* as in struct corpus_piece */
	struct grid_report grid;
	int percussion_notes;
	double seconds;        /* as in struct corpus_piece */
	struct key stated_key; /* as there */
	bool duplicate;        /* refused for that */
};

struct candidates {
	struct candidate *list; /* in walking order */
	size_t n, capacity;
};

/* All pieces with their events. 0 or -1 (no memory, no threads); candidates_done() in either case. */
int load_files(struct candidates *out, struct walk *walk, const struct corpus_options *options, struct pool *pool);
void candidates_done(struct candidates *c);

/*
 * The same with the events in *store, from the cache at `path` where it has
 * them; written there where it has not. path NULL: no cache. The walk's files
 * that cannot be read are told why. store_close() in either case.
 */
int load_packed(struct candidates *out, struct store *store, struct walk *walk, const char *path,
                const struct corpus_options *options, struct pool *pool);

/* ---- for these two ------------------------------------------------------- */

/* A new candidate for a file, neither a piece nor refused yet. NULL when out of memory. */
struct candidate *candidate_add(struct candidates *out, struct walk_file *file, int song);

/* What is known of a piece by its events, which it has now. */
void candidate_know(struct candidate *c);

/* Candidates of what is in a file's bytes. 0, or -1: out of memory. */
int load_bytes(struct candidates *out, struct walk_file *file, const unsigned char *data, size_t size,
               const struct corpus_options *options);

/* This thread's error without the path before it, which stands beside it anyway. */
const char *load_reason(const char *path);

/* The lists of n files, or groups of them, become the end of one; ownership moves. 0 or -1. */
int load_join(struct candidates *out, struct candidates *files, size_t n);

/* One file more is done: one call at a time. */
struct load_progress {
	const struct corpus_options *options;
	pthread_mutex_t lock;
	size_t done, total;
};
void load_progress_step(struct load_progress *p);

/* Make a candidate a refused one. 0 or -1. */
int candidate_refuse(struct candidate *c, const char *reason);

#endif
