/*
 * The arranger from within: arranger.c (the source and requests),
 * arranger_bars.c (bars from a composer, and its states), arranger_play.c
 * (a bar as items).
 */
#ifndef LIVE_ARRANGER_BARS_H
#define LIVE_ARRANGER_BARS_H

#include <pthread.h>

#include "live/arranger.h"
#include "live/listen.h"
#include "model/compose_live.h"
#include "music/perform.h"

#define STATES          20 /* bar lines that can be gone back to: more than there is ahead of any music but the shortest bars */
#define HISTORY         24 /* bars kept */
#define ACTIONS_WAITING 16

struct bar_event {
	int tick; /* in the bar */
	struct event event;
};

/* A bar as it was composed. */
struct bar {
	int64_t line; /* tick of the stream where it begins */
	int length;   /* ticks */
	int number;   /* from 1; 0 a pickup */
	uint64_t piece;
	uint8_t numerator, denominator_log2;
	int us_per_quarter; /* of its last event */
	int tempo_tick;     /* where that begins to hold, -1: it held before */
	struct key key;
	bool locked;
	bool last; /* the music ends with it */
	int n;
	size_t room;
	struct bar_event *events; /* owned */
};

/* The next event of the composer, which was drawn and belongs to a later bar. */
struct hand {
	bool full, ended; /* there is one; there are no more */
	int64_t tick;     /* of the stream */
	int us_per_quarter;
	uint64_t piece;
	struct event event;
	/* what it was drawn from */
	int slot;       /* of the composer's state, -1: it cannot go back */
	int64_t before; /* tick of the event before it */
};

/* What a bar is composed from, besides the composer's own state. */
struct place {
	int64_t now; /* tick of the composer's last event */
	int64_t line;
	int length, number; /* of the bar to be composed */
	uint8_t numerator, denominator_log2;
	int us_per_quarter; /* of the event before */
	bool new_metre;     /* it is told where the bar begins */
	bool resting;       /* nothing is composed until a phrase is to be answered */
	int left;           /* bars of the answer from here on; 0: it has no end */
};

/* A bar line that can be gone back to. */
struct saved {
	int64_t line;
	int slot; /* of the composer's state before the first event after the line; -1: none */
	struct place place;
	struct performer performer;
	int64_t performed; /* tick of the last event that was performed */
	int loop_at, n_themes;
};

struct asked {
	enum action action;
	int part;
};

struct arranger {
	struct source source;
	struct arranger_options o;
	struct composer *composer;
	struct routing routing;
	struct hand hand;
	struct place place;
	uint32_t epoch;
	/* states of the composer: those that `saved` and the hand name, and one to spare */
	struct composer_state *states[STATES + 2];
	bool goes_back;
	struct saved saved[STATES]; /* a ring, the newest at (n_saved - 1) % STATES */
	uint64_t n_saved;
	/* bars */
	struct bar bar;              /* the present one, of which items are given out */
	struct bar history[HISTORY]; /* a ring, copies; bars before the present one */
	uint64_t n_history;
	struct bar loop[LOOP_BARS];
	int n_loop, loop_at;
	bool looping;
	struct bar ready[PHRASE_TAKE]; /* bars that are composed and come next: a part was rewritten */
	int n_ready, ready_at;
	bool begun;     /* the clock's start, if there is one, was given out */
	uint64_t drawn; /* random numbers for the lock, */
	bool choose;    /* a phrase begins with the next bar */
	uint64_t takes; /* and for redrawing, used so far */
	/* performing */
	struct performer performer;
	int64_t performed; /* tick of the last event */
	struct source_item *items;
	size_t n_items, items_room, item;
	uint64_t cut; /* of the present epoch */
	bool stopped; /* and its stop */
	/* themes begun: the present one is the last */
	struct composer_theme themes[16];
	int n_themes;
	uint64_t newest; /* number of the newest piece */
	/* what holds now */
	double values[CONTROLS];
	unsigned chord;       /* pitch classes that the music leans to, 12 bits */
	struct piece *phrase; /* that is answered, owned; or NULL */
	struct heard heard;   /* of it */
	uint64_t answers;     /* so far */
	uint64_t parts;       /* as bits: that the music has without a phrase */
	_Atomic unsigned unanswered;
	/* what was asked for */
	pthread_mutex_t lock;
	_Atomic bool hurry; /* something is, and not met yet */
	double asked[CONTROLS];
	unsigned asked_chord;
	struct piece *asked_phrase; /* owned; NULL: none */
	struct heard asked_heard;
	struct asked actions[ACTIONS_WAITING];
	int n_actions;
};

/* Units from the beginning of the stream. */
uint64_t arranger_moment(const struct arranger *a, int64_t tick);

/* ---- arranger_bars.c ---------------------------------------------------------------- */

int arrange_start(struct arranger *a);
void arrange_done(struct arranger *a);

/* Compose the bar at a->place into a->bar; a->place is the one after it. 0 or -1. */
int arrange_bar(struct arranger *a);

/* The first line that can be gone back to at or after a tick, not after the present bar's end; NULL: none. */
const struct saved *arrange_find(const struct arranger *a, int64_t tick);

/* Go back there: the next bar is composed anew from it. */
void arrange_go_back(struct arranger *a, const struct saved *saved);

/* Before a change: the event in hand is given back, to be drawn anew at the next bar's line or later. False: it cannot. */
bool arrange_drop_hand(struct arranger *a);

/* The place's metre is another: a bar's length. */
void arrange_new_metre(struct arranger *a);

/* A free slot for a state of the composer. */
int arrange_slot(struct arranger *a);

int bar_add(struct bar *b, int tick, const struct event *event);

int bar_copy(struct bar *to, const struct bar *from);
void bar_done(struct bar *b);

/* ---- arranger_phrase.c ---------------------------------------------------------------- */

/* Where a phrase begins: the judge's favourite of several; the composer is at it then. 0 or -1. */
int arrange_choose(struct arranger *a);

/* How real the newest bar is, 0 to 1; NaN where nobody can tell. 0 or -1. */
int arrange_opinion(struct arranger *a, double *judged);

/* ---- arranger_answer.c ---------------------------------------------------------------- */

/* Answer the phrase from the place on, which is taken over: another composer goes on from it. 0 or -1; then all is as it was. */
int arrange_answer(struct arranger *a, struct piece *phrase, const struct heard *heard);

/* ---- arranger_rewrite.c --------------------------------------------------------------- */

/* A part of the loop, or of the bars to come, anew against the others. 0 or -1. */
int arrange_rewrite(struct arranger *a, int part);

/* ---- arranger_play.c ------------------------------------------------------------------ */

/* The present bar as items, into a->items; and into the score. 0 or -1. */
int play_bar(struct arranger *a);

#endif
