/*
 * musegen train: folders of MIDI files to a model. A model that this same
 * command began is written anew; any other that is there already needs -f.
 * "The same command" is what the model file itself says trained it: the same
 * corpus paths, preset, settings, length and seed as typed; the number of
 * threads, the name and the samples do not count, since they change no weight.
 * Until the model is written its checkpoint is there: whatever ends the
 * process, --resume goes on to the same bytes.
 */
#include "cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/train_asked.h"
#include "cli/train_base.h"
#include "cli/train_choose.h"
#include "cli/train_corpus.h"
#include "cli/train_note.h"
#include "cli/train_place.h"
#include "cli/train_report.h"
#include "cli/train_sample.h"
#include "cli/train_screen.h"
#include "cli/train_stages.h"
#include "num/blas.h"

#define SEED_PRESET 1
#define THREADS_MAX 1024

static const struct command_usage usage = {
	.name = "train",
	.arguments = "[OPTIONS] CORPUS...",
	.summary = "Learn from MIDI files and folders of them; write a model.",
	.details = "  musegen train corpus/bach/                 models/bach.safetensors, and bach.csv beside it\n"
		   "  musegen train -m mine --minutes 60 ~/midi\n"
		   "\n"
		   "A model takes the name of the first CORPUS, and goes to ./models where that is a folder,\n"
		   "else to the user's. Ctrl-C ends training early and keeps the best weights so far; --resume\n"
		   "goes on after that, or after a crash. A model that the same command trained is replaced;\n"
		   "any other needs -f.",
};

struct training_run {
	struct train_asked asked;
	/* from that */
	struct settings settings;
	unsigned set; /* of stages (model/stages.h) */
	char *preset_path;
	struct train_place place;
	struct checkpoint *checkpoint; /* to go on from; NULL: a new training */
	struct train_note note;        /* what that says */
	char *corpus_text, *command;   /* for the model's provenance */
	/* while it runs */
	struct train_screen screen;
	char *failure;   /* of a stage after likelihood; NULL: none failed */
	bool broken_off; /* by a signal: there is something to go on with */
	struct train_sample sample;
};

static volatile sig_atomic_t interrupted;

static void note_signal(int number)
{
	(void)number;
	interrupted = 1;
}

/* The second signal of a kind ends the program at once. Under nohup SIGHUP stays ignored. */
static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = note_signal, .sa_flags = (int)SA_RESETHAND}, before;

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
	/* who reads along may leave (`| head`): that is no reason to lose the model, and an error at the end */
	action = (struct sigaction){.sa_handler = SIG_IGN};
	sigaction(SIGPIPE, &action, NULL);
}

/* ---- how it begins ------------------------------------------------------- */

/* Options over settings; an option for the length replaces every setting for it. */
static int load_settings(struct training_run *r)
{
	struct train_config *t = &r->settings.train;

	if (r->asked.preset && find_preset(&r->preset_path, r->asked.preset) < 0)
		return -1;
	if (settings_load_preset(&r->settings, r->preset_path, r->asked.config, &r->asked.sets) < 0)
		return -1;
	if (r->asked.minutes > 0 || r->asked.epochs > 0 || r->asked.steps > 0) {
		t->minutes = r->asked.minutes;
		t->epochs = r->asked.epochs;
		t->steps = r->asked.steps;
	}
	if (r->asked.stages)
		snprintf(t->stages, sizeof t->stages, "%s", r->asked.stages);
	if (t->minutes <= 0 && t->epochs == 0 && t->steps == 0)
		return error("how long? train.minutes, train.epochs and train.steps are all 0");
	return 0;
}

/* A new training: as the options and settings say. */
static int begin_anew(struct training_run *r)
{
	r->corpus_text = train_corpus_words(&r->asked);
	r->command = train_command(&r->asked);
	return r->corpus_text && r->command ? load_settings(r) : -1;
}

/* An old one: as its checkpoint says. */
static int go_on(struct training_run *r)
{
	struct checkpoint_about about;

	if (!file_exists(r->place.checkpoint))
		return error("%s: there is no training to go on with", r->place.checkpoint);
	r->checkpoint = checkpoint_open(r->place.checkpoint);
	if (!r->checkpoint)
		return -1;
	about = checkpoint_about(r->checkpoint);
	if (train_note_read(&r->note, &r->settings, r->place.checkpoint, about.note) < 0)
		return -1;
	r->asked.seed.value = about.seed;
	r->asked.force = r->note.force;
	r->corpus_text = mem_string(r->note.corpus);
	r->command = mem_string(r->note.command);
	if (strcmp(about.blas, blas_core()) != 0)
		log_warning(
			"begun with OpenBLAS's kernels for %s, going on with those for %s: the bytes may differ from "
			"an unbroken run's",
			about.blas, blas_core());
	return r->corpus_text && r->command ? 0 : -1;
}

/* Names, words and places, all before the corpus is read. */
static int prepare(struct training_run *r)
{
	/* wrong settings are said before any folder is made */
	if (!r->asked.resume && begin_anew(r) < 0)
		return -1;
	if (train_place_find(&r->place, r->asked.name, r->asked.n_corpora > 0 ? r->asked.corpora[0] : NULL) < 0 ||
	    train_place_lock(&r->place) < 0)
		return -1;
	if (r->asked.resume && go_on(r) < 0)
		return -1;
	if (stages_parse(&r->set, r->settings.train.stages) < 0)
		return error_prefix("train.stages");
	if (!(r->set >> STAGE_LIKELIHOOD & 1))
		return error("train.stages: without likelihood there is no model to go on with; --stages goes on with "
		             "one that is there");
	if (latent_fits(&r->settings.latent, r->settings.generator.kind) < 0)
		return -1;
	if (r->set != 1u << STAGE_LIKELIHOOD && r->settings.generator.kind != KIND_EVENTS)
		return error("stages after likelihood are for networks of the kind \"events\"");
	return train_place_check(&r->place, r->command, r->asked.force, r->asked.resume);
}

/* ---- while it runs ------------------------------------------------------- */

static int on_progress(void *context, const struct train_progress *p)
{
	struct training_run *r = context;

	/* a CSV that cannot be written is no reason to lose the model */
	if (train_screen_progress(&r->screen, p) < 0) {
		log_warning("%s", error_message());
		r->screen.csv_path = NULL;
	}
	r->broken_off = interrupted;
	return r->broken_off;
}

static int on_epoch(void *context, const struct model *m, int epoch)
{
	struct training_run *r = context;

	train_sample(&r->sample, m, epoch);
	return 0;
}

static int is_interrupted(void)
{
	return interrupted;
}

/* Of the best weights; what cannot be chosen is no reason to lose them. */
static void choose(struct training_run *r, struct choice *out, struct model *m, const struct corpus *corpus,
                   struct pool *pool)
{
	*out = (struct choice){.n_tries = 0};
	if (r->broken_off || generator_is_conv(&m->generator))
		return;
	if (train_choose(out, m, corpus, r->settings.train.choose, &r->screen, is_interrupted, pool) < 0)
		log_warning("temperatures and top-p are not chosen: %s", error_message());
	r->broken_off = out->stopped;
}

/* What follows likelihood; a stage that fails is no reason to lose what is learned. */
static void run_stages(struct training_run *r, struct model *m, const struct corpus *corpus, struct pool *pool)
{
	const struct train_stages t = {
		.set = r->set,
		.steps = m->provenance.steps_planned,
		.corpus = corpus,
		.settings = &r->settings,
		.seed = r->asked.seed.value,
		.pool = pool,
		.screen = &r->screen,
		.stop = is_interrupted,
	};

	/* a network from noise has no figures to be taken again */
	if (!r->broken_off && !generator_is_conv(&m->generator) && train_stages(m, &r->broken_off, &t) < 0)
		r->failure = mem_string(error_message());
}

static int save(struct training_run *r, struct model *m)
{
	struct provenance *p = &m->provenance;

	free(m->name);
	free(p->corpus);
	free(p->command);
	m->name = mem_string(r->place.name);
	p->corpus = mem_string(r->corpus_text);
	p->command = mem_string(r->command);
	if (!m->name || !p->corpus || !p->command ||
	    text_clean_into(p->licence, sizeof p->licence, r->settings.models.licence) < 0)
		return -1;
	if (model_save(m, r->place.model) < 0)
		return -1;
	if (note_trained(r->place.model) < 0)
		log_warning("not remembered as the last model trained: %s", error_message());
	return 0;
}

/* A finished training needs its checkpoint no more; an interrupted one says how to go on. */
static void print_next(const struct training_run *r, const struct model *m)
{
	const char *export[] = {"musegen", "export", "-m", r->place.typed, "-o", "theme.mid"};
	const char *resume[] = {"musegen", "train", "--resume", "-m", r->place.typed};
	const struct train_config *t = &r->settings.train;

	if (r->broken_off) {
		/* where there was no room for one there is none */
		if (file_exists(r->place.checkpoint))
			report_command("to go on: ", resume, sizeof resume / sizeof *resume);
	} else {
		if (unlink(r->place.checkpoint) < 0 && errno != ENOENT)
			log_warning("%s: could not be removed: %s", r->place.checkpoint, strerror(errno));
		if (t->steps == 0 && t->minutes > 0)
			printf("for the same weights again: --steps %ld --seed %" PRIu64 "\n",
			       m->provenance.steps_planned, r->asked.seed.value);
	}
	report_command("try: ", export, sizeof export / sizeof *export);
}

static int train(struct training_run *r, struct pool *pool, const struct corpus *corpus, const struct model *base,
                 const char *note)
{
	const struct train_hooks hooks = {on_progress, r->asked.sample_every > 0 ? on_epoch : NULL, r};
	const struct train_keep keep = {r->place.checkpoint, note};
	const struct train_job job = {
		.corpus = corpus,
		.generator = &r->settings.generator,
		.train = &r->settings.train,
		.gan = &r->settings.gan,
		.latent = &r->settings.latent,
		.seed = r->asked.seed.value,
		.pool = pool,
		.hooks = &hooks,
		.keep = &keep,
		.base = base,
		.resume = r->checkpoint,
	};
	const char *stopped = "";
	struct model *m = NULL;
	struct choice choice;
	int status = -1;

	r->sample.every = r->asked.sample_every;
	r->sample.name = r->place.name;
	r->sample.command = r->command;
	r->sample.seed = r->asked.seed.value;
	r->sample.force = r->asked.force;
	if (train_model(&m, &stopped, &job) == 0) {
		train_screen_clear(&r->screen, true);
		run_stages(r, m, corpus, pool);
		choose(r, &choice, m, corpus, pool);
		status = save(r, m);
	}
	train_screen_clear(&r->screen, true);
	if (status == 0) {
		report_model(m, r->place.model, stopped);
		train_choose_report(&choice, false);
		print_next(r, m);
	}
	model_free(m);
	return status == 0 && r->failure ? error("%s: the model is without it", r->failure) : status;
}

static int load_and_train(struct training_run *r, struct pool *pool)
{
	const bool typed = r->asked.n_corpora > 0;
	const char *const *corpora = typed ? r->asked.corpora : (const char *const *)r->note.corpora;
	const size_t n = typed ? r->asked.n_corpora : r->note.n_corpora;
	struct corpus *corpus =
		train_corpus_load(corpora, n, &r->settings, &r->settings.corpus.reading, &r->screen, pool);
	const char *skipped = NULL; /* where they are listed; nowhere is no reason not to train */
	struct model *base = NULL;
	char *note = NULL;
	int status = -1;

	if (corpus) {
		/* reading the files may be broken off as anything may; from here on there will be weights to keep */
		catch_signals();
		if (report_skips_list(corpus, r->place.skipped) < 0)
			log_warning("%s", error_message());
		else
			skipped = r->place.skipped;
		report_corpus(corpus, skipped);
		train_stages_announce(r->set);
		if (r->checkpoint) {
			const struct checkpoint_about about = checkpoint_about(r->checkpoint);

			printf("going on after step %ld", about.step);
			if (about.planned)
				printf(" of %ld", about.steps);
			putchar('\n');
			status = 0;
		} else {
			status = train_base_choose(&base, corpus, &r->settings, r->asked.base, r->asked.scratch,
			                           r->place.model);
		}
		/* the settings as they are now, which the base has changed */
		note = status == 0
		               ? train_note_write(r->command, r->corpus_text, r->asked.force, corpora, n, &r->settings)
		               : NULL;
		status = note ? train(r, pool, corpus, base, note) : -1;
	}
	model_free(base);
	corpus_free(corpus);
	free(note);
	return status;
}

static int run(struct training_run *r)
{
	struct pool *pool = NULL;
	int status = -1;

	if (prepare(r) < 0)
		return -1;
	warn_blas_core();
	pool = pool_new(r->asked.threads);
	if (pool && train_screen_begin(&r->screen, r->settings.train.steps ? 0 : r->settings.train.minutes,
	                               r->place.csv) == 0) {
		if (r->checkpoint)
			r->sample.last = train_screen_go_on(&r->screen, checkpoint_about(r->checkpoint).step);
		status = load_and_train(r, pool);
		train_screen_end(&r->screen);
	}
	pool_free(pool);
	return status;
}

/* No training: another choice for the model that is there. */
static int run_choose(const struct training_run *r)
{
	const struct train_there there = {r->asked.name,    r->asked.config,    &r->asked.sets,
	                                  r->asked.corpora, r->asked.n_corpora, r->asked.threads};

	return train_choose_run(&there);
}

/* No likelihood: other stages of the model that is there. */
static int run_stages_there(const struct training_run *r)
{
	const struct train_there there = {r->asked.name,    r->asked.config,    &r->asked.sets,
	                                  r->asked.corpora, r->asked.n_corpora, r->asked.threads};

	catch_signals();
	return train_stages_run(&there, r->set, r->asked.steps, r->asked.seed.value, is_interrupted);
}

static int run_any(struct training_run *r)
{
	if (r->asked.choose)
		return run_choose(r);
	if (r->asked.stages && stages_parse(&r->set, r->asked.stages) < 0)
		return -1;
	if (r->asked.stages && !(r->set >> STAGE_LIKELIHOOD & 1))
		return run_stages_there(r);
	return run(r);
}

static void run_done(struct training_run *r)
{
	checkpoint_free(r->checkpoint);
	train_note_done(&r->note);
	train_place_done(&r->place);
	free(r->preset_path);
	free(r->corpus_text);
	free(r->failure);
	free(r->command);
	free(r->asked.corpora);
}

int cmd_train(int argc, char **argv)
{
	struct training_run r = {.asked = {.seed = {.value = SEED_PRESET}}, .place = {.lock = {.fd = -1}}};
	const struct option options[] = {
		{'m', "model", OPTION_TEXT, &r.asked.name, "NAME", 0, 0,
	         "name or path of the model (default: the name of the first CORPUS)"},
		{0, "minutes", OPTION_REAL, &r.asked.minutes, "N", 0.01, 100000,
	         "train for about N minutes: the first steps are timed and fix the number of steps"},
		{0, "epochs", OPTION_INT, &r.asked.epochs, "N", 1, 1000000, "train for N passes over the corpus"},
		{0, "steps", OPTION_INT, &r.asked.steps, "N", 1, 100000000, "train for N steps of the optimiser"},
		{'s', "seed", OPTION_SEED, &r.asked.seed, "N", 0, 0,
	         "the same seed and steps give the same bytes (default: 1)"},
		{'j', "threads", OPTION_INT, &r.asked.threads, "N", 1, THREADS_MAX,
	         "threads to use; they do not change the result (default: one a processor)"},
		{0, "sample-every", OPTION_INT, &r.asked.sample_every, "N", 1, 1000000,
	         "write " TRAIN_SAMPLES "/MODEL/epoch-0010.mid every N epochs, the same seed each time: hear it learn"},
		{0, "resume", OPTION_FLAG, &r.asked.resume, NULL, 0, 0,
	         "go on from the checkpoint of a training that was broken off, as it was begun"},
		{0, "base", OPTION_TEXT, &r.asked.base, "MODEL", 0, 0,
	         "begin with another model's weights, at a fifth of the learning rate"},
		{0, "scratch", OPTION_FLAG, &r.asked.scratch, NULL, 0, 0,
	         "begin with nothing, however small the corpus (below 50,000 notes: with the base model)"},
		{0, "choose", OPTION_FLAG, &r.asked.choose, NULL, 0, 0,
	         "train nothing: choose the temperatures and top-p of a model of this corpus anew, and show what was "
	         "tried"},
		{0, "stages", OPTION_TEXT, &r.asked.stages, "LIST", 0, 0,
	         "what is trained, in this order: likelihood,latent,critic,knobs,discriminator,adversarial (default: "
	         "likelihood); "
	         "without likelihood a model that is there goes on"},
		{'f', "force", OPTION_FLAG, &r.asked.force, NULL, 0, 0,
	         "replace a model that another command trained, or a training that was broken off"},
		{0, "preset", OPTION_TEXT, &r.asked.preset, "NAME", 0, 0, "settings from models/presets/NAME.ini"},
		{0, "config", OPTION_TEXT, &r.asked.config, "FILE", 0, 0,
	         "read settings from FILE over those of the config.ini files"},
		{0, "set", OPTION_LIST, &r.asked.sets, "SECTION.KEY=VALUE", 0, 0,
	         "one setting; may be given more than once"},
	};
	enum parsed parsed;
	int code;

	r.asked.corpora = mem_new((size_t)argc, sizeof *r.asked.corpora);
	if (!r.asked.corpora)
		return fail();
	parsed = options_parse(&usage, options, sizeof options / sizeof *options, argc, argv, r.asked.corpora,
	                       &r.asked.n_corpora);
	if (parsed == PARSED_GO && train_asked_check(&r.asked) < 0)
		parsed = PARSED_ERROR;
	if (parsed == PARSED_GO)
		code = run_any(&r) < 0 ? fail() : EXIT_OK;
	else
		code = parsed == PARSED_HELP ? EXIT_OK : EXIT_USAGE;
	run_done(&r);
	return code;
}
