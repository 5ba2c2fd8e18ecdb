/*
 * MIDI files from hostile bytes: what is read is a song as song.h promises,
 * libsmf never complains of what it is given, and a song written and read
 * again is the same song: exactly where its ticks are whole ticks of 480 to
 * the quarter, and in any case from the second time on.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "midi/smf.h"
#include "../unit/midi_songs.h"

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	abort();
}

static void on_log(void *context, enum log_level level, const char *message)
{
	(void)context;
	(void)level;
	fail("log", message);
}

/* Written and read again; NULL when it is too long for a file. */
static struct song *again(const struct song *song, const struct smf_write_options *options)
{
	struct songs songs;
	struct song *copy;
	unsigned char *data;
	size_t size;

	if (smf_write_memory(&data, &size, song, options) < 0) {
		if (!strstr(error_message(), "too long"))
			fail("writing", error_message());
		return NULL;
	}
	if (smf_read_memory(&songs, "again", data, size) < 0)
		fail("reading again", error_message());
	if (songs.n != 1 || songs.mended)
		fail("reading again", songs.mends ? songs.mends : "several songs");
	free(data);
	copy = songs.songs[0];
	songs.songs[0] = NULL;
	songs.n = 0;
	songs_done(&songs);
	return copy;
}

static void check_song(const struct song *song, const struct smf_write_options *options)
{
	struct song *second, *third;

	if (song_unsound(song))
		fail("unsound", song_unsound(song));
	second = again(song, options);
	if (!second)
		return;
	if (song_unsound(second))
		fail("unsound when read again", song_unsound(second));
	if (480 % song->ppq == 0 && song_difference(song, second, 1))
		fail("once", song_difference(song, second, 1));
	third = again(second, options);
	if (third && song_difference(second, third, 1))
		fail("twice", song_difference(second, third, 1));
	song_free(second);
	song_free(third);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct songs songs;

	log_set_sink(on_log, NULL);
	if (smf_read_memory(&songs, "fuzz", data, size) < 0) {
		if (!strstr(error_message(), "fuzz: ") || strchr(error_message(), '\n'))
			fail("message", error_message());
		return 0;
	}
	if (!songs.n || (songs.mended > 0) != (songs.mends != NULL))
		fail("songs", "none, or mended without a word");
	for (size_t i = 0; i < songs.n && i < 16; i++) {
		check_song(songs.songs[i], NULL);
		check_song(songs.songs[i], &(struct smf_write_options){.pickup_bar = true});
	}
	songs_done(&songs);
	return 0;
}
