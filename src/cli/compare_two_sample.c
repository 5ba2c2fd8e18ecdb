/* The two-sample test of a comparison, as text, JSON and HTML. What its controls do not allow is nowhere shown. */
#include "cli/compare_show.h"

#include <math.h>

const char *compare_two_sample_key(enum two_sample_set set)
{
	static const char *const keys[TWO_SAMPLE_SETS] = {"made", "markov", "real"};

	return keys[set];
}

static const char *const names[TWO_SAMPLE_SETS] = {"made", "Markov chain", "real"};

static double percent(double x)
{
	return 100 * x;
}

bool compare_two_sample_shows(const struct two_sample *t, enum two_sample_set set)
{
	return set != TWO_SAMPLE_MADE || two_sample_holds(t);
}

void compare_two_sample_reason(char *buf, size_t size, const struct two_sample *t)
{
	const double chain = percent(t->figures[TWO_SAMPLE_CHAIN].accuracy.value);
	const double real = percent(t->figures[TWO_SAMPLE_REAL].accuracy.value);
	const double least = percent(TWO_SAMPLE_CHAIN_LEAST), most = percent(TWO_SAMPLE_REAL_MOST);

	if (!t->hears && !t->fair)
		snprintf(buf, size,
		         "chains are told from real music in %.1f %% (least: %.0f), real in %.1f (most: %.0f)", chain,
		         least, real, most);
	else if (!t->hears)
		snprintf(buf, size, "Markov chains are told from real music in %.1f %% only, %.0f is the least", chain,
		         least);
	else
		snprintf(buf, size, "real music is told from real music in %.1f %%, %.0f is the most", real, most);
}

/* ---- text -------------------------------------------------------------------- */

static void put_row(FILE *out, const struct two_sample *t, enum two_sample_set set)
{
	const struct two_sample_figure *f = &t->figures[set];
	char range[64];

	fprintf(out, "%-22s", names[set]);
	if (!compare_two_sample_shows(t, set)) {
		fprintf(out, "%8s\n", "-");
		return;
	}
	snprintf(range, sizeof range, "%.1f to %.1f", percent(f->accuracy.low), percent(f->accuracy.high));
	fprintf(out, "%8.1f%16s%8zu%8zu", percent(f->accuracy.value), range, f->pieces[1], f->windows[1]);
	if (set == TWO_SAMPLE_CHAIN)
		fprintf(out, "  (least: %.0f)", percent(TWO_SAMPLE_CHAIN_LEAST));
	if (set == TWO_SAMPLE_REAL)
		fprintf(out, "  (most: %.0f)", percent(TWO_SAMPLE_REAL_MOST));
	fputc('\n', out);
}

void compare_two_sample_text(FILE *out, const struct two_sample *t)
{
	const struct two_sample_figure *made = &t->figures[TWO_SAMPLE_MADE];
	char reason[128];

	fprintf(out, "\n%-22s%8s%16s%8s%8s\n", "told from real music", "%", "95 %", "pieces", "windows");
	for (int set = 0; set < TWO_SAMPLE_SETS; set++)
		put_row(out, t, (enum two_sample_set)set);
	if (!two_sample_holds(t)) {
		compare_two_sample_reason(reason, sizeof reason, t);
		fprintf(out, "not shown of what was made:\n  %s\n", reason);
	}
	fprintf(out, "windows of 8 bars; against %zu of %zu real pieces; 50 %%: not told apart\n", made->windows[0],
	        made->pieces[0]);
}

/* ---- JSON -------------------------------------------------------------------- */

/* Six places are more than the figures hold. */
static void put_figure(struct document *d, cJSON *to, const char *name, double value)
{
	document_number(d, to, name, round(value * 1e6) / 1e6);
}

static void put_object(struct document *d, cJSON *to, const struct two_sample *t, enum two_sample_set set)
{
	const struct two_sample_figure *f = &t->figures[set];
	const bool shows = compare_two_sample_shows(t, set);
	cJSON *object = document_object(d, to, compare_two_sample_key(set));

	put_figure(d, object, "accuracy", shows ? f->accuracy.value : NAN);
	put_figure(d, object, "low", shows ? f->accuracy.low : NAN);
	put_figure(d, object, "high", shows ? f->accuracy.high : NAN);
	document_number(d, object, "pieces", (double)f->pieces[1]);
	document_number(d, object, "windows", (double)f->windows[1]);
	document_number(d, object, "against_pieces", (double)f->pieces[0]);
	document_number(d, object, "against_windows", (double)f->windows[0]);
	document_number(d, object, "learned", (double)f->learned[1]);
	document_number(d, object, "against_learned", (double)f->learned[0]);
}

void compare_two_sample_json(struct document *d, const struct two_sample *t)
{
	cJSON *object;
	char reason[128];

	if (!t) {
		document_null(d, d->root, "two_sample");
		return;
	}
	object = document_object(d, d->root, "two_sample");
	document_bool(d, object, "holds", two_sample_holds(t));
	if (two_sample_holds(t)) {
		document_null(d, object, "reason");
	} else {
		compare_two_sample_reason(reason, sizeof reason, t);
		document_text(d, object, "reason", reason);
	}
	for (int set = 0; set < TWO_SAMPLE_SETS; set++)
		put_object(d, object, t, (enum two_sample_set)set);
}

/* ---- HTML -------------------------------------------------------------------- */

void compare_two_sample_html(FILE *out, const struct two_sample *t)
{
	char reason[128];

	fputs("<h2>Told from real music by a classifier trained for it</h2>\n<table>\n<tr><th></th><th "
	      "class=\"n\">%</th>"
	      "<th class=\"n\">95 %</th><th class=\"n\">pieces</th><th class=\"n\">windows</th></tr>\n",
	      out);
	for (int set = 0; set < TWO_SAMPLE_SETS; set++) {
		const struct two_sample_figure *f = &t->figures[set];

		fprintf(out, "<tr><td>%s</td>", names[set]);
		if (compare_two_sample_shows(t, (enum two_sample_set)set))
			fprintf(out, "<td class=\"n\">%.1f</td><td class=\"n\">%.1f to %.1f</td>",
			        percent(f->accuracy.value), percent(f->accuracy.low), percent(f->accuracy.high));
		else
			fputs("<td class=\"n\">-</td><td class=\"n\">-</td>", out);
		fprintf(out, "<td class=\"n\">%zu</td><td class=\"n\">%zu</td></tr>\n", f->pieces[1], f->windows[1]);
	}
	fprintf(out,
	        "</table>\n<p>Of windows of 8 bars; 50 %%: nothing tells them apart. A Markov chain of order 3 has to "
	        "reach %.0f %%, and real against real %.0f %% at most.",
	        percent(TWO_SAMPLE_CHAIN_LEAST), percent(TWO_SAMPLE_REAL_MOST));
	if (!two_sample_holds(t)) {
		compare_two_sample_reason(reason, sizeof reason, t);
		fprintf(out, " Not shown of what was made: %s.", reason);
	}
	fputs("</p>\n", out);
}
