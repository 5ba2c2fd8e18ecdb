/* Following a MIDI clock, see follower.h. */
#include "live/follower.h"
#include "midi/message.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MS             1e6 /* ns */
#define CLOCKS_A_BEAT  6   /* of song position */
#define LOST_PERIODS   4
#define LOST_TIME      (250 * MS)
#define SETTLED        24              /* clocks, before which each is counted as one */
#define OTHER_TEMPO    0.2             /* of a period: what differs less is found by the line */
#define AGAIN          0.3             /* of a period: what comes so soon is the last one again */
#define OTHER_CLOCK    6               /* standard deviations from the next: it is not that one */
#define EARLY          0.25            /* of a period: after a gap it is no earlier than that */
#define COOLING        (1 - 1.0 / 768) /* eight bars */
#define COOL           0.25
#define HOT            5 /* six in so long, of one kind */
#define MANY           3
#define MENDABLE       12 /* clocks that are not as expected: then it is counted on from here */
#define STEP_BACK_MOST (24 * CLOCK_UNITS)

void follower_start(struct follower *f)
{
	memset(f, 0, sizeof *f);
}

/* ---- which clock it is ---- */

static double lost_after(const struct follower *f)
{
	if (f->line.period == 0)
		return CLOCK_PERIOD_MAX;
	return fmax(LOST_PERIODS * f->line.period, LOST_TIME);
}

/* So many clocks from the last that was counted to now, a fraction too. */
static double clocks_since(const struct follower *f, uint64_t now)
{
	return (double)(int64_t)(now - f->line.at) / f->line.period;
}

/* What came before is moved so that this clock, at its place, is where it leads: the tempo is kept, the phase is new. */
static void glue(struct follower *f, int64_t place, uint64_t now)
{
	int64_t places = place - 1 - f->line.place;
	uint64_t times = now - (f->line.at + (uint64_t)llround(f->line.period));

	for (int i = 0; i < f->line.n; i++) {
		f->line.seen[i].place += places;
		f->line.seen[i].at += times;
	}
}

/* How many intervals tell another tempo: three, more where noise is a good part of them. */
static int enough_intervals(const struct follower *f)
{
	/* the mean of n has a deviation of sqrt(2) / n: five of them are less than the difference looked for */
	double n = ceil(5 * M_SQRT2 / OTHER_TEMPO * clock_line_deviation(&f->line) / f->good_period);

	return (int)fmin(fmax(n, 3), FOLLOWER_RECENT - 1);
}

/* Are the last intervals alike, and not those of the tempo that was? So many of them then, else 0. */
static int other_tempo(const struct follower *f)
{
	const int n = enough_intervals(f);
	double mean, slack;

	if (f->n_recent < n + 1)
		return 0;
	mean = (double)(f->recent[0] - f->recent[n]) / n;
	slack = fmax(0.25 * mean, 4 * clock_line_deviation(&f->line));
	for (int i = 0; i < n; i++)
		if (fabs((double)(f->recent[i] - f->recent[i + 1]) - mean) > slack)
			return 0;
	if (mean < CLOCK_PERIOD_MIN || mean > CLOCK_PERIOD_MAX ||
	    fabs(mean - f->good_period) < OTHER_TEMPO * f->good_period)
		return 0;
	return n;
}

static void forget_account(struct follower *f)
{
	f->owed = f->ahead = 0;
	f->heat = 0;
	f->silence = f->coarse = false;
}

/* Nothing is known but the last clocks, each counted as one up to this place. */
static void begin_anew(struct follower *f, int64_t place, int intervals)
{
	f->line.n = f->line.width = 0;
	f->line.measured = f->line.measured < 8 ? f->line.measured : 8;
	for (int i = intervals; i >= 0; i--)
		clock_line_see(&f->line, place - i, f->recent[i]);
	f->good_place = f->line.place;
	f->good_period = f->line.period;
	f->since_good = f->good = 0;
	forget_account(f);
}

/*
 * The place of the last clock, each counted as one since the last good one; or
 * since long before, when there many were not: then the good ones were not good.
 */
static int64_t counted_anew(const struct follower *f)
{
	int64_t place = f->good_place + f->since_good, before = f->owed - (place - f->line.place);

	return llabs(before) < MANY ? place : place + before;
}

/* As expected? Three of them in a row, or too many that are not, and the count is taken for right. */
static void judge_clock(struct follower *f, bool good)
{
	int intervals;

	f->good = good ? f->good + 1 : 0;
	f->since_good++;
	if ((f->since_good == 1 && good) || f->good >= 3 || f->since_good > MENDABLE) {
		f->good_place = f->line.place;
		f->good_period = f->line.period;
		f->since_good = 0;
	} else {
		intervals = other_tempo(f);
		if (intervals > 0)
			begin_anew(f, counted_anew(f), intervals);
	}
}

/* Does the next clock have a position of its own? */
static bool is_set(const struct follower *f)
{
	return f->going && f->next >= 0;
}

/* Clocks before there are enough for a tempo: each is counted. */
static void count_first(struct follower *f, uint64_t now)
{
	if (f->line.n == 0 || (double)(now - f->last) > lost_after(f)) {
		f->line.n = f->line.width = f->line.measured = f->since_good = 0;
		f->line.period = f->line.noise = 0;
	}
	clock_line_see(&f->line, f->line.place + 1, now);
	judge_clock(f, true);
}

/* After a silence, or set to a phase of its own. It is good whatever it is, and yet the tempo may be another. */
static void count_anew(struct follower *f, int64_t place, uint64_t now)
{
	int intervals;

	forget_account(f);
	clock_line_see(&f->line, place, now);
	f->good_place = place;
	f->since_good = f->good = 0;
	intervals = other_tempo(f);
	if (intervals > 0)
		begin_anew(f, counted_anew(f), intervals);
}

/*
 * Which clock from the last one on it is: 0 the same again. Most are the next
 * one: it is another only when that is near, when noise does not explain it, and
 * when the tempo is well enough known to tell. Clocks come, and are read, late
 * rather than early: after a gap it is the last one that was due, and what
 * comes at once (rest: in periods, since anything came) are those before it.
 */
static int64_t which(const struct follower *f, double since, double rest, bool silent)
{
	if (f->ahead > 0 && rest < AGAIN)
		return 0;
	if (!silent && (f->line.n < SETTLED || f->coarse ||
	                fabs(since - 1) < OTHER_CLOCK * clock_line_deviation(&f->line) / f->line.period))
		return 1;
	return since < AGAIN ? 0 : (int64_t)fmax(floor(since + EARLY), 1);
}

/* Does each of them come twice? Then every other is none. */
static bool comes_twice(const struct follower *f)
{
	int again = 0;

	for (int i = 0; i + 1 < f->n_recent; i++)
		again += (double)(f->recent[i] - f->recent[i + 1]) < AGAIN * f->line.period;
	return again >= (FOLLOWER_RECENT - 1) / 2;
}

/* The clock was counted as k. What comes at once after a gap makes up for it. */
static void account(struct follower *f, int64_t k)
{
	f->heat *= COOLING;
	if (k < 1 && f->ahead > 0) {
		f->ahead--;
		f->owed += !f->silence;
		return;
	}
	f->owed += 1 - k;
	f->heat += k != 1;
	f->ahead = k > 1 ? k - 1 : 0;
	f->silence = false;
	if (f->heat < COOL)
		f->owed = 0;
}

/* Are there so many that the clocks are real, and the times coarse? Then each was one. */
static void settle_account(struct follower *f)
{
	if (f->heat < HOT || f->ahead > 0 || llabs(f->owed) < HOT || f->n_recent < FOLLOWER_RECENT || comes_twice(f))
		return;
	begin_anew(f, f->line.place + f->owed, FOLLOWER_RECENT - 1);
	f->coarse = true;
	f->line.noise = fmax(f->line.noise, f->line.period * f->line.period / 16);
}

static void count_clock(struct follower *f, uint64_t now)
{
	const bool silent = (double)(now - f->last) > lost_after(f);
	double since, off;
	int64_t k;

	if (f->line.n < CLOCK_LINE_LEAST) {
		count_first(f, now);
		return;
	}
	since = clocks_since(f, now);
	k = which(f, since, (double)(now - f->last) / f->line.period, silent);
	if (k < 1 && !is_set(f)) {
		f->mended++;
		account(f, 0);
		judge_clock(f, false);
		settle_account(f);
		return;
	}
	k = k > 1 ? k : 1;
	off = fabs(since - (double)k) * f->line.period;
	if (is_set(f) && off > fmax(CLOCK_SURE * clock_line_deviation(&f->line), f->line.period / 10)) {
		glue(f, f->line.place + k, now);
		count_anew(f, f->line.place + k, now);
		return;
	}
	f->mended += k > 1 && !silent;
	if (silent) {
		count_anew(f, f->line.place + k, now);
		f->ahead = k - 1;
		f->silence = true;
		return;
	}
	clock_line_see(&f->line, f->line.place + k, now);
	account(f, k);
	judge_clock(f, k == 1 && off <= fmax(4 * clock_line_deviation(&f->line), 0.12 * f->line.period));
	settle_account(f);
}

/* ---- position ---- */

static int64_t position(const struct follower *f)
{
	return f->line.place - f->origin;
}

/* The moment by the line alone. */
static uint64_t by_line(const struct follower *f, uint64_t now)
{
	int64_t moment = position(f) * (int64_t)CLOCK_UNITS;

	if (f->line.period > 0)
		moment += (int64_t)floor(clocks_since(f, now) * (double)CLOCK_UNITS);
	return moment > 0 ? (uint64_t)moment : 0;
}

/* Another position than by going on, in clocks. */
static void jump(struct follower *f, int64_t to)
{
	f->floor = to > 0 ? (uint64_t)to * CLOCK_UNITS : 0;
	f->jumps++;
}

static void take_clock(struct follower *f, uint64_t now)
{
	memmove(f->recent + 1, f->recent, (FOLLOWER_RECENT - 1) * sizeof f->recent[0]);
	f->recent[0] = now;
	if (f->n_recent < FOLLOWER_RECENT)
		f->n_recent++;
	count_clock(f, now);
	f->last = now;
	if (is_set(f)) {
		f->origin = f->line.place - f->next;
		/* whatever is counted anew, it is from here on */
		f->good_place = f->line.place;
		f->since_good = f->good = 0;
		forget_account(f);
		/* set while it ran; else it stands there already */
		if (f->state == FOLLOWER_RUNNING)
			jump(f, f->next);
		f->next = -1;
		f->state = FOLLOWER_RUNNING;
	}
	if (f->state == FOLLOWER_RUNNING && f->floor > by_line(f, now) + STEP_BACK_MOST)
		jump(f, position(f));
}

static void take_start(struct follower *f)
{
	f->going = true;
	f->state = FOLLOWER_WAITING;
	f->next = 0;
	jump(f, 0);
}

static void take_continue(struct follower *f)
{
	if (f->state == FOLLOWER_RUNNING)
		return;
	f->going = true;
	f->state = FOLLOWER_WAITING;
}

static void take_stop(struct follower *f)
{
	if (f->state == FOLLOWER_RUNNING && f->next < 0)
		f->next = position(f) + 1;
	if (f->going)
		f->state = FOLLOWER_STOPPED;
	f->going = false;
}

/* While it runs it holds from the next clock on: a master that goes round a loop says so. */
static void take_position(struct follower *f, int64_t to)
{
	f->next = to;
	if (f->state != FOLLOWER_RUNNING)
		jump(f, to);
}

void follower_message(struct follower *f, const uint8_t *message, int size, uint64_t now)
{
	if (size < 1)
		return;
	f->now = now > f->now ? now : f->now;
	f->floor = follower_moment(f, f->now);
	switch (message[0]) {
	case MIDI_CLOCK:
		take_clock(f, f->now);
		break;
	case MIDI_START:
		take_start(f);
		break;
	case MIDI_CONTINUE:
		take_continue(f);
		break;
	case MIDI_STOP:
		take_stop(f);
		break;
	case MIDI_POSITION:
		if (size >= 3)
			take_position(f, ((message[2] & 127) << 7 | (message[1] & 127)) * CLOCKS_A_BEAT);
		break;
	default:
		break;
	}
}

/* ---- what is asked ---- */

enum follower_state follower_state(const struct follower *f, uint64_t now)
{
	if (f->state == FOLLOWER_RUNNING && now > f->last && (double)(now - f->last) > lost_after(f))
		return FOLLOWER_LOST;
	return f->state;
}

uint64_t follower_moment(const struct follower *f, uint64_t now)
{
	uint64_t moment;

	if (f->state != FOLLOWER_RUNNING)
		return f->floor;
	moment = by_line(f, now);
	return moment > f->floor ? moment : f->floor;
}

uint64_t follower_clock(const struct follower *f, uint64_t moment)
{
	const int64_t ahead = (int64_t)moment - position(f) * (int64_t)CLOCK_UNITS;
	uint64_t at;

	if (f->state != FOLLOWER_RUNNING || moment > MOMENT_MAX)
		return FOLLOWER_NEVER;
	if (f->line.period == 0 && ahead > 0)
		return moment <= f->floor ? f->now : FOLLOWER_NEVER;
	at = f->line.at + (uint64_t)(int64_t)ceil((double)ahead / (double)CLOCK_UNITS * f->line.period);
	/* it was as late already */
	return moment <= f->floor && at > f->now ? f->now : at;
}

double follower_bpm(const struct follower *f)
{
	return f->line.period > 0 ? 60e9 / (CLOCKS_A_QUARTER * f->line.period) : 0;
}
