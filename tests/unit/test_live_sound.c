/* Sound files: what is written is what is read, in every kind; what is no sound file is said to be none; soundfonts are found. */
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
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "live/ogg.h"
#include "live/sound.h"
#include "sound_check.h"

static char folder[] = "/tmp/musegen-sound.XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static void remove_all(const char *path)
{
	DIR *d = opendir(path);

	for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
		char *inner = file_join(path, e->d_name);

		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && inner && unlink(inner) < 0)
			remove_all(inner);
		free(inner);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

static int remove_folder(void **state)
{
	(void)state;
	remove_all(folder);
	return 0;
}

static void skip_without(void)
{
	if (sound_library())
		return;
	print_message("skipped: " SOUND_WITHOUT "\n");
	skip();
}

static char *in_folder(const char *name)
{
	char *path = file_join(folder, name);

	assert_non_null(path);
	return path;
}

/* Two tones, fading, with full scale at the beginning and silence at the end. */
static void make_sound(struct sound *s, size_t n)
{
	*s = (struct sound){.frames = mem_new(n, 2 * sizeof(float)), .n = n, .rate = 44100};
	assert_non_null(s->frames);
	for (size_t i = 0; i < n; i++) {
		const double fade = 1 - (double)i / (double)n, t = (double)i / 44100;

		s->frames[2 * i] = (float)(fade * cos(2765 * t));
		s->frames[2 * i + 1] = (float)(-0.5 * fade * cos(3456 * t));
	}
}

static void test_kinds(void **state)
{
	(void)state;
	assert_int_equal(sound_kind("a.wav"), SOUND_WAV);
	assert_int_equal(sound_kind("dir.mid/A.FLAC"), SOUND_FLAC);
	assert_int_equal(sound_kind("a.mid.Ogg"), SOUND_OGG);
	assert_int_equal(sound_kind("a.mid"), SOUND_NONE);
	assert_int_equal(sound_kind("wav"), SOUND_NONE);
	assert_int_equal(sound_kind("a.wave"), SOUND_NONE);
	assert_int_equal(sound_kind(""), SOUND_NONE);
}

static void test_written_and_read(void **state)
{
	static const char *const names[] = {"a.wav", "a.flac", "a.ogg"};
	/* half of a last bit of sixteen; a lossy kind */
	static const double tolerances[] = {0.51 / 32768, 0.51 / 32768, 0.05};
	/* one, few, an odd number, more than are written at a time */
	static const size_t lengths[] = {1, 100, 44101, 150001};

	(void)state;
	skip_without();
	for (size_t k = 0; k < 3; k++)
		for (size_t j = 0; j < 4; j++) {
			char *path = in_folder(names[k]);
			struct sound_about about;
			struct sound s, back;

			make_sound(&s, lengths[j]);
			s.loop = j % 2;
			if (sound_write(path, &s, "musegen 1; model é") < 0 || sound_read(&back, path) < 0 ||
			    sound_about(&about, path) < 0)
				fail_msg("%s", error_message());
			assert_int_equal(back.n, s.n);
			assert_int_equal(back.rate, 44100);
			assert_int_equal(about.n, s.n);
			assert_int_equal(about.channels, 2);
			assert_int_equal(about.loop, k == 0 && s.loop);
			assert_non_null(about.comment);
			assert_string_equal(about.comment, "musegen 1; model é");
			for (size_t i = 0; i < 2 * s.n; i++)
				if (fabs((double)s.frames[i] - (double)back.frames[i]) > tolerances[k] + 1.0 / 32768)
					fail_msg("%s of %zu frames: sample %zu is %g, was %g", names[k], s.n, i,
					         (double)back.frames[i], (double)s.frames[i]);
			sound_about_done(&about);
			sound_done(&s);
			sound_done(&back);
			free(path);
		}
}

/* The same sound twice, in different seconds for whoever draws by the clock: the same bytes. */
static void test_same_bytes(void **state)
{
	char *paths[] = {in_folder("one.ogg"), in_folder("two.ogg")};
	unsigned char *data[2];
	size_t size[2];
	struct sound s;

	(void)state;
	skip_without();
	make_sound(&s, 30000);
	for (int i = 0; i < 2; i++) {
		if (i > 0)
			usleep(1100000);
		assert_int_equal(sound_write(paths[i], &s, "musegen"), 0);
		assert_int_equal(file_read(paths[i], 1 << 20, &data[i], &size[i]), 0);
	}
	assert_int_equal(size[0], size[1]);
	assert_memory_equal(data[0], data[1], size[0]);
	/* cut, or with a byte before it, it is not made of pages */
	assert_int_equal(ogg_set_serial(data[0], size[0] - 1, 1), -1);
	assert_int_equal(ogg_set_serial(data[0] + 1, size[0] - 1, 1), -1);
	assert_int_equal(ogg_set_serial(data[0], 20, 1), -1);
	for (int i = 0; i < 2; i++) {
		free(data[i]);
		free(paths[i]);
	}
	sound_done(&s);
}

static void test_refusals(void **state)
{
	char *path = in_folder("no/such/folder/a.wav"), *bad = in_folder("bad.wav"), *good = in_folder("good.wav");
	struct sound_about about;
	struct sound s, back;

	(void)state;
	skip_without();
	make_sound(&s, 5000);
	assert_int_equal(sound_write(path, &s, NULL), -1);
	assert_non_null(strstr(error_message(), "no/such/folder"));
	assert_int_equal(sound_read(&back, path), -1);
	assert_int_equal(file_write(bad, "RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\x7f", 20), 0);
	assert_int_equal(sound_about(&about, bad), -1);
	assert_non_null(strstr(error_message(), "bad.wav: no sound file that can be read"));
	/* cut anywhere it is refused or shorter, and nothing worse */
	assert_int_equal(sound_write(good, &s, "musegen"), 0);
	for (size_t cut = 0; cut < 400; cut += 7) {
		unsigned char *data;
		size_t size;

		assert_int_equal(file_read(good, 1 << 20, &data, &size), 0);
		assert_int_equal(file_write(bad, data, cut), 0);
		if (sound_read(&back, bad) == 0) {
			assert_true(back.n < s.n);
			sound_done(&back);
		}
		free(data);
	}
	sound_done(&s);
	free(path);
	free(bad);
	free(good);
}

static void touch(const char *name)
{
	char *path = in_folder(name);

	assert_int_equal(file_write(path, "x", 1), 0);
	free(path);
}

/* Ends with this? */
static void check_found(char *path, const char *end)
{
	if (!path)
		fail_msg("nothing was found where %s is", end);
	if (strlen(path) < strlen(end) || strcmp(path + strlen(path) - strlen(end), end) != 0)
		fail_msg("%s was found, not %s", path, end);
	free(path);
}

static void test_soundfonts(void **state)
{
	char *one = in_folder("one"), *two = in_folder("two"), *link = in_folder("one/default-GM.sf2"), *path;
	const char *const folders[] = {"/no/such/folder", one, two, NULL};

	(void)state;
	assert_int_equal(mkdir(one, 0755), 0);
	assert_int_equal(mkdir(two, 0755), 0);
	assert_null(soundfont_find_in(folders));
	touch("one/readme.txt");
	touch("two/.sf2");
	assert_null(soundfont_find_in(folders));
	/* the first by name in the first folder */
	touch("two/a.sf2");
	check_found(soundfont_find_in(folders), "/two/a.sf2");
	touch("one/c.SF3");
	touch("one/b.sf2");
	check_found(soundfont_find_in(folders), "/one/b.sf2");
	/* a link to nothing is none; one to something is that */
	assert_int_equal(symlink("/no/such/font.sf2", link), 0);
	check_found(soundfont_find_in(folders), "/one/b.sf2");
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink("../two/a.sf2", link), 0);
	check_found(soundfont_find_in(folders), "/two/a.sf2");
	/* the user's folder comes first; a name is taken as it is */
	assert_int_equal(setenv("XDG_DATA_HOME", folder, 1), 0);
	path = in_folder("soundfonts");
	assert_int_equal(mkdir(path, 0755), 0);
	touch("soundfonts/mine.sf2");
	check_found(soundfont_find(""), "/soundfonts/mine.sf2");
	check_found(soundfont_find(link), "/one/default-GM.sf2");
	assert_null(soundfont_find(one));
	assert_non_null(strstr(error_message(), "there is no such soundfont"));
	free(path);
	free(one);
	free(two);
	free(link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),      cmocka_unit_test(test_written_and_read),
		cmocka_unit_test(test_same_bytes), cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_soundfonts),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
