/*
 * The files that export and train leave behind. A MIDI file of ours carries a
 * text event that begins with "musegen ", a sound file a comment, which says
 * how to make it again, and is how we know that it may be replaced; anything
 * else that is there already is the user's and needs -f.
 */
#include "cli/output.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"
#include "live/render.h"
#include "midi/smf.h"
#include "music/perform.h"

enum output_kind output_kind(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');

	/* ".theme" has no ending, nor has "theme." */
	if (!dot || dot == name || !dot[1] || strcasecmp(dot, ".mid") == 0 || strcasecmp(dot, ".midi") == 0)
		return OUTPUT_MIDI;
	return sound_kind(name) == SOUND_NONE ? OUTPUT_UNKNOWN : OUTPUT_SOUND;
}

bool output_is_ours(const char *comment)
{
	return strncmp(comment, OUTPUT_MARK, strlen(OUTPUT_MARK)) == 0;
}

/* Did musegen write this sound file? */
static bool is_our_sound(const char *path)
{
	struct sound_about about;
	bool ours;

	if (sound_about(&about, path) < 0)
		return false;
	ours = about.comment && output_is_ours(about.comment);
	sound_about_done(&about);
	return ours;
}

int output_check(const char *path, bool force)
{
	struct songs songs = {0};
	bool ours = false;

	if (!*path)
		return error("an empty file name");
	if (!file_exists(path))
		return 0;
	if (file_is_folder(path))
		return error("%s: is a folder, not a file", path);
	if (force)
		return 0;
	if (output_kind(path) == OUTPUT_SOUND) {
		ours = is_our_sound(path);
	} else if (smf_read(&songs, path) == 0) {
		for (size_t i = 0; i < songs.n; i++)
			ours = ours || output_find_comment(songs.songs[i]);
		songs_done(&songs);
	}
	return ours ? 0 : error("%s: is there already, and musegen did not write it (-f replaces it)", path);
}

char *output_comment(const char *model, uint64_t seed, const char *command)
{
	return text_format(OUTPUT_MARK MUSEGEN_VERSION "; model %s; seed %" PRIu64 OUTPUT_COMMAND "%s", model, seed,
	                   command);
}

const char *output_find_comment(const struct song *song)
{
	for (size_t i = 0; i < song->n_texts; i++)
		if (output_is_ours(song->texts[i].text))
			return song->texts[i].text;
	return NULL;
}

const char *output_find_command(const char *comment)
{
	const char *command = strstr(comment, OUTPUT_COMMAND);

	return command ? command + strlen(OUTPUT_COMMAND) : NULL;
}

static int make_folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder;
	int status;

	if (!slash || slash == path)
		return 0;
	folder = mem_string_n(path, (size_t)(slash - path));
	status = folder ? file_make_folders(folder) : -1;
	free(folder);
	return status;
}

int output_write(const char *path, const struct song *song, bool pickup_bar, const char *comment)
{
	const struct smf_write_options options = {.pickup_bar = pickup_bar, .comment = comment};

	return make_folder_of(path) < 0 ? -1 : smf_write(path, song, &options);
}

int output_write_sound(const char *path, const struct song *song, const char *soundfont, bool loop, const char *comment)
{
	struct sound sound;
	int status;

	if (make_folder_of(path) < 0)
		return -1;
	if (render_song(&sound, song, soundfont, loop) < 0)
		return error_prefix("%s", path);
	status = sound_write(path, &sound, comment);
	sound_done(&sound);
	return status;
}

/* Bars from a tick on, by stretches between metre changes: a hostile file may claim more bars than could be walked. */
static long bars_from(const struct song *song, int from)
{
	struct metre metre = song_metre_at(song, from);
	long bars = 0;

	for (size_t i = 0; i <= song->n_metres && from < song->end; i++) {
		const bool last = i == song->n_metres;
		int until = last || song->metres[i].tick > song->end ? song->end : song->metres[i].tick;
		int bar = metre_bar(&metre, song->ppq);

		if (until > from) {
			bars += (until - from + bar - 1) / bar;
			from = until;
		}
		if (!last)
			metre = song->metres[i];
	}
	return bars;
}

long count_bars(const struct song *song, int *pickup)
{
	struct song *copy = song_copy(song);
	struct metre metre;
	long bars;

	*pickup = 0;
	if (!copy)
		return -1;
	song_order(copy);
	song_find_pickup(copy);
	copy->end = song_music_end(copy);
	*pickup = copy->pickup;
	bars = bars_from(copy, *pickup);
	metre = song_metre_at(copy, *pickup);
	if (*pickup > metre_bar(&metre, copy->ppq) / 2) {
		*pickup = 0;
		bars++;
	}
	song_free(copy);
	return bars;
}

void duration_text(char *buf, size_t size, double seconds)
{
	long whole = isfinite(seconds) && seconds > 0 && seconds < 1e9 ? lround(seconds + 1e-6) : 0;

	if (whole < 3600)
		snprintf(buf, size, "%ld:%02ld", whole / 60, whole % 60);
	else
		snprintf(buf, size, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
}

static const char *plural(long n)
{
	return n == 1 ? "" : "s";
}

/* A part may be there and have nothing to play. */
static long parts_that_sound(const struct song *song)
{
	long parts = 0;

	for (size_t k = 0; k < song->n_parts; k++)
		parts += song->parts[k].n > 0;
	return parts;
}

struct key key_as_composed(const struct song *song)
{
	struct song *plain = song_copy(song);
	const struct key key = key_find(plain && song_unperform(plain) == 0 ? plain : song);

	song_free(plain);
	return key;
}

void output_describe(const char *path, const struct song *song)
{
	int pickup;
	const long bars = count_bars(song, &pickup), parts = parts_that_sound(song), notes = (long)song_notes(song);
	const struct key key = key_as_composed(song);
	char length[32];

	duration_text(length, sizeof length, song_seconds(song, song->end));
	put_clean(stdout, path);
	printf(": %ld bar%s%s, %ld part%s, %ld note%s, %s", bars, plural(bars), pickup > 0 ? " after a pickup" : "",
	       parts, plural(parts), notes, plural(notes), length);
	if (key.tonic >= 0)
		printf(", %s", key_name(key));
	putchar('\n');
}
