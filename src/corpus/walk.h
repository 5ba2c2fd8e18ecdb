/* Finding the MIDI files of a corpus, in sorted order, each once. */
#ifndef CORPUS_WALK_H
#define CORPUS_WALK_H

#include <stddef.h>
#include "corpus/corpus.h"

#define SPLIT_UNSTATED (-1)

/* The same numbers again: the same file, and nobody has written to it since. */
struct file_identity {
	uint64_t device, inode, size;
	int64_t modified, changed; /* nanoseconds since 1970: st_mtim, st_ctim */
};

struct walk_file {
	char *path;
	char *style;                   /* clean text; the walk's, one for all files in a row */
	int split;                     /* what the folders say: enum split, or SPLIT_UNSTATED */
	char *reason;                  /* why it (or this folder) cannot be read; NULL */
	struct file_identity identity; /* as it was when walked by */
};

struct walk {
	struct walk_file *files;
	size_t n, capacity;
	char **styles, *style_of; /* those, and the name that the last of them is of */
	size_t n_styles, styles_capacity;
	size_t found;  /* files among them, unreadable folders left out */
	int64_t began; /* nanoseconds since 1970 */
};

/* 0, or -1: a path that is not there, or no memory. walk_done() in either case. */
int walk_paths(struct walk *walk, const char *const *paths, size_t n);
void walk_done(struct walk *walk);

/* The split a folder of this name stands for, whatever its case; SPLIT_UNSTATED for any other. */
int walk_split_of(const char *folder_name);

#endif
