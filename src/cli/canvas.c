/*
 * A terminal drawn on with ncurses, see canvas.h. ncurses would wait for a
 * terminal that takes nothing, so it writes to memory, and what is there goes
 * on to the terminal as it has room; a drawing is only begun when the one
 * before has gone. So the terminal's modes are ours to set, and its size to
 * ask for: at each drawing, as SIGWINCH may come to any thread. The modes
 * are looked at then too: a shell changes them when it has stopped us with a
 * signal that we do not see. ncurses runs in this thread's locale alone, so that no other
 * thread's formatting or library sees another one. Keys are read from a pad
 * that is never shown: reading from a window draws it.
 */
#include "cli/canvas.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "cli/keys.h"
#include "cli/terminal.h"

#define NCURSES_NOMACROS
#include <ncurses.h>

#define ESCAPE_DELAY 25   /* ms that the rest of an arrow key is waited for */
#define END_PATIENCE 300  /* ms that a terminal which takes nothing is waited for at the end */
#define COLOURS_GREY 16   /* terminals of so many have a grey */
#define TEXT_MAX     1024 /* columns */

static struct guarded_terminal *_Atomic taken; /* for a BUG() in whichever thread */
static struct sigaction winch_before;

/* ---- what goes to the terminal ------------------------------------------- */

/* As much as there is room for. True: all of it. */
static bool send_on(struct canvas *c)
{
	const int fd = fileno(c->file);
	const long size = (long)lseek(fd, 0, SEEK_CUR);
	char part[4096];

	while (c->sent < size) {
		ssize_t n = pread(fd, part, sizeof part, c->sent), written = n > 0 ? write(c->tty, part, (size_t)n) : 0;

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		c->sent += written;
	}
	c->sent = 0;
	return size == 0 || (ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
}

/* The same, and a while is waited for room. */
static bool send_patiently(struct canvas *c)
{
	const uint64_t until = clock_now() + END_PATIENCE * UINT64_C(1000000);
	struct pollfd p = {.fd = c->tty, .events = POLLOUT};
	bool all;

	while (!(all = send_on(c)) && clock_now() < until)
		poll(&p, 1, END_PATIENCE / 10);
	return all;
}

/* ---- open and close ------------------------------------------------------ */

/* UTF-8 where the environment says so, in a locale that this system has; else plain ASCII. */
static void start_locale(struct canvas *c)
{
	c->utf8 = terminal_utf8();
	if (!c->utf8)
		return;
	c->locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	if (c->locale && strcmp(nl_langinfo_l(CODESET, c->locale), "UTF-8") != 0) {
		freelocale(c->locale);
		c->locale = (locale_t)0;
	}
	if (!c->locale)
		c->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	c->utf8 = c->locale != (locale_t)0;
	if (c->utf8)
		c->locale_before = uselocale(c->locale);
}

/* Eight colours are enough: a pair of any two of them is numbered by both. */
static void start_colours(struct canvas *c)
{
	/* as the piano roll of `info` has them */
	short colours[INKS] = {-1,          COLOR_YELLOW, COLOR_CYAN, COLOR_MAGENTA,
	                       COLOR_GREEN, COLOR_BLUE,   COLOR_RED,  COLOR_WHITE};

	c->colour = terminal_colour(stdout) && has_colors() && start_color() == OK && COLOR_PAIRS >= INKS * INKS;
	if (!c->colour)
		return;
	if (use_default_colors() != OK)
		colours[INK_NONE] = COLOR_BLACK;
	c->grey = COLORS >= COLOURS_GREY;
	if (c->grey)
		colours[INK_GREY] = COLOR_BLACK + 8;
	for (int ink = 0; ink < INKS; ink++)
		for (int behind = 0; behind < INKS; behind++) {
			short letters = ink == INK_NONE && colours[INK_NONE] >= 0 ? COLOR_WHITE : colours[ink];

			if (ink + behind > 0)
				init_pair((short)(ink * INKS + behind), letters, colours[behind]);
		}
}

/* Keys come one by one and unseen, Ctrl-C and Ctrl-Z as signals; Ctrl-S does not hold the screen; bytes go out as they are. */
static void set_modes(struct canvas *c)
{
	struct termios modes = c->terminal->before;

	modes.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
	modes.c_oflag &= ~(tcflag_t)OPOST;
	modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	modes.c_lflag |= NOFLSH;
	modes.c_cc[VMIN] = 1;
	modes.c_cc[VTIME] = 0;
	tcsetattr(STDOUT_FILENO, TCSANOW, &modes);
	guarded_terminal_ours(c->terminal, STDOUT_FILENO);
}

/* A BUG() is told of on the terminal as it was. */
static void leave_for_bug(void)
{
	struct guarded_terminal *t = taken;

	if (t)
		guarded_terminal_restore(t);
}

/* From here on a guardian would put the terminal back. */
static int take(struct canvas *c)
{
	return guarded_terminal_take(c->terminal, STDOUT_FILENO, c->farewell, (size_t)c->farewell_size);
}

/* Where ncurses writes, and where that goes. */
static int open_files(struct canvas *c)
{
	int memory = memfd_create("screen", MFD_CLOEXEC);

	c->file = memory < 0 ? NULL : fdopen(memory, "w");
	if (!c->file) {
		if (memory >= 0)
			close(memory);
		return error("cannot have memory for the screen: %s", strerror(errno));
	}
	c->tty = open(c->terminal->path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	return c->tty < 0 ? error("%s: %s", c->terminal->path, strerror(errno)) : 0;
}

/* Nothing to do but to wake who waits, so that the next drawing has the new size. */
static void woken(int signal)
{
	(void)signal;
}

static int start_ncurses(struct canvas *c)
{
	const struct sigaction wake = {.sa_handler = woken};
	WINDOW *input;

	fflush(stdout);
	/* it has a handler of its own where there is none */
	sigaction(SIGWINCH, &wake, &winch_before);
	c->ncurses = newterm(NULL, c->file, stdin);
	if (!c->ncurses)
		return error("the screen cannot be started on this terminal");
	c->input = input = newpad(1, 1);
	if (!input)
		return error("out of memory (the screen)");
	start_colours(c);
	noecho();
	nonl();
	meta(NULL, TRUE);
	typeahead(-1);
	set_escdelay(ESCAPE_DELAY);
	keypad(input, TRUE);
	nodelay(input, TRUE);
	curs_set(0);
	set_modes(c);
	return 0;
}

int canvas_open(struct canvas *c, struct guarded_terminal *terminal)
{
	*c = (struct canvas){.terminal = terminal, .tty = -1};
	if (!terminal)
		c->terminal = &c->own;
	start_locale(c);
	c->farewell_size = canvas_farewell(c->farewell, sizeof c->farewell);
	if (c->farewell_size < 0 || take(c) < 0)
		return -1;
	taken = c->terminal;
	bug_set_farewell(leave_for_bug);
	return open_files(c) < 0 ? -1 : start_ncurses(c);
}

static void give_back(struct canvas *c)
{
	bool all = send_patiently(c);

	endwin();
	if (all && send_patiently(c)) {
		tcsetattr(STDOUT_FILENO, TCSANOW, &c->terminal->before);
		guarded_terminal_give_back(c->terminal);
		return;
	}
	/* what is stuck is let go, so that the end is not */
	tcflush(STDOUT_FILENO, TCOFLUSH);
	guarded_terminal_restore(c->terminal);
}

void canvas_close(struct canvas *c)
{
	if (c->ncurses) {
		if (!c->away)
			give_back(c);
		if (c->input)
			delwin(c->input);
		delscreen(c->ncurses);
		sigaction(SIGWINCH, &winch_before, NULL);
	}
	if (c->file)
		fclose(c->file);
	if (c->tty >= 0)
		close(c->tty);
	if (taken == c->terminal) {
		bug_set_farewell(NULL);
		taken = NULL;
	}
	guarded_terminal_give_back(c->terminal);
	if (c->locale) {
		uselocale(c->locale_before);
		freelocale(c->locale);
	}
	*c = (struct canvas){.tty = -1};
}

/* ---- away and back ------------------------------------------------------- */

void canvas_suspend(struct canvas *c)
{
	if (c->away)
		return;
	give_back(c);
	c->away = true;
}

/* The shell's modes may be others by now: those are what is put back at the end. */
static bool come_back(struct canvas *c)
{
	if (take(c) < 0)
		return false;
	set_modes(c);
	canvas_anew();
	c->away = false;
	return true;
}

/* Is it ours, and as we had it? */
static bool is_there(struct canvas *c)
{
	if (!terminal_is_ours(stdout))
		return false;
	if (c->away)
		return come_back(c);
	if (!guarded_terminal_are_ours(c->terminal, STDOUT_FILENO)) {
		set_modes(c);
		canvas_anew();
	}
	return true;
}

/* ---- drawing ------------------------------------------------------------- */

void canvas_anew(void)
{
	clearok(curscr, TRUE);
}

bool canvas_begin(struct canvas *c)
{
	struct winsize size;

	if (!is_there(c) || !send_on(c))
		return false;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0 &&
	    is_term_resized(size.ws_row, size.ws_col))
		resizeterm(size.ws_row, size.ws_col);
	c->lines = getmaxy(stdscr);
	c->columns = getmaxx(stdscr);
	erase();
	return true;
}

void canvas_end(struct canvas *c)
{
	/* where a cursor that cannot be hidden is least in the way */
	move(c->lines - 1, 0);
	refresh();
	send_on(c);
}

/* What a terminal without colours, or without a grey, has instead. */
static attr_t attributes_of(const struct canvas *c, enum manner manner, enum ink ink)
{
	attr_t attributes = manner == BOLD ? A_BOLD : manner == REVERSE ? A_REVERSE : A_NORMAL;

	return ink == INK_GREY && !c->grey ? attributes | A_DIM : attributes;
}

static short pair_of(const struct canvas *c, enum ink ink, enum ink behind)
{
	return c->colour ? (short)((int)ink * INKS + (int)behind) : 0;
}

void canvas_glyph(const struct canvas *c, int y, int x, wchar_t glyph, enum manner manner, enum ink ink,
                  enum ink behind)
{
	const wchar_t text[2] = {glyph, L'\0'};
	cchar_t cell;

	if (setcchar(&cell, text, attributes_of(c, manner, ink), pair_of(c, ink, behind), NULL) == OK)
		mvadd_wch(y, x, &cell);
}

/* The next character, made fit to be shown in one column. Moves *text past it. */
static wchar_t next_character(const struct canvas *c, const char **text)
{
	mbstate_t state = {0};
	wchar_t wide = L'?';
	size_t left = strlen(*text), size = c->utf8 ? mbrtowc(&wide, *text, left, &state) : (size_t)-1;

	if (size == 0 || size > left) {
		/* a byte of ASCII, or one character that cannot be shown, of which the rest is skipped */
		wide = (unsigned char)**text < 0x80 ? (wchar_t) * *text : L'?';
		for (size = 1; ((unsigned char)(*text)[size] & 0xc0) == 0x80;)
			size++;
	}
	*text += size;
	return wcwidth(wide) == 1 ? wide : L'?';
}

int canvas_text(const struct canvas *c, int y, int x, int width, enum manner manner, enum ink ink, const char *text)
{
	wchar_t wide[TEXT_MAX + 1];
	/* the last column of the last line would scroll some terminals */
	int room = c->columns - x - (y == c->lines - 1), n = 0;

	width = width < room ? width : room;
	while (*text && n < width && n < TEXT_MAX)
		wide[n++] = next_character(c, &text);
	if (n == 0)
		return x;
	wide[n] = L'\0';
	attr_set(attributes_of(c, manner, ink), pair_of(c, ink, INK_NONE), NULL);
	mvaddnwstr(y, x, wide, n);
	attr_set(A_NORMAL, 0, NULL);
	return x + n;
}

int canvas_words(const struct canvas *c, int y, int x, enum manner manner, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	return canvas_text(c, y, x, c->columns - x, manner, INK_NONE, text);
}

/* ---- keys ---------------------------------------------------------------- */

/* What ncurses says as what keys.h says; 0: nothing that it knows. */
static int press_of(int status, wint_t key)
{
	static const struct {
		wint_t key;
		int press;
	} known[] = {
		{KEY_UP, PRESS_UP},       {KEY_DOWN, PRESS_DOWN},     {KEY_LEFT, PRESS_LEFT},
		{KEY_RIGHT, PRESS_RIGHT}, {KEY_PPAGE, PRESS_PAGE_UP}, {KEY_NPAGE, PRESS_PAGE_DOWN},
	};

	if (status != KEY_CODE_YES)
		return key < PRESS_UP ? (int)key : 0;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].key == key)
			return known[i].press;
	return key >= KEY_F(1) && key <= KEY_F(12) ? PRESS_F1 + (int)key - KEY_F(1) : 0;
}

int canvas_key(struct canvas *c)
{
	wint_t key = 0;
	int status;

	if (canvas_input(c) < 0)
		return -1;
	status = wget_wch(c->input, &key);
	return status == ERR ? -1 : press_of(status, key);
}

int canvas_input(const struct canvas *c)
{
	return c->away || !terminal_is_ours(stdin) ? -1 : STDIN_FILENO;
}
