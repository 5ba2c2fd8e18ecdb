/* A MIDI output port as the sink of a stream: PortMidi is called from the stream's device thread only. */
#include <stdlib.h>

#include "base/mem.h"
#include "live/stream.h"
#include "midi/device.h"

static int open_device(void *context)
{
	struct device_sink *d = context;

	d->device = device_open(d->name);
	if (!d->device)
		return -1;
	d->opened = mem_string(device_name(d->device));
	if (d->opened)
		return 0;
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

struct sink device_sink(struct device_sink *d, const char *name)
{
	*d = (struct device_sink){.name = name};
	return (struct sink){open_device, send_device, close_device, d};
}

void device_sink_done(struct device_sink *d)
{
	free(d->opened);
	d->opened = NULL;
}
