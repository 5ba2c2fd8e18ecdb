/*
 * The completion script for bash. Three functions of it are tables, printed
 * from those of the commands: options, kinds of their values, kinds of
 * arguments. The rest is the same whatever the commands are. It needs bash
 * alone, and takes "--name=value" as one word and as the three that bash
 * makes of it.
 */
#include "cli/completion.h"

static void print_commands(void)
{
	const struct command *command;

	for (size_t i = 0; (command = command_at(i)); i++)
		printf("%s%s", i > 0 ? " " : "", command->name);
}

static void print_options(const struct command_usage *usage, const struct option *options, size_t n)
{
	printf("\t%s) words=\"", usage->name);
	for (size_t i = 0; i < n; i++) {
		if (options[i].letter)
			printf("-%c ", options[i].letter);
		printf("--%s ", options[i].name);
	}
	printf("-h --help\" ;;\n");
}

static void print_values(const struct command_usage *usage, const struct option *options, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct option *o = &options[i];
		const char *kinds = completion_value(o);

		if (!kinds)
			continue;
		printf("\t%s:--%s", usage->name, o->name);
		if (o->letter)
			printf(" | %s:-%c", usage->name, o->letter);
		printf(") kinds=\"%s\" ;;\n", kinds);
	}
}

static void print_arguments(const struct command_usage *usage, const struct option *options, size_t n)
{
	const char *kinds = completion_arguments(usage);

	(void)options;
	(void)n;
	if (*kinds)
		printf("\t%s) kinds=\"%s\" ;;\n", usage->name, kinds);
}

static void print_table(const char *comment, const char *name, const char *subject, help_printer *print)
{
	printf("# %s\n%s() {\n\tcase %s in\n", comment, name, subject);
	completion_each_command(print);
	printf("\tesac\n}\n\n");
}

static const char offering[] =
	"# Lines of the standard input that begin as the word does, quoted as the shell wants them.\n"
	"_musegen_offer() {\n"
	"\tlocal line\n"
	"\n"
	"\twhile IFS= read -r line; do\n"
	"\t\t[[ $line == \"$current\"* ]] || continue\n"
	"\t\t[[ $quote ]] || printf -v line %q \"$line\"\n"
	"\t\tCOMPREPLY+=(\"$before$line\")\n"
	"\tdone\n"
	"}\n"
	"\n"
	"# What there is of one kind.\n"
	"_musegen_kind() {\n"
	"\tlocal kind=$1\n"
	"\n"
	"\t# what has a slash in it is a path of a model, not a name\n"
	"\t[[ $kind != models || $current != */* ]] || kind=files\n"
	"\tcase $kind in\n"
	"\tfiles)\n"
	"\t\tcompopt -o filenames 2>/dev/null\n"
	"\t\tmapfile -O ${#COMPREPLY[@]} -t COMPREPLY < <(compgen -P \"$before\" -f -- \"$current\")\n"
	"\t\t;;\n"
	"\tcommands) mapfile -t COMPREPLY < <(compgen -W \"$_musegen_commands\" -- \"$current\") ;;\n"
	"\tstyles) _musegen_offer < <(\"$program\" completion styles ${model:+\"$model\"} 2>/dev/null) ;;\n"
	"\tsettings)\n"
	"\t\tcompopt -o nospace 2>/dev/null\n"
	"\t\t_musegen_offer < <(\"$program\" completion settings 2>/dev/null | sed 's/$/=/')\n"
	"\t\t;;\n"
	"\tmodels | presets | devices) _musegen_offer < <(\"$program\" completion \"$kind\" 2>/dev/null) ;;\n"
	"\t@*) _musegen_offer <<<\"${kind#@}\" ;;\n"
	"\tesac\n"
	"}\n"
	"\n";

static const char completing[] =
	"_musegen() {\n"
	"\tlocal program=$1 current=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\tlocal command=${COMP_WORDS[1]} before='' quote='' model='' words='' kinds='' ended='' i\n"
	"\tlocal IFS=$' \\t\\n'\n"
	"\n"
	"\tCOMPREPLY=()\n"
	"\tif ((COMP_CWORD == 1)); then\n"
	"\t\twords=\"$_musegen_commands help\"\n"
	"\t\t[[ $current != -* ]] || words='-h --help -V --version'\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tif [[ $command == help ]]; then\n"
	"\t\t((COMP_CWORD > 2)) || _musegen_kind commands\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tfor ((i = 2; i < COMP_CWORD; i++)); do\n"
	"\t\tcase ${COMP_WORDS[i]} in\n"
	"\t\t--) ended=yes ;;\n"
	"\t\t-m | --model)\n"
	"\t\t\tmodel=${COMP_WORDS[i + 1]}\n"
	"\t\t\t[[ $model != = ]] || model=${COMP_WORDS[i + 2]}\n"
	"\t\t\t;;\n"
	"\t\t--model=*) model=${COMP_WORDS[i]#*=} ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"\tif [[ $ended ]]; then\n"
	"\t\toption=\n"
	"\telif [[ $current == = || $option == = ]]; then\n"
	"\t\t[[ $current == = ]] || option=${COMP_WORDS[COMP_CWORD - 2]}\n"
	"\t\t[[ $current != = ]] || current=\n"
	"\t\t# the value in --set section.key=value is anybody's guess\n"
	"\t\t[[ $option == -* ]] || return\n"
	"\telif [[ $current == --*=* ]]; then\n"
	"\t\toption=${current%%=*} before=${current%%=*}= current=${current#*=}\n"
	"\tfi\n"
	"\tif [[ $current == [\\\"\\']* ]]; then\n"
	"\t\tquote=${current:0:1} current=${current:1}\n"
	"\telse\n"
	"\t\tcurrent=${current//\\\\/}\n"
	"\tfi\n"
	"\t[[ $option != -* ]] || _musegen_value \"$command\" \"$option\"\n"
	"\tif [[ ! $kinds && ! $ended && $current == -* ]]; then\n"
	"\t\t_musegen_options \"$command\"\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
	"\t\treturn\n"
	"\tfi\n"
	"\t[[ $kinds ]] || _musegen_arguments \"$command\"\n"
	"\tfor i in $kinds; do\n"
	"\t\t_musegen_kind \"$i\"\n"
	"\tdone\n"
	"}\n"
	"\n"
	"complete -F _musegen musegen\n";

void completion_bash(void)
{
	printf("# bash completion for musegen " MUSEGEN_VERSION ", printed by `musegen completion bash`.\n\n"
	       "_musegen_commands=\"");
	print_commands();
	printf("\"\n\n");
	print_table("The options of a command, in $words.", "_musegen_options", "$1", print_options);
	print_table("What the value of a command's option may be, in $kinds; of a flag nothing.", "_musegen_value",
	            "$1:$2", print_values);
	print_table("What the arguments of a command may be, in $kinds.", "_musegen_arguments", "$1", print_arguments);
	fputs(offering, stdout);
	fputs(completing, stdout);
}
