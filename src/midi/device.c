/*
 * MIDI ports through PortMidi 217, by the habits measured of it: latency 0
 * (anything else loses what is queued when a port closes), a monotonic time
 * procedure (its own follows the wall clock), ports found by name each time
 * (numbers go stale), and a write that fails once will fail until all is
 * closed, ended, begun and opened again. Nothing is read between the closing
 * of one port and the end of PortMidi: what still comes for a closed port
 * would be written through a null pointer.
 */
#include "midi/device.h"
#include <portmidi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/quiet.h"
#include "base/text.h"
#include "midi/device_listed.h"

#define OUTPUT_EVENTS 256
#define INPUT_EVENTS  1024 /* a second of clock at 2,500 quarters a minute, should nobody read for so long */
#define AT_ONCE       32   /* events taken from PortMidi with one call */

struct device {
	PortMidiStream *stream; /* NULL: not open */
	enum device_way way;
	char *name;
	int number;
	bool lost;   /* a write or read failed, or it was not found again */
	bool listed; /* the kernel lists it, and so tells when it is gone */
	unsigned long overflows;
	/* of an input: what was taken from PortMidi and not read yet */
	PmEvent events[AT_ONCE];
	int n, next;
};

static int users;     /* of PortMidi: it is begun for the first and ended with the last */
static bool is_begun; /* false with users: device_reopen() could not begin it again */

/* Milliseconds; the type wraps, and PortMidi expects it to. */
static PmTimestamp now(void *context)
{
	(void)context;
	return (PmTimestamp)(uint32_t)(clock_now() / 1000000);
}

/* Where there is no sequencer ALSA says so on stderr; we say it better. */
static int start(void)
{
	int saved = quiet_begin();
	PmError e = Pm_Initialize();

	quiet_end(saved);
	if (e != pmNoError)
		return error("PortMidi does not start: %s", Pm_GetErrorText(e));
	is_begun = true;
	return 0;
}

static void finish(void)
{
	int saved;

	if (!is_begun)
		return;
	saved = quiet_begin();
	Pm_Terminate();
	quiet_end(saved);
	is_begun = false;
}

static int begin(void)
{
	if (!is_begun && start() < 0)
		return -1;
	users++;
	return 0;
}

static void end(void)
{
	if (--users == 0)
		finish();
}

static int fill_list(struct device_list *list)
{
	int count = Pm_CountDevices();

	*list = (struct device_list){0};
	list->devices = mem_new(count > 0 ? (size_t)count : 0, sizeof *list->devices);
	if (!list->devices)
		return -1;
	for (int i = 0; i < count; i++) {
		const PmDeviceInfo *info = Pm_GetDeviceInfo(i);
		struct device_info *d = &list->devices[list->n];

		if (!info || !info->name)
			continue;
		d->number = i;
		d->name = text_clean(info->name, strlen(info->name));
		d->input = info->input;
		d->output = info->output;
		if (!d->name) {
			device_list_done(list);
			return -1;
		}
		d->through = strcasestr(d->name, "Midi Through") != NULL;
		list->n++;
	}
	return 0;
}

int device_list(struct device_list *list)
{
	int r;

	*list = (struct device_list){0};
	if (begin() < 0)
		return -1;
	r = fill_list(list);
	end();
	return r;
}

void device_list_done(struct device_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->devices[i].name);
	free(list->devices);
	*list = (struct device_list){0};
}

/* 0, or -1 with error(). */
static int open_stream(struct device *d)
{
	int saved = quiet_begin();
	PmError e;

	if (d->way == DEVICE_OUTPUT)
		e = Pm_OpenOutput(&d->stream, d->number, NULL, OUTPUT_EVENTS, now, NULL, 0);
	else
		e = Pm_OpenInput(&d->stream, d->number, NULL, INPUT_EVENTS, now, NULL);
	if (e == pmNoError && d->way == DEVICE_INPUT) {
		e = Pm_SetFilter(d->stream, PM_FILT_ACTIVE | PM_FILT_SYSEX);
		if (e != pmNoError)
			Pm_Close(d->stream);
	}
	quiet_end(saved);
	d->lost = e != pmNoError;
	if (e == pmNoError) {
		d->listed = device_listed(DEVICE_LISTED_PATH, d->name, d->way) == 1;
		return 0;
	}
	d->stream = NULL;
	return error("the MIDI %s port \"%s\" does not open: %s", d->way == DEVICE_OUTPUT ? "output" : "input", d->name,
	             Pm_GetErrorText(e));
}

static void close_stream(struct device *d)
{
	if (d->stream)
		Pm_Close(d->stream); /* fails when the device is gone, which is as good */
	d->stream = NULL;
	d->n = d->next = 0;
}

/* begin() has been called. number -1: device_choose(), else device_choose_again(). */
static struct device *open_chosen(enum device_way way, const char *name, int number)
{
	struct device_list list;
	struct device *d = NULL;
	int i;

	if (fill_list(&list) < 0)
		return NULL;
	i = number < 0 ? device_choose(&list, way, name) : device_choose_again(&list, way, name, number);
	if (i >= 0)
		d = mem_new(1, sizeof *d);
	if (d) {
		d->way = way;
		d->name = list.devices[i].name;
		d->number = list.devices[i].number;
		list.devices[i].name = NULL;
		if (open_stream(d) < 0) {
			free(d->name);
			free(d);
			d = NULL;
		}
	}
	device_list_done(&list);
	return d;
}

static struct device *open_port(enum device_way way, const char *name, int number)
{
	struct device *d;

	if (begin() < 0)
		return NULL;
	d = open_chosen(way, name, number);
	if (!d)
		end();
	return d;
}

struct device *device_open(enum device_way way, const char *name)
{
	return open_port(way, name, -1);
}

struct device *device_open_again(enum device_way way, const char *name, int number)
{
	return open_port(way, name, number);
}

const char *device_name(const struct device *d)
{
	return d->name;
}

int device_number(const struct device *d)
{
	return d->number;
}

static int lose(struct device *d)
{
	d->lost = true;
	return error("the MIDI %s port \"%s\" is lost", d->way == DEVICE_OUTPUT ? "output" : "input", d->name);
}

int device_write(struct device *d, const unsigned char *message, size_t size)
{
	uint32_t word = 0;

	if (size < 1 || size > 3 || message[0] < 0x80)
		BUG("a MIDI message of %zu bytes", size);
	for (size_t i = 0; i < size; i++) {
		/* PortMidi would send it as it is */
		if (i && message[i] > 127)
			BUG("a MIDI message with data of %u", message[i]);
		word |= (uint32_t)message[i] << 8 * i;
	}
	if (!d->stream || Pm_WriteShort(d->stream, 0, (PmMessage)word) != pmNoError)
		return lose(d);
	return 0;
}

/* The bytes of a short message; 0: it is a piece of a system exclusive one, or no message. */
static int message_size(uint32_t word)
{
	static const int system_sizes[16] = {0, 2, 3, 2, 0, 0, 1, 0, 1, 0, 1, 1, 1, 0, 0, 1};
	unsigned status = word & 0xff;
	int size;

	if (status < 0x80)
		return 0;
	if (status >= 0xf0)
		size = system_sizes[status & 15];
	else
		size = (status & 0xe0) == 0xc0 ? 2 : 3;
	for (int i = 1; i < size; i++)
		if (word >> 8 * i & 0x80)
			return 0;
	return size;
}

/* Events from PortMidi: how many, -1 lost. */
static int take_events(struct device *d)
{
	int n;

	while ((n = Pm_Read(d->stream, d->events, AT_ONCE)) == pmBufferOverflow)
		d->overflows++;
	d->next = 0;
	d->n = n > 0 ? n : 0;
	return n;
}

int device_read(struct device *d, unsigned char message[3])
{
	if (!d->stream)
		return 0;
	for (;;) {
		uint32_t word;
		int size, n = d->n - d->next;

		if (n == 0)
			n = take_events(d);
		if (n < 0)
			return lose(d);
		if (n == 0)
			return 0;
		word = (uint32_t)d->events[d->next++].message;
		size = message_size(word);
		for (int i = 0; i < 3; i++)
			message[i] = (unsigned char)(word >> 8 * i);
		if (size > 0)
			return size;
	}
}

bool device_is_there(const struct device *d)
{
	return d->stream && !d->lost;
}

bool device_look(struct device *d)
{
	if (d->listed && device_listed(DEVICE_LISTED_PATH, d->name, d->way) == 0)
		d->lost = true;
	return device_is_there(d);
}

unsigned long device_overflows(const struct device *d)
{
	return d->overflows;
}

/* Is there hope to find it? Where the kernel's list has never had it, the list does not tell. */
static bool may_be_back(const struct device *d)
{
	return !d->listed || device_listed(DEVICE_LISTED_PATH, d->name, d->way) != 0;
}

/* Open it as it was. */
static void open_again(struct device *d, const struct device_list *list)
{
	int i = device_choose_again(list, d->way, d->name, d->number);

	d->lost = true;
	if (i < 0)
		return;
	d->number = list->devices[i].number;
	open_stream(d);
}

static void reopen_all(struct device *const *devices, size_t n)
{
	struct device_list list;

	for (size_t i = 0; i < n; i++)
		if (devices[i])
			close_stream(devices[i]);
	finish();
	if (start() < 0 || fill_list(&list) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		if (devices[i])
			open_again(devices[i], &list);
	device_list_done(&list);
}

int device_reopen(struct device *const *devices, size_t n)
{
	int given = 0, missing = 0;
	bool hope = false;

	for (size_t i = 0; i < n; i++) {
		given += devices[i] != NULL;
		if (devices[i] && !device_is_there(devices[i]))
			hope |= may_be_back(devices[i]);
	}
	if (given != users)
		BUG("%d of %d open ports are to be opened again", given, users);
	if (hope)
		reopen_all(devices, n);
	for (size_t i = 0; i < n; i++)
		missing += devices[i] && !device_is_there(devices[i]);
	return missing > 0;
}

void device_close(struct device *d)
{
	if (!d)
		return;
	close_stream(d);
	end();
	free(d->name);
	free(d);
}
