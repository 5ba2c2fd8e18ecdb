/*
 * Every piece of corpus/: is the .mid what the .abc beside it says, is the
 * .abc sound in itself, and does every check of that find what it is for?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>

#include "base/file.h"
#include "corpus/corpus.h"
#include "corpus/walk.h"
#include "engraving_midi.h"
#include "engraving_spoilers.h"
#include "tunes.h"

#define CORPUS "corpus" /* tests run in the project's folder */
#define MIB    (1 << 20)

static const struct key_exception exceptions[] = {
	{CORPUS "/bach/chorales/bwv-248-12-brich-an-o-schoenes-morgenlicht", "D major",
         "its first line closes in D, and D, A and B outweigh G all through"},
	{CORPUS "/bach/keyboard/bwv-816-gavotte", "D major",
         "the first strain closes in the dominant, and D, A and F sharp outweigh the tonic's chord"},
	{CORPUS "/bach/keyboard/bwv-999-prelude-c-minor", "G major",
         "it begins in C minor, turns to G and D in its middle, and ends on G with B natural"},
	{CORPUS "/bach/two-part/anh-126-musette-d-major", "A major",
         "without its da capo it ends with the second strain, in the dominant"},
	{CORPUS "/bach/two-part/bwv-775-invention-4", "A minor",
         "its middle closes in A minor, over a trill on E that stands as notes held for bars"},
	{CORPUS "/folk/america/jingle-bells", "B minor",
         "the refrain repeats the third, B, which weighs more than twice the tonic"},
	{CORPUS "/folk/carols/gloria-angels", "A minor",
         "the tune dwells on the third and the fifth, A and C: the tonic comes at the ends of its lines"},
	{CORPUS "/folk/england/drunken-sailor", "D major",
         "dorian, and of the mode's third there is one quarter: the end on D decides, the third does not"},
	{CORPUS "/folk/hymns/st-louis", "A minor",
         "the tune dwells on the third, A, and touches G sharp: E, G sharp and A weigh more than F and C"},
	{CORPUS "/folk/ireland/connaughtmans-rambles", "B minor",
         "D major and B minor are near a tie, and both strains end on B"},
	{CORPUS "/folk/ireland/garryowen", "B minor",
         "its strains end on the second degree, A, which decides nothing; the third, B, is the commonest note"},
	{CORPUS "/folk/japan/sakura", "E major", "it ends on E, the fifth, of which it has neither third"},
	{CORPUS "/folk/scotland/white-cockade", "B minor",
         "both strains end on the third, B, which sounds more than twice as long as any other note"},
};
#define EXCEPTIONS (sizeof exceptions / sizeof *exceptions)

/* ---- The corpus ------------------------------------------------------------ */

/* name + ending, whole, with a zero byte after it. */
static unsigned char *read_whole(const char *name, const char *ending, size_t *size)
{
	char *path = text_format("%s%s", name, ending);
	unsigned char *data;

	assert_non_null(path);
	if (file_read(path, MIB, &data, size) < 0)
		data = NULL;
	free(path);
	return data;
}

/* A path without its ending. The caller frees. */
static char *without_ending(const char *path)
{
	char *name = mem_string_n(path, (size_t)(strrchr(path, '.') - path));

	assert_non_null(name);
	return name;
}

/* Everything that is wrong with one piece. True when its key is found as K: says. */
static bool check_piece(struct faults *f, const char *name, const struct key_exception *list, size_t n)
{
	size_t abc_size, mid_size;
	unsigned char *abc = read_whole(name, ".abc", &abc_size), *mid = read_whole(name, ".mid", &mid_size);
	struct engraving e = {.name = name};
	bool agrees = false;

	f->check = "files";
	f->ending = abc ? ".abc" : ".mid";
	f->told = 0;
	if (!abc || !mid) {
		fault(f, &e, NULL, 0, "no %s beside it", abc ? ".mid" : ".abc");
	} else {
		if (engraving_read(f, &e, name, (char *)abc, mid, mid_size)) {
			e.exceptions = list;
			e.n_exceptions = n;
			engraving_check(f, &e);
			agrees = key_agrees(&e);
		}
		engraving_done(&e);
	}
	free(abc);
	free(mid);
	return agrees;
}

static void tell(const struct faults *f)
{
	for (size_t i = 0; i < f->n; i++)
		print_error("%s\n", f->list[i].text);
}

static void test_every_piece(void **state)
{
	const char *paths[1] = {CORPUS};
	struct walk walk;
	struct faults faults = {0};
	size_t agree = 0, wrong, pieces;

	(void)state;
	assert_int_equal(walk_paths(&walk, paths, 1), 0);
	assert_true(walk.n > 0);
	for (size_t i = 0; i < walk.n; i++) {
		char *name = without_ending(walk.files[i].path);

		agree += check_piece(&faults, name, exceptions, EXCEPTIONS);
		free(name);
	}
	tell(&faults);
	pieces = walk.n;
	wrong = faults.n;
	walk_done(&walk);
	faults_done(&faults);
	print_message("%zu pieces, the key of %zu found as K: says\n", pieces, agree);
	assert_int_equal(wrong, 0);
	assert_true(agree * 2 > pieces);
}

/* Training reads all of it: nothing is skipped, nothing is there twice. */
static void test_loads_whole(void **state)
{
	const struct corpus_options plain = {.reading = {.grid = GRID}, .parts_max = SONG_PARTS_MAX};
	const char *paths[1] = {CORPUS};
	struct corpus *c = corpus_load(paths, 1, &plain, NULL);

	(void)state;
	if (!c)
		fail_msg("%s", error_message());
	for (size_t i = 0; i < c->n_skips; i++)
		print_error("%s: %s\n", c->skips[i].path, c->skips[i].reason);
	assert_int_equal(c->n_skips, 0);
	assert_int_equal(c->n, c->files);
	corpus_free(c);
}

static void test_every_abc_is_engraved(void **state)
{
	glob_t found;

	(void)state;
	assert_int_equal(glob(CORPUS "/*/*/*.abc", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *name = without_ending(found.gl_pathv[i]), *mid = text_format("%s.mid", name);

		assert_non_null(mid);
		if (!file_exists(mid))
			fail_msg("%s: no .mid beside it", found.gl_pathv[i]);
		free(mid);
		free(name);
	}
	globfree(&found);
}

/* An exception is of a piece that is there, once, and says why. */
static void test_exceptions(void **state)
{
	(void)state;
	for (size_t i = 0; i < EXCEPTIONS; i++) {
		char *mid = text_format("%s.mid", exceptions[i].piece);

		assert_non_null(mid);
		if (!file_exists(mid) || !exceptions[i].found || !exceptions[i].reason || !*exceptions[i].reason)
			fail_msg("%s: no such piece, or no reason", exceptions[i].piece);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(exceptions[i].piece, exceptions[j].piece);
		free(mid);
	}
}

/* ---- Every check finds what it is for -------------------------------------- */

static struct copy copy_subject(void)
{
	struct copy copy = {0};
	size_t abc_size;

	copy.abc = (char *)read_whole(SUBJECT, ".abc", &abc_size);
	copy.mid = read_whole(SUBJECT, ".mid", &copy.mid_size);
	assert_non_null(copy.abc);
	assert_non_null(copy.mid);
	return copy;
}

/* The copy, spoilt, checked: its faults, and the bar that a song's spoiler spoilt. */
static int check_copy(struct faults *f, struct copy *copy, const struct spoiler *s)
{
	struct engraving e;
	int bar = s->bar;

	if (s->voice)
		splice(&copy->abc, music_at(copy->abc, s->voice, s->bar), 0, s->to);
	else if (s->line)
		edit_lines(&copy->abc, s->line, s->to);
	if (s->bytes)
		s->bytes(copy);
	if (engraving_read(f, &e, SUBJECT, copy->abc, copy->mid, copy->mid_size)) {
		e.exceptions = &copy->exception;
		e.n_exceptions = copy->exception.piece != NULL;
		if (s->song) {
			bar = s->song(&e);
			engraving_grid(f, &e);
		}
		engraving_check(f, &e);
	}
	engraving_done(&e);
	free(copy->abc);
	free(copy->mid);
	return bar;
}

static void test_subject_is_sound(void **state)
{
	struct copy copy = copy_subject();
	struct faults faults = {0};

	(void)state;
	check_copy(&faults, &copy, &(struct spoiler){0});
	tell(&faults);
	assert_int_equal(faults.n, 0);
	faults_done(&faults);
}

static const char *ending_of(const char *check)
{
	for (size_t i = 0; i < ENGRAVING_CHECKS; i++)
		if (strcmp(engraving_checks[i].name, check) == 0)
			return engraving_checks[i].ending;
	return ".mid";
}

/* Is there a fault of this check that names the file, the part and the bar? */
static bool names(const struct faults *f, const struct spoiler *s, int bar)
{
	char place[256];
	size_t n = (size_t)snprintf(place, sizeof place, "%s%s:", SUBJECT, ending_of(s->check));

	if (s->part)
		n += (size_t)snprintf(place + n, sizeof place - n, " %s", s->part);
	if (bar && !s->whole)
		snprintf(place + n, sizeof place - n, "%s bar %d:", s->part ? "," : "", bar);
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->list[i].check, s->check) == 0 && strncmp(f->list[i].text, place, strlen(place)) == 0)
			return true;
	print_error("%s: not found at \"%s\", but\n", s->check, place);
	return false;
}

static void test_every_check_finds(void **state)
{
	size_t missed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof spoilers / sizeof *spoilers; i++) {
		struct copy copy = copy_subject();
		struct faults faults = {0};
		int bar = check_copy(&faults, &copy, &spoilers[i]);

		if (!names(&faults, &spoilers[i], bar)) {
			missed++;
			tell(&faults);
		}
		faults_done(&faults);
	}
	assert_int_equal(missed, 0);
	for (size_t i = 0; i < ENGRAVING_CHECKS; i++) {
		size_t j = 0;

		while (j < sizeof spoilers / sizeof *spoilers &&
		       strcmp(spoilers[j].check, engraving_checks[i].name) != 0)
			j++;
		if (j == sizeof spoilers / sizeof *spoilers)
			fail_msg("nothing shows that \"%s\" can fail", engraving_checks[i].name);
	}
}

/* An exception to the key lets pass what it says, and nothing else. */
static void test_exception_holds(void **state)
{
	struct copy copy = copy_subject();
	struct faults faults = {0};

	(void)state;
	copy.exception = (struct key_exception){SUBJECT, "F major", "for this test"};
	check_copy(&faults, &copy, &(struct spoiler){.line = "K:", .to = "K:Gdor"});
	for (size_t i = 0; i < faults.n; i++)
		assert_string_not_equal(faults.list[i].check, "key");
	faults_done(&faults);
}

static void test_lone_file(void **state)
{
	char *folder = tunes_folder(), *name = file_join(folder, "lone");
	struct faults faults = {0};

	(void)state;
	tunes_write_text(folder, "lone.abc", "X:1\n");
	check_piece(&faults, name, NULL, 0);
	assert_int_equal(faults.n, 1);
	assert_non_null(strstr(faults.list[0].text, "lone.abc: files: no .mid beside it"));
	faults_done(&faults);
	free(name);
	tunes_remove(folder);
}

/* ---- The reader of ABC ------------------------------------------------------ */

/* Notes as "pitch@onset+length", in 24ths of a quarter; bars as "|length", after them. */
static char *notes_of(const struct abc *a)
{
	char *text = mem_string("");

	for (size_t i = 0; i < a->voices[0].n_notes; i++) {
		const struct abc_note *n = &a->voices[0].notes[i];
		char *more = text_format("%s%d@%g+%g ", text, n->pitch, (double)n->at / ABC_POINT,
		                         (double)n->length / ABC_POINT);

		free(text);
		text = more;
	}
	for (size_t i = 0; i < a->voices[0].n_bars; i++) {
		char *more = text_format("%s|%g", text, (double)a->voices[0].bars[i].length / ABC_POINT);

		free(text);
		text = more;
	}
	return text;
}

/* What the corpus has little or nothing of yet; abc2midi plays all of it so. */
static void test_reader(void **state)
{
	static const struct {
		const char *music, *notes;
	} cases[] = {
		{"c d,e'|", "72@0+24 62@24+24 88@48+24 |72"},
		{"A/A//A3/4A/4A3|", "69@0+12 69@12+6 69@18+18 69@36+6 69@42+72 |114"},
		{"F>F F<F F>>F|", "65@0+36 65@36+12 65@48+12 65@60+36 65@96+42 65@138+6 |144"},
		{"(3cde (3:2:2c2c (5ccccc|",
	         "72@0+16 74@16+16 76@32+16 72@48+32 72@80+16 72@96+9.6 72@105.6+9.6 72@115.2+9.6 72@124.8+9.6 "
	         "72@134.4+9.6 |144"},
		{"[M:6/8](2cd|", "72@0+36 74@36+36 |72"},
		{"^c C =c c'|c|", "73@0+24 61@24+24 72@48+24 84@72+24 72@96+24 |96|24"},
		{"^f-|f f|", "78@0+48 77@48+24 |24|48"},
		{"[CE-]2 [CE]2|", "64@0+96 60@0+48 60@48+48 |96"},
		{"zcx|Z2|c|", "72@24+24 72@264+24 |72|96|96|24"},
		{"[K:Bb]BeA[K:D]fcB[K:Edor]cf[K:Amix]gf|",
	         "70@0+24 75@24+24 69@48+24 78@72+24 73@96+24 71@120+24 73@144+24 78@168+24 79@192+24 78@216+24 |240"},
		{"[L:1/8](cd) e2||", "72@0+12 74@12+12 76@24+24 |48"},
		{"__B^^F=E|", "69@0+24 67@24+24 64@48+24 |72"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *tune = text_format("X:1\nM:4/4\nL:1/4\nK:C\n%s\n", cases[i].music), *notes;
		struct abc *a;

		assert_non_null(tune);
		a = abc_read(tune);
		notes = notes_of(a);
		assert_string_equal(notes, cases[i].notes);
		assert_int_equal(a->n_troubles, 0);
		free(notes);
		free(tune);
		abc_free(a);
	}
}

static void test_reader_keys(void **state)
{
	static const struct {
		const char *key;
		int fifths, tonic;
		bool minor, minor_third;
	} cases[] = {
		{"C", 0, 0, false, false},           {"F#m", 3, 6, true, true},    {"Bb", -2, 10, false, false},
		{"Ddor", 0, 2, false, true},         {"Amix", 2, 9, false, false}, {"E phrygian", 0, 4, false, true},
		{"G clef=bass", 1, 7, false, false}, {"Cmin", -3, 0, true, true},  {"Flyd", 0, 5, false, false},
		{"A minor", 0, 9, true, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *tune = text_format("K:%s\nc|\n", cases[i].key);
		struct abc *a;

		assert_non_null(tune);
		a = abc_read(tune);
		assert_int_equal(a->n_troubles, 0);
		assert_int_equal(a->n_keys, 1);
		assert_int_equal(a->keys[0].fifths, cases[i].fifths);
		assert_int_equal(a->keys[0].tonic, cases[i].tonic);
		assert_int_equal(a->keys[0].minor, cases[i].minor);
		assert_int_equal(a->keys[0].minor_third, cases[i].minor_third);
		free(tune);
		abc_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_piece),
		cmocka_unit_test(test_loads_whole),
		cmocka_unit_test(test_every_abc_is_engraved),
		cmocka_unit_test(test_exceptions),
		cmocka_unit_test(test_subject_is_sound),
		cmocka_unit_test(test_every_check_finds),
		cmocka_unit_test(test_exception_holds),
		cmocka_unit_test(test_lone_file),
		cmocka_unit_test(test_reader),
		cmocka_unit_test(test_reader_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
