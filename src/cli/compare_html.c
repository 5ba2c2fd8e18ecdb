/*
 * Made music against real music as a page: the table, and beside each feature
 * a line from 0 to 1 with the twenty draws of real against real, the least
 * that passes, and where the music made and the controls are. No scripts,
 * nothing fetched; no dates: the same music gives the same page.
 */
#include "cli/compare_show.h"

#include <math.h>

#include "cli/page.h"

#define LINE_WIDTH  300
#define LINE_HEIGHT 22

static const char style[] =
	"td.n, th.n { text-align: right; padding-right: 1em; }\n"
	"td small { color: #666; display: block; max-width: 24em; }\n"
	"svg { width: 300px; height: 22px; overflow: visible; }\n"
	"svg text { font: 11px system-ui, sans-serif; text-anchor: middle; }\n"
	".axis { stroke: #bbb; } .real { stroke: #888; } .least { stroke: #222; stroke-width: 2; }\n"
	".made { fill: #3a6ea5; } .fail .made { fill: #b8442e; } .control { fill: #666; }\n"
	"tr.fail td.result { color: #b8442e; }\n";

static void put_cell(FILE *out, double value, int digits)
{
	char text[32];

	if (digits < 0)
		compare_mean(text, value);
	else
		compare_number(text, value, digits);
	fprintf(out, "<td class=\"n\">%s</td>", text);
}

static void put_letter(FILE *out, const char *letter, double at)
{
	if (isfinite(at))
		fprintf(out, "<text class=\"control\" x=\"%.1f\" y=\"21\">%s</text>", at * LINE_WIDTH, letter);
}

static void put_line(FILE *out, const struct compare_feature *f)
{
	fprintf(out,
	        "<td><svg viewBox=\"0 0 %d %d\" role=\"img\"><line class=\"axis\" x1=\"0\" y1=\"7\" x2=\"%d\" "
	        "y2=\"7\"/>",
	        LINE_WIDTH, LINE_HEIGHT, LINE_WIDTH);
	for (size_t i = 0; i < f->n_draws; i++)
		fprintf(out, "<line class=\"real\" x1=\"%.1f\" y1=\"4\" x2=\"%.1f\" y2=\"10\"/>",
		        f->draws[i] * LINE_WIDTH, f->draws[i] * LINE_WIDTH);
	if (isfinite(f->overlap_least))
		fprintf(out, "<line class=\"least\" x1=\"%.1f\" y1=\"1\" x2=\"%.1f\" y2=\"13\"/>",
		        f->overlap_least * LINE_WIDTH, f->overlap_least * LINE_WIDTH);
	if (isfinite(f->overlap[SET_MADE]))
		fprintf(out, "<circle class=\"made\" cx=\"%.1f\" cy=\"7\" r=\"4\"/>",
		        f->overlap[SET_MADE] * LINE_WIDTH);
	put_letter(out, "B", f->overlap[SET_SHUFFLED]);
	put_letter(out, "C", f->overlap[SET_MARKOV]);
	put_letter(out, "S", f->overlap[SET_SEED]);
	fputs("</svg></td>", out);
}

static void put_feature(FILE *out, const struct compare *c, enum feature feature)
{
	const struct compare_feature *f = &c->features[feature];
	const struct feature_info *info = feature_info(feature);

	fprintf(out, "<tr class=\"%s\"><td>", f->judged && !f->passes[SET_MADE] ? "fail" : "pass");
	page_put_clean(out, info->name);
	fputs("<small>", out);
	page_put_clean(out, info->rule);
	fputs("</small></td>", out);
	put_cell(out, f->mean[SET_REAL], -1);
	put_cell(out, f->mean[SET_MADE], -1);
	put_cell(out, f->overlap[SET_MADE], 2);
	put_cell(out, f->overlap_least, 2);
	put_cell(out, f->divergence[SET_MADE], 2);
	put_cell(out, f->divergence_most, 2);
	put_cell(out, f->overlap[SET_SHUFFLED], 2);
	put_cell(out, f->overlap[SET_MARKOV], 2);
	put_cell(out, f->overlap[SET_SEED], 2);
	fprintf(out, "<td class=\"result\">%s</td>", compare_word(c, feature));
	put_line(out, f);
	fputs("</tr>\n", out);
}

static void put_features(FILE *out, const struct compare *c)
{
	fputs("<table>\n<tr><th></th><th class=\"n\">mean, real</th><th class=\"n\">made</th><th "
	      "class=\"n\">nearness</th>"
	      "<th class=\"n\">least</th><th class=\"n\">KL</th><th class=\"n\">most</th><th class=\"n\">bars shuffled "
	      "(B)</th>"
	      "<th class=\"n\">Markov chain (C)</th><th class=\"n\">seed (S)</th><th></th><th>nearness, 0 to "
	      "1</th></tr>\n",
	      out);
	for (int f = 0; f < FEATURES; f++)
		put_feature(out, c, (enum feature)f);
	fputs("</table>\n", out);
}

static int put_runs(FILE *out, const struct compare_result *r)
{
	static const char *const names[COMPARE_SETS] = {"real", "made", "bars shuffled", "Markov chain", "seed"};
	const struct compare *c = r->compare;

	fputs("<h2>Longest copied runs, notes</h2>\n<table>\n<tr><th></th><th class=\"n\">pieces</th>"
	      "<th class=\"n\">median</th><th class=\"n\">95 %</th><th class=\"n\">longest</th></tr>\n",
	      out);
	for (int set = 0; set < COMPARE_SETS; set++) {
		if (set == SET_SEED && c->runs[set].n == 0)
			continue;
		fprintf(out, "<tr><td>%s</td><td class=\"n\">%zu</td>", names[set], c->runs[set].n);
		put_cell(out, c->runs[set].median, 1);
		put_cell(out, c->runs[set].high, 1);
		put_cell(out, c->runs[set].most, 0);
		fputs("</tr>\n", out);
	}
	fprintf(out,
	        "</table>\n<p>Against %zu training pieces; %zu real pieces with a twin there are left out. "
	        "Made, and more than 95 %% of the real ones: %zu.</p>\n",
	        c->train, c->twins, c->n_copies);
	for (size_t i = 0; i < c->n_copies; i++) {
		fprintf(out, "%s<tr><td class=\"n\">%d</td><td>", i == 0 ? "<table>\n" : "", c->copies[i].run);
		if (page_put_text(out, r->made->pieces[c->copies[i].piece].path) < 0)
			return -1;
		fprintf(out, "</td></tr>\n%s", i + 1 == c->n_copies ? "</table>\n" : "");
	}
	return 0;
}

/* "made against real, real" */
static int put_title(FILE *out, const struct compare_result *r)
{
	if (page_put_text(out, r->made_path) < 0)
		return -1;
	fputs(" against ", out);
	return page_put_names(out, r->corpora, r->n_corpora);
}

int compare_html(FILE *out, const struct compare_result *r)
{
	const struct compare *c = r->compare;

	fputs(COMPARE_PAGE_MARK "<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
	                        "<meta name=\"viewport\" content=\"width=device-width\"/>\n<title>",
	      out);
	if (put_title(out, r) < 0)
		return -1;
	fprintf(out, "</title>\n<style>\n%s%s</style>\n</head>\n<body>\n<h1>", page_style, style);
	if (put_title(out, r) < 0)
		return -1;
	fprintf(out,
	        "</h1>\n<p>%zu pieces made, %zu real ones (%s; %s); %zu with %zu others, %d times. Passes %zu of %zu "
	        "features; "
	        "of the %zu that no control passes, %zu.</p>\n",
	        r->made->n, c->real_held, c->everything ? "all" : r->split, split_rule_name(r->real->rule), c->m, c->m,
	        COMPARE_DRAWS, c->passed, c->judged, c->seeing, c->seen);
	put_features(out, c);
	if (put_runs(out, r) < 0)
		return -1;
	if (r->two_sample)
		compare_two_sample_html(out, r->two_sample);
	fputs("</body>\n</html>\n", out);
	return 0;
}
