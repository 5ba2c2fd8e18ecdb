/*
 * A piece of corpus/ as it is read twice, its .mid by musegen and its .abc
 * by abc_reader.h, and the list of what is found wrong with it. cmocka.h
 * comes before this.
 */
#ifndef TESTS_UNIT_ENGRAVING_H
#define TESTS_UNIT_ENGRAVING_H

#include "abc_reader.h"
#include "base/error.h"
#include "base/text.h"
#include "midi/libsmf.h"
#include "midi/smf.h"
#include "music/grid.h"
#include "music/key.h"

#define FILE_PPQ   480 /* abc2midi's */
#define GRID       24
#define POINT      (FILE_PPQ / GRID) /* ticks of the file between two points of the grid */
#define ABC_POINT  (POINT * ABC_TICK)
#define FAULTS_MAX 3 /* told of one check and piece; of the others only how many */

struct fault {
	const char *check;
	char *text;
};

struct faults {
	const char *check, *ending; /* at work; of the file it reads first */
	int told;                   /* of this check and piece */
	struct fault *list;
	size_t n, capacity;
};

/* A piece whose key is found to be another than its K: says, and why. */
struct key_exception {
	const char *piece, *found, *reason;
};

struct engraving {
	const char *name; /* path without .abc and .mid */
	struct abc *abc;
	struct songs songs;
	struct song *song; /* of songs: in ticks of the file, a pickup's rests cut */
	struct song *grid; /* the same on the grid */
	int lead;          /* ticks cut */
	int first_metre;   /* tick of the first metre that the file states, -1: none */
	int *ends;         /* tick of each track's end */
	size_t n_ends, ends_capacity;
	const struct key_exception *exceptions;
	size_t n_exceptions;
};

/* part may be NULL, bar (from 1) may be 0. */
static inline void fault(struct faults *f, const struct engraving *e, const char *part, int bar, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
static inline void fault(struct faults *f, const struct engraving *e, const char *part, int bar, const char *fmt, ...)
{
	char text[512], place[64] = "";
	struct fault one = {f->check, NULL};
	va_list args;

	if (++f->told > FAULTS_MAX)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	if (part && bar)
		snprintf(place, sizeof place, " %s, bar %d:", part, bar);
	else if (part)
		snprintf(place, sizeof place, " %s:", part);
	else if (bar)
		snprintf(place, sizeof place, " bar %d:", bar);
	one.text = text_format("%s%s:%s %s: %s", e->name, f->ending, place, f->check, text);
	assert_non_null(one.text);
	ABC_ADD(f->list, f->n, f->capacity, one);
}

static inline void faults_done(struct faults *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->list[i].text);
	free(f->list);
	*f = (struct faults){0};
}

/* ---- Reading --------------------------------------------------------------- */

/* What a song does not keep: where each track ends, and whether a metre is stated. */
static inline void engraving_tracks(struct engraving *e, const struct smf_bytes *clean)
{
	smf_t *smf = libsmf_load(clean->data, clean->size);

	assert_non_null(smf);
	for (int t = 1; t <= smf->number_of_tracks; t++) {
		smf_track_t *track = smf_get_track_by_number(smf, t);
		int end = 0;

		for (int i = 1; i <= track->number_of_events; i++) {
			smf_event_t *event = smf_track_get_event_by_number(track, i);
			const unsigned char *m = event->midi_buffer;

			end = event->time_pulses;
			if (m[0] == 0xFF && m[1] == 0x58 && (e->first_metre < 0 || end < e->first_metre))
				e->first_metre = end;
		}
		ABC_ADD(e->ends, e->n_ends, e->ends_capacity, end);
	}
	libsmf_free(smf);
}

static inline void engraving_grid(struct faults *f, struct engraving *e)
{
	song_free(e->grid);
	e->grid = grid_snap(e->song, GRID, NULL);
	if (!e->grid)
		fault(f, e, NULL, 0, "%s", error_message());
}

/* False, with a fault of "read", when there is nothing to check. engraving_done() in either case. */
static inline bool engraving_read(struct faults *f, struct engraving *e, const char *name, const char *abc,
                                  const unsigned char *mid, size_t size)
{
	struct smf_checked checked;

	*e = (struct engraving){.name = name, .first_metre = -1};
	f->check = "read";
	f->ending = ".mid";
	f->told = 0;
	e->abc = abc_read(abc);
	if (smf_read_memory(&e->songs, name, mid, size) < 0) {
		fault(f, e, NULL, 0, "%s", error_message());
		return false;
	}
	if (e->songs.n != 1 || e->songs.mended)
		fault(f, e, NULL, 0, "%zu songs, mended: %s", e->songs.n, e->songs.mends ? e->songs.mends : "no");
	e->song = e->songs.songs[0];
	if (e->song->ppq != FILE_PPQ) {
		fault(f, e, NULL, 0, "%d ticks a quarter", e->song->ppq);
		return false;
	}
	assert_int_equal(smf_check(&checked, name, mid, size), 0);
	engraving_tracks(e, &checked.files[0]);
	smf_checked_done(&checked);
	if (e->song->pickup > 0)
		e->lead = metre_bar(&e->song->metres[0], FILE_PPQ) - e->song->pickup;
	engraving_grid(f, e);
	return e->grid != NULL;
}

static inline void engraving_done(struct engraving *e)
{
	abc_free(e->abc);
	song_free(e->grid);
	songs_done(&e->songs);
	free(e->ends);
}

/* ---- Places ---------------------------------------------------------------- */

/* The bar, from 1, of a tick of the song; a tick early is on time. */
static inline int bar_at(const struct engraving *e, int tick)
{
	int bar = 0;

	for (int line = -e->lead; line <= tick + 1; bar++) {
		struct metre m = song_metre_at(e->song, line > 0 ? line : 0);

		line += metre_bar(&m, FILE_PPQ);
	}
	return bar;
}

/* The part that plays a voice, by its channel; NULL when none does. */
static inline const struct part *part_of_voice(const struct engraving *e, const struct abc_voice *v)
{
	for (size_t i = 0; i < e->song->n_parts; i++)
		if (e->song->parts[i].channel == (v->channel ? v->channel - 1 : 0))
			return &e->song->parts[i];
	return NULL;
}

static inline const char *part_name(const struct engraving *e, const struct part *part)
{
	for (size_t i = 0; i < e->abc->n_voices; i++)
		if (part_of_voice(e, &e->abc->voices[i]) == part)
			return e->abc->voices[i].label;
	return part->name ? part->name : "a part without a voice";
}

/* A tick of the song from a place of the .abc. */
static inline int song_tick(const struct engraving *e, int at)
{
	int tick = (at + ABC_TICK / 2) / ABC_TICK - e->lead;

	return tick > 0 ? tick : 0;
}

/* Length of the tune in ticks of the file, as its first voice has it. */
static inline int abc_ticks(const struct engraving *e)
{
	return e->abc->voices[0].at / ABC_TICK;
}

#endif
