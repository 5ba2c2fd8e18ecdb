/* Finding the MIDI files of a corpus, in sorted order, each once. */
#ifndef CORPUS_WALK_H
#define CORPUS_WALK_H

#include <stddef.h>
#include "corpus/corpus.h"

#define SPLIT_UNSTATED (-1)

struct walk_file {
	char *path;
	char *style;  /* clean text */
	int split;    /* what the folders say: enum split, or SPLIT_UNSTATED */
	char *reason; /* why it (or this folder) cannot be read; NULL */
};

struct walk {
	struct walk_file *files;
	size_t n, capacity;
	size_t found; /* files among them, unreadable folders left out */
};

/* 0, or -1: a path that is not there, or no memory. walk_done() in either case. */
int walk_paths(struct walk *walk, const char *const *paths, size_t n);
void walk_done(struct walk *walk);

/* The split a folder of this name stands for, whatever its case; SPLIT_UNSTATED for any other. */
int walk_split_of(const char *folder_name);

#endif
