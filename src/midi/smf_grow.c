/*
 * The growing file, see smf_grow.h. The conductor's maps are lists, made into
 * a track at each write, since a metre may change what the bar before it is.
 */
#include "midi/smf_grow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "midi/message.h"

#define US_MAX         0xFFFFFF
#define PEDAL          64
#define MODE_MESSAGES  120
#define NAME_MAX_BYTES 32

int smf_grow_init(struct smf_grow *g)
{
	*g = (struct smf_grow){0};
	if (MEM_GROW(g->metres, g->metres_capacity, 1) < 0)
		return -1;
	g->metres[g->n_metres++] = (struct metre){0, 4, 2};
	return 0;
}

void smf_grow_done(struct smf_grow *g)
{
	for (int c = 0; c < 16; c++)
		free(g->tracks[c].bytes.data);
	free(g->tempos);
	free(g->metres);
	*g = (struct smf_grow){0};
}

/* Time goes on, as long as there is room. */
static int move(struct smf_grow *g, int tick)
{
	if (tick < g->last)
		BUG("tick %d after %d", tick, g->last);
	if (tick > SMF_GROW_TICK_MAX || g->size > SMF_GROW_SIZE_MAX)
		return error("the recording is full: MIDI files that long are not read");
	g->last = tick;
	return 0;
}

/* ---- what is sent ---------------------------------------------------------- */

static int put(struct smf_grow *g, int tick, const uint8_t *message, int size)
{
	struct grow_track *t = &g->tracks[message[0] & 15];
	size_t before = t->bytes.size;

	bytes_delta(&t->bytes, (uint32_t)(tick - t->last));
	bytes_put(&t->bytes, message, (size_t)size);
	if (t->bytes.failed) {
		/* what there is stays whole */
		t->bytes.failed = false;
		t->bytes.size = before;
		return -1;
	}
	t->last = tick;
	g->size += t->bytes.size - before;
	return 0;
}

static int put_note(struct smf_grow *g, int tick, bool on, const uint8_t *message)
{
	int channel = message[0] & 15, pitch = message[1];
	bool *sounds = &g->sounds[channel][pitch];

	if (*sounds) {
		uint8_t off[3] = {(uint8_t)(MIDI_NOTE_OFF | channel), message[1], on ? 64 : message[2]};

		if (put(g, tick, off, 3) < 0)
			return -1;
		*sounds = false;
	}
	if (!on)
		return 0;
	if (put(g, tick, message, 3) < 0)
		return -1;
	*sounds = true;
	g->notes++;
	return 0;
}

/* 0 when it is no whole channel message. */
static int size_of(const uint8_t *message, int size)
{
	int kind = size > 0 ? message[0] & 0xF0 : 0, want = kind == MIDI_PROGRAM || kind == MIDI_PRESSURE ? 2 : 3;

	if (kind < MIDI_NOTE_OFF || kind == 0xF0 || size < want)
		return 0;
	for (int i = 1; i < want; i++)
		if (message[i] > 127)
			return 0;
	return want;
}

/* Does a controller say anything? */
static bool is_idle(const struct smf_grow *g, const uint8_t *message)
{
	return message[1] >= MODE_MESSAGES || (message[1] == PEDAL && message[2] < 64 && !g->pedal[message[0] & 15]);
}

int smf_grow_message(struct smf_grow *g, int tick, const uint8_t *message, int size)
{
	int kind;

	size = size_of(message, size);
	kind = size ? message[0] & 0xF0 : 0;
	if (!size || (kind == MIDI_CONTROL && is_idle(g, message)))
		return 0;
	if (move(g, tick) < 0)
		return -1;
	if (kind == MIDI_CONTROL && message[1] == PEDAL)
		g->pedal[message[0] & 15] = message[2] >= 64;
	if (kind == MIDI_NOTE_ON || kind == MIDI_NOTE_OFF)
		return put_note(g, tick, kind == MIDI_NOTE_ON && message[2] > 0, message);
	return put(g, tick, message, size);
}

/* ---- tempo and metre ------------------------------------------------------- */

int smf_grow_tempo(struct smf_grow *g, int tick, int us_per_quarter)
{
	if (us_per_quarter < 1 || us_per_quarter > US_MAX)
		return 0;
	if (move(g, tick) < 0)
		return -1;
	if (g->n_tempos > 0 && g->tempos[g->n_tempos - 1].tick == tick)
		g->n_tempos--;
	if (g->n_tempos > 0 && g->tempos[g->n_tempos - 1].us_per_quarter == us_per_quarter)
		return 0;
	if (MEM_GROW(g->tempos, g->tempos_capacity, g->n_tempos + 1) < 0)
		return -1;
	g->tempos[g->n_tempos++] = (struct tempo){tick, us_per_quarter};
	return 0;
}

static int bar_of(const struct metre *m)
{
	return metre_bar(m, SMF_GROW_PPQ);
}

static bool same_metre(const struct metre *a, const struct metre *b)
{
	return a->numerator == b->numerator && a->denominator_log2 == b->denominator_log2;
}

/* A bar of the last metre that was begun `rest` ticks ago is over at this tick. */
static void end_bar(struct smf_grow *g, int tick, int rest)
{
	const struct metre *last = &g->metres[g->n_metres - 1];
	struct metre begun = metre_of_length(last, rest, SMF_GROW_PPQ);

	begun.tick = tick - rest;
	if (begun.tick == last->tick)
		g->n_metres--;
	g->metres[g->n_metres++] = begun;
}

int smf_grow_metre(struct smf_grow *g, int tick, int numerator, int denominator_log2)
{
	struct metre new = {tick, (uint8_t)numerator, (uint8_t)denominator_log2}, *last;
	int rest;

	if (numerator < 1 || numerator > 255 || denominator_log2 < 0 || denominator_log2 > 7)
		return 0;
	if (move(g, tick) < 0)
		return -1;
	if (MEM_GROW(g->metres, g->metres_capacity, g->n_metres + 2) < 0)
		return -1;
	if (g->metres[g->n_metres - 1].tick == tick)
		g->n_metres--;
	last = g->n_metres > 0 ? &g->metres[g->n_metres - 1] : NULL;
	rest = last ? (tick - last->tick) % bar_of(last) : 0;
	if (last && rest == 0 && same_metre(last, &new))
		return 0;
	if (rest > 0 && g->metres_said == 1 && same_metre(last, &new) && tick % bar_of(&new) == 0) {
		/* a pickup that silence makes a whole bar: it has been this metre all along */
		g->n_metres = 0;
		new.tick = 0;
	} else if (rest > 0) {
		end_bar(g, tick, rest);
	}
	g->metres_said++;
	g->metres[g->n_metres++] = new;
	return 0;
}

int smf_grow_line(const struct smf_grow *g, int tick)
{
	const struct metre *m = &g->metres[g->n_metres - 1];
	int bar = bar_of(m);

	return m->tick + (tick - m->tick + bar - 1) / bar * bar;
}

/* ---- the file -------------------------------------------------------------- */

static void put_text(struct bytes *b, unsigned meta, const char *text)
{
	bytes_delta(b, 0);
	bytes_byte(b, 0xFF);
	bytes_byte(b, meta);
	bytes_vlq(b, (uint32_t)strlen(text));
	bytes_put(b, text, strlen(text));
}

static void put_end(struct bytes *b, int ticks)
{
	bytes_delta(b, (uint32_t)ticks);
	bytes_put(b, "\xFF\x2F\x00", 3);
}

static void put_tempo(struct bytes *b, const struct tempo *t, int *last)
{
	bytes_delta(b, (uint32_t)(t->tick - *last));
	bytes_put(b, "\xFF\x51\x03", 3);
	bytes_byte(b, (unsigned)t->us_per_quarter >> 16);
	bytes_u16(b, (unsigned)t->us_per_quarter & 0xFFFF);
	*last = t->tick;
}

/* 24 clocks to the click, 8 32nds to the quarter. */
static void put_metre(struct bytes *b, const struct metre *m, int *last)
{
	bytes_delta(b, (uint32_t)(m->tick - *last));
	bytes_put(b, "\xFF\x58\x04", 3);
	bytes_byte(b, m->numerator);
	bytes_byte(b, m->denominator_log2);
	bytes_put(b, "\x18\x08", 2);
	*last = m->tick;
}

/* The header and the conductor's track. */
static void put_head(struct bytes *b, const struct smf_grow *g, unsigned tracks, int end, const char *comment)
{
	size_t where, i = 0, j = 0;
	int last = 0;

	bytes_header(b, tracks, SMF_GROW_PPQ);
	where = bytes_begin_track(b);
	if (comment)
		put_text(b, 0x01, comment);
	while (i < g->n_tempos || j < g->n_metres) {
		if (j == g->n_metres || (i < g->n_tempos && g->tempos[i].tick <= g->metres[j].tick))
			put_tempo(b, &g->tempos[i++], &last);
		else
			put_metre(b, &g->metres[j++], &last);
	}
	put_end(b, end - last);
	bytes_end_track(b, where);
}

/* What follows a track's messages: the ends of what sounds, and its own. */
static void put_tail(struct bytes *b, const struct smf_grow *g, int channel, int tick, int end)
{
	int last = g->tracks[channel].last;

	for (unsigned pitch = 0; pitch < 128; pitch++)
		if (g->sounds[channel][pitch]) {
			bytes_delta(b, (uint32_t)(tick - last));
			bytes_byte(b, MIDI_NOTE_OFF | (unsigned)channel);
			bytes_u16(b, pitch << 8 | 64);
			last = tick;
		}
	put_end(b, end - last);
}

static int write_bytes(FILE *stream, const struct bytes *b)
{
	if (b->failed)
		return -1;
	if (b->size > 0 && fwrite(b->data, 1, b->size, stream) != b->size)
		return error("cannot write: %s", strerror(errno));
	return 0;
}

static int write_track(FILE *stream, const struct smf_grow *g, int channel, int tick, int end)
{
	const struct bytes *body = &g->tracks[channel].bytes;
	struct bytes head = {0}, tail = {0}, chunk = {0};
	char name[NAME_MAX_BYTES];
	int status = -1;

	snprintf(name, sizeof name, "channel %d", channel + 1);
	put_text(&head, 0x03, name);
	put_tail(&tail, g, channel, tick, end);
	bytes_put(&chunk, "MTrk", 4);
	bytes_u32(&chunk, (uint32_t)(head.size + body->size + tail.size));
	if (write_bytes(stream, &chunk) == 0 && write_bytes(stream, &head) == 0 && write_bytes(stream, body) == 0)
		status = write_bytes(stream, &tail);
	free(head.data);
	free(tail.data);
	free(chunk.data);
	return status;
}

static int write_all(FILE *stream, const struct smf_grow *g, int tick, const char *comment)
{
	struct bytes head = {0};
	unsigned tracks = 1;
	int end, status;

	/* a note that has just begun is heard */
	for (int c = 0; c < 16; c++) {
		tracks += g->tracks[c].bytes.size > 0;
		for (int pitch = 0; pitch < 128; pitch++)
			if (g->sounds[c][pitch] && tick == g->last)
				tick = g->last + 1;
	}
	end = smf_grow_line(g, tick);
	put_head(&head, g, tracks, end, comment);
	status = write_bytes(stream, &head);
	free(head.data);
	for (int c = 0; c < 16 && status == 0; c++)
		if (g->tracks[c].bytes.size > 0)
			status = write_track(stream, g, c, tick, end);
	return status;
}

int smf_grow_write(const struct smf_grow *g, const char *path, int tick, const char *comment)
{
	struct file_beside f;

	if (tick < g->last)
		BUG("written at tick %d, after %d", tick, g->last);
	if (file_beside_begin(&f, path) < 0)
		return -1;
	if (write_all(f.stream, g, tick, comment) < 0) {
		file_beside_abort(&f);
		return error_prefix("%s", path);
	}
	return file_beside_commit(&f);
}
