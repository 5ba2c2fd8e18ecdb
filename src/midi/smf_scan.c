/*
 * Walking hostile bytes. The rule for faults: what any player would play
 * through (a wrong chunk length, a missing end of track, a track cut short,
 * running status kept over a meta event, trailing rubbish) is mended and
 * counted; where the meaning of the bytes is lost (a status that is none, a
 * note's data over 127, a delta time of five bytes) the file is refused with
 * the byte where it went wrong. The format is that of "Standard MIDI Files
 * 1.0" (MMA RP-001); RIFF-wrapped files are Microsoft's RMID.
 */
#include "midi/smf_scan.h"
#include <string.h>
#include "base/error.h"
#include "music/song.h"

#define SEARCH_HEADER 256   /* bytes before the header (a MacBinary header has 128) that are skipped */
#define TRACKS_MAX    65535 /* as many as a header can state */

static uint32_t u32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t u32_little(const unsigned char *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static bool is_id(const struct scan *s, size_t at, const char *id)
{
	return at <= s->size && s->size - at >= 4 && !memcmp(s->data + at, id, 4);
}

/* First `id` at or after `at` that begins before `limit`; limit when there is none. */
static size_t find_id(const struct scan *s, size_t at, size_t limit, const char *id)
{
	const unsigned char *p;

	if (at >= limit)
		return limit;
	p = memmem(s->data + at, limit - at, id, 4);
	return p ? (size_t)(p - s->data) : limit;
}

/* Could a chunk begin here: four printable characters and a length that fits? */
static bool is_chunk(const struct scan *s, size_t at)
{
	if (at > s->size || s->size - at < 8)
		return false;
	for (size_t i = 0; i < 4; i++)
		if (s->data[at + i] < 0x20 || s->data[at + i] > 0x7E)
			return false;
	return u32(s->data + at + 4) <= s->size - at - 8;
}

/* RIFF "RMID": its data chunk is the MIDI file. */
static int open_riff(struct scan *s)
{
	size_t at = 12;

	if (u32_little(s->data + 4) > s->size - 8)
		mend(s->mends, MEND_RIFF_LENGTH, 0, 4);
	while (at <= s->size && s->size - at >= 8) {
		size_t length = u32_little(s->data + at + 4), room = s->size - at - 8;
		bool is_data = is_id(s, at, "data");

		if (length > room) {
			mend(s->mends, MEND_RIFF_LENGTH, 0, at + 4);
			length = room;
		}
		if (is_data) {
			s->at = at + 8;
			s->size = s->at + length;
			return 0;
		}
		at += 8 + length + (length & 1);
	}
	return error("%s: byte 12: a RIFF file without a MIDI data chunk", s->name);
}

static int open_division(struct scan *s, size_t at)
{
	unsigned division = (unsigned)s->data[at] << 8 | s->data[at + 1];
	int frames, per_frame, per_second;

	s->smpte_tempo = 0;
	if (!(division & 0x8000)) {
		if (!division)
			return error("%s: byte %zu: no ticks to the quarter note (division 0)", s->name, at);
		s->ppq = (int)division;
		return 0;
	}
	/*
	 * Ticks of a frame of time code. Half a second, or where that is no
	 * whole number of ticks a whole one, is called a quarter note. 29 is
	 * drop frame: thirty frames take 1.001 seconds.
	 */
	frames = 256 - s->data[at];
	per_frame = s->data[at + 1];
	if (frames != 24 && frames != 25 && frames != 29 && frames != 30)
		return error("%s: byte %zu: %d frames a second are none of 24, 25, 29 and 30", s->name, at, frames);
	if (!per_frame)
		return error("%s: byte %zu: no ticks to the frame (division 0x%04X)", s->name, at, division);
	per_second = (frames == 29 ? 30 : frames) * per_frame;
	s->smpte_tempo = frames == 29 ? 1001000 : 1000000;
	s->ppq = per_second;
	if (per_second % 2 == 0) {
		s->ppq /= 2;
		s->smpte_tempo /= 2;
	}
	return 0;
}

int scan_open(struct scan *s, const char *name, const unsigned char *data, size_t size, struct mends *mends)
{
	size_t at, length;

	*s = (struct scan){.name = name, .data = data, .size = size, .mends = mends};
	if (!size)
		return error("%s: the file is empty", name);
	if (size >= 12 && is_id(s, 0, "RIFF") && is_id(s, 8, "RMID") && open_riff(s) < 0)
		return -1;
	if (!is_id(s, s->at, "MThd")) {
		size_t limit = s->size - s->at > SEARCH_HEADER ? s->at + SEARCH_HEADER : s->size;

		at = find_id(s, s->at, limit, "MThd");
		if (at == limit)
			return error("%s: byte %zu: not a MIDI file (no MThd)", name, s->at);
		mend(mends, MEND_BYTES_BEFORE, 0, s->at);
		s->at = at;
	}
	at = s->at;
	if (s->size - at < 14)
		return error("%s: byte %zu: the header is cut short", name, s->size);
	length = u32(data + at + 4);
	if (length >= 6 && length <= s->size - at - 8) {
		s->at = at + 8 + length;
	} else if (is_id(s, at + 14, "MTrk")) {
		mend(mends, MEND_HEADER_LENGTH, 0, at + 4);
		s->at = at + 14;
	} else {
		return error("%s: byte %zu: a header of %zu bytes", name, at + 4, length);
	}
	s->format = data[at + 8] << 8 | data[at + 9];
	if (s->format > 2)
		return error("%s: byte %zu: format %d is not known", name, at + 8, s->format);
	s->stated_tracks = data[at + 10] << 8 | data[at + 11];
	return open_division(s, at + 12);
}

int scan_track(struct scan *s)
{
	size_t left, length, next;

	for (;;) {
		left = s->at < s->size ? s->size - s->at : 0;
		if (is_id(s, s->at, "MTrk") && left >= 8)
			break;
		if (is_id(s, s->at, "MThd")) {
			mend(s->mends, MEND_SECOND_FILE, 0, s->at);
			s->at = s->size;
		} else if (is_chunk(s, s->at)) {
			/* a chunk that is not ours: the standard says to skip it */
			s->at += 8 + u32(s->data + s->at + 4);
		} else if (left) {
			mend(s->mends, MEND_NO_CHUNK, 0, s->at);
			next = find_id(s, s->at + 1, s->size, "MTrk");
			s->at = s->size - next < 8 ? s->size : next;
		} else {
			if (s->track != s->stated_tracks)
				mend(s->mends, MEND_TRACK_COUNT, 0, 0);
			return 0;
		}
	}
	if (s->track == TRACKS_MAX)
		return error("%s: byte %zu: more than %d tracks", s->name, s->at, TRACKS_MAX);
	s->track++;
	length = u32(s->data + s->at + 4);
	s->pos = s->at + 8;
	s->end = length <= left - 8 ? s->pos + length : s->size;
	s->tick = 0;
	s->running = 0;
	s->interrupted = false;
	return 1;
}

/* The track is over at pos: nothing of it left, or an end-of-track event just read. */
static int track_over(struct scan *s, bool ended)
{
	size_t stated = s->at + 8 + (size_t)u32(s->data + s->at + 4);

	if (!ended)
		mend(s->mends, MEND_NO_END, s->track, s->pos);
	if (ended && s->pos < s->end) {
		/* a length that reaches over the tracks that follow is wrong; else what follows is rubbish */
		if (is_id(s, s->pos, "MTrk"))
			s->end = s->pos;
		else
			mend(s->mends, MEND_AFTER_END, s->track, s->pos);
	}
	if (stated != s->end)
		mend(s->mends, MEND_TRACK_LENGTH, s->track, s->at + 4);
	s->at = s->pos = s->end;
	return 0;
}

/*
 * The bytes ran out inside the event at `offset`. When the stated length
 * ends there but no chunk follows, the length was too short: go on to the
 * next track or the end of the file (1, once). Else the track is cut (0).
 */
static int ran_out(struct scan *s, size_t offset)
{
	if (s->end < s->size && !is_chunk(s, s->end) && !is_id(s, s->end, "MTrk")) {
		s->end = find_id(s, s->end, s->size, "MTrk");
		s->pos = offset;
		return 1;
	}
	mend(s->mends, MEND_TRACK_CUT, s->track, offset);
	s->at = s->pos = s->end;
	return 0;
}

/* A variable-length quantity. 1, 0: the bytes ran out, -1: longer than four bytes. */
static int vlq(struct scan *s, uint32_t *value)
{
	*value = 0;
	for (int i = 0; i < 4; i++) {
		if (s->pos >= s->end)
			return 0;
		*value = *value << 7 | (s->data[s->pos] & 0x7F);
		if (!(s->data[s->pos++] & 0x80))
			return 1;
	}
	return -1;
}

static int refuse(const struct scan *s, size_t offset, const char *reason)
{
	return error("%s: track %d: event at byte %zu: %s", s->name, s->track, offset, reason);
}

/* Meta event or sysex: a length and so many bytes. As vlq(). */
static int body(struct scan *s, struct scan_event *e)
{
	uint32_t length;
	int r = vlq(s, &length);

	if (r <= 0)
		return r;
	if (length > s->end - s->pos)
		return 0;
	e->body = s->data + s->pos;
	e->length = length;
	s->pos += length;
	return 1;
}

/* Data bytes of a channel message. As vlq(), -1 where the meaning is lost. */
static int channel_data(struct scan *s, struct scan_event *e)
{
	unsigned kind = e->status & 0xF0;
	size_t n = kind == 0xC0 || kind == 0xD0 ? 1 : 2;

	if (s->end - s->pos < n)
		return 0;
	e->data[1] = 0;
	for (size_t i = 0; i < n; i++) {
		e->data[i] = s->data[s->pos++];
		if (!(e->data[i] & 0x80))
			continue;
		if (kind == 0x80 || kind == 0x90 || kind == 0xC0)
			return -1;
		mend(s->mends, MEND_DATA, s->track, e->offset);
	}
	return 1;
}

/* Bytes after the status of a system message that has no place in a file. */
static size_t system_data(unsigned status)
{
	return status == 0xF2 ? 2 : status == 0xF1 || status == 0xF3 ? 1 : 0;
}

/* One event, its delta time read: 1 to return it, 2 to skip it, 3 end of track, 0 the bytes ran out, -1 refused. */
static int read_event(struct scan *s, struct scan_event *e)
{
	int r;

	if (s->pos >= s->end)
		return 0;
	e->status = s->data[s->pos];
	if (e->status < 0x80) {
		if (!s->running)
			return refuse(s, e->offset, "a data byte where a status is expected");
		if (s->interrupted)
			mend(s->mends, MEND_RUNNING_STATUS, s->track, e->offset);
		e->status = s->running;
	} else {
		s->pos++;
	}
	if (e->status < 0xF0) {
		s->interrupted = false;
		s->running = e->status;
		r = channel_data(s, e);
		return r < 0 ? refuse(s, e->offset, "data over 127") : r;
	}
	s->interrupted = true;
	if (e->status == 0xFF) {
		if (s->pos >= s->end)
			return 0;
		e->meta = s->data[s->pos++];
		r = body(s, e);
		if (r < 0)
			return refuse(s, e->offset, "a length of more than four bytes");
		if (r > 0 && e->meta == 0x2F && e->length)
			mend(s->mends, MEND_META, s->track, e->offset);
		return r > 0 && e->meta == 0x2F ? 3 : r;
	}
	if (e->status == 0xF0 || e->status == 0xF7) {
		r = body(s, e);
		return r < 0 ? refuse(s, e->offset, "a length of more than four bytes") : r ? 2 : 0;
	}
	mend(s->mends, MEND_SYSTEM, s->track, e->offset);
	if (s->end - s->pos < system_data(e->status))
		return 0;
	s->pos += system_data(e->status);
	return 2;
}

int scan_event(struct scan *s, struct scan_event *e)
{
	for (;;) {
		uint32_t delta;
		int tick, r;
		uint8_t running = s->running;
		bool interrupted = s->interrupted;

		if (s->pos >= s->end)
			return track_over(s, false);
		e->offset = s->pos;
		r = vlq(s, &delta);
		if (r < 0)
			return refuse(s, e->offset, "a delta time of more than four bytes");
		r = r ? read_event(s, e) : 0;
		if (r < 0)
			return -1;
		if (!r) {
			s->running = running;
			s->interrupted = interrupted;
			if (!ran_out(s, e->offset))
				return 0;
			continue;
		}
		tick = delta < (uint32_t)(SONG_TICK_MAX - s->tick) ? s->tick + (int)delta : -1;
		if (tick < 0 && r != 3)
			return refuse(s, e->offset, "later than any song can be (2^30 ticks)");
		if (tick < 0)
			mend(s->mends, MEND_END_FAR, s->track, e->offset);
		else
			s->tick = tick;
		if (r == 3)
			return track_over(s, true);
		e->tick = s->tick;
		if (r == 1)
			return 1;
	}
}
