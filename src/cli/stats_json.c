/* The statistics as one JSON document, for programs: every distribution whole, as a list of values and counts. */
#include "cli/stats_show.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/document.h"

/* What a value of a tally is called in an entry. */
typedef void put_value(struct document *d, cJSON *entry, int value, const struct corpus_stats *stats);

static void put_tally(struct document *d, const char *name, const struct tally *t, const struct corpus_stats *stats,
                      put_value *put)
{
	cJSON *list = document_list(d, d->root, name);

	for (size_t i = 0; i < t->n; i++) {
		cJSON *entry = document_entry(d, list);

		put(d, entry, t->items[i].value, stats);
		document_number(d, entry, "count", (double)t->items[i].count);
	}
}

static void put_pitch(struct document *d, cJSON *entry, int value, const struct corpus_stats *stats)
{
	char name[8];

	(void)stats;
	pitch_name(name, sizeof name, value);
	document_number(d, entry, "pitch", value);
	document_text(d, entry, "name", name);
}

static void put_class(struct document *d, cJSON *entry, int value, const struct corpus_stats *stats)
{
	(void)stats;
	document_number(d, entry, "pitch_class", value);
	document_text(d, entry, "name", key_name((struct key){value, MODE_UNKNOWN}));
}

static void put_duration(struct document *d, cJSON *entry, int value, const struct corpus_stats *stats)
{
	/* six places tell any two durations on a grid of 480 apart */
	document_number(d, entry, "quarters", round((double)value / stats->grid * 1e6) / 1e6);
	document_number(d, entry, "ticks", value);
}

static void put_interval(struct document *d, cJSON *entry, int value, const struct corpus_stats *stats)
{
	(void)stats;
	document_number(d, entry, "semitones", value);
}

static void put_bars(struct document *d, cJSON *entry, int value, const struct corpus_stats *stats)
{
	(void)stats;
	document_number(d, entry, "bars", value / 2.0);
}

static void put_key(struct document *d, cJSON *entry, int value, const struct corpus_stats *stats)
{
	(void)stats;
	if (value == STATS_KEY_NONE)
		document_null(d, entry, "key");
	else
		document_text(d, entry, "key", key_name(stats_key(value)));
}

static void put_metre(struct document *d, cJSON *entry, int value, const struct corpus_stats *stats)
{
	int numerator, denominator;
	char text[32];

	(void)stats;
	stats_metre(&numerator, &denominator, value);
	snprintf(text, sizeof text, "%d/%d", numerator, denominator);
	document_text(d, entry, "metre", text);
}

static void put_tempo(struct document *d, cJSON *entry, int value, const struct corpus_stats *stats)
{
	(void)stats;
	if (value == 0)
		document_null(d, entry, "quarters_a_minute");
	else
		document_number(d, entry, "quarters_a_minute", value);
}

static void put_part_count(struct document *d, cJSON *entry, int value, const struct corpus_stats *stats)
{
	(void)stats;
	document_number(d, entry, "parts", value);
}

static void put_styles(struct document *d, const struct corpus_stats *stats)
{
	cJSON *list = document_list(d, d->root, "styles");

	for (size_t i = 0; i < stats->n_styles; i++) {
		cJSON *entry = document_entry(d, list);

		document_text(d, entry, "name", stats->styles[i].name);
		document_number(d, entry, "pieces", (double)stats->styles[i].pieces);
		document_number(d, entry, "notes", (double)stats->styles[i].notes);
	}
}

static void put_reasons(struct document *d, const struct corpus_stats *stats)
{
	cJSON *list = document_list(d, d->root, "skip_reasons");

	for (size_t i = 0; i < stats->n_reasons; i++) {
		cJSON *entry = document_entry(d, list);

		document_text(d, entry, "reason", stats->reasons[i].text);
		document_number(d, entry, "count", (double)stats->reasons[i].count);
		document_text(d, entry, "example", stats->reasons[i].example);
	}
}

static void put_all(struct document *d, const struct corpus_stats *stats, const char *const *corpora, size_t n_corpora)
{
	document_texts(d, d->root, "corpus", corpora, n_corpora);
	document_number(d, d->root, "files", (double)stats->files);
	document_number(d, d->root, "pieces", (double)stats->pieces);
	document_number(d, d->root, "notes", (double)stats->notes);
	document_number(d, d->root, "percussion_notes", (double)stats->percussion_notes);
	document_number(d, d->root, "minutes", round(stats->seconds / 60 * 1000) / 1000);
	document_number(d, d->root, "grid", stats->grid);
	put_tally(d, "pitch", &stats->pitches, stats, put_pitch);
	put_tally(d, "pitch_class", &stats->classes, stats, put_class);
	put_tally(d, "interval", &stats->intervals, stats, put_interval);
	put_tally(d, "duration", &stats->durations, stats, put_duration);
	put_tally(d, "phrase", &stats->phrases, stats, put_bars);
	put_tally(d, "tempo", &stats->tempos, stats, put_tempo);
	put_tally(d, "key", &stats->keys_found, stats, put_key);
	put_tally(d, "key_stated", &stats->keys_stated, stats, put_key);
	document_number(d, d->root, "keys_agree", (double)stats->keys_agree);
	put_tally(d, "metre", &stats->metres, stats, put_metre);
	document_number(d, d->root, "metre_changes", (double)stats->metre_changes);
	put_tally(d, "parts", &stats->parts, stats, put_part_count);
	put_styles(d, stats);
	document_number(d, d->root, "duplicates", (double)stats->duplicates);
	document_number(d, d->root, "skipped", (double)stats->skipped);
	put_reasons(d, stats);
}

char *stats_json(const struct corpus_stats *stats, const char *const *corpora, size_t n_corpora)
{
	struct document d;

	document_begin(&d);
	put_all(&d, stats, corpora, n_corpora);
	return document_end(&d, "statistics");
}
