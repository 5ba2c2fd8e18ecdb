/*
 * Golden generations: pieces that networks of fixed weights draw, event by
 * event, and the losses of short trainings, against what tests/golden/ has of
 * them. Built without fused products and for any processor of its kind, with
 * all products in plain C, so that sums have the order that the source says
 * (make GOLDEN=1). A change that is meant to change what is drawn: `make golden`
 * writes the files anew and shows how they differ; say in the commit why.
 *
 * Most weights are random, and rounded as a file has them: what is pinned then
 * depends on the network, the vocabulary and the drawing, not on how training
 * went. Such music is noise, and goes everywhere that music can.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <unistd.h>
#include "../unit/model_toy.h"
#include "base/file.h"
#include "model/compose.h"
#include "music.h"
#include "num/blas.h"

#define FOLDER         "tests/golden"
#define LOSS_TOLERANCE 1e-6 /* nats a note; sums in another order differ by less */

/* A text that grows. */
struct text {
	FILE *file;
	char *bytes;
	size_t size;
};

static void text_begin(struct text *t)
{
	*t = (struct text){0};
	t->file = open_memstream(&t->bytes, &t->size);
	assert_non_null(t->file);
}

static void text_end(struct text *t)
{
	assert_int_equal(fclose(t->file), 0);
}

/* ---- pieces ------------------------------------------------------------------ */

static const struct generator_config deep = {
	.stream = 12,
	.trunk = 16,
	.layers = 3,
	.memory = 12,
	.heads = 3,
	.window = 40,
	.slots = 4,
	.hidden = 12,
};
static const struct generator_config no_memory = {
	.stream = 8,
	.trunk = 12,
	.layers = 1,
	.heads = 1,
	.window = 1,
	.slots = 4,
	.hidden = 8,
};

enum weights {
	RANDOM,
	STUCK,  /* one note over and over, and never an end, but for the guard and the bars */
	LEARNED /* eight bars up and down a scale, by heart */
};

/* What is 0 or NULL is as compose_defaults() has it. */
struct golden {
	const char *name;
	enum weights made;
	struct manner music; /* whose vocabulary and beginnings the model has */
	const struct generator_config *network;
	double scale_of_weights; /* RANDOM: uniform up to that; the larger, the surer of what comes */
	uint64_t seed;
	int bars, bars_max, parts, us_per_quarter, low, high, top_k;
	double temperature, top_p;
	const char *key, *scale, *style;
	bool primer;
	int events; /* of an endless stream; 0: a whole piece */
};

static const struct golden goldens[] = {
	{
		.name = "melody",
		.music = {.parts = 1, .chord = 1},
		.network = &small_config,
		.scale_of_weights = 0.5,
		.seed = 1,
		.bars = 16,
	},
	{
		.name = "silence",
		.music = {.parts = 1, .chord = 1, .silence = true},
		.network = &no_memory,
		.scale_of_weights = 1,
		.seed = 2,
		.bars = 20,
	},
	{
		.name = "four-in-g-minor",
		.music = {.parts = 4, .chord = 1, .dynamics = true},
		.network = &deep,
		.scale_of_weights = 0.7,
		.seed = 3,
		.bars = 12,
		.parts = 4,
		.us_per_quarter = 600000,
		.key = "G minor",
		.style = "tunes",
	},
	{
		.name = "chords-after-a-primer",
		.music = {.parts = 2, .chord = 4, .dynamics = true},
		.network = &deep,
		.scale_of_weights = 0.5,
		.seed = 4,
		.bars_max = 10,
		.primer = true,
	},
	{
		.name = "sixteen-in-d-dorian",
		.music = {.parts = 16, .chord = 1},
		.network = &no_memory,
		.scale_of_weights = 0.5,
		.seed = 5,
		.bars = 12,
		.low = 40,
		.high = 80,
		.top_k = 12,
		.top_p = 0.9,
		.scale = "D dorian",
	},
	{
		.name = "endless-metres",
		.music = {.parts = 4, .chord = 1, .metres = true, .dynamics = true},
		.network = &small_config,
		.scale_of_weights = 0.6,
		.seed = 6,
		.bars_max = 3,
		.events = 120,
	},
	{
		.name = "tame",
		.music = {.parts = 4, .chord = 2},
		.network = &deep,
		.scale_of_weights = 1,
		.seed = 7,
		.bars = 8,
		.parts = 4,
		.top_k = 2,
		.temperature = 0.1,
	},
	{
		.name = "guarded",
		.made = STUCK,
		.music = {.parts = 1, .chord = 1},
		.network = &small_config,
		.seed = 8,
		.bars = 24,
		.top_k = 2,
		.temperature = 0.1,
	},
	{
		.name = "scale",
		.made = LEARNED,
		.network = &small_config,
		.seed = 9,
		.bars = 8,
		.top_k = 1,
		.temperature = 0.1,
	},
};

static struct compose_options options_of(const struct golden *k, const struct corpus *corpus, const struct model *m)
{
	struct compose_options o;

	compose_defaults(&o);
	o.seed = k->seed;
	o.bars = k->bars;
	o.parts = k->parts;
	o.us_per_quarter = k->us_per_quarter;
	o.low = k->low;
	o.top_k = k->top_k;
	o.top_p = k->top_p;
	o.endless = k->events > 0;
	if (k->bars_max > 0)
		o.bars_max = k->bars_max;
	if (k->high > 0)
		o.high = k->high;
	if (k->temperature > 0)
		o.temperature = k->temperature;
	if (k->key)
		assert_int_equal(key_parse(&o.key, k->key), 0);
	if (k->scale)
		assert_int_not_equal(o.scale = scale_parse(k->scale), 0);
	if (k->style)
		assert_true((o.style = vocab_style(m->vocab, k->style)) >= 0);
	if (k->primer)
		o.primer = corpus->pieces[0].piece;
	return o;
}

static void print_start(struct text *t, const struct start *s, int us_per_quarter)
{
	fprintf(t->file, "# style %d, mode %d, metre %d/%d, pickup %d, parts %#jx, %d us a quarter\n", s->style,
	        (int)s->mode, s->numerator, 1 << s->denominator_log2, s->pickup, (uintmax_t)s->parts, us_per_quarter);
	fprintf(t->file, "# onset part pitch duration velocity\n");
}

static void print_event(struct text *t, const struct event *e, int onset)
{
	if (e->kind == EVENT_NOTE)
		fprintf(t->file, "%d %d %d %d %d\n", onset, e->part + 1, e->pitch, e->duration, e->velocity);
	else if (e->kind == EVENT_METRE)
		fprintf(t->file, "%d metre %d/%d\n", onset, e->numerator, 1 << e->denominator_log2);
	else
		fprintf(t->file, "%d end\n", onset);
}

static void compose(struct text *t, const struct model *m, const struct compose_options *o, int events)
{
	struct composer *c = composer_new(m, o);
	struct event e;
	int onset = 0, got = 0;

	if (!c)
		fail_msg("%s", error_message());
	print_start(t, composer_start(c), composer_us_per_quarter(c));
	for (int i = 0; (events == 0 || i < events) && (got = composer_next(c, &e)) == 1; i++) {
		onset += e.shift;
		print_event(t, &e, onset);
	}
	assert_int_equal(got, events == 0 ? 0 : 1);
	fprintf(t->file, "# the guard stepped in %d times\n", composer_guarded(c));
	composer_free(c);
}

/* Zero weights but for biases that want one note, in quarters. */
static struct model *stuck(const struct corpus *corpus, const struct generator_config *network)
{
	struct model *m = toy_random(corpus, network, 1, 12);
	const struct generator *g = &m->generator;

	memset(m->w, 0, g->params.size * sizeof(real));
	m->w[g->pitch.b + 60] = 3;
	m->w[g->shift.b + (size_t)symbols_find(&m->vocab->shifts, 24)] = 3;
	m->w[g->duration.b + (size_t)symbols_find(&m->vocab->durations, 24)] = 3;
	m->w[g->part.b] = 3;
	m->w[g->part.b + (size_t)class_end(g)] = -1000;
	return m;
}

static void write_piece(struct text *t, const struct golden *k)
{
	struct corpus *corpus = k->made == LEARNED ? scales(4, SPLIT_BY_HASH) : manner_corpus(11, &k->music, 8, 12);
	const struct train_config config = toy_config(100);
	struct model *m = k->made == LEARNED ? toy_train(corpus, &config, 12)
	                  : k->made == STUCK ? stuck(corpus, k->network)
	                                     : toy_random(corpus, k->network, k->scale_of_weights, 12);
	const struct compose_options o = options_of(k, corpus, m);

	text_begin(t);
	compose(t, m, &o, k->events);
	text_end(t);
	model_free(m);
	corpus_free(corpus);
}

/* ---- losses ------------------------------------------------------------------ */

static int after_step(void *context, const struct train_progress *p)
{
	const struct text *t = context;

	fprintf(t->file, "step-%ld %.9f\n", p->step, p->train_nats);
	return 0;
}

static void train(struct text *t, const struct corpus *corpus, const struct train_config *config,
                  const struct generator_config *network, const char *name)
{
	const struct train_hooks hooks = {.progress = after_step, .context = t};
	const struct train_job job = {
		.corpus = corpus, .generator = network, .train = config, .seed = 9, .hooks = &hooks};
	const char *stopped;
	struct model *m;

	fprintf(t->file, "# %s\n", name);
	if (train_model(&m, &stopped, &job) < 0)
		fail_msg("%s", error_message());
	fprintf(t->file, "held-out %.9f\n", m->figures.nats_per_note);
	for (int h = 0; h < HEADS; h++)
		fprintf(t->file, "held-out-%s %.9f\n", head_names[h], m->figures.heads[h]);
	model_free(m);
}

static void write_losses(struct text *t)
{
	static const struct manner music = {.parts = 4, .chord = 2, .metres = true, .dynamics = true};
	struct corpus *corpus = manner_corpus(13, &music, 10, 12);
	struct train_config config = toy_config(10);

	text_begin(t);
	fprintf(t->file, "# nats a note: of the training music up to each step, of the held-out music, by head\n");
	config.dropout = config.memory_dropout = config.stream_dropout = config.field_dropout = 0.2;
	train(t, corpus, &config, &small_config, "adamw, dropout");
	config.optim.kind = OPTIM_MOMENTUM;
	config.dropout = config.memory_dropout = config.stream_dropout = config.field_dropout = 0;
	config.shards = 2;
	train(t, corpus, &config, &deep, "momentum");
	text_end(t);
	corpus_free(corpus);
}

/* ---- comparing --------------------------------------------------------------- */

static char *path_of(const char *folder, const char *name)
{
	char *path = malloc(strlen(folder) + strlen(name) + 6);

	assert_non_null(path);
	sprintf(path, "%s/%s.txt", folder, name);
	return path;
}

/* Texts are pinned to the byte, numbers of losses to LOSS_TOLERANCE. */
static bool same_line(const char *want, const char *got, bool losses)
{
	char name[2][64];
	double value[2];

	if (!losses || sscanf(want, "%63[^# ] %lf", name[0], &value[0]) != 2)
		return strcmp(want, got) == 0;
	if (sscanf(got, "%63[^# ] %lf", name[1], &value[1]) != 2 || strcmp(name[0], name[1]) != 0)
		return false;
	return fabs(value[0] - value[1]) <= LOSS_TOLERANCE || (isnan(value[0]) && isnan(value[1]));
}

/* The next line, its end cut off; NULL after the last. */
static char *next_line(char **text)
{
	char *line = *text, *end;

	if (!*line)
		return NULL;
	end = strchr(line, '\n');
	assert_non_null(end);
	*end = '\0';
	*text = end + 1;
	return line;
}

static void compare(const char *name, struct text *got, bool losses)
{
	char *path = path_of(FOLDER, name), *w, *g = got->bytes;
	unsigned char *want;
	size_t size;
	int line = 0;

	if (file_read(path, 1u << 20, &want, &size) < 0)
		fail_msg("%s", error_message());
	w = (char *)want; /* ends with a zero byte */
	for (;;) {
		const char *one = next_line(&w), *other = next_line(&g);

		line++;
		if (!one && !other)
			break;
		if (!one || !other || !same_line(one, other, losses))
			fail_msg("%s:%d: %s, not %s (`make golden`, if that was meant)", path, line,
			         other ? other : "the end", one ? one : "the end");
	}
	assert_true(line > 10);
	free(want);
	free(path);
	free(got->bytes);
}

static void test_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) {
		struct text t;

		write_piece(&t, &goldens[i]);
		compare(goldens[i].name, &t, false);
	}
}

static void test_losses(void **state)
{
	struct text t;

	(void)state;
	write_losses(&t);
	compare("losses", &t, true);
}

/* ---- writing them anew ------------------------------------------------------- */

static const char *new_folder;

static void keep(const char *name, struct text *t)
{
	char *path = path_of(new_folder, name);

	if (file_write(path, t->bytes, t->size) < 0)
		fail_msg("%s", error_message());
	free(path);
	free(t->bytes);
}

static void write_all(void **state)
{
	struct text t;

	(void)state;
	for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) {
		write_piece(&t, &goldens[i]);
		keep(goldens[i].name, &t);
	}
	write_losses(&t);
	keep("losses", &t);
}

/* golden: compare, from the root of the checkout. golden FOLDER: write the files there. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_pieces), cmocka_unit_test(test_losses)};
	const struct CMUnitTest writing[] = {cmocka_unit_test(write_all)};

	blas_use_plain(true);
	if (argc > 1) {
		new_folder = argv[1];
		return cmocka_run_group_tests(writing, NULL, NULL);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
