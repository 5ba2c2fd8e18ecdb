/* The commands, and what they share. Only this floor prints results, reads argv, or exits. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdio.h>
#include "cli/options.h"
#include "live/live_config.h"
#include "cli/terminal.h"
#include "model/gan_settings.h"
#include "model/judge_settings.h"
#include "model/knob_settings.h"
#include "model/latent_settings.h"
#include "model/train.h"

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Each gets argv from its own name on and returns an exit code. */
int cmd_train(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_play(int argc, char **argv);
int cmd_devices(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_eval(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_judge(int argc, char **argv);
int cmd_bench(int argc, char **argv);
int cmd_completion(int argc, char **argv);

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary; /* for the list of commands */
};

/* The commands in the order of that list; NULL past the last. */
const struct command *command_at(size_t i);

/* "musegen: <error_message()>" on stderr; returns EXIT_FAILED. */
int fail(void);
/* "musegen: ..." on stderr; returns EXIT_USAGE. */
int fail_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Words as one line, quoted as a shell would read them ("musegen export --seed 7 -o 'my theme.mid'"); a new string, NULL when out of memory. */
char *command_line(size_t n, const char *const *words);

/* Notes and warnings of the floors below go to stderr, a line each (main does this at the start). */
void print_log_plainly(void);

/* Text from outside on a stream, cleaned (base/text.h). */
void put_clean(FILE *out, const char *text);

/* What the program was built with, and the kernel the matrix products use. */
void print_version(FILE *out);
/* One line on stderr when the environment makes OpenBLAS use a lesser kernel than the processor has. */
void warn_blas_core(void);

/*
 * Settings, the later winning: built in, installed config.ini, the user's
 * ($XDG_CONFIG_HOME/musegen/config.ini), ./config.ini, --config FILE,
 * --set section.key=value, options (which the commands apply themselves).
 */
struct play_config {
	char device[CONF_TEXT_MAX];
	char soundfont[CONF_TEXT_MAX], audio[CONF_TEXT_MAX]; /* of musegen's own sound; "": found */
};
struct corpus_config {
	struct reading reading;
	int parts;
	bool duplicates, cache;
};
struct models_config {
	char model[CONF_TEXT_MAX];   /* the model to use when none was trained here; "" */
	char licence[CONF_TEXT_MAX]; /* a word on the data for the models trained here */
};
struct sampling_config {
	double temperature, top_p;
	int top_k, bars; /* bars: at most, when no END comes */
	bool guard;      /* against endless repetition */
};
struct settings {
	struct corpus_config corpus;
	struct generator_config generator;
	struct train_config train;
	struct gan_config gan;
	struct judge_config judge;
	struct latent_config latent;
	struct knob_config knobs;
	struct sampling_config sampling;
	struct play_config play;
	struct live_config live;
	struct models_config models;
};

#define SETTINGS_ROOMS 12
void settings_rooms(struct conf_room rooms[SETTINGS_ROOMS], struct settings *s);
void settings_presets(struct settings *s); /* built in, no more */
int settings_load(struct settings *s, const char *config_path, const struct option_list *sets);
/* The same with a preset (a file, models/presets/NAME.ini) between the config.ini files and --config; NULL: none. */
int settings_load_preset(struct settings *s, const char *preset_path, const char *config_path,
                         const struct option_list *sets);
/* The config.ini where what is changed is heeded: ./config.ini where there is one, else the user's (its folder is made). NULL and error(); the caller frees. */
char *settings_place(void);

/*
 * Which model: by name or path; NULL: the one most recently trained here,
 * else the one the settings name, else the shipped default. Names are looked
 * up in ./models where it exists, $XDG_DATA_HOME/musegen/models, then the
 * installed models. *path and *why ("most recently trained here") are the
 * caller's to free.
 */
int find_model(char **path, char **why, const char *name, const struct settings *s);

/* models/presets/NAME.ini (or a path), found like models. -1: there is none (the message lists them). The caller frees. */
int find_preset(char **path, const char *name);

/* What -m and --preset find by name: sorted, each once, at most NAMES_MAX; returns how many. The caller frees each. */
#define NAMES_MAX 200
size_t list_models(char *names[NAMES_MAX]);
size_t list_presets(char *names[NAMES_MAX]);

/* The folder that holds the installed models/, and that of the installed config.ini; NULL without error() when there is none. The caller frees. */
char *installed_folder(void);
char *installed_config_folder(void);

/* Where `train` writes the model `name`: ./models where it exists, else the user's folder (made when missing). The caller frees. */
char *model_destination(const char *name);

/* Remember, beside the models, which was trained last: a text file `last`. */
int note_trained(const char *path);

/* The piano roll of a song, drawn with half blocks in at most `columns` x `rows` characters; plain ASCII without UTF-8. */
struct song;
void print_roll(FILE *out, const struct song *song, int columns, int rows, bool utf8, bool colour);

#endif
