/*
 * Note names, pitches ("F#3") and scales ("D dorian", "C D Eb F G A Bb") as
 * a user writes them.
 */
#include "music/key.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/text.h"

int note_parse(const char **text)
{
	static const int classes[7] = {9, 11, 0, 2, 4, 5, 7}; /* A .. G */
	static const char sharp[] = "\xe2\x99\xaf", flat[] = "\xe2\x99\xad";
	const char *t = *text;
	int letter = toupper((unsigned char)*t), class;

	if (letter < 'A' || letter > 'G')
		return -1;
	class = classes[letter - 'A'];
	t++;
	if (*t == '#') {
		class += 1;
		t++;
	} else if (*t == 'b') {
		class += 11;
		t++;
	} else if (strncmp(t, sharp, 3) == 0) {
		class += 1;
		t += 3;
	} else if (strncmp(t, flat, 3) == 0) {
		class += 11;
		t += 3;
	}
	*text = t;
	return class % 12;
}

static const struct {
	const char *name;
	unsigned classes; /* bit 0 = the tonic */
} scales[] = {
#define S(i) | 1u << (i)
	{"major", 1u S(2) S(4) S(5) S(7) S(9) S(11)},
	{"ionian", 1u S(2) S(4) S(5) S(7) S(9) S(11)},
	{"minor", 1u S(2) S(3) S(5) S(7) S(8) S(10)},
	{"natural minor", 1u S(2) S(3) S(5) S(7) S(8) S(10)},
	{"aeolian", 1u S(2) S(3) S(5) S(7) S(8) S(10)},
	{"dorian", 1u S(2) S(3) S(5) S(7) S(9) S(10)},
	{"phrygian", 1u S(1) S(3) S(5) S(7) S(8) S(10)},
	{"lydian", 1u S(2) S(4) S(6) S(7) S(9) S(11)},
	{"mixolydian", 1u S(2) S(4) S(5) S(7) S(9) S(10)},
	{"locrian", 1u S(1) S(3) S(5) S(6) S(8) S(10)},
	{"harmonic minor", 1u S(2) S(3) S(5) S(7) S(8) S(11)},
	{"melodic minor", 1u S(2) S(3) S(5) S(7) S(9) S(11)},
	{"pentatonic", 1u S(2) S(4) S(7) S(9)},
	{"major pentatonic", 1u S(2) S(4) S(7) S(9)},
	{"minor pentatonic", 1u S(3) S(5) S(7) S(10)},
	{"blues", 1u S(3) S(5) S(6) S(7) S(10)},
	{"whole tone", 1u S(2) S(4) S(6) S(8) S(10)},
	{"chromatic", 0xfff},
#undef S
};

/* Words in lower case, one blank between them; hyphens and underscores are blanks. */
static void plain_words(char *out, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text && n + 1 < size; text++) {
		bool blank = *text == ' ' || *text == '-' || *text == '_' || *text == '\t';

		if (!blank)
			out[n++] = (char)tolower((unsigned char)*text);
		else if (n > 0 && out[n - 1] != ' ')
			out[n++] = ' ';
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

static unsigned named_scale(const char *text, int tonic)
{
	char name[32];

	plain_words(name, sizeof name, text);
	for (size_t i = 0; i < sizeof scales / sizeof *scales; i++)
		if (strcmp(name, scales[i].name) == 0)
			return (scales[i].classes << tonic | scales[i].classes >> (12 - tonic)) & 0xfff;
	return 0;
}

/* "C D Eb F", blanks or commas between; 0 when anything else is there, or less than two notes. */
static unsigned listed_scale(const char *text)
{
	unsigned classes = 0;
	int notes = 0;

	for (;;) {
		int class;

		text += strspn(text, " ,\t");
		if (*text == '\0')
			return notes >= 2 ? classes : 0;
		class = note_parse(&text);
		if (class < 0 || (*text && !strchr(" ,\t", *text)))
			return 0;
		classes |= 1u << class;
		notes++;
	}
}

unsigned scale_parse(const char *text)
{
	unsigned classes = listed_scale(text);
	const char *rest = text + strspn(text, " ");
	struct key key;
	int tonic;

	if (classes == 0 && strcasecmp(rest, "chromatic") == 0)
		classes = 0xfff;
	if (classes == 0 && key_parse(&key, text) == 0) /* "G", "Gm", "G minor" */
		classes = named_scale(key.mode == MODE_MINOR ? "minor" : "major", key.tonic);
	if (classes == 0) {
		tonic = note_parse(&rest);
		if (tonic >= 0 && strchr(" -_", *rest))
			classes = named_scale(rest, tonic);
	}
	if (classes == 0)
		error("'%s' is no scale: say it like \"C D Eb F G A Bb\", \"A minor\" or \"D dorian\"", text);
	else
		error_clear();
	return classes;
}

int pitch_parse(const char *text)
{
	const char *rest = text;
	long long number;
	int class;

	if (text_integer(text, 0, 127, &number))
		return (int)number;
	class = note_parse(&rest);
	if (class >= 0 && text_integer(rest, -2, 10, &number)) {
		/* B# and Cb belong to the octave of their letter. */
		int letter = toupper((unsigned char)*text);
		int pitch = (int)(number + 1) * 12 + class;

		if (letter == 'B' && class == 0)
			pitch += 12;
		if (letter == 'C' && class == 11)
			pitch -= 12;
		if (pitch >= 0 && pitch <= 127)
			return pitch;
	}
	return error("'%s' is no pitch: say it like C4 (60), F#3, Bb5 or 0 to 127", text);
}

void pitch_name(char *buf, size_t size, int pitch)
{
	static const char *const names[12] = {"C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"};

	if (pitch < 0 || pitch > 127)
		BUG("pitch %d", pitch);
	snprintf(buf, size, "%s%d", names[pitch % 12], pitch / 12 - 1);
}
