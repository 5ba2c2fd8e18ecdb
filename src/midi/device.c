/*
 * MIDI output through PortMidi 217, by the habits measured of it: latency 0
 * (anything else loses what is queued when a port closes), a monotonic time
 * procedure (its own follows the wall clock), ports found by name each time
 * (numbers go stale), and a write that fails once will fail until all is
 * closed, ended, begun and opened again.
 */
#include "midi/device.h"
#include <portmidi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/quiet.h"
#include "base/text.h"

struct device {
	PortMidiStream *stream;
	char *name;
	int number;
};

static int users; /* of PortMidi: it is begun for the first and ended with the last */

/* Milliseconds; the type wraps, and PortMidi expects it to. */
static PmTimestamp now(void *context)
{
	(void)context;
	return (PmTimestamp)(uint32_t)(clock_now() / 1000000);
}

/* Where there is no sequencer ALSA says so on stderr; we say it better. */
static int begin(void)
{
	PmError e = pmNoError;
	int saved;

	if (!users) {
		saved = quiet_begin();
		e = Pm_Initialize();
		quiet_end(saved);
	}
	if (e != pmNoError)
		return error("PortMidi does not start: %s", Pm_GetErrorText(e));
	users++;
	return 0;
}

static void end(void)
{
	int saved;

	if (--users)
		return;
	saved = quiet_begin();
	Pm_Terminate();
	quiet_end(saved);
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

/* error() with the message and the outputs by number and name. */
static int error_with_ports(const struct device_list *list, const char *message)
{
	char ports[ERROR_MAX / 2] = "";
	size_t used = 0;

	for (size_t i = 0; i < list->n; i++) {
		int n;

		if (!list->devices[i].output)
			continue;
		n = snprintf(ports + used, sizeof ports - used, "%s%d \"%s\"", used ? ", " : "",
		             list->devices[i].number, list->devices[i].name);
		if (n < 0 || (size_t)n >= sizeof ports - used) {
			snprintf(ports + used, sizeof ports - used, ", ...");
			break;
		}
		used += (size_t)n;
	}
	if (!used)
		return error("no MIDI output port: the system has none");
	return error("%s: %s", message, ports);
}

/* Index of the only output for which fits() is true; -1: none, -2: several. */
static int only_output(const struct device_list *list, bool (*fits)(const struct device_info *d, const char *name),
                       const char *name)
{
	int found = -1;

	for (size_t i = 0; i < list->n; i++) {
		if (!list->devices[i].output || !fits(&list->devices[i], name))
			continue;
		if (found >= 0)
			return -2;
		found = (int)i;
	}
	return found;
}

static bool is_no_through(const struct device_info *d, const char *name)
{
	(void)name;
	return !d->through;
}

static bool contains(const struct device_info *d, const char *name)
{
	return strcasestr(d->name, name) != NULL;
}

/* By number, else by exact name: the first of several, so that a port is found again by its own name. */
static int exact_output(const struct device_list *list, const char *name)
{
	long long number;

	if (text_integer(name, 0, 1000000, &number))
		for (size_t i = 0; i < list->n; i++)
			if (list->devices[i].output && list->devices[i].number == number)
				return (int)i;
	for (size_t i = 0; i < list->n; i++)
		if (list->devices[i].output && !strcmp(list->devices[i].name, name))
			return (int)i;
	return -1;
}

int device_choose(const struct device_list *list, const char *name)
{
	char message[ERROR_MAX / 2];
	char *clean;
	int i;

	if (!name || !*name) {
		i = only_output(list, is_no_through, NULL);
		if (i >= 0)
			return i;
		if (i == -2)
			return error_with_ports(list, "several MIDI output ports, choose one by name or number");
		for (size_t j = 0; j < list->n; j++)
			if (list->devices[j].output)
				return error_with_ports(list,
				                        "no MIDI output port but such as go nowhere unless named");
		return error_with_ports(list, "no MIDI output port");
	}
	i = exact_output(list, name);
	if (i < 0)
		i = only_output(list, contains, name);
	if (i >= 0)
		return i;
	clean = text_clean(name, strlen(name));
	if (!clean)
		return -1;
	snprintf(message, sizeof message, "%s like \"%.100s\"",
	         i == -2 ? "several MIDI output ports are" : "no MIDI output port is", clean);
	free(clean);
	return error_with_ports(list, message);
}

int device_choose_again(const struct device_list *list, const char *name, int number)
{
	int found = -1;

	for (size_t i = 0; i < list->n; i++) {
		const struct device_info *d = &list->devices[i];

		if (!d->output || strcmp(d->name, name) != 0)
			continue;
		if (d->number == number)
			return (int)i;
		if (found < 0)
			found = (int)i;
	}
	return found >= 0 ? found : error("the MIDI output port \"%s\" is gone", name);
}

/* begin() has been called. number -1: device_choose(), else device_choose_again(). */
static struct device *open_chosen(const char *name, int number)
{
	struct device_list list;
	struct device *d = NULL;
	PmError e = pmNoError;
	int i, saved;

	if (fill_list(&list) < 0)
		return NULL;
	i = number < 0 ? device_choose(&list, name) : device_choose_again(&list, name, number);
	if (i >= 0)
		d = mem_new(1, sizeof *d);
	if (d) {
		d->name = list.devices[i].name;
		d->number = list.devices[i].number;
		list.devices[i].name = NULL;
		saved = quiet_begin();
		e = Pm_OpenOutput(&d->stream, list.devices[i].number, NULL, 256, now, NULL, 0);
		quiet_end(saved);
	}
	if (e != pmNoError) {
		error("the MIDI output port \"%s\" does not open: %s", d->name, Pm_GetErrorText(e));
		free(d->name);
		free(d);
		d = NULL;
	}
	device_list_done(&list);
	return d;
}

static struct device *open_port(const char *name, int number)
{
	struct device *d;

	if (begin() < 0)
		return NULL;
	d = open_chosen(name, number);
	if (!d)
		end();
	return d;
}

struct device *device_open(const char *name)
{
	return open_port(name, -1);
}

struct device *device_open_again(const char *name, int number)
{
	return open_port(name, number);
}

const char *device_name(const struct device *d)
{
	return d->name;
}

int device_number(const struct device *d)
{
	return d->number;
}

int device_write(struct device *d, const unsigned char *message, size_t size)
{
	uint32_t word = 0;
	PmError e;

	if (size < 1 || size > 3 || message[0] < 0x80)
		BUG("a MIDI message of %zu bytes", size);
	for (size_t i = 0; i < size; i++) {
		/* PortMidi would send it as it is */
		if (i && message[i] > 127)
			BUG("a MIDI message with data of %u", message[i]);
		word |= (uint32_t)message[i] << 8 * i;
	}
	e = Pm_WriteShort(d->stream, 0, (PmMessage)word);
	if (e != pmNoError)
		return error("the MIDI output port \"%s\" is lost", d->name);
	return 0;
}

void device_close(struct device *d)
{
	if (!d)
		return;
	Pm_Close(d->stream); /* fails when the device is gone, which is as good */
	end();
	free(d->name);
	free(d);
}
