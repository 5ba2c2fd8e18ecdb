/*
 * FluidSynth, see synth.h. Its log is process-wide and goes to stderr; here
 * it goes nowhere, but for what is said of an error in the thread that waits
 * for an answer, which becomes our message.
 */
#include "live/synth.h"

#ifdef HAVE_FLUIDSYNTH
#include <fluidsynth.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/quiet.h"
#include "midi/message.h"

#define POLYPHONY 512
/* Of the driver's buffer: frames, and how many of them. 43 ms: FluidSynth's own 21 are little for a busy machine. */
#define AUDIO_PERIOD  512
#define AUDIO_PERIODS 4
#define SAID_MAX      200

struct synth {
	fluid_settings_t *settings;
	fluid_synth_t *fluid;
};

struct synth_audio {
	fluid_settings_t *settings;
	fluid_audio_driver_t *driver;
	char *name;
	synth_audio_fill *fill;
	void *context;
};

/* ---- what FluidSynth says ------------------------------------------------ */

static _Thread_local char *said; /* SAID_MAX bytes for the last error of this thread's call, or NULL */

static void hear(int level, const char *message, void *context)
{
	(void)context;
	if (said && (level == FLUID_ERR || level == FLUID_PANIC))
		snprintf(said, SAID_MAX, "%s", message);
}

/* Until listen_end() errors of this thread are written to buf, which has SAID_MAX bytes. */
static void listen_begin(char *buf)
{
	for (int level = 0; level < LAST_LOG_LEVEL; level++)
		fluid_set_log_function(level, hear, NULL);
	*buf = '\0';
	said = buf;
}

static void listen_end(void)
{
	said = NULL;
}

/* ---- the synthesiser ----------------------------------------------------- */

const char *synth_library(void)
{
	static char name[64];

	if (!*name)
		snprintf(name, sizeof name, "FluidSynth %s", fluid_version_str());
	return name;
}

static int configure(fluid_settings_t *f, const struct synth_settings *s)
{
	const int channels = (s->channels + 15) / 16 * 16;

	if (s->channels < 1 || s->channels > SYNTH_CHANNELS_MAX)
		BUG("a synthesiser of %d channels", s->channels);
	if (fluid_settings_setnum(f, "synth.sample-rate", s->rate) == FLUID_OK &&
	    fluid_settings_setnum(f, "synth.gain", s->gain) == FLUID_OK &&
	    fluid_settings_setint(f, "synth.midi-channels", channels) == FLUID_OK &&
	    fluid_settings_setint(f, "synth.polyphony", POLYPHONY) == FLUID_OK &&
	    fluid_settings_setint(f, "synth.cpu-cores", 1) == FLUID_OK &&
	    fluid_settings_setint(f, "synth.threadsafe-api", 0) == FLUID_OK &&
	    fluid_settings_setint(f, "synth.dynamic-sample-loading", !s->live) == FLUID_OK &&
	    fluid_settings_setint(f, "synth.lock-memory", s->live) == FLUID_OK)
		return 0;
	return error("FluidSynth does not take its settings");
}

/* Parts are never drums: beyond the first sixteen channels there is none for them. */
static void make_melodic(fluid_synth_t *f, int channels)
{
	for (int c = 25; c < channels; c += 16)
		fluid_synth_set_channel_type(f, c, CHANNEL_TYPE_MELODIC);
	if (channels > 16)
		fluid_synth_set_channel_type(f, 9, CHANNEL_TYPE_MELODIC);
}

static int open_synth(struct synth *s, const struct synth_settings *settings, char *reason)
{
	s->settings = new_fluid_settings();
	if (!s->settings)
		return error("out of memory (FluidSynth)");
	if (configure(s->settings, settings) < 0)
		return -1;
	s->fluid = new_fluid_synth(s->settings);
	if (!s->fluid)
		return error("FluidSynth does not start: %s", *reason ? reason : "it does not say why");
	*reason = '\0';
	if (!fluid_is_soundfont(settings->soundfont))
		return error("%s: is no soundfont", settings->soundfont);
	if (fluid_synth_sfload(s->fluid, settings->soundfont, 1) == FLUID_FAILED)
		return error("%s: FluidSynth cannot load this soundfont%s%s", settings->soundfont, *reason ? ": " : "",
		             reason);
	make_melodic(s->fluid, fluid_synth_count_midi_channels(s->fluid));
	return 0;
}

struct synth *synth_new(const struct synth_settings *settings)
{
	struct synth *s = mem_new(1, sizeof *s);
	char reason[SAID_MAX];
	int status;

	if (!s)
		return NULL;
	listen_begin(reason);
	status = open_synth(s, settings, reason);
	listen_end();
	if (status == 0)
		return s;
	synth_free(s);
	return NULL;
}

void synth_free(struct synth *s)
{
	if (!s)
		return;
	if (s->fluid)
		delete_fluid_synth(s->fluid);
	if (s->settings)
		delete_fluid_settings(s->settings);
	free(s);
}

/* What fails here (a note-off of a note that has died away) has no consequences. */
void synth_send(struct synth *s, int channel, const uint8_t *message, int size)
{
	const int kind = message[0] & 0xf0, first = size > 1 ? message[1] : 0, second = size > 2 ? message[2] : 0;

	if (size < 2 || kind == 0xf0)
		return;
	switch (kind) {
	case MIDI_NOTE_OFF:
		fluid_synth_noteoff(s->fluid, channel, first);
		break;
	case MIDI_NOTE_ON:
		fluid_synth_noteon(s->fluid, channel, first, second);
		break;
	case MIDI_CONTROL:
		fluid_synth_cc(s->fluid, channel, first, second);
		break;
	case MIDI_PROGRAM:
		fluid_synth_program_change(s->fluid, channel, first);
		break;
	case MIDI_PRESSURE:
		fluid_synth_channel_pressure(s->fluid, channel, first);
		break;
	case MIDI_BEND:
		fluid_synth_pitch_bend(s->fluid, channel, second << 7 | first);
		break;
	default:
		fluid_synth_key_pressure(s->fluid, channel, first, second);
	}
}

void synth_render(struct synth *s, float *left, float *right, int stride, size_t n)
{
	fluid_synth_write_float(s->fluid, (int)n, left, 0, stride, right, 0, stride);
}

int synth_voices(struct synth *s)
{
	return fluid_synth_get_active_voice_count(s->fluid);
}

/* ---- the machine's audio ------------------------------------------------- */

/* Drivers to try in turn: FluidSynth's own choice, then those that need nothing to be said or started. */
static const char *const drivers[] = {NULL, "pulseaudio", "pipewire", "alsa", "oss", "coreaudio"};
#define DRIVERS (sizeof drivers / sizeof *drivers)

static int fill_audio(void *context, int n, int n_effects, float *effects[], int n_out, float *out[])
{
	struct synth_audio *a = context;

	(void)n_effects;
	(void)effects;
	if (n_out < 2)
		return FLUID_FAILED;
	a->fill(a->context, out[0], out[1], (size_t)n);
	return FLUID_OK;
}

static void look_for(void *wanted, const char *setting, const char *option)
{
	const char **name = wanted;

	(void)setting;
	if (*name && strcmp(*name, option) == 0)
		*name = NULL;
}

/* Was FluidSynth built with this driver? */
static bool has_driver(fluid_settings_t *f, const char *name)
{
	fluid_settings_foreach_option(f, "audio.driver", &name, look_for);
	return name == NULL;
}

static void list_driver(void *text, const char *setting, const char *option)
{
	const size_t used = strlen(text);

	(void)setting;
	snprintf((char *)text + used, SAID_MAX - used, "%s%s", used ? ", " : "", option);
}

/* Opened, or why not in reason. */
static bool try_driver(struct synth_audio *a, const char *name, char *reason)
{
	listen_begin(reason);
	if (fluid_settings_setstr(a->settings, "audio.driver", name) == FLUID_OK)
		a->driver = new_fluid_audio_driver2(a->settings, fill_audio, a);
	listen_end();
	if (!a->driver && !*reason)
		snprintf(reason, SAID_MAX, "it takes no sound from a program");
	return a->driver != NULL;
}

static int open_named(struct synth_audio *a, const char *name)
{
	char reason[SAID_MAX] = "";

	if (!has_driver(a->settings, name)) {
		fluid_settings_foreach_option(a->settings, "audio.driver", reason, list_driver);
		return error("no audio driver is called \"%s\": FluidSynth has %s", name, reason);
	}
	if (!try_driver(a, name, reason))
		return error("no audio: the driver %s does not open: %s", name, reason);
	a->name = mem_string(name);
	return a->name ? 0 : -1;
}

static int open_any(struct synth_audio *a)
{
	char tried[SAID_MAX] = "", why[SAID_MAX + 32] = "", reason[SAID_MAX], *first = NULL;

	fluid_settings_dupstr(a->settings, "audio.driver", &first);
	for (size_t i = 0; i < DRIVERS && !a->driver; i++) {
		const char *name = i == 0 ? first : drivers[i];

		if (!name || !has_driver(a->settings, name) || (i > 0 && first && strcmp(name, first) == 0))
			continue;
		if (try_driver(a, name, reason))
			a->name = mem_string(name);
		else if (!*tried)
			snprintf(why, sizeof why, "; %s: %s", name, reason);
		list_driver(tried, NULL, name);
	}
	fluid_free(first);
	if (!a->driver)
		return error("no audio on this machine (tried: %s%s)", *tried ? tried : "nothing", why);
	return a->name ? 0 : -1;
}

struct synth_audio *synth_audio_open(const char *driver, int rate, synth_audio_fill *fill, void *context)
{
	struct synth_audio *a = mem_new(1, sizeof *a);
	char reason[SAID_MAX];
	int status = -1, saved;

	if (!a)
		return NULL;
	a->fill = fill;
	a->context = context;
	listen_begin(reason);
	a->settings = new_fluid_settings();
	listen_end();
	saved = quiet_begin();
	if (!a->settings || fluid_settings_setnum(a->settings, "synth.sample-rate", rate) != FLUID_OK ||
	    fluid_settings_setint(a->settings, "audio.period-size", AUDIO_PERIOD) != FLUID_OK ||
	    fluid_settings_setint(a->settings, "audio.periods", AUDIO_PERIODS) != FLUID_OK)
		error("FluidSynth does not start: %s", *reason ? reason : "it does not say why");
	else
		status = driver && *driver ? open_named(a, driver) : open_any(a);
	quiet_end(saved);
	if (status == 0)
		return a;
	synth_audio_close(a);
	return NULL;
}

const char *synth_audio_driver(const struct synth_audio *a)
{
	return a->name;
}

void synth_audio_close(struct synth_audio *a)
{
	if (!a)
		return;
	if (a->driver)
		delete_fluid_audio_driver(a->driver);
	if (a->settings)
		delete_fluid_settings(a->settings);
	free(a->name);
	free(a);
}

#endif
