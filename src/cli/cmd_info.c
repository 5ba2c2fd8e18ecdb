/*
 * musegen info: what a model, a MIDI file or a sound file is; without an argument, the model
 * that export and play would use, and why that one.
 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/card.h"
#include "live/sound.h"
#include "num/blas.h"

#define ROLL_ROWS 32

static const struct command_usage usage = {
	.name = "info",
	.arguments = "[OPTIONS] [MODEL | FILE.mid | FILE.wav]...",
	.summary = "Say what a model, a MIDI file or a sound file is.",
	.details = "  musegen info                    the model that export and play use, and why that one\n"
		   "  musegen info bach               a model by name\n"
		   "  musegen info --roll theme.mid   a MIDI file, drawn; with the command that made it\n"
		   "  musegen info --settings         every setting in force",
};

struct info {
	bool roll, settings_only, built_in;
	const char *config;
	struct option_list sets;
	struct settings settings;
};

/* A file that is there and is not a model is taken for a MIDI file; everything else names a model. */
static bool is_midi(const char *name)
{
	const size_t n = strlen(name), m = strlen(MODEL_SUFFIX);

	return file_exists(name) && !file_is_folder(name) && !(n > m && strcmp(name + n - m, MODEL_SUFFIX) == 0);
}

/* A file of a name of theirs: of others smf_read() says what they are not. */
static bool is_sound(const char *name)
{
	return sound_kind(name) != SOUND_NONE && file_exists(name) && !file_is_folder(name);
}

static int info_midi(const struct info *info, const char *path)
{
	struct songs songs = {0};

	if (smf_read(&songs, path) < 0)
		return -1;
	card_songs(&songs, path);
	for (size_t i = 0; info->roll && i < songs.n; i++)
		print_roll(stdout, songs.songs[i], terminal_columns(stdout), ROLL_ROWS, terminal_utf8(),
		           terminal_colour(stdout));
	songs_done(&songs);
	return 0;
}

static int info_model(const struct info *info, const char *name)
{
	char *path = NULL, *why = NULL;
	struct model *m = NULL;
	int status = -1;

	if (find_model(&path, &why, name, &info->settings) == 0)
		m = model_load(path);
	if (m) {
		if (!name) {
			card_text("used", why);
			card_name("BLAS core");
			printf("%s\n", blas_core());
			warn_blas_core();
		}
		card_model(m, path);
		status = 0;
	}
	free(path);
	free(why);
	model_free(m);
	return status;
}

/* Every setting in force, as a config.ini. */
static int info_settings(struct info *info)
{
	struct conf_room rooms[SETTINGS_ROOMS];
	char *text;

	settings_rooms(rooms, &info->settings);
	text = conf_write(rooms, SETTINGS_ROOMS);
	if (!text)
		return -1;
	put_clean(stdout, text);
	free(text);
	return 0;
}

static int info_file(const struct info *info, const char *name)
{
	return is_sound(name) ? card_sound(name) : is_midi(name) ? info_midi(info, name) : info_model(info, name);
}

/* All names in turn, or what there is to say without one. */
static int info_all(struct info *info, const char *const *names, size_t n)
{
	if (info->built_in)
		settings_presets(&info->settings);
	else if (settings_load(&info->settings, info->config, &info->sets) < 0)
		return -1;
	if (info->settings_only || info->built_in)
		return info_settings(info);
	if (n == 0)
		return info_model(info, NULL);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			putchar('\n');
		if (info_file(info, names[i]) < 0)
			return -1;
	}
	return 0;
}

int cmd_info(int argc, char **argv)
{
	struct info info = {0};
	const struct option options[] = {
		{0, "roll", OPTION_FLAG, &info.roll, NULL, 0, 0, "draw the piano roll of a MIDI file"},
		{0, "settings", OPTION_FLAG, &info.settings_only, NULL, 0, 0,
	         "print every setting in force, commented, in the form of a config.ini"},
		{0, "built-in", OPTION_FLAG, &info.built_in, NULL, 0, 0,
	         "the same of the built-in settings, whatever the files say"},
		{0, "config", OPTION_TEXT, &info.config, "FILE", 0, 0,
	         "read settings from FILE over those of the config.ini files"},
		{0, "set", OPTION_LIST, &info.sets, "SECTION.KEY=VALUE", 0, 0,
	         "one setting; may be given more than once"},
	};
	const char **names = mem_new((size_t)argc, sizeof *names);
	enum parsed parsed;
	int code;
	size_t n;

	if (!names)
		return fail();
	parsed = options_parse(&usage, options, sizeof options / sizeof *options, argc, argv, names, &n);
	if (parsed == PARSED_GO)
		code = info_all(&info, names, n) < 0 ? fail() : EXIT_OK;
	else
		code = parsed == PARSED_HELP ? EXIT_OK : EXIT_USAGE;
	free(names);
	return code;
}
