/*
 * ABC 2.1 as corpus/ is written in it, read independently of abc2midi: the
 * fields, and of every voice its bars, its notes with ties joined, and its
 * fermatas. What the corpus does without (ornaments, repeats, chord symbols,
 * overlays) is told as a trouble, with its line, voice and bar. cmocka.h
 * comes before this.
 */
#ifndef TESTS_UNIT_ABC_READER_H
#define TESTS_UNIT_ABC_READER_H

#include "abc_fields.h"

/* ---- Music ----------------------------------------------------------------- */

/*
 * An accidental, a letter, octave marks. False, with nothing read, where
 * there is none. An accidental holds for its letter in every octave until
 * the bar's end, as abc2midi has it.
 */
static inline bool abc_pitch(struct abc *a, const char **p, struct abc_chord *c)
{
	static const int semitones[7] = {0, 2, 4, 5, 7, 9, 11}, fifths[7] = {0, 2, 4, -1, 1, 3, 5};
	const char *names = "CDEFGAB", *s = *p + strspn(*p, "^_="), *name;
	struct abc_voice *v = abc_voice(a);
	int step, letter, altered = 0;

	name = *s ? strchr(names, toupper((unsigned char)*s)) : NULL;
	if (!name)
		return false;
	letter = (int)(name - names);
	if (s > *p) {
		v->accidental[letter] = 0;
		for (; *p < s; ++*p)
			v->accidental[letter] += **p == '^' ? 1 : **p == '_' ? -1 : 0;
	}
	if (v->accidental[letter] != ABC_UNSAID)
		altered = v->accidental[letter];
	else if (v->key.fifths > 0)
		altered = (v->key.fifths + 5 - fifths[letter]) / 7;
	else
		altered = -((fifths[letter] + 1 - v->key.fifths) / 7);
	step = 35 + letter + (islower((unsigned char)*s) ? 7 : 0);
	for (s++; *s == ',' || *s == '\''; s++)
		step += *s == ',' ? -7 : 7;
	*p = s;
	if (step < 0 || step >= ABC_STEPS || c->n == ABC_CHORD) {
		abc_trouble(a, ABC_SYNTAX, "a note out of range, or a chord of more than %d", ABC_CHORD);
		return true;
	}
	c->step[c->n] = step;
	c->pitch[c->n++] = step / 7 * 12 + semitones[step % 7] + altered;
	return true;
}

/* The number at *p, `otherwise` where there is none; a large one is 0. */
static inline int abc_number(const char **p, int otherwise)
{
	int n = 0;

	if (!isdigit((unsigned char)**p))
		return otherwise;
	for (; isdigit((unsigned char)**p); ++*p)
		n = n < 1000 ? n * 10 + **p - '0' : 0;
	return n;
}

/* "3", "3/2", "/", "//", "/4": of the unit length. */
static inline void abc_length(const char **p, int *numerator, int *denominator)
{
	*numerator = abc_number(p, 1);
	*denominator = 1;
	while (**p == '/') {
		++*p;
		*denominator = *denominator < 1000 ? *denominator * abc_number(p, 2) : 0;
	}
}

static inline void abc_loose_ties(struct abc *a)
{
	const struct abc_voice *v = abc_voice(a);

	for (int i = 0; i < ABC_STEPS; i++)
		if (v->tied[i])
			abc_trouble(a, ABC_SYNTAX, "a tie that leads to no note");
}

/* Put a note, a chord or (n == 0) a rest of so many units where the voice is. */
static inline void abc_place(struct abc *a, const struct abc_chord *c, int length)
{
	struct abc_voice *v = abc_voice(a);
	bool tied[ABC_STEPS] = {false};

	for (int i = 0; i < c->n; i++) {
		size_t j = v->n_notes;

		if (v->tied[c->step[i]])
			while (j > 0 && v->notes[j - 1].step != c->step[i])
				j--;
		if (v->tied[c->step[i]] && j > 0)
			v->notes[j - 1].length += length;
		else
			ABC_ADD(v->notes, v->n_notes, v->notes_capacity,
			        (struct abc_note){v->at, length, (int)v->n_bars, c->step[i], c->pitch[i]});
		v->tied[c->step[i]] = false;
		tied[c->step[i]] = c->tied[i];
	}
	abc_loose_ties(a);
	memcpy(v->tied, tied, sizeof tied);
	v->last = *c;
	v->last_length = length;
	v->at += length;
}

/* The same with its length as it is written, within tuplets and broken rhythms. */
static inline void abc_element(struct abc *a, const struct abc_chord *c)
{
	struct abc_voice *v = abc_voice(a);
	int64_t over = (int64_t)c->denominator * v->broken_over, length = (int64_t)v->unit * c->numerator * v->broken;

	if (v->tuplet_left > 0) {
		length *= v->tuplet_q;
		over *= v->tuplet_p;
		v->tuplet_left--;
	}
	v->broken = v->broken_over = 1;
	if (c->numerator < 1 || over < 1 || length % over || length / over > 64 * ABC_WHOLE)
		abc_trouble(a, ABC_SYNTAX, "a length that cannot be");
	else
		abc_place(a, c, (int)(length / over));
}

/* '>' and '<': what the note before gains, the next loses. */
static inline void abc_broken(struct abc *a, const char **p)
{
	struct abc_voice *v = abc_voice(a);
	char sign = **p;
	int depth = 0, change;

	for (; **p == sign; ++*p)
		depth++;
	if (depth > ABC_DEPTH || v->last_length == 0) {
		abc_trouble(a, ABC_SYNTAX, "a broken rhythm without notes");
		return;
	}
	change = v->last_length - (v->last_length >> depth);
	v->broken = sign == '>' ? 1 : (2 << depth) - 1;
	v->broken_over = 1 << depth;
	if (sign == '<')
		change = -change;
	for (size_t i = 0; i < v->n_notes; i++)
		if (v->notes[i].at + v->notes[i].length == v->at)
			v->notes[i].length += change;
	v->at += change;
}

/* "(3", "(3:2", "(3:2:4"; a slur is nothing. */
static inline void abc_tuplet(struct abc *a, const char **p)
{
	struct abc_voice *v = abc_voice(a);
	bool compound = v->metre.numerator % 3 == 0 && v->metre.denominator == 8 && v->metre.numerator > 3;
	int n[3] = {0};

	++*p;
	for (int i = 0; i < 3; i++) {
		n[i] = abc_number(p, 0);
		if (**p != ':')
			break;
		++*p;
	}
	if (n[0] == 0)
		return;
	if (n[1] == 0)
		n[1] = n[0] == 2 || n[0] == 4 || n[0] == 8 ? 3 : n[0] == 3 || n[0] == 6 ? 2 : compound ? 3 : 2;
	v->tuplet_p = n[0];
	v->tuplet_q = n[1];
	v->tuplet_left = n[2] ? n[2] : n[0];
}

static inline void abc_tie(struct abc *a)
{
	struct abc_voice *v = abc_voice(a);

	for (int i = 0; i < v->last.n; i++)
		v->tied[v->last.step[i]] = true;
	if (v->last.n == 0)
		abc_trouble(a, ABC_SYNTAX, "a tie from no note");
}

static inline void abc_chord(struct abc *a, const char **p)
{
	struct abc_chord c = {.numerator = 1, .denominator = 1};
	int numerator, denominator;

	for (++*p; **p && **p != ']';) {
		int before = c.n;

		if (!abc_pitch(a, p, &c)) {
			abc_trouble(a, ABC_SYNTAX, "'%c' in a chord", *(*p)++);
			continue;
		}
		abc_length(p, &numerator, &denominator);
		if (before == 0) {
			c.numerator = numerator;
			c.denominator = denominator;
		} else if (numerator * c.denominator != c.numerator * denominator) {
			abc_trouble(a, ABC_SYNTAX, "a chord of several lengths");
		}
		if (**p == '-' && c.n > before) {
			c.tied[before] = true;
			++*p;
		}
	}
	if (**p)
		++*p;
	if (c.n == 0)
		abc_trouble(a, ABC_SYNTAX, "an empty chord");
	abc_length(p, &numerator, &denominator);
	c.numerator *= numerator;
	c.denominator *= denominator;
	abc_element(a, &c);
}

/* z, x: a rest; Z: so many bars of it. */
static inline void abc_rest(struct abc *a, const char **p)
{
	struct abc_chord c = {0};
	bool bars = *(*p)++ == 'Z';

	abc_length(p, &c.numerator, &c.denominator);
	if (!bars) {
		abc_element(a, &c);
		return;
	}
	for (int i = 0; i < c.numerator; i++) {
		if (i > 0)
			abc_close_bar(a);
		abc_place(a, &c, abc_voice(a)->due);
	}
}

/* A bar line in any of its forms; what follows a ':' or precedes a number is a repeat. */
static inline void abc_bar_line(struct abc *a, const char **p)
{
	size_t n = strspn(*p + 1, "|:]") + 1;

	if (memchr(*p, ':', n) || isdigit((unsigned char)(*p)[n]))
		abc_trouble(a, ABC_REPEAT, "\"%.*s\"", (int)n + 1, *p);
	*p += n;
	*p += strspn(*p, "0123456789");
	abc_close_bar(a);
}

static inline void abc_bracket(struct abc *a, const char **p)
{
	const char *end = strchr(*p, ']');

	if ((*p)[1] == '|') {
		abc_bar_line(a, p);
	} else if (isdigit((unsigned char)(*p)[1])) {
		abc_trouble(a, ABC_REPEAT, "an ending: \"%.2s\"", *p);
		*p += 2;
	} else if (isalpha((unsigned char)(*p)[1]) && (*p)[2] == ':' && end) {
		char *text = mem_string_n(*p + 3, (size_t)(end - *p - 3));

		assert_non_null(text);
		abc_field(a, (*p)[1], text);
		free(text);
		*p = end + 1;
	} else {
		abc_chord(a, p);
	}
}

/* A word between two signs, !trill! or {grace} or "Am". */
static inline void abc_enclosed(struct abc *a, const char **p, enum abc_kind kind, char close)
{
	const char *end = strchr(*p + 1, close);

	if (!end)
		end = *p + strlen(*p) - 1;
	abc_trouble(a, kind, "%.*s", (int)(end - *p + 1), *p);
	*p = end + 1;
}

static inline void abc_one(struct abc *a, const char **p)
{
	struct abc_chord c = {0};

	if (abc_pitch(a, p, &c)) {
		abc_length(p, &c.numerator, &c.denominator);
		abc_element(a, &c);
	} else if (**p == '!' || **p == '+') {
		abc_enclosed(a, p, ABC_ORNAMENT, **p);
	} else if (**p == '{') {
		abc_enclosed(a, p, ABC_ORNAMENT, '}');
	} else if (**p == '"') {
		abc_enclosed(a, p, ABC_SYNTAX, '"');
	} else if (strchr("~.HIJKLMNOPQRSTUVWhijklmnopqrstuvw", **p)) {
		abc_trouble(a, ABC_ORNAMENT, "'%c'", *(*p)++);
	} else {
		abc_trouble(a, ABC_SYNTAX, "'%c'", *(*p)++);
	}
}

static inline void abc_music(struct abc *a, const char *p)
{
	abc_voice(a);
	while (*p) {
		if (strchr(" \t`\\)y", *p)) {
			p++;
		} else if (*p == '%') {
			abc_comment(a, p + 1);
			return;
		} else if (*p == '|' || *p == ':') {
			abc_bar_line(a, &p);
		} else if (*p == '[') {
			abc_bracket(a, &p);
		} else if (*p == '(') {
			abc_tuplet(a, &p);
		} else if (*p == '-') {
			abc_tie(a);
			p++;
		} else if (*p == '>' || *p == '<') {
			abc_broken(a, &p);
		} else if (strchr("zxZ", *p)) {
			abc_rest(a, &p);
		} else {
			abc_one(a, &p);
		}
	}
}

/* ---- The whole ------------------------------------------------------------- */

/* Without the spaces around it; changes `s`. */
static inline char *abc_trim(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	n = strlen(s);
	while (n > 0 && strchr(" \t\r", s[n - 1]))
		s[--n] = '\0';
	return s;
}

static inline void abc_line(struct abc *a, char *line)
{
	line = abc_trim(line);
	if (line[0] == '%' && line[1] == '%')
		abc_directive(a, line + 2);
	else if (line[0] == '%')
		abc_comment(a, line + 1);
	else if (isalpha((unsigned char)line[0]) && line[1] == ':' && line[2] != '|')
		abc_field(a, line[0], abc_trim(line + 2));
	else if (a->body && *line)
		abc_music(a, line);
	else if (*line)
		abc_trouble(a, ABC_SYNTAX, "no field: \"%.40s\"", line);
}

static inline int compare_abc_notes(const void *a, const void *b)
{
	const struct abc_note *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->pitch != y->pitch ? y->pitch - x->pitch : x->length - y->length;
}

/* A tune of its text, with one voice at least, its notes by onset and pitch (highest first). The caller frees with abc_free(). */
static inline struct abc *abc_read(const char *text)
{
	struct abc *a = mem_new(1, sizeof *a);
	char *copy = mem_string(text);

	assert_non_null(a);
	assert_non_null(copy);
	a->voice = -1;
	a->start.unit = ABC_WHOLE / 8;
	a->start.metre = (struct abc_metre){0, 4, 4};
	a->start.due = ABC_WHOLE;
	a->start.broken = a->start.broken_over = 1;
	for (int i = 0; i < 7; i++)
		a->start.accidental[i] = ABC_UNSAID;
	for (char *line = copy, *next; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		a->line++;
		abc_line(a, line);
	}
	if (a->n_voices == 0)
		abc_voice(a);
	for (size_t i = 0; i < a->n_voices; i++) {
		a->voice = (int)i;
		abc_loose_ties(a);
		abc_close_bar(a);
		if (a->voices[i].n_notes > 0)
			qsort(a->voices[i].notes, a->voices[i].n_notes, sizeof *a->voices[i].notes, compare_abc_notes);
	}
	free(copy);
	return a;
}

static inline void abc_free(struct abc *a)
{
	for (size_t i = 0; i < a->n_fields; i++)
		free(a->fields[i].text);
	for (size_t i = 0; i < a->n_voices; i++) {
		free(a->voices[i].notes);
		free(a->voices[i].bars);
		free(a->voices[i].fermatas);
	}
	free(a->fields);
	free(a->troubles);
	free(a->voices);
	free(a->metres);
	free(a->keys);
	free(a->tempos);
	free(a);
}

#endif
