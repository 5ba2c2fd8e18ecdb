/*
 * The statistics as a page: charts in SVG, no scripts, nothing fetched from
 * anywhere, so that one file is all there is. Text from outside is cleaned,
 * then escaped; what is written is well-formed XML too. No dates: the same
 * corpus gives the same page.
 */
#include "cli/stats_show.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/output.h"
#include "cli/page.h"

#define LISTED 24 /* bars of a list */

/* Sizes of the charts, in pixels where a page is wide enough. */
#define CHART_WIDTH    560
#define COLUMNS_HEIGHT 120
#define COLUMN_WIDEST  40
#define LABEL_HEIGHT   18
#define MARGIN         12 /* left and right, for labels of the outermost columns */
#define BAR_HEIGHT     20
#define BAR_LABEL      150
#define BAR_CHARACTERS 22 /* for which a label has room */
#define BAR_FIGURE     60

static const char style[] = "main { display: flex; flex-wrap: wrap; gap: 2em 3em; margin-top: 2em; }\n"
			    "figure { margin: 0; flex: 1 1 32em; max-width: 37em; }\n"
			    "figcaption b { display: block; }\n"
			    "figcaption { color: #666; font-size: .9em; margin-bottom: .5em; }\n"
			    "figcaption b { color: #222; font-size: 1.1em; }\n"
			    "svg { width: 100%; height: auto; display: block; }\n"
			    "svg text { font: 12px system-ui, sans-serif; fill: #444; }\n"
			    "svg rect { fill: #3a6ea5; }\n"
			    "svg line { stroke: #bbb; }\n";

/* ---- charts -------------------------------------------------------------- */

/* "C4: 123 (7 %)", shown by a browser where the pointer rests. */
static void put_title(FILE *out, const struct series *s, const struct series_bar *bar)
{
	char figure[32];

	series_figure(figure, sizeof figure, s, bar->count);
	fputs("<title>", out);
	page_put_clean(out, bar->label);
	fprintf(out, ": %zu", bar->count);
	if (s->shares) {
		fputs(" (", out);
		page_put_clean(out, figure);
		fputc(')', out);
	}
	fputs("</title>", out);
}

static void open_svg(FILE *out, const struct series *s, int height)
{
	fprintf(out, "<svg viewBox=\"%d 0 %d %d\" role=\"img\" aria-label=\"", -MARGIN, CHART_WIDTH + 2 * MARGIN,
	        height);
	page_put_clean(out, s->title);
	fputs("\">\n", out);
}

/* Labels of columns go where they do not touch the one before; those that matter in any case come first. */
static void put_column_labels(FILE *out, const struct series *s, double step)
{
	const bool all = step >= 34; /* room for every label */
	double free_from = -MARGIN;

	for (size_t i = 0; i < s->n; i++) {
		const double half = 4.0 * (double)strlen(s->bars[i].label), middle = ((double)i + 0.5) * step;

		if ((!all && !s->bars[i].tick) || middle - half < free_from)
			continue;
		fprintf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">", middle, COLUMNS_HEIGHT + 14);
		page_put_clean(out, s->bars[i].label);
		fputs("</text>\n", out);
		free_from = middle + half + 2;
	}
}

static void put_columns(FILE *out, const struct series *s)
{
	const double step = s->n > 0 ? fmin((double)CHART_WIDTH / (double)s->n, COLUMN_WIDEST) : COLUMN_WIDEST;
	const double most = (double)series_most(s);

	open_svg(out, s, COLUMNS_HEIGHT + LABEL_HEIGHT);
	for (size_t i = 0; i < s->n; i++) {
		const double height = COLUMNS_HEIGHT * (double)s->bars[i].count / most;

		if (s->bars[i].count == 0)
			continue;
		fprintf(out, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\">", (double)i * step,
		        COLUMNS_HEIGHT - height, step * 0.85, height);
		put_title(out, s, &s->bars[i]);
		fputs("</rect>\n", out);
	}
	fprintf(out, "<line x1=\"0\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>\n", COLUMNS_HEIGHT, (double)s->n * step,
	        COLUMNS_HEIGHT);
	put_column_labels(out, s, step);
	fputs("</svg>\n", out);
}

static void put_bars(FILE *out, const struct series *s)
{
	const double most = (double)series_most(s), room = CHART_WIDTH - BAR_LABEL - BAR_FIGURE;

	open_svg(out, s, (int)s->n * BAR_HEIGHT + 2);
	for (size_t i = 0; i < s->n; i++) {
		const double width = s->bars[i].others ? 0 : room * (double)s->bars[i].count / most;
		const int y = (int)i * BAR_HEIGHT;
		char figure[32];

		series_figure(figure, sizeof figure, s, s->bars[i].count);
		fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", BAR_LABEL - 8, y + 14);
		page_put_part(out, s->bars[i].label, series_cut(s->bars[i].label, BAR_CHARACTERS));
		fprintf(out, "</text><rect x=\"%d\" y=\"%d\" width=\"%.2f\" height=\"%d\">", BAR_LABEL, y + 3, width,
		        BAR_HEIGHT - 6);
		put_title(out, s, &s->bars[i]);
		fprintf(out, "</rect><text x=\"%.1f\" y=\"%d\">", BAR_LABEL + width + 6, y + 14);
		page_put_clean(out, figure);
		fputs("</text>\n", out);
	}
	fputs("</svg>\n", out);
}

static void put_figure(FILE *out, const struct series *s)
{
	char most[32];

	series_figure(most, sizeof most, s, series_most(s));
	fputs("<figure>\n<figcaption><b>", out);
	page_put_clean(out, s->title);
	fputs("</b>", out);
	page_put_clean(out, s->rule);
	if (s->columns && s->total > 0) {
		fputs(" The highest column is ", out);
		page_put_clean(out, most);
		fprintf(out, " of %zu.", s->total);
	}
	fputs("</figcaption>\n", out);
	if (s->columns)
		put_columns(out, s);
	else
		put_bars(out, s);
	fputs("</figure>\n", out);
}

/* ---- facts --------------------------------------------------------------- */

static void put_fact(FILE *out, const char *name, size_t value)
{
	fprintf(out, "<tr><th>%s</th><td>%zu</td></tr>\n", name, value);
}

static void put_facts(FILE *out, const struct corpus_stats *s)
{
	char length[32];

	duration_text(length, sizeof length, s->seconds);
	fputs("<table>\n", out);
	put_fact(out, "files", s->files);
	put_fact(out, "pieces", s->pieces);
	put_fact(out, "notes", s->notes);
	if (s->percussion_notes > 0)
		put_fact(out, "notes of percussion, left out", s->percussion_notes);
	fprintf(out, "<tr><th>duration</th><td>%.1f minutes (%s)</td></tr>\n", s->seconds / 60, length);
	put_fact(out, "styles", s->n_styles);
	put_fact(out, "duplicates", s->duplicates);
	put_fact(out, "skipped", s->skipped);
	fputs("</table>\n", out);
}

static int put_skipped(FILE *out, const struct corpus_stats *s)
{
	if (s->n_reasons == 0)
		return 0;
	fputs("<h2>Skipped</h2>\n<table>\n<tr><th></th><th>reason</th><th>the first</th></tr>\n", out);
	for (size_t i = 0; i < s->n_reasons; i++) {
		fprintf(out, "<tr><td class=\"n\">%zu</td><td>", s->reasons[i].count);
		if (page_put_text(out, s->reasons[i].text) < 0)
			return -1;
		fputs("</td><td>", out);
		if (page_put_text(out, s->reasons[i].example) < 0)
			return -1;
		fputs("</td></tr>\n", out);
	}
	fputs("</table>\n", out);
	return 0;
}

int stats_html(FILE *out, const struct corpus_stats *stats, const char *const *corpora, size_t n_corpora)
{
	struct series list[SERIES];
	int result = series_make(list, stats, LISTED);

	if (result == 0) {
		fputs(STATS_PAGE_MARK "<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
		                      "<meta name=\"viewport\" content=\"width=device-width\"/>\n<title>",
		      out);
		result = page_put_names(out, corpora, n_corpora);
	}
	if (result == 0) {
		fprintf(out, "</title>\n<style>\n%s%s</style>\n</head>\n<body>\n<h1>", page_style, style);
		result = page_put_names(out, corpora, n_corpora);
	}
	if (result == 0) {
		fputs("</h1>\n", out);
		put_facts(out, stats);
		fputs("<main>\n", out);
		for (int i = 0; i < SERIES; i++)
			put_figure(out, &list[i]);
		fputs("</main>\n", out);
		result = put_skipped(out, stats);
		fputs("</body>\n</html>\n", out);
	}
	series_done(list);
	return result;
}
