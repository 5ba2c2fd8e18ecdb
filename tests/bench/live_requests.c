/*
 * How long the arranger of live music takes for what is asked of it: to go
 * back, and to compose the bar that is heard next. Processor time of its
 * thread, so that a busy machine does not show. What it is asked for comes
 * in turn, every five bars, with four bars composed ahead.
 *
 *	live_requests MODEL.safetensors [SEED]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "live/arranger.h"
#include "model/model.h"
#include "num/blas.h"

enum { KINDS = 5, EACH = 30, BARS_BETWEEN = 5, AHEAD = 4, BARS = KINDS * EACH * BARS_BETWEEN };

static const char *const names[KINDS] = {"temperature", "key", "new theme", "rewrite", "back"};

static double processor_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void show(const char *name, double *ms, int n)
{
	qsort(ms, (size_t)n, sizeof *ms, by_size);
	printf("  %-12s %6.1f ms half of them, %6.1f most (%d)\n", name, ms[n / 2], ms[n - 1], n);
}

static int fail(void)
{
	fprintf(stderr, "live_requests: %s\n", error_message());
	return 1;
}

/* The next item, and how long it took; at bar lines what is heard moves on. -1: error. */
static double next(struct source *s, struct source_item *item, uint64_t lines[AHEAD], int *bars)
{
	const double began = processor_ms();

	if (s->next(s, item) != 1)
		return -1;
	if (item->play.kind == ITEM_BAR) {
		if (*bars >= AHEAD)
			atomic_store(&s->heard, lines[*bars % AHEAD] + QUARTER / 8);
		lines[(*bars)++ % AHEAD] = item->play.at;
	}
	return processor_ms() - began;
}

static void ask(struct arranger *a, int k, double values[CONTROLS])
{
	switch (k % KINDS) {
	case 0:
		values[CONTROL_TEMPERATURE] = 0.7 + 0.1 * (k % 7);
		arranger_set(a, values);
		break;
	case 1:
		values[CONTROL_KEY] = k * 7 % 12;
		arranger_set(a, values);
		break;
	case 2:
		arranger_act(a, ACTION_NEW_THEME, 0);
		break;
	case 3:
		arranger_act(a, ACTION_REWRITE, k % 4);
		break;
	default:
		arranger_act(a, ACTION_BACK, 0);
	}
}

static int measure(struct arranger *a)
{
	static double taken[KINDS][EACH], bar[BARS];
	struct source *s = arranger_source(a);
	uint64_t lines[AHEAD] = {0};
	double values[CONTROLS];
	struct source_item item;
	int bars = 0, n_bar = 0;

	arranger_values(a, values);
	atomic_store(&s->us_per_quarter, 500000);
	for (int k = 0; k < KINDS * EACH; k++) {
		for (int until = bars + BARS_BETWEEN; bars < until;) {
			const double ms = next(s, &item, lines, &bars);

			if (ms < 0)
				return -1;
			if (item.play.kind == ITEM_BAR && n_bar < BARS)
				bar[n_bar++] = ms;
		}
		ask(a, k, values);
		taken[k % KINDS][k / KINDS] = next(s, &item, lines, &bars);
		if (taken[k % KINDS][k / KINDS] < 0)
			return -1;
	}
	for (int i = 0; i < KINDS; i++)
		show(names[i], taken[i], EACH);
	show("a bar", bar, n_bar);
	return 0;
}

int main(int argc, char **argv)
{
	struct arranger_options o = {.playing = PLAY_PERFORMED};
	struct model *m = argc > 1 ? model_load(argv[1]) : NULL;
	struct arranger *a;
	int status;

	if (argc < 2) {
		fprintf(stderr, "usage: live_requests MODEL.safetensors [SEED]\n");
		return 2;
	}
	if (!m)
		return fail();
	blas_init();
	o.model = m;
	compose_defaults(&o.compose);
	o.compose.seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	o.compose.endless = o.compose.live = true;
	a = arranger_new(&o);
	printf("%s\n", argv[1]);
	status = a && measure(a) == 0 ? 0 : fail();
	arranger_free(a);
	model_free(m);
	return status;
}
