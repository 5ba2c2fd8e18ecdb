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
#include "live/source.h"

#define STREAM_LATE  50000000u  /* ns */
#define STREAM_RETRY 250000000u /* ns */

/* Where messages go, and where they come from. All are called from the device thread only. */
struct sink {
	int (*open)(void *context);   /* 0, or -1 with error() */
	player_send *send;            /* 0, or -1 with error(): the sink is lost */
	void (*close)(void *context); /* after open() succeeded */
	void *context;
	/* NULL, or after it was lost: 0 it is there again, 1 not yet */
	int (*reopen)(void *context);
	/* NULL, or a message that has come in by one of its inputs: its size, 0 none, -1 an input is lost */
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
		late_max; /* of messages, ms, as written; to 10 us, but for the last at most 10 ms */
	int shifts;       /* how often time was shifted */
	double shifted;   /* by how much in all, seconds */
	int varied;       /* bars that were played again because composing fell behind */
	int losses;       /* how often the sink was lost */
};

struct stream;

/*
 * Start both threads and wait until the sink is open. The source, the sink and
 * the table of open notes, which is empty, stay the caller's and must outlive
 * the stream; open NULL: a table of the stream's own. NULL when the sink could
 * not be opened, with its message.
 */
struct stream *stream_start(struct source *source, const struct sink *sink, struct open_notes *open);

/* What follows is for the thread that started the stream. */

void stream_status(const struct stream *s, struct stream_status *status);

/* From the next moment on. Tempo: us a quarter, 0 the music's own; muted: parts as bits, which also end what they hold. */
void stream_tempo(struct stream *s, uint32_t us_per_quarter);
void stream_mute(struct stream *s, uint64_t parts);
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

/* A MIDI output port (midi/device.h) as a sink: the context is a struct device_sink. */
struct device;
struct guarded;
struct device_sink {
	const char *name; /* asked for, or NULL */
	int number;       /* -1; else the port has exactly this name, and this number if one of that name still has */
	struct guarded *guarded; /* is told which port is open, or NULL */
	struct device *device;
	char *opened; /* the name of the port once it is open; valid until device_sink_done() */
};
struct sink device_sink(struct device_sink *d, const char *name, struct guarded *guarded);
/* A port that was open before, by its name and number then. */
struct sink device_sink_again(struct device_sink *d, const char *name, int number);
void device_sink_done(struct device_sink *d);

#endif
