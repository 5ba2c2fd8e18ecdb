/* A judge's scores: loss, calibration, figures. See judge_scores.h. */
#include "model/judge_scores.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "nn/loss.h"

/* Windows of a pass; Newton's steps; the trace of a quadratic that holds slope and offset. */
enum { AT_ONCE = 16, STEPS = 60 };
#define TRACE 1e-4

/* ---- scoring ----------------------------------------------------------------- */

struct scoring {
	struct judge_scores *s;
	const struct judge_set *set;
	const struct judge_net *net;
	const real *w;
};

static int score_group(void *context, int group)
{
	struct scoring *k = context;
	struct judge_scores *s = k->s;
	struct judge_frame frame = {.n = 0};
	struct judge_window windows[AT_ONCE] = {{NULL, 0, 0}};
	const size_t from = (size_t)group * AT_ONCE, n = s->n - from < AT_ONCE ? s->n - from : AT_ONCE;
	int result;

	for (size_t i = 0; i < n; i++)
		windows[i] = judge_set_window(k->set, k->net, s->places[from + i], NULL);
	result = judge_frame_fit(&frame, k->net, windows, (int)n, false);
	if (result == 0) {
		judge_forward(k->net, k->w, &frame, windows, (int)n, 0, (struct random){0, 0});
		for (size_t i = 0; i < n; i++)
			s->logits[from + i] = (double)frame.window_logit[i];
		for (size_t b = 0; b < frame.bars; b++)
			s->bar_logits[s->first_bar[from] + b] = (double)frame.bar_logit[b];
	}
	judge_frame_done(&frame);
	return result;
}

/* Shares of the kinds that there are windows of. */
static void share(double shares[JUDGE_KINDS], const struct judge_set *set)
{
	double sum = 0;

	for (int k = 0; k < JUDGE_KINDS; k++)
		if (k != JUDGE_REAL && set->n_places[k] > 0)
			sum += judge_kind_share(k);
	for (int k = 0; k < JUDGE_KINDS; k++)
		shares[k] = k == JUDGE_REAL ? 0.5 : sum > 0 ? 0.5 * judge_kind_share(k) / sum : 0;
}

static int allocate(struct judge_scores *s, const struct judge_set *set, const struct judge_net *net)
{
	for (int k = 0; k < JUDGE_KINDS; k++)
		s->n += set->n_places[k];
	s->places = mem_new(s->n, sizeof *s->places);
	s->kinds = mem_new(s->n, sizeof *s->kinds);
	s->first_bar = mem_new(s->n, sizeof *s->first_bar);
	s->logits = mem_new(s->n, sizeof *s->logits);
	s->weights = mem_new(s->n, sizeof *s->weights);
	s->bar_logits = mem_new(s->n * (size_t)net->shape.bars, sizeof *s->bar_logits);
	s->bar_weights = mem_new(s->n * (size_t)net->shape.bars, sizeof *s->bar_weights);
	s->bar_labels = mem_new(s->n * (size_t)net->shape.bars, sizeof *s->bar_labels);
	return s->places && s->kinds && s->first_bar && s->logits && s->weights && s->bar_logits && s->bar_weights &&
	                       s->bar_labels
	               ? 0
	               : -1;
}

int judge_scores_make(struct judge_scores *out, const struct judge_set *set, const struct judge_net *net, const real *w,
                      struct pool *pool)
{
	struct scoring k = {out, set, net, w};
	double shares[JUDGE_KINDS];
	size_t n = 0;

	*out = (struct judge_scores){.n = 0};
	if (allocate(out, set, net) < 0)
		return -1;
	share(shares, set);
	for (int kind = 0; kind < JUDGE_KINDS; kind++)
		for (size_t i = 0; i < set->n_places[kind]; i++, n++) {
			const struct judge_place place = set->places[kind][i];
			const struct judge_window x = judge_set_window(set, net, place, out->bar_labels + out->n_bars);

			out->places[n] = place;
			out->kinds[n] = (uint8_t)kind;
			out->first_bar[n] = (uint32_t)out->n_bars;
			out->weights[n] = shares[kind] / (double)set->n_places[kind];
			for (uint32_t b = 0; b < x.bars; b++)
				out->bar_weights[out->n_bars + b] = out->weights[n] / x.bars;
			out->n_bars += x.bars;
		}
	return pool_run(pool, score_group, &k, (int)((out->n + AT_ONCE - 1) / AT_ONCE));
}

void judge_scores_done(struct judge_scores *s)
{
	free(s->places);
	free(s->kinds);
	free(s->first_bar);
	free(s->logits);
	free(s->weights);
	free(s->bar_logits);
	free(s->bar_weights);
	free(s->bar_labels);
	*s = (struct judge_scores){.n = 0};
}

static double cross_entropy(double logit, double label)
{
	double p;

	return softplus(logit, &p) - logit * label;
}

static double label_of(const struct judge_scores *s, size_t i)
{
	return s->kinds[i] == JUDGE_REAL ? 1 : 0;
}

double judge_scores_loss(const struct judge_scores *s)
{
	double loss = 0;

	for (size_t i = 0; i < s->n; i++)
		loss += s->weights[i] * cross_entropy(s->logits[i], label_of(s, i));
	return loss;
}

/* ---- calibration ------------------------------------------------------------- */

static double cost(struct judge_calibration c, const double *logits, const double *labels, const double *weights,
                   size_t n)
{
	double sum = TRACE * (pow(c.slope - 1, 2) + pow(c.offset, 2));

	for (size_t i = 0; i < n; i++)
		sum += weights[i] * cross_entropy(c.slope * logits[i] + c.offset, labels[i]);
	return sum;
}

/* The step that Newton's method takes: the gradient through the inverse of the 2 x 2 matrix of second derivatives. */
static struct judge_calibration newton(struct judge_calibration c, const double *logits, const double *labels,
                                       const double *weights, size_t n)
{
	double ga = 2 * TRACE * (c.slope - 1), gb = 2 * TRACE * c.offset, aa = 2 * TRACE, ab = 0, bb = 2 * TRACE, det;

	for (size_t i = 0; i < n; i++) {
		const double x = logits[i], p = judge_probability(c.slope * x + c.offset);
		const double d = weights[i] * (p - labels[i]), h = weights[i] * p * (1 - p);

		ga += d * x;
		gb += d;
		aa += h * x * x;
		ab += h * x;
		bb += h;
	}
	det = aa * bb - ab * ab;
	return (struct judge_calibration){(bb * ga - ab * gb) / det, (aa * gb - ab * ga) / det};
}

struct judge_calibration judge_calibrate(const double *logits, const double *labels, const double *weights, size_t n)
{
	struct judge_calibration c = {1, 0};
	double before = cost(c, logits, labels, weights, n);

	for (int step = 0; step < STEPS; step++) {
		const struct judge_calibration by = newton(c, logits, labels, weights, n);
		struct judge_calibration next = c;
		double now = before;

		/* half as far until it is cheaper */
		for (double share = 1; share > 1e-6; share /= 2) {
			next = (struct judge_calibration){c.slope - share * by.slope, c.offset - share * by.offset};
			next.slope = next.slope > 0 ? next.slope : 0;
			now = cost(next, logits, labels, weights, n);
			if (now < before)
				break;
		}
		if (!(now < before))
			break;
		c = next;
		before = now;
	}
	return c;
}

int judge_scores_calibrate(struct judge_calibration *window, struct judge_calibration *bar,
                           const struct judge_scores *s)
{
	double *labels = mem_new(s->n > s->n_bars ? s->n : s->n_bars, sizeof *labels);

	if (!labels)
		return -1;
	for (size_t i = 0; i < s->n; i++)
		labels[i] = label_of(s, i);
	*window = judge_calibrate(s->logits, labels, s->weights, s->n);
	for (size_t i = 0; i < s->n_bars; i++)
		labels[i] = (double)s->bar_labels[i];
	*bar = judge_calibrate(s->bar_logits, labels, s->bar_weights, s->n_bars);
	free(labels);
	return 0;
}

/* ---- figures ------------------------------------------------------------------- */

/* Expected calibration error over the bins, which are filled unless NULL. */
static double reliability(struct judge_bin *bins, const struct judge_scores *s, struct judge_calibration c)
{
	double weight[JUDGE_BINS] = {0}, said[JUDGE_BINS] = {0}, real_ones[JUDGE_BINS] = {0}, error = 0;
	long windows[JUDGE_BINS] = {0};

	for (size_t i = 0; i < s->n; i++) {
		const double p = judge_probability(c.slope * s->logits[i] + c.offset);
		const int bin = p * JUDGE_BINS < JUDGE_BINS ? (int)(p * JUDGE_BINS) : JUDGE_BINS - 1;

		windows[bin]++;
		weight[bin] += s->weights[i];
		said[bin] += s->weights[i] * p;
		real_ones[bin] += s->weights[i] * label_of(s, i);
	}
	for (int b = 0; b < JUDGE_BINS; b++) {
		error += fabs(said[b] - real_ones[b]);
		if (bins)
			bins[b] = (struct judge_bin){windows[b], windows[b] ? said[b] / weight[b] : NAN,
			                             windows[b] ? real_ones[b] / weight[b] : NAN};
	}
	return error;
}

/* Probabilities of the pieces of a kind: their windows stand together. */
static int judge_pieces(struct estimate *out, long *pieces, const struct judge_scores *s, const struct judge_set *set,
                        int kind, struct judge_calibration c)
{
	double *sums = mem_new(set->n, sizeof *sums), *counts = mem_new(set->n, sizeof *counts);
	size_t n = 0;
	int result = -1;

	if (sums && counts) {
		for (size_t i = 0; i < s->n; i++)
			if (s->kinds[i] == kind) {
				sums[s->places[i].source] += c.slope * s->logits[i] + c.offset;
				counts[s->places[i].source]++;
			}
		for (size_t i = 0; i < set->n; i++)
			if (counts[i] > 0) {
				sums[n] = judge_probability(sums[i] / counts[i]);
				counts[n++] = 1;
			}
		*pieces = (long)n;
		result = bootstrap(out, sums, counts, n);
	}
	free(sums);
	free(counts);
	return result;
}

int judge_scores_figures(struct judge_figures *out, const struct judge_scores *s, const struct judge_set *set,
                         const struct judge_calibration *window)
{
	*out = (struct judge_figures){.accuracy = 0};
	for (size_t i = 0; i < s->n; i++) {
		const double logit = window->slope * s->logits[i] + window->offset;
		const bool right = (logit > 0) == (s->kinds[i] == JUDGE_REAL);

		out->kinds[s->kinds[i]].windows++;
		out->kinds[s->kinds[i]].accuracy += right;
		out->accuracy += right ? s->weights[i] : 0;
	}
	for (int k = 0; k < JUDGE_KINDS; k++) {
		out->kinds[k].accuracy =
			out->kinds[k].windows > 0 ? out->kinds[k].accuracy / (double)out->kinds[k].windows : NAN;
		if (judge_pieces(&out->kinds[k].piece, &out->kinds[k].pieces, s, set, k, *window) < 0)
			return -1;
	}
	out->calibration_error = reliability(out->bins, s, *window);
	out->uncalibrated_error = reliability(NULL, s, (struct judge_calibration){1, 0});
	return 0;
}
