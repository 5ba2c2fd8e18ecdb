/*
 * The generator one event at a time, for making music: the same layers as
 * network.c with one row, the heads one after the other as choices are made.
 * Nothing is allocated after step_new(). Agrees with network_forward() to
 * rounding (tested).
 *
 * Of a network of events:
 *
 *	step_begin(s, start, ...)		a piece begins
 *	step_shift, step_part			when and what comes first
 *	step_arrive(s, shift, kind, part)	there it comes
 *	step_pitch, step_duration, step_velocity, or step_metre
 *	step_take(s, event)			it is chosen
 *	step_shift, step_part ...		when and what comes next
 *
 * Of one that reads tokens, step_begin() and then step_token(), after each of
 * which step_pitch, step_duration, step_velocity and step_shift are of the
 * next token; step_arrive() and step_take() keep the place in the music.
 */
#ifndef MODEL_STEP_H
#define MODEL_STEP_H

#include "model/latent_plan.h"
#include "model/network.h"

struct step {
	const struct generator *g;
	const real *w; /* not owned */
	struct context context;
	struct carry carry;
	struct arena arena;
	/* one row of what frame.h has many of */
	struct lstm_frame stream, trunk[TRUNK_LAYERS_MAX];
	real *x, *z, *key, *chosen, *relative, *scratch;
	real *hidden, *next_hidden, *part_hidden;
	real *logits[HEADS];
	struct bag_item *items;
	struct reference *references;
	uint8_t *classes;
	/* which z phrases get; NULL: 0. Set before step_begin(), not owned. The seed's z are drawn by its seed; NULL: they are their mean */
	const struct latent_plan *plan;
	struct latent_frame latent; /* of the present row */
	const double *knobs;        /* (KNOBS) what rows are told, read at each; NULL, NaN: nothing. Not owned */
	struct knob_frame knob_frame;
	/* of networks that read tokens: one row */
	struct batch batch;
	struct frame frame;
	size_t token; /* read so far */
};

/* g and w must outlive it. NULL on error. */
struct step *step_new(const struct generator *g, const real *w);
void step_free(struct step *s);

/* Everything that the next events depend on, to go on from again: in as many bytes. The step must be the same. */
size_t step_state_size(const struct step *s);
void step_save(void *state, const struct step *s);
void step_restore(struct step *s, const void *state);

/* Begin a piece: forget everything. unknown: enum unknown; end: tick where it is to end, or -1. */
void step_begin(struct step *s, const struct start *start, unsigned unknown, int end);

void step_arrive(struct step *s, int shift, enum row_kind kind, int part);
void step_take(struct step *s, const struct event *event);

/* Read a token, of its symbols alone. */
void step_token(struct step *s, const struct token *token);

/*
 * Logits, valid until the next call; impossible choices are -INFINITY. The
 * caller may change them. Sizes: head_classes(). step_velocity comes after
 * step_duration; step_part after step_shift.
 */
real *step_pitch(struct step *s);
real *step_duration(struct step *s, int pitch);
real *step_velocity(struct step *s);
real *step_metre(struct step *s);
real *step_shift(struct step *s);
real *step_part(struct step *s, int shift);

#endif
