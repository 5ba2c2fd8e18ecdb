/*
 * The recording, see record.h. Moments become ticks of the file here, and it
 * is decided when to write; the file itself is midi/smf_grow.c's.
 */
#include "live/record.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/file_lock.h"
#include "base/mem.h"
#include "base/ring.h"
#include "midi/smf_grow.h"

#define RING_ITEMS     32768 /* of 24 bytes: half a minute at a thousand messages a second */
#define PHRASE_BARS    4
#define SECOND         UINT64_C(1000000000) /* ns */
#define PHRASE_SECONDS 8
#define WRITING_SHARE  50 /* a write took its time so often over before the next */
#define TICK           (QUARTER / SMF_GROW_PPQ)

struct record {
	struct ring ring;
	_Atomic uint64_t lost; /* counted by the device thread */

	/* the program's own thread's */
	char *path, *comment;
	struct smf_grow file;
	uint64_t last;           /* the latest moment, in the recording's time */
	uint64_t moved;          /* what is added to the music's moments to have the recording's, modulo 2^64 */
	bool fresh;              /* there is something that the file on the disc does not have */
	bool over;               /* there is no room for more; it was told */
	bool failing;            /* the last write did; it was told */
	uint64_t lost_told;      /* how many */
	int next_line, bars;     /* the next bar line's tick; bars begun since the last write */
	bool begun;              /* the times below hold: something was taken */
	uint64_t written, ready; /* clock: of the last write; not before this again */
};

/* A file can be made there, and be given the name: found out without touching what is there. */
static int try_path(const char *path)
{
	struct file_beside f;

	if (file_beside_begin(&f, path) < 0)
		return -1;
	file_beside_abort(&f);
	return 0;
}

struct record *record_new(const char *path, const char *comment)
{
	struct record *r;

	if (try_path(path) < 0)
		return NULL;
	/* of a recording that was killed while it wrote */
	file_sweep(path);
	r = mem_new(1, sizeof *r);
	if (!r)
		return NULL;
	r->path = mem_string(path);
	r->comment = comment ? mem_string(comment) : NULL;
	if (!r->path || (comment && !r->comment) || ring_init(&r->ring, RING_ITEMS, sizeof(struct played)) < 0 ||
	    smf_grow_init(&r->file) < 0) {
		record_free(r);
		return NULL;
	}
	/* so that the device thread does not wait for memory either: locked where that is allowed, and touched */
	mlock(r->ring.items, (r->ring.mask + 1) * r->ring.item_size);
	memset(r->ring.items, 0, (r->ring.mask + 1) * r->ring.item_size);
	r->next_line = smf_grow_line(&r->file, 1);
	return r;
}

void record_free(struct record *r)
{
	if (!r)
		return;
	smf_grow_done(&r->file);
	ring_done(&r->ring);
	free(r->comment);
	free(r->path);
	free(r);
}

void record_played(struct record *r, const struct played *p)
{
	if (!ring_write(&r->ring, p, 1))
		atomic_fetch_add_explicit(&r->lost, 1, memory_order_relaxed);
}

uint64_t record_notes(const struct record *r)
{
	return r->file.notes;
}

uint64_t record_lost(const struct record *r)
{
	return atomic_load_explicit(&r->lost, memory_order_relaxed);
}

/* ---- writing --------------------------------------------------------------- */

/* All until `tick`. Once a failure is told it is not told again before a write succeeds. */
static int write_file(struct record *r, int tick, uint64_t now)
{
	uint64_t began = clock_now(), took;
	int status = smf_grow_write(&r->file, r->path, tick, r->comment);
	bool told = r->failing;

	took = clock_now() - began;
	r->written = now;
	r->ready = now + took * WRITING_SHARE;
	if (r->ready < now + r->file.size * SECOND / RECORD_RATE)
		r->ready = now + r->file.size * SECOND / RECORD_RATE;
	r->bars = 0;
	r->failing = status < 0;
	if (status < 0) {
		r->ready += PHRASE_SECONDS * SECOND;
		return told ? 0 : -1;
	}
	r->fresh = false;
	return 0;
}

/* ---- what was played ------------------------------------------------------- */

/* The moment in the recording, which never goes back. */
static uint64_t moment_of(struct record *r, uint64_t at)
{
	uint64_t moment = at + r->moved;

	if (moment >= r->last && moment - r->last < MOMENT_MAX)
		return r->last = moment;
	if (r->last - moment > SIXTEENTH)
		r->moved = r->last - at;
	return r->last;
}

static int tick_of(uint64_t moment)
{
	uint64_t tick = (moment + TICK / 2) / TICK;

	return tick < SONG_TICK_MAX ? (int)tick : SONG_TICK_MAX;
}

static int take(struct record *r, const struct played *p, int tick)
{
	if (p->us_per_quarter > 0 && smf_grow_tempo(&r->file, tick, (int)(p->us_per_quarter & 0x7FFFFFFF)) < 0)
		return -1;
	if (p->numerator > 0) {
		if (smf_grow_metre(&r->file, tick, p->numerator, p->denominator_log2) < 0)
			return -1;
		r->next_line = smf_grow_line(&r->file, tick + 1);
	}
	if (p->size == 0)
		return 0;
	r->fresh = true;
	return smf_grow_message(&r->file, tick, p->message, p->size <= 3 ? p->size : 3);
}

/* The file is to be written, when it is allowed to be. */
static bool due(const struct record *r, uint64_t now)
{
	return r->fresh && r->file.notes > 0 && now >= r->ready && now > r->written;
}

/* What comes next is at `tick`: a phrase that is over there is written, up to the bar line. 0 or -1. */
static int pass_line(struct record *r, int tick, uint64_t now)
{
	int line = r->next_line;

	if (tick < line)
		return 0;
	r->bars++;
	r->next_line = smf_grow_line(&r->file, tick + 1);
	return r->bars >= PHRASE_BARS && due(r, now) ? write_file(r, line, now) : 0;
}

static int tell_lost(struct record *r)
{
	uint64_t lost = record_lost(r), before = r->lost_told;

	/* a flood is told once, and how much it was at the end */
	if (lost == 0 || before > 0)
		return 0;
	r->lost_told = lost;
	return error("%s: %" PRIu64 " messages came too fast to be recorded", r->path, lost);
}

/* There is no room for more, in the file or in memory: what there is stays, and is written. */
static int tell_over(struct record *r)
{
	r->over = true;
	return error_prefix("%s", r->path);
}

int record_drain(struct record *r, uint64_t now)
{
	struct played p;
	int status = 0;

	while (ring_read(&r->ring, &p, 1)) {
		int tick = tick_of(moment_of(r, p.at));

		if (!r->begun) {
			r->begun = true;
			r->written = now;
		}
		if (r->over)
			continue;
		if (pass_line(r, tick, now) < 0)
			status = -1;
		if (take(r, &p, tick) < 0)
			status = tell_over(r);
	}
	if (due(r, now) && now - r->written >= PHRASE_SECONDS * SECOND && write_file(r, r->file.last, now) < 0)
		status = -1;
	return tell_lost(r) < 0 ? -1 : status;
}

int record_finish(struct record *r)
{
	int status = record_drain(r, clock_now());

	r->failing = false;
	if (r->fresh && r->file.notes > 0)
		status = write_file(r, r->file.last, clock_now());
	if (record_lost(r) > r->lost_told)
		status = error("%s: %" PRIu64 " messages in all came too fast to be recorded", r->path, record_lost(r));
	r->lost_told = record_lost(r);
	return status;
}
