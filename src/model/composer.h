/*
 * A composer from within: what compose.c (pieces and streams), compose_key.c
 * (the keys of pieces) and compose_live.c (changes in their midst) share.
 */
#ifndef MODEL_COMPOSER_H
#define MODEL_COMPOSER_H

#include "model/compose.h"
#include "model/maker.h"

struct composer {
	const struct model *m;
	struct compose_options o;
	struct maker maker;
	uint64_t number; /* pieces begun before this one */
	uint64_t take;   /* of the present piece; 0 is what there is without a judge */
	struct start start;
	int us_per_quarter;
	int gap; /* ticks to add to the next event's shift, between pieces */
	bool begun, ended;
	struct piece *whole; /* the present piece, when a key is asked for */
	size_t whole_at;
	int whole_transposition;
	int guarded;             /* in pieces that are over */
	struct key_count key;    /* of the present piece, as it sounds, */
	int now;                 /* which has come to this tick */
	int transposition;       /* of the present piece, for a key related to the last one's */
	struct key moved;        /* to which the present piece was moved in its midst; tonic -1: to none */
	bool replayed;           /* the present piece is told its transposition, as it was before */
	struct latent_plan plan; /* of the present piece, where there is one; its lists are the options' */
};

/* How the present piece begins, by its number. */
void composer_choose_start(struct composer *c);

/* Piece `number` is the present one, and not begun; its start is chosen. */
void composer_next_piece(struct composer *c, uint64_t number);

/* Begin to draw the present piece. */
void composer_begin_piece(struct composer *c, uint64_t attempt, int transposition);

void composer_count_key(struct composer *c, const struct event *e);
void composer_count_key_anew(struct composer *c);

/* ---- compose_key.c --------------------------------------------------------------- */

/* Is the key of a piece found before it is given out? A scale names its own tones, and is met by choosing among them. */
bool composer_looks_ahead(const struct composer *c);

/* The present piece into c->whole, in its key. 0 or -1. */
int composer_compose_whole(struct composer *c);

/* Begin a piece in a key: the one that was asked for, else one related to the one before. */
void composer_begin_in_key(struct composer *c, struct key before);

/* Is its key chosen as it begins? */
bool composer_wanders(const struct composer *c);

/* A pitch of the drawn piece as it sounds. A primer's notes at the ends of the keyboard may not move as far: they go by octaves. */
int composer_sounding(int pitch);

/* The key its notes are in. 0 or -1. */
int composer_find_key(struct key *key, const struct piece *p);

#endif
