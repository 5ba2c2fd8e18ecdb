/*
 * The cache of a corpus: with it, without it and in memory the same corpus;
 * unchanged files are not opened, changed ones are noticed; whatever is done
 * to the file costs one warning and nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/error.h"
#include "base/log.h"
#include "corpus/cache_place.h"
#include "corpus/notes.h"
#include "corpus/packed.h"
#include "corpus/record.h"
#include "corpus/store.h"
#include "corpus/twins.h"
#include "corpus/words.h"
#include "tunes.h"

static char *music, *caches; /* folders */
static int warnings;
static struct pool *pool; /* NULL: one thread */

static void count_warning(void *context, enum log_level level, const char *message)
{
	(void)context;
	assert_null(strchr(message, '\n'));
	assert_true(strlen(message) > 10);
	warnings += level == LOG_WARNING;
}

static int make_folders(void **state)
{
	(void)state;
	music = tunes_folder();
	caches = tunes_folder();
	warnings = 0;
	log_set_sink(count_warning, NULL);
	return 0;
}

static int remove_folders(void **state)
{
	(void)state;
	log_set_sink(NULL, NULL);
	tunes_remove(music);
	tunes_remove(caches);
	return 0;
}

static struct corpus *load(bool packed, const char *cache)
{
	const struct corpus_options options = {
		.reading = {.grid = 24}, .parts_max = 4, .packed = packed, .cache = cache};
	const char *const paths[] = {music};
	struct corpus *c = corpus_load(paths, 1, &options, pool);

	if (!c)
		print_error("%s\n", error_message());
	assert_non_null(c);
	return c;
}

/* Tunes in two styles, bad files, copies of a file and of notes, a piece with too many parts. */
static void write_music(int tunes)
{
	struct song *wide = tune_song(900, 20, 0);

	for (int i = 0; i < tunes; i++) {
		char name[32];

		snprintf(name, sizeof name, "%s/%03d.mid", i % 3 ? "reels" : "airs", i);
		tunes_write(music, name, (uint64_t)i, 20 + i % 30, i % 5);
	}
	tunes_write(music, "reels/copy.mid", 1, 21, 1);
	tunes_write(music, "reels/high.mid", 1, 21, 6);
	tunes_write_text(music, "airs/bad.mid", "this is no music");
	tunes_write_text(music, "airs/empty.mid", "");
	for (int k = 1; k < 6; k++) {
		song_add_part(wide, NULL, k, 3);
		song_add_note(wide, k, (struct note){0, 24, 40, 80, false});
	}
	tunes_write_song(music, "reels/wide.mid", wide);
	song_free(wide);
}

/* A file that was just written to may be written to again within the same tick of its clock: wait that out. */
static void let_settle(void)
{
	usleep(2100000);
}

static void assert_same_events(const struct corpus *a, const struct corpus *b, size_t i)
{
	struct corpus_reader ra = {.bytes = NULL}, rb = {.bytes = NULL};
	const struct piece *p = corpus_read(&ra, a, &a->pieces[i]), *q = corpus_read(&rb, b, &b->pieces[i]);

	assert_non_null(p);
	assert_non_null(q);
	assert_int_equal(p->n, q->n);
	assert_true(notes_hash_piece(0, p) == notes_hash_piece(0, q));
	for (size_t e = 0; e < p->n; e++)
		assert_true(p->events[e].shift == q->events[e].shift &&
		            p->events[e].velocity == q->events[e].velocity &&
		            p->events[e].fermata == q->events[e].fermata);
	assert_memory_equal(p->programs, q->programs, sizeof p->programs);
	assert_int_equal(p->us_per_quarter, q->us_per_quarter);
	assert_int_equal(p->key.tonic, q->key.tonic);
	assert_int_equal(p->key.mode, q->key.mode);
	assert_int_equal(p->start.style, q->start.style);
	corpus_reader_done(&ra);
	corpus_reader_done(&rb);
}

static void assert_same_piece(const struct corpus_piece *p, const struct corpus_piece *q)
{
	assert_string_equal(p->path, q->path);
	assert_int_equal(p->song, q->song);
	assert_int_equal(p->split, q->split);
	assert_int_equal(p->train_events, q->train_events);
	assert_int_equal(p->notes, q->notes);
	assert_int_equal(p->train_notes, q->train_notes);
	assert_int_equal(p->percussion_notes, q->percussion_notes);
	assert_true(p->fingerprint == q->fingerprint && p->hash == q->hash && p->seconds == q->seconds);
	assert_int_equal(p->grid.notes, q->grid.notes);
	assert_int_equal(p->grid.onsets_moved, q->grid.onsets_moved);
	assert_true(p->grid.worst_ms == q->grid.worst_ms);
	assert_int_equal(p->stated_key.tonic, q->stated_key.tonic);
}

static void assert_same(const struct corpus *a, const struct corpus *b)
{
	assert_int_equal(a->n, b->n);
	assert_int_equal(a->files, b->files);
	assert_int_equal(a->duplicates, b->duplicates);
	assert_int_equal(a->twins_moved, b->twins_moved);
	assert_int_equal(a->rule, b->rule);
	assert_true(a->fingerprint == b->fingerprint);
	for (size_t i = 0; i < a->n; i++) {
		assert_same_piece(&a->pieces[i], &b->pieces[i]);
		assert_same_events(a, b, i);
	}
	assert_int_equal(a->n_skips, b->n_skips);
	for (size_t i = 0; i < a->n_skips; i++) {
		assert_string_equal(a->skips[i].path, b->skips[i].path);
		assert_string_equal(a->skips[i].reason, b->skips[i].reason);
		assert_int_equal(a->skips[i].duplicate, b->skips[i].duplicate);
	}
}

/* The corpus as it is now, through the cache and without one, are the same. */
static void assert_right(void)
{
	struct corpus *plain = load(false, NULL), *cached = load(true, caches);

	assert_same(plain, cached);
	corpus_free(plain);
	corpus_free(cached);
}

/* The only cache there is. The caller frees. */
static char *cache_file(void)
{
	DIR *listing = opendir(caches);
	struct dirent *entry;
	char *path = NULL;

	assert_non_null(listing);
	while ((entry = readdir(listing))) {
		if (entry->d_name[0] == '.' && strlen(entry->d_name) < 3)
			continue;
		if (path)
			print_error("another: %s\n", entry->d_name);
		assert_null(path);
		path = file_join(caches, entry->d_name);
	}
	closedir(listing);
	return path;
}

static unsigned char *read_cache(const char *path, size_t *size)
{
	unsigned char *data;

	assert_int_equal(file_read(path, 1 << 26, &data, size), 0);
	return data;
}

static ino_t inode(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static void test_the_same_corpus(void **state)
{
	struct corpus *plain, *memory;
	unsigned char *before, *after;
	size_t size, size_after;
	char *path;
	ino_t first;

	(void)state;
	write_music(60);
	let_settle();
	plain = load(false, NULL);
	memory = load(true, NULL);
	assert_non_null(plain->pieces[0].piece->events);
	assert_null(memory->pieces[0].piece->events);
	assert_null(cache_file());
	assert_same(plain, memory);
	assert_int_equal(plain->duplicates, 1);
	assert_int_equal(plain->n_skips, 4);
	assert_right();
	path = cache_file();
	first = inode(path);
	assert_right();
	/* it was used as it was */
	assert_int_equal(inode(path), first);
	assert_int_equal(warnings, 0);
	corpus_free(memory);
	/* nor does it depend on the number of threads, nor do the cache's bytes */
	before = read_cache(path, &size);
	assert_int_equal(unlink(path), 0);
	pool = pool_new(3);
	assert_non_null(pool);
	for (int i = 0; i < 2; i++) {
		memory = load(true, caches);
		assert_same(plain, memory);
		corpus_free(memory);
	}
	pool_free(pool);
	pool = NULL;
	after = read_cache(path, &size_after);
	assert_int_equal(size, size_after);
	assert_memory_equal(before, after, size);
	free(before);
	free(after);
	corpus_free(plain);
	free(path);
}

/* How many files in music/reels and music/airs were opened since. */
static int opened(int watch)
{
	char buffer[65536];
	int n = 0;

	for (;;) {
		const ssize_t got = read(watch, buffer, sizeof buffer);

		if (got <= 0)
			return n;
		for (ssize_t at = 0; at < got;) {
			struct inotify_event e;

			memcpy(&e, buffer + at, sizeof e);
			n += (e.mask & IN_OPEN) && !(e.mask & IN_ISDIR);
			at += (ssize_t)(sizeof e + e.len);
		}
	}
}

static void watch_folder(int watch, const char *name)
{
	char *path = file_join(music, name);

	assert_true(inotify_add_watch(watch, path, IN_OPEN) >= 0);
	free(path);
}

static void test_unchanged_files_are_not_opened(void **state)
{
	const int watch = inotify_init1(IN_NONBLOCK);
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_nsec = UTIME_OMIT}};
	struct corpus *c;
	struct stat st;
	char *path;

	(void)state;
	assert_true(watch >= 0);
	write_music(12);
	let_settle();
	watch_folder(watch, "reels");
	watch_folder(watch, "airs");
	corpus_free(load(true, caches));
	assert_int_equal(opened(watch), 17);
	corpus_free(load(true, caches));
	assert_int_equal(opened(watch), 0);
	/* one that is written to, of the same size and with its old times put back */
	path = file_join(music, "reels/001.mid");
	assert_int_equal(stat(path, &st), 0);
	tunes_write(music, "reels/001.mid", 77, 21, 1);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	opened(watch);
	c = load(true, caches);
	assert_int_equal(opened(watch), 1);
	corpus_free(c);
	assert_right();
	/* one that is new, one that is gone */
	tunes_write(music, "reels/new.mid", 78, 30, 0);
	assert_int_equal(unlink(path), 0);
	assert_right();
	assert_int_equal(warnings, 0);
	free(path);
	close(watch);
}

static void write_file(const char *path, const unsigned char *data, size_t size)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

/* Cut anywhere, any bit turned, anything else in its place: one warning, and the right corpus. */
static void test_damaged(void **state)
{
	struct corpus *plain, *c;
	unsigned char *data;
	char *path;
	size_t size;

	(void)state;
	write_music(3);
	let_settle();
	plain = load(false, NULL);
	corpus_free(load(true, caches));
	path = cache_file();
	data = read_cache(path, &size);
	for (size_t cut = 0; cut < size; cut += 1 + size / 80) {
		write_file(path, data, cut);
		warnings = 0;
		c = load(true, caches);
		assert_same(plain, c);
		corpus_free(c);
		assert_int_equal(warnings, 1);
	}
	for (size_t bit = 0; bit < 8 * size; bit += 1 + size / 6) {
		data[bit / 8] ^= (unsigned char)(1u << bit % 8);
		write_file(path, data, size);
		data[bit / 8] ^= (unsigned char)(1u << bit % 8);
		warnings = 0;
		c = load(true, caches);
		assert_same(plain, c);
		corpus_free(c);
		assert_int_equal(warnings, 1);
	}
	/* and then it is as it was */
	free(data);
	warnings = 0;
	c = load(true, caches);
	assert_same(plain, c);
	assert_int_equal(warnings, 0);
	corpus_free(c);
	corpus_free(plain);
	free(path);
}

/* What changes while it is in use is noticed when it is read. */
static void test_damaged_in_use(void **state)
{
	struct corpus_reader reader = {.bytes = NULL};
	struct corpus *c;
	unsigned char *data;
	char *path;
	size_t size;
	int failed = 0;

	(void)state;
	write_music(6);
	c = load(true, caches);
	path = cache_file();
	data = read_cache(path, &size);
	for (size_t i = 0; i < size; i++)
		data[i] ^= i % 7 == 0;
	write_file(path, data, size);
	for (size_t i = 0; i < c->n; i++)
		failed += !corpus_read(&reader, c, &c->pieces[i]);
	assert_int_equal(failed, c->n);
	assert_non_null(strstr(error_message(), ".mid: its notes cannot be read"));
	write_file(path, data, 10);
	assert_null(corpus_read(&reader, c, &c->pieces[c->n - 1]));
	corpus_reader_done(&reader);
	corpus_free(c);
	free(data);
	free(path);
}

/* Neither a folder that cannot be made nor a disk that is full is anybody's business. */
static void test_nowhere_to_write(void **state)
{
	struct corpus *plain, *c;
	struct rlimit before, few;
	char *under, *path;
	struct stat st;

	(void)state;
	write_music(12);
	plain = load(false, NULL);
	tunes_write_text(caches, "file", "not a folder");
	under = file_join(caches, "file/musegen");
	c = load(true, under);
	assert_same(plain, c);
	corpus_free(c);
	free(under);
	under = file_join(caches, "file");
	assert_int_equal(unlink(under), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	/* how large it is when there is room */
	corpus_free(load(true, caches));
	path = cache_file();
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(unlink(path), 0);
	for (rlim_t limit = 0; limit < (rlim_t)st.st_size; limit += 1 + (rlim_t)st.st_size / 20) {
		few = (struct rlimit){limit, before.rlim_max};
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
		c = load(true, caches);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
		assert_same(plain, c);
		corpus_free(c);
		assert_null(cache_file());
	}
	assert_int_equal(warnings, 0);
	corpus_free(plain);
	free(under);
	free(path);
}

/* Several at once write the same file, each whole. */
static void test_at_once(void **state)
{
	pid_t children[6];
	char *path;

	(void)state;
	write_music(40);
	for (size_t i = 0; i < 6; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0) {
			const struct corpus_options options = {
				.reading = {.grid = 24}, .parts_max = 4, .packed = true, .cache = caches};
			const char *const paths[] = {music};
			struct corpus *c = corpus_load(paths, 1, &options, NULL);

			_exit(c && c->n == 41 && warnings == 0 ? 0 : 1);
		}
	}
	for (size_t i = 0; i < 6; i++) {
		int status;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	path = cache_file();
	assert_non_null(path);
	free(path);
	assert_right();
	assert_int_equal(warnings, 0);
}

static void put_aged(const char *name, int days)
{
	char *path = file_join(caches, name);
	struct timespec times[2] = {{.tv_sec = time(NULL) - (time_t)days * 86400}};

	tunes_write_text(caches, name, "old");
	times[1] = times[0];
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	free(path);
}

static bool is_there(const char *name)
{
	char *path = file_join(caches, name);
	const bool there = file_exists(path);

	free(path);
	return there;
}

static void test_old_ones_go(void **state)
{
	(void)state;
	put_aged("a" CACHE_SUFFIX, CACHE_DAYS + 1);
	put_aged("a" CACHE_SUFFIX TWINS_SUFFIX, CACHE_DAYS + 1);
	put_aged("b" CACHE_SUFFIX, CACHE_DAYS - 1);
	put_aged("c.mid", CACHE_DAYS + 1); /* not ours */
	put_aged(".musegen-0123456789abcdef.tmp", 0);
	write_music(3);
	corpus_free(load(true, caches));
	assert_false(is_there("a" CACHE_SUFFIX));
	assert_false(is_there("a" CACHE_SUFFIX TWINS_SUFFIX));
	assert_true(is_there("b" CACHE_SUFFIX));
	assert_true(is_there("c.mid"));
	assert_false(is_there(".musegen-0123456789abcdef.tmp"));
}

/* ---- events --------------------------------------------------------------- */

static struct event note(int shift, int part, int pitch, int duration)
{
	return (struct event){
		.shift = shift, .duration = duration, .part = (uint8_t)part, .pitch = (uint8_t)pitch, .velocity = 80};
}

/* Pack, and read again as a piece of two parts; the events must come back when it is taken. */
static bool taken(const struct event *events, size_t n)
{
	struct bytes b = {0};
	struct event again[16];
	bool ok;

	packed_events(&b, events, n);
	assert_false(b.failed);
	ok = packed_read(again, n, b.data, b.size, 2) == 0;
	for (size_t i = 0; ok && i < n; i++)
		assert_true(again[i].shift == events[i].shift && again[i].duration == events[i].duration &&
		            again[i].kind == events[i].kind && again[i].part == events[i].part &&
		            again[i].pitch == events[i].pitch && again[i].velocity == events[i].velocity &&
		            again[i].numerator == events[i].numerator && again[i].fermata == events[i].fermata);
	/* nor is it taken with a byte more, or less */
	bytes_byte(&b, 0);
	assert_true(packed_read(again, n, b.data, b.size, 2) < 0);
	assert_true(b.size < 2 || packed_read(again, n, b.data, b.size - 2, 2) < 0);
	free(b.data);
	return ok;
}

static void test_events_are_checked(void **state)
{
	const struct event metre = {.shift = 96, .kind = EVENT_METRE, .numerator = 255, .denominator_log2 = 7};
	const struct event good[] = {note(0, 0, 127, 200),
	                             note(0, 1, 0, 1),
	                             metre,
	                             note(0, 0, 60, 1),
	                             note(0, 0, 60, 2),
	                             note(0, 0, 59, 1),
	                             {.shift = 104, .kind = EVENT_END}};
	enum { N = sizeof good / sizeof *good };
	struct {
		size_t at;
		struct event event;
	} const bad[] = {
		{0, note(0, 0, 128, 200)},
		{0, note(0, 0, 127, 0)},
		{0, note(0, 0, 127, SONG_TICK_MAX)},
		{0, note(SONG_TICK_MAX, 0, 127, 1)},
		{1, note(0, 2, 0, 1)},
		{1, note(0, 0, 0, 1)}, /* part 1 has no note */
		{2, {.shift = 96, .kind = EVENT_METRE, .numerator = 0, .denominator_log2 = 2}},
		{2, {.shift = 96, .kind = EVENT_METRE, .numerator = 4, .denominator_log2 = 8}},
		{2, {.shift = 0, .kind = EVENT_METRE, .numerator = 4, .denominator_log2 = 2}},
		{3, metre},
		{3, {.shift = 0, .kind = EVENT_END}},
		{4, note(0, 0, 61, 2)},
		{5, note(0, 0, 60, 1)},
		{6, {.shift = 103, .kind = EVENT_END}}, /* before the first note ends */
		{6, note(1, 0, 60, 1)},
	};
	struct event events[N];
	struct event quiet = note(0, 0, 127, 200), loud = quiet;

	(void)state;
	assert_true(taken(good, N));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		memcpy(events, good, sizeof good);
		events[bad[i].at] = bad[i].event;
		/* the second metre of one tick is not as long a shift after the first */
		if (bad[i].at == 3 && bad[i].event.kind == EVENT_METRE)
			events[3].shift = 0;
		if (taken(events, N))
			print_error("bad event %zu is taken\n", i);
		assert_false(taken(events, N));
	}
	quiet.velocity = 0;
	loud.velocity = 128;
	memcpy(events, good, sizeof good);
	events[0] = quiet;
	assert_false(taken(events, N));
	events[0] = loud;
	assert_false(taken(events, N));
}

/* ---- twins ---------------------------------------------------------------- */

enum { MANY = 1200 };

static void recall(size_t *group, const struct corpus *c)
{
	memset(group, 0xff, MANY * sizeof *group);
	assert_int_equal(twins_recall(group, c), 0);
}

/* Every piece alone: wrong, but groups. That they come back says that the file is read. */
static void write_believable(const struct corpus *c, const unsigned char *data, size_t size, const size_t *group)
{
	struct bytes b = {0};

	assert_true(group[0] == group[1]);
	bytes_put(&b, data, 20);
	for (size_t i = 0; i < c->n; i++)
		words_put(&b, i, 4);
	words_put(&b, words_check(b.data, b.size), 8);
	assert_int_equal(b.size, size);
	write_file(c->twins_path, b.data, b.size);
	free(b.data);
}

static void test_twins_are_remembered(void **state)
{
	struct corpus c = {.n = MANY};
	size_t *group = calloc(MANY, sizeof *group), *again = calloc(MANY, sizeof *again);
	unsigned char *data;
	size_t size, apart = 0;

	(void)state;
	c.pieces = calloc(MANY, sizeof *c.pieces);
	assert_true(group && again && c.pieces);
	c.twins_path = file_join(caches, "x" TWINS_SUFFIX);
	for (size_t i = 0; i < MANY; i++) {
		struct corpus_piece *p = &c.pieces[i];

		p->piece = tune_piece(i / 2, i % 2 ? 30 : 31, 0);
		p->fingerprint = notes_fingerprint(p->piece);
		p->hash = notes_hash_piece(0, p->piece);
	}
	recall(group, &c);
	for (size_t i = 0; i < MANY; i += 2)
		apart += group[i] != group[i + 1];
	assert_true(apart < 10);
	data = read_cache(c.twins_path, &size);
	/* groups that are none are not believed, though the check be right */
	for (size_t i = 0; i < 3; i++) {
		const uint32_t wrong[] = {MANY, UINT32_MAX, (uint32_t)(group[0] == 0 ? 1 : 0)};
		struct bytes b = {0};

		bytes_put(&b, data, size - 8);
		memcpy(b.data + 20 + 4 * group[0], &wrong[i], 4);
		words_put(&b, words_check(b.data, b.size), 8);
		write_file(c.twins_path, b.data, b.size);
		recall(again, &c);
		assert_memory_equal(group, again, MANY * sizeof *group);
		free(b.data);
	}
	for (size_t bit = 0; bit < 8 * size; bit += 97) {
		data[bit / 8] ^= (unsigned char)(1u << bit % 8);
		write_file(c.twins_path, data, bit % 2 ? size : size - bit % size);
		data[bit / 8] ^= (unsigned char)(1u << bit % 8);
		if (bit > 97 * 40)
			break;
		recall(again, &c);
		assert_memory_equal(group, again, MANY * sizeof *group);
	}
	write_believable(&c, data, size, group);
	recall(again, &c);
	assert_int_equal(again[group[0]], group[0]);
	assert_true(again[1] == 1 && again[0] == 0);
	/* but not of other pieces */
	c.pieces[5].hash++;
	recall(again, &c);
	assert_memory_equal(group, again, MANY * sizeof *group);
	for (size_t i = 0; i < MANY; i++)
		piece_free(c.pieces[i].piece);
	free(c.pieces);
	free(c.twins_path);
	free(data);
	free(group);
	free(again);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folders, remove_folders)
	const struct CMUnitTest tests[] = {
		TEST(test_the_same_corpus),
		TEST(test_unchanged_files_are_not_opened),
		TEST(test_damaged),
		TEST(test_damaged_in_use),
		TEST(test_nowhere_to_write),
		TEST(test_at_once),
		TEST(test_old_ones_go),
		TEST(test_events_are_checked),
		TEST(test_twins_are_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
