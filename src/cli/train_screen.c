/*
 * The screen of a training run. The live line is drawn ten times a second at
 * most and is never longer than the terminal is wide; numbers that are not
 * known yet are a dash. The CSV is written whole after every evaluation,
 * beside and renamed, so that it can be plotted while the run goes on.
 */
#include "cli/train_screen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/cli.h"
#include "cli/output.h"

#define CSV_MAX    (64u << 20)
#define DRAW_EVERY 100000000u /* nanoseconds */
#define BAR_WIDTH  20
#define ERASE_LINE "\r\033[K"

/* Warnings go on lines of their own. They may come from any thread, so the line is guarded by stdout's lock. */
static void screen_log(void *context, enum log_level level, const char *message)
{
	struct train_screen *s = context;

	flockfile(stdout);
	train_screen_clear(s, false);
	fflush(stdout);
	fputs(level == LOG_WARNING ? "musegen: warning: " : "musegen: ", stderr);
	put_clean(stderr, message);
	fputc('\n', stderr);
	funlockfile(stdout);
}

int train_screen_begin(struct train_screen *s, double minutes, const char *csv_path)
{
	*s = (struct train_screen){.minutes = minutes, .csv_path = csv_path, .live = terminal_is(stdout)};
	if (csv_path) {
		s->csv_stream = open_memstream(&s->csv, &s->csv_size);
		if (!s->csv_stream)
			return error("out of memory (rows of %s)", csv_path);
		fprintf(s->csv_stream, TRAIN_CSV_HEADER "\n");
	}
	log_set_sink(screen_log, s);
	return 0;
}

int train_screen_go_on(struct train_screen *s, long step)
{
	unsigned char *data = NULL;
	int last = 0;
	size_t size;

	if (!s->csv_stream || !file_exists(s->csv_path))
		return 0;
	if (file_read(s->csv_path, CSV_MAX, &data, &size) < 0) {
		log_warning("%s", error_message());
		return 0;
	}
	/* the data ends in a zero byte; a row without its newline is half a row */
	for (char *row = strchr((char *)data, '\n'), *end; row && (end = strchr(row + 1, '\n')); row = end) {
		int epoch;
		long at;

		*end = '\0';
		if (sscanf(row + 1, "%d,%ld,", &epoch, &at) != 2 || at > step || epoch < last)
			break;
		fprintf(s->csv_stream, "%s\n", row + 1);
		last = epoch;
	}
	free(data);
	return last;
}

void train_screen_end(struct train_screen *s)
{
	train_screen_clear(s, true);
	print_log_plainly();
	if (s->csv_stream)
		fclose(s->csv_stream);
	free(s->csv);
	*s = (struct train_screen){0};
}

void train_screen_clear(struct train_screen *s, bool keep)
{
	flockfile(stdout);
	if (s->shown) {
		fputs(keep ? "\n" : ERASE_LINE, stdout);
		fflush(stdout);
		s->shown = false;
	}
	funlockfile(stdout);
}

/* In the terminal's width less one: a full line would wrap. */
static void draw(struct train_screen *s)
{
	flockfile(stdout);
	printf(ERASE_LINE "%.*s", terminal_columns(stdout) - 1, s->line);
	fflush(stdout);
	s->shown = true;
	funlockfile(stdout);
}

static bool is_time(struct train_screen *s)
{
	uint64_t now = clock_now();

	if (s->drawn != 0 && now - s->drawn < DRAW_EVERY)
		return false;
	s->drawn = now;
	return true;
}

void train_screen_reading(struct train_screen *s, size_t done, size_t total)
{
	if (!s->live || (!is_time(s) && done < total))
		return;
	snprintf(s->line, sizeof s->line, "reading %zu of %zu files", done, total);
	draw(s);
}

void train_screen_choosing(struct train_screen *s, size_t done, size_t total)
{
	if (!s->live || (!is_time(s) && done < total))
		return;
	snprintf(s->line, sizeof s->line, "choosing how daring: %zu of %zu pieces made", done, total);
	draw(s);
}

void train_screen_stage(struct train_screen *s, const struct stage_progress *p)
{
	if (s->live ? !is_time(s) && !p->evaluated : !p->evaluated)
		return;
	snprintf(s->line, sizeof s->line, "%s step %ld of %ld  %s", p->stage, p->step, p->steps, p->figures);
	if (s->live) {
		draw(s);
		return;
	}
	puts(s->line);
	fflush(stdout);
}

/* "1.234", or a dash for what is not known. */
static void nats_text(char *buf, size_t size, double nats)
{
	if (isfinite(nats))
		snprintf(buf, size, "%.3f", nats);
	else
		snprintf(buf, size, "-");
}

/* Before the first steps are timed the plan is open: then the minutes asked for say what is left. */
static double seconds_left(const struct train_screen *s, const struct train_progress *p)
{
	double left = p->seconds_left;

	if (s->minutes > 0)
		left = fmin(left, fmax(0, s->minutes * 60 - p->seconds));
	return left;
}

static void bar_text(char buf[BAR_WIDTH + 3], int width, double share)
{
	int full = (int)(fmin(fmax(share, 0), 1) * width);

	buf[0] = '[';
	for (int i = 0; i < width; i++)
		buf[1 + i] = i < full ? '#' : '.';
	buf[width + 1] = ']';
	buf[width + 2] = '\0';
}

/* The whole run's share that is done: by time where time is what was asked for. */
static double share_done(const struct train_screen *s, const struct train_progress *p)
{
	double left = seconds_left(s, p);

	if (s->minutes > 0)
		return p->seconds / fmax(p->seconds + left, 1e-9);
	return p->steps > 0 ? (double)p->step / (double)p->steps : 0;
}

/* In columns, so that lines one below the other can be compared. */
static void plain_line(struct train_screen *s, const struct train_progress *p)
{
	char train[16], held[16], best[16], left[32];

	duration_text(left, sizeof left, seconds_left(s, p));
	if (p->words) {
		snprintf(s->line, sizeof s->line, "epoch %4d  step %6ld  %s  %s left", p->epoch, p->step, p->words,
		         left);
		return;
	}
	nats_text(train, sizeof train, p->train_nats);
	nats_text(held, sizeof held, p->held_out_nats);
	nats_text(best, sizeof best, p->best_nats);
	snprintf(s->line, sizeof s->line, "epoch %4d %7.0f events/s  train %6s  held out %6s (best %6s)  %s left",
	         p->epoch, fmin(fmax(p->events_per_second, 0), 1e9), train, held, best, left);
}

/* As much as the terminal has room for: the bar gives way first, then the best figure. */
static void live_line(struct train_screen *s, const struct train_progress *p)
{
	const int columns = terminal_columns(stdout);
	char bar[BAR_WIDTH + 3], train[16], held[16], best[32] = "", left[32];

	bar_text(bar, columns < 80 ? BAR_WIDTH / 4 : columns < 100 ? BAR_WIDTH / 2 : BAR_WIDTH, share_done(s, p));
	duration_text(left, sizeof left, seconds_left(s, p));
	if (p->words) {
		snprintf(s->line, sizeof s->line, "epoch %d %s %s  %s left", p->epoch, bar, p->words, left);
		return;
	}
	nats_text(train, sizeof train, p->train_nats);
	nats_text(held, sizeof held, p->held_out_nats);
	if (columns >= 100 && isfinite(p->best_nats))
		snprintf(best, sizeof best, " (best %.3f)", p->best_nats);
	snprintf(s->line, sizeof s->line, "epoch %d %s %.0f events/s  train %s  held out %s%s  %s left", p->epoch, bar,
	         fmin(fmax(p->events_per_second, 0), 1e9), train, held, best, left);
}

static void csv_cell(FILE *out, double value, int digits)
{
	fputc(',', out);
	if (isfinite(value))
		fprintf(out, "%.*f", digits, value);
}

static void add_row(FILE *out, const struct train_progress *p)
{
	fprintf(out, "%d,%ld", p->epoch, p->step);
	csv_cell(out, p->seconds, 3);
	csv_cell(out, p->events_per_second, 1);
	csv_cell(out, p->train_nats, 6);
	csv_cell(out, p->held_out_nats, 6);
	csv_cell(out, p->best_nats, 6);
	fputc('\n', out);
}

static int write_csv(struct train_screen *s)
{
	if (fflush(s->csv_stream) != 0 || ferror(s->csv_stream))
		return error("out of memory (rows of %s)", s->csv_path);
	return file_write(s->csv_path, s->csv, s->csv_size);
}

int train_screen_progress(struct train_screen *s, const struct train_progress *p)
{
	if (s->live && (is_time(s) || p->evaluated)) {
		live_line(s, p);
		draw(s);
	} else if (!s->live && p->evaluated) {
		plain_line(s, p);
		printf("%s\n", s->line);
		fflush(stdout);
	}
	if (!s->csv_path || (s->csv_begun && !p->evaluated))
		return 0;
	if (p->evaluated)
		add_row(s->csv_stream, p);
	/* at the first step too: rows of another run must not be there to be gone on with */
	s->csv_begun = true;
	return write_csv(s);
}
