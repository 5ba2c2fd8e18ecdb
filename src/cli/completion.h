/*
 * What the completion scripts of both shells are made of: the tables that -h
 * is printed from, and the kind of thing that each value and argument is.
 *
 * A kind is a word that the scripts know: "files"; "models", "presets",
 * "styles", "devices", "settings", which `musegen completion KIND` lists;
 * "commands"; "@word", the word itself; "text", which nobody can complete.
 */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "cli/cli.h"

/* `print` gets the tables of each command in turn, of this one too. */
void completion_each_command(help_printer *print);

/* Every kind that may be a value of this option, with blanks between them; NULL for a flag. Valid until the next call. */
const char *completion_value(const struct option *o);

/* The same of a command's arguments; "" when it has none. */
const char *completion_arguments(const struct command_usage *usage);

/* The scripts, on stdout. */
void completion_bash(void);
void completion_zsh(void);

#endif
