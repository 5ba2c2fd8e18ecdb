/*
 * What holds at a tick of a song: the metre, the bar lines it puts, the
 * tempo, the seconds gone by. The maps are in order of tick (song_order).
 */
#include "music/song.h"

#include <string.h>

static const struct metre default_metre = {0, 4, 2};
#define DEFAULT_TEMPO 500000

int metre_beat(const struct metre *m, int ppq)
{
	int beat = 4 * ppq >> m->denominator_log2;

	return beat > 0 ? beat : 1;
}

int metre_bar(const struct metre *m, int ppq)
{
	/* numerator / 2^k whole notes of four quarters, to the nearest tick, halves up */
	int eighths = m->numerator * 8 * ppq;
	int bar = ((eighths >> m->denominator_log2) + 1) >> 1;

	return bar > 0 ? bar : 1;
}

struct metre metre_of_length(const struct metre *full, int ticks, int ppq)
{
	int log2, n, unit;

	for (log2 = full->denominator_log2; log2 <= 7; log2++) {
		unit = 4 * ppq >> log2;
		if (unit > 0 && ticks > 0 && ticks % unit == 0 && ticks / unit <= 255)
			return (struct metre){0, (uint8_t)(ticks / unit), (uint8_t)log2};
	}
	for (log2 = 7; log2 > 0 && ticks > 254 * (4 * ppq >> log2); log2--)
		;
	unit = 4 * ppq >> log2;
	n = unit > 0 ? ticks / unit + 1 : 1;
	if (n == full->numerator && log2 == full->denominator_log2)
		n++;
	return (struct metre){0, (uint8_t)(n < 255 ? n : 255), (uint8_t)log2};
}

/*
 * Index of the last of n entries of size bytes at or before tick, -1 when
 * there is none. Every entry of a map begins with its tick.
 */
static long last_at(const void *map, size_t n, size_t size, int tick)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int at;

		memcpy(&at, (const char *)map + middle * size, sizeof at);
		if (at <= tick)
			low = middle + 1;
		else
			high = middle;
	}
	return (long)low - 1;
}

static long metre_index(const struct song *s, int tick)
{
	return last_at(s->metres, s->n_metres, sizeof *s->metres, tick);
}

static long tempo_index(const struct song *s, int tick)
{
	return last_at(s->tempos, s->n_tempos, sizeof *s->tempos, tick);
}

struct metre song_metre_at(const struct song *s, int tick)
{
	long i = metre_index(s, tick);

	return i < 0 ? default_metre : s->metres[i];
}

/* The first metre counts from the end of the pickup. */
static int metre_first_line(const struct song *s, const struct metre *m)
{
	return m->tick > 0 ? m->tick : s->pickup;
}

int song_bar_line(const struct song *s, int tick)
{
	long i = metre_index(s, tick);
	struct metre m = i < 0 ? default_metre : s->metres[i];
	int bar = metre_bar(&m, s->ppq);
	int first = metre_first_line(s, &m);
	int line = first;

	if (tick > first)
		line = first + (tick - first + bar - 1) / bar * bar;
	if ((size_t)(i + 1) < s->n_metres && s->metres[i + 1].tick < line)
		line = s->metres[i + 1].tick;
	return line;
}

int song_last_note_end(const struct song *s)
{
	int last = 0;

	for (size_t i = 0; i < s->n_parts; i++)
		for (size_t j = 0; j < s->parts[i].n; j++) {
			const struct note *n = &s->parts[i].notes[j];

			if (n->onset + n->duration > last)
				last = n->onset + n->duration;
		}
	return last;
}

int song_music_end(const struct song *s)
{
	int last = song_last_note_end(s), late = s->ppq / 4, end = s->end;

	/* Bars may be shorter than a 16th: until no line is that near before the end. */
	while (end > last + late) {
		int line = song_bar_line(s, end - late);
		struct metre m = song_metre_at(s, line);
		int first = metre_first_line(s, &m), bar = metre_bar(&m, s->ppq), step = late / bar * bar;
		int low = (last > first ? last : first) + late;

		if (line >= end)
			return end;
		/* from line to line of one metre, at once: there may be millions */
		if (step > 0 && line > low)
			line -= (line - low) / step * step;
		end = line;
	}
	return last;
}

int song_tempo_at(const struct song *s, int tick)
{
	long i = tempo_index(s, tick);

	return i < 0 ? DEFAULT_TEMPO : s->tempos[i].us_per_quarter;
}

double song_seconds(const struct song *s, int tick)
{
	double us = 0; /* times ppq */
	int from = 0, tempo = DEFAULT_TEMPO;

	for (size_t i = 0; i < s->n_tempos && s->tempos[i].tick < tick; i++) {
		us += (double)(s->tempos[i].tick - from) * tempo;
		from = s->tempos[i].tick;
		tempo = s->tempos[i].us_per_quarter;
	}
	us += (double)(tick - from) * tempo;
	return us / s->ppq * 1e-6;
}
