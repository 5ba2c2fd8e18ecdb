/*
 * The player, see player.h. The notes that sound are a binary heap of
 * note-offs, earliest first, beside the table of open notes. Both have a fixed size, so that the thread that runs this
 * never allocates.
 */
#include "live/player.h"
#include "midi/message.h"

#include <string.h>

void player_start(struct player *p, uint64_t now, struct open_notes *open)
{
	memset(p, 0, sizeof *p);
	transport_start(&p->transport, now, 0);
	p->open = open;
	for (int c = 0; c < 16; c++)
		p->program[c] = -1;
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
	uint8_t message[2] = {(uint8_t)(MIDI_PROGRAM | channel), program};

	if (program > 127 || p->program[channel] == program)
		return 0;
	p->program[channel] = program;
	return send(context, message, 2);
}

static int begin(struct player *p, uint64_t on, const struct play_note *note, player_send *send, void *context)
{
	uint8_t channel = note->channel & 15, pitch = note->pitch & 127;
	uint8_t velocity = note->velocity & 127;
	uint8_t message[3] = {(uint8_t)(MIDI_NOTE_ON | channel), pitch, velocity ? velocity : 1};
	struct player_off off = {note->off > on ? note->off : on, note->part, channel, pitch};
	bool held = open_notes_held(p->open, channel, pitch) > 0;
	bool same = held && p->struck[channel][pitch] == on;

	if (p->n_offs == PLAYER_OFFS_MAX) {
		if (end_first(p, send, context) < 0)
			return -1;
		held = open_notes_held(p->open, channel, pitch) > 0;
		same = same && held;
	}
	/* in the table before it is sent: a write that fails half-way, or never returns, must not leave a note unknown */
	push_off(p, off);
	open_notes_begin(p->open, channel, pitch);
	p->struck[channel][pitch] = on;
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

/* A receiver that comes in later: the position in 16ths from the start, of which the message holds 14 bits, and continue. */
static int join_clock(struct player *p, player_send *send, void *context)
{
	const uint64_t sixteenths = (p->pulse - p->started) / SIXTEENTH;
	const uint8_t position[3] = {MIDI_POSITION, (uint8_t)(sixteenths & 127), (uint8_t)(sixteenths >> 7 & 127)};

	if (send(context, position, 3) < 0)
		return -1;
	p->joining = false;
	return send_realtime(p, MIDI_CONTINUE, send, context);
}

static int send_pulse(struct player *p, player_send *send, void *context)
{
	int status = 0;

	if (p->joining && (p->pulse - p->started) % SIXTEENTH == 0)
		status = join_clock(p, send, context);
	if (status == 0 && !p->joining)
		status = send_realtime(p, MIDI_CLOCK, send, context);
	p->pulse += CLOCK_UNITS;
	return status;
}

/* When an item is due by the clock: a start before its moment. */
static uint64_t due_of(const struct player *p, const struct play_item *item)
{
	uint64_t clock = transport_clock(&p->transport, item->at);

	if (item->kind != ITEM_START)
		return clock;
	return clock > PLAYER_START_LEAD ? clock - PLAYER_START_LEAD : 0;
}

static int take(struct player *p, const struct play_item *item, player_send *send, void *context)
{
	switch (item->kind) {
	case ITEM_NOTE:
		return begin(p, item->at, &item->note, send, context);
	case ITEM_TEMPO:
		transport_tempo(&p->transport, item->at, item->us_per_quarter);
		return 0;
	case ITEM_START:
		p->pulse = p->started = item->at;
		p->joining = false;
		return send_realtime(p, MIDI_START, send, context);
	case ITEM_STOP:
		p->pulse = PLAYER_NEVER;
		return p->open->running ? send_realtime(p, MIDI_STOP, send, context) : 0;
	case ITEM_BAR:
		break;
	}
	return 0;
}

/*
 * What waits besides items: the moment of the next pulse or note-off, whichever comes first; a pulse where both come.
 * No pulse is where the next item stops or starts the clock.
 */
static uint64_t waiting(const struct player *p, const struct play_item *next, bool *pulse)
{
	const bool turns = next && (next->kind == ITEM_STOP || next->kind == ITEM_START) && p->pulse >= next->at;
	const uint64_t off = p->n_offs > 0 ? p->offs[0].at : PLAYER_NEVER;

	*pulse = p->open->running && !turns && p->pulse <= off;
	return *pulse ? p->pulse : off;
}

uint64_t player_advance(struct player *p, uint64_t now, const struct play_item *next, bool *taken, player_send *send,
                        void *context, bool *lost)
{
	const bool due = next && due_of(p, next) <= now;
	uint64_t deadline = next ? due_of(p, next) : PLAYER_NEVER;

	*taken = false;
	*lost = false;
	/* when late, several moments are due at once: each in its turn */
	for (;;) {
		bool pulse;
		const uint64_t moment = waiting(p, next, &pulse);
		uint64_t clock;

		if (moment == PLAYER_NEVER)
			break;
		clock = transport_clock(&p->transport, moment);
		if (due && moment > next->at)
			break;
		if (clock > now) {
			deadline = !due && clock < deadline ? clock : deadline;
			break;
		}
		p->due = clock;
		p->moment = moment;
		if ((pulse ? send_pulse(p, send, context) : end_first(p, send, context)) < 0) {
			*lost = true;
			return PLAYER_NEVER;
		}
	}
	if (!due)
		return deadline;
	p->due = due_of(p, next);
	p->moment = next->at;
	*taken = true;
	*lost = take(p, next, send, context) < 0;
	return now;
}

int player_end_part(struct player *p, uint8_t part, player_send *send, void *context)
{
	int n = p->n_offs, status = 0;

	/* a heap is built again of those that stay */
	p->n_offs = 0;
	for (int i = 0; i < n; i++) {
		const struct player_off o = p->offs[i];

		if (o.part != part) {
			push_off(p, o);
			continue;
		}
		if (open_notes_held(p->open, o.channel, o.pitch) == 1 &&
		    send_note_off(o.channel, o.pitch, send, context) < 0) {
			/* still in the table */
			status = -1;
			continue;
		}
		open_notes_end(p->open, o.channel, o.pitch);
	}
	return status;
}

int player_silence(struct player *p, player_send *send, void *context)
{
	p->n_offs = 0;
	p->halted = p->open->running && p->pulse != PLAYER_NEVER;
	return open_notes_silence(p->open, send, context);
}

int player_continue(struct player *p, player_send *send, void *context)
{
	if (!p->halted)
		return 0;
	p->halted = false;
	/* who has yet to join is told where it is first */
	if (p->joining) {
		open_notes_run(p->open, true);
		return 0;
	}
	return send_realtime(p, MIDI_CONTINUE, send, context);
}

int player_rejoin(struct player *p, player_send *send, void *context)
{
	for (int c = 0; c < 16; c++)
		p->program[c] = -1;
	if (player_silence(p, send, context) < 0)
		return -1;
	p->joining = p->halted;
	p->halted = false;
	open_notes_run(p->open, p->joining);
	return 0;
}
