/*
 * What is known when an event comes: the music so far, boiled down to
 * categories for the networks' embeddings. One machine, fed event by event,
 * serves training, scoring and generating, and knows only the past. Order of
 * calls for every row:
 *
 *	context_arrive(c, shift, kind, part)	the row's time and part are known
 *	context_query, context_references, context_mask_pitch
 *	context_given(c, pitch)			its pitch is known
 *	context_chosen(c, event)		all of it is known
 *	context_take(c, event)
 *	context_next(c, shift), context_mask_part(c, shift)	the next row's shift is known
 *
 * The first row of a piece is ROW_START: no note, but it predicts the first event.
 */
#ifndef MODEL_CONTEXT_H
#define MODEL_CONTEXT_H

#include "model/generator.h"
#include "model/lookback.h"
#include "music/position.h"
#include "nn/relative.h"

enum row_kind { ROW_NOTE, ROW_METRE, ROW_START };

#define CONTEXT_SOUNDING_MAX 32 /* more notes at once: the first to end are forgotten */
#define CONTEXT_QUERY_MAX                                                                                              \
	(QUERY_FIELDS + HARMONY_FIELDS + 5 * CONTEXT_SOUNDING_MAX + QUERY_BACK_FIELDS * LOOKBACKS + 1 + 3 * SLOTS_MAX)
#define CONTEXT_GIVEN_MAX      (GIVEN_FIELDS + 2 * CONTEXT_SOUNDING_MAX + GIVEN_BACK_FIELDS * LOOKBACKS + 1 + 2 * SLOTS_MAX)
#define CONTEXT_NEXT_MAX       2
#define CONTEXT_REFERENCES_MAX (5 + 2 * CONTEXT_SOUNDING_MAX + LOOKBACKS)

/* Fields that a piece may leave unknown: as bits. */
enum unknown {
	UNKNOWN_BARS_LEFT = 1,
	UNKNOWN_PHRASE = 2,
	UNKNOWN_STYLE = 4,
	UNKNOWN_KEY = 8, /* the mode and the tonic */
	UNKNOWN_TEMPO = 16,
	UNKNOWN_ALL = 31
};

struct sounding {
	int end; /* tick */
	uint8_t part, pitch;
};

struct context_part {
	int last, before; /* pitches; -1 none */
	int duration;     /* symbol of the last */
	int onset;        /* tick of the last */
	int from;         /* pitch it came from: of the onset before; -1 none, or it is of a chord */
};

struct context {
	const struct generator *g;
	struct start start;
	unsigned unknown;
	int end; /* tick where the piece ends, -1 unknown: gives the bars left */
	struct position position;
	int n_sounding;
	struct sounding sounding[CONTEXT_SOUNDING_MAX]; /* oldest first */
	struct context_part parts[SONG_PARTS_MAX];
	struct event before; /* the event before this row */
	enum row_kind before_kind;
	bool has_before;
	int shift; /* of the present row */
	enum row_kind kind;
	int part;                 /* of a ROW_NOTE */
	struct lookback lookback; /* only kept with config.form */
};

void context_start(struct context *c, const struct generator *g, const struct start *start, unsigned unknown, int end);
void context_arrive(struct context *c, int shift, enum row_kind kind, int part);

/* Each writes items and returns how many: at most CONTEXT_QUERY_MAX, CONTEXT_REFERENCES_MAX, CONTEXT_GIVEN_MAX, CHOSEN_FIELDS, CONTEXT_NEXT_MAX. */
int context_query(const struct context *c, struct bag_item *items);
int context_references(const struct context *c, struct reference *items);
int context_given(const struct context *c, int pitch, struct bag_item *items);
int context_chosen(const struct context *c, const struct event *event, struct bag_item *items);
int context_next(const struct context *c, int shift, struct bag_item *items);

/* Events have one order, so some choices are impossible. Highest pitch that may come now: */
int context_highest(const struct context *c);
/* Which classes of the part head may come after `shift`; allowed has vocab->parts + 2 entries. Call after context_take. */
void context_classes(const struct context *c, int shift, uint8_t *allowed);

void context_take(struct context *c, const struct event *event);

/* Ticks of the present bar: what escapes are coded in. */
int context_bar(const struct context *c);

#endif
