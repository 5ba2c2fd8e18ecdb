/* The index of a cache: opened, searched, written. See cache.h. */
#include "corpus/cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "corpus/made_by.h"
#include "corpus/record.h"
#include "corpus/words.h"

#define MAGIC         "musegenC"
#define MAGIC_SIZE    8
#define CONTENT_SIZE  28
#define FILE_SIZE     44
#define CACHE_TRAILER 72
#define INDEX_PART    65536 /* index bytes checked and read at a time; holds whole entries of either kind */

static uint64_t program_hash(void)
{
	return made_by() ^ (uint64_t)RECORD_FORMAT << 32 ^ CACHE_FORMAT;
}

struct content_key content_key(const void *data, size_t size)
{
	uint8_t digest[SHA256_SIZE];

	sha256(digest, data, size);
	return (struct content_key){words_get(digest, 8), words_get(digest + 8, 8)};
}

void cache_init(struct cache *c, const struct reading *reading, int parts_max)
{
	*c = (struct cache){
		.store = STORE_NONE,
		.reading = *reading,
		.parts_max = parts_max,
		.salt = clock_now() ^ random_mix((uint64_t)getpid()),
	};
}

void cache_done(struct cache *c)
{
	const struct reading reading = c->reading;

	store_close(&c->store);
	free(c->contents);
	free(c->slots);
	free(c->files);
	cache_init(c, &reading, c->parts_max);
}

/* ---- contents by key ----------------------------------------------------- */

static bool same_key(struct content_key a, struct content_key b)
{
	return a.high == b.high && a.low == b.low;
}

/* Where a key's number is, or would be. n_slots > 0. */
static uint32_t *find_slot(const struct cache *c, struct content_key key)
{
	size_t at = random_mix(key.high ^ random_mix(key.low ^ c->salt)) & (c->n_slots - 1);

	while (c->slots[at] && !same_key(c->contents[c->slots[at] - 1].key, key))
		at = (at + 1) & (c->n_slots - 1);
	return &c->slots[at];
}

static int make_slots(struct cache *c, size_t n)
{
	size_t n_slots = 64;

	while (n_slots < 2 * n)
		n_slots *= 2;
	free(c->slots);
	c->slots = mem_new(n_slots, sizeof *c->slots);
	c->n_slots = c->slots ? n_slots : 0;
	for (size_t i = 0; c->slots && i < c->n_contents; i++)
		*find_slot(c, c->contents[i].key) = (uint32_t)i + 1;
	return c->slots ? 0 : -1;
}

static int add_content(struct cache *c, struct cache_content content)
{
	uint32_t *slot;

	if (c->n_contents >= UINT32_MAX - 1)
		return error("more files than a cache can hold");
	if (2 * (c->n_contents + 1) > c->n_slots && make_slots(c, 2 * (c->n_contents + 1)) < 0)
		return -1;
	if (MEM_GROW(c->contents, c->contents_capacity, c->n_contents + 1) < 0)
		return -1;
	slot = find_slot(c, content.key);
	if (*slot)
		return error("a content is in it twice");
	c->contents[c->n_contents++] = content;
	*slot = (uint32_t)c->n_contents;
	return 0;
}

const struct cache_content *cache_find_content(const struct cache *c, struct content_key key)
{
	const uint32_t *slot = c->n_slots > 0 ? find_slot(c, key) : NULL;

	return slot && *slot ? &c->contents[*slot - 1] : NULL;
}

/* ---- files by identity --------------------------------------------------- */

static int compare_files(const void *a, const void *b)
{
	const struct file_identity *x = &((const struct cache_file *)a)->identity;
	const struct file_identity *y = &((const struct cache_file *)b)->identity;

	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

const struct cache_content *cache_find_file(const struct cache *c, const struct file_identity *identity)
{
	const struct cache_file key = {.identity = *identity}, *found = NULL;

	if (c->n_files > 0)
		found = bsearch(&key, c->files, c->n_files, sizeof key, compare_files);
	if (!found || found->identity.size != identity->size || found->identity.modified != identity->modified ||
	    found->identity.changed != identity->changed)
		return NULL;
	return &c->contents[found->content];
}

/* ---- opening ------------------------------------------------------------- */

/* The index in parts: a hostile one is no larger than its file, but need not be in memory at once. */
struct index_reader {
	const struct store *store;
	uint64_t at, check;
	unsigned char part[INDEX_PART];
};

/* The next `count` entries' bytes; they fit a part. NULL on error. */
static const unsigned char *read_part(struct index_reader *r, size_t size)
{
	if (store_read(r->store, r->part, r->at, size) < 0)
		return NULL;
	r->at += size;
	r->check = random_mix(r->check ^ words_check(r->part, size));
	return r->part;
}

static int read_contents(struct cache *c, struct index_reader *r, uint32_t n, uint64_t end)
{
	uint64_t at = MAGIC_SIZE;

	for (uint32_t i = 0; i < n;) {
		const uint32_t most = INDEX_PART / CONTENT_SIZE, part = n - i < most ? n - i : most;
		const unsigned char *p = read_part(r, (size_t)part * CONTENT_SIZE);

		for (uint32_t j = 0; p && j < part; j++, p += CONTENT_SIZE) {
			const struct cache_content content = {
				.key = {words_get(p, 8), words_get(p + 8, 8)},
				.at = at,
				.size = (uint32_t)words_get(p + 16, 4),
				.check = words_get(p + 20, 8),
			};

			if (content.size > end - at)
				return error("its records are cut short");
			at += content.size;
			if (add_content(c, content) < 0)
				return -1;
		}
		if (!p)
			return -1;
		i += part;
	}
	return at == end ? 0 : error("there is more in it than it says");
}

static int read_files(struct cache *c, struct index_reader *r, uint32_t n)
{
	for (uint32_t i = 0; i < n;) {
		const uint32_t most = INDEX_PART / FILE_SIZE, part = n - i < most ? n - i : most;
		const unsigned char *p = read_part(r, (size_t)part * FILE_SIZE);

		if (!p || MEM_GROW(c->files, c->files_capacity, c->n_files + part) < 0)
			return -1;
		for (uint32_t j = 0; j < part; j++, p += FILE_SIZE) {
			const struct cache_file file = {
				.identity = {words_get(p, 8), words_get(p + 8, 8), words_get(p + 16, 8),
			                     (int64_t)words_get(p + 24, 8), (int64_t)words_get(p + 32, 8)},
				.content = (uint32_t)words_get(p + 40, 4),
			};

			if (file.content >= c->n_contents)
				return error("a file of no content");
			if (c->n_files > 0 && compare_files(&c->files[c->n_files - 1], &file) >= 0)
				return error("its files are not in order");
			c->files[c->n_files++] = file;
		}
		i += part;
	}
	return 0;
}

/* Are records made in this way those that are wanted? */
static bool is_for(const struct cache *c, const unsigned char *way)
{
	return words_get(way, 4) == (uint32_t)c->reading.grid && words_get(way + 4, 4) == (uint32_t)c->reading.take &&
	       words_get(way + 8, 4) == (uint32_t)c->reading.frame &&
	       words_get(way + 12, 4) == (uint32_t)c->reading.strike &&
	       words_get(way + 16, 4) == (uint32_t)c->reading.frame_parts &&
	       words_get(way + 20, 4) == (uint32_t)c->parts_max;
}

static int read_index(struct cache *c, struct index_reader *r)
{
	unsigned char trailer[CACHE_TRAILER], magic[MAGIC_SIZE];
	const uint64_t size = c->store.size;
	uint64_t end;
	uint32_t n_contents, n_files;

	if (size < MAGIC_SIZE + CACHE_TRAILER || store_read(&c->store, magic, 0, MAGIC_SIZE) < 0 ||
	    store_read(&c->store, trailer, size - CACHE_TRAILER, CACHE_TRAILER) < 0 ||
	    memcmp(magic, MAGIC, MAGIC_SIZE) != 0 || memcmp(trailer, MAGIC, MAGIC_SIZE) != 0)
		return error("not a cache, or cut short");
	if (words_get(trailer + 8, 8) != program_hash() || !is_for(c, trailer + 16))
		return error("made by another version, or for other settings");
	n_contents = (uint32_t)words_get(trailer + 40, 4);
	n_files = (uint32_t)words_get(trailer + 44, 4);
	end = words_get(trailer + 48, 8);
	/* with these no sum overflows: each is less than the file's size */
	if (end < MAGIC_SIZE || end > size || (uint64_t)n_contents * CONTENT_SIZE > size ||
	    (uint64_t)n_files * FILE_SIZE > size ||
	    end + (uint64_t)n_contents * CONTENT_SIZE + (uint64_t)n_files * FILE_SIZE + CACHE_TRAILER != size)
		return error("cut short, or longer than it says");
	*r = (struct index_reader){.store = &c->store, .at = end};
	if (read_contents(c, r, n_contents, end) < 0 || read_files(c, r, n_files) < 0)
		return -1;
	if (words_check(trailer, CACHE_TRAILER - 8) != words_get(trailer + CACHE_TRAILER - 8, 8) ||
	    words_get(trailer + 56, 8) != r->check)
		return error("damaged");
	return 0;
}

int cache_open_store(struct cache *c, struct store store, const struct reading *reading, int parts_max)
{
	struct index_reader *r = mem_new(1, sizeof *r);
	int status = -1;

	cache_init(c, reading, parts_max);
	c->store = store;
	if (r)
		status = read_index(c, r);
	free(r);
	return status;
}

int cache_open(struct cache *c, const char *path, const struct reading *reading, int parts_max)
{
	struct store store;

	cache_init(c, reading, parts_max);
	errno = 0;
	if (store_open(&store, path) < 0) {
		const bool absent = errno == ENOENT || errno == ENOTDIR;

		store_close(&store);
		return absent ? 0 : -1;
	}
	return cache_open_store(c, store, reading, parts_max);
}

int cache_read(unsigned char *data, const struct cache *c, const struct cache_content *content)
{
	if (store_read(&c->store, data, content->at, content->size) < 0)
		return -1;
	return words_check(data, content->size) == content->check ? 0 : error("a record is damaged");
}

/* ---- writing ------------------------------------------------------------- */

int cache_write_begin(struct cache *c, struct store_writer *w, const char *path)
{
	store_write_begin(w, path);
	c->store = STORE_NONE;
	return store_write(w, MAGIC, MAGIC_SIZE);
}

int cache_add(struct cache *c, struct store_writer *w, struct content_key key, const unsigned char *record, size_t size)
{
	if (size > UINT32_MAX)
		return error("a record of %zu bytes", size);
	if (add_content(c, (struct cache_content){key, w->store.size, words_check(record, size), (uint32_t)size}) < 0)
		return -1;
	return store_write(w, record, size);
}

int cache_add_file(struct cache *c, const struct file_identity *identity, struct content_key key)
{
	const struct cache_content *content = cache_find_content(c, key);

	if (!content)
		BUG("a file whose content is not in the cache");
	if (c->n_files >= UINT32_MAX)
		return error("more files than a cache can hold");
	if (MEM_GROW(c->files, c->files_capacity, c->n_files + 1) < 0)
		return -1;
	c->files[c->n_files++] = (struct cache_file){*identity, (uint32_t)(content - c->contents)};
	return 0;
}

/* A part of the index as it will be read: so many entries at a time. */
static int write_part(struct store_writer *w, struct bytes *part, uint64_t *check)
{
	int status = -1;

	if (!part->failed) {
		*check = random_mix(*check ^ words_check(part->data, part->size));
		status = store_write(w, part->data, part->size);
	}
	part->size = 0;
	return status;
}

static int write_contents(const struct cache *c, struct store_writer *w, struct bytes *part, uint64_t *check)
{
	for (size_t i = 0; i < c->n_contents; i++) {
		const struct cache_content *content = &c->contents[i];

		words_put(part, content->key.high, 8);
		words_put(part, content->key.low, 8);
		words_put(part, content->size, 4);
		words_put(part, content->check, 8);
		if (((i + 1) % (INDEX_PART / CONTENT_SIZE) == 0 || i + 1 == c->n_contents) &&
		    write_part(w, part, check) < 0)
			return -1;
	}
	return 0;
}

static int write_files(const struct cache *c, struct store_writer *w, struct bytes *part, uint64_t *check)
{
	for (size_t i = 0; i < c->n_files; i++) {
		const struct file_identity *f = &c->files[i].identity;

		words_put(part, f->device, 8);
		words_put(part, f->inode, 8);
		words_put(part, f->size, 8);
		words_put(part, (uint64_t)f->modified, 8);
		words_put(part, (uint64_t)f->changed, 8);
		words_put(part, c->files[i].content, 4);
		if (((i + 1) % (INDEX_PART / FILE_SIZE) == 0 || i + 1 == c->n_files) && write_part(w, part, check) < 0)
			return -1;
	}
	return 0;
}

static int write_trailer(const struct cache *c, struct store_writer *w, struct bytes *b, uint64_t end, uint64_t check)
{
	bytes_put(b, MAGIC, MAGIC_SIZE);
	words_put(b, program_hash(), 8);
	words_put(b, (uint64_t)c->reading.grid, 4);
	words_put(b, (uint64_t)c->reading.take, 4);
	words_put(b, (uint64_t)c->reading.frame, 4);
	words_put(b, (uint64_t)c->reading.strike, 4);
	words_put(b, (uint64_t)c->reading.frame_parts, 4);
	words_put(b, (uint64_t)c->parts_max, 4);
	words_put(b, c->n_contents, 4);
	words_put(b, c->n_files, 4);
	words_put(b, end, 8);
	words_put(b, check, 8);
	if (!b->failed)
		words_put(b, words_check(b->data, b->size), 8);
	return b->failed ? -1 : store_write(w, b->data, b->size);
}

int cache_write_end(struct cache *c, struct store_writer *w)
{
	const uint64_t end = w->store.size;
	struct bytes part = {0};
	uint64_t check = 0;
	int status;

	if (c->n_files > 0)
		qsort(c->files, c->n_files, sizeof *c->files, compare_files);
	status = write_contents(c, w, &part, &check);
	if (status == 0)
		status = write_files(c, w, &part, &check);
	if (status == 0)
		status = write_trailer(c, w, &part, end, check);
	free(part.data);
	if (status < 0) {
		store_write_abort(w);
		return -1;
	}
	return store_write_end(w, &c->store);
}
