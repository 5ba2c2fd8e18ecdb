/*
 * A big corpus out of a small one: every file is some bars of a piece,
 * transposed, from and to bars, by steps and from sources that a hash of its
 * number chooses, so that the same command makes the same files. One in a
 * hundred is bad, in one of the ways that files are bad.
 *
 *     many_files FOLDER NUMBER CORPUS...      writes FOLDER/STYLE/000000.mid ...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"
#include "corpus/walk.h"
#include "midi/smf.h"

#define BAD_ONE_IN 100
#define BARS_LEAST 8
#define BARS_MORE  17 /* 8 to 24 */
#define TRANSPOSED 6
#define NUMBER_MAX 10000000

struct source {
	struct song *song;
	const char *style; /* of the walk */
};

struct sources {
	struct walk walk;
	struct source *list;
	size_t n, capacity;
};

static int read_sources(struct sources *s, const char *const *paths, size_t n)
{
	if (walk_paths(&s->walk, paths, n) < 0)
		return -1;
	for (size_t i = 0; i < s->walk.n; i++) {
		struct songs songs;

		if (s->walk.files[i].reason || smf_read(&songs, s->walk.files[i].path) < 0)
			continue;
		if (MEM_GROW(s->list, s->capacity, s->n + 1) < 0)
			return -1;
		s->list[s->n++] = (struct source){songs.songs[0], s->walk.files[i].style};
		songs.songs[0] = NULL; /* it is ours now; the others go */
		songs_done(&songs);
	}
	return s->n > 0 ? 0 : error("%s: no music", paths[0]);
}

static void sources_done(struct sources *s)
{
	for (size_t i = 0; i < s->n; i++)
		song_free(s->list[i].song);
	free(s->list);
	walk_done(&s->walk);
}

static int copy_part(struct song *to, const struct part *part, int from, int end)
{
	const int index = song_add_part(to, part->name, part->channel, part->program);

	if (index < 0)
		return -1;
	for (size_t i = 0; i < part->n; i++) {
		struct note note = part->notes[i];

		if (note.onset < from || note.onset >= end)
			continue;
		if (note.duration > end - note.onset)
			note.duration = end - note.onset;
		note.onset -= from;
		if (song_add_note(to, index, note) < 0)
			return -1;
	}
	return 0;
}

/* Ticks from .. end-1 of a song, with the metre and tempo that hold at `from`. */
static struct song *cut(const struct song *song, int from, int end)
{
	const struct metre metre = song_metre_at(song, from);
	struct song *part = song_new(song->ppq);
	int status = -1;

	if (part && song_add_metre(part, 0, metre.numerator, metre.denominator_log2) == 0 &&
	    song_add_tempo(part, 0, song_tempo_at(song, from)) == 0)
		status = 0;
	for (size_t k = 0; k < song->n_parts && status == 0; k++)
		status = copy_part(part, &song->parts[k], from, end);
	if (status < 0) {
		song_free(part);
		return NULL;
	}
	part->end = end - from;
	song_order(part);
	return part;
}

/* Some bars of the song, transposed where it stays within range. */
static struct song *make_song(const struct song *song, struct random *random)
{
	const struct metre metre = song_metre_at(song, 0);
	const int bar = metre_bar(&metre, song->ppq), bars = song_last_note_end(song) / bar + 1;
	const int n = BARS_LEAST + (int)random_below(random, BARS_MORE);
	const int first = bars > n ? (int)random_below(random, (uint32_t)(bars - n) + 1) : 0;
	const int semitones = (int)random_below(random, 2 * TRANSPOSED + 1) - TRANSPOSED;
	struct song *part = cut(song, first * bar, (first + n) * bar);

	if (part && song_transpose(part, semitones) < 0)
		error_clear();
	return part;
}

/* Without fsync: a hundred thousand would take an hour. */
static int write_bytes(const char *path, const void *data, size_t size)
{
	FILE *f = fopen(path, "wb");
	const bool written = f && fwrite(data, 1, size, f) == size;

	if ((f && fclose(f) != 0) || !written)
		return error("%s: cannot write", path);
	return 0;
}

static size_t spoil(unsigned char *data, size_t size, struct random *random)
{
	switch (random_below(random, 4)) {
	case 0: /* cut within its header */
		return 3 + random_below(random, 10);
	case 1: /* another kind of file */
		memcpy(data, "<htm", 4);
		return size;
	case 2: /* a header that promises more than there is */
		return 14;
	default:
		return 0;
	}
}

static int make_file(const char *folder, const struct sources *s, uint32_t number)
{
	struct random random = random_stream(1, number, 0, 0);
	const struct source *source = &s->list[random_below(&random, (uint32_t)s->n)];
	const struct smf_write_options options = {.pickup_bar = true};
	struct song *song = make_song(source->song, &random);
	char *style = text_format("%s/%s", folder, source->style);
	char *path = text_format("%s/%s/%06u.mid", folder, source->style, (unsigned)number);
	unsigned char *data = NULL;
	int status = -1;
	size_t size;

	/* a cut of nothing but rests is written too: that files have no notes happens */
	if (song && style && path && file_make_folders(style) == 0 &&
	    smf_write_memory(&data, &size, song, &options) == 0) {
		if (random_below(&random, BAD_ONE_IN) == 0)
			size = spoil(data, size, &random);
		status = write_bytes(path, data, size);
	}
	free(data);
	free(path);
	free(style);
	song_free(song);
	return status;
}

int main(int argc, char **argv)
{
	struct sources sources = {.n = 0};
	long long number = 0;
	int status = -1;

	if (argc < 4 || !text_integer(argv[2], 1, NUMBER_MAX, &number)) {
		fprintf(stderr, "usage: many_files FOLDER NUMBER CORPUS...\n");
		return 2;
	}
	if (read_sources(&sources, (const char *const *)argv + 3, (size_t)argc - 3) == 0)
		status = 0;
	for (uint32_t i = 0; i < (uint32_t)number && status == 0; i++)
		status = make_file(argv[1], &sources, i);
	sources_done(&sources);
	if (status < 0)
		fprintf(stderr, "many_files: %s\n", error_message());
	return status < 0;
}
