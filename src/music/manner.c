/*
 * The table of manners. Tempi of chorale, reel, jig and air are the usual ones
 * for each; the others are the medians of what corpus/'s scores of that kind
 * say (their lines G: and Q:).
 */
#include "music/manner.h"

#include <stddef.h>
#include <string.h>

enum { PIANO = 0, CHURCH_ORGAN = 19, FLUTE = 73 };

/* What beats: a quarter, a half, or a dotted quarter, in eighths. */
enum { QUARTER = 2, DOTTED = 3, HALF = 4 };

struct manner {
	const char *word; /* in a style's name, in any case */
	int beat;         /* eighths; 0: nothing is said of the tempo */
	int per_minute;
	int program;
};

/* The first that fits. */
static const struct manner manners[] = {
	{"choral", QUARTER, 72, CHURCH_ORGAN},
	{"hymn", QUARTER, 96, CHURCH_ORGAN},
	{"psalm", QUARTER, 86, CHURCH_ORGAN},
	{"organ", 0, 0, CHURCH_ORGAN},
	{"reel", HALF, 96, FLUTE},
	{"hornpipe", HALF, 86, FLUTE},
	{"jig", DOTTED, 112, FLUTE},
	{"waltz", QUARTER, 135, FLUTE},
	{"polka", QUARTER, 114, FLUTE},
	{"march", QUARTER, 112, FLUTE},
	{"carol", QUARTER, 104, FLUTE},
	{"piano", 0, 0, PIANO},
	{"keyboard", 0, 0, PIANO},
	{"prelude", 0, 0, PIANO},
	{"invention", 0, 0, PIANO},
	{"sonata", 0, 0, PIANO},
};

/* By metre, where the name says nothing: as a jig, as a reel, and as an air. */
static const struct manner jig = {"6/8", DOTTED, 112, FLUTE};
static const struct manner reel = {"2/2", HALF, 96, FLUTE};
static const struct manner air = {"4/4", QUARTER, 84, FLUTE};

static const struct manner *by_name(const char *style)
{
	for (size_t i = 0; style && i < sizeof manners / sizeof *manners; i++)
		if (strcasestr(style, manners[i].word))
			return &manners[i];
	return NULL;
}

/* Three eighths to the beat: 6/8, 9/8, 12/8. */
static bool compound(const struct metre *m)
{
	return m->denominator_log2 == 3 && m->numerator > 3 && m->numerator % 3 == 0;
}

int manner_tempo(const char *style, const struct metre *metre)
{
	const struct manner *m = by_name(style);
	bool cut = metre->denominator_log2 == 1 && metre->numerator == 2;

	if (!m || m->beat == 0)
		m = compound(metre) ? &jig : cut ? &reel : &air;
	return (int)((60000000LL * 2 / m->beat + m->per_minute / 2) / m->per_minute);
}

bool manner_knows_tempo(const char *style)
{
	const struct manner *m = by_name(style);

	return m && m->beat > 0;
}

int manner_program(const char *style, int part, int n_parts)
{
	const struct manner *m = by_name(style);

	/* A tune in several parts: the piano below it. */
	if (m)
		return m->program == FLUTE && part > 0 ? PIANO : m->program;
	return n_parts == 1 ? FLUTE : n_parts == 4 ? CHURCH_ORGAN : PIANO;
}
