/* The machine's audio as a sink, see synth_sink.h. */
#include "live/synth_sink.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "live/soundfont.h"
#include "midi/message.h"

#define MS       1000000ull
#define GAIN     0.8         /* four voices of a chorale reach half of full scale with TimGM6mb */
#define STALLED  (3000 * MS) /* without a block being asked for: the audio is gone */
#define LOOKAWAY (2000 * MS) /* between two messages: the process itself may have been halted */
#define DRAIN    (400 * MS)  /* at the end, for what was sent last to be taken */

void synth_sink_fill(struct synth_sink *s, float *left, float *right, size_t n, uint64_t now)
{
	const uint64_t begin = pace_block(&s->pace, now, n);
	struct synth_item item;

	atomic_fetch_add_explicit(&s->blocks, 1, memory_order_relaxed);
	for (size_t done = 0; done < n;) {
		const size_t part = n - done < SYNTH_BLOCK ? n - done : SYNTH_BLOCK;
		/* to the middle of what is rendered next: nearest, not always late */
		const uint64_t until = begin + pace_frames(&s->pace, done + part / 2);

		while (synth_queue_take(&s->queue, &item, until))
			synth_send(s->synth, item.message[0] & 15, item.message, item.size);
		synth_render(s->synth, left + done, right + done, 1, part);
		done += part;
	}
}

static void fill(void *context, float *left, float *right, size_t n)
{
	synth_sink_fill(context, left, right, n, clock_now());
}

static void release(struct synth_sink *s)
{
	synth_audio_close(s->audio);
	s->audio = NULL;
	synth_free(s->synth);
	s->synth = NULL;
	synth_queue_done(&s->queue);
}

/* With a soundfont: all that the callback needs first, then the audio that calls it. */
static int open_with(struct synth_sink *s, const char *soundfont)
{
	const struct synth_settings settings = {soundfont, SYNTH_SINK_RATE, 16, GAIN, true};
	const char *slash = strrchr(soundfont, '/');

	pace_start(&s->pace, SYNTH_SINK_RATE);
	if (synth_queue_init(&s->queue, SYNTH_SINK_QUEUE) < 0)
		return -1;
	s->synth = synth_new(&settings);
	if (!s->synth)
		return -1;
	s->audio = synth_audio_open(s->driver, SYNTH_SINK_RATE, fill, s);
	if (!s->audio)
		return -1;
	s->name = text_format("FluidSynth (%s, %s)", synth_audio_driver(s->audio), slash ? slash + 1 : soundfont);
	return s->name ? 0 : -1;
}

static int open_synth(void *context)
{
	struct synth_sink *s = context;
	char *soundfont;
	int status;

	synth_sink_done(s);
	if (!synth_library())
		return error(SYNTH_WITHOUT);
	soundfont = soundfont_find(s->soundfont);
	status = soundfont ? open_with(s, soundfont) : -1;
	free(soundfont);
	if (status < 0)
		release(s);
	return status;
}

/* Does the audio driver ask for blocks? Nobody else says so when it has come to an end. */
static bool stalls(struct synth_sink *s, uint64_t now)
{
	const uint64_t blocks = atomic_load_explicit(&s->blocks, memory_order_relaxed);

	if (blocks != s->seen || now - s->looked > LOOKAWAY) {
		s->seen = blocks;
		s->since = now;
	}
	s->looked = now;
	return now - s->since > STALLED;
}

static int send_synth(void *context, const uint8_t *message, int size)
{
	struct synth_sink *s = context;
	const uint64_t now = clock_now();

	synth_queue_send(&s->queue, message, size, now);
	s->lost = stalls(s, now);
	return s->lost ? error("the audio has come to an end (%s)", s->name) : 0;
}

/* The synthesiser stays as it is, but silent; its name stays too, since others read it. */
static int reopen_synth(void *context)
{
	struct synth_sink *s = context;

	if (!s->lost)
		return 0;
	synth_audio_close(s->audio);
	synth_queue_restart(&s->queue);
	for (int c = 0; c < 16; c++)
		synth_send(s->synth, c, (const uint8_t[]){MIDI_CONTROL, CC_SOUND_OFF, 0}, 3);
	pace_start(&s->pace, SYNTH_SINK_RATE);
	s->audio = synth_audio_open(s->driver, SYNTH_SINK_RATE, fill, s);
	if (!s->audio)
		return 1;
	s->lost = false;
	s->looked = s->since = clock_now();
	return 0;
}

static void close_synth(void *context)
{
	struct synth_sink *s = context;
	const uint64_t until = clock_now() + DRAIN;

	while (!s->lost && !synth_queue_empty(&s->queue) && clock_now() < until)
		clock_sleep_until(clock_now() + 2 * MS);
	release(s);
}

struct sink synth_sink(struct synth_sink *s, const char *soundfont, const char *driver)
{
	*s = (struct synth_sink){.soundfont = soundfont, .driver = driver};
	return (struct sink){
		.open = open_synth, .send = send_synth, .close = close_synth, .context = s, .reopen = reopen_synth};
}

void synth_sink_done(struct synth_sink *s)
{
	free(s->name);
	s->name = NULL;
}
