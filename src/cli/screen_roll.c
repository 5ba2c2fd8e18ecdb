/*
 * The piano roll that runs. A column is a 16th; the line where the music
 * sounds stands still, a third of the way to the right. With colours and
 * UTF-8 a character is two pitches, in half blocks of their part's colour;
 * else it is one, the part's sign where a note begins and a dash while it
 * lasts. Above it stand bar numbers and beats, below it what the judge makes
 * of each bar.
 *
 * The pitches shown are those of the bars that are there. They change at once
 * when a note would fall outside, and at a bar line when there is room for
 * larger steps; so they rarely do.
 */
#include "cli/screen_inside.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "music/key.h"

#define UNIT       SIXTEENTH
#define GUTTER     6             /* " C#-1 " */
#define BEFORE     (8 * QUARTER) /* how long before the left edge a bar may begin whose notes reach it */
#define STEP_MAX   64
#define WHOLE_NOTE (4 * QUARTER)

struct cell {
	uint8_t part; /* from 1; 0: nothing */
	bool begins, sounds, muted;
};

enum mark { MARK_NONE, MARK_BEAT, MARK_BAR, MARK_PIECE }; /* the later hides the earlier */

/* ---- time ---------------------------------------------------------------- */

static int play_column(int columns)
{
	return columns / 3;
}

static int64_t left_of(uint64_t now, int columns)
{
	return (int64_t)(now / UNIT) - play_column(columns);
}

uint64_t roll_from(const struct screen *s, uint64_t now)
{
	uint64_t reach = (uint64_t)play_column(s->canvas.columns) * UNIT + BEFORE;

	return now > reach ? now - reach : 0;
}

/* Where a moment is; before the first column it is negative. */
static int64_t column_of(const struct roll *r, uint64_t moment)
{
	return (int64_t)(moment / UNIT) - r->left;
}

uint64_t roll_beat(const struct score_bar *bar)
{
	uint64_t unit = WHOLE_NOTE >> bar->denominator_log2;
	bool compound = bar->denominator_log2 >= 3 && bar->numerator > 3 && bar->numerator % 3 == 0;

	return compound ? 3 * unit : unit > 0 ? unit : 1;
}

const struct score_bar *roll_bar_at(const struct screen *s, uint64_t moment)
{
	for (size_t i = 0; i < s->n_bars; i++)
		if (moment >= s->bars[i].at && moment < s->bars[i].at + s->bars[i].length)
			return &s->bars[i];
	return NULL;
}

/* ---- pitches ------------------------------------------------------------- */

static bool pitch_range(const struct screen *s, int *low, int *high)
{
	*low = 127;
	*high = 0;
	for (size_t i = 0; i < s->n_bars; i++)
		for (int k = 0; k < s->bars[i].n; k++) {
			int pitch = s->bars[i].notes[k].pitch;

			*low = pitch < *low ? pitch : *low;
			*high = pitch > *high ? pitch : *high;
		}
	return *low <= *high;
}

/* As few pitches a row as let all of them fit, in the middle of the rows that there are. */
static void fit(const struct roll *r, int low, int high, int *bottom, int *step)
{
	for (*step = 1; *step < STEP_MAX; (*step)++) {
		int row = r->halves * *step;
		int rows = (high - low / row * row) / row + 1;

		*bottom = low / row * row;
		if (rows > r->rows)
			continue;
		*bottom -= (r->rows - rows) / 2 * row;
		*bottom = *bottom > 0 ? *bottom : 0;
		return;
	}
}

static void choose_pitches(const struct screen *s, struct roll *r, const struct score_bar *bar)
{
	int low, high, bottom, step;
	bool fits, looks = r->step == 0 || !bar || bar->number != r->bar;

	if (!pitch_range(s, &low, &high)) {
		low = 55;
		high = 79;
	}
	fits = r->step > 0 && low >= r->low && high < r->low + r->halves * r->rows * r->step;
	if (fits && !looks)
		return;
	r->bar = bar ? bar->number : -1;
	fit(r, low, high, &bottom, &step);
	if (fits && step >= r->step)
		return;
	r->low = bottom;
	r->step = step;
}

/* ---- notes --------------------------------------------------------------- */

static void place_note(struct roll *r, const struct score_note *note, unsigned long long muted)
{
	const bool sounds = note->on <= r->now && r->now < note->off;
	const int half = (note->pitch - r->low) / r->step;
	int64_t first = column_of(r, note->on), last = column_of(r, note->off > note->on ? note->off - 1 : note->on);
	struct cell *row;

	if (note->pitch < r->low || half >= r->halves * r->rows || last < 0 || first >= r->columns)
		return;
	row = r->cells + (ptrdiff_t)half * r->columns;
	/* a gap before a note that comes again, where the one before is longer than a column */
	if (first > 0 && row[first - 1].part == note->part + 1 && !row[first - 1].begins)
		row[first - 1] = (struct cell){0};
	for (int64_t c = first < 0 ? 0 : first; c <= last && c < r->columns; c++)
		/* where parts meet the highest is seen */
		if (!row[c].part || row[c].part >= note->part + 1)
			row[c] = (struct cell){.part = (uint8_t)(note->part + 1),
			                       .begins = c == first,
			                       .sounds = sounds,
			                       .muted = note->part < 64 && muted >> note->part & 1};
}

static void mark(struct roll *r, uint64_t moment, enum mark what)
{
	int64_t column = column_of(r, moment);

	if (column >= 0 && column < r->columns && r->lines[column] < what)
		r->lines[column] = (uint8_t)what;
}

static void place_bars(struct screen *s, struct roll *r, unsigned long long muted)
{
	memset(r->cells, 0, (size_t)(r->halves * r->rows) * (size_t)r->columns * sizeof *r->cells);
	memset(r->lines, 0, (size_t)r->columns);
	for (size_t i = 0; i < s->n_bars; i++) {
		const struct score_bar *bar = &s->bars[i];
		const bool begins = i > 0 && bar->piece != s->bars[i - 1].piece;

		/* a pickup's beats are those before the next line */
		for (uint64_t m = bar->number > 0 ? bar->at : bar->at + bar->length % roll_beat(bar);
		     m < bar->at + bar->length; m += roll_beat(bar))
			mark(r, m, MARK_BEAT);
		mark(r, bar->at, begins ? MARK_PIECE : MARK_BAR);
		for (int k = 0; k < bar->n; k++)
			place_note(r, &bar->notes[k], muted);
	}
}

enum ink part_ink(int part)
{
	return (enum ink)(INK_PART + part % (INK_GREY - INK_PART));
}

char part_sign(int part)
{
	return part < 9 ? (char)('1' + part) : part < 9 + 26 ? (char)('a' + part - 9) : '*';
}

/* ---- drawing ------------------------------------------------------------- */

/* What stands where no note does. */
static void draw_empty(const struct screen *s, int y, int x, int column)
{
	const struct roll *r = &s->roll;

	if (column == play_column(r->columns))
		canvas_glyph(&s->canvas, y, x, s->canvas.utf8 ? L'│' : L'|', BOLD, INK_NONE, INK_NONE);
	else if (r->lines[column] == MARK_PIECE)
		canvas_glyph(&s->canvas, y, x, s->canvas.utf8 ? L'║' : L'#', PLAIN, INK_GREY, INK_NONE);
	else if (r->lines[column] == MARK_BAR)
		canvas_glyph(&s->canvas, y, x, s->canvas.utf8 ? L'┊' : L':', PLAIN, INK_GREY, INK_NONE);
}

static enum ink ink_of(const struct cell *c)
{
	return c->muted ? INK_GREY : part_ink(c->part - 1);
}

static enum manner strength_of(const struct cell *c)
{
	return !c->muted && (c->begins || c->sounds) ? BOLD : PLAIN;
}

/* Two pitches in one character: where both sound, the lower is the background. */
static void draw_halves(const struct screen *s, int y, int x, const struct cell *upper, const struct cell *lower)
{
	const struct cell *seen = upper->part ? upper : lower;
	enum ink behind = INK_NONE;
	wchar_t glyph = upper->part ? L'▀' : L'▄';

	if (upper->part && lower->part) {
		if (ink_of(upper) == ink_of(lower))
			glyph = L'█';
		else
			behind = ink_of(lower);
	}
	canvas_glyph(&s->canvas, y, x, glyph, strength_of(seen), ink_of(seen), behind);
}

static void draw_sign(const struct screen *s, int y, int x, const struct cell *c)
{
	wchar_t glyph = c->begins ? (wchar_t)part_sign(c->part - 1) : c->muted ? L'.' : c->sounds ? L'=' : L'-';

	canvas_glyph(&s->canvas, y, x, glyph, strength_of(c), ink_of(c), INK_NONE);
}

/* The pitch beside a row: every C, and at the ends of the roll whatever it is. */
static void draw_label(const struct screen *s, int y, int row)
{
	const struct roll *r = &s->roll;
	int low = r->low + row * r->halves * r->step;
	char name[8] = "", text[16];

	if ((row == 0 || row == r->rows - 1) && low < 128)
		pitch_name(name, sizeof name, low);
	for (int pitch = low; pitch < low + r->halves * r->step && pitch < 128; pitch++)
		if (pitch % 12 == 0)
			pitch_name(name, sizeof name, pitch);
	snprintf(text, sizeof text, "%5s ", name);
	canvas_text(&s->canvas, y, 0, GUTTER, PLAIN, INK_GREY, text);
}

static void draw_rows(const struct screen *s, int top)
{
	const struct roll *r = &s->roll;

	for (int row = 0; row < r->rows; row++) {
		const struct cell *lower = r->cells + (ptrdiff_t)row * r->halves * r->columns;
		const struct cell *upper = lower + (r->halves - 1) * r->columns;
		int y = top + r->rows - 1 - row;

		draw_label(s, y, row);
		for (int c = 0; c < r->columns; c++) {
			if (!upper[c].part && !lower[c].part)
				draw_empty(s, y, GUTTER + c, c);
			else if (r->halves == 2)
				draw_halves(s, y, GUTTER + c, &upper[c], &lower[c]);
			else
				draw_sign(s, y, GUTTER + c, &lower[c]);
		}
	}
}

/* Beats, and over them the bars' numbers: 7, 7= when it is the loop's again, 7~ when composing fell behind. */
static void draw_ruler(const struct screen *s, int y)
{
	const struct roll *r = &s->roll;
	int free = 0; /* the first column not written on */

	for (int c = 0; c < r->columns; c++)
		if (r->lines[c] != MARK_NONE)
			canvas_glyph(&s->canvas, y, GUTTER + c, s->canvas.utf8 ? L'·' : L'.', PLAIN, INK_GREY,
			             INK_NONE);
	for (size_t i = 0; i < s->n_bars; i++) {
		const struct score_bar *bar = &s->bars[i];
		int64_t column = column_of(r, bar->at);
		char number[16];

		if (column < free || column >= r->columns)
			continue;
		snprintf(number, sizeof number, "%d%s", bar->number, bar->locked ? "=" : bar->varied ? "~" : "");
		free = canvas_text(&s->canvas, y, GUTTER + (int)column, r->columns - (int)column, PLAIN, INK_NONE,
		                   number) -
		       GUTTER;
	}
}

/* A block as high as the bar looks real to it, or a line as long. */
static void draw_opinion(const struct screen *s, int y, const struct score_bar *bar)
{
	const struct roll *r = &s->roll;
	int64_t first = column_of(r, bar->at), next = column_of(r, bar->at + bar->length);
	double share = fmin(fmax(bar->judged, 0), 1);
	int64_t full = first + llround(share * (double)(next - 1 - first));

	for (int64_t c = first < 0 ? 0 : first; c < next - 1 && c < r->columns; c++) {
		wchar_t glyph = s->canvas.utf8 ? (wchar_t)(L'▁' + (int)(share * 7.99)) : c < full ? L'#' : L'.';

		canvas_glyph(&s->canvas, y, GUTTER + (int)c, glyph, PLAIN, INK_NONE, INK_NONE);
	}
}

static void draw_judge(const struct screen *s, int y)
{
	bool any = false;

	for (size_t i = 0; i < s->n_bars; i++)
		if (!isnan(s->bars[i].judged)) {
			draw_opinion(s, y, &s->bars[i]);
			any = true;
		}
	if (any)
		canvas_text(&s->canvas, y, 0, GUTTER, PLAIN, INK_GREY, "judge ");
}

/* Room for this size; only ever made anew when it is larger. */
static bool make_room(struct screen *s, int rows)
{
	struct roll *r = &s->roll;
	int halves = s->canvas.utf8 && s->canvas.colour ? 2 : 1, columns = s->canvas.columns - GUTTER;

	if (r->rows != rows || r->columns != columns || r->halves != halves)
		r->step = 0;
	r->rows = rows;
	r->columns = columns;
	r->halves = halves;
	return MEM_GROW(r->cells, r->capacity, (size_t)(halves * rows) * (size_t)columns) == 0 &&
	       MEM_GROW(r->lines, r->lines_capacity, (size_t)columns) == 0;
}

void roll_draw(struct screen *s, const struct screen_view *view, int top, int rows)
{
	struct roll *r = &s->roll;

	if (!make_room(s, rows))
		return;
	r->now = view->now;
	r->left = left_of(view->now, r->columns);
	choose_pitches(s, r, roll_bar_at(s, view->now));
	place_bars(s, r, view->values->muted);
	draw_ruler(s, top);
	draw_rows(s, top + 1);
	draw_judge(s, top + 1 + rows);
}

void roll_done(struct roll *r)
{
	free(r->cells);
	free(r->lines);
}
