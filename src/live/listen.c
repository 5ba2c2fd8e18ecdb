/* A phrase from a keyboard, note by note. See listen.h; what becomes of it is in listen_song.c. */
#include "live/listen.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "live/listen_parts.h"
#include "midi/message.h"
#include "music/rhythm.h"

#define PERCUSSION 9
/* A second, which no bar is shorter than: before that the tempo need not be known. */
#define BAR_LEAST 1e9

struct listen *listen_new(void)
{
	struct listen *l = mem_new(1, sizeof *l);

	if (!l)
		return NULL;
	l->music = (struct listen_music){.numerator = 4, .denominator_log2 = 2};
	held_start(&l->held);
	listen_forget(l);
	return l;
}

void listen_free(struct listen *l)
{
	free(l);
}

void listen_forget(struct listen *l)
{
	l->n = l->n_open = 0;
	l->tapped = false;
	l->pressed = 0;
	l->quarter_of = 0;
	for (int c = 0; c < 16; c++)
		for (int p = 0; p < 128; p++)
			l->open[c][p] = -1;
}

int listen_notes(const struct listen *l)
{
	return l->n;
}

struct held *listen_held(struct listen *l)
{
	return &l->held;
}

void listen_music(struct listen *l, const struct listen_music *music)
{
	if (music->runs != l->music.runs)
		l->timed = false;
	l->music = *music;
}

void listen_sent(struct listen *l, int pitch, uint64_t now)
{
	if (pitch >= 0 && pitch < 128)
		l->sent[pitch] = now > 0 ? now : 1;
}

static bool is_echo(const struct listen *l, int pitch, uint64_t now)
{
	const uint64_t sent = l->sent[pitch];

	/* the time of sending may be that of what is about to be */
	return sent > 0 && (now > sent ? now - sent : sent - now) <= LISTEN_ECHO;
}

/* ---- Notes ----------------------------------------------------------------------- */

/* The first quarter of a phrase that is too long goes. */
static void lose_beginning(struct listen *l)
{
	const int lost = LISTEN_NOTES / 4;

	for (int i = 0; i < lost; i++)
		l->n_open -= l->notes[i].open;
	memmove(l->notes, l->notes + lost, (size_t)(l->n - lost) * sizeof *l->notes);
	l->n -= lost;
	for (int c = 0; c < 16; c++)
		for (int p = 0; p < 128; p++)
			l->open[c][p] = (int16_t)(l->open[c][p] < lost ? -1 : l->open[c][p] - lost);
}

static void end_note(struct listen *l, int channel, int pitch, uint64_t at)
{
	const int i = l->open[channel][pitch];

	if (i < 0)
		return;
	l->notes[i].off = l->now;
	l->notes[i].off_at = at;
	l->notes[i].open = false;
	l->open[channel][pitch] = -1;
	l->n_open--;
	l->last = l->now;
}

static void begin_note(struct listen *l, int channel, int pitch, int velocity, uint64_t at)
{
	end_note(l, channel, pitch, at); /* struck again before it was let go */
	if (l->n == LISTEN_NOTES)
		lose_beginning(l);
	if (l->n == 0)
		l->timed = l->music.runs;
	l->notes[l->n] = (struct listen_note){.on = l->now,
	                                      .on_at = at,
	                                      .channel = (uint8_t)channel,
	                                      .pitch = (uint8_t)pitch,
	                                      .velocity = (uint8_t)velocity,
	                                      .open = true};
	l->open[channel][pitch] = (int16_t)l->n++;
	l->n_open++;
	l->last = l->now;
	l->pressed = 0;
	l->tapped = false;
}

static void end_all(struct listen *l, int channel, uint64_t at)
{
	for (int p = 0; p < 128; p++)
		end_note(l, channel, p, at);
	held_release(&l->held, channel);
}

static void use_pedal(struct listen *l, int channel, bool down)
{
	if (down == l->pedal[channel])
		return;
	l->pedal[channel] = down;
	if (down) {
		l->pressed = l->n > 0 && held_keys(&l->held) == 0 ? l->now : 0;
		return;
	}
	l->tapped = l->pressed > 0 && l->now - l->pressed <= LISTEN_TAP;
	l->pressed = 0;
	/* what it held up to now has sounded up to now */
	if (l->n > 0)
		l->last = l->now;
}

void listen_message(struct listen *l, const uint8_t *message, size_t size, uint64_t now, uint64_t at)
{
	const int kind = size > 0 ? message[0] >> 4 : 0, channel = size > 0 ? message[0] & 15 : 0;

	l->now = now > l->now ? now : l->now;
	if (size != 3 || message[1] > 127 || message[2] > 127 || channel == PERCUSSION)
		return;
	if (kind == 0x9 && message[2] > 0) {
		if (is_echo(l, message[1], l->now))
			return;
		held_key(&l->held, channel, message[1], true, l->now);
		begin_note(l, channel, message[1], message[2], at);
	} else if (kind == 0x8 || kind == 0x9) {
		held_key(&l->held, channel, message[1], false, l->now);
		end_note(l, channel, message[1], at);
	} else if (kind == 0xb && message[1] == CC_PEDAL) {
		use_pedal(l, channel, message[2] >= 64);
	} else if (kind == 0xb && (message[1] == CC_SOUND_OFF || message[1] >= CC_NOTES_OFF)) {
		end_all(l, channel, at);
	}
}

/* ---- The end ----------------------------------------------------------------------- */

/* The phrase's own tempo, found once for so many notes. */
static double own_quarter(struct listen *l)
{
	if (l->quarter_of != l->n) {
		listen_gather(l);
		l->quarter = rhythm_track(l->quarters, l->times, (size_t)l->n_onsets);
		l->quarter_of = l->n;
	}
	return l->quarter;
}

double listen_bar(struct listen *l)
{
	const double quarters = 4.0 * l->music.numerator / (1 << l->music.denominator_log2);

	return quarters * (l->timed ? l->music.us_per_quarter * 1e3 : own_quarter(l) * 1e9);
}

static bool pedal_down(const struct listen *l)
{
	for (int c = 0; c < 16; c++)
		if (l->pedal[c])
			return true;
	return false;
}

bool listen_done(struct listen *l, uint64_t now)
{
	const uint64_t silence = now > l->last ? now - l->last : 0;

	if (l->n == 0)
		return false;
	if (l->tapped || silence >= LISTEN_HELD)
		return true;
	if (l->n_open > 0 || pedal_down(l) || (double)silence < BAR_LEAST)
		return false;
	return (double)silence >= listen_bar(l);
}
