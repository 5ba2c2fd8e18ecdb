/* Rhythm of what was played by hand. See rhythm.h. */
#include "music/rhythm.h"

#include <math.h>

#define USUAL   0.6  /* s: Parncutt's beat */
#define SPREAD  0.66 /* octaves: his 0.2 of the common logarithm. It counts for each note, else many outweigh it */
#define EARLY   0.02 /* s: how far from its place a note is played, as standard deviation */
#define OUTLIER 8.0  /* no note costs more nats than this for its place */

/* How much of an error is made good at once: of the phase; of the period, and its most. */
#define PHASE_GAIN  0.5
#define PERIOD_GAIN 0.25
#define PERIOD_MOST 0.02

#define TEMPO_STEP 1.01 /* from one that is tried to the next */
enum { TRACKED = 96 };  /* onsets at most that the tempo is chosen by */

/* Places in a beat, and how likely a note begins there. */
static const struct place {
	double at, probability;
} places[] = {{0, 0.75}, {1.0 / 4, 0.1}, {1.0 / 3, 0.05}, {1.0 / 2, 0.35}, {2.0 / 3, 0.05}, {3.0 / 4, 0.1}};
enum { PLACES = sizeof places / sizeof *places };

/* Nats of a beat in which nothing begins, and what a note adds to that at its place. */
struct costs {
	double empty, note[PLACES];
};

static struct costs place_costs(void)
{
	struct costs c = {0, {0}};

	for (int i = 0; i < PLACES; i++) {
		c.empty -= log1p(-places[i].probability);
		c.note[i] = log1p(-places[i].probability) - log(places[i].probability);
	}
	return c;
}

struct tracker {
	double period;  /* s */
	double at;      /* quarters: the last onset, corrected */
	double snapped; /* the place it was meant for */
	double cost;
};

/*
 * The likeliest place for an onset at x quarters, after the last one's; its
 * error in quarters. What comes sooner than half a 16th has no place of its
 * own, an ornament or a chord that was not quite together, and what is far from any tells nothing of the tempo.
 */
static double find_place(struct tracker *k, const struct costs *costs, double x)
{
	const double beat = floor(x + 1.0 / 8), scale = k->period / EARLY;
	double least = INFINITY, error = 0, snapped = k->snapped;

	if (x - k->snapped < 1.0 / 8) {
		k->cost += OUTLIER / 2;
		return 0;
	}
	for (int i = 0; i <= PLACES; i++) {
		const double q = i < PLACES ? beat + places[i].at : beat + 1, e = x - q;
		const double miss = e * e * scale * scale / 2;
		const double cost = fmin(OUTLIER, miss) + costs->note[i % PLACES];

		if (cost < least && q > k->snapped + 1.0 / 24) {
			least = cost;
			error = miss < OUTLIER ? e : 0;
			snapped = q;
		}
	}
	/* nothing is left in this beat */
	if (isinf(least)) {
		k->cost += OUTLIER;
		return 0;
	}
	k->cost += least + costs->empty * (snapped - k->snapped);
	k->snapped = snapped;
	return error;
}

static void track(struct tracker *k, const struct costs *costs, double gap)
{
	const double quarters = gap / k->period, x = k->at + quarters;
	const double error = find_place(k, costs, x);
	const double change = PERIOD_GAIN * error / fmax(quarters, 1);

	k->at = x - PHASE_GAIN * error;
	k->period *= 1 + fmax(-PERIOD_MOST, fmin(PERIOD_MOST, change));
}

/* Track onsets from one place in the first beat on; quarters (n) may be NULL. What it costs a note. */
static double track_all(double *quarters, const struct costs *costs, double period, int first, const double *seconds,
                        size_t n)
{
	struct tracker k = {.period = period, .at = places[first].at, .snapped = places[first].at};
	const double octaves = log2(period / USUAL) / SPREAD;

	k.cost = costs->note[first] + costs->empty;
	if (quarters)
		quarters[0] = k.at;
	for (size_t i = 1; i < n; i++) {
		const double before = k.at, was = k.period;

		track(&k, costs, seconds[i] - seconds[i - 1]);
		if (quarters)
			quarters[i] = before + (seconds[i] - seconds[i - 1]) / was;
	}
	return k.cost / (double)n + octaves * octaves / 2;
}

/* Least squares: seconds a quarter. */
static double slope(const double *quarters, const double *seconds, size_t n)
{
	double q = 0, s = 0, qq = 0, qs = 0;

	for (size_t i = 0; i < n; i++) {
		q += quarters[i] / (double)n;
		s += seconds[i] / (double)n;
	}
	for (size_t i = 0; i < n; i++) {
		qq += (quarters[i] - q) * (quarters[i] - q);
		qs += (quarters[i] - q) * (seconds[i] - s);
	}
	return qq > 0 ? qs / qq : USUAL;
}

double rhythm_track(double *quarters, const double *seconds, size_t n)
{
	const struct costs costs = place_costs();
	const size_t tracked = n < TRACKED ? n : TRACKED;
	double best = USUAL, least = INFINITY;
	int best_first = 0;

	if (n == 0)
		return USUAL;
	for (double period = RHYTHM_FASTEST; n > 1 && period <= RHYTHM_SLOWEST; period *= TEMPO_STEP)
		for (int first = 0; first < PLACES; first++) {
			const double cost = track_all(NULL, &costs, period, first, seconds, tracked);

			if (cost < least) {
				least = cost;
				best = period;
				best_first = first;
			}
		}
	track_all(quarters, &costs, best, best_first, seconds, n);
	best = slope(quarters, seconds, n);
	return fmax(RHYTHM_FASTEST, fmin(RHYTHM_SLOWEST, best));
}

/* ---- Snapping -------------------------------------------------------------------- */

/* The beat whose grid an onset is on: what is nearly the next one's belongs to that. */
static double beat_of(double quarters)
{
	return floor(quarters + 1.0 / 8);
}

/* The square of how far an onset is from a grid of so many to the beat. */
static double distance(double quarters, int grid)
{
	const double d = quarters - nearbyint(quarters * grid) / grid;

	return d * d;
}

/* Thirds must be nearer by so much, in squares of a quarter. */
#define THIRDS_NEARER 0.001

void rhythm_snap(int *ticks, const double *quarters, size_t n)
{
	size_t end;

	for (size_t i = 0; i < n; i = end) {
		double sixteenths = 0, thirds = 0;
		int grid;

		for (end = i; end < n && beat_of(quarters[end]) == beat_of(quarters[i]); end++) {
			sixteenths += distance(quarters[end], 4);
			thirds += distance(quarters[end], 3);
		}
		grid = thirds + THIRDS_NEARER < sixteenths ? 3 : 4;
		for (size_t j = i; j < end; j++)
			ticks[j] = (int)nearbyint(quarters[j] * grid) * (RHYTHM_TICKS / grid);
	}
	/* from its own place on the finest grid, where the one before has taken it */
	for (size_t i = 1; i < n; i++)
		if (ticks[i] <= ticks[i - 1]) {
			const int own = (int)nearbyint(quarters[i] * RHYTHM_TICKS);

			ticks[i] = own > ticks[i - 1] ? own : ticks[i - 1] + 1;
		}
}
