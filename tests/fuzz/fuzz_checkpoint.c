/*
 * Checkpoints from hostile bytes, gone on with for some steps of a training of
 * a small corpus that is always the same: refused with one line, or trained.
 * Input that begins with "edit" is a list of changes to a good checkpoint,
 * "head" comes before another header for its tensors, which are too many bytes
 * to be an input themselves; anything else is a whole file. The good one is
 * made anew at every start, so that edits never go out of date; headers do,
 * with every new setting, and MUSEGEN_MAKE_SEED=FILE writes the present one.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/training.h"
#include "num/blas.h"

enum { GRID = 24, STEPS = 20, BROKEN_AT = 6, ONWARD = 3, MARK = 4 };

static const struct generator_config generator = {
	.stream = 8, .trunk = 8, .layers = 1, .memory = 4, .heads = 1, .window = 5, .slots = 1, .hidden = 8};

static const struct train_config config = {
	.steps = STEPS,
	.lanes = 2,
	.shards = 2,
	.chunk = 8,
	.learning_rate = 0.01,
	.warmup = 2,
	.clip = 1,
	.average = 0.8,
	.unknown = 0.3,
	.transpose = 3,
	.optim = {.kind = OPTIM_MOMENTUM, .momentum = 0.9, .beta1 = 0.9, .beta2 = 0.99, .epsilon = 1e-8},
};

static struct corpus corpus = {.rule = SPLIT_BY_HASH, .fingerprint = 1};
static unsigned char *good;
static size_t good_size;

static void need(int condition)
{
	if (!condition) {
		fprintf(stderr, "fuzz_checkpoint: %s\n", error_message());
		abort();
	}
}

/* Two parts, chords, a change of metre; every piece another one. */
static struct piece *make_piece(int number)
{
	struct piece *p = piece_new(GRID);

	need(p != NULL);
	p->start = (struct start){.style = number % 2, .numerator = 4, .denominator_log2 = 2, .parts = 3};
	for (int i = 0; i < 6 + number; i++) {
		const struct event note = {.shift = i ? 12 : 0,
		                           .kind = EVENT_NOTE,
		                           .part = 0,
		                           .pitch = (uint8_t)(60 + (5 * i + number) % 12),
		                           .duration = 12,
		                           .velocity = (uint8_t)(40 + i)};
		struct event low = note;
		const struct event metre = {.shift = 12, .kind = EVENT_METRE, .numerator = 3, .denominator_log2 = 2};

		need(piece_add(p, note) == 0);
		low.shift = 0;
		low.part = 1;
		low.pitch = (uint8_t)(48 + i % 5);
		need(i % 2 || piece_add(p, low) == 0);
		need(i != 3 || piece_add(p, metre) == 0);
	}
	need(piece_add(p, (struct event){.shift = 12, .kind = EVENT_END}) == 0);
	return p;
}

static void make_corpus(void)
{
	static struct corpus_piece pieces[4];
	static char *styles[2] = {"a", "b"};

	for (int i = 0; i < 4; i++) {
		struct piece *p = make_piece(i);

		pieces[i] = (struct corpus_piece){.path = "piece.mid",
		                                  .piece = p,
		                                  .split = i == 3 ? SPLIT_VALID : SPLIT_TRAIN,
		                                  .train_events = p->n};
	}
	corpus.pieces = pieces;
	corpus.n = 4;
	corpus.styles = styles;
	corpus.n_styles = 2;
}

static int stop(void *context, const struct train_progress *p)
{
	(void)context;
	return p->step >= BROKEN_AT;
}

static void no_log(void *context, enum log_level level, const char *message)
{
	(void)context;
	(void)level;
	(void)message;
}

static size_t header_size(void)
{
	uint64_t length;

	memcpy(&length, good, 8);
	return (size_t)length;
}

static void make_good(const char *path)
{
	const struct train_hooks hooks = {.progress = stop};
	const struct train_keep keep = {path, "a note"};
	const struct train_job job = {.corpus = &corpus,
	                              .generator = &generator,
	                              .train = &config,
	                              .seed = 1,
	                              .hooks = &hooks,
	                              .keep = &keep};
	struct model *m = NULL;
	const char *stopped;

	need(train_model(&m, &stopped, &job) == 0);
	model_free(m);
	need(file_read(path, 1u << 24, &good, &good_size) == 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *seed = getenv("MUSEGEN_MAKE_SEED");
	char path[] = "/tmp/musegen-fuzz-XXXXXX";
	int fd = mkstemp(path);

	(void)argc;
	(void)argv;
	blas_init();
	log_set_sink(no_log, NULL);
	make_corpus();
	need(fd >= 0 && close(fd) == 0);
	make_good(path);
	unlink(path);
	if (seed) {
		struct file_beside f;

		need(file_beside_begin(&f, seed) == 0);
		need(fwrite("head", 1, MARK, f.stream) == MARK);
		need(fwrite(good + 8, 1, header_size(), f.stream) == header_size());
		need(file_beside_commit(&f) == 0);
	}
	return 0;
}

/* 1: it was taken, and trained on. */
static int go_on(const uint8_t *data, size_t size)
{
	struct checkpoint *c;
	int result = -1;

	error_clear();
	c = checkpoint_parse("fuzz", data, size);
	if (c) {
		const struct train_job job = {.corpus = &corpus, .train = &config, .seed = 1, .resume = c};
		struct training t;

		result = training_begin(&t, &job);
		for (int i = 0; i < ONWARD && result == 0; i++)
			result = training_step(&t);
		training_done(&t);
		model_free(t.model);
		checkpoint_free(c);
	}
	if (result < 0 && (!*error_message() || strchr(error_message(), '\n')))
		abort();
	return result == 0;
}

/* Of an edit: which tensor (the header behind the last), where, eight bytes to put there. */
enum { EDIT_BYTES = 12 };

static void apply(unsigned char *bytes, const struct tensorfile *t, const uint8_t *edit)
{
	const size_t which = edit[0] % (t->n + 1), header = 8 + header_size();
	const struct tensorfile_entry *e = which < t->n ? &t->entries[which] : NULL;
	const size_t size = e ? e->size : header - 8, from = e ? header + e->offset : 8;
	size_t at = (size_t)edit[1] | (size_t)edit[2] << 8 | (size_t)edit[3] << 16;

	if (size == 0)
		return;
	at = e ? at * 8 % size : at % size;
	/* of the header one byte, or nothing would ever be left of it */
	memcpy(bytes + from + at, edit + 4, e ? (size - at < 8 ? size - at : 8) : 1);
}

static void go_on_edited(const uint8_t *data, size_t size)
{
	struct tensorfile *t = tensorfile_parse("good", good, good_size);
	unsigned char *bytes = mem_new(good_size, 1);

	need(t && bytes);
	memcpy(bytes, good, good_size);
	for (size_t at = 0; at + EDIT_BYTES <= size; at += EDIT_BYTES)
		apply(bytes, t, data + at);
	if (!go_on(bytes, good_size) && size < EDIT_BYTES)
		need(0); /* nothing was edited */
	tensorfile_free(t);
	free(bytes);
}

static void go_on_headed(const uint8_t *data, size_t size)
{
	const size_t rest = good_size - 8 - header_size();
	unsigned char *bytes = mem_new(8 + size + rest, 1);
	const uint64_t length = size;

	need(bytes != NULL);
	memcpy(bytes, &length, 8);
	memcpy(bytes + 8, data, size);
	memcpy(bytes + 8 + size, good + good_size - rest, rest);
	go_on(bytes, 8 + size + rest);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size >= MARK && memcmp(data, "head", MARK) == 0)
		go_on_headed(data + MARK, size - MARK);
	else if (size >= MARK && memcmp(data, "edit", MARK) == 0)
		go_on_edited(data + MARK, size - MARK);
	else
		go_on(data, size);
	return 0;
}
