/* Keys without a screen, see keyboard.h. While a shell has us in the background the terminal is not read and not changed. */
#include "cli/keyboard.h"

#include <poll.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/terminal.h"

#define ESCAPE 27

void keyboard_open(struct keyboard *k, struct guarded_terminal *terminal)
{
	*k = (struct keyboard){.terminal = terminal};
	if (!terminal)
		k->terminal = &k->own;
	keys_start(&k->keys);
}

void keyboard_suspend(struct keyboard *k)
{
	if (!k->taken)
		return;
	tcsetattr(STDIN_FILENO, TCSANOW, &k->terminal->before);
	guarded_terminal_give_back(k->terminal);
	k->taken = false;
}

void keyboard_close(struct keyboard *k)
{
	keyboard_suspend(k);
}

/* Is it ours, and as we want it? A shell changes its modes when it has stopped us. */
static bool take(struct keyboard *k)
{
	struct termios modes;

	if (!terminal_is_ours(stdin))
		return false;
	if (k->taken && guarded_terminal_are_ours(k->terminal, STDIN_FILENO))
		return true;
	if (!k->taken && guarded_terminal_take(k->terminal, STDIN_FILENO, "", 0) < 0)
		return false;
	modes = k->terminal->before;
	modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	modes.c_cc[VMIN] = 1;
	modes.c_cc[VTIME] = 0;
	k->taken = true;
	tcsetattr(STDIN_FILENO, TCSANOW, &modes);
	guarded_terminal_ours(k->terminal, STDIN_FILENO);
	return true;
}

/* The next byte that is there, or -1. */
static int next_byte(void)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	unsigned char byte;

	return poll(&p, 1, 0) > 0 && read(STDIN_FILENO, &byte, 1) == 1 ? byte : -1;
}

/* Escape, [ or O, numbers, and a letter that ends it: of no use here. */
static bool is_of_sequence(struct keyboard *k, int byte)
{
	if (byte == ESCAPE) {
		k->sequence = 1;
		return true;
	}
	if (k->sequence == 0)
		return false;
	if (k->sequence == 1 && byte != '[' && byte != 'O') {
		k->sequence = 0;
		return false;
	}
	k->sequence = k->sequence > 1 && byte >= '@' && byte <= '~' ? 0 : 2;
	return true;
}

bool keyboard_key(struct keyboard *k, struct request *out)
{
	int byte;

	if (!take(k))
		return false;
	while ((byte = next_byte()) >= 0)
		/* 0 is about what the arrows have chosen */
		if (!is_of_sequence(k, byte) && byte != '0' && keys_press(&k->keys, byte, clock_now(), out))
			return true;
	return false;
}

int keyboard_input(struct keyboard *k)
{
	return take(k) ? STDIN_FILENO : -1;
}
