/* The screen, or keys alone: see console.h. */
#include "cli/console.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

void console_open(struct console *c, bool screen, struct guarded_terminal *terminal)
{
	*c = (struct console){.screen = NULL};
	if (screen && screen_possible()) {
		c->screen = screen_open(terminal);
		if (!c->screen)
			log_warning("no screen: %s", error_message());
	}
	if (!c->screen)
		keyboard_open(&c->keyboard, terminal);
}

void console_close(struct console *c)
{
	if (c->screen)
		screen_close(c->screen);
	else
		keyboard_close(&c->keyboard);
	c->screen = NULL;
}

bool console_draw(struct console *c, const struct screen_view *view)
{
	if (c->screen)
		screen_draw(c->screen, view);
	else
		keys_told(&c->keyboard.keys, view->values, view->us_per_quarter, view->n_styles, view->n_parts,
		          clock_now());
	return c->screen;
}

bool console_key(struct console *c, struct request *out)
{
	return c->screen ? screen_key(c->screen, out) : keyboard_key(&c->keyboard, out);
}

int console_input(struct console *c)
{
	return c->screen ? screen_input(c->screen) : keyboard_input(&c->keyboard);
}

void console_suspend(struct console *c)
{
	if (c->screen)
		screen_suspend(c->screen);
	else
		keyboard_suspend(&c->keyboard);
}
