/*
 * A stream of music as it sounds: a composer thread takes items from a source
 * ahead of time and puts them into a ring; a device thread opens the sink,
 * takes them out, sleeps to their moments and writes them (the player). The
 * ring is all the two share. It runs until the source ends, until it is
 * stopped, or until something fails; whichever it is, what sounds is silenced
 * before the sink is closed. Memory is constant however long it plays.
 *
 * When composing falls behind at a bar line, the last bars are played once
 * more, a little changed, until it has caught up (live/echo.h). Before there
 * are such bars, and of songs, a note that comes more than STREAM_LATE after
 * its moment shifts time: it plays at once and everything after it as much
 * later. Nothing is left out and nothing is hurried. Time is shifted as well
 * when the whole process was stopped for a while.
 *
 * A sink that is lost and can be opened again is tried every STREAM_RETRY;
 * the music goes on silently until then, and what hung is put out first.
 */
#ifndef LIVE_STREAM_H
#define LIVE_STREAM_H

#include "live/player.h"
#include "live/record.h"
#include "live/source.h"

#define STREAM_LATE  50000000u  /* ns */
#define STREAM_RETRY 250000000u /* ns */

/* Where messages go, and come from. All are called from the device thread only. */
struct sink {
	int (*open)(void *context);   /* 0, or -1 with error() */
	player_send *send;            /* 0, or -1 with error(): the sink is lost */
	void (*close)(void *context); /* after open() succeeded */
	void *context;

	/*
	 * After open(); NULL: what is lost stays lost. Find again what is lost,
	 * the inputs too: 0 when it can be sent to, 1 not yet, try again later
	 * (every 250 ms, say). What was left sounding is still to be silenced.
	 * Where nothing is lost, or nothing of it is plugged in again, nothing is
	 * done; else it takes a millisecond, and allocates. What sounds goes on sounding.
	 */
	int (*reopen)(void *context);
	/*
	 * NULL: nothing comes. The next message that has come (size, 1-3 bytes) and
	 * from which input; 0: none for now; -1 with error(): that input is lost
	 * (said once; nothing comes from it until reopen(), which is worth calling
	 * then, has found it; the other goes on). Allocates nothing.
	 */
	int (*read)(void *context, int *input, uint8_t message[3]);
};

enum stream_state { STREAM_OPENING, STREAM_PLAYING, STREAM_PAUSED, STREAM_ENDED };

struct stream_status {
	enum stream_state state;
	bool busy;                      /* one of the threads is still at work */
	bool gone;                      /* the sink is lost, and looked for */
	double seconds;                 /* played */
	uint64_t moment;                /* of the source, now */
	double ahead;                   /* seconds of music that are composed and not heard yet */
	int bar, us_per_quarter, parts; /* of the last bar begun; the tempo that holds */
	uint64_t notes;                 /* begun */
	uint64_t messages;
	double late_p50, late_p99, late_p999,
		late_max;             /* of messages, ms, as written; to 10 us, but for the last at most 10 ms */
	int shifts;                   /* how often time was shifted */
	double shifted;               /* by how much in all, seconds */
	int varied;                   /* bars that were played again because composing fell behind */
	int losses;                   /* how often the sink was lost */
	enum follower_state follower; /* where it follows */
	double follower_bpm;          /* 0 not known yet */
	unsigned unheard;             /* messages that came in and were not asked for in time */
};

struct stream;

/* A message that came in while it plays. */
struct stream_heard {
	uint64_t clock, moment; /* ns; of the source */
	uint8_t input, size, message[3];
};

/* What a stream may have besides; all zero is nothing. */
struct stream_extras {
	bool follow; /* the MIDI clock that comes in by input 0 of the sink: its tempo, start, stop and position */
	struct record *record; /* or NULL: is told everything that is sent; must outlive the stream */
};

/*
 * Start both threads and wait until the sink is open. The source, the sink and
 * the table of open notes, which is empty, stay the caller's and must outlive
 * the stream; open NULL: a table of the stream's own. NULL when the sink could
 * not be opened, with its message.
 */
struct stream *stream_start(struct source *source, const struct sink *sink, struct open_notes *open);
struct stream *stream_start_with(struct source *source, const struct sink *sink, struct open_notes *open,
                                 const struct stream_extras *extras);

/* What follows is for the thread that started the stream. */

void stream_status(const struct stream *s, struct stream_status *status);

/* From the next moment on. Tempo: us a quarter, 0 the music's own; muted: parts as bits, which also end what they hold. */
void stream_tempo(struct stream *s, uint32_t us_per_quarter);
void stream_mute(struct stream *s, uint64_t parts);
/* The next message that has come in, but for those of a clock that is followed. False: none for now. */
bool stream_hear(struct stream *s, struct stream_heard *heard);
/* Silence at once; on with the next bar. */
void stream_panic(struct stream *s);

void stream_stop(struct stream *s);  /* asks; returns at once; a signal handler may call it */
void stream_pause(struct stream *s); /* silent until stream_resume(); returns when it is, or after a second */
void stream_resume(struct stream *s);

/*
 * Wait for the end and free everything. 0 when the music ended or was
 * stopped; -1 when composing or the sink failed. *last: how it was at the end.
 *
 * A stream that was not stopped is waited for to its end; one that was, for
 * three seconds: a sink that blocks longer has lost, and the result is -1. A
 * composer in the midst of a long piece is given half a second. last->busy
 * says that a thread is still at work in the one or the other; then nothing
 * is freed, and stream, source and sink must stay until the process ends (or
 * until this is called again and it is so no more).
 */
int stream_finish(struct stream *s, struct stream_status *last);

/*
 * A MIDI output port (midi/device.h) as a sink, with up to two inputs: the
 * context is a struct device_sink.
 */
enum sink_input { INPUT_CLOCK, INPUT_KEYS, SINK_INPUTS };
struct device;
struct guarded;
struct device_sink {
	const char *name; /* asked for, or NULL */
	bool inputs_only; /* there is no output */
	int number;       /* -1; else the port has exactly this name, and this number if one of that name still has */
	struct guarded *guarded; /* is told which port is open, or NULL */
	struct device *device;
	char *opened; /* the name of the port once it is open; valid until device_sink_done() */

	/*
	 * Inputs, to be set before the stream starts: as they are asked for, ""
	 * the only one there is, NULL none. Both may be one port: then clock,
	 * start, stop, continue and song position come from INPUT_CLOCK, all else
	 * from INPUT_KEYS.
	 */
	const char *input_names[SINK_INPUTS];
	struct device *inputs[SINK_INPUTS];
	char *inputs_opened[SINK_INPUTS];                 /* as `opened` */
	bool one_port;                                    /* both are INPUT_CLOCK's */
	bool lost[SINK_INPUTS];                           /* is not read until it is opened again */
	bool said[SINK_INPUTS];                           /* read() has told so */
	int first;                                        /* of the inputs, to be read next */
	uint64_t look, look_anyway, alert_until, plugged; /* when to see whether they are still there */
};
struct sink device_sink(struct device_sink *d, const char *name, struct guarded *guarded);
/* A port that was open before, by its name and number then. */
struct sink device_sink_again(struct device_sink *d, const char *name, int number);
/* Inputs alone: what is sent is dropped. */
struct sink device_sink_of_inputs(struct device_sink *d);
void device_sink_done(struct device_sink *d);

#endif
