/*
 * Words of a command line against a table of options. A word is an option, an
 * option's value, or an argument; the first mistake ends it with one line that
 * names what was expected, and the nearest name where there is one. -h is
 * printed from the same table, so it cannot leave an option out.
 */
#include "cli/options.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/cli.h"

#define NAME_COLUMN 32 /* where the help of an option begins */
#define HELP_WIDTH  100
#define OPTIONS_MAX 64

/* "musegen: export: ..." and where to read more. */
static enum parsed bad(const struct command_usage *usage, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static enum parsed bad(const struct command_usage *usage, const char *fmt, ...)
{
	char message[ERROR_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof message, fmt, args);
	va_end(args);
	fail_usage("%s: %s (`musegen %s -h` says more)", usage->name, message, usage->name);
	return PARSED_ERROR;
}

/* Text in lines of HELP_WIDTH that begin at column `indent`; the first line is there already. */
static void print_wrapped(const char *text, size_t indent)
{
	size_t column = indent;

	while (*text) {
		size_t word = strcspn(text, " ");

		if (column > indent && column + 1 + word > HELP_WIDTH) {
			printf("\n%*s", (int)indent, "");
			column = indent;
		}
		printf("%s%.*s", column > indent ? " " : "", (int)word, text);
		column += word + (column > indent ? 1 : 0);
		text += word;
		while (*text == ' ')
			text++;
	}
	putchar('\n');
}

static void print_help(const struct command_usage *usage, const struct option *options, size_t n)
{
	printf("usage: musegen %s%s%s\n\n", usage->name, *usage->arguments ? " " : "", usage->arguments);
	print_wrapped(usage->summary, 0);
	if (usage->details)
		printf("\n%s\n", usage->details);
	putchar('\n');
	for (size_t i = 0; i < n; i++) {
		const struct option *o = &options[i];
		char name[128];
		int length;

		length = snprintf(name, sizeof name, "  %c%c%c --%s%s%s", o->letter ? '-' : ' ',
		                  o->letter ? o->letter : ' ', o->letter ? ',' : ' ', o->name, o->argument ? " " : "",
		                  o->argument ? o->argument : "");
		if (length < NAME_COLUMN)
			printf("%-*s", NAME_COLUMN, name);
		else
			printf("%s\n%*s", name, NAME_COLUMN, "");
		print_wrapped(o->help, NAME_COLUMN);
	}
	printf("  %-*s%s\n", NAME_COLUMN - 2, "-h, --help", "this text");
}

static help_printer *printer = print_help;

void options_print_help_with(help_printer *print)
{
	printer = print ? print : print_help;
}

static const struct option *find_long(const struct option *options, size_t n, const char *name, size_t length)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(options[i].name) == length && strncmp(options[i].name, name, length) == 0)
			return &options[i];
	return NULL;
}

static const struct option *find_letter(const struct option *options, size_t n, char letter)
{
	for (size_t i = 0; i < n; i++)
		if (options[i].letter == letter)
			return &options[i];
	return NULL;
}

static enum parsed unknown_long(const struct command_usage *usage, const struct option *options, size_t n,
                                const char *name, size_t length)
{
	const char *names[OPTIONS_MAX + 1];
	char word[128];
	size_t count = 0;
	int nearest;

	for (size_t i = 0; i < n && i < OPTIONS_MAX; i++)
		names[count++] = options[i].name;
	names[count++] = "help";
	snprintf(word, sizeof word, "%.*s", (int)(length < INT_MAX ? length : INT_MAX), name);
	nearest = text_nearest(word, names, count);
	if (nearest >= 0)
		return bad(usage, "unknown option --%s; did you mean --%s?", word, names[nearest]);
	return bad(usage, "unknown option --%s", word);
}

/* "-b" or "--bars", as it was typed. */
static void spell(char *buf, size_t size, const struct option *o, bool by_letter)
{
	if (by_letter)
		snprintf(buf, size, "-%c", o->letter);
	else
		snprintf(buf, size, "--%s", o->name);
}

/* Store one value. */
static enum parsed take(const struct command_usage *usage, const struct option *o, const char *typed, const char *value)
{
	char low[32], high[32];
	struct option_list *list = o->target;
	struct option_seed *seed = o->target;
	long long integer;
	double number;

	if (!value && o->type != OPTION_FLAG)
		BUG("option %s without its value", typed);
	switch (o->type) {
	case OPTION_FLAG:
		*(bool *)o->target = true;
		return PARSED_GO;
	case OPTION_INT:
		if (!text_integer(value, (long long)o->low, (long long)o->high, &integer))
			return bad(usage, "%s: \"%s\" is not a whole number from %lld to %lld", typed, value,
			           (long long)o->low, (long long)o->high);
		*(int *)o->target = (int)integer;
		return PARSED_GO;
	case OPTION_REAL:
		if (!text_real(value, o->low, o->high, &number)) {
			text_from_real(low, sizeof low, o->low);
			text_from_real(high, sizeof high, o->high);
			return bad(usage, "%s: \"%s\" is not a number from %s to %s", typed, value, low, high);
		}
		*(double *)o->target = number;
		return PARSED_GO;
	case OPTION_TEXT:
		*(const char **)o->target = value;
		return PARSED_GO;
	case OPTION_SEED:
		if (!text_integer(value, 0, LLONG_MAX, &integer))
			return bad(usage, "%s: \"%s\" is not a whole number from 0 to %lld", typed, value, LLONG_MAX);
		*seed = (struct option_seed){.given = true, .value = (uint64_t)integer};
		return PARSED_GO;
	case OPTION_LIST:
		if (list->n == OPTION_LIST_MAX)
			return bad(usage, "%s: given more than %d times", typed, OPTION_LIST_MAX);
		list->values[list->n++] = value;
		return PARSED_GO;
	}
	BUG("option --%s has no type", o->name);
}

struct walk {
	int argc, at; /* at: the next word */
	char **argv;
};

/* --name, --name=value, --name value */
static enum parsed take_long(const struct command_usage *usage, const struct option *options, size_t n, struct walk *w,
                             const char *name)
{
	size_t length = strcspn(name, "=");
	const struct option *o = find_long(options, n, name, length);
	const char *value = name[length] == '=' ? name + length + 1 : NULL;
	char typed[128];

	if (!o)
		return unknown_long(usage, options, n, name, length);
	spell(typed, sizeof typed, o, false);
	if (o->type == OPTION_FLAG && value)
		return bad(usage, "%s takes no value", typed);
	if (o->type != OPTION_FLAG && !value) {
		if (w->at == w->argc)
			return bad(usage, "%s wants a value: %s %s", typed, typed, o->argument);
		value = w->argv[w->at++];
	}
	return take(usage, o, typed, value);
}

/* -f, -fv, -n value, -nvalue */
static enum parsed take_letters(const struct command_usage *usage, const struct option *options, size_t n,
                                struct walk *w, const char *letters)
{
	for (; *letters; letters++) {
		const struct option *o;
		const char *value = NULL;
		enum parsed parsed;
		char typed[8];

		if (*letters == 'h') {
			printer(usage, options, n);
			return PARSED_HELP;
		}
		o = find_letter(options, n, *letters);
		if (!o)
			return bad(usage, "unknown option -%.*s",
			           (unsigned char)*letters < 0x80 ? 1 : (int)strlen(letters), letters);
		spell(typed, sizeof typed, o, true);
		if (o->type != OPTION_FLAG) {
			if (letters[1])
				value = letters + 1;
			else if (w->at < w->argc)
				value = w->argv[w->at++];
			else
				return bad(usage, "%s wants a value: %s %s", typed, typed, o->argument);
		}
		parsed = take(usage, o, typed, value);
		if (parsed != PARSED_GO || value)
			return parsed;
	}
	return PARSED_GO;
}

enum parsed options_parse(const struct command_usage *usage, const struct option *options, size_t n_options, int argc,
                          char **argv, const char **arguments, size_t *n_arguments)
{
	struct walk w = {.argc = argc, .at = 1, .argv = argv};

	if (n_options > OPTIONS_MAX)
		BUG("%s has more than %d options", usage->name, OPTIONS_MAX);
	*n_arguments = 0;
	while (w.at < w.argc) {
		const char *word = w.argv[w.at++];
		enum parsed parsed = PARSED_GO;

		if (word[0] != '-' || !word[1]) {
			arguments[(*n_arguments)++] = word;
			continue;
		}
		if (strcmp(word, "--") == 0) {
			while (w.at < w.argc)
				arguments[(*n_arguments)++] = w.argv[w.at++];
			break;
		}
		if (strcmp(word, "--help") == 0) {
			printer(usage, options, n_options);
			return PARSED_HELP;
		}
		if (word[1] == '-')
			parsed = take_long(usage, options, n_options, &w, word + 2);
		else
			parsed = take_letters(usage, options, n_options, &w, word + 1);
		if (parsed != PARSED_GO)
			return parsed;
	}
	return PARSED_GO;
}
