/*
 * New music like other music, for every command that makes some: --like,
 * --from and --to, --latent-seed (model/like.h, model/latent_plan.h). Files are
 * read and encoded once; a plan is made for every piece.
 */
#ifndef CLI_MUSIC_LIKE_H
#define CLI_MUSIC_LIKE_H

#include "cli/music_options.h"

#define LIKE_AMOUNT 0.3 /* unless told otherwise */
#define WAY_STEPS   5

/* What the options say together: a mistake here is one of usage. 0 or -1. */
int music_like_check(const struct music_options *o);

/* Read and encode what they name; m has its model and seed. 0 or -1; music_like_close() in either case. */
int music_like_open(struct music *m, const struct music_options *o);
void music_like_close(struct music *m);

/* Pieces of the way from one to the other that are asked for; 0: there is no way. */
int music_like_pieces(const struct music *m);

/* The z of the piece with m->compose's seed, number i (from 0) of those. 0 or -1. */
int music_like_plan(struct music *m, int i);

/* The number of that piece among all of the way's, from 1. */
int music_like_step(const struct music *m, int i);

#endif
