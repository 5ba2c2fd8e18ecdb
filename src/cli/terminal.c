/* What the terminal can show, see terminal.h. */
#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_USUAL 80
#define COLUMNS_MAX   1000

bool terminal_is(FILE *stream)
{
	const char *term = getenv("TERM");

	return isatty(fileno(stream)) && term && *term && strcmp(term, "dumb") != 0;
}

int terminal_columns(FILE *stream)
{
	struct winsize size;

	if (ioctl(fileno(stream), TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return COLUMNS_USUAL;
	return size.ws_col < COLUMNS_MAX ? size.ws_col : COLUMNS_MAX;
}

bool terminal_utf8(void)
{
	const char *names[] = {getenv("LC_ALL"), getenv("LC_CTYPE"), getenv("LANG")};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i] && *names[i])
			return strcasestr(names[i], "UTF-8") || strcasestr(names[i], "UTF8");
	return false;
}

bool terminal_colour(FILE *stream)
{
	const char *no = getenv("NO_COLOR");

	return terminal_is(stream) && !(no && *no);
}

bool terminal_is_ours(FILE *stream)
{
	/* of a terminal that is not the controlling one nobody is in the foreground */
	pid_t group = tcgetpgrp(fileno(stream));

	return isatty(fileno(stream)) && (group < 0 || group == getpgrp());
}
