/* Lines of a stream's status, see play_status.h. */
#include "cli/play_status.h"

#include <inttypes.h>

#include "cli/cli.h"
#include "cli/output.h"

#define BARS_A_LINE 16 /* bars between lines that stay */

void play_print_time(double seconds)
{
	char text[32];

	duration_text(text, sizeof text, seconds);
	fputs(text, stdout);
}

static int bpm(const struct stream_status *s)
{
	return s->us_per_quarter > 0 ? (60000000 + s->us_per_quarter / 2) / s->us_per_quarter : 0;
}

static void print_status(const struct stream_status *s)
{
	if (s->bar > 0)
		printf("bar %d", s->bar);
	else
		printf("pickup");
	printf(", %d bpm, %d %s, ", bpm(s), s->parts, s->parts == 1 ? "part" : "parts");
	play_print_time(s->seconds);
}

void play_lines_start(struct play_lines *l)
{
	*l = (struct play_lines){.terminal = terminal_is(stdout)};
}

void play_lines_show(struct play_lines *l, const struct stream_status *s)
{
	if (s->notes == 0)
		return;
	if (l->terminal) {
		printf("\r");
		print_status(s);
		printf("\033[K");
	} else {
		if (s->bar / BARS_A_LINE == l->shown)
			return;
		l->shown = s->bar / BARS_A_LINE;
		print_status(s);
		printf("\n");
	}
	fflush(stdout);
}

void play_lines_notice(struct play_lines *l, const char *text)
{
	if (l->terminal)
		printf("\r\033[K");
	put_clean(stdout, text);
	printf("\n");
	fflush(stdout);
}

void play_lines_end(struct play_lines *l, const struct stream_status *s)
{
	if (l->terminal && s->notes > 0)
		printf("\r\033[K");
}

void play_print_summary(const struct stream_status *s)
{
	printf("%" PRIu64 " note%s in ", s->notes, s->notes == 1 ? "" : "s");
	play_print_time(s->seconds);
	if (s->messages > 0)
		printf("; messages late by %.2f ms (half of them), %.2f ms (99 in 100), %.2f ms (999 in 1000), "
		       "%.2f ms (at most)",
		       s->late_p50, s->late_p99, s->late_p999, s->late_max);
	printf("\n");
	if (s->varied > 0)
		printf("composing fell behind: bars played again meanwhile: %d\n", s->varied);
	if (s->shifts > 0)
		printf("composing fell behind, times: %d; %.2f s in all were waited for\n", s->shifts, s->shifted);
	if (s->losses > 0)
		printf("the MIDI device was lost, times: %d\n", s->losses);
	if (s->unheard > 0)
		printf("messages that came in too fast, and were left out: %u\n", s->unheard);
}
