/*
 * Where `play` plays: a MIDI device, or musegen's own synthesiser. The device
 * that is asked for, by option or config.ini; the synthesiser where that is
 * asked for; else the only device there is; and where there is none, but for
 * through ports, the synthesiser by itself, unless play.audio is "none".
 */
#ifndef CLI_PLAY_SINK_H
#define CLI_PLAY_SINK_H

#include "cli/cli.h"
#include "live/stream.h"
#include "live/synth_sink.h"

struct play_wish {                      /* by options */
	const char *device, *soundfont; /* NULL: not said; a soundfont asks for the synthesiser */
	const char *clock_from, *input; /* MIDI inputs; NULL: none */
	bool synth;
};

struct play_sink {
	struct sink sink; /* one of the two */
	struct device_sink port;
	struct synth_sink synth;
	struct sink inputs; /* MIDI's, beside the synthesiser */
	struct sink own;    /* the synthesiser's, as it is */
	bool synthesised;   /* the synthesiser is chosen, */
	char *no_device;    /* by itself: for this reason; else NULL */
};

/* EXIT_OK, or said and EXIT_USAGE: wishes that do not go together. */
int play_wish_check(const struct play_wish *wish);

/* Nothing is opened yet. 0, or -1 with error(). config and guarded must outlive it; play_sink_done() either way. */
int play_sink_choose(struct play_sink *p, const struct play_wish *wish, const struct play_config *config,
                     struct guarded *guarded);
void play_sink_done(struct play_sink *p);

/* Where it goes, once it is open; NULL before. */
const char *play_sink_name(const struct play_sink *p);

/* On stdout, once it is open: 'to "Synth"', and why where that was not asked for. */
void play_sink_announce(const struct play_sink *p);

#endif
