/* The card of a model: where it comes from, how good it is, what it knows, how it draws. */
#include "cli/card.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/music_options.h"
#include "cli/output.h"
#include "model/judge_about.h"

#define NAME_COLUMN   12
#define STARTS_LISTED 4
#define METRES_LISTED 8

void card_name(const char *name)
{
	printf("%-*s", NAME_COLUMN, name);
}

void card_text(const char *name, const char *text)
{
	if (!text || !*text)
		return;
	card_name(name);
	put_clean(stdout, text);
	putchar('\n');
}

static void put_size(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0)
		printf(" (%.2f MB)", (double)st.st_size / 1e6);
}

static void card_provenance(const struct provenance *p)
{
	card_text("corpus", p->corpus);
	card_text("licence", p->licence);
	card_name("learned");
	printf("from %ld pieces, %ld notes; split by ", p->train_pieces, p->train_notes);
	put_clean(stdout, *p->split ? p->split : "an unknown rule");
	putchar('\n');
	card_name("steps");
	printf("%ld, the best of %ld; seed %" PRIu64 "\n", p->steps, p->steps_planned, p->seed);
	card_text("begun with", p->base);
	card_text("trained by", p->command);
	for (int s = 0; s < STAGES; s++)
		card_text(s == STAGE_DISCRIMINATOR ? "judge" : stage_names[s], p->stages[s]);
}

static void card_figures(const struct figures *f, const struct generator *g)
{
	card_name("figures");
	if (generator_is_conv(g)) {
		printf("none: music made from noise has no likelihood\n");
		return;
	}
	if (!isfinite(f->nats_per_note) || f->notes == 0) {
		printf("none: no music was held out\n");
		return;
	}
	printf("%.3f nats a note on %ld held-out notes of %ld piece%s\n", f->nats_per_note, f->notes, f->pieces,
	       f->pieces == 1 ? "" : "s");
	card_name("");
	for (int h = 0; h < HEADS; h++)
		if (isfinite(f->heads[h]))
			printf("%s%s %.3f", h > 0 ? ", " : "", head_names[h], f->heads[h]);
	putchar('\n');
}

/* One of the systems that musegen grew out of. */
static void card_tokens(const struct generator *g)
{
	const struct generator_config *c = &g->config;

	printf("%s, %zu weights; ", generator_kind_name(g), params_count(&g->params));
	if (c->kind == KIND_SEED)
		printf("LSTMs of %d and %d, latents of %d and %d a step; %d pitches, %d durations\n", c->trunk,
		       c->trunk / 2, 2 * c->trunk, c->trunk, g->seed.classes[0], g->seed.classes[1]);
	else
		printf("LSTM %d x %d, dense %d, windows of %d tokens; %d chords\n", c->layers, c->trunk, c->hidden,
		       c->window, g->vocab->chords.n);
	card_text("left out", generator_left_out(g));
}

/* From noise. */
static void card_conv(const struct generator *g)
{
	const struct conv_config *c = &g->config.conv;
	const struct roll_shape *s = &g->conv.shape;

	printf("conv, %zu weights; %d numbers of noise to %d bars of %d frames by %d pitches, %d x 2 planes; %s, norm "
	       "%s\n",
	       params_count(&g->params), c->noise, s->bars, s->frames, s->pitches, s->parts,
	       activation_name(c->activation), conv_norm_name(c->norm));
}

static void card_network(const struct generator *g)
{
	const struct generator_config *c = &g->config;

	card_name("network");
	if (generator_is_conv(g)) {
		card_conv(g);
		return;
	}
	if (generator_reads_tokens(g)) {
		card_tokens(g);
		return;
	}
	printf("%zu weights; stream %d, trunk %d x %d, ", params_count(&g->params), c->stream, c->layers, c->trunk);
	if (c->memory > 0)
		printf("memory %d (%d heads, %d events), ", c->memory, c->heads, c->window);
	else
		printf("no memory, ");
	printf("heads %d, slots %d\n", c->hidden, c->slots);
}

static void card_companions(const struct model *m)
{
	for (int i = 0; i < m->n_companions; i++) {
		char words[JUDGE_WORDS_MAX] = "";

		card_name(i == 0 ? "beside it" : "");
		printf("%s, %zu weights", m->companions[i].name, params_count(&m->companions[i].params));
		if (strcmp(m->companions[i].name, JUDGE_NAME) == 0)
			judge_about_words(words, m->companions[i].about);
		printf("%s%s\n", *words ? ": " : "", words);
	}
}

static void put_percent(const char *before, double share, const char *after)
{
	if (isfinite(share))
		printf("%s%.0f %%%s", before, 100 * share, after);
}

static void card_latent(const struct model *m)
{
	const struct generator_config *c = &m->generator.config;
	const struct latent_figures *f = &m->latent;

	if (m->step_latent) {
		card_name("latent");
		printf("of every step: %.3f nats a note with its mean, %.3f drawn, KL %.3f, ELBO %.3f\n", f->mean,
		       f->drawn, f->kl, f->drawn + f->kl);
	}
	if (c->latent == 0)
		return;
	card_name("latent");
	printf("of phrases, %d wide, %d active; encoder 2 x %d\n", c->latent, f->active, c->encoder);
	card_name("");
	printf("nats a note: %.3f without z, %.3f with its own, %.3f with another's; ELBO %.3f (KL %.3f)\n", f->without,
	       f->mean, f->other, f->drawn + f->kl, f->kl);
	if (isfinite(f->pitches)) {
		card_name("");
		put_percent("reconstruction: ", f->pitches, " of the pitches come back from z");
		put_percent(", ", f->pitches_without, " without");
		printf(" (%ld notes)\n", f->pitches_of);
	}
	if (isfinite(f->style)) {
		card_name("");
		put_percent("style read from z: ", f->style, "");
		put_percent(" of phrases; the commonest style is ", f->chance, "");
		putchar('\n');
	}
}

/* A measure of made music: leaps are shares. */
static double shown(enum knob k, double value)
{
	return k == KNOB_LEAPS ? 100 * value : value;
}

static void card_knobs(const struct model *m)
{
	const struct knob_figures *f = &m->knobs;

	if (m->generator.config.knobs == 0)
		return;
	card_name("knobs");
	printf("%.3f nats a note with those of its phrases told; at -1, untold, at 1, %d pieces each:\n", f->nats,
	       f->pieces);
	for (int k = 0; k < KNOBS; k++) {
		if (!(m->knob_scale.spread[k] > 0))
			continue;
		card_name("");
		printf("%-8s  %.2f, %.2f, %.2f %s\n", knob_names[k], shown((enum knob)k, f->turned[k][0][k]),
		       shown((enum knob)k, f->untold[k]), shown((enum knob)k, f->turned[k][KNOB_TURNS - 1][k]),
		       knob_units[k]);
	}
}

static void card_symbols(const struct vocab *v)
{
	const struct reading reading = vocab_reading(v);
	char text[READING_TEXT_MAX];

	card_name("grid");
	printf("%d ticks a quarter note\n", v->grid);
	card_text("read as", reading_text(text, &reading));
	card_name("symbols");
	printf("%d durations, %d shifts, %d metre%s", v->durations.n, v->shifts.n, v->n_metres,
	       v->n_metres == 1 ? "" : "s");
	for (int i = 0; i < v->n_metres && i < METRES_LISTED; i++)
		printf("%s%d/%d", i == 0 ? ": " : ", ", v->metres[i][0], 1 << v->metres[i][1]);
	printf("%s\n", v->n_metres > METRES_LISTED ? ", ..." : "");
	card_name("dynamics");
	if (v->dynamics)
		printf("yes\n");
	else
		printf("no: velocity %d\n", v->velocity);
}

static void card_parts(const struct vocab *v)
{
	card_name("parts");
	printf("%d\n", v->parts);
	for (int k = 0; k < v->parts; k++) {
		char name[32], low[8], high[8];

		if (v->low[k] > v->high[k])
			continue; /* no note of it was seen */
		music_part_name(name, sizeof name, k, v->parts);
		pitch_name(low, sizeof low, v->low[k]);
		pitch_name(high, sizeof high, v->high[k]);
		card_name("");
		printf("%-9s %4s to %-4s", name, low, high);
		if (v->programs[k] >= 0)
			printf("  program %d", v->programs[k]);
		putchar('\n');
	}
}

static void put_start(const struct vocab *v, const struct vocab_start *s)
{
	static const char *const modes[MODES] = {"", " major", " minor"};

	printf("%d/%d%s", s->start.numerator, 1 << s->start.denominator_log2, modes[s->start.mode]);
	if (s->start.pickup > 0)
		printf(", pickup of %.3g quarters", (double)s->start.pickup / v->grid);
	printf(" (%d)", s->count);
}

static void card_starts(const struct vocab *v)
{
	card_name("styles");
	printf("%d", v->n_styles);
	for (int i = 0; i < v->n_styles; i++) {
		printf(i == 0 ? ": " : ", ");
		put_clean(stdout, v->styles[i]);
	}
	putchar('\n');
	card_name("starts");
	printf("%d way%s to begin", v->n_starts, v->n_starts == 1 ? "" : "s");
	for (int i = 0; i < v->n_starts && i < STARTS_LISTED; i++) {
		printf(i == 0 ? ": " : "; ");
		put_start(v, &v->starts[i]);
	}
	printf("%s\n", v->n_starts > STARTS_LISTED ? "; ..." : "");
}

void card_model(const struct model *m, const char *path)
{
	card_text("model", m->name);
	card_name("file");
	put_clean(stdout, path);
	put_size(path);
	putchar('\n');
	card_name("format");
	printf("%d, by musegen ", model_format(m));
	put_clean(stdout, m->provenance.version);
	putchar('\n');
	card_provenance(&m->provenance);
	card_figures(&m->figures, &m->generator);
	card_network(&m->generator);
	card_latent(m);
	card_knobs(m);
	card_companions(m);
	card_symbols(m->vocab);
	card_parts(m->vocab);
	card_starts(m->vocab);
	card_name("sampling");
	printf("pitch temperature %.3g, top-p %.3g; duration temperature %.3g, top-p %.3g\n",
	       m->sampling.pitch_temperature, m->sampling.pitch_top_p, m->sampling.duration_temperature,
	       m->sampling.duration_top_p);
}
