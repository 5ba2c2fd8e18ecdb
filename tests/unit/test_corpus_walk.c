/* Walking: the order, each file once, and what folders say of styles and splits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include "base/error.h"
#include "corpus/walk.h"
#include "tunes.h"

static char *folder;

static int make_folder(void **state)
{
	(void)state;
	folder = tunes_folder();
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	tunes_remove(folder);
	return 0;
}

static void touch(const char *name)
{
	tunes_write_text(folder, name, "x");
}

/* Walk one path within the folder ("" is the folder itself). */
static void walk_one(struct walk *w, const char *name)
{
	char *path = *name ? file_join(folder, name) : strdup(folder);
	const char *paths[1] = {path};

	assert_int_equal(walk_paths(w, paths, 1), 0);
	free(path);
}

/* File i is called so within the folder, with its style and split. */
static void check_file(const struct walk *w, size_t i, const char *name, const char *style, int split)
{
	char *path = file_join(folder, name);

	assert_true(i < w->n);
	assert_string_equal(w->files[i].path, path);
	assert_string_equal(w->files[i].style, style);
	assert_int_equal(w->files[i].split, split);
	assert_null(w->files[i].reason);
	free(path);
}

static void test_sorted(void **state)
{
	struct walk w;

	(void)state;
	touch("b/2.mid");
	touch("b/10.MID");
	touch("b/notes.txt");
	touch("b/.hidden.mid");
	touch("b/._2.mid");
	touch("b/.git/x.mid");
	touch("a.d/x.Midi");
	touch("a/y.kar");
	touch("a/z.rmi");
	touch("a/mid");
	touch("c.mid");
	touch("B/q.mid");
	walk_one(&w, "");
	assert_int_equal(w.n, 7);
	assert_int_equal(w.found, 7);
	check_file(&w, 0, "B/q.mid", "B", SPLIT_UNSTATED);
	check_file(&w, 1, "a/y.kar", "a", SPLIT_UNSTATED);
	check_file(&w, 2, "a/z.rmi", "a", SPLIT_UNSTATED);
	check_file(&w, 3, "a.d/x.Midi", "a.d", SPLIT_UNSTATED);
	check_file(&w, 4, "b/10.MID", "b", SPLIT_UNSTATED);
	check_file(&w, 5, "b/2.mid", "b", SPLIT_UNSTATED);
	check_file(&w, 6, "c.mid", strrchr(folder, '/') + 1, SPLIT_UNSTATED);
	walk_done(&w);
}

static void test_splits(void **state)
{
	struct walk w;

	(void)state;
	touch("jsb/train/1.mid");
	touch("jsb/Valid/1.mid");
	touch("jsb/test/deep/1.mid");
	touch("jsb/dev/1.mid");
	touch("jsb/validation/1.mid");
	touch("jsb/training/1.mid");
	touch("train/folk/1.mid");
	walk_one(&w, "");
	assert_int_equal(w.n, 7);
	check_file(&w, 0, "jsb/Valid/1.mid", "jsb", SPLIT_VALID);
	check_file(&w, 1, "jsb/dev/1.mid", "jsb", SPLIT_VALID);
	check_file(&w, 2, "jsb/test/deep/1.mid", "deep", SPLIT_TEST);
	check_file(&w, 3, "jsb/train/1.mid", "jsb", SPLIT_TRAIN);
	check_file(&w, 4, "jsb/training/1.mid", "training", SPLIT_UNSTATED);
	check_file(&w, 5, "jsb/validation/1.mid", "jsb", SPLIT_VALID);
	check_file(&w, 6, "train/folk/1.mid", "folk", SPLIT_TRAIN);
	walk_done(&w);
	/* A split's folder, and a file, as given: what is around them counts. */
	walk_one(&w, "jsb/train");
	assert_int_equal(w.n, 1);
	check_file(&w, 0, "jsb/train/1.mid", "jsb", SPLIT_TRAIN);
	walk_done(&w);
	walk_one(&w, "jsb/test/deep/1.mid");
	check_file(&w, 0, "jsb/test/deep/1.mid", "deep", SPLIT_UNSTATED);
	walk_done(&w);
	walk_one(&w, "jsb/dev/1.mid");
	check_file(&w, 0, "jsb/dev/1.mid", "jsb", SPLIT_VALID);
	walk_done(&w);
	/* What lies further up is where the user keeps things. */
	touch("test/home/bach/1.mid");
	walk_one(&w, "test/home");
	check_file(&w, 0, "test/home/bach/1.mid", "bach", SPLIT_UNSTATED);
	walk_done(&w);
}

static void test_given_paths(void **state)
{
	struct walk w;
	char *here = getcwd(NULL, 0), *bach;
	const char *dot[] = {"."};
	const char *both[] = {"b", ".//", "a.mid", "b/../b/x.mid"};

	(void)state;
	touch("bach/a.mid");
	touch("bach/b/x.mid");
	touch("bach/other.bin");
	bach = file_join(folder, "bach");
	/* Slashes at the end are not part of the name. */
	walk_one(&w, "bach///");
	check_file(&w, 0, "bach/a.mid", "bach", SPLIT_UNSTATED);
	walk_done(&w);
	assert_int_equal(chdir(bach), 0);
	assert_int_equal(walk_paths(&w, dot, 1), 0);
	assert_int_equal(w.n, 2);
	assert_string_equal(w.files[0].style, "bach");
	assert_string_equal(w.files[0].path, "./a.mid");
	walk_done(&w);
	/* In the order given; each once. */
	assert_int_equal(walk_paths(&w, both, 4), 0);
	assert_int_equal(w.n, 2);
	assert_string_equal(w.files[0].path, "b/x.mid");
	assert_string_equal(w.files[0].style, "b");
	assert_string_equal(w.files[1].style, "bach");
	walk_done(&w);
	assert_int_equal(chdir(here), 0);
	/* A file named outright is read whatever its ending. */
	walk_one(&w, "bach/other.bin");
	check_file(&w, 0, "bach/other.bin", "bach", SPLIT_UNSTATED);
	walk_done(&w);
	free(bach);
	free(here);
}

static void make_link(const char *to, const char *name)
{
	char *path = file_join(folder, name);

	assert_int_equal(symlink(to, path), 0);
	free(path);
}

static void test_links(void **state)
{
	struct walk w;
	char *a, *b;

	(void)state;
	touch("a/1.mid");
	touch("b/2.mid");
	make_link("..", "a/up");         /* a circle */
	make_link("../b", "a/b-linked"); /* read here, so not below b */
	make_link("1.mid", "a/0.mid");   /* the first name of the two */
	make_link("nowhere", "a/gone.mid");
	make_link("nowhere", "a/gone.txt");
	a = file_join(folder, "a/1.mid");
	b = file_join(folder, "a/3.mid");
	assert_int_equal(link(a, b), 0);
	walk_one(&w, "");
	assert_int_equal(w.n, 3);
	check_file(&w, 0, "a/0.mid", "a", SPLIT_UNSTATED);
	check_file(&w, 1, "a/b-linked/2.mid", "b-linked", SPLIT_UNSTATED);
	assert_non_null(strstr(w.files[2].reason, "No such file"));
	walk_done(&w);
	free(a);
	free(b);
}

static void test_unreadable(void **state)
{
	struct walk w;
	char *fifo, *locked;
	const char *missing[] = {"/nonexistent/musegen"};

	(void)state;
	touch("a/1.mid");
	touch("locked/1.mid");
	fifo = file_join(folder, "a/pipe.mid");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	locked = file_join(folder, "locked");
	assert_int_equal(chmod(locked, 0), 0);
	walk_one(&w, "");
	assert_int_equal(w.n, 3);
	assert_string_equal(w.files[1].reason, "not a regular file");
	if (geteuid() != 0) { /* to root nothing is locked */
		assert_non_null(strstr(w.files[2].reason, "Permission"));
		assert_int_equal(w.found, 2);
	}
	walk_done(&w);
	assert_int_equal(chmod(locked, 0700), 0);
	assert_int_equal(walk_paths(&w, missing, 1), -1);
	assert_non_null(strstr(error_message(), "/nonexistent/musegen: No such file"));
	walk_done(&w);
	free(fifo);
	free(locked);
}

/* Deeper than a path can be long: no crash, no hang. */
static void test_deep(void **state)
{
	struct walk w;
	char *here = getcwd(NULL, 0);
	char name[101];
	int depth = 0;

	(void)state;
	memset(name, 'd', 100);
	name[100] = '\0';
	assert_int_equal(chdir(folder), 0);
	while (depth < 60 && mkdir(name, 0700) == 0 && chdir(name) == 0)
		depth++;
	assert_int_equal(chdir(here), 0);
	walk_one(&w, "");
	assert_int_equal(w.n, 0);
	walk_done(&w);
	/* Too deep for nftw to remove by path as well: go down and come up. */
	assert_int_equal(chdir(folder), 0);
	for (int i = 0; i < depth; i++)
		assert_int_equal(chdir(name), 0);
	for (int i = 0; i < depth; i++)
		assert_true(chdir("..") == 0 && rmdir(name) == 0);
	assert_int_equal(chdir(here), 0);
	free(here);
}

static void test_style_is_clean(void **state)
{
	struct walk w;

	(void)state;
	touch("a\x1b[31mred/1.mid");
	walk_one(&w, "");
	assert_string_equal(w.files[0].style, "a?[31mred");
	walk_done(&w);
}

int main(void)
{
#define WALK_TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		WALK_TEST(test_sorted),         WALK_TEST(test_splits),     WALK_TEST(test_given_paths),
		WALK_TEST(test_links),          WALK_TEST(test_unreadable), WALK_TEST(test_deep),
		WALK_TEST(test_style_is_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
