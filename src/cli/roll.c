/*
 * A piano roll for a terminal: pitch upwards, time to the right. A character
 * is two rows of pitches (an upper and a lower half block) and one unit of
 * time: a 16th where the whole song fits so, else an 8th, else a quarter. A
 * song that does not fit even so is shown from its beginning, in 8ths. Where
 * there is room for it, the roll goes on below in further lines, which begin
 * at bar lines. A note that follows another of its pitch is parted from it by
 * a gap, where the first is longer than a unit.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "music/key.h"
#include "music/song.h"

#define GUTTER          5 /* "C#-1 " */
#define WIDTH_MIN       8
#define BAR_COLUMNS_MIN 3 /* shorter bars have no bar lines */
#define COLOURS         6
#define LOOK_AHEAD      256 /* notes */

struct roll {
	const struct song *song;
	FILE *out;
	bool utf8, colour;
	int width, rows; /* characters for notes */
	int unit;        /* ticks a column */
	int low;         /* pitch at the bottom */
	int step;        /* pitches a half row */
	/* the line being drawn */
	int from, until; /* ticks */
	int bar;         /* number of the first bar line at or after `from` */
	short *cells;    /* (2 rows, width): 0 nothing, else 1 + 2 part + whether the note begins there */
	bool *bars;      /* (width): a bar line stands at the column */
};

/* ---- layout -------------------------------------------------------------- */

static void pitch_range(const struct song *song, int *low, int *high)
{
	*low = 127;
	*high = 0;
	for (size_t p = 0; p < song->n_parts; p++)
		for (size_t i = 0; i < song->parts[p].n; i++) {
			int pitch = song->parts[p].notes[i].pitch;

			*low = pitch < *low ? pitch : *low;
			*high = pitch > *high ? pitch : *high;
		}
}

/* Even pitches are lower halves: a pitch looks the same in every roll. As many pitches a half row as it takes. */
static void choose_rows(struct roll *r, int rows_max)
{
	int low, high;

	pitch_range(r->song, &low, &high);
	for (r->step = 1;; r->step++) {
		int pair = 2 * r->step;

		r->low = low / pair * pair;
		r->rows = (high - r->low) / pair + 1;
		if (r->rows <= rows_max || r->step == 64)
			return;
	}
}

/* The last bar line that fits on a line from this tick; where not even one bar does, what fits. */
static int line_end(const struct roll *r, int from)
{
	int most = r->unit > (SONG_TICK_MAX - from) / r->width ? SONG_TICK_MAX : from + r->unit * r->width;
	int end = from;

	if (most >= r->song->end)
		return r->song->end;
	for (;;) {
		int line = song_bar_line(r->song, end + 1);

		if (line > most)
			break;
		end = line;
	}
	return end > from ? end : most;
}

/* Does the whole song fit on so many lines? */
static bool fits(const struct roll *r, int lines)
{
	int tick = 0;

	for (int i = 0; i < lines && tick < r->song->end; i++)
		tick = line_end(r, tick);
	return tick >= r->song->end;
}

static void choose_unit(struct roll *r, int lines)
{
	static const int parts_of_a_quarter[] = {4, 2, 1};

	for (size_t i = 0; i < 3; i++) {
		r->unit = r->song->ppq / parts_of_a_quarter[i];
		r->unit = r->unit > 0 ? r->unit : 1;
		if (fits(r, lines))
			return;
	}
	r->unit = r->song->ppq > 1 ? r->song->ppq / 2 : 1;
}

/* ---- drawing ------------------------------------------------------------- */

/* Does a note of this pitch begin at tick? Not looked for far: a gap less costs nothing, a million held notes would. */
static bool begins_at(const struct part *part, size_t after, int tick, int pitch)
{
	for (size_t i = after; i < part->n && i < after + LOOK_AHEAD && part->notes[i].onset <= tick; i++)
		if (part->notes[i].onset == tick && part->notes[i].pitch == pitch)
			return true;
	return false;
}

static void draw_note(struct roll *r, size_t p, size_t i)
{
	const struct part *part = &r->song->parts[p];
	const struct note *note = &part->notes[i];
	int end = note->onset + note->duration;
	int half = (note->pitch - r->low) / r->step;
	int first, last;

	if (end <= r->from || note->onset >= r->until)
		return;
	first = note->onset < r->from ? 0 : (note->onset - r->from) / r->unit;
	last = ((end < r->until ? end : r->until) - 1 - r->from) / r->unit;
	if (last > first && begins_at(part, i + 1, end, note->pitch))
		last--;
	for (int c = first; c <= last && c < r->width; c++)
		r->cells[half * r->width + c] =
			(short)(1 + 2 * (int)(p % 1000) + (c == first && note->onset >= r->from));
}

/* The lowest part first: where parts meet, the highest is seen. */
static void draw_line(struct roll *r)
{
	memset(r->cells, 0, 2 * (size_t)r->rows * (size_t)r->width * sizeof *r->cells);
	memset(r->bars, 0, (size_t)r->width * sizeof *r->bars);
	for (size_t p = r->song->n_parts; p-- > 0;)
		for (size_t i = 0; i < r->song->parts[p].n && r->song->parts[p].notes[i].onset < r->until; i++)
			draw_note(r, p, i);
	for (int tick = song_bar_line(r->song, r->from); tick < r->until;) {
		int next = song_bar_line(r->song, tick + 1);

		if (next - tick >= BAR_COLUMNS_MIN * r->unit)
			r->bars[(tick - r->from) / r->unit] = true;
		tick = next;
	}
}

/* ---- printing ------------------------------------------------------------ */

/* SGR of a cell's colour: the part's, brighter where the note begins. */
static int colour_of(short cell)
{
	static const int colours[COLOURS] = {33, 36, 35, 32, 34, 31};

	return colours[(cell - 1) / 2 % COLOURS] + ((cell - 1) % 2 ? 60 : 0);
}

static void print_cell(const struct roll *r, short upper, short lower, bool bar, int *style)
{
	static const char *const blocks[2][5] = {{" ", "_", "\"", "#", "|"}, {" ", "▄", "▀", "█", "│"}};
	int shape = upper ? (lower ? 3 : 2) : lower ? 1 : bar ? 4 : 0;
	int wanted = 0;

	if (r->colour && shape == 4)
		wanted = 2;
	else if (r->colour && shape > 0)
		wanted = colour_of(upper ? upper : lower);
	if (r->colour && r->utf8 && shape == 3 && colour_of(upper) != colour_of(lower)) {
		/* two colours in one character: the lower half is the background */
		wanted += 1000 * (colour_of(lower) + 10);
		shape = 2;
	}
	if (wanted != *style) {
		if (*style)
			fputs("\033[0m", r->out);
		if (wanted >= 1000)
			fprintf(r->out, "\033[%d;%dm", wanted % 1000, wanted / 1000);
		else if (wanted)
			fprintf(r->out, "\033[%dm", wanted);
		*style = wanted;
	}
	fputs(blocks[r->utf8][shape], r->out);
}

/* The pitch beside a row: the Cs and Gs, and what is at the top and at the bottom. */
static void print_label(const struct roll *r, int row)
{
	int low = r->low + 2 * row * r->step;
	char name[8] = "";

	if (row == r->rows - 1 || row == 0)
		pitch_name(name, sizeof name, low);
	for (int pitch = low; pitch < low + 2 * r->step && pitch < 128; pitch++)
		if (pitch % 12 == 0 || (pitch % 12 == 7 && r->step == 1 && row > 0 && row < r->rows - 1))
			pitch_name(name, sizeof name, pitch);
	fprintf(r->out, "%4s ", name);
}

static void print_row(const struct roll *r, int row)
{
	const short *lower = r->cells + 2 * row * r->width, *upper = lower + r->width;
	int last = r->width - 1, style = 0;

	while (last >= 0 && !lower[last] && !upper[last] && !r->bars[last])
		last--;
	print_label(r, row);
	for (int c = 0; c <= last; c++)
		print_cell(r, upper[c], lower[c], r->bars[c], &style);
	fputs(style ? "\033[0m\n" : "\n", r->out);
}

/* Bar numbers where there is room. Leaves r->bar at the next line's first. */
static void print_bar_numbers(struct roll *r)
{
	int at = 0; /* columns written */

	fprintf(r->out, "%*s", GUTTER, "");
	for (int tick = song_bar_line(r->song, r->from); tick < r->until; tick = song_bar_line(r->song, tick + 1)) {
		int column = (tick - r->from) / r->unit;
		char number[16];
		int size = snprintf(number, sizeof number, "%d", r->bar++);

		if (column < at + (at > 0) || column + size > r->width)
			continue;
		fprintf(r->out, "%*s%s", column - at, "", number);
		at = column + size;
	}
	fputc('\n', r->out);
}

static void print_lines(struct roll *r, int lines)
{
	r->bar = 1;
	for (int i = 0, from = 0; i < lines && from < r->song->end; i++, from = r->until) {
		r->from = from;
		r->until = line_end(r, from);
		draw_line(r);
		for (int row = r->rows; row-- > 0;)
			print_row(r, row);
		print_bar_numbers(r);
	}
	if (r->until < r->song->end) {
		long seconds = (long)song_seconds(r->song, r->song->end);

		fprintf(r->out, "%*s(the beginning; %ld:%02ld in all)\n", GUTTER, "", seconds / 60, seconds % 60);
	}
}

void print_roll(FILE *out, const struct song *song, int columns, int rows, bool utf8, bool colour)
{
	struct roll r = {.song = song, .out = out, .utf8 = utf8, .colour = colour};
	int lines;

	if (song_notes(song) == 0)
		return;
	columns = columns > 2000 ? 2000 : columns;
	rows = rows > 2000 ? 2000 : rows;
	r.width = columns - GUTTER > WIDTH_MIN ? columns - GUTTER : WIDTH_MIN;
	choose_rows(&r, rows - 2);
	/* a row of bar numbers a line, and one for the words at the end */
	lines = (rows - 1) / (r.rows + 1);
	lines = lines > 0 ? lines : 1;
	choose_unit(&r, lines);
	r.cells = mem_new(2 * (size_t)r.rows * (size_t)r.width, sizeof *r.cells);
	r.bars = mem_new((size_t)r.width, sizeof *r.bars);
	if (r.cells && r.bars)
		print_lines(&r, lines);
	free(r.cells);
	free(r.bars);
}
