/* Music in a folder and its cache in another, and the corpus that comes of them. cmocka.h comes before this. */
#ifndef TESTS_UNIT_CORPUS_CACHE_H
#define TESTS_UNIT_CORPUS_CACHE_H

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/log.h"
#include "corpus/cache_place.h"
#include "corpus/notes.h"
#include "corpus/packed.h"
#include "corpus/record.h"
#include "corpus/store.h"
#include "corpus/twins.h"
#include "corpus/words.h"
#include "tunes.h"

static char *music, *caches; /* folders */
static int warnings;
static struct pool *pool; /* NULL: one thread */

static inline void count_warning(void *context, enum log_level level, const char *message)
{
	(void)context;
	assert_null(strchr(message, '\n'));
	assert_true(strlen(message) > 10);
	warnings += level == LOG_WARNING;
}

static inline int make_folders(void **state)
{
	(void)state;
	music = tunes_folder();
	caches = tunes_folder();
	warnings = 0;
	log_set_sink(count_warning, NULL);
	return 0;
}

static inline int remove_folders(void **state)
{
	(void)state;
	log_set_sink(NULL, NULL);
	tunes_remove(music);
	tunes_remove(caches);
	return 0;
}

static inline struct corpus *load(bool packed, const char *cache)
{
	const struct corpus_options options = {
		.reading = {.grid = 24}, .parts_max = 4, .packed = packed, .cache = cache};
	const char *const paths[] = {music};
	struct corpus *c = corpus_load(paths, 1, &options, pool);

	if (!c)
		print_error("%s\n", error_message());
	assert_non_null(c);
	return c;
}

/* Tunes in two styles, bad files, copies of a file and of notes, a piece with too many parts. */
static inline void write_music(int tunes)
{
	struct song *wide = tune_song(900, 20, 0);

	for (int i = 0; i < tunes; i++) {
		char name[32];

		snprintf(name, sizeof name, "%s/%03d.mid", i % 3 ? "reels" : "airs", i);
		tunes_write(music, name, (uint64_t)i, 20 + i % 30, i % 5);
	}
	tunes_write(music, "reels/copy.mid", 1, 21, 1);
	tunes_write(music, "reels/high.mid", 1, 21, 6);
	tunes_write_text(music, "airs/bad.mid", "this is no music");
	tunes_write_text(music, "airs/empty.mid", "");
	for (int k = 1; k < 6; k++) {
		song_add_part(wide, NULL, k, 3);
		song_add_note(wide, k, (struct note){0, 24, 40, 80, false});
	}
	tunes_write_song(music, "reels/wide.mid", wide);
	song_free(wide);
}

/* A file that was just written to may be written to again within the same tick of its clock: wait that out. */
static inline void let_settle(void)
{
	usleep(2100000);
}

static inline void assert_same_events(const struct corpus *a, const struct corpus *b, size_t i)
{
	struct corpus_reader ra = {.bytes = NULL}, rb = {.bytes = NULL};
	const struct piece *p = corpus_read(&ra, a, &a->pieces[i]), *q = corpus_read(&rb, b, &b->pieces[i]);

	assert_non_null(p);
	assert_non_null(q);
	assert_int_equal(p->n, q->n);
	assert_true(notes_hash_piece(0, p) == notes_hash_piece(0, q));
	for (size_t e = 0; e < p->n; e++)
		assert_true(p->events[e].shift == q->events[e].shift &&
		            p->events[e].velocity == q->events[e].velocity &&
		            p->events[e].fermata == q->events[e].fermata);
	assert_memory_equal(p->programs, q->programs, sizeof p->programs);
	assert_int_equal(p->us_per_quarter, q->us_per_quarter);
	assert_int_equal(p->key.tonic, q->key.tonic);
	assert_int_equal(p->key.mode, q->key.mode);
	assert_int_equal(p->start.style, q->start.style);
	corpus_reader_done(&ra);
	corpus_reader_done(&rb);
}

static inline void assert_same_piece(const struct corpus_piece *p, const struct corpus_piece *q)
{
	assert_string_equal(p->path, q->path);
	assert_int_equal(p->song, q->song);
	assert_int_equal(p->split, q->split);
	assert_int_equal(p->train_events, q->train_events);
	assert_int_equal(p->notes, q->notes);
	assert_int_equal(p->train_notes, q->train_notes);
	assert_int_equal(p->percussion_notes, q->percussion_notes);
	assert_true(p->fingerprint == q->fingerprint && p->hash == q->hash && p->seconds == q->seconds);
	assert_int_equal(p->grid.notes, q->grid.notes);
	assert_int_equal(p->grid.onsets_moved, q->grid.onsets_moved);
	assert_true(p->grid.worst_ms == q->grid.worst_ms);
	assert_int_equal(p->stated_key.tonic, q->stated_key.tonic);
}

static inline void assert_same(const struct corpus *a, const struct corpus *b)
{
	assert_int_equal(a->n, b->n);
	assert_int_equal(a->files, b->files);
	assert_int_equal(a->duplicates, b->duplicates);
	assert_int_equal(a->twins_moved, b->twins_moved);
	assert_int_equal(a->rule, b->rule);
	assert_true(a->fingerprint == b->fingerprint);
	for (size_t i = 0; i < a->n; i++) {
		assert_same_piece(&a->pieces[i], &b->pieces[i]);
		assert_same_events(a, b, i);
	}
	assert_int_equal(a->n_skips, b->n_skips);
	for (size_t i = 0; i < a->n_skips; i++) {
		assert_string_equal(a->skips[i].path, b->skips[i].path);
		assert_string_equal(a->skips[i].reason, b->skips[i].reason);
		assert_int_equal(a->skips[i].duplicate, b->skips[i].duplicate);
	}
}

/* The corpus as it is now, through the cache and without one, are the same. */
static inline void assert_right(void)
{
	struct corpus *plain = load(false, NULL), *cached = load(true, caches);

	assert_same(plain, cached);
	corpus_free(plain);
	corpus_free(cached);
}

/* The only cache there is. The caller frees. */
static inline char *cache_file(void)
{
	DIR *listing = opendir(caches);
	struct dirent *entry;
	char *path = NULL;

	assert_non_null(listing);
	while ((entry = readdir(listing))) {
		if (entry->d_name[0] == '.' && strlen(entry->d_name) < 3)
			continue;
		if (path)
			print_error("another: %s\n", entry->d_name);
		assert_null(path);
		path = file_join(caches, entry->d_name);
	}
	closedir(listing);
	return path;
}

static inline unsigned char *read_cache(const char *path, size_t *size)
{
	unsigned char *data;

	assert_int_equal(file_read(path, 1 << 26, &data, size), 0);
	return data;
}

static inline ino_t inode(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static inline void write_file(const char *path, const unsigned char *data, size_t size)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

#endif
