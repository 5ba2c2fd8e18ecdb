/* The line of who waits. See wait.h. */
#include "cli/wait.h"

#include "base/clock.h"
#include "base/log.h"
#include "cli/cli.h"

#define DRAW_EVERY 100000000u /* nanoseconds */
#define ERASE_LINE "\r\033[K"

static void erase(struct wait_line *w)
{
	if (w->shown)
		fputs(ERASE_LINE, stderr);
	w->shown = false;
}

/* Warnings may come from any thread. */
static void on_log(void *context, enum log_level level, const char *message)
{
	flockfile(stderr);
	erase(context);
	fputs(level == LOG_WARNING ? "musegen: warning: " : "musegen: ", stderr);
	put_clean(stderr, message);
	fputc('\n', stderr);
	funlockfile(stderr);
}

void wait_begin(struct wait_line *w, const char *doing, const char *things)
{
	*w = (struct wait_line){doing, things, terminal_is(stderr), false, clock_now()};
	log_set_sink(on_log, w);
}

void wait_progress(void *context, size_t done, size_t total)
{
	struct wait_line *w = context;
	const uint64_t now = clock_now();

	if (!w->live || now - w->drawn < DRAW_EVERY)
		return;
	flockfile(stderr);
	w->drawn = now;
	w->shown = true;
	fprintf(stderr, ERASE_LINE "%s %zu of %zu %s", w->doing, done, total, w->things);
	fflush(stderr);
	funlockfile(stderr);
}

void wait_end(struct wait_line *w)
{
	erase(w);
	print_log_plainly();
}
