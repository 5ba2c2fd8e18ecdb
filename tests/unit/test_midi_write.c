/*
 * The files that songs are written to are what DESIGN says: type 1, 480 ticks a
 * quarter, a conductor, a named track a part, all ending on a bar line.
 * The seed of random songs is printed, MUSEGEN_SEED repeats it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "base/text.h"
#include "midi/smf.h"
#include "midi_written.h"

#define SONGS 400

static uint64_t seed;

/* ---- The file itself, read by a walk of our own --------------------------------- */

struct track_seen {
	int end, first_note, last_off, notes;
	int channel, program;
	char name[100], text[300];
	int n_texts, metres, metre_ticks[8], numerators[8], denominators[8];
};

struct file_seen {
	int format, tracks, ppq;
	struct track_seen track[70];
};

static uint32_t number(const unsigned char **p)
{
	uint32_t v = 0;

	do
		v = v << 7 | (**p & 0x7F);
	while (*(*p)++ & 0x80);
	return v;
}

static void see_meta(struct track_seen *t, int tick, int type, const unsigned char *body, size_t n)
{
	if (type == 0x03 && n < sizeof t->name)
		memcpy(t->name, body, n);
	if (type == 0x01 && !t->n_texts++ && n < sizeof t->text)
		memcpy(t->text, body, n);
	if (type == 0x58 && t->metres < 8) {
		t->metre_ticks[t->metres] = tick;
		t->numerators[t->metres] = body[0];
		t->denominators[t->metres++] = body[1];
	}
	if (type == 0x2F)
		t->end = tick;
}

static void see_track(struct track_seen *t, const unsigned char *p, const unsigned char *end)
{
	int tick = 0, last_kind = 0, last_tick = -1;

	*t = (struct track_seen){.end = -1, .first_note = -1, .channel = -1, .program = -1};
	while (p < end) {
		tick += (int)number(&p);
		assert_true(*p & 0x80); /* no running status */
		if (*p == 0xFF) {
			int type = p[1];
			uint32_t n;

			p += 2;
			n = number(&p);
			see_meta(t, tick, type, p, n);
			p += n;
			continue;
		}
		t->channel = *p & 0x0F;
		if (*p >> 4 == 0xC) {
			t->program = p[1];
			p += 2;
			continue;
		}
		/* note-offs come before note-ons */
		assert_true(*p >> 4 == 8 || *p >> 4 == 9);
		assert_false(tick == last_tick && last_kind == 9 && *p >> 4 == 8);
		last_tick = tick;
		last_kind = *p >> 4;
		if (last_kind == 8) {
			t->last_off = tick;
		} else {
			assert_true(p[2] > 0);
			t->notes++;
			if (t->first_note < 0)
				t->first_note = tick;
		}
		p += 3;
	}
	assert_true(p == end);
}

static struct file_seen see(const struct song *song, const struct smf_write_options *options)
{
	struct file_seen f = {0};
	unsigned char *data;
	size_t size;
	const unsigned char *p;

	if (smf_write_memory(&data, &size, song, options) < 0)
		fail_msg("%s", error_message());
	assert_memory_equal(data, "MThd\0\0\0\6", 8);
	f.format = data[8] << 8 | data[9];
	f.ppq = data[12] << 8 | data[13];
	for (p = data + 14; p < data + size; f.tracks++) {
		size_t n = (size_t)p[4] << 24 | (size_t)p[5] << 16 | (size_t)p[6] << 8 | p[7];

		assert_memory_equal(p, "MTrk", 4);
		assert_true(f.tracks < 70);
		see_track(&f.track[f.tracks], p + 8, p + 8 + n);
		p += 8 + n;
	}
	assert_true(p == data + size);
	assert_int_equal(f.tracks, data[10] << 8 | data[11]);
	free(data);
	return f;
}

static void test_shape(void **state)
{
	struct song *s = one_part(24, 19);
	struct file_seen f;

	(void)state;
	assert_int_equal(song_add_part(s, NULL, 9, -1), 1);
	add(s, 0, 0, 24, 60);
	add(s, 1, 0, 100, 40); /* ends in the second bar */
	song_add_text(s, 0, "another");
	s->title = text_clean("The Title", 9);
	song_order(s);
	f = see(s, &(struct smf_write_options){.comment = "musegen 1 --seed 2"});
	assert_int_equal(f.format, 1);
	assert_int_equal(f.ppq, 480);
	assert_int_equal(f.tracks, 3);
	assert_string_equal(f.track[0].name, "The Title");
	assert_string_equal(f.track[0].text, "musegen 1 --seed 2");
	assert_int_equal(f.track[0].n_texts, 2);
	assert_int_equal(f.track[0].notes, 0);
	assert_string_equal(f.track[1].name, "part");
	assert_int_equal(f.track[1].program, 19);
	assert_int_equal(f.track[1].channel, 0);
	assert_string_equal(f.track[2].name, "");
	assert_int_equal(f.track[2].program, -1);
	assert_int_equal(f.track[2].channel, 1); /* never 9 */
	assert_int_equal(f.track[2].last_off, 2000);
	for (int i = 0; i < 3; i++)
		assert_int_equal(f.track[i].end, 2 * 1920);
	song_free(s);
}

/* Whatever is in it, a song ends on a bar line at or after its last note. */
static void test_ends_on_a_bar_line(void **state)
{
	(void)state;
	for (int i = 0; i < SONGS / 4; i++) {
		struct random r = random_stream(seed, (uint64_t)i, 2, 0);
		struct song *s = random_song(&r, 480);
		struct file_seen f = see(s, NULL);
		struct song *back = there_and_back(s, NULL);
		int last = 0;

		for (int t = 0; t < f.tracks; t++) {
			assert_int_equal(f.track[t].end, f.track[0].end);
			if (f.track[t].last_off > last)
				last = f.track[t].last_off;
		}
		assert_true(f.track[0].end >= last);
		/* `back` has its silent start cut off: its end is a bar line of its own */
		assert_int_equal(song_bar_line(back, back->end), back->end);
		song_free(s);
		song_free(back);
	}
}

static void test_pickup(void **state)
{
	struct song *s = one_part(24, -1);
	struct file_seen f;

	(void)state;
	add(s, 0, 0, 12, 60);
	add(s, 0, 12, 72, 64);
	song_add_metre(s, 0, 3, 2);
	s->pickup = 12;
	song_order(s);
	f = see(s, NULL);
	assert_int_equal(f.track[0].metres, 1);
	assert_int_equal(f.track[0].numerators[0], 3);
	assert_int_equal(f.track[1].first_note, 3 * 480 - 240);
	assert_int_equal(f.track[1].end, 2 * 3 * 480);
	f = see(s, &(struct smf_write_options){.pickup_bar = true});
	assert_int_equal(f.track[0].metres, 2);
	assert_int_equal(f.track[0].numerators[0], 1);
	assert_int_equal(f.track[0].denominators[0], 3);
	assert_int_equal(f.track[0].metre_ticks[1], 240);
	assert_int_equal(f.track[0].numerators[1], 3);
	assert_int_equal(f.track[0].denominators[1], 2);
	assert_int_equal(f.track[1].first_note, 0);
	assert_int_equal(f.track[1].end, 240 + 3 * 480);
	/* of more than a bar: bar lines stay bar lines */
	s->pickup = 12 + 3 * 24;
	f = see(s, NULL);
	assert_int_equal(f.track[1].first_note, 3 * 480 - 240);
	s->pickup = 3 * 24;
	f = see(s, NULL);
	assert_int_equal(f.track[1].first_note, 0);
	song_free(s);
}

/* More than 15 parts: none on the percussion channel, one program a channel as long as there are channels. */
static void test_channels(void **state)
{
	(void)state;
	for (int programs = 1; programs <= 30; programs++)
		for (int parts = 1; parts <= 64; parts += parts < 20 ? 1 : 11) {
			struct song *s = song_new(480);
			struct file_seen f;
			int used[16], channels = 0;

			memset(used, -1, sizeof used);
			assert_non_null(s);
			for (int i = 0; i < parts; i++) {
				assert_int_equal(song_add_part(s, NULL, i % 16, i % programs), i);
				add(s, i, 0, 480, 127 - i);
			}
			song_order(s);
			f = see(s, NULL);
			assert_int_equal(f.tracks, parts + 1);
			for (int i = 1; i <= parts; i++) {
				int c = f.track[i].channel;

				assert_int_not_equal(c, 9);
				assert_int_equal(f.track[i].program, (i - 1) % programs);
				if (programs <= 15 && used[c] >= 0)
					assert_int_equal(used[c], f.track[i].program);
				channels += used[c] < 0;
				used[c] = f.track[i].program;
			}
			assert_int_equal(channels, parts < 15 ? parts : 15);
			song_free(s);
		}
}

static void test_too_long(void **state)
{
	struct song *s = one_part(1, -1);
	unsigned char *data;
	size_t size;

	(void)state;
	add(s, 0, 10 << 20, 1, 60);
	song_order(s);
	assert_int_equal(smf_write_memory(&data, &size, s, NULL), -1);
	assert_non_null(strstr(error_message(), "too long"));
	assert_null(data);
	assert_int_equal(smf_write("/tmp/musegen-never.mid", s, NULL), -1);
	assert_non_null(strstr(error_message(), "/tmp/musegen-never.mid: "));
	assert_false(file_exists("/tmp/musegen-never.mid"));
	song_free(s);
}

static void test_long_gap(void **state)
{
	struct song *s = one_part(480, -1), *back;

	(void)state;
	add(s, 0, 0, 1, 60);
	add(s, 0, 3 * 0x0FFFFFFF, 10, 60);
	song_order(s);
	back = there_and_back(s, NULL);
	assert_int_equal(back->parts[0].notes[1].onset, 3 * 0x0FFFFFFF);
	song_free(s);
	song_free(back);
}

static void test_file(void **state)
{
	char path[] = "/tmp/musegen-write-XXXXXX";
	struct song *s = one_part(480, -1);
	struct songs songs;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	add(s, 0, 0, 480, 60);
	song_order(s);
	song_find_pickup(s);
	assert_int_equal(smf_write(path, s, NULL), 0);
	assert_int_equal(smf_read(&songs, path), 0);
	assert_null(song_difference(s, songs.songs[0], 0));
	songs_done(&songs);
	unlink(path);
	assert_int_equal(smf_write("/nowhere/x.mid", s, NULL), -1);
	assert_non_null(strstr(error_message(), "/nowhere/x.mid"));
	song_free(s);
}

/* Another program's opinion, where it is installed (Debian's midicsv). */
static void test_midicsv(void **state)
{
	char path[] = "/tmp/musegen-midicsv-XXXXXX", command[200];
	int fd;

	(void)state;
	if (system("command -v midicsv >/dev/null 2>&1")) {
		print_message("skipped: midicsv is not installed\n");
		skip();
		return;
	}
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	for (int i = 0; i < 50; i++) {
		struct random r = random_stream(seed, (uint64_t)i, 3, 0);
		struct song *s = random_song(&r, 480);
		struct smf_write_options options = {.pickup_bar = i % 2, .comment = i % 3 ? "a comment" : NULL};
		size_t notes = 0;
		char line[10000];
		FILE *f;

		assert_int_equal(smf_write(path, s, &options), 0);
		snprintf(command, sizeof command, "midicsv %s 2>&1", path);
		f = popen(command, "r");
		assert_non_null(f);
		while (fgets(line, sizeof line, f)) {
			if (line[0] < '0' || line[0] > '9')
				fail_msg("MUSEGEN_SEED=%llu song %d: midicsv says %s", (unsigned long long)seed, i,
				         line);
			notes += strstr(line, ", Note_on_c, ") != NULL;
		}
		assert_int_equal(pclose(f), 0);
		assert_int_equal(notes, song_notes(s));
		song_free(s);
	}
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shape),    cmocka_unit_test(test_ends_on_a_bar_line),
		cmocka_unit_test(test_pickup),   cmocka_unit_test(test_channels),
		cmocka_unit_test(test_too_long), cmocka_unit_test(test_long_gap),
		cmocka_unit_test(test_file),     cmocka_unit_test(test_midicsv),
	};
	const char *given = getenv("MUSEGEN_SEED");

	seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
	print_message("MUSEGEN_SEED=%llu\n", (unsigned long long)seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
