/*
 * Caches from hostile bytes. The first byte says what the rest is: a whole
 * cache file; one whose checks are put right first, as an enemy would; a
 * single record; or a MIDI file. Whatever is taken from the first three is a
 * piece in everything that code relies on, and packs again to the bytes it
 * came from; a MIDI file's record can always be read again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "corpus/cache.h"
#include "corpus/packed.h"
#include "corpus/record.h"
#include "corpus/words.h"
#include "music/position.h"

enum { GRID = 24, PARTS = 64 };
/* Of a cache file, as corpus/cache.h says. */
enum { MAGIC = 8, CONTENT = 28, ENTRY = 44, TRAILER = 72 };

static const struct reading reading = {.grid = GRID};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static unsigned char program[8]; /* what this program's caches say made them */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct cache c;
	struct store_writer w;

	(void)argc;
	(void)argv;
	cache_init(&c, &reading, PARTS);
	if (cache_write_begin(&c, &w, NULL) < 0 || cache_write_end(&c, &w) < 0 ||
	    store_read(&c.store, program, c.store.size - TRAILER + MAGIC, sizeof program) < 0)
		abort();
	cache_done(&c);
	return 0;
}

static void check_message(void)
{
	if (!*error_message() || strchr(error_message(), '\n'))
		abort();
}

/* What the rest of the program takes for granted of a piece. */
static void check_piece(const struct piece *p)
{
	struct position at;
	struct song *song;

	if (p->n == 0 || p->events[p->n - 1].kind != EVENT_END || p->start.numerator < 1 ||
	    p->start.denominator_log2 > 7 || p->start.tempo < 0 || p->start.tempo >= TEMPO_CLASSES)
		abort();
	position_start(&at, p->grid, &p->start);
	for (size_t i = 0; i < p->n; i++) {
		position_shift(&at, p->events[i].shift);
		position_event(&at, &p->events[i]);
	}
	song = piece_to_song(p);
	if (!song || song_notes(song) == 0 || song->n_parts != (size_t)start_part_count(&p->start))
		abort();
	song_free(song);
}

static void check_candidate(struct candidate *c, const unsigned char *data, size_t size)
{
	struct piece *p = c->piece;
	struct candidate again = *c;

	if (!p) {
		if (!c->reason || strchr(c->reason, '\n') || strchr(c->reason, '\x1b'))
			abort();
		return;
	}
	if (c->reason || c->place.at > size || c->place.size > size - c->place.at)
		abort();
	p->events = mem_new(p->n, sizeof *p->events);
	if (!p->events || words_check(data + c->place.at, c->place.size) != c->place.check ||
	    packed_read(p->events, p->n, data + c->place.at, c->place.size, start_part_count(&p->start)) < 0)
		abort();
	candidate_know(&again);
	if (again.notes != c->notes || again.fingerprint != c->fingerprint || again.hash != c->hash || c->notes == 0)
		abort();
	check_piece(p);
}

static void unpack(const unsigned char *data, size_t size)
{
	char path[] = "fuzz.mid", style[] = "fuzz";
	struct walk_file file = {.path = path, .style = style};
	const struct record_from from = {0, GRID, PARTS};
	struct candidates list = {0};
	struct bytes again = {0};
	bool reasons = false;

	if (record_unpack(&list, &file, data, size, &from) < 0) {
		check_message();
		candidates_done(&list);
		return;
	}
	for (size_t i = 0; i < list.n; i++) {
		check_candidate(&list.list[i], data, size);
		reasons = reasons || !list.list[i].piece;
	}
	record_pack(&again, list.list, list.n);
	/* reasons are made clean, and then are others */
	if (again.failed || (!reasons && (again.size != size || memcmp(again.data, data, size) != 0)))
		abort();
	free(again.data);
	candidates_done(&list);
}

/* Put the checks of a cache file right, as far as it has the form of one. */
static void put(unsigned char *p, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		p[i] = (unsigned char)(value >> 8 * i);
}

static void mend_records(unsigned char *data, unsigned char *index, uint32_t n, uint64_t end)
{
	uint64_t at = MAGIC;

	for (uint32_t i = 0; i < n; i++, index += CONTENT) {
		const uint64_t size = words_get(index + 16, 4);

		if (size > end - at)
			return;
		put(index + 20, words_check(data + at, size));
		at += size;
	}
}

static uint64_t index_check(uint64_t check, const unsigned char *p, uint32_t n, size_t entry)
{
	const uint32_t most = (uint32_t)(65536 / entry);

	for (uint32_t i = 0; i < n; i += most) {
		const uint32_t part = n - i < most ? n - i : most;

		check = random_mix(check ^ words_check(p + i * entry, part * entry));
	}
	return check;
}

static void mend(unsigned char *data, size_t size)
{
	unsigned char *trailer = data + size - TRAILER;
	uint32_t contents, files;
	uint64_t end, check;

	if (size < MAGIC + TRAILER)
		return;
	memcpy(data, "musegenC", MAGIC);
	memcpy(trailer, "musegenC", MAGIC);
	memcpy(trailer + MAGIC, program, sizeof program);
	contents = (uint32_t)words_get(trailer + 40, 4);
	files = (uint32_t)words_get(trailer + 44, 4);
	end = words_get(trailer + 48, 8);
	if (end < MAGIC || end > size || (uint64_t)contents * CONTENT > size || (uint64_t)files * ENTRY > size ||
	    end + (uint64_t)contents * CONTENT + (uint64_t)files * ENTRY + TRAILER != size)
		return;
	mend_records(data, data + end, contents, end);
	check = index_check(0, data + end, contents, CONTENT);
	check = index_check(check, data + end + (uint64_t)contents * CONTENT, files, ENTRY);
	put(trailer + 56, check);
	put(trailer + 64, words_check(trailer, TRAILER - 8));
}

static void read_cache(const uint8_t *data, size_t size, bool mended)
{
	struct store store = {.fd = -1, .memory = malloc(size + 1), .size = size};
	struct cache c;

	if (!store.memory)
		abort();
	memcpy(store.memory, data, size);
	if (mended)
		mend(store.memory, size);
	if (cache_open_store(&c, store, &reading, PARTS) < 0) {
		check_message();
		cache_done(&c);
		return;
	}
	for (size_t i = 0; i < c.n_files; i++)
		if (cache_find_file(&c, &c.files[i].identity) != &c.contents[c.files[i].content])
			abort();
	for (size_t i = 0; i < c.n_contents; i++) {
		const struct cache_content *content = &c.contents[i];
		unsigned char *record = malloc(content->size + 1);

		if (!record || cache_find_content(&c, content->key) != content)
			abort();
		if (cache_read(record, &c, content) == 0)
			unpack(record, content->size);
		else if (mended)
			abort();
		free(record);
	}
	cache_done(&c);
}

/* Whatever a MIDI file may be, its record is one. */
static void keep(const unsigned char *data, size_t size)
{
	const struct corpus_options options = {.reading = {.grid = GRID}, .parts_max = PARTS};
	char path[] = "fuzz.mid", style[] = "fuzz";
	struct walk_file file = {.path = path, .style = style};
	const struct record_from from = {0, GRID, PARTS};
	struct candidates list = {0}, again = {0};
	struct bytes record = {0};

	if (load_bytes(&list, &file, data, size, &options) < 0)
		abort();
	record_pack(&record, list.list, list.n);
	if (record.failed || record_unpack(&again, &file, record.data, record.size, &from) < 0 || again.n != list.n)
		abort();
	for (size_t i = 0; i < list.n; i++) {
		const struct candidate *x = &list.list[i], *y = &again.list[i];

		if (!x->piece != !y->piece || x->song != y->song || x->notes != y->notes || x->hash != y->hash ||
		    x->fingerprint != y->fingerprint || x->seconds != y->seconds)
			abort();
		if (!x->piece && strcmp(x->reason, y->reason) != 0)
			abort();
		if (x->piece && memcmp(&x->piece->programs, &y->piece->programs, sizeof x->piece->programs) != 0)
			abort();
	}
	free(record.data);
	candidates_done(&list);
	candidates_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	error_clear();
	if (size == 0)
		return 0;
	switch (data[0] % 4) {
	case 0:
	case 1:
		read_cache(data + 1, size - 1, data[0] % 4 == 1);
		break;
	case 2:
		unpack(data + 1, size - 1);
		break;
	default:
		keep(data + 1, size - 1);
	}
	return 0;
}
