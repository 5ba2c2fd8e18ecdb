/* Names and ages of cache files. See cache_place.h. */
#include "corpus/cache_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/file_lock.h"
#include "base/mem.h"
#include "base/text.h"
#include "corpus/cache.h"
#include "corpus/words.h"

#define SECONDS_A_DAY 86400

char *cache_path(const char *folder, const char *const *paths, size_t n_paths, const struct reading *reading,
                 int parts_max)
{
	struct bytes names = {0};
	struct content_key key;
	char *path = NULL;

	for (size_t i = 0; i < n_paths; i++) {
		char *real = realpath(paths[i], NULL);

		if (!real) {
			error("%s: %s", paths[i], strerror(errno));
			free(names.data);
			return NULL;
		}
		bytes_put(&names, real, strlen(real) + 1);
		free(real);
	}
	if (!names.failed) {
		key = content_key(names.data, names.size);
		path = text_format("%s/%016" PRIx64 "-%d-%s-%d-%d%s-%d" CACHE_SUFFIX, folder, key.high, reading->grid,
		                   take_names[reading->take], reading->frame, reading->frame > 0 ? reading->strike : 0,
		                   reading->frame > 0 && reading->frame_parts == FRAMES_APART ? "-apart" : "",
		                   parts_max);
	}
	free(names.data);
	return path;
}

void cache_touch(const char *path)
{
	/* in a folder that cannot be written nothing is swept either */
	(void)utimensat(AT_FDCWD, path, NULL, 0);
}

struct aged {
	char *path;
	uint64_t size;
	time_t used;
};

struct aged_list {
	struct aged *list;
	size_t n, capacity;
	uint64_t size; /* of all */
};

static bool ends_in(const char *name, const char *suffix)
{
	const size_t n = strlen(name), m = strlen(suffix);

	return n > m && strcmp(name + n - m, suffix) == 0;
}

static int compare_ages(const void *a, const void *b)
{
	const struct aged *x = a, *y = b;

	return x->used < y->used ? -1 : x->used > y->used;
}

static void list_caches(struct aged_list *l, const char *folder, const char *except)
{
	DIR *listing = opendir(folder);
	const struct dirent *entry;

	while (listing && (entry = readdir(listing))) {
		struct stat st;
		char *path;

		if (!ends_in(entry->d_name, CACHE_SUFFIX) && !ends_in(entry->d_name, TWINS_SUFFIX))
			continue;
		path = file_join(folder, entry->d_name);
		if (!path || lstat(path, &st) < 0 || !S_ISREG(st.st_mode) || strcmp(path, except) == 0 ||
		    MEM_GROW(l->list, l->capacity, l->n + 1) < 0) {
			free(path);
			continue;
		}
		l->list[l->n++] = (struct aged){path, (uint64_t)st.st_size, st.st_mtime};
		l->size += (uint64_t)st.st_size;
	}
	if (listing)
		closedir(listing);
	if (l->n > 0)
		qsort(l->list, l->n, sizeof *l->list, compare_ages);
}

void cache_sweep(const char *folder, const char *path)
{
	const time_t now = time(NULL);
	struct aged_list l = {.n = 0};
	struct stat st;

	file_sweep(path);
	list_caches(&l, folder, path);
	if (stat(path, &st) == 0)
		l.size += (uint64_t)st.st_size;
	for (size_t i = 0; i < l.n; i++) {
		const struct aged *a = &l.list[i];
		const bool old = now - a->used > (time_t)CACHE_DAYS * SECONDS_A_DAY;

		if ((old || l.size > CACHE_BYTES_MAX) && unlink(a->path) == 0)
			l.size -= a->size;
		free(a->path);
	}
	free(l.list);
	error_clear();
}
