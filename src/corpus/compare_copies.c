/* What was made and what was copied, of all sets of a comparison. See comparing.h, copied.h. */
#include "corpus/comparing.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "corpus/copied.h"
#include "corpus/density.h"
#include "corpus/twins.h"

static int find_twinned(struct comparing *c)
{
	c->twinned = mem_new(c->real->n, sizeof *c->twinned);
	if (!c->twinned || twins_in_training(c->twinned, c->real) < 0)
		return -1;
	for (size_t i = 0; i < c->out->real; i++)
		c->out->twins += c->twinned[c->out->real_pieces[i]];
	return 0;
}

/* Training music first; then all sets in their order. */
static int add_pieces(struct copied *copied, struct comparing *c)
{
	for (size_t i = 0; i < c->real->n; i++) {
		const struct corpus_piece *p = &c->real->pieces[i];
		struct piece first = *p->piece;

		if (p->split != SPLIT_TRAIN)
			continue;
		first.n = p->train_events < first.n ? p->train_events : first.n;
		if (copied_add(copied, &first, (int)i, true) < 0)
			return -1;
		c->out->train++;
	}
	for (int set = 0; set < COMPARE_SETS; set++)
		for (size_t i = 0; i < c->values.n[set]; i++) {
			const int self = set == SET_MADE ? -1 : (int)c->out->real_pieces[i];

			if (copied_add(copied, c->members[set][i].cut, self, false) < 0)
				return -1;
		}
	return 0;
}

static int compare_runs_up(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static int sum_up_runs(struct compare_runs *out, const double (*values)[FEATURE_VALUES], size_t n)
{
	const size_t at = feature_info(FEATURE_COPIED)->first;
	double *runs = mem_new(n, sizeof *runs);

	if (!runs)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (isfinite(values[i][at]))
			runs[out->n++] = values[i][at];
	if (out->n > 0)
		qsort(runs, out->n, sizeof *runs, compare_runs_up);
	out->median = density_quantile(runs, out->n, 0.5);
	out->high = density_quantile(runs, out->n, 0.95);
	out->most = density_quantile(runs, out->n, 1);
	free(runs);
	return 0;
}

static int compare_copies(const void *a, const void *b)
{
	const struct compare_copy *x = a, *y = b;

	if (x->run != y->run)
		return x->run > y->run ? -1 : 1;
	return x->piece < y->piece ? -1 : x->piece > y->piece;
}

/* What was made and copies more than nearly all real music does. */
static int name_copies(struct comparing *c)
{
	const size_t at = feature_info(FEATURE_COPIED)->first;
	struct compare *out = c->out;

	out->copies = mem_new(c->made->n, sizeof *out->copies);
	if (!out->copies)
		return -1;
	for (size_t i = 0; i < c->made->n; i++) {
		const double run = c->values.values[SET_MADE][i][at];

		if (run > out->runs[SET_REAL].high)
			out->copies[out->n_copies++] = (struct compare_copy){i, (int)run};
	}
	if (out->n_copies > 0)
		qsort(out->copies, out->n_copies, sizeof *out->copies, compare_copies);
	return 0;
}

int comparing_copies(struct comparing *c)
{
	struct copied copied = {.n = 0};
	size_t at = 0;
	int result = find_twinned(c);

	if (result == 0)
		result = add_pieces(&copied, c);
	if (result == 0)
		result = copied_find(&copied);
	while (result == 0 && at < copied.n && copied.pieces[at].model)
		at++;
	for (int set = 0; set < COMPARE_SETS && result == 0; set++) {
		for (size_t i = 0; i < c->values.n[set]; i++) {
			const double run = copied.pieces[at++].run;

			/* a twin in training is a copy that nobody made */
			feature_set(c->values.values[set][i], FEATURE_COPIED,
			            set != SET_MADE && c->twinned[c->out->real_pieces[i]] ? NAN : run);
		}
		result = sum_up_runs(&c->out->runs[set], (const double(*)[FEATURE_VALUES])c->values.values[set],
		                     c->values.n[set]);
	}
	copied_done(&copied);
	return result < 0 ? -1 : name_copies(c);
}
