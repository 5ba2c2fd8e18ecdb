/* musegen devices: the MIDI ports there are, by the numbers and names that `play -d` takes. */
#include "cli/cli.h"

#include <stdlib.h>

#include "base/mem.h"
#include "midi/device.h"

static const struct command_usage usage = {
	.name = "devices",
	.arguments = "",
	.summary = "List the MIDI devices by number and name.",
	.details = "`musegen play -d DEVICE` takes an output by number, by name or by a part of its name. A through\n"
		   "port hands on what it gets to whatever is connected to it, and to nothing else: it is used only\n"
		   "when it is named.",
};

/* How many there were. */
static size_t print_ports(const struct device_list *list, const char *title, bool output)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct device_info *d = &list->devices[i];

		if (!(output ? d->output : d->input))
			continue;
		if (n++ == 0)
			printf("%s\n", title);
		printf("%5d  ", d->number);
		put_clean(stdout, d->name);
		printf("%s\n", d->through ? "  (through port)" : "");
	}
	return n;
}

int cmd_devices(int argc, char **argv)
{
	const char **arguments = mem_new((size_t)argc, sizeof *arguments);
	struct device_list list;
	enum parsed parsed;
	size_t n, outputs, inputs;

	if (!arguments)
		return fail();
	parsed = options_parse(&usage, NULL, 0, argc, argv, arguments, &n);
	if (parsed == PARSED_GO && n > 0) {
		fail_usage("devices: \"%s\" is not expected", arguments[0]);
		parsed = PARSED_ERROR;
	}
	free(arguments);
	if (parsed != PARSED_GO)
		return parsed == PARSED_HELP ? EXIT_OK : EXIT_USAGE;

	if (device_list(&list) < 0)
		return fail();
	outputs = print_ports(&list, "outputs", true);
	inputs = print_ports(&list, "inputs", false);
	if (outputs + inputs == 0)
		printf("no MIDI devices: the system has neither outputs nor inputs\n");
	else if (outputs == 0)
		printf("no MIDI outputs\n");
	device_list_done(&list);
	return EXIT_OK;
}
