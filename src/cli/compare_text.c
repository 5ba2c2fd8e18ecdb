/* Made music against real music as a table. */
#include "cli/compare_show.h"

#include <math.h>
#include <string.h>

#include "cli/cli.h"

#define NAME   12
#define LISTED 20 /* copies named */

void compare_number(char buf[32], double value, int digits)
{
	if (isfinite(value))
		snprintf(buf, 32, "%.*f", digits, value);
	else
		snprintf(buf, 32, "-");
}

void compare_mean(char buf[32], double value)
{
	compare_number(buf, value, fabs(value) >= 100 ? 0 : fabs(value) >= 10 ? 1 : 2);
}

const char *compare_set_key(enum compare_set set)
{
	static const char *const keys[COMPARE_SETS] = {"real", "made", "bars_shuffled", "markov", "seed"};

	return keys[set];
}

const char *compare_word(const struct compare *c, enum feature feature)
{
	const struct compare_feature *f = &c->features[feature];

	if (!f->judged)
		return "";
	if (compare_is_blind(c, feature))
		return f->passes[SET_MADE] ? "pass blind" : "fail blind";
	return f->passes[SET_MADE] ? "pass" : "fail";
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void put_name(FILE *out, const char *name)
{
	fprintf(out, "%-*s", NAME, name);
}

/* ---- what is compared ---------------------------------------------------- */

static void put_real(FILE *out, const struct compare_result *r)
{
	const struct compare *c = r->compare;

	put_name(out, "real");
	for (size_t i = 0; i < r->n_corpora; i++) {
		fputs(i > 0 ? ", " : "", out);
		put_clean(out, r->corpora[i]);
	}
	fputc('\n', out);
	put_name(out, "");
	if (c->everything)
		fprintf(out, "%zu pieces, all: no whole piece is held out", c->real_held);
	else if (strcmp(r->split, "all") == 0)
		fprintf(out, "%zu pieces, all", c->real_held);
	else
		fprintf(out, "%zu pieces of %zu, %s", c->real_held, r->real->n, r->split);
	if (c->real < c->real_held)
		fprintf(out, "; %zu of them drawn", c->real);
	fprintf(out, "\n%*s(%s)\n", NAME, "", split_rule_name(r->real->rule));
}

static void put_facts(FILE *out, const struct compare_result *r)
{
	const struct compare *c = r->compare;

	put_name(out, "made");
	put_clean(out, r->made_path);
	fprintf(out, "\n%*s%zu pieces\n", NAME, "", r->made->n);
	if (r->skips->skipped > 0) {
		put_name(out, "left out");
		fprintf(out, "%zu file%s: ", r->skips->skipped, plural(r->skips->skipped));
		put_clean(out, r->skips->reasons[0].text);
		fputs(" (", out);
		put_clean(out, r->skips->reasons[0].example);
		fputs(r->skips->skipped > 1 ? ", ...)\n" : ")\n", out);
	}
	put_real(out, r);
	put_name(out, "compared");
	fprintf(out, "%zu pieces with %zu others, %d times; bars: real %.1f, made %.1f\n", c->m, c->m, COMPARE_DRAWS,
	        c->bars[0], c->bars[1]);
}

/* ---- the table ----------------------------------------------------------- */

static void put_number(FILE *out, double value, int width)
{
	char text[32];

	compare_number(text, value, 2);
	fprintf(out, "%*s", width, text);
}

static void put_feature(FILE *out, const struct compare *c, enum feature feature)
{
	const struct compare_feature *f = &c->features[feature];
	char mean_real[32], mean_made[32];
	const char *word = compare_word(c, feature);

	compare_mean(mean_real, f->mean[SET_REAL]);
	compare_mean(mean_made, f->mean[SET_MADE]);
	fprintf(out, "%-22s%6s%6s", feature_info(feature)->name, mean_real, mean_made);
	put_number(out, f->overlap[SET_MADE], 5);
	put_number(out, f->overlap_least, 6);
	put_number(out, f->divergence[SET_MADE], 6);
	put_number(out, f->overlap[SET_SHUFFLED], 5);
	put_number(out, f->overlap[SET_MARKOV], 6);
	put_number(out, f->overlap[SET_SEED], 5);
	fprintf(out, "%s%s\n", *word ? " " : "", word);
}

static void put_table(FILE *out, const struct compare *c)
{
	fprintf(out, "\n%-22s%12s%17s%16s\n", "", "mean", "nearness to real", "controls");
	fprintf(out, "%-22s%6s%6s%5s%6s%6s%5s%6s%5s\n", "", "real", "made", "made", "least", "KL", "bars", "chain",
	        "seed");
	for (int f = 0; f < FEATURES; f++)
		put_feature(out, c, (enum feature)f);
}

static void put_runs(FILE *out, const struct compare *c)
{
	static const char *const names[COMPARE_SETS] = {"real", "made", "bars shuffled", "Markov chain", "seed"};

	fprintf(out, "\n%-22s%8s%8s%8s%8s\n", "copied runs, notes", "pieces", "median", "95 %", "longest");
	for (int set = 0; set < COMPARE_SETS; set++) {
		const struct compare_runs *runs = &c->runs[set];

		if (set == SET_SEED && runs->n == 0)
			continue;
		fprintf(out, "%-22s%8zu", names[set], runs->n);
		put_number(out, runs->median, 8);
		put_number(out, runs->high, 8);
		put_number(out, runs->most, 8);
		fputc('\n', out);
	}
	if (c->twins > 0)
		fprintf(out, "%zu real piece%s with a twin in training left out\n", c->twins, plural(c->twins));
}

static void put_copies(FILE *out, const struct compare_result *r)
{
	const struct compare *c = r->compare;

	if (!isfinite(c->runs[SET_REAL].high))
		return;
	fprintf(out, "\n%zu piece%s made cop%s more than 95 %% of the real ones do%s\n", c->n_copies,
	        plural(c->n_copies), c->n_copies == 1 ? "ies" : "y", c->n_copies > 0 ? ":" : "");
	for (size_t i = 0; i < c->n_copies && i < LISTED; i++) {
		fprintf(out, "  %5d notes  ", c->copies[i].run);
		put_clean(out, r->made->pieces[c->copies[i].piece].path);
		fputc('\n', out);
	}
	if (c->n_copies > LISTED)
		fprintf(out, "  and %zu more (--json lists all)\n", c->n_copies - LISTED);
}

void compare_text(FILE *out, const struct compare_result *r)
{
	const struct compare *c = r->compare;

	put_facts(out, r);
	put_table(out, c);
	put_runs(out, c);
	put_copies(out, r);
	if (r->two_sample)
		compare_two_sample_text(out, r->two_sample);
	fprintf(out, "\npasses %zu of %zu features; of the %zu that no control passes, %zu\n", c->passed, c->judged,
	        c->seeing, c->seen);
}
