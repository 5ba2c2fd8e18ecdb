/*
 * The performer: velocity and length of one note after the other, from its
 * place in the bar and the phrase, its duration and what has been so far.
 * Whole songs are in perform_song.c.
 */
#include "music/perform.h"

#include "base/error.h"

/* Added to a velocity; at most 18, at least -17 together. */
enum {
	ACCENT_BAR = 8,      /* on the bar line */
	ACCENT_HALF = 4,     /* on the third of four beats */
	ACCENT_BEAT = 0,     /* on another beat */
	ACCENT_BETWEEN = -3, /* on the half or third of a beat */
	ACCENT_FINER = -6,
	TOP_PART = 5,
	ARCH_LOW = -4, /* where a phrase begins and ends */
	ARCH_HIGH = 5, /* in its middle */
	PHRASE_END = -5
};

/* Where velocities are not learned, the one there is leaves room for accents on both sides. */
enum { FLAT_MIN = 48, FLAT_MAX = 96 };

enum { GATE_PERCENT = 92, GAP_MIN_US = 20000 };

int perform_fine(int grid)
{
	return (PERFORM_PPQ + grid - 1) / grid;
}

void performer_start(struct performer *p, int grid, const struct start *start, int us_per_quarter, bool learned)
{
	if (grid < 1 || us_per_quarter < 1)
		BUG("a performance of %d ticks a quarter, %d us", grid, us_per_quarter);
	*p = (struct performer){
		.grid = grid,
		.fine = perform_fine(grid),
		.us_per_quarter = us_per_quarter,
		.learned = learned,
		.alone = start_part_count(start) <= 1,
		.top_struck = -1,
	};
	position_start(&p->position, grid, start);
}

/* Ticks of a beat: three of the metre's units in 6/8, 9/8, 12/8 and their like, one in others. */
static int beat_of(const struct position *p)
{
	struct metre m = {0, (uint8_t)p->numerator, (uint8_t)p->denominator_log2};
	int unit = metre_beat(&m, p->grid);

	return p->denominator_log2 >= 3 && p->numerator > 3 && p->numerator % 3 == 0 ? 3 * unit : unit;
}

static int accent(const struct position *p)
{
	int in_bar = position_in_bar(p), beat = beat_of(p), beats = p->bar_length / beat;
	int in_beat = in_bar % beat;

	if (in_bar == 0)
		return ACCENT_BAR;
	if (in_beat == 0)
		return beats == 4 && in_bar == 2 * beat ? ACCENT_HALF : ACCENT_BEAT;
	return 2 * in_beat % beat == 0 || 3 * in_beat % beat == 0 ? ACCENT_BETWEEN : ACCENT_FINER;
}

/* Where the present phrase ends by all that is known now: at a long note's end, else after four bars. */
static int phrase_end(const struct position *p)
{
	int64_t bars = p->bar_start + (int64_t)(p->phrase_bar + PHRASE_BARS - p->bar) * p->bar_length;
	int end = bars < POSITION_TICK_MAX ? (int)bars : POSITION_TICK_MAX;

	return p->pending_end >= 0 && p->pending_end < end ? p->pending_end : end;
}

/* A parabola over the phrase, lowest at both ends. */
static int arch(const struct position *p, int end)
{
	int64_t length = end - p->phrase_start, at = p->now - p->phrase_start;

	if (length <= 0 || at <= 0 || at >= length)
		return ARCH_LOW;
	return ARCH_LOW +
	       (int)((4 * at * (length - at) * (ARCH_HIGH - ARCH_LOW) + length * length / 2) / (length * length));
}

static uint8_t limited(int velocity, int low, int high)
{
	return (uint8_t)(velocity < low ? low : velocity > high ? high : velocity);
}

/*
 * Lengths are odd before a breath and even elsewhere. A note with a breath may
 * else last as long as a shorter one without; so each length has one duration,
 * and song_unperform() finds it. A tick is a millisecond.
 */
static int marked(int length, int ticks, int fine, bool ends_phrase)
{
	if (fine < 4 || (length & 1) == ends_phrase)
		return length;
	return 2 * (length - 1) >= ticks ? length - 1 : length + 1;
}

int performer_length(const struct performer *p, int ticks, bool ends_phrase)
{
	const int ppq = p->grid * p->fine;
	int64_t gap = ((int64_t)ticks * (100 - GATE_PERCENT) + 50) / 100;
	int64_t least = ((int64_t)GAP_MIN_US * ppq + p->us_per_quarter - 1) / p->us_per_quarter;
	int64_t breath = ticks / 4 < ppq / 4 ? ticks / 4 : ppq / 4;

	if (ends_phrase && gap < breath)
		gap = breath;
	if (gap < least)
		gap = least;
	if (gap > ppq / 2)
		gap = ppq / 2;
	if (gap > ticks / 2)
		gap = ticks / 2;
	return marked(ticks - (int)gap, ticks, p->fine, ends_phrase);
}

static struct performed perform_note(struct performer *p, const struct event *e)
{
	const struct position *at = &p->position;
	int end = phrase_end(at), added = accent(at) + arch(at, end);
	bool ends_phrase = at->now + e->duration == end;
	bool highest = e->part == 0 && p->top_struck != at->now;
	int64_t ticks = (int64_t)e->duration * p->fine;

	if (e->part == 0)
		p->top_struck = at->now;
	if (highest && !p->alone)
		added += TOP_PART;
	if (ends_phrase)
		added += PHRASE_END;
	if (p->learned)
		added /= 2;
	return (struct performed){
		.velocity =
			limited((p->learned ? e->velocity : limited(e->velocity, FLAT_MIN, FLAT_MAX)) + added, 1, 127),
		.added = added,
		.length = performer_length(p, ticks < SONG_TICK_MAX ? (int)ticks : SONG_TICK_MAX, ends_phrase),
	};
}

struct performed performer_event(struct performer *p, const struct event *event)
{
	position_shift(&p->position, event->shift);
	position_event(&p->position, event);
	return event->kind == EVENT_NOTE ? perform_note(p, event) : (struct performed){0};
}
