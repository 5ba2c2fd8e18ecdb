/* The draws of a comparison: figures of m pieces against m others, and what comes of them. See compare.h. */
#include "corpus/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/random.h"
#include "corpus/density.h"

#define PERCENTILE 0.05

struct figure {
	double overlap, divergence;
};

/* One draw's figures. */
struct draw {
	struct figure figures[FEATURES][COMPARE_ALL];
};

struct drawing {
	const struct compare_values *values;
	size_t m;
	double widths[2][FEATURES]; /* of whole pieces, of lines */
	struct draw *draws;         /* (COMPARE_DRAWS) */
};

/* Pieces of a set, for one feature only those that have it. */
struct chosen {
	const double (*values)[FEATURE_VALUES];
	const uint32_t *pieces;
	size_t n;
};

static const struct figure no_figure = {NAN, NAN};

void compare_order(uint32_t *order, size_t n, int purpose, size_t draw)
{
	struct random random = random_stream(COMPARE_SEED, (uint64_t)purpose, draw, 0);

	for (size_t i = 0; i < n; i++)
		order[i] = (uint32_t)i;
	random_shuffle(&random, order, n);
}

/* ---- distances ----------------------------------------------------------- */

static double distance(const double *a, const double *b, const struct feature_info *f)
{
	double sum = 0;

	for (size_t i = f->first; i < f->first + f->size; i++)
		sum += (a[i] - b[i]) * (a[i] - b[i]);
	return sqrt(sum);
}

static size_t distances_within(double *out, const struct chosen *a, const struct feature_info *f)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++)
		for (size_t j = 0; j < i; j++)
			out[n++] = distance(a->values[a->pieces[i]], a->values[a->pieces[j]], f);
	return n;
}

static size_t distances_between(double *out, const struct chosen *a, const struct chosen *b,
                                const struct feature_info *f)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++)
		for (size_t j = 0; j < b->n; j++)
			out[n++] = distance(a->values[a->pieces[i]], b->values[b->pieces[j]], f);
	return n;
}

/* Those of n pieces that have the feature; kept has room for n. */
static struct chosen choose(uint32_t *kept, const double (*values)[FEATURE_VALUES], const uint32_t *pieces, size_t n,
                            const struct feature_info *f)
{
	struct chosen c = {values, kept, 0};

	for (size_t i = 0; i < n; i++)
		if (isfinite(values[pieces[i]][f->first]))
			kept[c.n++] = pieces[i];
	return c;
}

/* ---- figures ------------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void sort_doubles(double *numbers, size_t n)
{
	if (n > 0)
		qsort(numbers, n, sizeof *numbers, compare_doubles);
}

static double share(const struct chosen *c, const struct feature_info *f, double most)
{
	double n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += c->values[c->pieces[i]][f->first] <= most;
	return n / (double)c->n;
}

/* Room for what one figure takes. */
struct room {
	double *within[2], *between; /* distances */
	uint32_t *kept[2];
	uint32_t *real, *made; /* orders */
};

static int room_make(struct room *r, const struct drawing *d)
{
	const size_t m = d->m;

	for (int i = 0; i < 2; i++) {
		r->within[i] = mem_new(m * (m - 1) / 2, sizeof *r->within[i]);
		r->kept[i] = mem_new(m, sizeof *r->kept[i]);
		if (!r->within[i] || !r->kept[i])
			return -1;
	}
	r->between = mem_new(m * m, sizeof *r->between);
	r->real = mem_new(d->values->n[SET_REAL], sizeof *r->real);
	r->made = mem_new(d->values->n[SET_MADE], sizeof *r->made);
	return r->between && r->real && r->made ? 0 : -1;
}

static void room_done(struct room *r)
{
	for (int i = 0; i < 2; i++) {
		free(r->within[i]);
		free(r->kept[i]);
	}
	free(r->between);
	free(r->real);
	free(r->made);
}

static void widen(double *low, double *high, const double *numbers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		*low = numbers[i] < *low ? numbers[i] : *low;
		*high = numbers[i] > *high ? numbers[i] : *high;
	}
}

static int figure_by_distance(struct figure *out, struct room *r, const struct chosen sides[2],
                              const struct feature_info *f, double width)
{
	const size_t between = distances_between(r->between, &sides[0], &sides[1], f);
	struct density_grid grid;
	double low = INFINITY, high = -INFINITY, *densities;
	size_t within[2];
	int result;

	for (int i = 0; i < 2; i++) {
		within[i] = distances_within(r->within[i], &sides[i], f);
		widen(&low, &high, r->within[i], within[i]);
	}
	widen(&low, &high, r->between, between);
	density_grid(&grid, width, low, high);
	densities = mem_new(3 * grid.n, sizeof *densities);
	if (!densities)
		return -1;
	result = density_estimate(densities, &grid, r->between, between);
	*out = (struct figure){1, 0};
	for (size_t i = 0; i < 2 && result == 0; i++) {
		double *own = densities + (i + 1) * grid.n;

		result = density_estimate(own, &grid, r->within[i], within[i]);
		out->overlap = fmin(out->overlap, density_overlap(own, densities, &grid));
		out->divergence = fmax(out->divergence, density_divergence(own, densities, &grid));
	}
	free(densities);
	return result;
}

/* Of pieces against others: sides[0] is A. */
static int find_figure(struct figure *out, struct room *r, const struct chosen sides[2], const struct feature_info *f,
                       double width)
{
	*out = no_figure;
	if (sides[0].n < 2 || sides[1].n < 2)
		return 0;
	if (f->kind == FEATURE_BY_DISTANCE)
		return figure_by_distance(out, r, sides, f, width);
	out->overlap = 1 - fabs(share(&sides[0], f, 0) - share(&sides[1], f, 0));
	return 0;
}

/* The share of pieces that keep to the 95th percentile of A. */
static void limit_figure(struct figure *out, double *numbers, const struct chosen sides[2],
                         const struct feature_info *f)
{
	*out = no_figure;
	if (sides[0].n < 2 || sides[1].n < 2)
		return;
	for (size_t i = 0; i < sides[0].n; i++)
		numbers[i] = sides[0].values[sides[0].pieces[i]][f->first];
	sort_doubles(numbers, sides[0].n);
	out->overlap = share(&sides[1], f, density_quantile(numbers, sides[0].n, 1 - PERCENTILE));
}

/* Lines are set against lines, but for what they copy: that is of the training music. */
static int side_against(int set, const struct feature_info *f)
{
	return set >= SET_SEED && f->kind != FEATURE_AS_LIMIT ? SET_LINES : SET_REAL;
}

static int draw_feature(struct draw *out, struct room *r, const struct drawing *d, enum feature feature)
{
	const struct feature_info *f = feature_info(feature);
	const struct compare_values *v = d->values;
	struct chosen sides[2];
	int result = 0;

	for (int set = 0; set < COMPARE_ALL && result == 0; set++) {
		const int against = side_against(set, f);
		struct figure *figure = &out->figures[feature][set];
		const uint32_t *pieces = set == SET_MADE ? r->made : r->real + d->m;

		*figure = no_figure;
		if (v->n[set] == 0)
			continue;
		sides[0] = choose(r->kept[0], (const double(*)[FEATURE_VALUES])v->values[against], r->real, d->m, f);
		sides[1] = choose(r->kept[1], (const double(*)[FEATURE_VALUES])v->values[set], pieces, d->m, f);
		if (f->kind == FEATURE_AS_LIMIT)
			limit_figure(figure, r->between, sides, f);
		else
			result = find_figure(figure, r, sides, f, d->widths[against == SET_LINES][feature]);
	}
	return result;
}

static int draw_item(void *context, int item)
{
	struct drawing *d = context;
	struct room room = {.between = NULL};
	int result = room_make(&room, d);

	if (result == 0) {
		compare_order(room.real, d->values->n[SET_REAL], COMPARE_HALVES, (size_t)item);
		compare_order(room.made, d->values->n[SET_MADE], COMPARE_MADE, (size_t)item);
	}
	for (int f = 0; f < FEATURES && result == 0; f++)
		result = draw_feature(&d->draws[item], &room, d, (enum feature)f);
	room_done(&room);
	return result;
}

/* ---- widths -------------------------------------------------------------- */

/* Of the distances between all real pieces, or their lines, for as many as there are within m. */
static double find_width(const struct drawing *d, int set, const struct feature_info *f)
{
	const double(*values)[FEATURE_VALUES] = (const double(*)[FEATURE_VALUES])d->values->values[set];
	double n = 0, sum = 0, squares = 0, deviation, width;

	for (size_t i = 0; i < d->values->n[set]; i++)
		for (size_t j = 0; j < i; j++) {
			double x;

			if (!isfinite(values[i][f->first]) || !isfinite(values[j][f->first]))
				continue;
			x = distance(values[i], values[j], f);
			n++;
			sum += x;
			squares += x * x;
		}
	if (n == 0)
		return f->least;
	deviation = sqrt(fmax(0, squares / n - sum / n * (sum / n)));
	width = density_width(deviation, d->m * (d->m - 1) / 2);
	return width > f->least ? width : f->least;
}

static int width_item(void *context, int item)
{
	struct drawing *d = context;
	const struct feature_info *f = feature_info((enum feature)item);

	if (f->kind != FEATURE_BY_DISTANCE)
		return 0;
	d->widths[0][item] = find_width(d, SET_REAL, f);
	d->widths[1][item] = find_width(d, SET_LINES, f);
	return 0;
}

/* ---- what comes of them -------------------------------------------------- */

/* The draws of one figure that there are, rising; returns how many. */
static size_t gather(double numbers[COMPARE_DRAWS], const struct drawing *d, int feature, int set, bool divergence)
{
	size_t n = 0;

	for (size_t i = 0; i < COMPARE_DRAWS; i++) {
		const struct figure *figure = &d->draws[i].figures[feature][set];
		const double x = divergence ? figure->divergence : figure->overlap;

		if (isfinite(x))
			numbers[n++] = x;
	}
	sort_doubles(numbers, n);
	return n;
}

static double find_mean(const struct compare_values *v, int set, const struct feature_info *f)
{
	double n = 0, sum = 0;

	for (size_t i = 0; i < v->n[set] && f->size == 1; i++) {
		const double x = v->values[set][i][f->first];

		if (!isfinite(x))
			continue;
		n++;
		sum += x;
	}
	return n > 0 ? sum / n : NAN;
}

static void sum_up(struct compare_feature *out, const struct drawing *d, int feature)
{
	double numbers[COMPARE_DRAWS], lines_least;
	size_t lines = gather(numbers, d, feature, SET_LINES, false);

	lines_least = density_quantile(numbers, lines, PERCENTILE);
	*out = (struct compare_feature){.judged = true};
	out->n_draws = gather(out->draws, d, feature, SET_REAL, false);
	out->overlap_least = density_quantile(out->draws, out->n_draws, PERCENTILE);
	for (int set = 0; set < COMPARE_SETS; set++) {
		size_t n = gather(numbers, d, feature, set, false);

		out->mean[set] = find_mean(d->values, set, feature_info((enum feature)feature));
		out->overlap[set] = density_quantile(numbers, n, 0.5);
		out->passes[set] = n > 0 && out->n_draws > 0 && out->overlap[set] >= out->overlap_least;
		/* a line has to reach what lines do */
		if (set == SET_SEED && lines > 0 && feature_info((enum feature)feature)->kind != FEATURE_AS_LIMIT)
			out->passes[set] = n > 0 && out->overlap[set] >= lines_least;
		/* in most of the draws, or it is an accident */
		if (set <= SET_MADE && 2 * n < COMPARE_DRAWS)
			out->judged = false;
		n = gather(numbers, d, feature, set, true);
		out->divergence[set] = density_quantile(numbers, n, 0.5);
		if (set == SET_REAL)
			out->divergence_most = density_quantile(numbers, n, 1 - PERCENTILE);
	}
}

/* Does real music have it, in most of the draws? */
static bool real_has(const struct compare *c, int feature)
{
	return feature_info((enum feature)feature)->kind != FEATURE_AS_LIMIT &&
	       2 * c->features[feature].n_draws >= COMPARE_DRAWS;
}

static double find_nearness(const struct compare *c, const struct draw *draw)
{
	double sum = 0, n = 0;

	for (int f = 0; f < FEATURES; f++) {
		const struct figure *figures = draw->figures[f];

		if (!real_has(c, f) || !isfinite(figures[SET_REAL].overlap))
			continue;
		sum += isfinite(figures[SET_MADE].overlap) ? figures[SET_MADE].overlap : 0;
		n++;
	}
	return n > 0 ? sum / n : 0;
}

int compare_draw(struct compare *out, const struct compare_values *values, struct pool *pool)
{
	struct drawing d = {.values = values, .m = out->m};
	int result = -1;

	d.draws = mem_new(COMPARE_DRAWS, sizeof *d.draws);
	if (d.draws)
		result = pool_run(pool, width_item, &d, FEATURES);
	if (result == 0)
		result = pool_run(pool, draw_item, &d, COMPARE_DRAWS);
	for (int f = 0; f < FEATURES && result == 0; f++) {
		struct compare_feature *feature = &out->features[f];

		sum_up(feature, &d, f);
		out->judged += feature->judged;
		out->passed += feature->judged && feature->passes[SET_MADE];
		out->seeing += feature->judged && !compare_is_blind(out, (enum feature)f);
		out->seen += feature->judged && !compare_is_blind(out, (enum feature)f) && feature->passes[SET_MADE];
	}
	for (size_t i = 0; i < COMPARE_DRAWS && result == 0; i++)
		out->nearness[i] = find_nearness(out, &d.draws[i]);
	free(d.draws);
	return result;
}

bool compare_is_blind(const struct compare *c, enum feature feature)
{
	const struct compare_feature *f = &c->features[feature];

	return feature_info(feature)->kind != FEATURE_AS_LIMIT &&
	       (f->passes[SET_SHUFFLED] || f->passes[SET_MARKOV] || f->passes[SET_SEED]);
}
