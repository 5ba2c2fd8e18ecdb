/* Which of the ports there are is meant, see device.h: no call of PortMidi here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/text.h"
#include "midi/device.h"

static bool goes(const struct device_info *d, enum device_way way)
{
	return way == DEVICE_OUTPUT ? d->output : d->input;
}

static const char *way_name(enum device_way way)
{
	return way == DEVICE_OUTPUT ? "output" : "input";
}

/* error() with the message and the ports of this way by number and name. */
static int error_with_ports(const struct device_list *list, enum device_way way, const char *message)
{
	char ports[ERROR_MAX / 2] = "";
	size_t used = 0;

	for (size_t i = 0; i < list->n; i++) {
		int n;

		if (!goes(&list->devices[i], way))
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
		return error("no MIDI %s port: the system has none", way_name(way));
	return error("%s: %s", message, ports);
}

/* Index of the only port of this way for which fits() is true; -1: none, -2: several. */
static int only_port(const struct device_list *list, enum device_way way,
                     bool (*fits)(const struct device_info *d, const char *name), const char *name)
{
	int found = -1;

	for (size_t i = 0; i < list->n; i++) {
		if (!goes(&list->devices[i], way) || !fits(&list->devices[i], name))
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
static int exact_port(const struct device_list *list, enum device_way way, const char *name)
{
	long long number;

	if (text_integer(name, 0, 1000000, &number))
		for (size_t i = 0; i < list->n; i++)
			if (goes(&list->devices[i], way) && list->devices[i].number == number)
				return (int)i;
	for (size_t i = 0; i < list->n; i++)
		if (goes(&list->devices[i], way) && !strcmp(list->devices[i].name, name))
			return (int)i;
	return -1;
}

/* Nothing was named. */
static int choose_unnamed(const struct device_list *list, enum device_way way)
{
	char message[ERROR_MAX / 2];
	int i = only_port(list, way, is_no_through, NULL);

	if (i >= 0)
		return i;
	if (i == -2)
		snprintf(message, sizeof message, "several MIDI %s ports, choose one by name or number", way_name(way));
	else
		snprintf(message, sizeof message, "no MIDI %s port but such as %s unless named", way_name(way),
		         way == DEVICE_OUTPUT ? "go nowhere" : "nothing comes from");
	return error_with_ports(list, way, message);
}

int device_choose(const struct device_list *list, enum device_way way, const char *name)
{
	char message[ERROR_MAX / 2];
	char *clean;
	int i;

	if (!name || !*name)
		return choose_unnamed(list, way);
	i = exact_port(list, way, name);
	if (i < 0)
		i = only_port(list, way, contains, name);
	if (i >= 0)
		return i;
	clean = text_clean(name, strlen(name));
	if (!clean)
		return -1;
	snprintf(message, sizeof message,
	         i == -2 ? "several MIDI %s ports are like \"%.100s\"" : "no MIDI %s port is like \"%.100s\"",
	         way_name(way), clean);
	free(clean);
	return error_with_ports(list, way, message);
}

int device_choose_again(const struct device_list *list, enum device_way way, const char *name, int number)
{
	int found = -1;

	for (size_t i = 0; i < list->n; i++) {
		const struct device_info *d = &list->devices[i];

		if (!goes(d, way) || strcmp(d->name, name) != 0)
			continue;
		if (d->number == number)
			return (int)i;
		if (found < 0)
			found = (int)i;
	}
	return found >= 0 ? found : error("the MIDI %s port \"%s\" is gone", way_name(way), name);
}
