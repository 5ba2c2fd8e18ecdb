/* Judging pieces with a model's judge. See judge.h. */
#include "model/judge.h"

#include <math.h>
#include <stdlib.h>
#include "base/error.h"
#include "base/mem.h"
#include "model/companion.h"
#include "model/judge_about.h"

/* Windows of a pass. */
enum { AT_ONCE = 8 };

double judge_probability(double logit)
{
	return logit >= 0 ? 1 / (1 + exp(-logit)) : exp(logit) / (1 + exp(logit));
}

/* ---- a model's ------------------------------------------------------------- */

static int open_judge(struct judge *j, const struct model *m, const struct companion *c)
{
	struct judge_shape shape;

	if (judge_about_read(&shape, &j->window, &j->bar, c->about) < 0 ||
	    judge_net_init(&j->net, &shape, m->vocab) < 0)
		return -1;
	j->w = params_plane(&j->net.params);
	return j->w ? companion_fill(j->w, &j->net.params, c) : -1;
}

struct judge *judge_of_model(const struct model *m)
{
	const struct companion *c = model_companion(m, JUDGE_NAME);
	const char *name = m->name ? m->name : "";
	struct judge *j;

	if (!c) {
		error("the model %s has no judge: `musegen train --stages discriminator -m %s CORPUS` gives it one",
		      name, name);
		return NULL;
	}
	j = mem_new(1, sizeof *j);
	if (j && open_judge(j, m, c) < 0) {
		error_prefix("the judge of %s", name);
		judge_free(j);
		return NULL;
	}
	return j;
}

void judge_free(struct judge *j)
{
	if (!j)
		return;
	judge_net_done(&j->net);
	free(j->w);
	free(j);
}

/* ---- a piece --------------------------------------------------------------- */

struct judge_window judge_window_at(const struct judge_net *net, const struct judge_rows *rows, size_t bar)
{
	const size_t most = (size_t)net->shape.bars, bars = rows->bars < most ? rows->bars : most;

	if (bar > rows->bars - bars)
		bar = rows->bars - bars;
	return (struct judge_window){rows, (uint32_t)bar, (uint32_t)bars};
}

struct judging {
	const struct judge *j;
	struct judge_rows rows;
	struct judge_frame frame;
	struct judge_window windows[AT_ONCE];
	int n;
	double sum; /* of the windows' logits */
	size_t windows_done;
	double *bar_sums, *bar_counts;
};

/* The windows in hand. */
static int judge_windows(struct judging *k)
{
	const struct judge *j = k->j;
	size_t bar = 0;

	if (judge_frame_fit(&k->frame, &j->net, k->windows, k->n, false) < 0)
		return -1;
	judge_forward(&j->net, j->w, &k->frame, k->windows, k->n, 0, (struct random){0, 0});
	for (int i = 0; i < k->n; i++) {
		k->sum += j->window.slope * (double)k->frame.window_logit[i] + j->window.offset;
		for (uint32_t b = 0; b < k->windows[i].bars; b++, bar++) {
			k->bar_sums[k->windows[i].bar + b] +=
				j->bar.slope * (double)k->frame.bar_logit[bar] + j->bar.offset;
			k->bar_counts[k->windows[i].bar + b]++;
		}
	}
	k->windows_done += (size_t)k->n;
	k->n = 0;
	return 0;
}

static int judge_all(struct judging *k)
{
	const size_t most = (size_t)k->j->net.shape.bars, hop = most > 1 ? most / 2 : 1;

	for (size_t bar = 0;; bar += hop) {
		k->windows[k->n++] = judge_window_at(&k->j->net, &k->rows, bar);
		if (bar + most >= k->rows.bars)
			return judge_windows(k);
		if (k->n == AT_ONCE && judge_windows(k) < 0)
			return -1;
	}
}

int judge_piece(struct judgement *out, const struct judge *j, const struct piece *piece)
{
	struct judging k = {.j = j};
	int result = -1;

	*out = (struct judgement){0};
	if (judge_rows_make(&k.rows, j->net.vocab, piece) == 0) {
		k.bar_sums = mem_new(k.rows.bars, sizeof *k.bar_sums);
		k.bar_counts = mem_new(k.rows.bars, sizeof *k.bar_counts);
		out->bars = mem_new(k.rows.bars, sizeof *out->bars);
		if (k.bar_sums && k.bar_counts && out->bars)
			result = judge_all(&k);
	}
	if (result == 0) {
		out->logit = k.sum / (double)k.windows_done;
		out->probability = judge_probability(out->logit);
		out->n = k.rows.bars;
		out->pickups = k.rows.pickups;
		for (size_t b = 0; b < out->n; b++)
			out->bars[b] = judge_probability(k.bar_sums[b] / k.bar_counts[b]);
	}
	free(k.bar_sums);
	free(k.bar_counts);
	judge_frame_done(&k.frame);
	judge_rows_done(&k.rows);
	return result;
}

void judgement_done(struct judgement *judgement)
{
	free(judgement->bars);
	*judgement = (struct judgement){0};
}
