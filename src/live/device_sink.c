/* A MIDI output port as the sink of a stream: PortMidi is called from the stream's device thread only. */
#include <stdlib.h>

#include "base/mem.h"
#include "live/guarded.h"
#include "live/stream.h"
#include "midi/device.h"

static int open_device(void *context)
{
	struct device_sink *d = context;

	d->device = d->number >= 0 ? device_open_again(d->name, d->number) : device_open(d->name);
	if (!d->device)
		return -1;
	d->opened = mem_string(device_name(d->device));
	if (d->opened &&
	    (!d->guarded || guarded_port(d->guarded, device_name(d->device), device_number(d->device)) == 0))
		return 0;
	device_sink_done(d);
	device_close(d->device);
	d->device = NULL;
	return -1;
}

static int send_device(void *context, const uint8_t *message, int size)
{
	struct device_sink *d = context;

	return device_write(d->device, message, (size_t)size);
}

static void close_device(void *context)
{
	struct device_sink *d = context;

	device_close(d->device);
	d->device = NULL;
}

static struct sink sink_of(struct device_sink *d)
{
	return (struct sink){.open = open_device, .send = send_device, .close = close_device, .context = d};
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

void device_sink_done(struct device_sink *d)
{
	free(d->opened);
	d->opened = NULL;
}
