/*
 * Songs in memory: making, copying, freeing, appending and transposing. What
 * holds at a tick is in maps.c, the order of lists in order.c, pickups in
 * pickup.c.
 */
#include "music/song.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "music/key.h"

struct song *song_new(int ppq)
{
	struct song *s = mem_new(1, sizeof *s);

	if (s)
		s->ppq = ppq;
	return s;
}

static void free_markers(struct marker *markers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(markers[i].text);
	free(markers);
}

void song_free(struct song *song)
{
	if (!song)
		return;
	for (size_t i = 0; i < song->n_parts; i++) {
		free(song->parts[i].name);
		free(song->parts[i].notes);
	}
	free(song->parts);
	free(song->tempos);
	free(song->metres);
	free(song->keys);
	free_markers(song->markers, song->n_markers);
	free_markers(song->texts, song->n_texts);
	free(song->title);
	free(song);
}

/* n elements of src into a new array *out, which is NULL when n is 0. */
static int copy_array(void *out, size_t *capacity, const void *src, size_t n, size_t size)
{
	void *memory;

	if (n == 0)
		return 0;
	memory = mem_new(n, size);
	if (!memory)
		return -1;
	memcpy(memory, src, n * size);
	memcpy(out, &memory, sizeof memory);
	*capacity = n;
	return 0;
}
#define COPY_ARRAY(to, from, field, n, capacity)                                                                       \
	((to)->n = (from)->n,                                                                                          \
	 copy_array(&(to)->field, &(to)->capacity, (from)->field, (from)->n, sizeof *(from)->field))

static int copy_part(struct song *to, const struct part *part)
{
	int k = song_add_part(to, part->name, part->channel, part->program);

	if (k < 0)
		return -1;
	if (copy_array(&to->parts[k].notes, &to->parts[k].capacity, part->notes, part->n, sizeof *part->notes) < 0)
		return -1;
	to->parts[k].n = part->n;
	return 0;
}

static int copy_into(struct song *to, const struct song *from)
{
	to->end = from->end;
	to->pickup = from->pickup;
	to->silence = from->silence;
	to->percussion_notes = from->percussion_notes;
	if (from->title) {
		to->title = mem_string(from->title);
		if (!to->title)
			return -1;
	}
	for (size_t i = 0; i < from->n_parts; i++)
		if (copy_part(to, &from->parts[i]) < 0)
			return -1;
	for (size_t i = 0; i < from->n_markers; i++)
		if (song_add_marker(to, from->markers[i].tick, from->markers[i].text) < 0)
			return -1;
	for (size_t i = 0; i < from->n_texts; i++)
		if (song_add_text(to, from->texts[i].tick, from->texts[i].text) < 0)
			return -1;
	if (COPY_ARRAY(to, from, tempos, n_tempos, tempos_capacity) < 0 ||
	    COPY_ARRAY(to, from, metres, n_metres, metres_capacity) < 0 ||
	    COPY_ARRAY(to, from, keys, n_keys, keys_capacity) < 0)
		return -1;
	return 0;
}

struct song *song_copy(const struct song *song)
{
	struct song *copy = song_new(song->ppq);

	if (copy && copy_into(copy, song) < 0) {
		song_free(copy);
		return NULL;
	}
	return copy;
}

int song_add_part(struct song *s, const char *name, int channel, int program)
{
	char *own = NULL;

	if (MEM_GROW(s->parts, s->parts_capacity, s->n_parts + 1) < 0)
		return -1;
	if (name) {
		own = mem_string(name);
		if (!own)
			return -1;
	}
	s->parts[s->n_parts] = (struct part){.name = own, .channel = channel, .program = program};
	return (int)s->n_parts++;
}

int song_add_note(struct song *s, int part, struct note note)
{
	struct part *p;

	if (part < 0 || (size_t)part >= s->n_parts)
		BUG("part %d of %zu", part, s->n_parts);
	p = &s->parts[part];
	if (MEM_GROW(p->notes, p->capacity, p->n + 1) < 0)
		return -1;
	p->notes[p->n++] = note;
	return 0;
}

int song_add_tempo(struct song *s, int tick, int us_per_quarter)
{
	if (MEM_GROW(s->tempos, s->tempos_capacity, s->n_tempos + 1) < 0)
		return -1;
	s->tempos[s->n_tempos++] = (struct tempo){tick, us_per_quarter};
	return 0;
}

int song_add_metre(struct song *s, int tick, int numerator, int denominator_log2)
{
	if (MEM_GROW(s->metres, s->metres_capacity, s->n_metres + 1) < 0)
		return -1;
	s->metres[s->n_metres++] = (struct metre){tick, (uint8_t)numerator, (uint8_t)denominator_log2};
	return 0;
}

int song_add_key(struct song *s, int tick, int fifths, bool minor)
{
	if (MEM_GROW(s->keys, s->keys_capacity, s->n_keys + 1) < 0)
		return -1;
	s->keys[s->n_keys++] = (struct keysig){tick, (int8_t)fifths, minor};
	return 0;
}

static int add_marker(struct marker **list, size_t *n, size_t *capacity, int tick, const char *text)
{
	char *own;

	if (mem_grow((void *)list, capacity, *n + 1, sizeof **list) < 0)
		return -1;
	own = mem_string(text);
	if (!own)
		return -1;
	(*list)[(*n)++] = (struct marker){tick, own};
	return 0;
}

int song_add_marker(struct song *s, int tick, const char *text)
{
	return add_marker(&s->markers, &s->n_markers, &s->markers_capacity, tick, text);
}

int song_add_text(struct song *s, int tick, const char *text)
{
	return add_marker(&s->texts, &s->n_texts, &s->texts_capacity, tick, text);
}

size_t song_notes(const struct song *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_parts; i++)
		n += s->parts[i].n;
	return n;
}

/* The signature of a key so many semitones higher: a tonic moves by a fifth seven semitones at a time. */
static int8_t transposed_fifths(const struct keysig *k, int semitones)
{
	struct key key = {.mode = k->minor ? MODE_MINOR : MODE_MAJOR};

	if (semitones % 12 == 0)
		return k->fifths; /* C# stays C#, not Db */
	key.tonic = ((k->fifths * 7 + (k->minor ? 9 : 0) + semitones) % 12 + 12) % 12;
	return (int8_t)key_fifths(key);
}

int song_transpose(struct song *s, int semitones)
{
	for (size_t i = 0; i < s->n_parts; i++)
		for (size_t j = 0; j < s->parts[i].n; j++) {
			int pitch = s->parts[i].notes[j].pitch;

			/* So compared, no count of semitones overflows. */
			if (semitones > 127 - pitch || semitones < -pitch)
				return -1;
		}
	for (size_t i = 0; i < s->n_parts; i++)
		for (size_t j = 0; j < s->parts[i].n; j++) {
			struct note *note = &s->parts[i].notes[j];

			note->pitch = (uint8_t)(note->pitch + semitones);
		}
	if (song_notes(s) > 0)
		for (size_t i = 0; i < s->n_keys; i++)
			s->keys[i].fifths = transposed_fifths(&s->keys[i], semitones);
	return 0;
}
