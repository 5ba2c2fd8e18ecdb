/* Judgements as text and as JSON. See judge_show.h. */
#include "cli/judge_show.h"

#include <math.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/document.h"

#define LEVELS       8
#define FIGURE       7 /* "0.123  " */
#define BLOCKS_LEAST 8 /* however narrow the terminal */
#define BLOCKS_MOST  64
#define PATH_ROOM    24 /* columns left to the name of the file, at least */

/* ---- text ------------------------------------------------------------------- */

/* Blocks that n bars are shown as, so that no more than `most` are. */
static size_t blocks_of(size_t n, size_t most)
{
	const size_t bars = (n + most - 1) / most;

	return (n + bars - 1) / bars;
}

/* Where a block stands for several bars, their mean. */
static void put_blocks(const struct judgement *x, size_t most, bool utf8)
{
	static const char *const shapes[2][LEVELS] = {{"_", ".", ":", "-", "=", "+", "*", "#"},
	                                              {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}};
	const size_t bars = (x->n + most - 1) / most;

	for (size_t from = 0; from < x->n; from += bars) {
		const size_t to = from + bars < x->n ? from + bars : x->n;
		double sum = 0;
		int level;

		for (size_t b = from; b < to; b++)
			sum += x->bars[b];
		level = (int)(sum / (double)(to - from) * LEVELS);
		fputs(shapes[utf8][level < LEVELS ? level : LEVELS - 1], stdout);
	}
}

static void put_path(const struct corpus_piece *piece)
{
	put_clean(stdout, piece->path);
	if (piece->song > 0)
		printf(" (song %d)", piece->song + 1);
	putchar('\n');
}

/* A file that cannot be judged has its line among the others' too. */
static void put_skips(const struct corpus *corpus)
{
	for (size_t i = 0; i < corpus->n_skips; i++) {
		printf("-      ");
		put_clean(stdout, corpus->skips[i].path);
		printf(": ");
		put_clean(stdout, corpus->skips[i].reason);
		putchar('\n');
	}
}

void judge_text(const struct judge_result *r, int columns, bool utf8)
{
	const int room = columns - FIGURE - PATH_ROOM;
	const size_t most = room < BLOCKS_LEAST ? BLOCKS_LEAST : room > BLOCKS_MOST ? BLOCKS_MOST : (size_t)room;
	size_t widest = 0;

	printf("model ");
	put_clean(stdout, r->model->name);
	printf(" (");
	put_clean(stdout, r->why);
	printf(": ");
	put_clean(stdout, r->path);
	printf(")\n");
	for (size_t i = 0; i < r->corpus->n; i++) {
		const size_t blocks = blocks_of(r->judgements[i].n, most);

		widest = blocks > widest ? blocks : widest;
	}
	for (size_t i = 0; i < r->corpus->n; i++) {
		const struct judgement *x = &r->judgements[i];

		printf("%.3f  ", x->probability);
		put_blocks(x, most, utf8);
		printf("%*s", (int)(widest - blocks_of(x->n, most)) + 2, "");
		put_path(&r->corpus->pieces[i]);
	}
	put_skips(r->corpus);
	if (r->corpus->n < 2)
		return;
	printf("mean of %zu: %.3f (%.3f to %.3f)\n", r->corpus->n, r->mean.value, r->mean.low, r->mean.high);
}

/* ---- JSON ------------------------------------------------------------------- */

static void put_file(struct document *d, cJSON *list, const struct corpus_piece *piece, const struct judgement *x)
{
	cJSON *o = document_entry(d, list), *bars;

	document_text(d, o, "file", piece->path);
	document_number(d, o, "song", piece->song + 1);
	document_number(d, o, "real", x->probability);
	document_number(d, o, "pickups", (double)x->pickups);
	bars = document_list(d, o, "bars");
	for (size_t b = 0; b < x->n && !d->failed; b++)
		if (!cJSON_AddItemToArray(bars, cJSON_CreateNumber(x->bars[b])))
			d->failed = true;
}

char *judge_json(const struct judge_result *r)
{
	struct document d;
	cJSON *list;

	document_begin(&d);
	document_text(&d, d.root, "model", r->model->name);
	document_text(&d, d.root, "model_file", r->path);
	list = document_list(&d, d.root, "files");
	for (size_t i = 0; i < r->corpus->n; i++)
		put_file(&d, list, &r->corpus->pieces[i], &r->judgements[i]);
	document_number(&d, d.root, "mean", r->mean.value);
	document_number(&d, d.root, "low", r->mean.low);
	document_number(&d, d.root, "high", r->mean.high);
	list = document_list(&d, d.root, "skipped");
	for (size_t i = 0; i < r->corpus->n_skips; i++) {
		cJSON *o = document_entry(&d, list);

		document_text(&d, o, "file", r->corpus->skips[i].path);
		document_text(&d, o, "reason", r->corpus->skips[i].reason);
	}
	return document_end(&d, "judgements");
}
