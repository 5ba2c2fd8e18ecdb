/*
 * The player, see player.h. The notes that sound are a binary heap of
 * note-offs, earliest first, beside the table of open notes. Both have a fixed size, so that the thread that runs this
 * never allocates.
 */
#include "live/player.h"

#include <string.h>

#include "live/pulses.h"

enum { NOTE_ON = 0x90, PROGRAM = 0xc0 };

void player_start(struct player *p, uint64_t start, struct open_notes *open)
{
	memset(p, 0, sizeof *p);
	p->start = start;
	p->open = open;
	for (int c = 0; c < 16; c++)
		p->program[c] = -1;
}

/* Clock time of a moment of the music; never wraps round. */
static uint64_t clock_of(const struct player *p, uint64_t moment)
{
	return moment < PLAYER_NEVER - 1 - p->start ? p->start + moment : PLAYER_NEVER - 1;
}

static void swap_offs(struct player *p, int i, int j)
{
	struct player_off o = p->offs[i];

	p->offs[i] = p->offs[j];
	p->offs[j] = o;
}

static void push_off(struct player *p, struct player_off o)
{
	int i = p->n_offs++;

	p->offs[i] = o;
	for (; i > 0 && p->offs[i].at < p->offs[(i - 1) / 2].at; i = (i - 1) / 2)
		swap_offs(p, i, (i - 1) / 2);
}

static struct player_off pop_off(struct player *p)
{
	struct player_off first = p->offs[0];
	int i = 0;

	p->offs[0] = p->offs[--p->n_offs];
	for (;;) {
		int least = i;

		for (int child = 2 * i + 1; child <= 2 * i + 2; child++)
			if (child < p->n_offs && p->offs[child].at < p->offs[least].at)
				least = child;
		if (least == i)
			return first;
		swap_offs(p, i, least);
		i = least;
	}
}

/* The earliest note-off. One that could not be sent leaves its pitch in the table. */
static int end_first(struct player *p, player_send *send, void *context)
{
	struct player_off o = pop_off(p);

	if (open_notes_held(p->open, o.channel, o.pitch) == 1 && send_note_off(o.channel, o.pitch, send, context) < 0)
		return -1;
	open_notes_end(p->open, o.channel, o.pitch);
	return 0;
}

static int send_program(struct player *p, uint8_t channel, uint8_t program, player_send *send, void *context)
{
	uint8_t message[2] = {(uint8_t)(PROGRAM | channel), program};

	if (program > 127 || p->program[channel] == program)
		return 0;
	p->program[channel] = program;
	return send(context, message, 2);
}

static int begin(struct player *p, const struct play_note *note, player_send *send, void *context)
{
	uint8_t channel = note->channel & 15, pitch = note->pitch & 127;
	uint8_t velocity = note->velocity & 127;
	uint8_t message[3] = {(uint8_t)(NOTE_ON | channel), pitch, velocity ? velocity : 1};
	struct player_off off = {note->off > note->on ? note->off : note->on, channel, pitch};
	bool held = open_notes_held(p->open, channel, pitch) > 0;
	bool same = held && p->struck[channel][pitch] == note->on;

	if (p->n_offs == PLAYER_OFFS_MAX) {
		if (end_first(p, send, context) < 0)
			return -1;
		held = open_notes_held(p->open, channel, pitch) > 0;
		same = same && held;
	}
	/* in the table before it is sent: a write that fails half-way, or never returns, must not leave a note unknown */
	push_off(p, off);
	open_notes_begin(p->open, channel, pitch);
	p->struck[channel][pitch] = note->on;
	if (same)
		return 0;
	if (send_program(p, channel, note->program, send, context) < 0)
		return -1;
	if (held && send_note_off(channel, pitch, send, context) < 0)
		return -1;
	return send(context, message, 3);
}

/* A running clock is in the table before it is started, and until it is stopped. */
static int send_realtime(struct player *p, uint8_t message, player_send *send, void *context)
{
	if (message == MIDI_START || message == MIDI_CONTINUE)
		open_notes_run(p->open, true);
	if (send(context, &message, 1) < 0)
		return -1;
	if (message == MIDI_STOP)
		open_notes_run(p->open, false);
	return 0;
}

/* Does a note-off come before the next note, or message of the clock, that is due? */
static bool off_is_first(const struct player_off *o, const struct play_note *next)
{
	return next->realtime ? o->at < next->on : o->at <= next->on;
}

uint64_t player_advance(struct player *p, uint64_t now, const struct play_note *next, bool *taken, player_send *send,
                        void *context, bool *lost)
{
	bool due = next && clock_of(p, next->on) <= now;
	uint64_t deadline = PLAYER_NEVER;

	*taken = false;
	*lost = false;
	/* when late, several moments are due at once: each in its turn */
	while (p->n_offs > 0 && clock_of(p, p->offs[0].at) <= now && (!due || off_is_first(&p->offs[0], next))) {
		p->due = clock_of(p, p->offs[0].at);
		if (end_first(p, send, context) < 0) {
			*lost = true;
			return PLAYER_NEVER;
		}
	}
	if (due) {
		int status;

		p->due = clock_of(p, next->on);
		*taken = true;
		if (next->realtime)
			status = send_realtime(p, next->realtime, send, context);
		else
			status = begin(p, next, send, context);
		*lost = status < 0;
		return now;
	}
	if (next)
		deadline = clock_of(p, next->on);
	if (p->n_offs > 0 && clock_of(p, p->offs[0].at) < deadline)
		deadline = clock_of(p, p->offs[0].at);
	return deadline;
}

int player_silence(struct player *p, player_send *send, void *context)
{
	p->n_offs = 0;
	p->halted = p->open->running;
	return open_notes_silence(p->open, send, context);
}

int player_continue(struct player *p, player_send *send, void *context)
{
	if (!p->halted)
		return 0;
	p->halted = false;
	return send_realtime(p, MIDI_CONTINUE, send, context);
}
