/* A MIDI device or the synthesiser, see play_sink.h. */
#include "cli/play_sink.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "midi/device.h"

int play_wish_check(const struct play_wish *wish)
{
	if (wish->device && (wish->synth || wish->soundfont))
		return fail_usage("play: %s plays without a MIDI device: it does not go with --device",
		                  wish->synth ? "--synth" : "--soundfont");
	return EXIT_OK;
}

/* The synthesiser instead of a device: where it does not open either, both reasons are said. */
static int open_own(struct play_sink *p)
{
	char *reason;

	if (p->own.open(p->own.context) == 0)
		return 0;
	if (!p->no_device)
		return -1;
	reason = mem_string(error_message());
	if (reason)
		error("%s; and no sound without one: %s", p->no_device, reason);
	free(reason);
	return -1;
}

static int open_instead(void *context)
{
	return open_own(context);
}

static int send_instead(void *context, const uint8_t *message, int size)
{
	struct play_sink *p = context;

	return p->own.send(p->own.context, message, size);
}

static int reopen_instead(void *context)
{
	struct play_sink *p = context;

	return p->own.reopen(p->own.context);
}

static void close_instead(void *context)
{
	struct play_sink *p = context;

	p->own.close(p->own.context);
}

/* The synthesiser, and MIDI inputs beside it. */
static int open_beside(void *context)
{
	struct play_sink *p = context;

	if (p->inputs.open(p->inputs.context) < 0)
		return -1;
	if (open_own(p) == 0)
		return 0;
	p->inputs.close(p->inputs.context);
	return -1;
}

static int read_beside(void *context, int *input, uint8_t message[3])
{
	struct play_sink *p = context;

	return p->inputs.read(p->inputs.context, input, message);
}

/* Whichever of them is lost; an input that is not there again is no reason to stay silent. */
static int reopen_beside(void *context)
{
	struct play_sink *p = context;

	p->inputs.reopen(p->inputs.context);
	return p->own.reopen(p->own.context);
}

static void close_beside(void *context)
{
	struct play_sink *p = context;

	p->own.close(p->own.context);
	p->inputs.close(p->inputs.context);
}

/* Why there is no device to choose from, or NULL: there is one, or more. -1 when it cannot be told. */
static int find_no_device(char **reason)
{
	struct device_list list;
	bool some = false;
	int status = 0;

	*reason = NULL;
	if (device_list(&list) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		some = some || (list.devices[i].output && !list.devices[i].through);
	if (!some && device_choose(&list, DEVICE_OUTPUT, NULL) < 0) {
		*reason = mem_string(error_message());
		status = *reason ? 0 : -1;
	}
	device_list_done(&list);
	return status;
}

static void hear(struct play_sink *p, const struct play_wish *wish)
{
	p->port.input_names[INPUT_CLOCK] = wish->clock_from;
	p->port.input_names[INPUT_KEYS] = wish->input;
}

int play_sink_choose(struct play_sink *p, const struct play_wish *wish, const struct play_config *config,
                     struct guarded *guarded)
{
	const bool asked = wish->synth || wish->soundfont, unasked = strcmp(config->audio, "none") != 0;
	const char *device = wish->device ? wish->device : *config->device ? config->device : NULL;

	*p = (struct play_sink){0};
	if (!asked && !device && unasked && find_no_device(&p->no_device) < 0)
		return -1;
	p->synthesised = asked || p->no_device;
	if (!p->synthesised) {
		p->sink = device_sink(&p->port, device, guarded);
		hear(p, wish);
		/* where nothing comes the device thread need not look for it 2000 times a second */
		if (!wish->clock_from && !wish->input)
			p->sink.read = NULL;
		return 0;
	}
	p->own = synth_sink(&p->synth, wish->soundfont ? wish->soundfont : config->soundfont,
	                    unasked ? config->audio : NULL);
	p->sink = (struct sink){.open = open_instead,
	                        .send = send_instead,
	                        .close = close_instead,
	                        .context = p,
	                        .reopen = reopen_instead};
	if (!wish->clock_from && !wish->input)
		return 0;
	p->inputs = device_sink_of_inputs(&p->port);
	hear(p, wish);
	p->sink.open = open_beside;
	p->sink.close = close_beside;
	p->sink.reopen = reopen_beside;
	p->sink.read = read_beside;
	return 0;
}

const char *play_sink_name(const struct play_sink *p)
{
	return p->synthesised ? p->synth.name : p->port.opened;
}

void play_sink_done(struct play_sink *p)
{
	if (p->synthesised)
		synth_sink_done(&p->synth);
	device_sink_done(&p->port);
	free(p->no_device);
	p->no_device = NULL;
}

void play_sink_announce(const struct play_sink *p)
{
	printf("to \"");
	put_clean(stdout, play_sink_name(p));
	printf("\"%s", p->no_device ? ", since there is no MIDI device" : "");
}
