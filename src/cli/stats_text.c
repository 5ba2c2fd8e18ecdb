/*
 * The statistics for a terminal or a pipe: facts, then blocks of columns or
 * bars, two side by side where there is room. A block is a text of its own
 * until it is put beside another. With UTF-8 a character is eight steps of a
 * column or bar, in plain ASCII one or two; whatever occurs shows at least
 * the smallest.
 */
#include "cli/stats_show.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/output.h"

#define WIDTH       78 /* of two blocks */
#define GAP         2
#define HALF        ((WIDTH - GAP) / 2)
#define ROWS        4 /* of columns */
#define COLUMN_MOST 4 /* characters a column */
#define LABEL       14
#define FIGURE      6
#define LISTED      7 /* bars of a list */
#define REASONS     5
#define NAME_COLUMN 12

/* ---- lines --------------------------------------------------------------- */

/* Characters of a UTF-8 text, each taken to be as wide as any. */
static size_t text_width(const char *text, size_t bytes)
{
	size_t n = 0;

	for (size_t i = 0; i < bytes; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

/* At most `width` characters of a clean text, filled up with blanks. */
static void put_cell(FILE *out, const char *text, size_t width)
{
	const size_t bytes = series_cut(text, width);

	fprintf(out, "%.*s%*s", (int)bytes, text, (int)(width - text_width(text, bytes)), "");
}

/* One block, or two side by side, the right one's lines from column `at`. */
static void put_beside(FILE *out, const char *left, const char *right, size_t at)
{
	while (*left || *right) {
		const size_t n = strcspn(left, "\n"), m = strcspn(right, "\n"), width = text_width(left, n);

		fprintf(out, "%.*s", (int)n, left);
		if (m > 0)
			fprintf(out, "%*s%.*s", (int)(width < at ? at - width : 1), "", (int)m, right);
		fputc('\n', out);
		left += n + (left[n] == '\n');
		right += m + (right[m] == '\n');
	}
}

/* ---- columns ------------------------------------------------------------- */

/* As many bars to a column as it takes, and as wide a column as there is room for. */
struct columns {
	size_t n, bars; /* columns; bars of the series in each */
	size_t width;
	size_t *counts;
	size_t most;
};

static int lay_columns(struct columns *c, const struct series *s, size_t room)
{
	*c = (struct columns){.bars = (s->n + room - 1) / room, .most = 1};
	c->bars = c->bars > 0 ? c->bars : 1;
	c->n = (s->n + c->bars - 1) / c->bars;
	c->width = c->n > 0 ? room / c->n : 1;
	c->width = c->width < COLUMN_MOST ? c->width : COLUMN_MOST;
	c->counts = mem_new(c->n, sizeof *c->counts);
	if (!c->counts)
		return -1;
	for (size_t i = 0; i < s->n; i++)
		c->counts[i / c->bars] += s->bars[i].count;
	for (size_t i = 0; i < c->n; i++)
		c->most = c->counts[i] > c->most ? c->counts[i] : c->most;
	return 0;
}

/* One of ROWS rows of characters; blanks only where something follows. */
static void put_row(FILE *out, const struct columns *c, int row, bool utf8)
{
	static const char *const blocks[9] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const ascii[3] = {" ", "_", "#"};
	const int steps = utf8 ? 8 : 2;
	size_t blanks = 0;

	for (size_t i = 0; i < c->n; i++) {
		const double height = (double)c->counts[i] / (double)c->most * ROWS * steps;
		int filled = (int)(height + 0.5), here;

		if (filled == 0 && c->counts[i] > 0)
			filled = 1;
		here = filled - row * steps;
		here = here < 0 ? 0 : here > steps ? steps : here;
		for (size_t k = 0; k < c->width; k++) {
			if (here == 0 || (c->width > 1 && k == c->width - 1)) {
				blanks++;
				continue;
			}
			fprintf(out, "%*s%s", (int)blanks, "", utf8 ? blocks[here] : ascii[here]);
			blanks = 0;
		}
	}
	fputc('\n', out);
}

static void put_column_labels(FILE *out, const struct columns *c, const struct series *s)
{
	size_t at = 0; /* characters written */

	for (size_t i = 0; i < s->n; i++) {
		const size_t column = i / c->bars * c->width;

		if (!s->bars[i].tick || column < at + (at > 0))
			continue;
		fprintf(out, "%*s%s", (int)(column - at), "", s->bars[i].label);
		at = column + strlen(s->bars[i].label);
	}
	fputc('\n', out);
}

static int put_columns(FILE *out, const struct series *s, size_t width, bool utf8)
{
	struct columns c;
	char most[32];

	if (lay_columns(&c, s, width) < 0)
		return -1;
	series_figure(most, sizeof most, s, c.most);
	fprintf(out, "%s (to %s)\n", s->title, s->total > 0 ? most : "0 %");
	for (int row = ROWS; row-- > 0;)
		put_row(out, &c, row, utf8);
	put_column_labels(out, &c, s);
	free(c.counts);
	return 0;
}

/* ---- bars ---------------------------------------------------------------- */

/* After a blank, at least the smallest bar there is. */
static void put_bar(FILE *out, double share, size_t room, bool utf8)
{
	static const char *const ends[8] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
	const int steps = utf8 ? 8 : 1;
	const int filled = (int)(share * (double)room * steps + 0.5);

	fputc(' ', out);
	for (int i = 0; i < filled / steps; i++)
		fputs(utf8 ? "█" : "#", out);
	if (filled == 0)
		fputs(utf8 ? ends[1] : ".", out);
	else
		fputs(ends[filled % steps], out); /* steps of 1 leave none over */
}

static void put_bars(FILE *out, const struct series *s, size_t width, bool utf8)
{
	const size_t most = series_most(s), room = width - LABEL - FIGURE - 1;

	fprintf(out, "%s\n", s->title);
	for (size_t i = 0; i < s->n; i++) {
		char figure[32];

		series_figure(figure, sizeof figure, s, s->bars[i].count);
		put_cell(out, s->bars[i].label, LABEL);
		fprintf(out, "%*s", FIGURE, figure);
		if (!s->bars[i].others && s->bars[i].count > 0)
			put_bar(out, (double)s->bars[i].count / (double)most, room, utf8);
		fputc('\n', out);
	}
}

/* ---- blocks -------------------------------------------------------------- */

/* A block as a text, the caller's to free; NULL when out of memory. */
static char *block(const struct series *s, size_t width, bool utf8)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int result = 0;

	if (!out) {
		error("out of memory");
		return NULL;
	}
	if (s->columns)
		result = put_columns(out, s, width, utf8);
	else
		put_bars(out, s, width, utf8);
	if (fclose(out) != 0 && result == 0)
		result = error("out of memory");
	if (result < 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* Two series, or one where `right` is NULL; side by side, the right one from column `at`, or below each other. */
static int put_pair(FILE *out, const struct series *left, const struct series *right, size_t at, int columns, bool utf8)
{
	char *a = block(left, at - GAP, utf8), *b = right ? block(right, WIDTH - at, utf8) : NULL;
	const int result = a && (b || !right) ? 0 : -1;

	if (result == 0 && (!b || columns >= WIDTH)) {
		put_beside(out, a, b ? b : "", at);
	} else if (result == 0) {
		put_beside(out, a, "", at);
		fputc('\n', out);
		put_beside(out, b, "", at);
	}
	free(a);
	free(b);
	return result;
}

static const struct {
	int left, right; /* right -1: alone */
	size_t at;
} pairs[] = {
	{SERIES_PITCH, SERIES_CLASS, 54},
	{SERIES_INTERVAL, SERIES_PHRASE, 56},
	{SERIES_DURATION, SERIES_TEMPO, HALF + GAP},
	{SERIES_FOUND, SERIES_STATED, HALF + GAP},
	{SERIES_METRE, SERIES_PARTS, HALF + GAP},
	{SERIES_STYLE, -1, HALF + GAP},
};

static int put_blocks(FILE *out, const struct series list[SERIES], int columns, bool utf8)
{
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		/* one style says nothing */
		if (pairs[i].left == SERIES_STYLE && list[SERIES_STYLE].n < 2)
			continue;
		fputc('\n', out);
		if (put_pair(out, &list[pairs[i].left], pairs[i].right < 0 ? NULL : &list[pairs[i].right], pairs[i].at,
		             columns, utf8) < 0)
			return -1;
	}
	return 0;
}

/* ---- facts --------------------------------------------------------------- */

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void put_name(FILE *out, const char *name)
{
	fprintf(out, "%-*s", NAME_COLUMN, name);
}

static void put_skipped(FILE *out, const struct corpus_stats *s)
{
	size_t listed = 0;

	put_name(out, "skipped");
	fprintf(out, "%zu\n", s->skipped);
	for (; listed < s->n_reasons && listed < REASONS; listed++) {
		fprintf(out, "%*zu  ", NAME_COLUMN + 4, s->reasons[listed].count);
		put_clean(out, s->reasons[listed].text);
		fputs(s->reasons[listed].count > 1 ? " (" : ": ", out);
		put_clean(out, s->reasons[listed].example);
		fputs(s->reasons[listed].count > 1 ? ", ...)\n" : "\n", out);
	}
	if (s->n_reasons > listed)
		fprintf(out, "%*s%zu more reason%s\n", NAME_COLUMN, "", s->n_reasons - listed,
		        plural(s->n_reasons - listed));
}

static void put_facts(FILE *out, const struct corpus_stats *s, const char *const *corpora, size_t n_corpora)
{
	char length[32];

	put_name(out, "corpus");
	for (size_t i = 0; i < n_corpora; i++) {
		fputs(i > 0 ? ", " : "", out);
		put_clean(out, corpora[i]);
	}
	fputc('\n', out);
	put_name(out, "pieces");
	fprintf(out, "%zu from %zu file%s, %zu style%s\n", s->pieces, s->files, plural(s->files), s->n_styles,
	        plural(s->n_styles));
	put_name(out, "notes");
	fprintf(out, "%zu", s->notes);
	if (s->percussion_notes > 0)
		fprintf(out, ", and %zu of percussion left out", s->percussion_notes);
	fputc('\n', out);
	duration_text(length, sizeof length, s->seconds);
	put_name(out, "duration");
	fprintf(out, "%.1f minutes (%s)\n", s->seconds / 60, length);
	put_name(out, "duplicates");
	fprintf(out, "%zu\n", s->duplicates);
	put_skipped(out, s);
}

int stats_text(FILE *out, const struct corpus_stats *stats, const char *const *corpora, size_t n_corpora, int columns,
               bool utf8)
{
	struct series list[SERIES];
	int result = series_make(list, stats, LISTED);

	if (result == 0) {
		put_facts(out, stats, corpora, n_corpora);
		result = put_blocks(out, list, columns, utf8);
	}
	series_done(list);
	return result;
}
