/* What is asked of the .mid of a piece, by itself and against its .abc. */
#ifndef TESTS_UNIT_ENGRAVING_MIDI_H
#define TESTS_UNIT_ENGRAVING_MIDI_H

#include "engraving.h"
#include "engraving_text.h"

/* ---- Parts and bars -------------------------------------------------------- */

static inline void check_parts(struct faults *f, const struct engraving *e)
{
	const struct abc *a = e->abc;

	if (e->song->n_parts != a->n_voices)
		fault(f, e, NULL, 0, "%zu parts, %zu voices", e->song->n_parts, a->n_voices);
	if (e->n_ends != a->n_voices + 1)
		fault(f, e, NULL, 0, "%zu tracks besides the conductor's, %zu voices", e->n_ends - 1, a->n_voices);
	for (size_t i = 0; i < a->n_voices; i++) {
		const struct part *part = part_of_voice(e, &a->voices[i]);

		for (size_t j = 0; j < i; j++)
			if (part && part_of_voice(e, &a->voices[j]) == part)
				fault(f, e, a->voices[i].label, 0, "the channel of %s", a->voices[j].label);
		if (part && *a->voices[i].name && (!part->name || strcmp(part->name, a->voices[i].name) != 0))
			fault(f, e, a->voices[i].label, 0, "its track is named \"%s\"", part->name ? part->name : "");
	}
}

static inline void check_silence(struct faults *f, const struct engraving *e)
{
	for (size_t i = 0; i < e->abc->n_voices; i++) {
		const struct part *part = part_of_voice(e, &e->abc->voices[i]);

		if (!part || part->n == 0)
			fault(f, e, e->abc->voices[i].label, 0, "it is silent");
	}
}

/* abc2midi ends its tracks some ticks late; the reader forgives a 16th, and so does this. */
static inline void check_tracks(struct faults *f, const struct engraving *e)
{
	for (size_t i = 0; i < e->n_ends; i++) {
		int late = e->ends[i] - abc_ticks(e);
		char track[32];

		snprintf(track, sizeof track, "track %zu", i);
		if (late < 0 || late > FILE_PPQ / 4)
			fault(f, e, track, bar_at(e, e->ends[i] - e->lead),
			      "it ends at tick %d, the last bar of the .abc at %d", e->ends[i], abc_ticks(e));
	}
}

static inline void check_length(struct faults *f, const struct engraving *e)
{
	int end = e->grid->end * POINT, line = song_bar_line(e->song, end);

	if (line != end)
		fault(f, e, NULL, bar_at(e, end), "the piece ends %d ticks before the bar's end", line - end);
}

static inline void check_count(struct faults *f, const struct engraving *e)
{
	int bars = bar_at(e, e->grid->end * POINT - POINT);

	for (size_t i = 0; i < e->abc->n_voices; i++)
		if (e->abc->voices[i].n_bars != (size_t)bars)
			fault(f, e, e->abc->voices[i].label, bars, "%d bars in the .mid, %zu in the .abc", bars,
			      e->abc->voices[i].n_bars);
}

/* ---- Maps ------------------------------------------------------------------ */

static inline void check_metre(struct faults *f, const struct engraving *e)
{
	const struct song *s = e->song;

	if (e->first_metre != 0)
		fault(f, e, NULL, 1, "the metre map starts at tick %d", e->first_metre);
	for (size_t i = 0; i < e->abc->n_metres; i++) {
		const struct abc_metre *m = &e->abc->metres[i];
		int tick = song_tick(e, m->at);
		struct metre in_force = song_metre_at(s, tick);

		if (in_force.numerator != m->numerator || 1 << in_force.denominator_log2 != m->denominator)
			fault(f, e, NULL, bar_at(e, tick), "%d/%d, not %d/%d", in_force.numerator,
			      1 << in_force.denominator_log2, m->numerator, m->denominator);
	}
	for (size_t i = 0; i < s->n_metres; i++) {
		size_t j = 0;

		while (j < e->abc->n_metres && song_tick(e, e->abc->metres[j].at) != s->metres[i].tick)
			j++;
		if (j == e->abc->n_metres)
			fault(f, e, NULL, bar_at(e, s->metres[i].tick), "%d/%d, where no M: stands",
			      s->metres[i].numerator, 1 << s->metres[i].denominator_log2);
	}
}

/* abc2midi writes a church mode as its signature alone: only the natural minor is marked minor. */
static inline void check_signature(struct faults *f, const struct engraving *e)
{
	const struct song *s = e->song;
	size_t j = 0;

	for (size_t i = 0; i < e->abc->n_keys; i++) {
		const struct abc_key *key = &e->abc->keys[i];
		int tick = song_tick(e, key->at);
		const struct keysig *in_force;

		while (j + 1 < s->n_keys && s->keys[j + 1].tick <= tick)
			j++;
		in_force = j < s->n_keys && s->keys[j].tick <= tick ? &s->keys[j] : NULL;
		if (!in_force || in_force->fifths != key->fifths || in_force->minor != key->minor)
			fault(f, e, NULL, bar_at(e, tick), "signature %d%s, K: says %d%s",
			      in_force ? in_force->fifths : 99, in_force && in_force->minor ? " minor" : "",
			      key->fifths, key->minor ? " minor" : "");
	}
	if (s->n_keys > e->abc->n_keys)
		fault(f, e, NULL, 0, "%zu signatures, %zu K:", s->n_keys, e->abc->n_keys);
}

static inline const struct key_exception *key_exception_of(const struct engraving *e)
{
	for (size_t i = 0; i < e->n_exceptions; i++)
		if (strcmp(e->exceptions[i].piece, e->name) == 0)
			return &e->exceptions[i];
	return NULL;
}

static inline struct key key_of_field(const struct abc_key *key)
{
	return (struct key){key->tonic, key->minor_third ? MODE_MINOR : MODE_MAJOR};
}

/* Tonic and third found in the notes are those of the header's K:. */
static inline bool key_agrees(const struct engraving *e)
{
	struct key found = key_find(e->grid), said;

	if (e->abc->n_keys == 0)
		return false;
	said = key_of_field(&e->abc->keys[0]);
	return found.tonic == said.tonic && found.mode == said.mode;
}

static inline void check_key(struct faults *f, const struct engraving *e)
{
	const struct key_exception *x = key_exception_of(e);
	const char *found = key_name(key_find(e->grid));

	if (e->abc->n_keys == 0)
		fault(f, e, NULL, 0, "no K:");
	else if (x && key_agrees(e))
		fault(f, e, NULL, 0, "an exception that is none: %s is found, as K: says", found);
	else if (x && strcmp(found, x->found) != 0)
		fault(f, e, NULL, 0, "%s is found, the exception says %s", found, x->found);
	else if (!x && !key_agrees(e))
		fault(f, e, NULL, 0, "%s is found, K: says %s", found, key_name(key_of_field(&e->abc->keys[0])));
}

static inline void check_tempo(struct faults *f, const struct engraving *e)
{
	for (size_t i = 0; i < e->abc->n_tempos; i++) {
		int tick = song_tick(e, e->abc->tempos[i].at), us = song_tempo_at(e->song, tick);
		double difference = us - e->abc->tempos[i].us_per_quarter;

		if (e->song->n_tempos == 0 || difference < -1 || difference > 1)
			fault(f, e, NULL, bar_at(e, tick), "%d microseconds a quarter, Q: says %.1f", us,
			      e->abc->tempos[i].us_per_quarter);
	}
	if (e->song->n_tempos != e->abc->n_tempos)
		fault(f, e, NULL, 0, "%zu tempos, %zu Q:", e->song->n_tempos, e->abc->n_tempos);
}

/*
 * An upbeat is a first bar that begins, in every voice, with a beat of rests
 * or more; less is a rest before the first note (music/song.h).
 */
static inline void check_pickup(struct faults *f, const struct engraving *e)
{
	const struct abc_metre *m = e->abc->n_metres ? &e->abc->metres[0] : NULL;
	int beat = m ? ABC_WHOLE / m->denominator : 0, bar = m ? m->numerator * beat : 0, first = bar, due;

	for (size_t i = 0; i < e->abc->n_voices; i++)
		if (e->abc->voices[i].n_notes > 0 && e->abc->voices[i].notes[0].at < first)
			first = e->abc->voices[i].notes[0].at;
	due = first >= beat && first < bar ? (bar - first) / ABC_TICK : 0;
	if (e->song->pickup != due)
		fault(f, e, NULL, 1, "a pickup of %d ticks is found, the .abc has %d", e->song->pickup, due);
}

/* ---- Notes ----------------------------------------------------------------- */

static inline void check_grid(struct faults *f, const struct engraving *e)
{
	for (size_t i = 0; i < e->song->n_parts; i++) {
		const struct part *part = &e->song->parts[i];

		for (size_t j = 0; j < part->n; j++) {
			int off = (part->notes[j].onset + POINT / 2) % POINT - POINT / 2;

			if (off < -1 || off > 1)
				fault(f, e, part_name(e, part), bar_at(e, part->notes[j].onset),
				      "an onset %d ticks off the grid", off);
		}
	}
}

/* All onsets of one point of the grid are on one tick, in a part's chord and between parts. */
static inline void check_together(struct faults *f, const struct engraving *e)
{
	const struct song *s = e->song;
	size_t points = (size_t)(s->end / POINT + 2);
	struct {
		int onset;
		const struct part *part;
	} *first = mem_new(points, sizeof *first);

	assert_non_null(first);
	for (size_t i = 0; i < s->n_parts; i++)
		for (size_t j = 0; j < s->parts[i].n; j++) {
			int onset = s->parts[i].notes[j].onset;
			size_t point = (size_t)((onset + POINT / 2) / POINT);

			if (!first[point].part) {
				first[point].onset = onset;
				first[point].part = &s->parts[i];
			} else if (first[point].onset != onset) {
				fault(f, e, part_name(e, &s->parts[i]), bar_at(e, onset), "%d ticks after %s",
				      onset - first[point].onset,
				      first[point].part == &s->parts[i] ? "a note of its own chord"
				                                        : part_name(e, first[point].part));
			}
		}
	free(first);
}

static inline void check_overlaps(struct faults *f, const struct engraving *e)
{
	for (size_t i = 0; i < e->song->n_parts; i++) {
		const struct part *part = &e->song->parts[i];
		int end[128] = {0};

		for (size_t j = 0; j < part->n; j++) {
			const struct note *n = &part->notes[j];
			char name[8];

			pitch_name(name, sizeof name, n->pitch);
			if (n->onset < end[n->pitch])
				fault(f, e, part_name(e, part), bar_at(e, n->onset), "%s struck while it sounds", name);
			if (n->onset + n->duration > end[n->pitch])
				end[n->pitch] = n->onset + n->duration;
		}
	}
}

/* Note for note: onset, length and pitch of the .abc on the grid. */
static inline void check_notes(struct faults *f, const struct engraving *e)
{
	for (size_t i = 0; i < e->abc->n_voices; i++) {
		const struct abc_voice *v = &e->abc->voices[i];
		const struct part *whole = part_of_voice(e, v), *part = NULL;
		size_t j = 0, n = v->n_notes;

		for (size_t k = 0; k < e->grid->n_parts; k++)
			if (whole && e->grid->parts[k].channel == whole->channel)
				part = &e->grid->parts[k];
		if (!part)
			continue;
		while (j < n && j < part->n && v->notes[j].at == (part->notes[j].onset + e->lead / POINT) * ABC_POINT &&
		       v->notes[j].length == part->notes[j].duration * ABC_POINT &&
		       v->notes[j].pitch == part->notes[j].pitch)
			j++;
		if (j < n && j < part->n)
			fault(f, e, v->label, v->notes[j].bar + 1,
			      "pitch %d at quarter %g for %g in the .abc, %d at %g for %g in the .mid",
			      v->notes[j].pitch, 4.0 * v->notes[j].at / ABC_WHOLE, 4.0 * v->notes[j].length / ABC_WHOLE,
			      part->notes[j].pitch, (double)part->notes[j].onset / GRID + (double)e->lead / FILE_PPQ,
			      (double)part->notes[j].duration / GRID);
		else if (n != part->n)
			fault(f, e, v->label, (int)v->n_bars, "%zu notes in the .abc, %zu in the .mid", n, part->n);
	}
}

/* ---- Texts ----------------------------------------------------------------- */

static inline bool marked_at(const struct engraving *e, int tick, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < e->song->n_markers; i++) {
		const struct marker *m = &e->song->markers[i];

		*n += strcmp(m->text, "fermata") == 0 && m->tick >= tick - 1 && m->tick <= tick + 1;
	}
	return *n > 0;
}

static inline bool struck_at(const struct abc_voice *v, int at)
{
	for (size_t i = 0; i < v->n_notes; i++)
		if (v->notes[i].at == at)
			return true;
	return false;
}

/* As many markers at a tick as %fermata there, each on a note of its voice; and no other. */
static inline void check_fermatas(struct faults *f, const struct engraving *e)
{
	size_t written = 0, marked = 0, n;

	for (size_t i = 0; i < e->abc->n_voices; i++) {
		const struct abc_voice *v = &e->abc->voices[i];

		for (size_t j = 0; j < v->n_fermatas; j++) {
			const struct abc_fermata *fermata = &v->fermatas[j];

			written++;
			if (!struck_at(v, fermata->at))
				fault(f, e, v->label, fermata->bar + 1, "%%fermata where no note begins");
			if (!marked_at(e, song_tick(e, fermata->at), &n))
				fault(f, e, v->label, fermata->bar + 1, "%%fermata without a marker");
		}
	}
	for (size_t i = 0; i < e->song->n_markers; i++) {
		const struct marker *m = &e->song->markers[i];
		size_t here = 0;

		if (strcmp(m->text, "fermata") != 0)
			continue;
		marked++;
		for (size_t k = 0; k < e->abc->n_voices; k++)
			for (size_t j = 0; j < e->abc->voices[k].n_fermatas; j++)
				here += abs(song_tick(e, e->abc->voices[k].fermatas[j].at) - m->tick) <= 1;
		if (here == 0)
			fault(f, e, NULL, bar_at(e, m->tick), "a marker without %%fermata");
	}
	if (written != marked)
		fault(f, e, NULL, 0, "%zu %%fermata, %zu markers", written, marked);
}

/* The title, and every O:, N: and G:, are in the .mid. */
static inline void check_texts(struct faults *f, const struct engraving *e)
{
	const char *text = header_field(e, 'T', 0);
	bool titled = text && e->song->title && strcmp(e->song->title, text) == 0;

	for (size_t i = 0; text && i < e->song->n_parts; i++)
		titled |= e->song->parts[i].name && strcmp(e->song->parts[i].name, text) == 0;
	if (!titled)
		fault(f, e, NULL, 0, "T: is not the title");
	for (const char *letter = "ONG"; *letter; letter++)
		for (size_t i = 0; (text = header_field(e, *letter, i)); i++) {
			bool found = false;

			for (size_t j = 0; j < e->song->n_texts; j++) {
				const char *there = e->song->texts[j].text;

				found |= there[0] == *letter && there[1] == ':' && strcmp(there + 2, text) == 0;
			}
			if (!found)
				fault(f, e, NULL, 0, "no text \"%c:%s\"", *letter, text);
		}
}

/* ---- All of them ----------------------------------------------------------- */

struct engraving_check {
	const char *name, *ending; /* of the file that is asked */
	void (*run)(struct faults *f, const struct engraving *e);
};

static const struct engraving_check engraving_checks[] = {
	{"syntax", ".abc", check_syntax},
	{"ornaments", ".abc", check_ornaments},
	{"repeats", ".abc", check_repeats},
	{"fields", ".abc", check_fields},
	{"R: field", ".abc", check_rhythm_field},
	{"directives", ".abc", check_directives},
	{"source", ".abc", check_notes_on_source},
	{"bars", ".abc", check_bars},
	{"voices", ".abc", check_voices},
	{"parts", ".mid", check_parts},
	{"silence", ".mid", check_silence},
	{"tracks", ".mid", check_tracks},
	{"length", ".mid", check_length},
	{"count", ".mid", check_count},
	{"metre", ".mid", check_metre},
	{"signature", ".mid", check_signature},
	{"key", ".mid", check_key},
	{"tempo", ".mid", check_tempo},
	{"pickup", ".mid", check_pickup},
	{"grid", ".mid", check_grid},
	{"together", ".mid", check_together},
	{"overlaps", ".mid", check_overlaps},
	{"notes", ".mid", check_notes},
	{"fermatas", ".mid", check_fermatas},
	{"texts", ".mid", check_texts},
};
#define ENGRAVING_CHECKS (sizeof engraving_checks / sizeof *engraving_checks)

static inline void engraving_check(struct faults *f, const struct engraving *e)
{
	for (size_t i = 0; i < ENGRAVING_CHECKS; i++) {
		f->check = engraving_checks[i].name;
		f->ending = engraving_checks[i].ending;
		f->told = 0;
		engraving_checks[i].run(f, e);
	}
}

#endif
