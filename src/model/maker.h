/*
 * A maker draws one piece from a generator, event by event, within limits:
 * an end, a range, a scale, the guard. compose.c strings pieces together and
 * meets the key.
 */
#ifndef MODEL_MAKER_H
#define MODEL_MAKER_H

#include "model/compose.h"
#include "model/guard.h"
#include "model/step.h"

struct maker {
	const struct model *m;
	const struct compose_options *o;
	struct step *step;
	struct random random;
	struct guard guard;
	struct key told;      /* in which the network is told that the piece is; tonic -1: in none */
	struct key_count key; /* of what has been taken */
	int end;              /* tick where the piece must end; -1 not yet decided */
	int planned;       /* bars the piece is told it has, when none were asked for; nothing makes it keep to them */
	int most;          /* bars the piece may have when nothing else ends it */
	int least;         /* no event comes before this tick */
	int margin;        /* so many pitches at either end of the keyboard are not used, before transposition */
	int transposition; /* that the events will get: range and scale are of what sounds */
	size_t primer_at;  /* next event of the primer */
	bool sounded;      /* a note has come: a piece may end */
	bool ended;
	double nats;           /* what was drawn cost at temperature 1, of what was possible */
	int drawn;             /* notes of that */
	struct ending *ending; /* NULL: pieces end as they come */
	bool closes;           /* its last bars are chosen, where there is an ending; true at first */
	/* of networks that read tokens */
	struct tokens primed;    /* the primer's */
	int cursor;              /* tick where the seed's next token begins */
	bool rested;             /* its last token was a rest */
	struct event chord[128]; /* notes of the present token, */
	int chord_n, chord_at;   /* how many, and given out */
	struct maker_conv *conv; /* of convolutional networks */
};

int maker_init(struct maker *k, const struct model *m, const struct compose_options *o);
void maker_done(struct maker *k);

/* Begin a piece; the options' primer, if there is one, comes first. */
void maker_begin(struct maker *k, const struct start *start, struct random random, int transposition);

/* The next event, not transposed; EVENT_END is the last. */
void maker_next(struct maker *k, struct event *event);

/* Tick of the last event, and of the first bar line at or after `tick`. */
int maker_now(const struct maker *k);
int maker_bar_line(const struct maker *k, int tick);

/* May this pitch sound at all (range, scale)? */
bool pitch_wanted(const struct compose_options *o, int sounding);

/* ---- of maker.c, for ending.c ---------------------------------------------- */

/* Draw the next event and, if it is no END, arrive at its row; then take it. */
void maker_make(struct maker *k, struct event *event);
void maker_take(struct maker *k, const struct event *event);

/*
 * ---- of maker.c, for compose_live.c ------------------------------------------
 * The parts are given but for one: its next event, if it draws one before
 * the given event, which is the next of all others; else (false) the given
 * one, arrived at unless it is END. Not taken yet.
 */
bool maker_make_part(struct maker *k, int part, const struct event *given, struct event *event);

/* ---- of maker.c, for maker_tokens.c ---------------------------------------- */

/* Go to the row of the next event; when the most bars are near, the piece is told where it ends. */
void maker_arrive(struct maker *k, int shift, enum row_kind kind, int part);
bool maker_allows(const struct maker *k, int pitch);
/* What is added to the logit of a pitch. */
real maker_lean(const struct maker *k, int pitch);
int maker_draw_shift(struct maker *k);
int maker_draw_duration(struct maker *k, int pitch);
int maker_draw_velocity(struct maker *k);
/* An index of pitch logits; -1: none is a number, or none is possible. */
int maker_draw_pitch(struct maker *k, const real *logits, int n);
/* END comes no sooner than all notes have ended. */
int maker_end_shift(const struct maker *k, int shift);

/* ---- maker_conv.c: windows made from noise, one after the other ---------------- */

/* Room for a window. 0 or -1; nothing is done for other kinds. */
int maker_conv_init(struct maker *k);
void maker_conv_done(struct maker *k);
/* How its pieces begin: 4/4 from the downbeat, as many parts as are asked for, else all. */
void maker_conv_start(struct start *start, const struct model *m, const struct compose_options *o);
/* After step_begin(): a piece is whole windows, unless so many bars were asked for. */
void maker_conv_begin(struct maker *k);
/* The next event; if it is no END, its row is arrived at. */
void maker_conv_next(struct maker *k, struct event *event);

/* ---- maker_tokens.c -------------------------------------------------------- */

/* The primer spelled. 0 or -1. */
int maker_tokens_init(struct maker *k);
/* After step_begin(): the primer read. */
void maker_tokens_begin(struct maker *k);
/* The next event, drawn; if it is no END, its row is arrived at. */
void maker_tokens_next(struct maker *k, struct event *event);

#endif
