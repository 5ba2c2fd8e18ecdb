/*
 * The rooms of config.ini and the order in which they are read: built in, the
 * installed config.ini, the user's, the one in the present folder, a preset,
 * --config, --set. Rooms of other floors bring tables of their own.
 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "music/roll.h"

#define COUNT(a)        (sizeof(a) / sizeof *(a))
#define PLACE(s, field) offsetof(struct s, field)

static const struct conf_item corpus_items[] = {
	{"grid", CONF_INT, PLACE(corpus_config, reading.grid), 1, 480, NULL, "24",
         "ticks a quarter note that music is snapped to; 24 has 16ths and triplets exactly"},
	{"take", CONF_CHOICE, PLACE(corpus_config, reading.take), 0, 0, "all|top", "all",
         "what of a piece is read: all parts, or the top one alone as a melody (of notes struck together the highest, "
         "each cut where the next begins)"},
	{"frame", CONF_INT, PLACE(corpus_config, reading.frame), 0, ROLL_FRAME_MAX, NULL, "0",
         "ticks of a frame of the roll that pieces are cut to, which says what keys sound at the start of each frame "
         "and "
         "no more; 0: they are not cut"},
	{"strike", CONF_INT, PLACE(corpus_config, reading.strike), 0, ROLL_STRIKE_MAX, NULL, "0",
         "of frames: ticks, a multiple of corpus.frame, at whose multiples a key that sounds on is struck anew; 0: it "
         "is "
         "held, as one note"},
	{"frame_parts", CONF_CHOICE, PLACE(corpus_config, reading.frame_parts), 0, 0, "together|apart", "together",
         "frames are of all notes together, as one part; or each part has its own"},
	{"parts", CONF_INT, PLACE(corpus_config, parts), 1, SONG_PARTS_MAX, NULL, "64",
         "pieces with more parts than this are left out"},
	{"duplicates", CONF_BOOL, PLACE(corpus_config, duplicates), 0, 0, NULL, "no",
         "keep pieces whose notes another piece has too (transposed or not)"},
	{"cache", CONF_BOOL, PLACE(corpus_config, cache), 0, 0, NULL, "yes",
         "remember what was read, in $XDG_CACHE_HOME/musegen or ~/.cache/musegen, so that training starts sooner "
         "again"},
};

static const struct conf_item sampling_items[] = {
	{"temperature", CONF_REAL, PLACE(sampling_config, temperature), 0.01, 10, NULL, "1",
         "how daring: scales the model's own pitch and duration temperatures"},
	{"top_k", CONF_INT, PLACE(sampling_config, top_k), 0, 128, NULL, "0",
         "draw from this many of the likeliest only; 0: from all"},
	{"top_p", CONF_REAL, PLACE(sampling_config, top_p), 0, 1, NULL, "0",
         "draw from the likeliest that together have this probability; 0: as the model has it"},
	{"bars", CONF_INT, PLACE(sampling_config, bars), 1, 4096, NULL, "64",
         "bars after which a piece is ended that does not end by itself"},
	{"guard", CONF_BOOL, PLACE(sampling_config, guard), 0, 0, NULL, "yes",
         "step in before a bar, or a group of 2, 4 or 8, comes a fourth time in a row"},
};

static const struct conf_item play_items[] = {
	{"device", CONF_TEXT, PLACE(play_config, device), 0, 0, NULL, "",
         "MIDI output by name, part of a name or number (`musegen devices` lists them); empty: the only one that is "
         "not a through port"},
	{"soundfont", CONF_TEXT, PLACE(play_config, soundfont), 0, 0, NULL, "",
         "soundfont (.sf2, .sf3) of play --synth and of sound files; empty: the system's"},
	{"audio", CONF_TEXT, PLACE(play_config, audio), 0, 0, NULL, "",
         "audio driver of play --synth, as FluidSynth calls it: alsa, pulseaudio, jack; empty: the first that opens; "
         "none: the same, but only where --synth asks for it"},
};

static const struct conf_item models_items[] = {
	{"model", CONF_TEXT, PLACE(models_config, model), 0, 0, NULL, "",
         "model to use when none was trained here, by name or path; empty: the shipped one"},
	{"licence", CONF_TEXT, PLACE(models_config, licence), 0, 0, NULL, "",
         "a word on the rights in the music trained on, kept in the model file"},
};

void settings_rooms(struct conf_room rooms[SETTINGS_ROOMS], struct settings *s)
{
	const struct conf_room all[SETTINGS_ROOMS] = {
		{"corpus", corpus_items, COUNT(corpus_items), &s->corpus, "How MIDI files are read for training."},
		{"generator", generator_items, n_generator_items, &s->generator,
	         "The network of models trained from now on; a model keeps its own."},
		{"train", train_items, n_train_items, &s->train, "Training."},
		{"conv", conv_items, n_conv_items, &s->generator.conv,
	         "Networks from noise (generator.kind = conv) and their discriminator; they are trained by [gan]."},
		{"gan", gan_items, n_gan_items, &s->gan, "Adversarial training: a generator against a discriminator."},
		{"judge", judge_items, n_judge_items, &s->judge, "The judges that the stage discriminator trains."},
		{"latent", latent_items, n_latent_items, &s->latent,
	         "The latent of phrases that a stage of training adds, and its critic; that of every step, which the "
	         "seed has."},
		{"knobs", knob_items, n_knob_items, &s->knobs, "The knobs that a stage of training adds."},
		{"sampling", sampling_items, COUNT(sampling_items), &s->sampling,
	         "How export and play draw notes; options of the same names win."},
		{"play", play_items, COUNT(play_items), &s->play, "Where the sound goes."},
		{"live", live_items, n_live_items, &s->live, LIVE_CONFIG_HELP},
		{"models", models_items, COUNT(models_items), &s->models, "Which model."},
	};

	memcpy(rooms, all, sizeof all);
}

/* A file that need not be there. */
static int read_optional(const struct conf_room *rooms, const char *path)
{
	return file_exists(path) ? conf_read(rooms, SETTINGS_ROOMS, path) : 0;
}

/* folder/name, which need not be there either; folder is used up and may be NULL. */
static int read_optional_in(const struct conf_room *rooms, char *folder, const char *name)
{
	char *path = folder ? file_join(folder, name) : NULL;
	int status = folder ? -1 : 0;

	if (path)
		status = read_optional(rooms, path);
	free(path);
	free(folder);
	return status;
}

void settings_presets(struct settings *s)
{
	struct conf_room rooms[SETTINGS_ROOMS];

	*s = (struct settings){0};
	settings_rooms(rooms, s);
	for (size_t i = 0; i < SETTINGS_ROOMS; i++)
		conf_presets(&rooms[i]);
}

int settings_load_preset(struct settings *s, const char *preset_path, const char *config_path,
                         const struct option_list *sets)
{
	struct conf_room rooms[SETTINGS_ROOMS];

	settings_presets(s);
	settings_rooms(rooms, s);
	if (read_optional_in(rooms, installed_config_folder(), "config.ini") < 0 ||
	    read_optional_in(rooms, file_user_folder("XDG_CONFIG_HOME", ".config"), "config.ini") < 0 ||
	    read_optional(rooms, "config.ini") < 0)
		return -1;
	if (preset_path && conf_read(rooms, SETTINGS_ROOMS, preset_path) < 0)
		return -1;
	if (config_path && conf_read(rooms, SETTINGS_ROOMS, config_path) < 0)
		return -1;
	for (size_t i = 0; sets && i < sets->n; i++)
		if (conf_set(rooms, SETTINGS_ROOMS, sets->values[i]) < 0)
			return error_prefix("--set");
	return 0;
}

int settings_load(struct settings *s, const char *config_path, const struct option_list *sets)
{
	return settings_load_preset(s, NULL, config_path, sets);
}

char *settings_place(void)
{
	char *folder, *path = NULL;

	if (file_exists("config.ini"))
		return mem_string("config.ini");
	folder = file_user_folder("XDG_CONFIG_HOME", ".config");
	if (!folder)
		error("there is no config.ini here, and no home folder for one");
	else if (file_make_folders(folder) == 0)
		path = file_join(folder, "config.ini");
	free(folder);
	return path;
}
