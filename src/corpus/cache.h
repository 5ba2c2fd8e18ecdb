/*
 * The cache of a corpus: a file that holds, for every content that its files
 * have, the record of what became of it (corpus/record.h), and for every file
 * which content that is, so that an unchanged file is not even opened. It is
 * written whole and renamed, never changed; what is read from it is believed
 * of nothing.
 *
 *     "musegenC"
 *     records, one after the other
 *     contents   n times key (16 bytes), size (4), check (8), in the order of the records
 *     files      n times device, inode, size, times of change (5 x 8), content (4), by device and inode
 *     trailer    CACHE_TRAILER bytes
 *
 * All numbers are little-endian.
 */
#ifndef CORPUS_CACHE_H
#define CORPUS_CACHE_H

#include "corpus/store.h"
#include "corpus/walk.h"

/* One more whenever the form above changes. */
#define CACHE_FORMAT 2

/* The first half of a content's SHA-256. */
struct content_key {
	uint64_t high, low;
};

struct cache_content {
	struct content_key key;
	uint64_t at, check; /* words_check() of the record */
	uint32_t size;
};

struct cache_file {
	struct file_identity identity;
	uint32_t content; /* number of it */
};

struct cache {
	struct store store;
	struct reading reading; /* what the records are for, and */
	int parts_max;
	struct cache_content *contents;
	size_t n_contents, contents_capacity;
	uint32_t *slots; /* numbers of contents + 1 by key: open addressing, at most half full */
	size_t n_slots;
	uint64_t salt;            /* of their hash: nobody can make keys that fall together */
	struct cache_file *files; /* by identity's device and inode, in an opened cache */
	size_t n_files, files_capacity;
};

void cache_init(struct cache *c, const struct reading *reading, int parts_max);
void cache_done(struct cache *c);

/* Names of contents. */
struct content_key content_key(const void *data, size_t size);

/*
 * Open what a cache file holds, for this reading and number of parts. 0, also
 * where there is no such file (then it is empty), or -1 with the reason why it
 * is none. cache_done() in either case. Records are not looked at.
 */
int cache_open(struct cache *c, const char *path, const struct reading *reading, int parts_max);
/* The same of a store, which becomes the cache's. */
int cache_open_store(struct cache *c, struct store store, const struct reading *reading, int parts_max);

/* NULL: not in it. Valid until something is added. */
const struct cache_content *cache_find_content(const struct cache *c, struct content_key key);
/* The content of a file that has not changed since; only in an opened cache. */
const struct cache_content *cache_find_file(const struct cache *c, const struct file_identity *identity);

/* The whole record, its check tried. `data` has room for content->size bytes. 0 or -1. */
int cache_read(unsigned char *data, const struct cache *c, const struct cache_content *content);

/* ---- writing ------------------------------------------------------------- */

/* path NULL: in memory. 0 or -1. */
int cache_write_begin(struct cache *c, struct store_writer *w, const char *path);
/* A record for a content that is not there yet. 0 or -1. */
int cache_add(struct cache *c, struct store_writer *w, struct content_key key, const unsigned char *record,
              size_t size);
/* A file whose content is there. 0 or -1. */
int cache_add_file(struct cache *c, const struct file_identity *identity, struct content_key key);
/* From here on the cache can be read, whether its file could be written or not. 0 or -1. */
int cache_write_end(struct cache *c, struct store_writer *w);

#endif
