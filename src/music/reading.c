/* The steps from a file's song to the song that is learned, in their order. See reading.h. */
#include "music/reading.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"

const char *const take_names[TAKES] = {"all", "top"};
const char *const frame_parts_names[FRAME_PARTS] = {"together", "apart"};

static void drop_lower_parts(struct song *song)
{
	while (song->n_parts > 1) {
		const struct part *part = &song->parts[--song->n_parts];

		free(part->name);
		free(part->notes);
	}
}

/* Notes are by onset, the highest first. */
static void keep_line(struct part *part)
{
	size_t kept = 0;

	for (size_t i = 0; i < part->n; i++) {
		struct note *last = kept > 0 ? &part->notes[kept - 1] : NULL;
		const struct note *note = &part->notes[i];

		if (last && last->onset == note->onset)
			continue;
		if (last && last->duration > note->onset - last->onset) {
			last->duration = note->onset - last->onset;
			last->grace = last->duration == 1;
		}
		part->notes[kept++] = *note;
	}
	part->n = kept;
}

void song_take_top(struct song *song)
{
	drop_lower_parts(song);
	if (song->n_parts > 0)
		keep_line(&song->parts[0]);
}

struct song *reading_song(const struct song *song, const struct reading *reading, struct grid_report *report)
{
	const struct roll_way way = {reading->frame, reading->strike, (enum frame_parts)reading->frame_parts};
	struct song *s = grid_snap(song, reading->grid, report), *roll;

	if (!s)
		return NULL;
	song_find_pickup(s);
	if (reading->take == TAKE_TOP)
		song_take_top(s);
	if (reading->frame == 0)
		return s;
	roll = roll_song(s, &way);
	song_free(s);
	return roll;
}

bool reading_same(const struct reading *a, const struct reading *b)
{
	return a->grid == b->grid && a->take == b->take && a->frame == b->frame &&
	       (a->frame == 0 || (a->strike == b->strike && a->frame_parts == b->frame_parts));
}

const char *reading_text(char text[READING_TEXT_MAX], const struct reading *reading)
{
	const char *top = reading->take == TAKE_TOP ? "the highest part alone" : "";
	char frames[40] = "", strikes[40] = "";

	if (reading->frame > 0)
		snprintf(frames, sizeof frames, "frames of %d tick%s", reading->frame, reading->frame == 1 ? "" : "s");
	if (reading->frame > 0 && reading->strike > 0)
		snprintf(strikes, sizeof strikes, ", struck every %d", reading->strike);
	snprintf(text, READING_TEXT_MAX, "%s%s%s%s%s", top, *top && *frames ? ", " : "", frames, strikes,
	         reading->frame > 0 && reading->frame_parts == FRAMES_APART ? ", parts apart" : "");
	return text;
}

int reading_check(const struct reading *reading)
{
	if (reading->frame > 0 && reading->strike % reading->frame != 0)
		return error("keys cannot be struck every %d ticks in frames of %d (corpus.strike, corpus.frame)",
		             reading->strike, reading->frame);
	return 0;
}
