/*
 * Walking folders: names in byte order, so that a corpus is the same list on
 * every machine and in every locale; links followed, but each folder and
 * file once, by device and inode, which also ends circles of links. What a
 * folder's name says (a style or a split) is decided here and nowhere else.
 */
#include "corpus/walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"

struct inode {
	uint64_t device, number;
	bool used;
};

/* Folders and files seen: open addressing, at most half full. */
struct seen {
	struct inode *slots;
	size_t n, capacity; /* a power of two */
};

/* What the folders down to here say. */
struct place {
	const char *style;
	int split;
};

struct walker {
	struct walk *walk;
	struct seen seen;
};

static struct inode *find_slot(struct inode *slots, size_t capacity, struct inode key)
{
	size_t at = random_mix(key.device * 31 + key.number) & (capacity - 1);

	while (slots[at].used && (slots[at].device != key.device || slots[at].number != key.number))
		at = (at + 1) & (capacity - 1);
	return &slots[at];
}

static int seen_grow(struct seen *seen)
{
	size_t capacity = seen->capacity ? seen->capacity * 2 : 256;
	struct inode *slots = mem_new(capacity, sizeof *slots);

	if (!slots)
		return -1;
	for (size_t i = 0; i < seen->capacity; i++)
		if (seen->slots[i].used)
			*find_slot(slots, capacity, seen->slots[i]) = seen->slots[i];
	free(seen->slots);
	seen->slots = slots;
	seen->capacity = capacity;
	return 0;
}

/* 1 the first time, 0 later, -1 out of memory. */
static int seen_first(struct seen *seen, const struct stat *st)
{
	struct inode key = {(uint64_t)st->st_dev, (uint64_t)st->st_ino, true};
	struct inode *slot;

	if (seen->n * 2 >= seen->capacity && seen_grow(seen) < 0)
		return -1;
	slot = find_slot(seen->slots, seen->capacity, key);
	if (slot->used)
		return 0;
	*slot = key;
	seen->n++;
	return 1;
}

int walk_split_of(const char *name)
{
	static const struct {
		const char *name;
		int split;
	} names[] = {
		{"train", SPLIT_TRAIN}, {"valid", SPLIT_VALID}, {"validation", SPLIT_VALID},
		{"dev", SPLIT_VALID},   {"test", SPLIT_TEST},
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcasecmp(name, names[i].name) == 0)
			return names[i].split;
	return SPLIT_UNSTATED;
}

static bool is_midi_name(const char *name)
{
	static const char *const endings[] = {".mid", ".midi", ".kar", ".rmi"};
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		size_t n = strlen(endings[i]);

		if (length > n && strcasecmp(name + length - n, endings[i]) == 0)
			return true;
	}
	return false;
}

static int64_t nanoseconds(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

static struct file_identity identity_of(const struct stat *st)
{
	return (struct file_identity){(uint64_t)st->st_dev, (uint64_t)st->st_ino, (uint64_t)st->st_size,
	                              nanoseconds(&st->st_mtim), nanoseconds(&st->st_ctim)};
}

/* The clean text of a style's name. */
static char *find_style(struct walk *walk, const char *name)
{
	char *clean, *copy;

	if (walk->style_of && strcmp(walk->style_of, name) == 0)
		return walk->styles[walk->n_styles - 1];
	clean = text_clean(name, strlen(name));
	copy = mem_string(name);
	if (!clean || !copy || MEM_GROW(walk->styles, walk->styles_capacity, walk->n_styles + 1) < 0) {
		free(clean);
		free(copy);
		return NULL;
	}
	free(walk->style_of);
	walk->style_of = copy;
	return walk->styles[walk->n_styles++] = clean;
}

/* st may be NULL. Takes over nothing: every string is copied. */
static int add_file(struct walk *walk, const char *path, struct place place, const struct stat *st, const char *reason)
{
	struct walk_file file = {.split = place.split};

	if (MEM_GROW(walk->files, walk->capacity, walk->n + 1) < 0)
		return -1;
	if (st)
		file.identity = identity_of(st);
	file.path = mem_string(path);
	file.style = find_style(walk, place.style);
	if (reason)
		file.reason = text_clean(reason, strlen(reason));
	if (!file.path || !file.style || (reason && !file.reason)) {
		free(file.path);
		free(file.reason);
		return -1;
	}
	walk->files[walk->n++] = file;
	return 0;
}

/* What holds within a folder called `name`, of what holds around it. */
static struct place enter(struct place above, const char *name)
{
	int split = walk_split_of(name);

	if (split != SPLIT_UNSTATED)
		return (struct place){above.style, split};
	return (struct place){name, above.split};
}

struct names {
	char **list;
	size_t n, capacity;
};

static void names_done(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->list[i]);
	free(names->list);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in a folder, sorted; hidden ones (also the "._x.mid" of other systems) left out. *reason when it cannot be read. */
static int read_names(struct names *names, const char *path, const char **reason)
{
	DIR *folder = opendir(path);
	struct dirent *entry;

	if (!folder) {
		*reason = strerror(errno);
		return 0;
	}
	while ((entry = readdir(folder))) {
		char *name;

		if (entry->d_name[0] == '.')
			continue;
		name = mem_string(entry->d_name);
		if (!name || MEM_GROW(names->list, names->capacity, names->n + 1) < 0) {
			free(name);
			closedir(folder);
			return -1;
		}
		names->list[names->n++] = name;
	}
	closedir(folder);
	if (names->n > 0)
		qsort(names->list, names->n, sizeof *names->list, compare_names);
	return 0;
}

static int visit_folder(struct walker *w, const char *path, struct place place);

/* One name in a folder: a folder, a MIDI file, or neither. */
static int visit(struct walker *w, const char *path, const char *name, struct place place)
{
	struct stat st;
	int first;

	if (stat(path, &st) < 0) {
		if (!is_midi_name(name))
			return 0;
		w->walk->found++;
		return add_file(w->walk, path, place, NULL, strerror(errno));
	}
	if (!S_ISDIR(st.st_mode) && !is_midi_name(name))
		return 0;
	first = seen_first(&w->seen, &st);
	if (first <= 0)
		return first;
	if (S_ISDIR(st.st_mode))
		return visit_folder(w, path, enter(place, name));
	w->walk->found++;
	return add_file(w->walk, path, place, &st, S_ISREG(st.st_mode) ? NULL : "not a regular file");
}

static int visit_folder(struct walker *w, const char *path, struct place place)
{
	struct names names = {0};
	const char *reason = NULL;
	int result = read_names(&names, path, &reason);

	if (result == 0 && reason)
		result = add_file(w->walk, path, place, NULL, reason);
	for (size_t i = 0; i < names.n && result == 0; i++) {
		char *child = file_join(path, names.list[i]);

		result = child ? visit(w, child, names.list[i], place) : -1;
		free(child);
	}
	names_done(&names);
	return result;
}

/* Cut the last component off a real path, which starts with a slash; returns its name. */
static const char *cut_last(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || slash[1] == '\0')
		return "";
	*slash = '\0';
	return slash + 1;
}

/*
 * A path as given. Its own folder's name counts, whatever way it is written
 * ("." or "x/.."), and the name of the folder above where the own one is a
 * split; what lies further up is where the user keeps things, not music.
 */
static int visit_given(struct walker *w, const char *given)
{
	char *real = realpath(given, NULL);
	const char *folder, *above;
	struct place place;
	struct stat st;
	int first;

	if (!real || stat(real, &st) < 0) {
		free(real);
		return error("%s: %s", given, strerror(errno));
	}
	first = seen_first(&w->seen, &st);
	if (first <= 0) {
		free(real);
		return first;
	}
	if (!S_ISDIR(st.st_mode))
		cut_last(real);
	folder = cut_last(real);
	above = cut_last(real);
	place = enter((struct place){*above ? above : "music", SPLIT_UNSTATED}, *folder ? folder : "music");
	if (S_ISDIR(st.st_mode)) {
		size_t length = strlen(given);
		char *path;

		while (length > 1 && given[length - 1] == '/')
			length--;
		path = mem_string_n(given, length);
		first = path ? visit_folder(w, path, place) : -1;
		free(path);
	} else {
		w->walk->found++;
		first = add_file(w->walk, given, place, &st, S_ISREG(st.st_mode) ? NULL : "not a regular file");
	}
	free(real);
	return first;
}

int walk_paths(struct walk *walk, const char *const *paths, size_t n)
{
	struct walker w = {.walk = walk};
	struct timespec now;
	int result = 0;

	*walk = (struct walk){0};
	if (clock_gettime(CLOCK_REALTIME, &now) == 0)
		walk->began = nanoseconds(&now);
	for (size_t i = 0; i < n && result == 0; i++)
		result = visit_given(&w, paths[i]);
	free(w.seen.slots);
	return result;
}

void walk_done(struct walk *walk)
{
	for (size_t i = 0; i < walk->n; i++) {
		free(walk->files[i].path);
		free(walk->files[i].reason);
	}
	free(walk->files);
	for (size_t i = 0; i < walk->n_styles; i++)
		free(walk->styles[i]);
	free(walk->styles);
	free(walk->style_of);
	*walk = (struct walk){0};
}
