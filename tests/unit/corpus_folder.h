/* A folder of tunes for every test, loaded as a corpus. cmocka.h comes before this; include it in one file of a program. */
#ifndef TESTS_UNIT_CORPUS_FOLDER_H
#define TESTS_UNIT_CORPUS_FOLDER_H

#include "base/error.h"
#include "corpus/corpus.h"
#include "tunes.h"

static char *folder;

static inline int make_folder(void **state)
{
	(void)state;
	folder = tunes_folder();
	return 0;
}

static inline int remove_folder(void **state)
{
	(void)state;
	tunes_remove(folder);
	return 0;
}

static const struct corpus_options plain = {.reading = {.grid = 24}, .parts_max = 64};

static inline struct corpus *load_with(const struct corpus_options *options, struct pool *pool)
{
	const char *paths[1] = {folder};

	return corpus_load(paths, 1, options, pool);
}

static inline struct corpus *load(void)
{
	struct corpus *c = load_with(&plain, NULL);

	if (!c)
		print_error("%s\n", error_message());
	assert_non_null(c);
	return c;
}

/* Tunes first .. first + n - 1, of 60 notes, as name/NNN.mid. */
static inline void write_tunes(const char *name, int first, int n)
{
	for (int i = first; i < first + n; i++) {
		char path[64];

		snprintf(path, sizeof path, "%s/%03d.mid", name, i);
		tunes_write(folder, path, (uint64_t)i, 60, 0);
	}
}

static inline const char *name_of(const char *path)
{
	return path + strlen(folder) + 1;
}

static inline const struct corpus_piece *find(const struct corpus *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(name_of(c->pieces[i].path), name) == 0)
			return &c->pieces[i];
	return NULL;
}

static inline size_t count_split(const struct corpus *c, enum split split)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += c->pieces[i].split == split;
	return n;
}

#endif
