/*
 * Where the notes of a part go: to which channel, with which program, how many
 * semitones higher or lower, and how loud. Pure; what a piece or a file says
 * of its programs comes in, and what the player sends comes out.
 *
 * Parts with one program share a channel, so that music for one instrument is
 * all on channel 1 (two parts on one pitch are the player's to count,
 * live/player.h). Channels are given out in the order of the parts, past the
 * percussion channel; when none is left they are shared. Split, each part has
 * a channel of its own. What the settings [live] part1 ... part16 say comes
 * before all of that, and channels that they name are left to them as long as
 * there are others.
 */
#ifndef LIVE_ROUTING_H
#define LIVE_ROUTING_H

#include <stdbool.h>
#include <stdint.h>

#include "live/player.h"
#include "music/song.h"

#define ROUTING_PARTS 16  /* the first of a piece, which can be told where to go */
#define ROUTE_NONE    255 /* no program change is sent, as in struct play_note */

/* What is asked for one part. */
struct route_wish {
	int channel;   /* 0-15, -1: not said */
	int program;   /* 0-127, ROUTE_NONE, -1: the music's */
	int transpose; /* semitones */
	int low, high; /* velocities 1-127 are spread over low..high */
};

struct routing_rules {
	bool split;
	struct route_wish parts[ROUTING_PARTS];
};

struct route {
	uint8_t channel, program; /* program: ROUTE_NONE: none */
	uint8_t low, high;
	int transpose;
};

struct routing {
	struct route routes[SONG_PARTS_MAX];
};

/* Nothing is asked for: the music as it is. */
void routing_rules_start(struct routing_rules *rules, bool split);

/*
 * One part's wish as text: "channel 2, program 19, transpose -12, velocity
 * 40-100", each of the four at most once, in any order, or nothing at all.
 * Channels are 1-16, programs 0-127 or "none". 0, or -1 with error(); *wish
 * is as it was then.
 */
int route_parse(struct route_wish *wish, const char *text);

/*
 * programs: of n_parts parts, 0-127 or -1 for none. Parts past the last are
 * routed as if they had its program.
 */
void routing_make(struct routing *r, const struct routing_rules *rules, const int programs[SONG_PARTS_MAX],
                  int n_parts);

/* The same without rules. */
void routing_defaults(struct routing *r, const int programs[SONG_PARTS_MAX], int n_parts, bool split);

/*
 * The note of a part (from 0) as it is sent: its channel, program, pitch and
 * velocity are set. False: its pitch would leave 0-127, it is left out, and
 * the caller's to count.
 */
bool routing_apply(const struct routing *r, int part, struct play_note *note);

#endif
