/* Reading what the walk found: every file to pieces of events, or to a reason why not. */
#ifndef CORPUS_LOAD_H
#define CORPUS_LOAD_H

#include "corpus/corpus.h"
#include "corpus/walk.h"

/* A piece of the corpus, or (piece NULL) why there is none. */
struct candidate {
	char *path;
	char *style;
	char *reason; /* clean text; NULL when there is a piece */
	int song;     /* of a format 2 file */
	int stated;   /* split its folders state, or SPLIT_UNSTATED */
	struct piece *piece;
	uint64_t fingerprint;
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

/* 0 or -1 (no memory, no threads); candidates_done() in either case. */
int load_files(struct candidates *out, const struct walk *walk, const struct corpus_options *options,
               struct pool *pool);
void candidates_done(struct candidates *c);

/* Make a candidate a refused one. 0 or -1. */
int candidate_refuse(struct candidate *c, const char *reason);

#endif
