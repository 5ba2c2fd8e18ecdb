/*
 * From options and settings to a model, a primer and the compose_options of
 * the model floor, and back to a command line that makes the same music again.
 * Names of keys, scales, pitches and styles are looked up here, so that a
 * wrong one is told apart from music the model cannot make.
 */
#include "cli/music_options.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/music_like.h"
#include "midi/smf.h"

#define SEEDS_CHOSEN  1000000 /* seeds chosen for the user are short enough to type again */
#define STYLES_LISTED 12
#define WORDS_MAX     64

/* ---- values -------------------------------------------------------------- */

/* "C3-G5", "48-79", "C-1-G9": the one '-' that has a pitch on either side. */
static int parse_range(int *low, int *high, const char *text)
{
	for (const char *dash = strchr(text + (*text != '\0'), '-'); dash; dash = strchr(dash + 1, '-')) {
		char *first = mem_string_n(text, (size_t)(dash - text));
		int from = first ? pitch_parse(first) : -1;
		int to = first ? pitch_parse(dash + 1) : -1;

		if (!first)
			return -1;
		free(first);
		if (from < 0 || to < 0)
			continue;
		if (from > to)
			return error("\"%s\": the low end is above the high end", text);
		*low = from;
		*high = to;
		return 0;
	}
	return error("\"%s\" is not a range of pitches such as C3-G5 or 48-79", text);
}

/* "3/4" */
static int parse_metre(struct compose_options *c, const char *text)
{
	int denominator = 0, used = 0;

	if (sscanf(text, "%3d/%3d%n", &c->numerator, &denominator, &used) < 2 || text[used] || c->numerator < 1 ||
	    c->numerator > 255 || denominator < 1 || denominator > 128 || (denominator & (denominator - 1)) != 0)
		return error("\"%s\" is not a metre such as 4/4, 3/4 or 6/8", text);
	for (c->denominator_log2 = 0; 1 << c->denominator_log2 < denominator;)
		c->denominator_log2++;
	return 0;
}

static int parse_mode(enum mode *mode, const char *text)
{
	if (strcmp(text, "major") != 0 && strcmp(text, "minor") != 0)
		return error("\"%s\" is not a mode: major or minor", text);
	*mode = text[1] == 'a' ? MODE_MAJOR : MODE_MINOR;
	return 0;
}

/* "density=0.8" */
static int parse_knob(struct compose_options *c, const char *text)
{
	const char *equals = strchr(text, '=');
	char *name = equals ? mem_string_n(text, (size_t)(equals - text)) : NULL;
	int knob;

	if (!equals)
		return error("\"%s\" is not a knob's name, \"=\" and a number", text);
	if (!name)
		return -1;
	knob = knob_find(name);
	free(name);
	if (knob < 0)
		return error("\"%s\" begins with no knob's name: density, register, leaps", text);
	if (!isnan(c->knobs[knob]))
		return error("%s is turned twice", knob_names[knob]);
	return text_real(equals + 1, -1, 1, &c->knobs[knob]) ? 0
	                                                     : error("\"%s\" is not a number from -1 to 1", equals + 1);
}

/* What the options say by themselves: a mistake here is one of usage. */
static int read_values(struct compose_options *c, const struct music_options *o)
{
	if (o->key && key_parse(&c->key, o->key) < 0)
		return error_prefix("--key");
	if (o->mode && (o->key || o->scale))
		return error("--mode and --%s both say it: give one of them", o->key ? "key" : "scale");
	if (o->mode && parse_mode(&c->key.mode, o->mode) < 0)
		return error_prefix("--mode");
	if (o->metre && parse_metre(c, o->metre) < 0)
		return error_prefix("--metre");
	if (o->scale) {
		c->scale = scale_parse(o->scale);
		if (!c->scale)
			return error_prefix("--scale");
	}
	if (o->range && parse_range(&c->low, &c->high, o->range) < 0)
		return error_prefix("--range");
	for (size_t i = 0; i < o->knobs.n; i++)
		if (parse_knob(c, o->knobs.values[i]) < 0)
			return error_prefix("--knob");
	if (o->bars > 0 && o->seconds > 0)
		return error("--bars and --seconds both say how long: give one of them");
	if (o->tempo > 0)
		c->us_per_quarter = (int)lround(60e6 / o->tempo);
	c->bars = o->bars;
	c->parts = o->parts;
	return music_like_check(o);
}

static void read_settings(struct compose_options *c, const struct music_options *o, const struct sampling_config *s)
{
	c->temperature = o->temperature > 0 ? o->temperature : s->temperature;
	c->top_k = o->top_k >= 0 ? o->top_k : s->top_k;
	c->top_p = o->top_p >= 0 ? o->top_p : s->top_p;
	c->bars_max = s->bars;
	c->guard = s->guard;
}

/* The model's styles in a message, a dozen at most. */
static int no_such_style(const struct model *model, const char *style)
{
	const struct vocab *v = model->vocab;
	int nearest = text_nearest(style, (const char *const *)v->styles, (size_t)v->n_styles);
	char *list = NULL;

	if (v->n_styles == 0)
		return error("--style: the model %s has no styles", model->name);
	if (nearest >= 0)
		return error("--style: the model %s has no style \"%s\"; did you mean \"%s\"?", model->name, style,
		             v->styles[nearest]);
	for (int i = 0; i < v->n_styles && i < STYLES_LISTED; i++) {
		char *longer = text_format("%s%s%s", list ? list : "", i ? ", " : "", v->styles[i]);

		free(list);
		list = longer;
		if (!list)
			return -1;
	}
	error("--style: the model %s has no style \"%s\"; it has %s%s", model->name, style, list,
	      v->n_styles > STYLES_LISTED ? ", ..." : "");
	free(list);
	return -1;
}

struct piece *music_read_piece(const struct music *m, const char *path, const char *option)
{
	struct songs songs = {0};
	const struct reading reading = vocab_reading(m->model->vocab);
	struct piece *piece;
	struct song *read;

	if (smf_read(&songs, path) < 0) {
		error_prefix("%s", option);
		return NULL;
	}
	read = reading_song(songs.songs[0], &reading, NULL);
	songs_done(&songs);
	piece = read ? piece_from_song(read) : NULL;
	song_free(read);
	if (!piece)
		error_prefix("%s: %s", option, path);
	return piece;
}

static int read_primer(struct music *m, const char *path)
{
	m->primer = music_read_piece(m, path, "--primer");
	if (!m->primer)
		return -1;
	m->compose.primer = m->primer;
	return 0;
}

static void choose_seed(struct music *m, const struct option_seed *asked)
{
	uint64_t bits;

	m->seed = asked->value;
	m->seed_chosen = !asked->given;
	if (asked->given)
		return;
	if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) != (ssize_t)sizeof bits)
		bits = random_mix(clock_now());
	m->seed = bits % SEEDS_CHOSEN;
}

/* ---- opening ------------------------------------------------------------- */

int music_open(struct music *m, const struct music_options *o)
{
	*m = (struct music){0};
	compose_defaults(&m->compose);
	if (read_values(&m->compose, o) < 0) {
		fail();
		return EXIT_USAGE;
	}
	if (settings_load(&m->settings, o->config, &o->sets) < 0)
		return fail();
	read_settings(&m->compose, o, &m->settings.sampling);
	if (find_model(&m->path, &m->why, o->model, &m->settings) < 0)
		return fail();
	m->model = model_load(m->path);
	if (!m->model)
		return fail();
	if (o->style) {
		m->compose.style = vocab_style(m->model->vocab, o->style);
		if (m->compose.style < 0) {
			no_such_style(m->model, o->style);
			return fail();
		}
	}
	if (o->primer && read_primer(m, o->primer) < 0)
		return fail();
	if (o->best_of > 1) {
		m->judge = judge_of_model(m->model);
		if (!m->judge) {
			error_prefix("--best-of");
			return fail();
		}
		m->compose.best_of = o->best_of;
		m->compose.judge = m->judge;
	}
	choose_seed(m, &o->seed);
	m->compose.seed = m->seed;
	if (music_like_open(m, o) < 0)
		return fail();
	m->seconds = o->seconds;
	return EXIT_OK;
}

void music_close(struct music *m)
{
	piece_free(m->primer);
	judge_free(m->judge);
	music_like_close(m);
	model_free(m->model);
	free(m->path);
	free(m->why);
	*m = (struct music){0};
}

void music_announce(const struct music *m)
{
	printf("model ");
	put_clean(stdout, m->model->name);
	printf(" (");
	put_clean(stdout, m->why);
	printf(": ");
	put_clean(stdout, m->path);
	printf(")\n");
	if (m->seed_chosen)
		printf("seed %" PRIu64 " (chosen for you; --seed %" PRIu64 " makes this music again)\n", m->seed,
		       m->seed);
}

/* Bars that come nearest to so many seconds, by the metre and tempo the piece begins with. */
static int bars_of_seconds(const struct music *m, const struct compose_options *o, int *bars)
{
	struct composer *composer = composer_new(m->model, o);
	const struct start *start;
	double quarters, seconds;
	int us;

	if (!composer)
		return -1;
	start = composer_start(composer);
	us = composer_us_per_quarter(composer);
	quarters = 4.0 * start->numerator / (double)(1 << start->denominator_log2);
	seconds = quarters * (us > 0 ? us : 500000) / 1e6;
	composer_free(composer);
	*bars = (int)lround(fmin(fmax(m->seconds / seconds, 1), MUSIC_BARS_MAX));
	return 0;
}

int music_prepare(struct music *m, uint64_t seed, int i)
{
	m->compose.seed = seed;
	if (music_like_plan(m, i) < 0)
		return -1;
	if (m->seconds > 0) {
		struct compose_options some_length = m->compose;

		/* how long changes how a piece begins, but not how much longer */
		some_length.bars = MUSIC_BARS_MAX;
		return bars_of_seconds(m, &some_length, &m->compose.bars);
	}
	return 0;
}

/* ---- the same as a command line ------------------------------------------ */

struct words {
	const char *words[WORDS_MAX];
	char numbers[WORDS_MAX][32];
	size_t n;
};

static void say(struct words *w, const char *option, const char *value)
{
	if (w->n + 2 > WORDS_MAX)
		BUG("a command line of more than %d words", WORDS_MAX);
	w->words[w->n++] = option;
	if (value)
		w->words[w->n++] = value;
}

static void say_integer(struct words *w, const char *option, long long value)
{
	char *buf = w->numbers[w->n % WORDS_MAX];

	snprintf(buf, sizeof w->numbers[0], "%lld", value);
	say(w, option, buf);
}

static void say_real(struct words *w, const char *option, double value)
{
	char *buf = w->numbers[w->n % WORDS_MAX];

	text_from_real(buf, sizeof w->numbers[0], value);
	say(w, option, buf);
}

/* The model's name where that finds the same file, else its path. */
static const char *model_word(const struct music *m, const struct music_options *o)
{
	char *path = NULL, *why = NULL;
	const char *word = m->path;

	if (o->model)
		return o->model;
	if (find_model(&path, &why, m->model->name, &m->settings) == 0 && strcmp(path, m->path) == 0)
		word = m->model->name;
	free(path);
	free(why);
	return word;
}

char *music_command(const struct music *m, const struct music_options *o, const char *command, const char *const *extra,
                    size_t n_extra)
{
	const struct compose_options *c = &m->compose;
	struct compose_options presets;
	struct words w = {0};
	char set[48];

	compose_defaults(&presets);
	say(&w, "musegen", command);
	say(&w, "-m", model_word(m, o));
	say_integer(&w, "--seed", (long long)c->seed);
	if (o->bars > 0)
		say_integer(&w, "--bars", o->bars);
	if (o->seconds > 0)
		say_real(&w, "--seconds", o->seconds);
	if (o->temperature > 0 || c->temperature != presets.temperature)
		say_real(&w, "--temperature", c->temperature);
	if (o->top_k >= 0 || c->top_k != presets.top_k)
		say_integer(&w, "--top-k", c->top_k);
	if (o->top_p >= 0 || c->top_p != presets.top_p)
		say_real(&w, "--top-p", c->top_p);
	if (o->key)
		say(&w, "--key", o->key);
	if (o->mode)
		say(&w, "--mode", o->mode);
	if (o->metre)
		say(&w, "--metre", o->metre);
	if (o->scale)
		say(&w, "--scale", o->scale);
	if (o->range)
		say(&w, "--range", o->range);
	if (o->tempo > 0)
		say_real(&w, "--tempo", o->tempo);
	if (o->parts > 0)
		say_integer(&w, "--parts", o->parts);
	if (o->style)
		say(&w, "--style", o->style);
	if (o->best_of > 1)
		say_integer(&w, "--best-of", o->best_of);
	for (size_t i = 0; i < o->knobs.n; i++)
		say(&w, "--knob", o->knobs.values[i]);
	if (o->primer)
		say(&w, "--primer", o->primer);
	if (o->like) {
		say(&w, "--like", o->like);
		say_real(&w, "--amount", m->amount);
	}
	if (o->from) {
		say(&w, "--from", o->from);
		say(&w, "--to", o->to);
		say_integer(&w, "--steps", m->steps);
	}
	if (o->latent_seed.given)
		say_integer(&w, "--latent-seed", (long long)o->latent_seed.value);
	if (o->plain)
		say(&w, "--plain", NULL);
	if (c->bars_max != presets.bars_max) {
		snprintf(set, sizeof set, "sampling.bars=%d", c->bars_max);
		say(&w, "--set", set);
	}
	if (!c->guard)
		say(&w, "--set", "sampling.guard=no");
	for (size_t i = 0; i < n_extra; i++)
		say(&w, extra[i], NULL);
	return command_line(w.n, w.words);
}
