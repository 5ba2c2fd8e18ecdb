/*
 * What comes in by a MIDI input, from hostile bytes: the follower of a clock,
 * the controllers and their learning, the phrase and the chord. Each record is a
 * time since the last one and a message; musical time never steps back without a
 * jump that is counted, and requests are within what their controls can have.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "live/controllers.h"
#include "live/follower.h"
#include "live/learn.h"
#include "live/listen.h"

enum { RECORD = 4 };

static void check_follower(struct follower *f, uint64_t now, uint64_t *moment, unsigned *jumps)
{
	const uint64_t at = follower_moment(f, now);
	const double bpm = follower_bpm(f);

	if (f->jumps == *jumps && at < *moment)
		abort();
	*moment = at;
	*jumps = f->jumps;
	if (!(bpm >= 0))
		abort();
	follower_clock(f, at + QUARTER);
	follower_state(f, now);
}

static void check_requests(struct controllers *c, uint64_t now)
{
	struct request r;

	while (controllers_next(c, now, &r)) {
		if (r.acts ? r.action >= ACTIONS : r.control >= CONTROLS)
			abort();
		if (!r.acts && control_clamp(r.control, r.value) != r.value)
			abort();
	}
}

static void check_phrase(struct listen *l, uint64_t now)
{
	struct heard heard;
	struct song *song = listen_song(l, &heard, now);

	if (!song)
		return;
	if (heard.notes < 1 || heard.softest > heard.loudest || heard.lowest > heard.highest)
		abort();
	for (size_t p = 0; p < song->n_parts; p++)
		for (size_t i = 0; i < song->parts[p].n; i++)
			if (song->parts[p].notes[i].pitch > 127 || song->parts[p].notes[i].duration < 1)
				abort();
	song_free(song);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct learn learn;
	static struct follower follower;
	static struct controllers controllers;
	static struct live_config config;
	const struct conf_room room = {"live", live_items, n_live_items, &config, LIVE_CONFIG_HELP};
	struct listen *listen = listen_new();
	uint64_t now = 1000000000, moment = 0;
	unsigned jumps = 0;
	int number, channel;

	if (!listen)
		abort();
	conf_presets(&room);
	strcpy(config.cc_controls[CONTROL_TEMPO], "1");
	strcpy(config.cc_controls[CONTROL_KEY], "2 on 3");
	strcpy(config.cc_controls[CONTROL_STYLE], "3");
	strcpy(config.cc_actions[ACTION_MUTE], "64, 65 on 2");
	if (controllers_init(&controllers, &config, 3) < 0)
		abort();
	follower_start(&follower);
	learn_start(&learn);
	learn_ask(&learn, now);
	for (; size >= RECORD; data += RECORD, size -= RECORD) {
		const uint8_t message[3] = {data[1] | 0x80, data[2] & 0x7f, data[3] & 0x7f};
		const uint8_t kind = message[0] & 0xf0;
		const int n = message[0] >= 0xf3 ? 1 : kind == 0xc0 || kind == 0xd0 ? 2 : 3;

		/* from nothing to half a minute */
		now += (uint64_t)1 << (data[0] % 36);
		follower_message(&follower, message, n, now);
		check_follower(&follower, now, &moment, &jumps);
		controllers_message(&controllers, message, (size_t)n, now);
		check_requests(&controllers, now);
		learn_message(&learn, message, (size_t)n, now);
		learn_answer(&learn, now, &number, &channel);
		listen_message(listen, message, (size_t)n, now, moment);
		held_changed(listen_held(listen), now);
		if (listen_done(listen, now))
			check_phrase(listen, now);
	}
	check_phrase(listen, now);
	listen_free(listen);
	return 0;
}
