/* What abc_reader.h reads of an ABC file, and how it reads the fields. cmocka.h comes before this. */
#ifndef TESTS_UNIT_ABC_FIELDS_H
#define TESTS_UNIT_ABC_FIELDS_H

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define ABC_TICK  105               /* units of a MIDI tick, 480 to the quarter */
#define ABC_WHOLE (1920 * ABC_TICK) /* units of a whole note: 64ths and their triplets, quintuplets, septuplets */
#define ABC_STEPS 70                /* diatonic steps, 35 is middle C */
#define ABC_CHORD 16
#define ABC_DEPTH 4 /* dots of a broken rhythm */

enum abc_kind { ABC_SYNTAX, ABC_ORNAMENT, ABC_REPEAT };

/* Times are in units from the start of the voice; bars count from 0. */
struct abc_trouble {
	enum abc_kind kind;
	int line, voice, bar; /* voice -1: before the music */
	char text[64];
};
struct abc_field {
	char letter; /* '%': a line %%... */
	bool header;
	int line;
	char *text;
};
struct abc_note {
	int at, length, bar, step, pitch;
};
struct abc_bar {
	int at, length, due, line;
};
struct abc_fermata {
	int at, bar;
};
struct abc_metre {
	int at, numerator, denominator;
};
struct abc_key {
	int at, fifths, tonic;
	bool minor, minor_third; /* minor: the natural minor, not another mode with a minor third */
};
struct abc_tempo {
	int at;
	double us_per_quarter;
};

/* A note, or a chord, before it has a place. */
struct abc_chord {
	int n, step[ABC_CHORD], pitch[ABC_CHORD];
	bool tied[ABC_CHORD];
	int numerator, denominator;
};

struct abc_voice {
	char id[16], name[32], label[32]; /* label: its name, or "voice 1" */
	int channel;                      /* 1-16; 0: none stated */
	bool even;                        /* %%MIDI nobeataccents */
	struct abc_note *notes;
	size_t n_notes, notes_capacity;
	struct abc_bar *bars;
	size_t n_bars, bars_capacity;
	struct abc_fermata *fermatas;
	size_t n_fermatas, fermatas_capacity;
	/* Where reading is. */
	int at, bar_at, due, unit;
	struct abc_metre metre;
	struct abc_key key;
	int accidental[7]; /* of this bar, by letter; ABC_UNSAID */
	bool tied[ABC_STEPS];
	struct abc_chord last;
	int last_length, tuplet_p, tuplet_q, tuplet_left;
	int broken, broken_over; /* factor of the next length */
};
#define ABC_UNSAID 9

struct abc {
	struct abc_field *fields;
	size_t n_fields, fields_capacity;
	struct abc_trouble *troubles;
	size_t n_troubles, troubles_capacity;
	struct abc_voice *voices;
	size_t n_voices, voices_capacity;
	struct abc_metre *metres; /* of the first voice, as are the keys and tempos */
	size_t n_metres, metres_capacity;
	struct abc_key *keys;
	size_t n_keys, keys_capacity;
	struct abc_tempo *tempos;
	size_t n_tempos, tempos_capacity;
	struct abc_voice start; /* what the header says of every voice */
	int voice;              /* being read, -1 in the header */
	bool body;
	int line;
};

#define ABC_ADD(array, n, capacity, ...)                                                                               \
	do {                                                                                                           \
		assert_int_equal(MEM_GROW(array, capacity, (n) + 1), 0);                                               \
		(array)[(n)++] = __VA_ARGS__;                                                                          \
	} while (0)

static inline void abc_trouble(struct abc *a, enum abc_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static inline void abc_trouble(struct abc *a, enum abc_kind kind, const char *fmt, ...)
{
	struct abc_trouble t = {.kind = kind, .line = a->line, .voice = a->voice};
	va_list args;

	if (a->voice >= 0)
		t.bar = (int)a->voices[a->voice].n_bars;
	va_start(args, fmt);
	vsnprintf(t.text, sizeof t.text, fmt, args);
	va_end(args);
	ABC_ADD(a->troubles, a->n_troubles, a->troubles_capacity, t);
}

static inline struct abc_voice *abc_voice_named(struct abc *a, const char *id)
{
	struct abc_voice v = a->start;

	for (size_t i = 0; i < a->n_voices; i++)
		if (strcmp(a->voices[i].id, id) == 0) {
			a->voice = (int)i;
			return &a->voices[i];
		}
	snprintf(v.id, sizeof v.id, "%s", id);
	snprintf(v.label, sizeof v.label, "voice %s", id);
	a->voice = (int)a->n_voices;
	ABC_ADD(a->voices, a->n_voices, a->voices_capacity, v);
	return &a->voices[a->voice];
}

/* The voice being read: music without a V: before it is a voice of its own. */
static inline struct abc_voice *abc_voice(struct abc *a)
{
	return a->voice >= 0 ? &a->voices[a->voice] : abc_voice_named(a, "1");
}

static inline bool abc_first_voice(const struct abc *a)
{
	return a->voice <= 0;
}

static inline void abc_close_bar(struct abc *a)
{
	struct abc_voice *v = abc_voice(a);

	if (v->at == v->bar_at)
		return;
	ABC_ADD(v->bars, v->n_bars, v->bars_capacity, (struct abc_bar){v->bar_at, v->at - v->bar_at, v->due, a->line});
	v->bar_at = v->at;
	v->due = v->metre.numerator * (ABC_WHOLE / v->metre.denominator);
	for (int i = 0; i < 7; i++)
		v->accidental[i] = ABC_UNSAID;
}

/* ---- Fields ---------------------------------------------------------------- */

static inline void abc_field_metre(struct abc *a, struct abc_voice *v, const char *text)
{
	struct abc_metre m = {.at = v->at};
	int end = 0;

	if (strcmp(text, "C") == 0)
		text = "4/4";
	else if (strcmp(text, "C|") == 0)
		text = "2/2";
	if (sscanf(text, "%d/%d%n", &m.numerator, &m.denominator, &end) != 2 || text[end] || m.numerator < 1 ||
	    m.numerator > 255 || m.denominator < 1 || m.denominator > 64 || (m.denominator & (m.denominator - 1))) {
		abc_trouble(a, ABC_SYNTAX, "no metre: \"%s\"", text);
		return;
	}
	if (v->at != v->bar_at)
		abc_trouble(a, ABC_SYNTAX, "the metre changes within a bar");
	v->metre = m;
	v->due = m.numerator * (ABC_WHOLE / m.denominator);
	if (abc_first_voice(a))
		ABC_ADD(a->metres, a->n_metres, a->metres_capacity, m);
}

static inline void abc_field_unit(struct abc *a, struct abc_voice *v, const char *text)
{
	int numerator, denominator;

	if (sscanf(text, "%d/%d", &numerator, &denominator) != 2 || numerator != 1 || denominator < 1 ||
	    denominator > 64 || ABC_WHOLE % denominator)
		abc_trouble(a, ABC_SYNTAX, "no unit length: \"%s\"", text);
	else
		v->unit = ABC_WHOLE / denominator;
}

/* "1/4=72", with a word in quotes before it or not. */
static inline void abc_field_tempo(struct abc *a, const struct abc_voice *v, const char *text)
{
	const char *quote = strrchr(text, '"');
	int numerator, denominator, beats;

	if (sscanf(quote ? quote + 1 : text, " %d/%d=%d", &numerator, &denominator, &beats) != 3 || numerator < 1 ||
	    denominator < 1 || beats < 1)
		abc_trouble(a, ABC_SYNTAX, "no tempo: \"%s\"", text);
	else if (abc_first_voice(a))
		ABC_ADD(a->tempos, a->n_tempos, a->tempos_capacity,
		        (struct abc_tempo){v->at, 60e6 / beats * denominator / numerator / 4});
}

/* "G", "F#m", "Bb", "Ddor", "E phrygian"; what follows (clef=bass) is no key's. */
static inline void abc_field_key(struct abc *a, struct abc_voice *v, const char *text)
{
	static const struct {
		const char *name;
		int fifths;
	} modes[] = {{"maj", 0},  {"ion", 0}, {"min", -3}, {"aeo", -3}, {"dor", -2},
	             {"phr", -4}, {"lyd", 1}, {"mix", -1}, {"loc", -5}};
	const char *letters = "FCGDAEB", *letter = *text ? strchr(letters, *text) : NULL;
	struct abc_key key = {.at = v->at};
	int tonic, mode = 0;
	char word[4] = "";

	if (!letter) {
		abc_trouble(a, ABC_SYNTAX, "no key: \"%s\"", text);
		return;
	}
	tonic = (int)(letter - letters) - 1;
	text++;
	if (*text == '#' || *text == 'b')
		tonic += *text++ == '#' ? 7 : -7;
	text += strspn(text, " ");
	for (int i = 0; i < 3 && isalpha((unsigned char)text[i]); i++)
		word[i] = (char)tolower((unsigned char)text[i]);
	if (strcmp(word, "m") == 0) {
		mode = -3;
	} else if (*word && strcmp(word, "cle") != 0) {
		size_t i = 0;

		while (i < sizeof modes / sizeof *modes && strcmp(modes[i].name, word) != 0)
			i++;
		if (i < sizeof modes / sizeof *modes)
			mode = modes[i].fifths;
		else
			abc_trouble(a, ABC_SYNTAX, "no mode: \"%s\"", text);
	}
	key.fifths = tonic + mode;
	key.tonic = ((tonic * 7) % 12 + 12) % 12;
	key.minor = mode == -3;
	key.minor_third = mode <= -2;
	v->key = key;
	if (abc_first_voice(a))
		ABC_ADD(a->keys, a->n_keys, a->keys_capacity, key);
}

static inline void abc_field_voice(struct abc *a, const char *text)
{
	char id[16];
	size_t n = strcspn(text, " \t");

	if (!a->body) {
		abc_trouble(a, ABC_SYNTAX, "V: before K:");
		return;
	}
	snprintf(id, sizeof id, "%.*s", (int)n, text);
	abc_voice_named(a, id);
}

/* A field of the header, of the body, or [inline]; `text` has no spaces around it. */
static inline void abc_field(struct abc *a, char letter, const char *text)
{
	struct abc_voice *v = a->voice >= 0 ? &a->voices[a->voice] : &a->start;
	char *copy = mem_string(text);

	assert_non_null(copy);
	ABC_ADD(a->fields, a->n_fields, a->fields_capacity, (struct abc_field){letter, !a->body, a->line, copy});
	switch (letter) {
	case 'M':
		abc_field_metre(a, v, text);
		break;
	case 'L':
		abc_field_unit(a, v, text);
		break;
	case 'Q':
		abc_field_tempo(a, v, text);
		break;
	case 'K':
		abc_field_key(a, v, text);
		a->body = true;
		break;
	case 'V':
		abc_field_voice(a, text);
		break;
	default:
		if (a->body && !strchr("NRrwW", letter))
			abc_trouble(a, ABC_SYNTAX, "a field %c: in the music", letter);
	}
}

static inline void abc_directive(struct abc *a, const char *text)
{
	char *copy = mem_string(text);
	int channel;

	assert_non_null(copy);
	ABC_ADD(a->fields, a->n_fields, a->fields_capacity, (struct abc_field){'%', !a->body, a->line, copy});
	if (a->voice < 0)
		return;
	if (sscanf(text, "MIDI channel %d", &channel) == 1)
		a->voices[a->voice].channel = channel;
	if (strcmp(text, "MIDI nobeataccents") == 0)
		a->voices[a->voice].even = true;
}

/* %fermata before its note; one word at the head of a voice is its name. */
static inline void abc_comment(struct abc *a, const char *text)
{
	struct abc_voice *v;

	if (!a->body || (a->voice < 0 && strcmp(text, "fermata") != 0))
		return;
	v = abc_voice(a);
	if (strcmp(text, "fermata") == 0) {
		ABC_ADD(v->fermatas, v->n_fermatas, v->fermatas_capacity, (struct abc_fermata){v->at, (int)v->n_bars});
	} else if (v->at == 0 && !*v->name && !strchr(text, ' ')) {
		snprintf(v->name, sizeof v->name, "%s", text);
		snprintf(v->label, sizeof v->label, "%s", text);
	}
}

#endif
