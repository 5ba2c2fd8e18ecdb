/*
 * What a terminal is told when its screen is left by somebody who has no
 * ncurses: the end of keypad mode and of colours, the other screen where there
 * is one, else the last line, and a cursor that is seen.
 */
#include "cli/canvas.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"

/* last: it makes macros of common words */
#include <ncurses.h>
#include <term.h>

static bool is_there(const char *sequence)
{
	return sequence && sequence != (const char *)-1;
}

/* A control sequence without the delays that terminals of old want. */
static size_t add(char *out, size_t n, size_t size, const char *sequence)
{
	if (!is_there(sequence))
		return n;
	for (const char *p = sequence; *p && n < size; p++) {
		const char *end = p[0] == '$' && p[1] == '<' ? strchr(p, '>') : NULL;

		if (end)
			p = end;
		else
			out[n++] = *p;
	}
	return n;
}

static size_t add_last_line(char *out, size_t n, size_t size)
{
	struct winsize window;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) < 0 || window.ws_row == 0)
		return n;
	n = add(out, n, size, tiparm(tigetstr("cup"), window.ws_row - 1, 0));
	return add(out, n, size, tigetstr("el"));
}

int canvas_farewell(char *out, size_t size)
{
	const char *name = getenv("TERM");
	size_t n = 0;
	int found;

	if (setupterm(NULL, STDOUT_FILENO, &found) != OK)
		return error("nothing is known of a terminal called '%s'", name ? name : "");
	if (!is_there(tigetstr("cup"))) {
		del_curterm(cur_term);
		return error("a terminal like '%s' has no cursor that can be moved", name ? name : "");
	}
	n = add(out, n, size, tigetstr("rmkx"));
	n = add(out, n, size, tigetstr("sgr0"));
	n = add(out, n, size, tigetstr("op"));
	if (is_there(tigetstr("rmcup")))
		n = add(out, n, size, tigetstr("rmcup"));
	else
		n = add_last_line(out, n, size);
	n = add(out, n, size, tigetstr("cnorm"));
	del_curterm(cur_term);
	return (int)n;
}
