/*
 * Twins that were found before: a file beside the corpus's cache that names
 * the pieces it is about by a hash of all of them (and of the build), and then each piece's
 * group. One that does not fit is no mistake of anybody's: pieces have
 * changed, and their twins are found anew.
 *
 *     "musegenT", hash of the pieces (8), their number (4), groups (4 each), check (8)
 */
#include "corpus/twins.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "corpus/made_by.h"
#include "corpus/notes.h"
#include "corpus/words.h"

#define MAGIC      "musegenT"
#define MAGIC_SIZE 8
#define HEAD_SIZE  20
#define CHECK_SIZE 8
/* Fewer are found sooner than remembered. */
#define REMEMBERED_FROM 1000

static uint64_t hash_pieces(const struct corpus *corpus)
{
	uint64_t hash = made_by();

	for (size_t i = 0; i < corpus->n; i++)
		hash = notes_hash(hash, corpus->pieces[i].hash);
	return hash;
}

/* Does every piece's group stand for itself? Anything else is the worst that a wrong file can say. */
static bool take_groups(size_t *group, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		group[i] = (size_t)words_get(p + 4 * i, 4);
		if (group[i] >= n)
			return false;
	}
	for (size_t i = 0; i < n; i++)
		if (group[group[i]] != group[i])
			return false;
	return true;
}

static bool read_groups(size_t *group, const struct corpus *corpus, uint64_t hash)
{
	const size_t size = HEAD_SIZE + 4 * corpus->n + CHECK_SIZE;
	unsigned char *data = NULL;
	size_t found;
	bool fits;

	if (file_read(corpus->twins_path, size, &data, &found) < 0) {
		error_clear();
		return false;
	}
	fits = found == size && memcmp(data, MAGIC, MAGIC_SIZE) == 0 && words_get(data + MAGIC_SIZE, 8) == hash &&
	       words_get(data + MAGIC_SIZE + 8, 4) == corpus->n &&
	       words_get(data + size - CHECK_SIZE, 8) == words_check(data, size - CHECK_SIZE) &&
	       take_groups(group, data + HEAD_SIZE, corpus->n);
	free(data);
	return fits;
}

/* Where it cannot be written it is not. */
static void write_groups(const size_t *group, const struct corpus *corpus, uint64_t hash)
{
	struct bytes b = {0};

	bytes_put(&b, MAGIC, MAGIC_SIZE);
	words_put(&b, hash, 8);
	words_put(&b, corpus->n, 4);
	for (size_t i = 0; i < corpus->n; i++)
		words_put(&b, group[i], 4);
	if (!b.failed)
		words_put(&b, words_check(b.data, b.size), CHECK_SIZE);
	if (!b.failed)
		(void)file_write(corpus->twins_path, b.data, b.size);
	error_clear();
	free(b.data);
}

int twins_recall(size_t *group, const struct corpus *corpus)
{
	const bool recall = corpus->twins_path && corpus->n >= REMEMBERED_FROM && corpus->n < UINT32_MAX;
	const uint64_t hash = recall ? hash_pieces(corpus) : 0;

	if (recall && read_groups(group, corpus, hash))
		return 0;
	if (twins_group(group, corpus) < 0)
		return -1;
	if (recall)
		write_groups(group, corpus, hash);
	return 0;
}

int twins_in_training(bool *twinned, const struct corpus *corpus)
{
	size_t *group = mem_new(corpus->n, sizeof *group), *training = mem_new(corpus->n, sizeof *training);
	int result = group && training ? twins_recall(group, corpus) : -1;

	for (size_t i = 0; i < corpus->n && result == 0; i++)
		training[group[i]] += corpus->pieces[i].split == SPLIT_TRAIN;
	for (size_t i = 0; i < corpus->n && result == 0; i++)
		twinned[i] = training[group[i]] > (corpus->pieces[i].split == SPLIT_TRAIN);
	free(group);
	free(training);
	return result;
}
