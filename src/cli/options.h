/*
 * Command-line options from tables: one table a command says the name, the
 * type, the range, the target and the help, and serves parsing, -h, and the
 * nearest name to a mistyped one. GNU style: --name value, --name=value, -n
 * value, -nvalue, flags together (-fv), "--" ends options; options and
 * arguments mix.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_type {
	OPTION_FLAG, /* bool */
	OPTION_INT,  /* int in [low, high] */
	OPTION_REAL, /* double in [low, high] */
	OPTION_TEXT, /* const char * */
	OPTION_SEED, /* struct option_seed */
	OPTION_LIST  /* struct option_list: may be given more than once */
};

struct option_seed {
	bool given;
	uint64_t value; /* 0 .. 2^63-1 */
};

#define OPTION_LIST_MAX 64
struct option_list {
	const char *values[OPTION_LIST_MAX];
	size_t n;
};

struct option {
	char letter; /* 0: none */
	const char *name;
	enum option_type type;
	void *target;         /* holds the preset before parsing */
	const char *argument; /* "FILE", for -h; NULL for flags */
	double low, high;
	const char *help; /* a sentence; -h breaks it into lines */
};

struct command_usage {
	const char *name;      /* "export" */
	const char *arguments; /* "[OPTIONS]" ... */
	const char *summary;   /* one line */
	const char *details;   /* more lines for -h, or NULL */
};

/*
 * What -h does instead of printing its text, until it is called with NULL: completion reads the tables so, which
 * are inside their commands. n may be 0, and options NULL then; --help itself is in no table.
 */
typedef void help_printer(const struct command_usage *usage, const struct option *options, size_t n);
void options_print_help_with(help_printer *print);

enum parsed { PARSED_GO, PARSED_HELP, PARSED_ERROR };

/*
 * Returns PARSED_GO with the arguments (pointers into argv) in *arguments,
 * which has room for argc; PARSED_HELP when -h or --help was given and
 * printed (exit 0); PARSED_ERROR when a message was printed (exit 2).
 */
enum parsed options_parse(const struct command_usage *usage, const struct option *options, size_t n_options, int argc,
                          char **argv, const char **arguments, size_t *n_arguments);

#endif
