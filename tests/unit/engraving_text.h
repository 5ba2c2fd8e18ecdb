/* What is asked of the .abc of a piece by itself: its fields, its bars, and what it does without. */
#ifndef TESTS_UNIT_ENGRAVING_TEXT_H
#define TESTS_UNIT_ENGRAVING_TEXT_H

#include "engraving.h"

static inline void check_troubles(struct faults *f, const struct engraving *e, enum abc_kind kind)
{
	for (size_t i = 0; i < e->abc->n_troubles; i++) {
		const struct abc_trouble *t = &e->abc->troubles[i];

		if (t->kind != kind)
			continue;
		if (t->voice < 0)
			fault(f, e, NULL, 0, "line %d: %s", t->line, t->text);
		else
			fault(f, e, e->abc->voices[t->voice].label, t->bar + 1, "line %d: %s", t->line, t->text);
	}
}

static inline void check_syntax(struct faults *f, const struct engraving *e)
{
	check_troubles(f, e, ABC_SYNTAX);
}

static inline void check_ornaments(struct faults *f, const struct engraving *e)
{
	check_troubles(f, e, ABC_ORNAMENT);
}

static inline void check_repeats(struct faults *f, const struct engraving *e)
{
	check_troubles(f, e, ABC_REPEAT);
}

/* The n-th (from 0) field of a letter in the header, or NULL. */
static inline const char *header_field(const struct engraving *e, char letter, size_t n)
{
	for (size_t i = 0; i < e->abc->n_fields; i++) {
		const struct abc_field *field = &e->abc->fields[i];

		if (field->header && field->letter == letter && n-- == 0)
			return field->text;
	}
	return NULL;
}

static inline void check_fields(struct faults *f, const struct engraving *e)
{
	for (const char *letter = "TCONGMLQK"; *letter; letter++) {
		const char *text = header_field(e, *letter, 0);

		if (!text || !*text)
			fault(f, e, NULL, 0, "no %c:", *letter);
		if (strchr("MLQK", *letter) && header_field(e, *letter, 1))
			fault(f, e, NULL, 0, "%c: twice", *letter);
	}
}

/* R:hornpipe and others swing the notes. */
static inline void check_rhythm_field(struct faults *f, const struct engraving *e)
{
	for (size_t i = 0; i < e->abc->n_fields; i++)
		if (e->abc->fields[i].letter == 'R')
			fault(f, e, NULL, 0, "line %d: R:%s", e->abc->fields[i].line, e->abc->fields[i].text);
}

/* The lines that tame abc2midi; of nobeataccents one more in each voice after the first. */
static inline void check_directives(struct faults *f, const struct engraving *e)
{
	static const char *const lines[] = {"MIDI chordattack 0", "MIDI nobeataccents", "MIDI ratio 1 1"};

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		size_t j = 0;
		const char *text;

		while ((text = header_field(e, '%', j)) && strcmp(text, lines[i]) != 0)
			j++;
		if (!text)
			fault(f, e, NULL, 0, "no %%%%%s before K:", lines[i]);
	}
	for (size_t i = 1; i < e->abc->n_voices; i++)
		if (!e->abc->voices[i].even)
			fault(f, e, e->abc->voices[i].label, 0, "no %%%%MIDI nobeataccents");
}

/* N: says from where it is known, and whether it was compared with an edition. */
static inline void check_notes_on_source(struct faults *f, const struct engraving *e)
{
	bool source = false, compared = false;
	const char *text;

	for (size_t i = 0; (text = header_field(e, 'N', i)); i++) {
		source |= strstr(text, "engraved from memory") || strstr(text, "drafted from memory") ||
		          (strstr(text, " by hand") && strstr(text, "after")) ||
		          strstr(text, "typed bar by bar after") ||
		          strstr(text, "typed by hand with the edition named below in view");
		compared |= strstr(text, "proofread") || strstr(text, "corrected") || strstr(text, "compared");
	}
	if (!source)
		fault(f, e, NULL, 0, "no N: says whether it was engraved from memory or by hand after an edition");
	if (!compared)
		fault(f, e, NULL, 0, "no N: says \"proofread\", \"not proofread\", \"corrected\" or \"compared\"");
}

static inline void check_bars(struct faults *f, const struct engraving *e)
{
	for (size_t i = 0; i < e->abc->n_voices; i++) {
		const struct abc_voice *v = &e->abc->voices[i];

		for (size_t j = 0; j < v->n_bars; j++)
			if (v->bars[j].length != v->bars[j].due)
				fault(f, e, v->label, (int)j + 1, "line %d: %g quarters, not %g", v->bars[j].line,
				      4.0 * v->bars[j].length / ABC_WHOLE, 4.0 * v->bars[j].due / ABC_WHOLE);
	}
}

static inline void check_voices(struct faults *f, const struct engraving *e)
{
	const struct abc_voice *first = &e->abc->voices[0];

	if (first->n_bars == 0)
		fault(f, e, first->label, 0, "no bars");
	for (size_t i = 1; i < e->abc->n_voices; i++) {
		const struct abc_voice *v = &e->abc->voices[i];

		if (v->n_bars != first->n_bars)
			fault(f, e, v->label, (int)v->n_bars, "%zu bars, %s has %zu", v->n_bars, first->label,
			      first->n_bars);
	}
}

#endif
