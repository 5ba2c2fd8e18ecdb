/* The times of clocks, see clock_line.h. */
#include "live/clock_line.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define NOISE_LEAST  (0.02 * 1e6) /* ns */
#define NOISE_MEMORY 64

double clock_line_deviation(const struct clock_line *c)
{
	double d = sqrt(c->noise);

	return d > NOISE_LEAST ? d : NOISE_LEAST;
}

struct line { /* time = at + slope (place - the newest place), ns after the newest time */
	double at, slope;
};

/* How far the i-th newest is from the line; cut: no further than noise goes. */
static double residual(const struct clock_line *c, const struct line *l, int i, double cut)
{
	double place = (double)(c->seen[i].place - c->seen[0].place);
	double time = -(double)(c->seen[0].at - c->seen[i].at);
	double r = time - (l->at + l->slope * place);

	return fmin(fmax(r, -cut), cut);
}

/* Least squares of what is left of the newest w beside l. */
static void add_fit(const struct clock_line *c, int w, double cut, struct line *l)
{
	double sx = 0, sy = 0, sxx = 0, sxy = 0, mean, slope;

	for (int i = 0; i < w; i++) {
		double x = (double)(c->seen[i].place - c->seen[0].place), y = residual(c, l, i, cut);

		sx += x;
		sy += y;
		sxx += x * x;
		sxy += x * y;
	}
	mean = sx / w;
	slope = (sxy - mean * sy) / (sxx - mean * sx);
	l->at += sy / w - slope * mean;
	l->slope += slope;
}

/* Once, and once more with what is far off cut off. */
static struct line fit(const struct clock_line *c, int w)
{
	struct line l = {0, 0};

	add_fit(c, w, INFINITY, &l);
	add_fit(c, w, CLOCK_SURE * clock_line_deviation(c), &l);
	return l;
}

/* Do the newest lie on the line with the others? One alone that is far off does not tell. */
static bool lies(const struct clock_line *c, int w, const struct line *l)
{
	const double sure = CLOCK_SURE * clock_line_deviation(c);

	for (int m = 2; m <= w / 2; m *= 2) {
		double sum = 0;

		for (int i = 0; i < m; i++)
			sum += residual(c, l, i, sure);
		if (fabs(sum / m) > sure / sqrt(m))
			return false;
	}
	return true;
}

/* One more than last time, or as many as lie on one line. */
static void draw_line(struct clock_line *c)
{
	struct line l;

	c->width = c->width + 1 < c->n ? c->width + 1 : c->n;
	if (c->width < 2) {
		c->at = c->seen[0].at;
		return;
	}
	for (;;) {
		l = fit(c, c->width);
		if (c->width <= CLOCK_LINE_LEAST || lies(c, c->width, &l))
			break;
		c->width = c->width * 3 / 4 > CLOCK_LINE_LEAST ? c->width * 3 / 4 : CLOCK_LINE_LEAST;
	}
	c->period = fmin(fmax(l.slope, CLOCK_PERIOD_MIN), CLOCK_PERIOD_MAX);
	/* half a period from when it came there would be another clock */
	l.at = fmin(fmax(l.at, -c->period / 2), c->period / 2);
	c->at = c->seen[0].at + (uint64_t)(int64_t)llround(l.at);
}

/* Second differences are blind to tempo and nearly so to its changes; 6 is the variance of one of unit noise. */
static void measure_noise(struct clock_line *c)
{
	double d, v, most;

	if (c->n < 3 || c->seen[0].place - c->seen[2].place != 2)
		return;
	d = (double)(int64_t)(c->seen[0].at - c->seen[1].at) - (double)(int64_t)(c->seen[1].at - c->seen[2].at);
	v = d * d / 6;
	most = 16 * c->noise + NOISE_LEAST * NOISE_LEAST;
	if (c->measured >= 8 && v > most)
		v = most;
	if (c->measured < NOISE_MEMORY)
		c->measured++;
	c->noise += (v - c->noise) / c->measured;
}

void clock_line_see(struct clock_line *c, int64_t place, uint64_t at)
{
	memmove(c->seen + 1, c->seen, (CLOCK_LINE_WINDOW - 1) * sizeof c->seen[0]);
	c->seen[0] = (struct clock_seen){at, place};
	if (c->n < CLOCK_LINE_WINDOW)
		c->n++;
	c->place = place;
	measure_noise(c);
	draw_line(c);
}
