/* The lines of a piece. See lines.h. */
#include "corpus/lines.h"

#include <stdlib.h>

#include "base/mem.h"

/* Walk the notes that are in lines: fill `notes` from at[part] on, or only count where it is NULL. */
static void walk(struct line_note *notes, size_t at[SONG_PARTS_MAX], const struct piece *piece)
{
	int struck[SONG_PARTS_MAX], now = 0;

	for (int k = 0; k < SONG_PARTS_MAX; k++)
		struck[k] = -1;
	for (size_t i = 0; i < piece->n; i++) {
		const struct event *event = &piece->events[i];

		now += event->shift;
		/* Of notes struck together the first is the highest. */
		if (event->kind != EVENT_NOTE || struck[event->part] == now)
			continue;
		struck[event->part] = now;
		if (notes)
			notes[at[event->part]] = (struct line_note){now, event->duration, event->pitch};
		at[event->part]++;
	}
}

int lines_make(struct lines *out, const struct piece *piece)
{
	size_t at[SONG_PARTS_MAX] = {0};

	*out = (struct lines){.parts = 0};
	walk(NULL, at, piece);
	for (int k = 0; k < SONG_PARTS_MAX; k++) {
		out->first[k + 1] = out->first[k] + at[k];
		at[k] = out->first[k];
		if (out->first[k + 1] > out->first[k])
			out->parts = k + 1;
	}
	out->notes = mem_new(out->first[SONG_PARTS_MAX], sizeof *out->notes);
	if (!out->notes)
		return -1;
	walk(out->notes, at, piece);
	return 0;
}

void lines_done(struct lines *lines)
{
	free(lines->notes);
	*lines = (struct lines){.parts = 0};
}

size_t lines_length(const struct lines *lines, int part)
{
	return lines->first[part + 1] - lines->first[part];
}
