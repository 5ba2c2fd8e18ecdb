/*
 * musegen judge: how real music looks to a model's judge (model/judge.h), by
 * file and by bar. Files are read as the model's corpus was, duplicates too.
 */
#include "cli/cli.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "cli/judge_show.h"
#include "cli/wait.h"

#define THREADS_MAX 1024

static const struct command_usage usage = {
	.name = "judge",
	.arguments = "[OPTIONS] FILE...",
	.summary = "Say how real music looks to a model's judge, by file and by bar.",
	.details =
		"  musegen judge theme.mid                 a row of blocks: the higher, the more real the bar\n"
		"  musegen judge made/ corpus/bach         every MIDI file in folders, and their mean\n"
		"  musegen judge -m folk --json made/      for programs\n"
		"\n"
		"A judge is a network apart from the one that makes music. It was trained to tell real music\n"
		"from what its model makes (at several temperatures) and from real music that was spoiled: bars\n"
		"in another order, parts moved in time, wrong notes, noise. What it says is calibrated on music\n"
		"held out: of windows (8 bars) to which it gives 0.8, four in five of a mixture that is real by\n"
		"half are real. A file's figure is that of its windows together, the mean of their logits; a\n"
		"bar's is seen with the bars around it. It knows the kind of music that its model was trained\n"
		"on: other music may look wrong to it for being other. Keys do not matter to it, nor do tempo,\n"
		"loudness and instruments.\n"
		"\n"
		"Files that cannot be read have a line each with the reason; the exit status is 1 where that is\n"
		"all of them. The mean over files comes with a 95 % interval (bootstrap). A model has no judge\n"
		"until `musegen train --stages discriminator` gives one.\n"
		"\n"
		"--json prints one object with these keys:\n"
		"  model, model_file      its name and path\n"
		"  files                  [{file, song, real, pickups, bars}]; song: of a file with several, from 1;\n"
		"                         real: the probability, 0 to 1; bars: of each bar, the first `pickups` of\n"
		"                         which are a pickup\n"
		"  mean, low, high        of real over the files, and its interval; null: fewer than two\n"
		"  skipped                [{file, reason}]",
};

struct judge_run {
	/* as typed */
	bool json;
	const char *name, *config;
	struct option_list sets;
	int threads;
	const char **files;
	size_t n_files;
	/* from that */
	struct settings settings;
	struct pool *pool;
	struct wait_line wait;
	char *path, *why;
	struct model *model;
	struct judge *judge;
	struct corpus *corpus;
	struct judgement *judgements;
};

static int open_judge(struct judge_run *r)
{
	if (find_model(&r->path, &r->why, r->name, &r->settings) < 0)
		return -1;
	r->model = model_load(r->path);
	r->judge = r->model ? judge_of_model(r->model) : NULL;
	return r->judge ? 0 : -1;
}

static int read_files(struct judge_run *r)
{
	const struct corpus_options options = {
		.reading = vocab_reading(r->model->vocab),
		.parts_max = SONG_PARTS_MAX,
		.keep_duplicates = true,
		.progress = wait_progress,
		.progress_context = &r->wait,
	};

	wait_begin(&r->wait, "reading", "files");
	r->corpus = corpus_load(r->files, r->n_files, &options, r->pool);
	wait_end(&r->wait);
	if (!r->corpus)
		return -1;
	r->judgements = mem_new(r->corpus->n, sizeof *r->judgements);
	return r->judgements ? 0 : -1;
}

static int judge_item(void *context, int item)
{
	struct judge_run *r = context;
	const struct corpus_piece *piece = &r->corpus->pieces[item];

	if (judge_piece(&r->judgements[item], r->judge, piece->piece) < 0)
		return error_prefix("%s", piece->path);
	return 0;
}

static int take_mean(struct estimate *out, const struct judge_run *r)
{
	const size_t n = r->corpus->n;
	double *above = mem_new(n, sizeof *above), *below = mem_new(n, sizeof *below);
	int result = -1;

	if (above && below) {
		for (size_t i = 0; i < n; i++) {
			above[i] = r->judgements[i].probability;
			below[i] = 1;
		}
		result = bootstrap(out, above, below, n);
	}
	free(above);
	free(below);
	return result;
}

static int show(const struct judge_run *r)
{
	struct judge_result result = {
		.model = r->model,
		.path = r->path,
		.why = r->why,
		.corpus = r->corpus,
		.judgements = r->judgements,
	};
	char *text;

	if (take_mean(&result.mean, r) < 0)
		return -1;
	if (!r->json) {
		judge_text(&result, terminal_columns(stdout), terminal_utf8());
		return 0;
	}
	text = judge_json(&result);
	if (!text)
		return -1;
	puts(text);
	free(text);
	return 0;
}

static int run(struct judge_run *r)
{
	if (settings_load(&r->settings, r->config, &r->sets) < 0 || open_judge(r) < 0)
		return -1;
	r->pool = pool_new(r->threads);
	if (!r->pool || read_files(r) < 0 || pool_run(r->pool, judge_item, r, (int)r->corpus->n) < 0)
		return -1;
	return show(r);
}

static void run_done(struct judge_run *r)
{
	for (size_t i = 0; r->judgements && i < r->corpus->n; i++)
		judgement_done(&r->judgements[i]);
	free(r->judgements);
	corpus_free(r->corpus);
	judge_free(r->judge);
	model_free(r->model);
	pool_free(r->pool);
	free(r->path);
	free(r->why);
	free(r->files);
}

int cmd_judge(int argc, char **argv)
{
	struct judge_run r = {.threads = 0};
	const struct option options[] = {
		{'m', "model", OPTION_TEXT, &r.name, "MODEL", 0, 0,
	         "name or path of the model whose judge it is (default: the one most recently trained here, else "
	         "config.ini's, else the shipped one)"},
		{0, "json", OPTION_FLAG, &r.json, NULL, 0, 0, "print one JSON document instead of text"},
		{'j', "threads", OPTION_INT, &r.threads, "N", 1, THREADS_MAX,
	         "threads to judge with; they do not change the result (default: one a processor)"},
		{0, "config", OPTION_TEXT, &r.config, "FILE", 0, 0,
	         "read settings from FILE over those of the config.ini files"},
		{0, "set", OPTION_LIST, &r.sets, "SECTION.KEY=VALUE", 0, 0, "one setting; may be given more than once"},
	};
	enum parsed parsed;
	int code;

	r.files = mem_new((size_t)argc, sizeof *r.files);
	if (!r.files)
		return fail();
	parsed = options_parse(&usage, options, sizeof options / sizeof *options, argc, argv, r.files, &r.n_files);
	if (parsed == PARSED_GO && r.n_files == 0) {
		fail_usage("judge: which files or folders? (`musegen judge theme.mid`)");
		parsed = PARSED_ERROR;
	}
	if (parsed == PARSED_GO)
		code = run(&r) < 0 ? fail() : EXIT_OK;
	else
		code = parsed == PARSED_HELP ? EXIT_OK : EXIT_USAGE;
	run_done(&r);
	return code;
}
