/*
 * Files to pieces, one file an item of the pool's work. Each item writes only
 * its own list and the lists are joined in walking order, so the result is
 * the same for any number of threads. A file that fails costs itself alone.
 */
#include "corpus/load.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "corpus/notes.h"
#include "midi/smf.h"

struct loading {
	struct walk *walk;
	const struct corpus_options *options;
	struct candidates *files; /* one list a file */
	struct load_progress progress;
};

static void candidate_done(struct candidate *c)
{
	free(c->reason);
	piece_free(c->piece);
}

void candidates_done(struct candidates *c)
{
	for (size_t i = 0; i < c->n; i++)
		candidate_done(&c->list[i]);
	free(c->list);
	*c = (struct candidates){0};
}

int candidate_refuse(struct candidate *c, const char *reason)
{
	char *clean = text_clean(reason, strlen(reason));

	if (!clean)
		return -1;
	piece_free(c->piece);
	c->piece = NULL;
	free(c->reason);
	c->reason = clean;
	return 0;
}

struct candidate *candidate_add(struct candidates *out, struct walk_file *file, int song)
{
	if (MEM_GROW(out->list, out->capacity, out->n + 1) < 0)
		return NULL;
	out->list[out->n] = (struct candidate){.file = file, .song = song};
	return &out->list[out->n++];
}

const char *load_reason(const char *path)
{
	const char *message = error_message();
	size_t n = strlen(path);

	if (strncmp(message, path, n) == 0 && strncmp(message + n, ": ", 2) == 0)
		message += n + 2;
	return message;
}

void candidate_know(struct candidate *c)
{
	c->notes = notes_count(c->piece);
	c->fingerprint = notes_fingerprint(c->piece);
	c->hash = notes_hash_piece(0, c->piece);
}

static struct piece *make_piece(const struct song *song, const struct corpus_options *options,
                                struct grid_report *report)
{
	struct song *read = reading_song(song, &options->reading, report);
	struct piece *piece = NULL;

	if (!read)
		return NULL;
	if (read->n_parts > (size_t)options->parts_max)
		error("%zu parts, more than %d", read->n_parts, options->parts_max);
	else
		piece = piece_from_song(read);
	song_free(read);
	return piece;
}

static int load_song(struct candidates *out, struct walk_file *file, const struct song *song, int number,
                     const struct corpus_options *options)
{
	struct candidate *c = candidate_add(out, file, number);

	if (!c)
		return -1;
	c->piece = make_piece(song, options, &c->grid);
	if (!c->piece)
		return candidate_refuse(c, error_message());
	c->percussion_notes = song->percussion_notes;
	c->seconds = song_seconds(song, song_music_end(song));
	c->stated_key = song->n_keys > 0 ? key_stated(&song->keys[0]) : (struct key){.tonic = -1};
	candidate_know(c);
	return 0;
}

static int refuse_file(struct candidates *out, struct walk_file *file, const char *why)
{
	char *reason = mem_string(why);
	struct candidate *c = reason ? candidate_add(out, file, 0) : NULL;
	int result = c ? candidate_refuse(c, reason) : -1;

	free(reason);
	return result;
}

int load_bytes(struct candidates *out, struct walk_file *file, const unsigned char *data, size_t size,
               const struct corpus_options *options)
{
	struct songs songs;
	int result = 0;

	if (smf_read_memory(&songs, file->path, data, size) < 0)
		return refuse_file(out, file, load_reason(file->path));
	for (size_t i = 0; i < songs.n && result == 0; i++)
		result = load_song(out, file, songs.songs[i], (int)i, options);
	songs_done(&songs);
	return result;
}

static int load_file(struct candidates *out, struct walk_file *file, const struct corpus_options *options)
{
	unsigned char *data = NULL;
	size_t size;
	int result;

	if (file->reason)
		return refuse_file(out, file, file->reason);
	if (file_read(file->path, SMF_SIZE_MAX, &data, &size) < 0)
		return refuse_file(out, file, load_reason(file->path));
	result = load_bytes(out, file, data, size, options);
	free(data);
	return result;
}

void load_progress_step(struct load_progress *p)
{
	if (!p->options->progress)
		return;
	pthread_mutex_lock(&p->lock);
	p->done++;
	p->options->progress(p->options->progress_context, p->done, p->total);
	pthread_mutex_unlock(&p->lock);
}

static int load_item(void *context, int item)
{
	struct loading *l = context;
	int result = load_file(&l->files[item], &l->walk->files[item], l->options);

	load_progress_step(&l->progress);
	return result;
}

int load_join(struct candidates *out, struct candidates *files, size_t n)
{
	size_t total = out->n;

	for (size_t i = 0; i < n; i++)
		total += files[i].n;
	if (MEM_GROW(out->list, out->capacity, total) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (files[i].n > 0)
			memcpy(out->list + out->n, files[i].list, files[i].n * sizeof *out->list);
		out->n += files[i].n;
		files[i].n = 0;
	}
	return 0;
}

int load_files(struct candidates *out, struct walk *walk, const struct corpus_options *options, struct pool *pool)
{
	struct loading l = {.walk = walk, .options = options, .progress = {.options = options, .total = walk->n}};
	int result;

	*out = (struct candidates){0};
	l.files = mem_new(walk->n, sizeof *l.files);
	if (!l.files)
		return -1;
	pthread_mutex_init(&l.progress.lock, NULL);
	result = pool_run(pool, load_item, &l, (int)walk->n);
	pthread_mutex_destroy(&l.progress.lock);
	if (result == 0)
		result = load_join(out, l.files, walk->n);
	for (size_t i = 0; i < walk->n; i++)
		candidates_done(&l.files[i]);
	free(l.files);
	return result;
}
