/* Pieces and small corpora of MIDI files for the tests of the corpus floor. */
#ifndef TESTS_UNIT_TUNES_H
#define TESTS_UNIT_TUNES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ftw.h>
#include <unistd.h>

#include "base/file.h"
#include "base/random.h"
#include "midi/smf.h"
#include "music/events.h"

/* A tune of n notes that no other number has, on a grid of 24. */
static inline struct song *tune_song(uint64_t number, int n, int transposed)
{
	struct random r = random_stream(number, 77, 0, 0);
	struct song *s = song_new(24);
	int at = 0, pitch = 60;

	assert_non_null(s);
	song_add_part(s, "tune", 0, 73);
	for (int i = 0; i < n; i++) {
		int length = 6 << random_below(&r, 3);
		struct note note = {.onset = at, .duration = length, .velocity = 80};

		pitch += (int)random_below(&r, 11) - 5;
		if (pitch < 48 || pitch > 84)
			pitch = 66;
		note.pitch = (uint8_t)(pitch + transposed);
		assert_int_equal(song_add_note(s, 0, note), 0);
		at += length;
	}
	song_order(s);
	return s;
}

static inline struct piece *tune_piece(uint64_t number, int n, int transposed)
{
	struct song *s = tune_song(number, n, transposed);
	struct piece *p = piece_from_song(s);

	assert_non_null(p);
	song_free(s);
	return p;
}

/* A folder of its own under $TMPDIR or /tmp; the caller frees and removes. */
static inline char *tunes_folder(void)
{
	const char *tmp = getenv("TMPDIR");
	char *path = file_join(tmp ? tmp : "/tmp", "musegen-test-XXXXXX");

	assert_non_null(path);
	assert_non_null(mkdtemp(path));
	return path;
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline void tunes_remove(char *folder)
{
	assert_int_equal(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(folder);
}

/* folder/name, with the folders that name needs made. The caller frees. */
static inline char *tunes_path(const char *folder, const char *name)
{
	char *path = file_join(folder, name), *slash;

	assert_non_null(path);
	slash = strrchr(path, '/');
	*slash = '\0';
	assert_int_equal(file_make_folders(path), 0);
	*slash = '/';
	return path;
}

/* Without the fsync of file_write(), which hundreds of files would wait for. */
static inline void tunes_write_bytes(const char *folder, const char *name, const void *data, size_t size)
{
	char *path = tunes_path(folder, name);
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
	free(path);
}

static inline void tunes_write_song(const char *folder, const char *name, const struct song *song)
{
	struct smf_write_options options = {0};
	unsigned char *data;
	size_t size;

	assert_int_equal(smf_write_memory(&data, &size, song, &options), 0);
	tunes_write_bytes(folder, name, data, size);
	free(data);
}

static inline void tunes_write(const char *folder, const char *name, uint64_t number, int n, int transposed)
{
	struct song *s = tune_song(number, n, transposed);

	tunes_write_song(folder, name, s);
	song_free(s);
}

static inline void tunes_write_text(const char *folder, const char *name, const char *text)
{
	tunes_write_bytes(folder, name, text, strlen(text));
}

#endif
