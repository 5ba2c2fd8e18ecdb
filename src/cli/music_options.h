/*
 * What every command that makes new music takes: which model, how it is
 * sampled, in what key, how long. One table of options, one function that
 * opens the model and the primer and fills compose_options from them, one
 * that says the same as a command line.
 *
 *	struct music_options wanted = MUSIC_OPTIONS_NONE;
 *	const struct option options[] = {
 *		{'o', "output", ...},
 *		MUSIC_OPTIONS(wanted),
 *	};
 *	... options_parse ...
 *	code = music_open(&music, &wanted);
 *	if (code == EXIT_OK) { music_announce(&music); music_prepare(&music, music.seed); ... compose ... }
 *	music_close(&music);
 */
#ifndef CLI_MUSIC_OPTIONS_H
#define CLI_MUSIC_OPTIONS_H

#include "cli/cli.h"
#include "model/best.h"
#include "model/compose.h"
#include "model/like.h"

#define MUSIC_BARS_MAX    4096
#define MUSIC_SECONDS_MAX 7200
#define MUSIC_TEMPO_MIN   10 /* quarters a minute */
#define MUSIC_TEMPO_MAX   1000
#define STEPS_MAX         1000 /* pieces on a way */

/* As typed; what was not given is NULL, 0, or -1 where 0 means something. */
struct music_options {
	const char *model, *config;
	struct option_list sets;
	int bars;
	double seconds;
	double temperature;
	int top_k;    /* -1 */
	double top_p; /* -1 */
	const char *key, *mode, *metre, *scale, *range;
	double tempo;
	int parts;
	const char *style, *primer;
	const char *like, *from, *to;
	double amount; /* -1 */
	int steps, step;
	struct option_seed seed, latent_seed;
	int best_of; /* 0, as 1: the piece itself */
	struct option_list knobs;
	bool plain;
};

#define MUSIC_OPTIONS_NONE                                                                                             \
	{                                                                                                              \
		.top_k = -1, .top_p = -1, .amount = -1                                                                 \
	}

/* The rows of a table of options; the last without a comma after it. */
#define MUSIC_OPTIONS(o)                                                                                                 \
	{'m',                                                                                                            \
	 "model",                                                                                                        \
	 OPTION_TEXT,                                                                                                    \
	 &(o).model,                                                                                                     \
	 "MODEL",                                                                                                        \
	 0,                                                                                                              \
	 0,                                                                                                              \
	 "name or path of the model (default: the one most recently trained here, else config.ini's, else the "          \
	 "shipped one)"},                                                                                                \
		{'b', "bars", OPTION_INT,     &(o).bars,                                                                 \
	         "N", 1,      MUSIC_BARS_MAX, "end after N bars (default: where the model ends the piece)"},             \
		{0,   "seconds", OPTION_REAL,       &(o).seconds,                                                        \
	         "N", 1,         MUSIC_SECONDS_MAX, "end after as many bars as come nearest to N seconds"},              \
		{'t',                                                                                                    \
	         "temperature",                                                                                          \
	         OPTION_REAL,                                                                                            \
	         &(o).temperature,                                                                                       \
	         "X",                                                                                                    \
	         0.01,                                                                                                   \
	         10,                                                                                                     \
	         "how daring: scales the model's own pitch and duration temperatures; 1 as the model has them"},         \
		{0, "top-k", OPTION_INT, &(o).top_k, "N", 0, 128, "draw from the N likeliest only; 0: from all"},        \
		{0,           "top-p",                                                                                   \
	         OPTION_REAL, &(o).top_p,                                                                                \
	         "P",         0,                                                                                         \
	         1,           "draw from the likeliest that together have probability P; 0: as the model has it"},       \
		{'k', "key", OPTION_TEXT, &(o).key, "KEY", 0, 0, "key of the music: Gm, \"G minor\", F#"},               \
		{0, "mode", OPTION_TEXT, &(o).mode, "MODE", 0, 0, "major or minor, in whatever key comes"},              \
		{0, "metre", OPTION_TEXT, &(o).metre, "N/D", 0, 0, "metre of the music, throughout: 3/4, 6/8"},          \
		{0,           "scale",                                                                                   \
	         OPTION_TEXT, &(o).scale,                                                                                \
	         "SCALE",     0,                                                                                         \
	         0,           "only these notes: \"D dorian\", \"A minor pentatonic\", \"C D E G A\""},                  \
		{'r',        "range", OPTION_TEXT, &(o).range,                                                           \
	         "LOW-HIGH", 0,       0,           "only pitches from LOW to HIGH: C3-G5, 48-79"},                       \
		{0,     "tempo",         OPTION_REAL,     &(o).tempo,                                                    \
	         "BPM", MUSIC_TEMPO_MIN, MUSIC_TEMPO_MAX, "quarter notes a minute"},                                     \
		{0, "parts", OPTION_INT, &(o).parts, "N", 1, SONG_PARTS_MAX, "number of parts (voices)"},                \
		{0,           "style",                                                                                   \
	         OPTION_TEXT, &(o).style,                                                                                \
	         "NAME",      0,                                                                                         \
	         0,           "a style the model knows: a folder of its corpus (`musegen info MODEL` lists them)"},      \
		{'s', "seed", OPTION_SEED, &(o).seed,                                                                    \
	         "N", 0,      0,           "the same seed gives the same music (default: chosen for you, and printed)"}, \
		{0,                                                                                                      \
	         "best-of",                                                                                              \
	         OPTION_INT,                                                                                             \
	         &(o).best_of,                                                                                           \
	         "N",                                                                                                    \
	         1,                                                                                                      \
	         BEST_MAX,                                                                                               \
	         "compose every piece N times, from one beginning, and keep the one that the model's judge likes "       \
	         "most"},                                                                                                \
		{0,                                                                                                      \
	         "knob",                                                                                                 \
	         OPTION_LIST,                                                                                            \
	         &(o).knobs,                                                                                             \
	         "NAME=X",                                                                                               \
	         0,                                                                                                      \
	         0,                                                                                                      \
	         "what the music is like: density, register or leaps, each -1 to 1, 0 the middle (`musegen "             \
	         "info MODEL` says what each changes); may be given more than once"},                                    \
		{'p', "primer", OPTION_TEXT, &(o).primer, "FILE", 0, 0, "go on from the music in this MIDI file"},       \
		{0,           "like",                                                                                    \
	         OPTION_TEXT, &(o).like,                                                                                 \
	         "FILE",      0,                                                                                         \
	         0,           "vary this music: as long, begun as it begins, its phrases moved by --amount"},            \
		{0,   "amount", OPTION_REAL, &(o).amount,                                                                \
	         "X", 0,        1,           "how far from --like: 0 its own phrases, 1 others (0.3)"},                  \
		{0, "from", OPTION_TEXT, &(o).from, "FILE", 0, 0, "pieces on the way from this music"},                  \
		{0, "to", OPTION_TEXT, &(o).to, "FILE", 0, 0, "to this; each begins like the nearer one"},               \
		{0, "steps", OPTION_INT, &(o).steps, "N", 2, STEPS_MAX, "so many pieces, both ends among them (5)"},     \
		{0, "step", OPTION_INT, &(o).step, "N", 1, STEPS_MAX, "only number N of them"},                          \
		{0,           "latent-seed",                                                                             \
	         OPTION_SEED, &(o).latent_seed,                                                                          \
	         "N",         0,                                                                                         \
	         0,           "the same phrases in mind again; other notes with another --seed"},                        \
		{0,           "plain",                                                                                   \
	         OPTION_FLAG, &(o).plain,                                                                                \
	         NULL,        0,                                                                                         \
	         0,           "no performance: durations as composed, one velocity (for notation programs)"},            \
		{0,      "config", OPTION_TEXT, &(o).config,                                                             \
	         "FILE", 0,        0,           "read settings from FILE over those of the config.ini files"},           \
	{                                                                                                                \
		0, "set", OPTION_LIST, &(o).sets, "SECTION.KEY=VALUE", 0, 0,                                             \
			"one setting; may be given more than once"                                                       \
	}

struct music {
	struct settings settings;
	char *path, *why; /* of the model, and why this one */
	struct model *model;
	struct judge *judge;            /* with --best-of, else NULL */
	struct piece *primer;           /* or NULL */
	struct compose_options compose; /* ready for composer_new() once music_prepare() has run */
	uint64_t seed;                  /* asked for, or chosen */
	bool seed_chosen;
	double seconds; /* 0: not asked for */
	/* of cli/music_like.c's */
	struct like like, to;    /* n 0: none */
	struct latent_plan plan; /* of the present piece */
	bool plans, greedy;
	double amount;
	int steps, step; /* of a way; 0: there is none, all of it */
	struct option_seed latent_seed;
};

/* Settings, model, primer. EXIT_OK, or the exit code with the message printed; music_close() either way. */
int music_open(struct music *m, const struct music_options *o);
void music_close(struct music *m);

/* On stdout: which model and why, and the seed where it was chosen. */
void music_announce(const struct music *m);

/* Set m->compose for one piece: its seed, its z (of piece number i of a way), and its bars where seconds were asked for. 0 or -1. */
int music_prepare(struct music *m, uint64_t seed, int i);

/* The music of a file, read as the model reads. option is for messages. NULL on error. */
struct piece *music_read_piece(const struct music *m, const char *path, const char *option);

/*
 * "musegen COMMAND -m NAME --seed N ... EXTRA...": the command line that makes the
 * same music again. Settings that are not the built-in ones are spelled out,
 * so that it does not depend on config.ini. A new string, NULL when out of memory.
 */
char *music_command(const struct music *m, const struct music_options *o, const char *command, const char *const *extra,
                    size_t n_extra);

/* Name of a part of a piece of n parts; buf: 32 bytes at least. Program (0-127): the model's, else what suits style (-1: any) and parts. */
void music_part_name(char *buf, size_t size, int part, int n_parts);
int music_part_program(const struct model *model, int style, int part, int n_parts);

/* The song of a composed piece with its parts named, their programs, and its key signature. NULL on error. */
struct song *music_song(const struct model *model, const struct piece *piece);

/* A piece (or a loop, of compose.bars bars) as m says, composed and (unless plain) performed: what export writes and play plays. NULL on error. */
struct song *music_compose(const struct music *m, bool plain, bool loop);

#endif
