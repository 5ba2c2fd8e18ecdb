/* What songs have in common in the MIDI tests: is one sound, and do two say the same? */
#ifndef TESTS_UNIT_MIDI_SONGS_H
#define TESTS_UNIT_MIDI_SONGS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "music/song.h"

/* Why a song is not what song.h promises, or NULL. */
static inline const char *song_unsound(const struct song *s);

/*
 * What two songs differ in, a's ticks scaled to b's (to the nearest, halves
 * up); NULL when in nothing. Ends and channels may differ. Loosely, ticks
 * count from the first onset, and how the first bar is said may differ: a
 * silence at the start is a pickup's or is not, by rules that see only ticks.
 */
static inline const char *song_difference(const struct song *a, const struct song *b, int loose);

static inline int midi_scaled(int tick, const struct song *a, const struct song *b)
{
	return (int)(((int64_t)tick * b->ppq * 2 + a->ppq) / (2 * (int64_t)a->ppq));
}

static inline int midi_first_onset(const struct song *s)
{
	int first = SONG_TICK_MAX;

	for (size_t i = 0; i < s->n_parts; i++)
		if (s->parts[i].notes[0].onset < first)
			first = s->parts[i].notes[0].onset;
	return first;
}

/* Are ticks of maps of a and b the same, b's music being later by `shift`? What is said before it holds from its start. */
static inline int midi_same_tick(int tick, const struct song *a, int other, const struct song *b, int shift)
{
	int to = midi_scaled(tick, a, b) + shift, start = midi_first_onset(b);

	return to == other || (shift && to <= start && other <= start);
}

static inline int midi_same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static inline int midi_clean_text(const char *text)
{
	char *clean = text ? text_clean(text, strlen(text)) : NULL;
	int same = midi_same_text(text, clean);

	free(clean);
	return same;
}

static inline const char *midi_unsound_part(const struct song *s, const struct part *p)
{
	if (!p->n)
		return "a part without notes";
	if (!midi_clean_text(p->name) || p->channel < 0 || p->channel > 15 || p->program < -1 || p->program > 127)
		return "a part's name, channel or program";
	for (size_t i = 0; i < p->n; i++) {
		const struct note *n = &p->notes[i];

		if (n->onset < 0 || n->duration < 1 || n->onset > SONG_TICK_MAX || n->duration > SONG_TICK_MAX ||
		    n->onset + n->duration > s->end || n->pitch > 127 || n->velocity < 1 || n->velocity > 127)
			return "a note";
		if (i && n->onset < n[-1].onset)
			return "the order of notes";
	}
	return NULL;
}

static inline const char *song_unsound(const struct song *s)
{
	if (s->ppq < 1 || s->ppq > 32767 || s->end < 0 || s->pickup < 0 || s->n_parts < 1 ||
	    s->n_parts > SONG_PARTS_MAX)
		return "ppq, end, pickup or number of parts";
	for (size_t i = 0; i < s->n_parts; i++)
		if (midi_unsound_part(s, &s->parts[i]))
			return midi_unsound_part(s, &s->parts[i]);
	for (size_t i = 0; i < s->n_tempos; i++)
		if (s->tempos[i].us_per_quarter < 1 || s->tempos[i].us_per_quarter > 0xFFFFFF ||
		    s->tempos[i].tick < 0 || (i && s->tempos[i].tick <= s->tempos[i - 1].tick))
			return "a tempo";
	for (size_t i = 0; i < s->n_metres; i++)
		if (!s->metres[i].numerator || s->metres[i].denominator_log2 > 7 || s->metres[i].tick < 0 ||
		    (i && s->metres[i].tick <= s->metres[i - 1].tick))
			return "a metre";
	for (size_t i = 0; i < s->n_keys; i++)
		if (abs(s->keys[i].fifths) > 7 || s->keys[i].tick < 0 || (i && s->keys[i].tick <= s->keys[i - 1].tick))
			return "a key";
	for (size_t i = 0; i < s->n_markers; i++)
		if (!midi_clean_text(s->markers[i].text) || (i && s->markers[i].tick < s->markers[i - 1].tick))
			return "a marker";
	for (size_t i = 0; i < s->n_texts; i++)
		if (!midi_clean_text(s->texts[i].text) || (i && s->texts[i].tick < s->texts[i - 1].tick))
			return "a text";
	return midi_clean_text(s->title) ? NULL : "the title";
}

static inline const char *midi_part_difference(const struct song *a, const struct song *b, size_t i, int shift)
{
	static char message[200];
	const struct part *p = &a->parts[i], *q = &b->parts[i];

	if (p->n != q->n || p->program != q->program || !midi_same_text(p->name, q->name)) {
		snprintf(message, sizeof message, "part %zu: %zu notes, program %d against %zu, %d, or the names", i,
		         p->n, p->program, q->n, q->program);
		return message;
	}
	for (size_t j = 0; j < p->n; j++) {
		const struct note *x = &p->notes[j], *y = &q->notes[j];
		int onset = midi_scaled(x->onset, a, b) + shift;
		int end = midi_scaled(x->onset + x->duration, a, b) + shift;

		if (end <= onset)
			end = onset + 1;
		if (onset == y->onset && end == y->onset + y->duration && x->pitch == y->pitch &&
		    x->velocity == y->velocity)
			continue;
		snprintf(message, sizeof message, "part %zu note %zu: %d-%d %d %d against %d-%d %d %d", i, j, onset,
		         end, x->pitch, x->velocity, y->onset, y->onset + y->duration, y->pitch, y->velocity);
		return message;
	}
	return NULL;
}

static inline const char *song_difference(const struct song *a, const struct song *b, int loose)
{
	int shift = 0;

	if (a->n_parts != b->n_parts)
		return "number of parts";
	if (loose && a->n_parts)
		shift = midi_first_onset(b) - midi_scaled(midi_first_onset(a), a, b);
	for (size_t i = 0; i < a->n_parts; i++)
		if (midi_part_difference(a, b, i, shift))
			return midi_part_difference(a, b, i, shift);
	if (a->n_markers != b->n_markers || a->n_texts != b->n_texts)
		return "number of texts";
	for (size_t i = 0; i < a->n_markers; i++)
		if (!midi_same_tick(a->markers[i].tick, a, b->markers[i].tick, b, shift) ||
		    !midi_same_text(a->markers[i].text, b->markers[i].text))
			return "a marker";
	for (size_t i = 0; i < a->n_texts; i++)
		if (!midi_same_tick(a->texts[i].tick, a, b->texts[i].tick, b, shift) ||
		    !midi_same_text(a->texts[i].text, b->texts[i].text))
			return "a text";
	if (!midi_same_text(a->title, b->title))
		return "the title";
	if (shift || (loose && midi_scaled(a->pickup, a, b) != b->pickup))
		return NULL;
	if (midi_scaled(a->pickup, a, b) != b->pickup)
		return "the pickup";
	if (a->n_tempos != b->n_tempos || a->n_metres != b->n_metres || a->n_keys != b->n_keys)
		return "length of a map";
	for (size_t i = 0; i < a->n_tempos; i++)
		if (midi_scaled(a->tempos[i].tick, a, b) != b->tempos[i].tick ||
		    a->tempos[i].us_per_quarter != b->tempos[i].us_per_quarter)
			return "a tempo";
	for (size_t i = 0; i < a->n_metres; i++)
		if (midi_scaled(a->metres[i].tick, a, b) != b->metres[i].tick ||
		    a->metres[i].numerator != b->metres[i].numerator ||
		    a->metres[i].denominator_log2 != b->metres[i].denominator_log2)
			return "a metre";
	for (size_t i = 0; i < a->n_keys; i++)
		if (midi_scaled(a->keys[i].tick, a, b) != b->keys[i].tick || a->keys[i].fifths != b->keys[i].fifths ||
		    a->keys[i].minor != b->keys[i].minor)
			return "a key";
	return NULL;
}

#endif
