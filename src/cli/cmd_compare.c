/*
 * musegen compare: music that was made against real music. The figures come
 * from corpus/compare.h; here both are read on one grid, the side that is real
 * is chosen, and the ways to show them are. What could not be written is said
 * before anything is read.
 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/compare_show.h"
#include "cli/page.h"
#include "cli/wait.h"
#include "model/seed_control.h"
#include "model/two_sample.h"

#define THREADS_MAX          1024
#define CLASSIFIER_STEPS_MAX 100000

static const struct command_usage usage = {
	.name = "compare",
	.arguments = "[OPTIONS] DIR CORPUS...",
	.summary = "Compare the MIDI files in a folder with real music: how near they are, and what they copy.",
	.details =
		"  musegen export --plain -m bach -n 60 -o made/x.mid; musegen compare made corpus/bach\n"
		"  musegen compare made songs/ --html made.html      a page with lines to compare by\n"
		"  musegen compare made songs/ --blind test          a listening test, ten pairs with a sealed key\n"
		"\n"
		"CORPUS is split as `train` would split it; its held-out pieces are the real music, its training\n"
		"pieces what may have been copied. Where no whole piece is held out, all are real music, each\n"
		"against the other ones.\n"
		"\n"
		"Figures are of as many pieces made as real ones, cut to lengths alike (by their place in the\n"
		"order of lengths), 20 times: the real ones are halved at random (no half of more pieces than\n"
		"were made), and what was made, and the other half, are set against the first. Nearness is 1\n"
		"where nothing tells the two apart: for numbers and histograms the area that two densities share,\n"
		"of the distances between pieces of one set and between pieces of both (kernels of one width for\n"
		"all); for endings 1 less the difference of two shares. `least` is the 5th percentile of real\n"
		"against real: what is not below it passes. KL is the divergence of the densities in nats.\n"
		"Controls are real pieces with their bars shuffled, and a Markov chain of order 3 on intervals\n"
		"and durations, of the training pieces. What one of these passes is `blind`: it does not hear\n"
		"what that control lacks. --with-seed adds a third, the network of the preset `seed`, smaller, "
		"trained\n"
		"on the highest lines of the training pieces for a minute or so. It makes lines, which are set "
		"against\n"
		"the lines of the real music; of what takes several parts it has nothing.\n"
		"\n"
		"A copied run is of successive notes of a line (the highest of a part), in the same intervals and\n"
		"with onsets in the same proportion as in training music: transposed, faster or slower is the\n"
		"same. Real pieces with a twin in training are left out. Its `least` is how many of the real\n"
		"ones keep to their 95th percentile.\n"
		"\n"
		"--two-sample trains small convolutional networks to tell windows of 8 bars of what was made from\n"
		"real ones: how often they are right about pieces they have not seen. The same is asked of Markov\n"
		"chains, which they have to tell (80 %), and of halves of the real music, which they must not\n"
		"(55 %); otherwise the figure is not shown.\n"
		"\n"
		"--blind writes ten pairs of openings, 01-a.mid and 01-b.mid and so on, one of each real, equally\n"
		"long, with one instrument, tempo and loudness; read-me.txt says how, key.base64 which.\n"
		"\n"
		"--json prints one object with these keys:\n"
		"  made, corpus           the paths as typed\n"
		"  split, split_rule      held-out, train, valid, test or all; how the corpus is split\n"
		"  made_pieces, skipped   pieces made; files left out\n"
		"  real_pieces, real_drawn, training_pieces\n"
		"                         on the side asked for; of these compared; on the side of training\n"
		"  pieces_a_side, draws   pieces that a figure is of, against as many; how many times\n"
		"  real_bars, made_bars   mean bars once cut\n"
		"  features               [{feature, mean, overlap, overlap_least, divergence, divergence_most, "
		"judged,\n"
		"                         passes, blind}]; mean, overlap and divergence by real, made, bars_shuffled,\n"
		"                         markov and seed (overlap and divergence: medians of the draws; null: there "
		"is\n"
		"                         none); judged: real music and that made have it; passes by made, ...\n"
		"  copied_runs            by real, made, ...: {pieces, median, percentile_95, longest}, in notes\n"
		"  twins                  real pieces left out of that\n"
		"  copies                 [{file, notes}]: made, with a run longer than the real percentile_95\n"
		"  two_sample             null, or {holds, reason, made, markov, real}; holds: the controls are kept "
		"to,\n"
		"                         else made has nulls, and a reason; each: accuracy, its interval (low, "
		"high),\n"
		"                         pieces, windows (tested), learned (pieces); of the real side: "
		"against_pieces,\n"
		"                         against_windows, against_learned\n"
		"  judged, passed, not_blind, not_blind_passed\n"
		"                         features",
};

#define HELD_OUT "held-out"
static const char *const split_names[] = {"train", "valid", "test", "all", HELD_OUT};

struct compare_run {
	/* as typed */
	bool json, force, with_seed, two_sample;
	int classifier_steps;
	const char *page, *blind, *split, *config;
	struct option_list sets;
	int threads;
	const char **words; /* what was made, then the corpora */
	size_t n_words;
	/* from that */
	struct settings settings;
	struct compare_options options;
	struct pool *pool;
	struct wait_line wait;
	struct corpus *made, *real;
	struct corpus_stats skips;
	struct compare compare;
	struct seed_control *seed; /* NULL: no third control */
	struct two_sample test;
	bool tested; /* test is made */
};

/* ---- what is needed ------------------------------------------------------ */

static struct corpus *load(struct compare_run *r, const char *const *paths, size_t n, bool duplicates)
{
	const struct corpus_options options = {
		.reading = r->settings.corpus.reading,
		.parts_max = r->settings.corpus.parts,
		.keep_duplicates = duplicates,
		.progress = wait_progress,
		.progress_context = &r->wait,
	};
	struct corpus *corpus;

	wait_begin(&r->wait, "reading", "files");
	corpus = corpus_load(paths, n, &options, r->pool);
	wait_end(&r->wait);
	return corpus;
}

static int read_both(struct compare_run *r)
{
	/* a piece made twice was made twice */
	r->made = load(r, r->words, 1, true);
	if (!r->made || corpus_stats_skips(&r->skips, r->made) < 0)
		return -1;
	r->real = load(r, r->words + 1, r->n_words - 1, r->settings.corpus.duplicates);
	return r->real ? 0 : -1;
}

/* ---- results ------------------------------------------------------------- */

static int write_page(const struct compare_run *r, const struct compare_result *result)
{
	struct file_beside f;

	if (file_beside_begin(&f, r->page) < 0)
		return -1;
	if (compare_html(f.stream, result) < 0) {
		file_beside_abort(&f);
		return -1;
	}
	return file_beside_commit(&f);
}

static int print_json(const struct compare_result *result)
{
	char *text = compare_json(result);

	if (!text)
		return -1;
	puts(text);
	free(text);
	return 0;
}

static void say_written(const char *path)
{
	printf("written: ");
	put_clean(stdout, path);
	putchar('\n');
}

static int show(const struct compare_run *r)
{
	const struct compare_result result = {
		.made_path = r->words[0],
		.corpora = r->words + 1,
		.n_corpora = r->n_words - 1,
		.split = r->split ? r->split : HELD_OUT,
		.made = r->made,
		.real = r->real,
		.skips = &r->skips,
		.compare = &r->compare,
		.two_sample = r->tested ? &r->test : NULL,
	};
	char seal[BLIND_SEAL_SIZE];

	if ((r->page && write_page(r, &result) < 0) || (r->blind && compare_blind(seal, r->blind, &result) < 0))
		return -1;
	if (r->json)
		return print_json(&result);
	compare_text(stdout, &result);
	if (r->page || r->blind)
		putchar('\n');
	if (r->page)
		say_written(r->page);
	if (r->blind) {
		say_written(r->blind);
		printf("its key has the SHA-256 %s\n", seal);
	}
	return 0;
}

/* ---- the third control --------------------------------------------------- */

static struct piece *seed_line(void *context, const struct piece *like, size_t number)
{
	return seed_control_make(context, like, number);
}

/* Without it there is a comparison all the same. */
static void train_seed(struct compare_run *r)
{
	wait_begin(&r->wait, "training the seed", "steps");
	r->seed = seed_control_new(r->real, r->pool, wait_progress, &r->wait);
	wait_end(&r->wait);
	if (!r->seed) {
		log_warning("compared without a seed: %s", error_message());
		return;
	}
	r->options.line = seed_line;
	r->options.line_context = r->seed;
}

/* ---- the two-sample test ------------------------------------------------- */

/* Without it there is a comparison all the same. */
static void test_two_samples(struct compare_run *r)
{
	struct two_sample_options options = {
		.steps = r->classifier_steps,
		.progress = wait_progress,
		.progress_context = &r->wait,
	};

	memcpy(options.sides, r->options.sides, sizeof options.sides);
	wait_begin(&r->wait, "telling apart", "steps");
	r->tested = two_sample_make(&r->test, r->made, r->real, &options, r->pool) == 0;
	wait_end(&r->wait);
	if (!r->tested)
		log_warning("compared without a two-sample test: %s", error_message());
}

/* ---- all of it ----------------------------------------------------------- */

static int run(struct compare_run *r)
{
	int result;

	if (settings_load(&r->settings, r->config, &r->sets) < 0 ||
	    (r->page && page_check(r->page, COMPARE_PAGE_MARK, r->force) < 0) ||
	    (r->blind && compare_blind_check(r->blind, r->force) < 0))
		return -1;
	r->pool = pool_new(r->threads);
	if (!r->pool || read_both(r) < 0)
		return -1;
	if (r->with_seed)
		train_seed(r);
	wait_begin(&r->wait, "comparing", "pieces");
	result = compare_make(&r->compare, r->made, r->real, &r->options, r->pool);
	wait_end(&r->wait);
	if (result < 0)
		return -1;
	if (r->two_sample)
		test_two_samples(r);
	return show(r);
}

static void run_done(struct compare_run *r)
{
	compare_done(&r->compare);
	seed_control_free(r->seed);
	corpus_stats_done(&r->skips);
	corpus_free(r->made);
	corpus_free(r->real);
	pool_free(r->pool);
	free(r->words);
}

/* Which sides are real music. 0, or -1: none of this name. */
static int choose_sides(struct compare_run *r)
{
	const char *name = r->split ? r->split : HELD_OUT;
	int chosen = -1;

	for (int i = 0; i <= SPLITS + 1; i++)
		if (strcmp(name, split_names[i]) == 0)
			chosen = i;
	for (int i = 0; i < SPLITS; i++)
		r->options.sides[i] = chosen == i || chosen == SPLITS || (chosen == SPLITS + 1 && i != SPLIT_TRAIN);
	return chosen < 0 ? -1 : 0;
}

/* 0, or an exit code with the message. */
static int check_words(struct compare_run *r)
{
	if (r->n_words == 0)
		return fail_usage("compare: which folder of music that was made? (`musegen compare made corpus/bach`)");
	if (r->n_words == 1)
		return fail_usage("compare: with which music? (`musegen compare %s corpus/bach`)", r->words[0]);
	r->options = (struct compare_options){.progress = wait_progress, .progress_context = &r->wait};
	if (choose_sides(r) < 0)
		return fail_usage("compare: --split: \"%s\" is not train, valid, test, all or " HELD_OUT, r->split);
	return 0;
}

int cmd_compare(int argc, char **argv)
{
	struct compare_run r = {.threads = 0};
	const struct option options[] = {
		{0, "json", OPTION_FLAG, &r.json, NULL, 0, 0, "print one JSON document instead of text"},
		{0, "html", OPTION_TEXT, &r.page, "FILE", 0, 0, "write a page to FILE too"},
		{0, "blind", OPTION_TEXT, &r.blind, "FOLDER", 0, 0,
	         "write a listening test to FOLDER too: ten numbered pairs, one of each real, and a sealed key"},
		{0, "split", OPTION_TEXT, &r.split, "SPLIT", 0, 0,
	         "which side of CORPUS is the real music: train, valid, test, all or held-out (default: held-out, "
	         "which is valid and test)"},
		{0, "with-seed", OPTION_FLAG, &r.with_seed, NULL, 0, 0,
	         "train a small network on the real music's lines too, and show what it reaches (a minute)"},
		{0, "two-sample", OPTION_FLAG, &r.two_sample, NULL, 0, 0,
	         "train classifiers to tell what was made from the real music, and show how often they can (a minute)"},
		{0, "classifier-steps", OPTION_INT, &r.classifier_steps, "N", 1, CLASSIFIER_STEPS_MAX,
	         "steps that a classifier of --two-sample is trained for at most (default: 400)"},
		{'f', "force", OPTION_FLAG, &r.force, NULL, 0, 0, "replace files that musegen did not write"},
		{'j', "threads", OPTION_INT, &r.threads, "N", 1, THREADS_MAX,
	         "threads to work with; they do not change the result (default: one a processor)"},
		{0, "config", OPTION_TEXT, &r.config, "FILE", 0, 0,
	         "read settings from FILE over those of the config.ini files"},
		{0, "set", OPTION_LIST, &r.sets, "SECTION.KEY=VALUE", 0, 0, "one setting; may be given more than once"},
	};
	enum parsed parsed;
	int code;

	r.words = mem_new((size_t)argc, sizeof *r.words);
	if (!r.words)
		return fail();
	parsed = options_parse(&usage, options, sizeof options / sizeof *options, argc, argv, r.words, &r.n_words);
	if (parsed == PARSED_GO) {
		code = check_words(&r);
		if (code == EXIT_OK)
			code = run(&r) < 0 ? fail() : EXIT_OK;
	} else {
		code = parsed == PARSED_HELP ? EXIT_OK : EXIT_USAGE;
	}
	run_done(&r);
	return code;
}
