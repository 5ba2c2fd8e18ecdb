/*
 * The program: a table of commands, and what is the same for all of them.
 * Results go to stdout, which is checked at the end (a full disk is an error);
 * messages go to stderr; the exit code is 0, 1 for what failed, 2 for usage.
 */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "num/blas.h"

static const struct command commands[] = {
	{"train", cmd_train, "learn from folders of MIDI files"},
	{"play", cmd_play, "play new music, or a file, on a MIDI device"},
	{"export", cmd_export, "write new music to a MIDI file"},
	{"info", cmd_info, "what a model or a MIDI file is"},
	{"stats", cmd_stats, "what is in a corpus of MIDI files"},
	{"eval", cmd_eval, "how well a model predicts music"},
	{"judge", cmd_judge, "how real music looks to a model's judge, bar by bar"},
	{"compare", cmd_compare, "how near music that was made is to real music"},
	{"devices", cmd_devices, "list the MIDI devices"},
	{"bench", cmd_bench, "measure how fast this machine trains, generates and reads"},
	{"completion", cmd_completion, "a script that completes command lines in bash or zsh"},
};
#define COMMANDS (sizeof commands / sizeof *commands)

const struct command *command_at(size_t i)
{
	return i < COMMANDS ? &commands[i] : NULL;
}

static void print_usage(void)
{
	printf("musegen learns from a folder of MIDI files and then plays: endless music live to a\n"
	       "MIDI device, or .mid files.\n\n"
	       "usage: musegen COMMAND [OPTIONS] [ARGUMENTS]\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-12s%s\n", commands[i].name, commands[i].summary);
	printf("\n"
	       "  musegen train corpus/bach/          learn: models/bach.safetensors\n"
	       "  musegen play --live                 listen: new music without end\n"
	       "  musegen export -o theme.mid         keep: a MIDI file\n\n"
	       "`musegen COMMAND -h` lists the options of a command; `musegen --version` says what was built.\n");
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int no_such_command(const char *name)
{
	const char *names[COMMANDS + 1];
	int nearest;

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i].name;
	names[COMMANDS] = "help";
	nearest = text_nearest(name, names, COMMANDS + 1);
	if (nearest >= 0)
		return fail_usage("unknown command \"%s\"; did you mean \"%s\"?", name, names[nearest]);
	return fail_usage("unknown command \"%s\" (`musegen help` lists them)", name);
}

static int help(int argc, char **argv)
{
	char flag[] = "-h";
	char *words[] = {argc > 1 ? argv[1] : NULL, flag, NULL};
	const struct command *command;

	if (argc < 2 || strcmp(argv[1], "help") == 0) {
		print_usage();
		return EXIT_OK;
	}
	command = find_command(argv[1]);
	return command ? command->run(2, words) : no_such_command(argv[1]);
}

static int run(int argc, char **argv)
{
	const struct command *command;
	const char *name;

	if (argc < 2) {
		print_usage();
		return EXIT_OK;
	}
	name = argv[1];
	if (strcmp(name, "-h") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "help") == 0)
		return help(argc - 1, argv + 1);
	if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
		print_version(stdout);
		return EXIT_OK;
	}
	if (name[0] == '-')
		return fail_usage("unknown option %s; a command comes first (`musegen help` lists them)", name);
	command = find_command(name);
	return command ? command->run(argc - 1, argv + 1) : no_such_command(name);
}

/* A file opened later must not get the number of a stream that was closed: writing to one of these fails instead. */
static void hold_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
			_exit(EXIT_FAILED);
}

static int finish(int code)
{
	int flushed;

	errno = 0;
	flushed = fflush(stdout);
	if (flushed != 0 || ferror(stdout)) {
		error("cannot write to standard output: %s", errno ? strerror(errno) : "an earlier write failed");
		fail();
		return code == EXIT_OK ? EXIT_FAILED : code;
	}
	return code;
}

int main(int argc, char **argv)
{
	hold_standard_streams();
	print_log_plainly();
	blas_init();
	return finish(run(argc, argv));
}
