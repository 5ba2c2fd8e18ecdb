/*
 * Corpora read in other ways than whole: cut to frames, the top part alone,
 * with a cache and without; and the data sets whose frames are known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "corpus/corpus.h"
#include "tunes.h"

static struct corpus *load(const char *path, struct reading reading, const char *cache, bool packed)
{
	const struct corpus_options options = {
		.reading = reading, .parts_max = 2, .keep_duplicates = true, .packed = packed, .cache = cache};
	struct corpus *c = corpus_load(&path, 1, &options, NULL);

	if (!c)
		print_error("%s\n", error_message());
	assert_non_null(c);
	assert_true(reading_same(&c->reading, &reading));
	return c;
}

static const struct piece *events_of(struct corpus_reader *reader, const struct corpus *c, size_t i)
{
	const struct piece *p = corpus_read(reader, c, &c->pieces[i]);

	assert_non_null(p);
	return p;
}

/* ---- ways of reading ------------------------------------------------------- */

/* Three parts: a line of eighths with a chord in it, and two that hold. */
static void write_music(const char *folder)
{
	struct song *s = song_new(24);

	assert_non_null(s);
	for (int k = 0; k < 3; k++)
		song_add_part(s, NULL, k, k);
	for (int i = 0; i < 16; i++) {
		song_add_note(s, 0, (struct note){12 * i, 12, (uint8_t)(72 + i % 5), 90, false});
		song_add_note(s, 1, (struct note){12 * i, 12, (uint8_t)(60 + i % 3), 70, false});
	}
	song_add_note(s, 0, (struct note){0, 12, 69, 90, false});
	song_add_note(s, 2, (struct note){0, 192, 40, 60, false});
	song_order(s);
	tunes_write_song(folder, "three.mid", s);
	song_free(s);
}

/* Caches in the folder. */
static int count_caches(const char *folder)
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	int n = 0;

	assert_non_null(d);
	while ((e = readdir(d)))
		n += strstr(e->d_name, ".corpus") != NULL;
	closedir(d);
	return n;
}

static void test_ways(void **state)
{
	const struct reading ways[] = {{24, TAKE_ALL, 24, 0, FRAMES_TOGETHER},
	                               {24, TAKE_TOP, 0, 0, FRAMES_TOGETHER},
	                               {24, TAKE_TOP, 24, 0, FRAMES_TOGETHER},
	                               {24, TAKE_TOP, 12, 0, FRAMES_TOGETHER},
	                               {24, TAKE_ALL, 24, 24, FRAMES_TOGETHER}};
	/* every other note of the two lines, the chord's other note and the long one, which is eight frames long; the
	 * line; half of it; all of it */
	const size_t notes[] = {18, 16, 8, 16, 25};
	char *music = tunes_folder(), *caches = tunes_folder();
	struct corpus_reader readers[2] = {{.bytes = NULL}, {.bytes = NULL}};

	(void)state;
	write_music(music);
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
			struct corpus *plain = load(music, ways[i], NULL, false);
			struct corpus *cached = load(music, ways[i], caches, true);
			const struct piece *p = events_of(&readers[0], plain, 0);
			const struct piece *q = events_of(&readers[1], cached, 0);

			assert_int_equal(plain->n, 1);
			assert_int_equal(start_part_count(&p->start), 1);
			assert_int_equal(plain->pieces[0].notes, notes[i]);
			assert_true(plain->fingerprint == cached->fingerprint);
			assert_int_equal(p->n, q->n);
			for (size_t e = 0; e < p->n; e++)
				assert_true(p->events[e].shift == q->events[e].shift &&
				            p->events[e].pitch == q->events[e].pitch &&
				            p->events[e].duration == q->events[e].duration &&
				            p->events[e].velocity == q->events[e].velocity);
			/* each way has a cache of its own */
			assert_int_equal(count_caches(caches), round ? 5 : (int)i + 1);
			corpus_free(plain);
			corpus_free(cached);
		}
	corpus_reader_done(&readers[0]);
	corpus_reader_done(&readers[1]);
	tunes_remove(music);
	tunes_remove(caches);
}

static int warnings;

static void count_warning(void *context, enum log_level level, const char *message)
{
	(void)context;
	(void)message;
	warnings += level == LOG_WARNING;
}

/* The cache in the folder whose name has this in it; the caller frees. */
static char *find_cache(const char *folder, const char *part)
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	char *path = NULL;

	assert_non_null(d);
	while (!path && (e = readdir(d)))
		if (strstr(e->d_name, part) && strstr(e->d_name, ".corpus"))
			path = file_join(folder, e->d_name);
	closedir(d);
	assert_non_null(path);
	return path;
}

/* The name is not all that tells one way's cache from another's. */
static void test_another_ways_cache(void **state)
{
	const struct reading ways[] = {{24, TAKE_TOP, 0, 0, FRAMES_TOGETHER},
	                               {24, TAKE_ALL, 24, 0, FRAMES_TOGETHER},
	                               {24, TAKE_TOP, 24, 48, FRAMES_TOGETHER},
	                               {24, TAKE_TOP, 24, 0, FRAMES_TOGETHER}};
	static const char *const names[] = {"-24-top-0-0-", "-24-all-24-0-", "-24-top-24-48-", "-24-top-24-0-"};
	char *music = tunes_folder(), *caches = tunes_folder();

	(void)state;
	write_music(music);
	log_set_sink(count_warning, NULL);
	for (size_t i = 0; i < 4; i++)
		corpus_free(load(music, ways[i], caches, true));
	assert_int_equal(warnings, 0);
	for (size_t i = 0; i < 3; i++) {
		char *from = find_cache(caches, names[i]), *to = find_cache(caches, names[3]);
		struct corpus *plain = load(music, ways[3], NULL, false), *c;

		assert_int_equal(rename(from, to), 0);
		c = load(music, ways[3], caches, true);
		assert_int_equal(warnings, i + 1);
		assert_true(c->fingerprint == plain->fingerprint);
		corpus_free(c);
		corpus_free(plain);
		free(from);
		free(to);
	}
	log_set_sink(NULL, NULL);
	tunes_remove(music);
	tunes_remove(caches);
}

/* The most parts are counted once the piece is read. */
static void test_parts(void **state)
{
	const struct corpus_options all = {.reading = {.grid = 24}, .parts_max = 2};
	char *music = tunes_folder();
	const char *path = music;
	struct corpus *c;

	(void)state;
	write_music(music);
	assert_null(corpus_load(&path, 1, &all, NULL));
	assert_non_null(strstr(error_message(), "3 parts, more than 2"));
	c = load(music, (struct reading){.grid = 24, .take = TAKE_TOP}, NULL, false);
	corpus_free(c);
	tunes_remove(music);
}

/* ---- data sets of rolls ---------------------------------------------------- */

/* Not our reader: the note-ons and note-offs of a format 0 file with running status, 480 ticks a quarter, as a table. */
#define FRAMES_MAX 2000
static bool file_table[FRAMES_MAX][128];

static unsigned long number(const unsigned char **p)
{
	unsigned long n = 0;

	do
		n = n << 7 | (**p & 0x7f);
	while (*(*p)++ & 0x80);
	return n;
}

/* How many frames. */
static int read_table(const unsigned char *data, int ticks)
{
	const unsigned char *p = data + 22; /* a header of 14 bytes, the track's of 8 */
	unsigned long now = 0;
	long since[128];
	int status = 0;

	assert_int_equal(data[12] << 8 | data[13], 480);
	memset(file_table, 0, sizeof file_table);
	for (int k = 0; k < 128; k++)
		since[k] = -1;
	for (;;) {
		now += number(&p);
		if (*p == 0xff) {
			const int type = p[1];
			unsigned long size;

			p += 2;
			size = number(&p);
			p += size;
			if (type == 0x2f)
				break;
			continue;
		}
		if (*p & 0x80)
			status = *p++ & 0xf0;
		if (status == 0xc0) {
			p++;
			continue;
		}
		assert_int_equal(status, 0x90);
		if (p[1] > 0 && since[p[0]] < 0) {
			since[p[0]] = (long)now;
		} else if (p[1] == 0) {
			assert_true(now / (unsigned long)ticks <= FRAMES_MAX);
			for (long t = since[p[0]] / ticks; t < (long)now / ticks; t++)
				file_table[t][p[0]] = true;
			since[p[0]] = -1;
		}
		p += 2;
	}
	assert_int_equal(now % (unsigned long)ticks, 0);
	return (int)(now / (unsigned long)ticks);
}

/* Are the events the file's roll, frame by frame? Their frames. */
static int check_roll(const struct piece *p, const char *path, int frame)
{
	static bool table[FRAMES_MAX][128];
	unsigned char *data = NULL;
	size_t size;
	int now = 0, frames;

	memset(table, 0, sizeof table);
	for (size_t i = 0; i < p->n; i++) {
		const struct event *e = &p->events[i];

		now += e->shift;
		assert_true(now % frame == 0 && e->duration % frame == 0);
		assert_true(now + e->duration <= FRAMES_MAX * frame);
		for (int t = now / frame; e->kind == EVENT_NOTE && t < (now + e->duration) / frame; t++)
			table[t][e->pitch] = true;
	}
	assert_int_equal(file_read(path, 1 << 24, &data, &size), 0);
	frames = read_table(data, frame * 20);
	free(data);
	assert_int_equal(frames, now / frame);
	assert_memory_equal(table, file_table, sizeof table);
	return frames;
}

/* "229/76/77 sequences, 23,134 frames" */
static void stated(int *pieces, int *frames, const char *folder)
{
	char *path = file_join(folder, "PROVENANCE.md"), *text;
	const char *at;
	unsigned char *data = NULL;
	size_t size;
	int parts[3], thousands, rest;

	assert_int_equal(file_read(path, 1 << 20, &data, &size), 0);
	text = text_clean((const char *)data, size);
	at = strstr(text, " sequences, ");
	assert_non_null(at);
	while (at > text && strchr("0123456789/", at[-1]))
		at--;
	assert_int_equal(
		sscanf(at, "%d/%d/%d sequences, %d,%d frames", &parts[0], &parts[1], &parts[2], &thousands, &rest), 5);
	*pieces = parts[0] + parts[1] + parts[2];
	*frames = 1000 * thousands + rest;
	free(text);
	free(data);
	free(path);
}

static void test_polybench(void **state)
{
	static const struct {
		const char *name;
		int frame;
	} sets[] = {{"jsb", 24}, {"nottingham", 12}};
	const char *shared = getenv("MUSEGEN_SHARED");
	struct corpus_reader reader = {.bytes = NULL};
	struct stat st;

	(void)state;
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		char *folder = text_format("%s/corpora/polybench/%s", shared ? shared : "../shared", sets[i].name);
		int pieces, frames, counted;
		struct corpus *c;

		assert_non_null(folder);
		if (stat(folder, &st) < 0) {
			print_message("skipped: no %s (MUSEGEN_SHARED says where)\n", folder);
			free(folder);
			skip();
			return;
		}
		stated(&pieces, &frames, folder);
		for (int strike = 0; strike <= 2; strike++) {
			counted = 0;
			c = load(folder,
			         (struct reading){24, TAKE_ALL, sets[i].frame, strike * sets[i].frame, FRAMES_TOGETHER},
			         NULL, false);
			for (size_t k = 0; k < c->n; k++)
				counted += check_roll(events_of(&reader, c, k), c->pieces[k].path, sets[i].frame);
			print_message("%s, struck every %d: %zu pieces, %d frames\n", sets[i].name, strike, c->n,
			              counted);
			assert_int_equal(c->n, pieces);
			assert_int_equal(counted, frames);
			corpus_free(c);
		}
		free(folder);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_another_ways_cache),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_polybench),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
