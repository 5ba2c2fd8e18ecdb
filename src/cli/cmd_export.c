/*
 * musegen export: new music as MIDI files, or as sound. Everything that could refuse, the
 * options, the model, the files that are there already, is asked before the
 * first piece is composed. Every file says in a text event how to make it again.
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/music_like.h"
#include "cli/music_options.h"
#include "cli/output.h"
#include "live/sound.h"
#include "live/soundfont.h"
#include "live/synth.h"

#define FILES_MAX 10000
#define SAMPLES   "samples"
#define LOOP_BARS 8

static const struct command_usage usage = {
	.name = "export",
	.arguments = "[OPTIONS]",
	.summary = "Write new music to a MIDI file, or as sound.",
	.details = "  musegen export -o theme.mid                       one piece\n"
		   "  musegen export -o theme.mid -n 5 --bars 16        theme-1.mid .. theme-5.mid\n"
		   "  musegen export --key Gm --tempo 96 --seed 7       samples/MODEL-7.mid\n"
		   "  musegen export --loop --bars 8 -o loop.mid        to go round in a game or a DAW\n"
		   "  musegen export -o theme.wav                       as sound; .flac and .ogg too\n"
		   "\n"
		   "Notes are performed: accents, phrases, a last ritardando; --plain leaves them as composed.\n"
		   "The same model, options and seed give the same bytes. A file that musegen wrote is\n"
		   "replaced; any other needs -f. `musegen info FILE` prints the command that made a file.",
};

struct export
{
	struct music_options wanted;
	struct music music;
	const char *output, *soundfont;
	char *font; /* the soundfont to play with; NULL: MIDI files are written */
	int count;  /* 0: one file, not numbered */
	bool force, pickup_bar, loop;
};

/* Pieces of a way, or as many as are asked for. */
static int files_of(const struct export *e)
{
	const int way = music_like_pieces(&e->music);

	return way > 0 ? way : e->count > 0 ? e->count : 1;
}

/* File `i` of a run: "theme.mid", "theme-1.mid", "samples/bach-7.mid". */
static char *output_path(const struct export *e, int i, uint64_t seed)
{
	const char *name = e->output, *slash, *dot;

	if (!name && music_like_pieces(&e->music) > 1)
		return text_format(SAMPLES "/%s-%" PRIu64 "-%d.mid", e->music.model->name, seed, i + 1);
	if (!name)
		return text_format(SAMPLES "/%s-%" PRIu64 ".mid", e->music.model->name, seed);
	if (files_of(e) == 1 && e->count == 0)
		return mem_string(name);
	slash = strrchr(name, '/');
	dot = strrchr(name, '.');
	if (!dot || (slash && dot < slash) || dot == name || dot[-1] == '/')
		dot = name + strlen(name);
	return text_format("%.*s-%d%s", (int)(dot - name), name, i + 1, dot);
}

/* The text event: version, model, seed, and the command for this one file. */
static char *comment_of(const struct export *e, const char *path, int i)
{
	const char *extra[8];
	char step[16];
	size_t n = 0;
	char *command, *comment;

	if (e->pickup_bar)
		extra[n++] = "--pickup-bar";
	if (e->loop)
		extra[n++] = "--loop";
	if (e->soundfont) {
		extra[n++] = "--soundfont";
		extra[n++] = e->soundfont;
	}
	if (music_like_pieces(&e->music) > 0) {
		snprintf(step, sizeof step, "%d", music_like_step(&e->music, i));
		extra[n++] = "--step";
		extra[n++] = step;
	}
	if (e->output) {
		extra[n++] = "-o";
		extra[n++] = path;
	}
	command = music_command(&e->music, &e->wanted, usage.name, extra, n);
	comment = command ? output_comment(e->music.model->name, e->music.compose.seed, command) : NULL;
	free(command);
	return comment;
}

static int export_one(struct export *e, const char *path, uint64_t seed, int i)
{
	struct song *song;
	char *comment;
	int status = -1;

	if (music_prepare(&e->music, seed, i) < 0)
		return -1;
	if (e->loop && e->music.compose.bars == 0)
		e->music.compose.bars = LOOP_BARS;
	song = music_compose(&e->music, e->wanted.plain, e->loop);
	comment = song ? comment_of(e, path, i) : NULL;
	if (comment)
		status = e->font ? output_write_sound(path, song, e->font, e->loop, comment)
		                 : output_write(path, song, e->pickup_bar, comment);
	if (status == 0)
		output_describe(path, song);
	free(comment);
	song_free(song);
	return status;
}

/* All files, or for a dry run only whether they may be written. */
static int export_all(struct export *e, bool dry)
{
	const int files = files_of(e);

	for (int i = 0; i < files; i++) {
		/* on a way all but z stays */
		uint64_t seed = e->music.seed + (uint64_t)(e->music.steps > 0 ? 0 : i);
		char *path = output_path(e, i, seed);
		int status = -1;

		if (path)
			status = dry ? output_check(path, e->force) : export_one(e, path, seed, i);
		free(path);
		if (status < 0)
			return -1;
	}
	return 0;
}

static bool wants_sound(const struct export *e)
{
	return e->output && output_kind(e->output) == OUTPUT_SOUND;
}

/* The name of the file, and what goes with a file of its kind. EXIT_OK, or said and EXIT_USAGE. */
static int check_kind(const struct export *e)
{
	if (e->output && output_kind(e->output) == OUTPUT_UNKNOWN)
		return fail_usage("export: %s: what kind of file is that? Names end in " OUTPUT_KINDS, e->output);
	if (e->soundfont && !wants_sound(e))
		return fail_usage("export: a MIDI file has no sound: --soundfont goes with -o FILE" SOUND_KINDS);
	if (e->pickup_bar && wants_sound(e))
		return fail_usage("export: sound has no bars: --pickup-bar is of MIDI files");
	return EXIT_OK;
}

/* With what sound is made, before any music is. */
static int open_sound(struct export *e)
{
	const char *configured = e->music.settings.play.soundfont;

	if (!synth_library())
		return error(SYNTH_WITHOUT);
	if (!sound_library())
		return error(SOUND_WITHOUT);
	e->font = soundfont_find(e->soundfont ? e->soundfont : configured);
	return e->font ? 0 : -1;
}

int cmd_export(int argc, char **argv)
{
	struct export e = {.wanted = MUSIC_OPTIONS_NONE};
	const struct option options[] = {
		{'o', "output", OPTION_TEXT, &e.output, "FILE", 0, 0,
	         "the file to write: " OUTPUT_KINDS " (default: " SAMPLES "/MODEL-SEED.mid)"},
		{'n', "count", OPTION_INT, &e.count, "COUNT", 1, FILES_MAX,
	         "so many pieces, with seeds that count up: FILE-1.mid, FILE-2.mid, ..."},
		{'f', "force", OPTION_FLAG, &e.force, NULL, 0, 0, "replace files that musegen did not write"},
		{0, "pickup-bar", OPTION_FLAG, &e.pickup_bar, NULL, 0, 0,
	         "write a pickup as a short first bar instead of padding it with silence to a full one"},
		{0, "loop", OPTION_FLAG, &e.loop, NULL, 0, 0,
	         "exactly --bars bars (8), nothing over the end, the best of 16 for the way from the last bar into the "
	         "first"},
		{0, "soundfont", OPTION_TEXT, &e.soundfont, "FILE", 0, 0,
	         "of sound: the soundfont (.sf2, .sf3) to play with (default: config.ini's, else the system's)"},
		MUSIC_OPTIONS(e.wanted),
	};
	const char **arguments = mem_new((size_t)argc, sizeof *arguments);
	enum parsed parsed;
	size_t n;
	int code;

	if (!arguments)
		return fail();
	parsed = options_parse(&usage, options, sizeof options / sizeof *options, argc, argv, arguments, &n);
	if (parsed == PARSED_GO && n > 0) {
		fail_usage("export: \"%s\" is not expected: the file to write is named by -o", arguments[0]);
		parsed = PARSED_ERROR;
	}
	if (parsed == PARSED_GO && e.loop && e.wanted.primer) {
		fail_usage("export: a --loop begins and ends in itself: it takes no --primer");
		parsed = PARSED_ERROR;
	}
	if (parsed == PARSED_GO && e.loop && e.wanted.best_of > 1) {
		fail_usage("export: a --loop is the best of 16 already, by how it goes round: it takes no --best-of");
		parsed = PARSED_ERROR;
	}
	if (parsed == PARSED_GO && (e.loop || e.count > 0) && e.wanted.from) {
		fail_usage("export: the way --from one file --to another takes no --%s",
		           e.loop ? "loop" : "count; --steps says how many");
		parsed = PARSED_ERROR;
	}
	if (parsed == PARSED_GO && e.loop && e.wanted.like) {
		fail_usage("export: a --loop begins and ends in itself: it takes no --like");
		parsed = PARSED_ERROR;
	}
	if (parsed == PARSED_GO && check_kind(&e) != EXIT_OK)
		parsed = PARSED_ERROR;
	free(arguments);
	if (parsed != PARSED_GO)
		return parsed == PARSED_HELP ? EXIT_OK : EXIT_USAGE;

	code = music_open(&e.music, &e.wanted);
	if (code == EXIT_OK && wants_sound(&e) && open_sound(&e) < 0)
		code = fail();
	if (code == EXIT_OK) {
		music_announce(&e.music);
		if (e.count > 0 && e.music.seed > (uint64_t)INT64_MAX - (uint64_t)e.count)
			code = fail_usage("export: --seed is too large to count up %d times", e.count);
		else if (export_all(&e, true) < 0 || export_all(&e, false) < 0)
			code = fail();
	}
	music_close(&e.music);
	free(e.font);
	return code;
}
