/* The names of chords. See chord.h. */
#include "music/chord.h"

#include <stdio.h>
#include <string.h>

#include "music/key.h"

static const struct {
	const char *name;
	unsigned classes; /* bit 0 = the root */
	enum mode mode;   /* of the key that the root is spelled as in */
} kinds[] = {
#define N(i) | 1u << (i)
	{"", 1u N(4) N(7), MODE_MAJOR},
	{"m", 1u N(3) N(7), MODE_MINOR},
	{"7", 1u N(4) N(7) N(10), MODE_MAJOR},
	{"m7", 1u N(3) N(7) N(10), MODE_MINOR},
	{"maj7", 1u N(4) N(7) N(11), MODE_MAJOR},
	{"dim", 1u N(3) N(6), MODE_MINOR},
	{"m7b5", 1u N(3) N(6) N(10), MODE_MINOR},
	{"dim7", 1u N(3) N(6) N(9), MODE_MINOR},
	{"aug", 1u N(4) N(8), MODE_MAJOR},
	{"m(maj7)", 1u N(3) N(7) N(11), MODE_MINOR},
	{"6", 1u N(4) N(7) N(9), MODE_MAJOR},
	{"m6", 1u N(3) N(7) N(9), MODE_MINOR},
	{"sus4", 1u N(5) N(7), MODE_MAJOR},
	{"sus2", 1u N(2) N(7), MODE_MAJOR},
	{"7sus4", 1u N(5) N(7) N(10), MODE_MAJOR},
	{"7#5", 1u N(4) N(8) N(10), MODE_MAJOR},
	{"7b5", 1u N(4) N(6) N(10), MODE_MAJOR},
	{"add9", 1u N(2) N(4) N(7), MODE_MAJOR},
	{"m(add9)", 1u N(2) N(3) N(7), MODE_MINOR},
	{"9", 1u N(2) N(4) N(7) N(10), MODE_MAJOR},
	{"m9", 1u N(2) N(3) N(7) N(10), MODE_MINOR},
	{"maj9", 1u N(2) N(4) N(7) N(11), MODE_MAJOR},
	{"7b9", 1u N(1) N(4) N(7) N(10), MODE_MAJOR},
	/* without the fifth, or the third */
	{"7", 1u N(4) N(10), MODE_MAJOR},
	{"maj7", 1u N(4) N(11), MODE_MAJOR},
	{"m7", 1u N(3) N(10), MODE_MINOR},
	{"9", 1u N(2) N(4) N(10), MODE_MAJOR},
	{"", 1u N(4), MODE_MAJOR},
	{"m", 1u N(3), MODE_MINOR},
	{"5", 1u N(7), MODE_MAJOR},
#undef N
};

enum { KINDS = sizeof kinds / sizeof *kinds };

/* The classes as counted from a root. */
static unsigned from_root(unsigned classes, int root)
{
	return (classes >> root | classes << (12 - root)) & 0xfff;
}

static int find_kind(unsigned classes, int root)
{
	for (int k = 0; k < KINDS; k++)
		if (kinds[k].classes == from_root(classes, root))
			return k;
	return -1;
}

/* The root whose kind comes first in the table; the bass, where it is one. */
static int find_root(unsigned classes, int bass, int *kind)
{
	int root = bass >= 0 ? bass : 0;

	*kind = bass >= 0 ? find_kind(classes, bass) : -1;
	if (*kind >= 0)
		return root;
	for (int r = 0; r < 12; r++) {
		const int k = classes >> r & 1 ? find_kind(classes, r) : -1;

		if (k >= 0 && (*kind < 0 || k < *kind)) {
			*kind = k;
			root = r;
		}
	}
	return root;
}

/* A note beside others of a key: with flats where the key has them. */
static const char *note_in(int class, int fifths)
{
	static const char *const flats[12] = {"C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"};
	static const char *const sharps[12] = {"C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"};

	return fifths < 0 ? flats[class] : fifths > 0 ? sharps[class] : key_name((struct key){class, MODE_UNKNOWN});
}

static void list_notes(char *buf, size_t size, unsigned classes, int bass)
{
	size_t used = 0;

	buf[0] = '\0';
	for (int i = 0; i < 12 && used + 1 < size; i++) {
		const int class = (i + (bass >= 0 ? bass : 0)) % 12;

		if (classes >> class & 1)
			used += (size_t)snprintf(buf + used, size - used, "%s%s", used > 0 ? " " : "",
			                         note_in(class, 0));
	}
}

bool chord_name(char *buf, size_t size, unsigned classes, int bass)
{
	const char *spelled;
	int kind, root, fifths, letters;

	if (size == 0)
		return false;
	classes &= 0xfff;
	bass = bass >= 0 && bass < 12 && (classes >> bass & 1) ? bass : -1;
	root = find_root(classes, bass, &kind);
	if (kind < 0) {
		list_notes(buf, size, classes, bass);
		return false;
	}
	spelled = key_name((struct key){root, kinds[kind].mode});
	letters = (int)strcspn(spelled, " ");
	fifths = key_fifths((struct key){root, kinds[kind].mode});
	if (bass < 0 || bass == root)
		snprintf(buf, size, "%.*s%s", letters, spelled, kinds[kind].name);
	else
		snprintf(buf, size, "%.*s%s/%s", letters, spelled, kinds[kind].name, note_in(bass, fifths));
	return true;
}
