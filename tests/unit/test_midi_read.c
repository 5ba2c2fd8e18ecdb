/* What a MIDI file says and what the song says: formats, notes, names, programs, maps, text, time codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "midi/smf.h"
#include "midi_make.h"
#include "midi_songs.h"

static void no_log(void *context, enum log_level level, const char *message)
{
	(void)context;
	(void)level;
	fail_msg("the log says \"%s\"", message);
}

/* Read what b holds; b is emptied. */
static struct songs read_bytes(struct bytes *b)
{
	struct songs songs;

	log_set_sink(no_log, NULL);
	assert_false(b->failed);
	if (smf_read_memory(&songs, "test", b->data, b->size) < 0)
		fail_msg("%s", error_message());
	free(b->data);
	*b = (struct bytes){0};
	for (size_t i = 0; i < songs.n; i++)
		if (song_unsound(songs.songs[i]))
			fail_msg("unsound: %s", song_unsound(songs.songs[i]));
	return songs;
}

#define READ_TRACK(songs, division, literal)                                                                           \
	do {                                                                                                           \
		struct bytes bytes = {0};                                                                              \
		header(&bytes, 1, 1, (division));                                                                      \
		TRACK(&bytes, literal);                                                                                \
		songs = read_bytes(&bytes);                                                                            \
	} while (0)

static void check_note(const struct part *p, size_t i, int onset, int duration, int pitch, int velocity)
{
	assert_true(i < p->n);
	assert_int_equal(p->notes[i].onset, onset);
	assert_int_equal(p->notes[i].duration, duration);
	assert_int_equal(p->notes[i].pitch, pitch);
	assert_int_equal(p->notes[i].velocity, velocity);
	assert_false(p->notes[i].grace);
}

static void test_first_in_first_out(void **state)
{
	struct songs s;

	(void)state;
	/* 60: 0-32 and 16-48; 62: off and on at one tick; 64: zero length; 65 hangs; 66 of velocity 0 only */
	READ_TRACK(s, 96,
	           "\0\x90\x3C\x41\0\x3E\x42\x10\x3C\x43\x10\x3C\0\0\x80\x3E\0\0\x90\x3E\x44\x10\x80\x3C\x40"
	           "\0\x80\x3E\0"
	           "\0\x90\x40\x45\0\x80\x40\0\0\x90\x41\x46\0\x90\x42\0\x20\xFF\x2F\0");
	assert_int_equal(s.n, 1);
	assert_int_equal(s.songs[0]->ppq, 96);
	assert_int_equal(s.songs[0]->n_parts, 1);
	assert_int_equal(s.songs[0]->end, 80);
	{
		const struct part *p = &s.songs[0]->parts[0];

		assert_int_equal(p->n, 6);
		check_note(p, 0, 0, 32, 62, 0x42);
		check_note(p, 1, 0, 32, 60, 0x41);
		check_note(p, 2, 16, 32, 60, 0x43);
		check_note(p, 3, 32, 16, 62, 0x44);
		check_note(p, 4, 48, 32, 65, 0x46);
		check_note(p, 5, 48, 1, 64, 0x45);
		assert_int_equal(p->channel, 0);
		assert_int_equal(p->program, -1);
		assert_null(p->name);
	}
	assert_int_equal(s.mended, 3);
	assert_string_equal(s.mends, "track 1: a note without end; track 1: a note of no length; "
	                             "track 1: the end of a note that never began");
	songs_done(&s);
}

static void test_hanging_to_the_end_of_the_song(void **state)
{
	struct bytes b = {0};
	struct songs s;

	(void)state;
	header(&b, 1, 2, 96);
	TRACK(&b, "\x10\x90\x3C\x40\0\xFF\x2F\0"); /* hangs where its track ends */
	TRACK(&b, "\0\x91\x30\x40\x60\x81\x30\0" END);
	s = read_bytes(&b);
	check_note(&s.songs[0]->parts[0], 0, 0x10, 0x50, 60, 0x40);
	check_note(&s.songs[0]->parts[1], 0, 0, 0x60, 48, 0x40);
	songs_done(&s);
}

static void test_channels_of_one_track(void **state)
{
	struct songs s;

	(void)state;
	READ_TRACK(s, 96,
	           "\0\xFF\3\5Title\0\xC3\x07\0\x93\x30\x40\0\x95\x60\x41\0\x99\x24\x42"
	           "\x60\x83\x30\0\0\x85\x60\0\0\x89\x24\0" END);
	assert_int_equal(s.songs[0]->n_parts, 2);
	assert_string_equal(s.songs[0]->title, "Title");
	assert_int_equal(s.songs[0]->percussion_notes, 1);
	/* the higher comes first; both have the track's name, which is the song's too */
	assert_int_equal(s.songs[0]->parts[0].channel, 5);
	assert_int_equal(s.songs[0]->parts[0].program, -1);
	assert_string_equal(s.songs[0]->parts[0].name, "Title");
	assert_int_equal(s.songs[0]->parts[1].channel, 3);
	assert_int_equal(s.songs[0]->parts[1].program, 7);
	assert_null(s.mends);
	songs_done(&s);
}

static void test_format_0(void **state)
{
	struct bytes b = {0};
	struct songs s;

	(void)state;
	header(&b, 0, 1, 24);
	TRACK(&b, "\0\xFF\3\4Name\0\x90\x3C\x40\0\x91\x30\x40\x18\x80\x3C\0\0\x81\x30\0" END);
	s = read_bytes(&b);
	assert_string_equal(s.songs[0]->title, "Name");
	assert_int_equal(s.songs[0]->n_parts, 2);
	assert_null(s.songs[0]->parts[0].name);
	songs_done(&s);
}

static void test_format_2(void **state)
{
	struct bytes b = {0};
	struct songs s;

	(void)state;
	header(&b, 2, 4, 96);
	TRACK(&b, "\0\xFF\3\3one\0\xFF\x51\3\1\0\0" NOTE END);
	TRACK(&b, "\0\xFF\3\4none\0\xFF\x51\3\2\0\0" END);
	TRACK(&b, "\0\xFF\x58\4\3\2\x18\10" NOTE NOTE END);
	TRACK(&b, "\0\xFF\3\4four\0\xFF\x51\3\4\0\0\0\x92\x30\x40\x10\x82\x30\0" END);
	s = read_bytes(&b);
	assert_int_equal(s.n, 3);
	assert_string_equal(s.songs[0]->title, "one");
	assert_int_equal(s.songs[0]->tempos[0].us_per_quarter, 0x10000);
	assert_null(s.songs[1]->title);
	assert_int_equal(s.songs[1]->n_tempos, 0);
	assert_int_equal(song_notes(s.songs[1]), 2);
	assert_string_equal(s.songs[2]->title, "four");
	assert_int_equal(s.songs[2]->tempos[0].us_per_quarter, 0x40000);
	assert_int_equal(s.songs[2]->end, 0x10);
	assert_int_equal(s.mended, 0);
	songs_done(&s);
}

static void test_names_and_programs(void **state)
{
	struct bytes b = {0};
	struct songs s;
	const struct part *p;

	(void)state;
	header(&b, 1, 5, 96);
	/* programs of channels 1 and 2 by another track; the title; names after the notes; a second name */
	TRACK(&b, "\0\xFF\3\x05Piece\0\xC1\x0A\0\xC2\x0B\x60\xC1\x0C" END);
	TRACK(&b, "\0\xFF\3\4high\0\xC0\1\0\xC0\2\0\x90\x60\x40\0\xC0\3\x60\x80\x60\0" END);
	TRACK(&b, "\0\x91\x50\x40\x60\x81\x50\0\0\xFF\3\6second\0\xFF\3\4more" END);
	TRACK(&b, "\x60\x91\x40\x40\x60\x81\x40\0" END);
	TRACK(&b, "\0\xFF\3\3low\0\x92\x30\x40\0\xC2\x0D\x60\x82\x30\0" END);
	s = read_bytes(&b);
	p = s.songs[0]->parts;
	assert_int_equal(s.songs[0]->n_parts, 4);
	assert_string_equal(s.songs[0]->title, "Piece");
	assert_string_equal(p[0].name, "high");
	assert_int_equal(p[0].program, 2); /* of its track, in force at its first note */
	assert_string_equal(p[1].name, "second");
	assert_int_equal(p[1].program, 10); /* of its channel, from the first track */
	assert_null(p[2].name);
	assert_int_equal(p[2].program, 12); /* the later one at the tick of its first note */
	assert_string_equal(p[3].name, "low");
	assert_int_equal(p[3].program, 11); /* its own comes after the first note */
	songs_done(&s);
}

static void test_maps_from_any_track(void **state)
{
	struct bytes b = {0};
	struct songs s;
	const struct song *g;

	(void)state;
	header(&b, 1, 3, 96);
	TRACK(&b, "\x83\x00\xFF\x51\3\7\xA1\x20\x60\xFF\6\7"
	          "fermata" END);
	TRACK(&b, "\0\xFF\x51\3\6\xFA\xFE\0\xFF\x58\4\3\2\x18\10\0\x90\x3C\x40\x83\0\x80\x3C\0"
	          "\0\xFF\x59\2\xF9\1\0\xFF\1\4late" END);
	TRACK(&b, "\0\xFF\x51\3\5\xFF\xFF\0\xFF\x59\2\7\0\x60\xFF\6\5first\0\xFF\1\5"
	          "early" END);
	s = read_bytes(&b);
	g = s.songs[0];
	/* at one tick the later track's word counts */
	assert_int_equal(g->n_tempos, 2);
	assert_int_equal(g->tempos[0].us_per_quarter, 0x5FFFF);
	assert_int_equal(g->tempos[0].tick, 0);
	assert_int_equal(g->tempos[1].us_per_quarter, 500000);
	assert_int_equal(g->tempos[1].tick, 384);
	assert_int_equal(g->n_metres, 1);
	assert_int_equal(g->metres[0].numerator, 3);
	assert_int_equal(g->metres[0].denominator_log2, 2);
	assert_int_equal(g->n_keys, 2);
	assert_int_equal(g->keys[0].fifths, 7);
	assert_false(g->keys[0].minor);
	assert_int_equal(g->keys[1].fifths, -7);
	assert_true(g->keys[1].minor);
	assert_int_equal(g->n_markers, 2);
	assert_string_equal(g->markers[0].text, "first");
	assert_string_equal(g->markers[1].text, "fermata");
	assert_int_equal(g->markers[1].tick, 480);
	assert_int_equal(g->n_texts, 2);
	assert_string_equal(g->texts[0].text, "early");
	assert_string_equal(g->texts[1].text, "late");
	assert_null(g->title);
	songs_done(&s);
}

static void check_text(const char *bytes, size_t size, const char *want)
{
	struct bytes b = {0}, t = {0};
	struct songs s;

	PUT(&t, "\0\xFF\1");
	bytes_vlq(&t, (uint32_t)size);
	put(&t, bytes, size);
	PUT(&t, NOTE END);
	header(&b, 1, 1, 96);
	track(&b, (const char *)t.data, t.size);
	free(t.data);
	s = read_bytes(&b);
	if (!want) {
		assert_int_equal(s.songs[0]->n_texts, 0);
	} else {
		assert_int_equal(s.songs[0]->n_texts, 1);
		assert_string_equal(s.songs[0]->texts[0].text, want);
	}
	songs_done(&s);
}
#define CHECK_TEXT(literal, want) check_text((literal), sizeof(literal) - 1, (want))

static void test_text(void **state)
{
	char *text;
	char longer[6000];

	(void)state;
	CHECK_TEXT("plain", "plain");
	CHECK_TEXT("na\xC3\xAFve", "na\xC3\xAFve");
	CHECK_TEXT("na\xEFve", "na\xC3\xAFve");
	CHECK_TEXT("\x1B[31mred", "?[31mred");
	CHECK_TEXT("zero\0\0", "zero");
	CHECK_TEXT("line\r\n", "line");
	CHECK_TEXT("two\nlines  ", "two?lines");
	CHECK_TEXT("", NULL);
	CHECK_TEXT(" \t\r\n\0", NULL);
	/* every length round those that libsmf counts wrong, and round what is kept */
	for (size_t n = 120; n < 5000; n += n < 270 ? 1 : n < 4080 ? 381 : n < 4110 ? 1 : 300) {
		memset(longer, 'a', n);
		for (size_t i = 0; i < n; i += 10)
			longer[i] = (char)('0' + i / 10 % 10);
		text = mem_string_n(longer, n < 4096 ? n : 4096);
		assert_non_null(text);
		check_text(longer, n, text);
		free(text);
	}
	/* a character of three bytes is kept or cut whole */
	for (size_t before = 4090; before < 4100; before++) {
		memset(longer, 'a', before);
		memcpy(longer + before, "\xE2\x99\xAF", 3);
		text = mem_string_n(longer, before + 3 <= 4096 ? before + 3 : before < 4096 ? before : 4096);
		assert_non_null(text);
		check_text(longer, before + 3, text);
		free(text);
	}
}

static void test_smpte(void **state)
{
	static const struct {
		unsigned division;
		int ppq, tempo;
		double seconds; /* of 96 ticks */
	} cases[] = {
		{0xE728, 500, 500000, 96 / 1000.0},        /* 25 frames of 40: milliseconds */
		{0xE804, 48, 500000, 96 / 96.0},           /* 24 of 4 */
		{0xE250, 1200, 500000, 96 / 2400.0},       /* 30 of 80 */
		{0xE350, 1200, 500500, 96 * 1.001 / 2400}, /* 29.97 of 80 */
		{0xE701, 25, 1000000, 96 / 25.0},          /* 25 of 1: half a second is no whole number of ticks */
		{0xE2FF, 3825, 500000, 96 / 7650.0},
	};
	struct songs s;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		double seconds;

		/* a tempo means nothing there */
		READ_TRACK(s, cases[i].division, "\0\xFF\x51\3\1\2\3" NOTE END);
		assert_int_equal(s.songs[0]->ppq, cases[i].ppq);
		assert_int_equal(s.songs[0]->n_tempos, 1);
		assert_int_equal(s.songs[0]->tempos[0].us_per_quarter, cases[i].tempo);
		seconds = song_seconds(s.songs[0], 96) - cases[i].seconds;
		assert_true(seconds < 1e-9 && seconds > -1e-9);
		assert_int_equal(s.mended, 0);
		songs_done(&s);
	}
}

static void test_long_times(void **state)
{
	struct songs s;

	(void)state;
	/* dropped events leave gaps that one delta time cannot hold */
	READ_TRACK(s, 32767,
	           "\0\x90\x3C\x40\xFF\xFF\xFF\x7F\xB0\1\1\xFF\xFF\xFF\x7F\xB0\1\1\xFF\xFF\xFF\x7F\x80\x3C\0"
	           "\0\xFF\6\3"
	           "end" END);
	check_note(&s.songs[0]->parts[0], 0, 0, 3 * 0x0FFFFFFF, 60, 0x40);
	assert_int_equal(s.songs[0]->markers[0].tick, 3 * 0x0FFFFFFF);
	assert_int_equal(s.songs[0]->end, 3 * 0x0FFFFFFF);
	songs_done(&s);
}

static void test_pickup(void **state)
{
	struct songs s;

	(void)state;
	READ_TRACK(s, 96,
	           "\0\xFF\x58\4\1\2\x18\10\0\x90\x3C\x40\x60\x80\x3C\0"
	           "\0\xFF\x58\4\3\2\x18\10\0\x90\x3E\x40\x82\x20\x80\x3E\0" END);
	assert_int_equal(s.songs[0]->pickup, 96);
	assert_int_equal(s.songs[0]->n_metres, 1);
	assert_int_equal(s.songs[0]->metres[0].numerator, 3);
	songs_done(&s);
}

static void test_missing_file(void **state)
{
	struct songs s;

	(void)state;
	assert_int_equal(smf_read(&s, "/nowhere/none.mid"), -1);
	assert_non_null(strstr(error_message(), "/nowhere/none.mid"));
	assert_int_equal(smf_read(&s, "/tmp"), -1);
	assert_non_null(strstr(error_message(), "/tmp"));
}

/* The clean bytes are a MIDI file: checked again they are the same, with nothing to mend. */
static void test_clean_stays_clean(void **state)
{
	struct bytes b = {0};
	struct smf_checked once, twice;
	size_t old;

	(void)state;
	header(&b, 1, 3, 96);
	TRACK(&b, "\0\xFF\3\x05Piece\0\xF0\3\1\2\xF7\0\xFF\x51\3\7\xA1\x20\0\xFF\1\4text\x60\xFF\6\4mark");
	TRACK(&b, "\0\xFF\3\4high\0\xC0\1\0\x90\x3C\x40\x60\x3C\0\0\xB0\7\x7F\0\x40\x40" END "\0");
	PUT(&b, "rubbish");
	assert_int_equal(smf_check(&once, "once", b.data, b.size), 0);
	assert_int_equal(once.n, 1);
	assert_true(once.mended > 3);
	assert_int_equal(smf_check(&twice, "twice", once.files[0].data, once.files[0].size), 0);
	assert_int_equal(twice.mended, 0);
	assert_null(twice.mends);
	old = once.files[0].size;
	assert_int_equal(twice.files[0].size, old);
	assert_memory_equal(twice.files[0].data, once.files[0].data, old);
	smf_checked_done(&once);
	smf_checked_done(&twice);
	free(b.data);
}

/* ---- The corpora, where they are --------------------------------------------- */

static struct {
	size_t files, refused, mended;
} seen;

static void read_folder(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;

	assert_non_null(d);
	while ((e = readdir(d))) {
		char *name = text_format("%s/%s", path, e->d_name);
		size_t n = strlen(e->d_name);
		struct stat st;
		struct songs s;

		assert_non_null(name);
		if (e->d_name[0] != '.' && stat(name, &st) == 0 && S_ISDIR(st.st_mode)) {
			read_folder(name);
		} else if (n > 4 && !strcmp(e->d_name + n - 4, ".mid")) {
			seen.files++;
			if (smf_read(&s, name) < 0) {
				print_error("%s\n", error_message());
				seen.refused++;
			} else {
				if (song_unsound(s.songs[0]))
					fail_msg("%s: %s", name, song_unsound(s.songs[0]));
				seen.mended += s.mended > 0;
				songs_done(&s);
			}
		}
		free(name);
	}
	closedir(d);
}

static void test_corpora(void **state)
{
	const char *shared = getenv("MUSEGEN_SHARED");
	char *path = text_format("%s/corpora", shared ? shared : "../shared");
	struct stat st;

	(void)state;
	assert_non_null(path);
	if (stat(path, &st) < 0) {
		print_message("skipped: no %s (MUSEGEN_SHARED says where)\n", path);
		free(path);
		skip();
		return;
	}
	read_folder(path);
	print_message("%zu files read, %zu refused, %zu mended\n", seen.files, seen.refused, seen.mended);
	assert_true(seen.files > 0);
	assert_int_equal(seen.refused, 0);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_in_first_out),
		cmocka_unit_test(test_hanging_to_the_end_of_the_song),
		cmocka_unit_test(test_channels_of_one_track),
		cmocka_unit_test(test_format_0),
		cmocka_unit_test(test_format_2),
		cmocka_unit_test(test_names_and_programs),
		cmocka_unit_test(test_maps_from_any_track),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_smpte),
		cmocka_unit_test(test_long_times),
		cmocka_unit_test(test_pickup),
		cmocka_unit_test(test_missing_file),
		cmocka_unit_test(test_clean_stays_clean),
		cmocka_unit_test(test_corpora),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
