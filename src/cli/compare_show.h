/* Made music against real music (corpus/compare.h), for people and for programs: a table, a page, JSON, a listening test. */
#ifndef CLI_COMPARE_SHOW_H
#define CLI_COMPARE_SHOW_H

#include <stdio.h>
#include "cli/document.h"
#include "corpus/compare.h"
#include "corpus/stats.h"
#include "model/two_sample.h"

/* What a page of ours begins with, which is how we know that it may be replaced. */
#define COMPARE_PAGE_MARK "<!DOCTYPE html>\n<!-- musegen compare -->\n"

struct compare_result {
	const char *made_path; /* as typed */
	const char *const *corpora;
	size_t n_corpora;
	const char *split; /* "held-out", "valid", ... */
	const struct corpus *made, *real;
	const struct corpus_stats *skips; /* of what was made: `skipped` and the reasons */
	const struct compare *compare;
	const struct two_sample *two_sample; /* NULL: nobody asked for it, or it cannot be made */
};

/* "0.81", and "-" for what there is not; buf of 32 bytes. */
void compare_number(char buf[32], double value, int digits);
/* The same with as many digits as a mean of it needs. */
void compare_mean(char buf[32], double value);

/* Which sets of pieces: "real", "made", "bars_shuffled", "markov", "seed". */
const char *compare_set_key(enum compare_set set);

/* What stands in the column of results: "pass", "fail", "pass blind", "" where nothing was judged. */
const char *compare_word(const struct compare *c, enum feature feature);

/* The table, at most 78 columns. */
void compare_text(FILE *out, const struct compare_result *r);

/* One page of HTML that needs nothing else, well-formed XML too. 0 or -1; whoever closes `out` finds its write errors. */
int compare_html(FILE *out, const struct compare_result *r);

/* One JSON document (keys: `musegen compare -h`), the caller's to free; NULL on error. */
char *compare_json(const struct compare_result *r);

/* ---- the two-sample test: a part of each of them ---------------------------- */

/* "made", "markov", "real" */
const char *compare_two_sample_key(enum two_sample_set set);

/* May the figure of a set be shown? */
bool compare_two_sample_shows(const struct two_sample *t, enum two_sample_set set);

/* Why the figure of what was made may not, where two_sample_holds() says no. */
void compare_two_sample_reason(char *buf, size_t size, const struct two_sample *t);

void compare_two_sample_text(FILE *out, const struct two_sample *t);
void compare_two_sample_html(FILE *out, const struct two_sample *t);

/* The key `two_sample`; null where t is NULL. */
void compare_two_sample_json(struct document *d, const struct two_sample *t);

/* ---- the listening test ------------------------------------------------------ */

#define BLIND_PAIRS 10

/* Can a listening test be written in this folder? 0 or -1; force: over files that are there. */
int compare_blind_check(const char *folder, bool force);

/*
 * Write it: BLIND_PAIRS pairs of openings, one made and one real, in an order
 * that the key tells, which is base64 so that nobody reads it by accident.
 * *seal: the key's SHA-256 in hexadecimal, 65 bytes. 0 or -1.
 */
#define BLIND_SEAL_SIZE 65
int compare_blind(char seal[BLIND_SEAL_SIZE], const char *folder, const struct compare_result *r);

#endif
