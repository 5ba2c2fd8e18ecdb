/*
 * musegen bench: how fast this machine trains, generates and reads, beside
 * how fast it multiplies matrices. The measuring is model/bench.c.
 */
#include "cli/cli.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "model/bench.h"
#include "num/blas.h"

#define THREADS_MAX 1024
#define SECONDS     5
#define PIECES      96

static const struct command_usage usage = {
	.name = "bench",
	.arguments = "[OPTIONS]",
	.summary = "Measure how fast this machine trains, generates and reads.",
	.details = "  musegen bench                 in the terminal\n"
		   "  musegen bench --json          for programs\n"
		   "\n"
		   "Each figure is the median of what was measured in --seconds, with the quartiles beside it.\n"
		   "Networks to train are of the built-in settings and --set; the music they train on is made\n"
		   "up here, four voices, the same on every machine, and so are the MIDI files that are read.\n"
		   "\n"
		   "--json prints one object with these keys, and `quartiles`, which has two numbers for each:\n"
		   "  sgemm_gflops           GFLOP/s of products of 1024 x 1024 matrices, one a thread, as many\n"
		   "                         threads as training uses, between the steps that are measured\n"
		   "  train_events_per_s     over whole training steps: reading music, forward, backward,\n"
		   "                         summing gradients, optimiser, average\n"
		   "  train_gflops           two for every multiply-add of the steps' matrix products, over the\n"
		   "                         same time\n"
		   "  train_share_of_peak    train_gflops by the SGEMM right before and after the step\n"
		   "  generate_events_per_s  composed by one thread without end\n"
		   "  first_note_ms          from opening the model's file, in the system's cache, to the first\n"
		   "                         note composed\n"
		   "  parse_files_per_s      MIDI files in memory to pieces of events, all threads\n"
		   "and besides them blas_core, threads (of the pool), train_threads (threads, but no more than\n"
		   "train.shards), model (its path), seconds (as given).",
};

struct bench_run {
	/* as typed */
	bool json;
	double seconds;
	int threads;
	const char *model;
	struct option_list sets;
	/* from that */
	struct settings settings;
	char *model_path, *why;
	/* measured */
	struct bench_training training;
	struct measure generate, first_note, parse;
	int pool_threads;
};

static int measure(struct bench_run *r, struct pool *pool, const struct corpus *corpus)
{
	r->pool_threads = pool_threads(pool);
	if (bench_train(&r->training, corpus, &r->settings.generator, &r->settings.train, pool, r->seconds) < 0 ||
	    bench_generate(&r->generate, r->model_path, r->seconds) < 0 ||
	    bench_first_note(&r->first_note, r->model_path, r->seconds) < 0 ||
	    bench_parse(&r->parse, corpus, pool, r->seconds) < 0)
		return -1;
	return 0;
}

/* The figures by their names in JSON. */
struct figure {
	const char *key, *unit;
	const struct measure *measure;
	int digits; /* after the point, in the table */
};

enum { FIGURES = 7 };

static void list_figures(struct figure list[FIGURES], const struct bench_run *r)
{
	const struct figure all[FIGURES] = {
		{"sgemm_gflops", "GFLOP/s", &r->training.sgemm, 1},
		{"train_events_per_s", "events/s", &r->training.events, 0},
		{"train_gflops", "GFLOP/s", &r->training.gflops, 1},
		{"train_share_of_peak", "of SGEMM", &r->training.share, 3},
		{"generate_events_per_s", "events/s", &r->generate, 0},
		{"first_note_ms", "ms", &r->first_note, 1},
		{"parse_files_per_s", "files/s", &r->parse, 0},
	};

	memcpy(list, all, sizeof all);
}

static void print_table(const struct bench_run *r, const struct figure *figures)
{
	printf("BLAS core %s, %d thread%s, %d in training\n", blas_core(), r->pool_threads,
	       r->pool_threads == 1 ? "" : "s", r->training.threads);
	fputs("model ", stdout);
	put_clean(stdout, r->model_path);
	printf("\n\n%-22s %12s %-9s %10s %10s %6s\n", "", "median", "", "quartiles", "", "n");
	for (int i = 0; i < FIGURES; i++) {
		const struct figure *f = &figures[i];

		printf("%-22s %12.*f %-9s %10.*f %10.*f %6zu\n", f->key, f->digits, f->measure->median, f->unit,
		       f->digits, f->measure->low, f->digits, f->measure->high, f->measure->n);
	}
}

static int print_json(const struct bench_run *r, const struct figure *figures)
{
	cJSON *root = cJSON_CreateObject(), *quartiles = cJSON_CreateObject();
	bool good = root && quartiles;
	char *text;

	for (int i = 0; i < FIGURES && good; i++) {
		const double pair[] = {figures[i].measure->low, figures[i].measure->high};
		cJSON *both = cJSON_CreateDoubleArray(pair, 2);

		good = both && cJSON_AddNumberToObject(root, figures[i].key, figures[i].measure->median);
		if (!both || !cJSON_AddItemToObject(quartiles, figures[i].key, both)) {
			cJSON_Delete(both);
			good = false;
		}
	}
	good = good && cJSON_AddStringToObject(root, "blas_core", blas_core()) &&
	       cJSON_AddNumberToObject(root, "threads", r->pool_threads) &&
	       cJSON_AddNumberToObject(root, "train_threads", r->training.threads) &&
	       cJSON_AddStringToObject(root, "model", r->model_path) &&
	       cJSON_AddNumberToObject(root, "seconds", r->seconds);
	if (good && cJSON_AddItemToObject(root, "quartiles", quartiles))
		quartiles = NULL;
	else
		good = false;
	text = good ? cJSON_Print(root) : NULL;
	cJSON_Delete(quartiles);
	cJSON_Delete(root);
	if (!text)
		return error("out of memory");
	puts(text);
	cJSON_free(text);
	return 0;
}

/* The built-in settings and --set: whatever config.ini says, figures of two machines mean the same. */
static int load_settings(struct bench_run *r)
{
	struct conf_room rooms[SETTINGS_ROOMS];

	settings_presets(&r->settings);
	settings_rooms(rooms, &r->settings);
	for (size_t i = 0; i < r->sets.n; i++)
		if (conf_set(rooms, SETTINGS_ROOMS, r->sets.values[i]) < 0)
			return error_prefix("--set");
	return 0;
}

static int run(struct bench_run *r)
{
	struct figure figures[FIGURES];
	struct corpus *corpus = NULL;
	struct pool *pool = NULL;
	int status = -1;

	if (load_settings(r) < 0 || find_model(&r->model_path, &r->why, r->model, &r->settings) < 0)
		return -1;
	warn_blas_core();
	pool = pool_new(r->threads);
	corpus = pool ? bench_corpus(PIECES) : NULL;
	if (corpus)
		status = measure(r, pool, corpus);
	corpus_free(corpus);
	pool_free(pool);
	if (status < 0)
		return -1;
	list_figures(figures, r);
	if (r->json)
		return print_json(r, figures);
	print_table(r, figures);
	return 0;
}

int cmd_bench(int argc, char **argv)
{
	struct bench_run r = {.seconds = SECONDS};
	const struct option options[] = {
		{0, "json", OPTION_FLAG, &r.json, NULL, 0, 0, "print the figures as JSON"},
		{0, "seconds", OPTION_REAL, &r.seconds, "N", 0.01, 3600,
	         "measure each of training, generating, the first note and reading for N seconds (default: 5)"},
		{'j', "threads", OPTION_INT, &r.threads, "N", 1, THREADS_MAX,
	         "threads to use (default: one a processor)"},
		{'m', "model", OPTION_TEXT, &r.model, "MODEL", 0, 0,
	         "name or path of the model to generate with (default: the one that `export` would take)"},
		{0, "set", OPTION_LIST, &r.sets, "SECTION.KEY=VALUE", 0, 0, "one setting; may be given more than once"},
	};
	const char **arguments = mem_new((size_t)argc, sizeof *arguments);
	enum parsed parsed;
	size_t n;
	int code;

	if (!arguments)
		return fail();
	parsed = options_parse(&usage, options, sizeof options / sizeof *options, argc, argv, arguments, &n);
	if (parsed == PARSED_GO && n > 0) {
		fail_usage("bench: \"%s\" is not expected", arguments[0]);
		parsed = PARSED_ERROR;
	}
	free(arguments);
	if (parsed == PARSED_GO)
		code = run(&r) < 0 ? fail() : EXIT_OK;
	else
		code = parsed == PARSED_HELP ? EXIT_OK : EXIT_USAGE;
	free(r.model_path);
	free(r.why);
	return code;
}
