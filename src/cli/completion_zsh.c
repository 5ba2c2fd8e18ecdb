/*
 * The completion script for zsh: a list of the commands, and of each command
 * what zsh's own _arguments takes, made from its tables. It serves as a file
 * of $fpath (its first line says so), and as one that is sourced.
 */
#include "cli/completion.h"

/* Text within '...' and [...] of an option's specification. */
static void print_quoted(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			printf("'\\''");
		else if (*text == '[' || *text == ']' || *text == ':' || *text == '\\')
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

/* '(-m --model)'{-m+,--model=}'[help]:MODEL:_musegen_kinds models' */
static void print_option(const struct option *o)
{
	const char *kinds = completion_value(o);
	const char *many = o->type == OPTION_LIST ? "*" : "", *plus = kinds ? "+" : "", *equals = kinds ? "=" : "";

	printf("\t\t\t\t'");
	if (o->letter && !*many)
		printf("(-%c --%s)'{-%c%s,--%s%s}'[", o->letter, o->name, o->letter, plus, o->name, equals);
	else if (o->letter)
		printf("*'{-%c%s,--%s%s}'[", o->letter, plus, o->name, equals);
	else
		printf("%s--%s%s[", many, o->name, equals);
	print_quoted(o->help);
	printf("]");
	if (kinds) {
		printf(":");
		print_quoted(o->argument);
		printf(":_musegen_kinds %s", kinds);
	}
	printf("' \\\n");
}

static void print_command(const struct command_usage *usage, const struct option *options, size_t n)
{
	const char *kinds = completion_arguments(usage);

	printf("\t\t%s)\n\t\t\t_arguments -s -S \\\n", usage->name);
	for (size_t i = 0; i < n; i++)
		print_option(&options[i]);
	printf("\t\t\t\t'(- *)'{-h,--help}'[this text]'");
	if (*kinds)
		printf(" \\\n\t\t\t\t'*: :_musegen_kinds %s'", kinds);
	printf("\n\t\t\t;;\n");
}

static const char offering[] =
	"# What there is of some kinds.\n"
	"_musegen_kinds() {\n"
	"\tlocal kind found=1\n"
	"\tlocal -a names\n"
	"\n"
	"\tfor kind; do\n"
	"\t\t# what has a slash in it is a path of a model, not a name\n"
	"\t\t[[ $kind != models || $PREFIX != */* ]] || kind=files\n"
	"\t\tcase $kind in\n"
	"\t\tfiles) _files && found=0 ;;\n"
	"\t\tcommands) _describe -t commands command musegen_commands && found=0 ;;\n"
	"\t\tmodels | presets | styles | devices | settings)\n"
	"\t\t\tlocal asked=$kind\n"
	"\t\t\t[[ $kind != styles ]] || asked=\"styles ${opt_args[-m]:-${opt_args[--model]}}\"\n"
	"\t\t\tnames=(${(f)\"$(_call_program $kind $musegen_program completion $asked 2>/dev/null)\"})\n"
	"\t\t\tif [[ $kind == settings ]]; then\n"
	"\t\t\t\tcompadd -S = -a names && found=0\n"
	"\t\t\telse\n"
	"\t\t\t\tcompadd -a names && found=0\n"
	"\t\t\tfi\n"
	"\t\t\t;;\n"
	"\t\t@*) compadd -- ${kind#@} && found=0 ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"\treturn found\n"
	"}\n"
	"\n";

void completion_zsh(void)
{
	const struct command *command;

	printf("#compdef musegen\n"
	       "# zsh completion for musegen " MUSEGEN_VERSION ", printed by `musegen completion zsh`.\n\n");
	fputs(offering, stdout);
	printf("_musegen() {\n"
	       "\tlocal curcontext=$curcontext state line musegen_program=$words[1]\n"
	       "\tlocal -A opt_args\n"
	       "\tlocal -a musegen_commands\n"
	       "\n"
	       "\tmusegen_commands=(\n");
	for (size_t i = 0; (command = command_at(i)); i++) {
		printf("\t\t'%s:", command->name);
		print_quoted(command->summary);
		printf("'\n");
	}
	printf("\t\t'help:what a command does, and its options'\n"
	       "\t)\n"
	       "\t_arguments -C -S \\\n"
	       "\t\t'(- *)'{-h,--help}'[list the commands]' \\\n"
	       "\t\t'(- *)'{-V,--version}'[say what was built]' \\\n"
	       "\t\t'1: :_musegen_kinds commands' \\\n"
	       "\t\t'*:: :->arguments' && return\n"
	       "\tcase $state in\n"
	       "\targuments)\n"
	       "\t\tcase $words[1] in\n");
	completion_each_command(print_command);
	printf("\t\thelp) _arguments '1: :_musegen_kinds commands' ;;\n"
	       "\t\tesac\n"
	       "\t\t;;\n"
	       "\tesac\n"
	       "}\n\n"
	       "if [[ $funcstack[1] == _musegen ]]; then\n"
	       "\t_musegen \"$@\"\n"
	       "else\n"
	       "\tcompdef _musegen musegen\n"
	       "fi\n");
}
