/* Where caches are, what they are called, and how they go. */
#ifndef CORPUS_CACHE_PLACE_H
#define CORPUS_CACHE_PLACE_H

#include <stddef.h>
#include <stdint.h>
#include "music/reading.h"

#define CACHE_SUFFIX ".corpus"
#define TWINS_SUFFIX ".twins"

/*
 * The file for a corpus of these files and folders, whatever way they are
 * written: folder/HASH-GRID-TAKE-FRAME-PARTS.corpus. NULL on error. The caller frees.
 */
char *cache_path(const char *folder, const char *const *paths, size_t n_paths, const struct reading *reading,
                 int parts_max);

/* It is in use: it goes later than others. */
void cache_touch(const char *path);

/*
 * Make room in the folder: caches that nobody has used for CACHE_DAYS go, then
 * those used longest ago until all are CACHE_BYTES_MAX at most; `path` stays.
 * What killed processes left of theirs goes too. Silent.
 */
#define CACHE_DAYS      60
#define CACHE_BYTES_MAX (UINT64_C(8) << 30)
void cache_sweep(const char *folder, const char *path);

#endif
