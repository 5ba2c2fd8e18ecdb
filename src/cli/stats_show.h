/* The statistics of a corpus (corpus/stats.h) for people and for programs: text, a page, JSON. */
#ifndef CLI_STATS_SHOW_H
#define CLI_STATS_SHOW_H

#include <stdio.h>
#include "corpus/stats.h"

/* What a page of ours begins with, which is how we know that it may be replaced. */
#define STATS_PAGE_MARK "<!DOCTYPE html>\n<!-- musegen stats -->\n"

/* ---- Distributions with names: what text and page both show. */

struct series_bar {
	char label[64]; /* clean text */
	size_t count;
	bool tick;   /* columns: its label goes before others where there is no room for all */
	bool others; /* lists: of all values not listed, which is no bar beside the others */
};

struct series {
	char title[96];
	const char *rule; /* what is counted, and how: a sentence */
	bool columns;     /* along an axis without gaps, for columns side by side; else a list */
	bool shares;      /* of so many that only their shares mean something; else counts of pieces */
	struct series_bar *bars;
	size_t n, capacity;
	size_t total; /* of all counts, those of bars left out too */
};

enum {
	SERIES_PITCH,
	SERIES_CLASS,
	SERIES_INTERVAL,
	SERIES_PHRASE,
	SERIES_DURATION,
	SERIES_TEMPO,
	SERIES_FOUND,
	SERIES_STATED,
	SERIES_METRE,
	SERIES_PARTS,
	SERIES_STYLE,
	SERIES
};

/* All of them; lists of more than `most` bars (at least 2) end in one for all others. 0 or -1; series_done() in either case. */
int series_make(struct series list[SERIES], const struct corpus_stats *stats, size_t most);
void series_done(struct series list[SERIES]);
/* The highest bar that is drawn (not that of all others); 1 where there is none. */
size_t series_most(const struct series *s);
/* "14 %", "<1 %" of the total, or the count. */
void series_figure(char *buf, size_t size, const struct series *s, size_t count);

/* Bytes of the first `characters` characters of a clean text. */
size_t series_cut(const char *text, size_t characters);

/* ---- The three ways. `corpora` are the paths as typed. */

/* Blocks with bars, side by side where there are 78 columns. 0 or -1. */
int stats_text(FILE *out, const struct corpus_stats *stats, const char *const *corpora, size_t n_corpora, int columns,
               bool utf8);

/* One page of HTML that needs nothing else, well-formed XML too. 0 or -1; whoever closes `out` finds its write errors. */
int stats_html(FILE *out, const struct corpus_stats *stats, const char *const *corpora, size_t n_corpora);

/* One JSON document (keys: `musegen stats -h`), the caller's to free; NULL on error. */
char *stats_json(const struct corpus_stats *stats, const char *const *corpora, size_t n_corpora);

#endif
