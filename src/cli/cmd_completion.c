/*
 * musegen completion: a script that makes bash or zsh complete musegen's
 * command lines. It is printed from the tables that -h is printed from, so
 * that an option added there is completed too. Names that come and go (models,
 * styles, ports) the script asks this command for when they are wanted.
 */
#include "cli/completion.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "midi/device.h"

#define KINDS_MAX 256

static const struct command_usage usage = {
	.name = "completion",
	.arguments = "bash | zsh",
	.summary = "Print a script that completes command lines in bash or zsh.",
	.details = "  source <(musegen completion bash)   in ~/.bashrc\n"
		   "  source <(musegen completion zsh)    in ~/.zshrc, after compinit\n"
		   "\n"
		   "`make install` puts both where the shells look by themselves. The scripts ask for names by\n"
		   "`musegen completion models`, presets, styles (of a MODEL), devices and settings, which print\n"
		   "a line each.",
};

/* ---- kinds --------------------------------------------------------------- */

/* By an option's name, where that says more than "NAME" or "TEXT" does. */
static const char *const by_option[][2] = {
	{"model", "models"}, {"preset", "presets"}, {"style", "styles"}, {"device", "devices"}, {"set", "settings"},
};

/* By what usage lines call an argument. */
static const char *const by_word[][2] = {
	{"FILE", "files"},   {"DIR", "files"},    {"FOLDER", "files"},
	{"CORPUS", "files"}, {"MODEL", "models"}, {"COMMAND", "commands"},
};

static void add_kind(char kinds[KINDS_MAX], const char *mark, const char *kind, size_t length)
{
	size_t n = strlen(kinds);

	if (n + length + 3 > KINDS_MAX)
		BUG("too many kinds of arguments: %s", kinds);
	snprintf(kinds + n, KINDS_MAX - n, "%s%s%.*s", n ? " " : "", mark, (int)length, kind);
}

/* The words of a usage line: what is in capitals stands for a kind of thing, what is not stands for itself. */
static void read_words(char kinds[KINDS_MAX], const char *line)
{
	kinds[0] = '\0';
	while (*(line += strspn(line, " []|.")) != '\0') {
		size_t length = strcspn(line, " []|.");

		if (*line >= 'a' && *line <= 'z')
			add_kind(kinds, "@", line, length);
		for (size_t i = 0; i < sizeof by_word / sizeof *by_word; i++)
			if (strlen(by_word[i][0]) == length && strncmp(by_word[i][0], line, length) == 0 &&
			    !strstr(kinds, by_word[i][1]))
				add_kind(kinds, "", by_word[i][1], strlen(by_word[i][1]));
		/* of FILE.mid, the suffix is no word */
		line += strcspn(line, " []|");
	}
}

const char *completion_value(const struct option *o)
{
	static char kinds[KINDS_MAX];

	if (o->type == OPTION_FLAG)
		return NULL;
	for (size_t i = 0; i < sizeof by_option / sizeof *by_option; i++)
		if (strcmp(o->name, by_option[i][0]) == 0)
			return by_option[i][1];
	read_words(kinds, o->argument);
	return *kinds ? kinds : "text";
}

const char *completion_arguments(const struct command_usage *command)
{
	static char kinds[KINDS_MAX];

	read_words(kinds, command->arguments);
	return kinds;
}

void completion_each_command(help_printer *print)
{
	const struct command *command;

	options_print_help_with(print);
	for (size_t i = 0; (command = command_at(i)); i++) {
		char *name = mem_string(command->name);
		char flag[] = "-h";
		char *words[] = {name, flag, NULL};

		if (name)
			command->run(2, words);
		free(name);
	}
	options_print_help_with(NULL);
}

/* ---- names --------------------------------------------------------------- */

/* A name that a shell can be given; one with a control character in it is passed over. */
static void print_name(const char *name)
{
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return;
	puts(name);
}

static int print_names(size_t (*list)(char *names[NAMES_MAX]))
{
	char *names[NAMES_MAX] = {0};
	size_t n = list(names);

	for (size_t i = 0; i < n; i++) {
		print_name(names[i]);
		free(names[i]);
	}
	return 0;
}

/* Of a model by name or path; NULL: the one that would be used. */
static int print_styles(const char *name)
{
	struct settings settings;
	char *path = NULL, *why = NULL;
	struct model *m = NULL;

	if (settings_load(&settings, NULL, NULL) == 0 && find_model(&path, &why, name, &settings) == 0)
		m = model_load(path);
	free(path);
	free(why);
	if (!m)
		return -1;
	for (int i = 0; i < m->vocab->n_styles; i++)
		print_name(m->vocab->styles[i]);
	model_free(m);
	return 0;
}

static int print_devices(void)
{
	struct device_list list;

	if (device_list(&list) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		if (list.devices[i].output)
			print_name(list.devices[i].name);
	device_list_done(&list);
	return 0;
}

static int print_settings(void)
{
	struct settings settings;
	struct conf_room rooms[SETTINGS_ROOMS];

	settings_presets(&settings);
	settings_rooms(rooms, &settings);
	for (size_t i = 0; i < SETTINGS_ROOMS; i++)
		for (size_t j = 0; j < rooms[i].n; j++)
			printf("%s.%s\n", rooms[i].section, rooms[i].items[j].key);
	return 0;
}

/* ---- the command --------------------------------------------------------- */

static int print_one(const char *what, const char *model)
{
	if (strcmp(what, "models") == 0)
		return print_names(list_models);
	if (strcmp(what, "presets") == 0)
		return print_names(list_presets);
	if (strcmp(what, "styles") == 0)
		return print_styles(model);
	if (strcmp(what, "devices") == 0)
		return print_devices();
	if (strcmp(what, "settings") == 0)
		return print_settings();
	if (strcmp(what, "bash") == 0)
		completion_bash();
	else
		completion_zsh();
	return 0;
}

int cmd_completion(int argc, char **argv)
{
	static const char *const known[] = {"bash", "zsh", "models", "presets", "styles", "devices", "settings"};
	const size_t n_known = sizeof known / sizeof *known;
	const char **words = mem_new((size_t)argc, sizeof *words);
	const char *what, *model;
	enum parsed parsed;
	size_t n, i = 0;
	int nearest;

	if (!words)
		return fail();
	parsed = options_parse(&usage, NULL, 0, argc, argv, words, &n);
	what = parsed == PARSED_GO && n > 0 ? words[0] : NULL;
	model = n > 1 ? words[1] : NULL;
	free(words);
	if (parsed != PARSED_GO)
		return parsed == PARSED_HELP ? EXIT_OK : EXIT_USAGE;
	if (!what)
		return fail_usage("completion: of which shell, bash or zsh?");
	while (i < n_known && strcmp(what, known[i]) != 0)
		i++;
	nearest = text_nearest(what, known, n_known);
	if (i == n_known && nearest >= 0)
		return fail_usage("completion: \"%s\" is not known; did you mean \"%s\"?", what, known[nearest]);
	if (i == n_known)
		return fail_usage("completion: \"%s\" is neither bash nor zsh", what);
	if (n > (strcmp(what, "styles") == 0 ? 2u : 1u))
		return fail_usage("completion: too many words after \"%s\"", what);
	return print_one(what, model) < 0 ? fail() : EXIT_OK;
}
