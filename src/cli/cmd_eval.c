/*
 * musegen eval: what music costs a model. The figures come from
 * model/evaluate.h; here models are found, the corpus is read on the model's
 * grid, and one of the ways to show them is chosen. A table that could not be
 * written is said before anything is scored.
 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "cli/card.h"
#include "cli/eval_show.h"
#include "cli/wait.h"
#include "corpus/twins.h"

#define THREADS_MAX 1024
#define FRAME_MAX   100000

static const struct command_usage usage = {
	.name = "eval",
	.arguments = "[OPTIONS] MODEL CORPUS...",
	.summary = "Score music with a model: how many nats it costs, lower is better.",
	.details =
		"  musegen eval chorales corpus/bach/chorales              a card\n"
		"  musegen eval mine songs/ --split valid --against bach   two models on the same pieces\n"
		"  musegen eval chorales songs/ --per-note notes.csv       what every note costs\n"
		"\n"
		"Nats are the negative natural logarithm of the probability of a piece. Every event is charged:\n"
		"the first, metres, END, whatever has no symbol by its universal code; nothing is clipped. Given,\n"
		"and not charged, is what a piece starts with: style (by its name, if the model knows one of that\n"
		"name), first metre, tempo class, pickup and the set of parts. Each choice is from earlier ones\n"
		"alone; what is not known while playing stays unknown: bars left, the key, fermatas. A model makes\n"
		"music in a key that it is told; --keys scores it so, as the sum over the 24 keys. Velocities are\n"
		"charged where the model has dynamics. Each piece is scored by itself, so its figures do not\n"
		"depend on other pieces or on threads. Models of the presets seed, composer and composer+ say less\n"
		"of a piece; the card says what is not charged. docs/evaluation.md has it all.\n"
		"\n"
		"a note           all nats / notes\n"
		"a voice and 16th all nats / sum over pieces of (parts x 16ths before END); silent ones count\n"
		"a frame          all nats / frames of --frame ticks before END; empty ones count. Unless the\n"
		"                 model was trained on frames (corpus.frame), the nats also pay for what frames\n"
		"                 of 88 keys cannot say: parts, and notes struck again.\n"
		"The corpus is read as the model's was: on its grid, all parts or the top one, cut to frames or\n"
		"not. END is where the file's music ends: the end of its tracks, less what a program wrote it too\n"
		"late by (up to a 16th after the last note or a bar line).\n"
		"\n"
		"All pieces are scored, duplicates too, unless --split names a side; then pieces are split as\n"
		"`train` would split this corpus (where tails of pieces are held out, `valid` are those tails), and\n"
		"where held-out pieces have near twins to learn from, those without are scored apart, too.\n"
		"Intervals are 95 % of 1,000 draws of as many pieces with replacement (bootstrap), always the same\n"
		"draws. --against: the first model's nats less the second's, below 0 where the first is better,\n"
		"with the interval over pieces.\n"
		"\n"
		"--json prints one object with these keys:\n"
		"  model, model_file      its name and path\n"
		"  corpus                 the paths as typed\n"
		"  corpus_fingerprint     of the pieces read, their splits and styles\n"
		"  split                  all, train, valid or test\n"
		"  pieces, notes, events  scored\n"
		"  keys                   unknown, or summed: over all of them\n"
		"  grid, frame            ticks a quarter; ticks a frame\n"
		"  sixteenths, voice_16ths, frames\n"
		"  nats                   in all\n"
		"  nats_per_note, nats_per_voice_16th, nats_per_frame\n"
		"  heads                  {pitch, duration, velocity, metre, shift, part}, nats a note\n"
		"  not_charged            what a model of another kind than events leaves out; \"\": nothing\n"
		"  latent                 only of models with a latent at every step: {nats_drawn, kl, elbo}, a note\n"
		"  intervals              {nats_per_note, ...}: [low, high]; null: fewer than two pieces\n"
		"  without_twins          of the held-out pieces without a near twin among those to learn from, where\n"
		"                         some have one: pieces, notes, the three figures, intervals\n"
		"  duplicates             pieces left out because another has the same notes\n"
		"  skipped                files and pieces left out for other reasons\n"
		"  skip_reasons           [{reason, count, example}]\n"
		"  against                the other model: its model, model_file and figures; velocity: charged to\n"
		"                         both, or left out as one of them has no dynamics; difference and\n"
		"                         intervals; pieces_better and share_better: how many cost the first less\n"
		"\n"
		"--per-note writes comma-separated values, a line for every event and one for the start of a\n"
		"piece, which costs nothing. piece: the path; event: from 1; kind: start, note, metre or end;\n"
		"tick: of the grid; part: 1 is the highest; duration in ticks; then what each choice cost.",
};

static const char *const split_names[] = {"train", "valid", "test", "all"};

struct eval_run {
	/* as typed */
	bool json, force, keys;
	const char *table, *split, *against, *config;
	struct option_list sets;
	int threads, frame;
	const char **words; /* the model, then the corpora */
	size_t n_words;
	/* from that */
	struct settings settings;
	struct evaluate_options options;
	struct pool *pool;
	struct wait_line wait;
	char *paths[2];
	struct model *models[2];
	size_t n_models;
	struct corpus *corpus;
	struct corpus_stats skips;
	struct evaluate_choice choice;
	struct evaluation evaluations[2], drawn;
	struct comparison comparison;
	struct evaluation_part
		apart; /* of the held-out pieces without a near twin in training; n 0: all are, or none */
};

/* ---- what is needed ------------------------------------------------------ */

/* Two models are compared on the same music. */
static int check_readings(const struct eval_run *r)
{
	const struct model *a = r->models[0], *b = r->models[1];
	const struct reading one = vocab_reading(a->vocab), other = vocab_reading(b->vocab);
	char text[2][READING_TEXT_MAX];

	if (one.grid != other.grid)
		return error("the grid of %s is %d ticks a quarter, that of %s %d: they do not read the same music",
		             a->name, one.grid, b->name, other.grid);
	if (reading_same(&one, &other))
		return 0;
	reading_text(text[0], &one);
	reading_text(text[1], &other);
	return error("%s reads %s, %s %s: they do not read the same music", a->name,
	             *text[0] ? text[0] : "all of a piece", b->name, *text[1] ? text[1] : "all of a piece");
}

static int find_models(struct eval_run *r)
{
	const char *const names[] = {r->words[0], r->against};

	for (size_t i = 0; i < 2 && names[i]; i++) {
		char *why = NULL;

		if (find_model(&r->paths[i], &why, names[i], &r->settings) < 0)
			return -1;
		free(why);
		r->models[i] = model_load(r->paths[i]);
		if (!r->models[i])
			return -1;
		r->n_models = i + 1;
	}
	if (r->keys && !generator_sees_key(&r->models[0]->generator))
		return error("%s sees no keys, so there are none to sum over (--keys)", r->models[0]->name);
	return r->n_models == 2 ? check_readings(r) : 0;
}

static int read_corpus(struct eval_run *r)
{
	const struct corpus_options options = {
		.reading = vocab_reading(r->models[0]->vocab),
		.parts_max = r->settings.corpus.parts,
		.keep_duplicates = r->options.all || r->settings.corpus.duplicates,
		.progress = wait_progress,
		.progress_context = &r->wait,
	};

	wait_begin(&r->wait, "reading", "files");
	r->corpus = corpus_load(r->words + 1, r->n_words - 1, &options, r->pool);
	wait_end(&r->wait);
	return r->corpus ? corpus_stats_skips(&r->skips, r->corpus) : -1;
}

/* ---- scores -------------------------------------------------------------- */

static struct eval_result result_of(const struct eval_run *r)
{
	const bool two = r->n_models == 2;

	return (struct eval_result){
		.corpora = r->words + 1,
		.n_corpora = r->n_words - 1,
		.split = r->split ? r->split : "all",
		.keys = r->keys,
		.path = r->paths[0],
		.model = r->models[0],
		.corpus = r->corpus,
		.choice = &r->choice,
		.evaluation = &r->evaluations[0],
		.drawn = r->models[0]->step_latent ? &r->drawn : NULL,
		.apart = &r->apart,
		.skips = &r->skips,
		.other_path = r->paths[1],
		.other = r->models[1],
		.other_evaluation = two ? &r->evaluations[1] : NULL,
		.comparison = two ? &r->comparison : NULL,
	};
}

static int nothing_to_score(const struct eval_run *r)
{
	const struct eval_result result = result_of(r);
	char text[MISFIT_TEXT_MAX];

	for (int why = 0; why < MISFITS; why++) {
		if (r->choice.misfits[why] == 0)
			continue;
		misfit_text(text, &result, (enum misfit)why);
		return error("%s%s: no piece can be scored; %s: %s", r->words[1],
		             r->n_words > 2 ? " and the others" : "", r->corpus->pieces[r->choice.example[why]].path,
		             text);
	}
	return error("%s%s: no piece is for \"%s\" (%zu pieces; %s)", r->words[1],
	             r->n_words > 2 ? " and the others" : "", result.split, r->corpus->n,
	             split_rule_name(r->corpus->rule));
}

/* Held-out pieces that are near twins of pieces to learn from tell less; where folders say so there are some. */
static int set_apart(struct eval_run *r)
{
	const struct evaluation *e = &r->evaluations[0];
	bool *twinned = mem_new(r->corpus->n, sizeof *twinned), *apart = mem_new(e->n, sizeof *apart);
	int result = twinned && apart ? 0 : -1;
	size_t twins = 0;

	if (result == 0 && !r->options.all && r->options.split != SPLIT_TRAIN)
		result = twins_in_training(twinned, r->corpus);
	for (size_t i = 0; i < e->n && result == 0; i++) {
		apart[i] = !twinned[e->pieces[i].piece];
		twins += !apart[i];
	}
	if (result == 0 && twins > 0)
		result = evaluate_part(&r->apart, e, apart);
	free(twinned);
	free(apart);
	return result;
}

/* The same with z drawn at every step, of a model that has learned to. */
static int score_drawn(struct eval_run *r)
{
	struct evaluate_options options = r->options;

	options.events = options.keys = false;
	options.drawn = true;
	return evaluate(&r->drawn, r->models[0], r->corpus, &r->choice, &options, r->pool);
}

static int score(struct eval_run *r)
{
	const bool velocity = r->n_models < 2 || r->models[0]->vocab->dynamics == r->models[1]->vocab->dynamics;
	int result = 0;

	if (evaluate_choose(&r->choice, r->corpus, (const struct model *const *)r->models, r->n_models, &r->options) <
	    0)
		return -1;
	if (r->choice.n == 0)
		return nothing_to_score(r);
	wait_begin(&r->wait, "scoring", "pieces");
	for (size_t i = 0; i < r->n_models && result == 0; i++) {
		r->options.events = r->table && i == 0;
		r->options.keys = r->keys && generator_sees_key(&r->models[i]->generator);
		result = evaluate(&r->evaluations[i], r->models[i], r->corpus, &r->choice, &r->options, r->pool);
	}
	if (result == 0 && r->models[0]->step_latent)
		result = score_drawn(r);
	wait_end(&r->wait);
	if (result == 0)
		result = set_apart(r);
	if (result == 0 && r->n_models == 2)
		result = evaluate_compare(&r->comparison, &r->evaluations[0], &r->evaluations[1], velocity);
	return result;
}

static int show(const struct eval_run *r)
{
	const struct eval_result result = result_of(r);
	char *text;

	if (r->table && eval_csv_write(r->table, &result) < 0)
		return -1;
	if (!r->json) {
		eval_text(&result);
		if (r->table)
			card_text("written", r->table);
		return 0;
	}
	text = eval_json(&result);
	if (!text)
		return -1;
	puts(text);
	free(text);
	return 0;
}

/* ---- all of it ----------------------------------------------------------- */

static int run(struct eval_run *r)
{
	if (settings_load(&r->settings, r->config, &r->sets) < 0 || find_models(r) < 0 ||
	    (r->table && eval_csv_check(r->table, r->force) < 0))
		return -1;
	for (size_t i = 0; i < r->n_models; i++)
		if (generator_is_conv(&r->models[i]->generator))
			return error("%s makes music from noise: such a model has no likelihood, and nothing can be "
			             "scored by "
			             "it (compare it by what it makes: `musegen compare`)",
			             r->models[i]->name);
	if (r->options.frame == 0)
		r->options.frame = r->models[0]->vocab->frame;
	r->pool = pool_new(r->threads);
	if (!r->pool || read_corpus(r) < 0 || score(r) < 0)
		return -1;
	return show(r);
}

static void run_done(struct eval_run *r)
{
	for (size_t i = 0; i < 2; i++) {
		evaluation_done(&r->evaluations[i]);
		model_free(r->models[i]);
		free(r->paths[i]);
	}
	evaluation_done(&r->drawn);
	evaluate_choice_done(&r->choice);
	corpus_stats_done(&r->skips);
	corpus_free(r->corpus);
	pool_free(r->pool);
	free(r->words);
}

/* 0, or an exit code with the message. */
static int check_words(struct eval_run *r)
{
	if (r->n_words == 0)
		return fail_usage("eval: which model? (`musegen eval chorales corpus/bach/chorales`)");
	if (r->n_words == 1)
		return fail_usage("eval: which files or folders are to be scored? (`musegen eval %s corpus/bach/`)",
		                  r->words[0]);
	r->options = (struct evaluate_options){
		.all = true, .frame = r->frame, .progress = wait_progress, .progress_context = &r->wait};
	for (int i = 0; r->split && i <= SPLITS; i++) {
		if (strcmp(r->split, split_names[i]) != 0)
			continue;
		r->options.all = i == SPLITS;
		r->options.split = i < SPLITS ? (enum split)i : SPLIT_TRAIN;
		return 0;
	}
	return r->split ? fail_usage("eval: --split: \"%s\" is not train, valid, test or all", r->split) : 0;
}

int cmd_eval(int argc, char **argv)
{
	struct eval_run r = {.threads = 0};
	const struct option options[] = {
		{0, "json", OPTION_FLAG, &r.json, NULL, 0, 0, "print one JSON document instead of text"},
		{0, "per-note", OPTION_TEXT, &r.table, "FILE", 0, 0, "write what every event costs to FILE too"},
		{0, "frame", OPTION_INT, &r.frame, "TICKS", 1, FRAME_MAX,
	         "length of a frame in ticks of the model's grid (default: the frames it was trained on, else a 16th; "
	         "at 24 "
	         "ticks a quarter, 12 is an eighth and 24 a quarter)"},
		{0, "keys", OPTION_FLAG, &r.keys, NULL, 0, 0,
	         "sum over the keys that a piece may be in, instead of leaving the key unknown (24 times the work)"},
		{0, "split", OPTION_TEXT, &r.split, "SPLIT", 0, 0,
	         "score one side of the corpus only: train, valid or test (default: all)"},
		{0, "against", OPTION_TEXT, &r.against, "MODEL", 0, 0,
	         "the difference to this model, too, on the pieces that both can score"},
		{'f', "force", OPTION_FLAG, &r.force, NULL, 0, 0, "replace a FILE that musegen did not write"},
		{'j', "threads", OPTION_INT, &r.threads, "N", 1, THREADS_MAX,
	         "threads to score with; they do not change the result (default: one a processor)"},
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
