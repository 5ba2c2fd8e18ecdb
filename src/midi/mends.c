/*
 * The list of mended faults of one file. Counting allocates nothing, so that
 * a file of a million faults costs no more than a file of one.
 */
#include "midi/mends.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/error.h"
#include "base/mem.h"

static const char *const names[MENDS] = {
	[MEND_BYTES_BEFORE] = "bytes before the header",
	[MEND_RIFF_LENGTH] = "the RIFF length is wrong",
	[MEND_HEADER_LENGTH] = "the header's length is wrong",
	[MEND_TRACK_COUNT] = "the header states another number of tracks",
	[MEND_FORMAT] = "format 0 with more than one track",
	[MEND_NO_CHUNK] = "bytes that are no chunk",
	[MEND_SECOND_FILE] = "a second file follows and is left out",
	[MEND_TRACK_LENGTH] = "the track's length is wrong",
	[MEND_TRACK_CUT] = "the track is cut short",
	[MEND_NO_END] = "no end of track",
	[MEND_AFTER_END] = "bytes after the end of track",
	[MEND_END_FAR] = "the track ends later than any song can",
	[MEND_RUNNING_STATUS] = "running status after a meta event or sysex",
	[MEND_SYSTEM] = "a system message that has no place in a file",
	[MEND_DATA] = "a controller's data over 127",
	[MEND_META] = "a meta event of a wrong length",
	[MEND_TEMPO] = "a tempo that is none",
	[MEND_METRE] = "a metre that is none",
	[MEND_KEY] = "a key that is none",
	[MEND_TEXT] = "a text too long",
	[MEND_HANGING] = "a note without end",
	[MEND_EMPTY_NOTE] = "a note of no length",
	[MEND_LOST_OFF] = "the end of a note that never began",
};

void mend(struct mends *m, enum mend kind, int track, size_t offset)
{
	if (!m->kinds[kind].n) {
		m->kinds[kind].track = track;
		m->kinds[kind].offset = offset;
	}
	if (m->kinds[kind].n < INT_MAX / MENDS)
		m->kinds[kind].n++;
}

int mends_count(const struct mends *m)
{
	int n = 0;

	for (int i = 0; i < MENDS; i++)
		n += m->kinds[i].n;
	return n;
}

char *mends_text(const struct mends *m)
{
	char *text = NULL;
	size_t size = 0;
	const char *separator = "";
	FILE *f = open_memstream(&text, &size);

	if (!f) {
		error("out of memory");
		return NULL;
	}
	for (int i = 0; i < MENDS; i++) {
		if (!m->kinds[i].n)
			continue;
		fputs(separator, f);
		separator = "; ";
		if (m->kinds[i].track)
			fprintf(f, "track %d: ", m->kinds[i].track);
		fputs(names[i], f);
		if (m->kinds[i].offset)
			fprintf(f, " (byte %zu)", m->kinds[i].offset);
		if (m->kinds[i].n > 1)
			fprintf(f, ", %d times", m->kinds[i].n);
	}
	if (fclose(f)) {
		free(text);
		error("out of memory");
		return NULL;
	}
	return text;
}
