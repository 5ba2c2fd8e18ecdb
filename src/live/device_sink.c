/* MIDI ports as the sink of a stream: PortMidi is called from the stream's device thread only. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "live/guarded.h"
#include "live/stream.h"
#include "midi/device.h"
#include "midi/device_listed.h"

#define LOOK_EVERY  100000000u  /* ns: sooner than USB has a device back */
#define LOOK_ALERT  1000000000u /* after something was plugged, until the list of ports shows it */
#define LOOK_ANYWAY 2000000000u

static void close_device(void *context)
{
	struct device_sink *d = context;

	for (int i = 0; i < SINK_INPUTS; i++) {
		device_close(d->inputs[i]);
		d->inputs[i] = NULL;
	}
	device_close(d->device);
	d->device = NULL;
}

/* The guardian knows what is open before anything is sent to it. */
static int open_output(struct device_sink *d)
{
	if (d->inputs_only)
		return 0;
	if (d->number >= 0)
		d->device = device_open_again(DEVICE_OUTPUT, d->name, d->number);
	else
		d->device = device_open(DEVICE_OUTPUT, d->name);
	if (!d->device)
		return -1;
	d->opened = mem_string(device_name(d->device));
	if (!d->opened)
		return -1;
	return d->guarded ? guarded_port(d->guarded, device_name(d->device), device_number(d->device)) : 0;
}

/* Is the port of the keyboard the one that the clock comes from, which is open? 1 it is, 0, -1 there is none. */
static int is_clock_port(const struct device_sink *d)
{
	struct device_list list;
	int i, same = -1;

	if (!d->inputs[INPUT_CLOCK])
		return 0;
	if (device_list(&list) < 0)
		return -1;
	i = device_choose(&list, DEVICE_INPUT, d->input_names[INPUT_KEYS]);
	if (i >= 0)
		same = list.devices[i].number == device_number(d->inputs[INPUT_CLOCK]);
	device_list_done(&list);
	return same;
}

static int open_input(struct device_sink *d, enum sink_input input)
{
	const struct device *port;
	int same = 0;

	if (!d->input_names[input])
		return 0;
	if (input == INPUT_KEYS)
		same = is_clock_port(d);
	if (same < 0)
		return -1;
	d->one_port = same;
	if (!same)
		d->inputs[input] = device_open(DEVICE_INPUT, d->input_names[input]);
	port = same ? d->inputs[INPUT_CLOCK] : d->inputs[input];
	if (port)
		d->inputs_opened[input] = mem_string(device_name(port));
	return d->inputs_opened[input] ? 0 : -1;
}

static int open_device(void *context)
{
	struct device_sink *d = context;

	d->one_port = false;
	for (int i = 0; i < SINK_INPUTS; i++)
		d->lost[i] = d->said[i] = false;
	if (open_output(d) == 0 && open_input(d, INPUT_CLOCK) == 0 && open_input(d, INPUT_KEYS) == 0)
		return 0;
	close_device(d);
	device_sink_done(d);
	return -1;
}

static int send_device(void *context, const uint8_t *message, int size)
{
	struct device_sink *d = context;

	return d->inputs_only ? 0 : device_write(d->device, message, (size_t)size);
}

static int reopen_device(void *context)
{
	struct device_sink *d = context;
	struct device *const all[] = {d->device, d->inputs[INPUT_CLOCK], d->inputs[INPUT_KEYS]};

	device_reopen(all, sizeof all / sizeof *all);
	for (int i = 0; i < SINK_INPUTS; i++) {
		bool there = d->inputs[i] && device_is_there(d->inputs[i]);

		d->said[i] = d->said[i] && !there;
		d->lost[i] = d->inputs[i] && !there;
	}
	if (d->inputs_only)
		return 0;
	if (!device_is_there(d->device))
		return 1;
	/* the name is what it was, and was not too long */
	if (d->guarded)
		guarded_port(d->guarded, device_name(d->device), device_number(d->device));
	return 0;
}

/* Of a port that is both: whose message it is. */
static int input_of(const uint8_t *message)
{
	switch (message[0]) {
	case MIDI_POSITION:
	case MIDI_CLOCK:
	case MIDI_START:
	case MIDI_CONTINUE:
	case MIDI_STOP:
		return INPUT_CLOCK;
	default:
		return INPUT_KEYS;
	}
}

/*
 * An input that is unplugged says nothing of it. The list of ports is long to
 * read: it is looked at when something was plugged, and else now and then.
 */
static void look_for_inputs(struct device_sink *d)
{
	uint64_t now = clock_now(), plugged;

	if (now < d->look || (!d->inputs[INPUT_CLOCK] && !d->inputs[INPUT_KEYS]))
		return;
	d->look = now + LOOK_EVERY;
	plugged = device_plugged();
	if (plugged != d->plugged)
		d->alert_until = now + LOOK_ALERT;
	d->plugged = plugged;
	if (now >= d->alert_until && now < d->look_anyway)
		return;
	d->look_anyway = now + LOOK_ANYWAY;
	for (int i = 0; i < SINK_INPUTS; i++)
		if (d->inputs[i] && !d->lost[i])
			d->lost[i] = !device_look(d->inputs[i]);
}

/* device_read(), but that a lost one is said to be once, and left alone then. */
static int read_input(struct device_sink *d, int from, uint8_t message[3])
{
	int size = d->lost[from] ? -1 : device_read(d->inputs[from], message);

	if (size >= 0)
		return size;
	d->lost[from] = true;
	if (d->said[from])
		return 0;
	d->said[from] = true;
	return error("the MIDI input port \"%s\" is gone", device_name(d->inputs[from]));
}

/* In turns, so that one that never rests does not keep the other waiting. */
static int read_device(void *context, int *input, uint8_t message[3])
{
	struct device_sink *d = context;

	look_for_inputs(d);
	for (int i = 0; i < SINK_INPUTS; i++) {
		int from = (d->first + i) % SINK_INPUTS, size;

		if (!d->inputs[from])
			continue;
		size = read_input(d, from, message);
		if (size == 0)
			continue;
		d->first = (from + 1) % SINK_INPUTS;
		*input = size > 0 && d->one_port ? input_of(message) : from;
		return size;
	}
	return 0;
}

static struct sink sink_of(struct device_sink *d)
{
	return (struct sink){.open = open_device,
	                     .send = send_device,
	                     .close = close_device,
	                     .context = d,
	                     .reopen = reopen_device,
	                     .read = read_device};
}

struct sink device_sink(struct device_sink *d, const char *name, struct guarded *guarded)
{
	*d = (struct device_sink){.name = name, .number = -1, .guarded = guarded};
	return sink_of(d);
}

struct sink device_sink_again(struct device_sink *d, const char *name, int number)
{
	*d = (struct device_sink){.name = name, .number = number};
	return sink_of(d);
}

struct sink device_sink_of_inputs(struct device_sink *d)
{
	*d = (struct device_sink){.number = -1, .inputs_only = true};
	return sink_of(d);
}

void device_sink_done(struct device_sink *d)
{
	free(d->opened);
	d->opened = NULL;
	for (int i = 0; i < SINK_INPUTS; i++) {
		free(d->inputs_opened[i]);
		d->inputs_opened[i] = NULL;
	}
}
