/*
 * Files to packed pieces through a cache. First every file's content is
 * found: by the file's identity where the cache knows it, else by reading it;
 * contents without a record are parsed, by the pool, so many files at a time,
 * and their records written in walking order. Then all pieces are made from
 * the records, whether they are old or new, so that both make the same music.
 * An old cache that turns out to be bad costs a warning and is made anew.
 */
#include "corpus/load.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "corpus/cache.h"
#include "corpus/record.h"
#include "midi/smf.h"

#define BATCH 1024 /* files whose records or candidates wait for their turn */

/*
 * A file that was written to just before it was walked by may be written to
 * again without a change of its times, which have the grain of the kernel's
 * clock, or of a file system that counts in seconds.
 */
#define SETTLED_AFTER INT64_C(2000000000) /* nanoseconds */

enum content_known {
	CONTENT_NONE, /* it cannot be read: file->reason says why */
	CONTENT_READ, /* its bytes were read */
	CONTENT_SAME  /* the cache knows the file */
};

struct source {
	struct content_key key;
	enum content_known known;
};

struct packing {
	struct walk *walk;
	const struct corpus_options *options;
	struct pool *pool;
	const char *path;
	struct cache old, new;
	struct store_writer writer;
	bool writing;
	struct source *sources; /* by file */
	struct load_progress progress;
	size_t from;               /* the batch's first file */
	struct bytes *made;        /* by file of the batch: its record, where that is new */
	const struct cache *cache; /* what pieces are made of: old or new */
	struct candidates *lists;  /* by file of the batch */
};

/* ---- contents and records ------------------------------------------------ */

/* Reasons that are not in the bytes are not for a cache. */
static bool lacked_memory(const struct candidates *list)
{
	static const char lack[] = "out of memory";

	for (size_t i = 0; i < list->n; i++)
		if (list->list[i].reason && strncmp(list->list[i].reason, lack, sizeof lack - 1) == 0)
			return true;
	return false;
}

static int set_reason(struct walk_file *file, const char *reason)
{
	file->reason = mem_string(reason);
	return file->reason ? 0 : -1;
}

static int make_record(struct bytes *made, struct source *source, struct walk_file *file, const unsigned char *data,
                       size_t size, const struct corpus_options *options)
{
	struct candidates list = {0};
	int status = load_bytes(&list, file, data, size, options);

	if (status == 0 && lacked_memory(&list)) {
		source->known = CONTENT_NONE;
		status = set_reason(file, list.list[0].reason ? list.list[0].reason : "out of memory");
	} else if (status == 0) {
		record_pack(made, list.list, list.n);
		status = made->failed ? -1 : 0;
	}
	candidates_done(&list);
	return status;
}

static int find_content(struct packing *p, size_t i)
{
	struct walk_file *file = &p->walk->files[i];
	struct source *source = &p->sources[i];
	const struct cache_content *content;
	unsigned char *data = NULL;
	size_t size;
	int status = 0;

	if (file->reason)
		return 0;
	content = cache_find_file(&p->old, &file->identity);
	if (content) {
		*source = (struct source){content->key, CONTENT_SAME};
		return 0;
	}
	if (file_read(file->path, SMF_SIZE_MAX, &data, &size) < 0)
		return set_reason(file, load_reason(file->path));
	*source = (struct source){content_key(data, size), CONTENT_READ};
	/* copies within a batch are all parsed; that is seldom */
	if (!cache_find_content(&p->old, source->key) && !cache_find_content(&p->new, source->key))
		status = make_record(&p->made[i - p->from], source, file, data, size, p->options);
	free(data);
	return status;
}

static int find_item(void *context, int item)
{
	struct packing *p = context;
	const int status = find_content(p, p->from + (size_t)item);

	load_progress_step(&p->progress);
	return status;
}

static int begin_writing(struct packing *p, const char *path)
{
	if (p->writing)
		return 0;
	p->writing = true;
	return cache_write_begin(&p->new, &p->writer, path);
}

/* What the batch has made goes to the new cache. */
static int keep_records(struct packing *p, size_t n)
{
	int status = 0;

	for (size_t i = 0; i < n; i++) {
		struct bytes *made = &p->made[i];
		const struct content_key key = p->sources[p->from + i].key;

		if (made->size > 0 && status == 0 && !cache_find_content(&p->new, key)) {
			status = begin_writing(p, p->path);
			if (status == 0)
				status = cache_add(&p->new, &p->writer, key, made->data, made->size);
		}
		free(made->data);
		*made = (struct bytes){0};
	}
	return status;
}

static int find_all(struct packing *p)
{
	int status = 0;

	for (p->from = 0; p->from < p->walk->n && status == 0; p->from += BATCH) {
		const size_t left = p->walk->n - p->from, n = left < BATCH ? left : BATCH;
		const int found = pool_run(p->pool, find_item, p, (int)n);

		status = keep_records(p, n);
		status = found < 0 ? found : status;
	}
	return status;
}

/* ---- the cache as it is to be -------------------------------------------- */

static bool settled(const struct packing *p, size_t i)
{
	const struct file_identity *f = &p->walk->files[i].identity;

	return f->changed < p->walk->began - SETTLED_AFTER && f->modified < p->walk->began - SETTLED_AFTER;
}

/* Is there anything to remember that the old cache does not know? */
static bool has_news(const struct packing *p)
{
	size_t held = 0;

	for (size_t i = 0; i < p->walk->n; i++) {
		if (p->sources[i].known == CONTENT_READ && settled(p, i))
			return true;
		held += p->sources[i].known != CONTENT_NONE;
	}
	/* or much to forget */
	return p->old.n_contents > 2 * held + BATCH;
}

/* A record of the old cache that is still needed. */
static int keep_old(struct packing *p, struct content_key key)
{
	const struct cache_content *content = cache_find_content(&p->old, key);
	unsigned char *data;
	int status = -1;

	if (!content)
		BUG("a content without a record");
	data = mem_new(content->size, 1);
	if (data && cache_read(data, &p->old, content) == 0)
		status = cache_add(&p->new, &p->writer, key, data, content->size);
	free(data);
	return status;
}

static bool has_content(const struct packing *p)
{
	for (size_t i = 0; i < p->walk->n; i++)
		if (p->sources[i].known != CONTENT_NONE)
			return true;
	return false;
}

static int write_cache(struct packing *p)
{
	/* of nothing at all there is no file */
	if (begin_writing(p, has_content(p) ? p->path : NULL) < 0)
		return -1;
	for (size_t i = 0; i < p->walk->n; i++) {
		const struct source *s = &p->sources[i];

		if (s->known == CONTENT_NONE)
			continue;
		if (!cache_find_content(&p->new, s->key) && keep_old(p, s->key) < 0)
			return -1;
		if ((s->known == CONTENT_SAME || settled(p, i)) &&
		    cache_add_file(&p->new, &p->walk->files[i].identity, s->key) < 0)
			return -1;
	}
	p->writing = false;
	return cache_write_end(&p->new, &p->writer);
}

/* ---- records to pieces --------------------------------------------------- */

static int make_pieces(struct packing *p, struct candidates *out, size_t i)
{
	struct walk_file *file = &p->walk->files[i];
	const struct cache_content *content;
	unsigned char *data;
	int status = -1;

	if (p->sources[i].known == CONTENT_NONE) {
		struct candidate *c = candidate_add(out, file, 0);

		return c ? candidate_refuse(c, file->reason) : -1;
	}
	content = cache_find_content(p->cache, p->sources[i].key);
	if (!content)
		BUG("a content without a record");
	data = mem_new(content->size, 1);
	if (data && cache_read(data, p->cache, content) == 0) {
		const struct record_from from = {content->at, p->options->reading.grid, p->options->parts_max};

		status = record_unpack(out, file, data, content->size, &from);
	}
	free(data);
	return status;
}

static int make_item(void *context, int item)
{
	struct packing *p = context;

	return make_pieces(p, &p->lists[item], p->from + (size_t)item);
}

static int make_all(struct packing *p, struct candidates *out)
{
	int status = 0;

	/* most files have one song */
	if (MEM_GROW(out->list, out->capacity, p->walk->n) < 0)
		return -1;
	for (p->from = 0; p->from < p->walk->n && status == 0; p->from += BATCH) {
		const size_t left = p->walk->n - p->from, n = left < BATCH ? left : BATCH;

		status = pool_run(p->pool, make_item, p, (int)n);
		if (status == 0)
			status = load_join(out, p->lists, n);
		for (size_t i = 0; i < n; i++)
			candidates_done(&p->lists[i]);
	}
	return status;
}

/* ---- all of it ----------------------------------------------------------- */

/* With what the old cache holds, which may be nothing. */
static int pack(struct packing *p, struct candidates *out)
{
	if (find_all(p) < 0)
		return -1;
	p->cache = &p->old;
	if (p->writing || p->old.store.size == 0 || has_news(p)) {
		if (write_cache(p) < 0)
			return -1;
		p->cache = &p->new;
	}
	return make_all(p, out);
}

static void begin_anew(struct packing *p, struct candidates *out)
{
	if (p->writing)
		store_write_abort(&p->writer);
	p->writing = false;
	cache_done(&p->old);
	cache_done(&p->new);
	candidates_done(out);
	memset(p->sources, 0, p->walk->n * sizeof *p->sources);
	p->progress.done = 0;
}

static int pack_twice(struct packing *p, struct candidates *out)
{
	bool bad = false;

	if (p->path)
		bad = cache_open(&p->old, p->path, &p->options->reading, p->options->parts_max) < 0;
	if (!bad && pack(p, out) == 0)
		return 0;
	/* without an old cache nothing is wrong with it */
	if (!bad && p->old.store.size == 0)
		return -1;
	log_warning("%s: %s: not used, made anew", p->path, error_message());
	begin_anew(p, out);
	return pack(p, out);
}

int load_packed(struct candidates *out, struct store *store, struct walk *walk, const char *path,
                const struct corpus_options *options, struct pool *pool)
{
	struct packing p = {
		.walk = walk,
		.options = options,
		.pool = pool,
		.path = path,
		.progress = {.options = options, .total = walk->n},
	};
	int status = -1;

	*out = (struct candidates){0};
	*store = STORE_NONE;
	cache_init(&p.old, &options->reading, options->parts_max);
	cache_init(&p.new, &options->reading, options->parts_max);
	p.sources = mem_new(walk->n, sizeof *p.sources);
	p.made = mem_new(BATCH, sizeof *p.made);
	p.lists = mem_new(BATCH, sizeof *p.lists);
	pthread_mutex_init(&p.progress.lock, NULL);
	if (p.sources && p.made && p.lists)
		status = pack_twice(&p, out);
	pthread_mutex_destroy(&p.progress.lock);
	if (status == 0) {
		struct cache *used = p.cache == &p.new ? &p.new : &p.old;

		*store = used->store;
		used->store = STORE_NONE;
	}
	if (p.writing)
		store_write_abort(&p.writer);
	cache_done(&p.old);
	cache_done(&p.new);
	free(p.sources);
	free(p.made);
	free(p.lists);
	return status;
}
