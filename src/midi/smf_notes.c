/*
 * The queues of sounding notes. Each is a list through one pool, so that a
 * flood of note-ons on one pitch costs what any other notes cost.
 */
#include "midi/smf_notes.h"
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"

void notes_init(struct notes *n, struct song *song, struct mends *mends)
{
	*n = (struct notes){.song = song, .mends = mends, .free = -1};
	notes_begin_track(n, 0);
}

void notes_begin_track(struct notes *n, int track)
{
	n->track = track;
	for (int channel = 0; channel < 16; channel++)
		n->part[channel] = -1;
	memset(n->first, -1, sizeof n->first);
	memset(n->last, -1, sizeof n->last);
}

static int open_new(struct notes *n)
{
	int i = n->free;

	if (i >= 0) {
		n->free = n->open[i].next;
		return i;
	}
	if (MEM_GROW(n->open, n->open_capacity, n->n_open + 1) < 0)
		return -1;
	return (int)n->n_open++;
}

int notes_on(struct notes *n, int channel, int tick, int pitch, int velocity)
{
	int part = n->part[channel], i;
	struct note note = {.onset = tick, .pitch = (uint8_t)pitch, .velocity = (uint8_t)velocity};

	if (part < 0)
		BUG("a note on channel %d without a part", channel);
	i = open_new(n);
	if (i < 0 || song_add_note(n->song, part, note) < 0)
		return -1;
	n->open[i] = (struct open_note){n->song->parts[part].n - 1, -1};
	if (n->first[channel][pitch] < 0)
		n->first[channel][pitch] = i;
	else
		n->open[n->last[channel][pitch]].next = i;
	n->last[channel][pitch] = i;
	return 0;
}

/* Take the first of a queue that is not empty. */
static struct note *pop(struct notes *n, int channel, int pitch)
{
	int i = n->first[channel][pitch];
	struct open_note *open = &n->open[i];

	n->first[channel][pitch] = open->next;
	open->next = n->free;
	n->free = i;
	return &n->song->parts[n->part[channel]].notes[open->note];
}

void notes_off(struct notes *n, int channel, int tick, int pitch)
{
	struct note *note;

	if (n->first[channel][pitch] < 0) {
		mend(n->mends, MEND_LOST_OFF, n->track, 0);
		return;
	}
	note = pop(n, channel, pitch);
	note->duration = tick - note->onset;
	if (!note->duration) {
		mend(n->mends, MEND_EMPTY_NOTE, n->track, 0);
		note->duration = 1;
	}
}

void notes_end_track(struct notes *n, int tick)
{
	for (int channel = 0; channel < 16; channel++)
		for (int pitch = 0; pitch < 128; pitch++)
			while (n->first[channel][pitch] >= 0) {
				struct note *note = pop(n, channel, pitch);

				note->duration = tick - note->onset;
				mend(n->mends, MEND_HANGING, n->track, 0);
			}
}

void notes_done(struct notes *n, int end)
{
	struct song *s = n->song;

	for (size_t i = 0; i < s->n_parts; i++)
		for (size_t j = 0; j < s->parts[i].n; j++) {
			struct note *note = &s->parts[i].notes[j];

			if (!note->duration)
				note->duration = end > note->onset ? end - note->onset : 1;
		}
	free(n->open);
	n->open = NULL;
}
