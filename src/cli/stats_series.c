/*
 * Distributions made ready to be shown: a title, a name for every value, the
 * many values of a long tail in one bar. Text and page show the same ones.
 */
#include "cli/stats_show.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define INTERVAL_SHOWN 12 /* semitones: larger ones are one bar each way */
#define HALVES_SHOWN   16 /* half bars: longer phrases are one bar */
#define US_PER_MINUTE  60000000

static int add_bar(struct series *s, size_t count, bool tick, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static int add_bar(struct series *s, size_t count, bool tick, const char *fmt, ...)
{
	struct series_bar bar = {.count = count, .tick = tick};
	va_list args;
	size_t end;

	if (MEM_GROW(s->bars, s->capacity, s->n + 1) < 0)
		return -1;
	va_start(args, fmt);
	vsnprintf(bar.label, sizeof bar.label, fmt, args);
	va_end(args);
	/* what was cut must not end within a character */
	end = strlen(bar.label);
	if (end == sizeof bar.label - 1) {
		while (end > 0 && (bar.label[end - 1] & 0xc0) == 0x80)
			end--;
		if (end > 0 && (bar.label[end - 1] & 0x80))
			end--;
		bar.label[end] = '\0';
	}
	s->bars[s->n++] = bar;
	return 0;
}

/* What is not listed, at the end of a list. */
static int add_others(struct series *s, size_t count)
{
	if (count == 0)
		return 0;
	if (add_bar(s, count, true, "others") < 0)
		return -1;
	s->bars[s->n - 1].others = true;
	return 0;
}

/* ---- columns ------------------------------------------------------------- */

static int make_pitches(struct series *s, const struct tally *pitches)
{
	const int low = pitches->items[0].value, high = pitches->items[pitches->n - 1].value;
	char from[8], to[8], middle[8];

	pitch_name(from, sizeof from, low);
	pitch_name(to, sizeof to, high);
	pitch_name(middle, sizeof middle, tally_median(pitches));
	snprintf(s->title, sizeof s->title, "pitch, %s to %s, median %s", from, to, middle);
	s->rule = "All notes by pitch.";
	for (int pitch = low; pitch <= high; pitch++) {
		/* the Cs, and the lowest where it is not just below one */
		const bool tick = pitch % 12 == 0 || (pitch == low && pitch % 12 <= 8);
		char name[8];

		pitch_name(name, sizeof name, pitch);
		if (add_bar(s, tally_count(pitches, pitch), tick, "%s", name) < 0)
			return -1;
	}
	return 0;
}

static int make_classes(struct series *s, const struct tally *classes)
{
	snprintf(s->title, sizeof s->title, "pitch class");
	s->rule = "All notes by pitch class.";
	for (int class = 0; class < 12; class ++) {
		const struct key key = {class, MODE_UNKNOWN};
		const char *name = key_name(key);

		if (add_bar(s, tally_count(classes, class), strlen(name) == 1, "%s", name) < 0)
			return -1;
	}
	return 0;
}

/* Counts of values beyond the last shown on one side. */
static size_t count_beyond(const struct tally *t, int last, int direction)
{
	size_t count = 0;

	for (size_t i = 0; i < t->n; i++)
		if ((t->items[i].value - last) * direction > 0)
			count += t->items[i].count;
	return count;
}

static int make_intervals(struct series *s, const struct tally *intervals)
{
	const int most = INTERVAL_SHOWN;

	snprintf(s->title, sizeof s->title, "interval, semitones");
	s->rule = "Melodic intervals: within a part, from the highest of the notes struck together to the highest of "
		  "those struck next.";
	if (add_bar(s, count_beyond(intervals, -most, -1), false, "below -%d", most) < 0)
		return -1;
	for (int i = -most; i <= most; i++) {
		const int size = abs(i);
		const bool tick = size == 0 || size == 2 || size == 5 || size == 7 || size == most;

		if (add_bar(s, tally_count(intervals, i), tick, i > 0 ? "+%d" : "%d", i) < 0)
			return -1;
	}
	return add_bar(s, count_beyond(intervals, most, 1), false, "above +%d", most);
}

static int make_phrases(struct series *s, const struct tally *phrases)
{
	const int longest = phrases->n > 0 ? phrases->items[phrases->n - 1].value : 0;

	snprintf(s->title, sizeof s->title, "phrase, bars");
	s->rule =
		"Phrases by their length in bars, to the nearest half. A phrase ends at a fermata, at a bar line that "
		"a long note or a rest of the top part ends at, else every four bars.";
	for (int halves = 1; halves <= longest && halves <= HALVES_SHOWN; halves++)
		if (add_bar(s, tally_count(phrases, halves), halves % 2 == 0, "%g", halves / 2.0) < 0)
			return -1;
	if (longest > HALVES_SHOWN)
		return add_bar(s, count_beyond(phrases, HALVES_SHOWN, 1), true, ">%d", HALVES_SHOWN / 2);
	return 0;
}

/* ---- lists --------------------------------------------------------------- */

static int compare_counts(const void *a, const void *b)
{
	const struct tally_item *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->value < y->value ? -1 : x->value > y->value;
}

static int compare_values(const void *a, const void *b)
{
	const struct tally_item *x = a, *y = b;

	return x->value < y->value ? -1 : x->value > y->value;
}

/* The most frequent values, at most so many, by count or in order of value; the counts of all others in *others. */
static struct tally_item *most_frequent(size_t *n, size_t *others, const struct tally *t, size_t most, bool by_value)
{
	struct tally_item *items = mem_new(t->n, sizeof *items);

	*others = 0;
	*n = t->n <= most ? t->n : most - 1;
	if (!items || t->n == 0)
		return items;
	memcpy(items, t->items, t->n * sizeof *items);
	qsort(items, t->n, sizeof *items, compare_counts);
	for (size_t i = *n; i < t->n; i++)
		*others += items[i].count;
	if (by_value)
		qsort(items, *n, sizeof *items, compare_values);
	return items;
}

typedef void name_value(char *buf, size_t size, int value, const void *context);

static int make_list(struct series *s, const struct tally *t, size_t most, bool by_value, name_value *name,
                     const void *context)
{
	size_t n, others;
	struct tally_item *items = most_frequent(&n, &others, t, most, by_value);
	int result = items ? 0 : -1;

	for (size_t i = 0; i < n && result == 0; i++) {
		char label[64];

		name(label, sizeof label, items[i].value, context);
		result = add_bar(s, items[i].count, true, "%s", label);
	}
	if (result == 0)
		result = add_others(s, others);
	free(items);
	return result;
}

static void name_duration(char *buf, size_t size, int ticks, const void *context)
{
	snprintf(buf, size, "%.4g", (double)ticks / *(const int *)context);
}

static void name_key(char *buf, size_t size, int value, const void *context)
{
	snprintf(buf, size, "%s", value == STATS_KEY_NONE ? (const char *)context : key_name(stats_key(value)));
}

static void name_metre(char *buf, size_t size, int value, const void *context)
{
	int numerator, denominator;

	(void)context;
	stats_metre(&numerator, &denominator, value);
	snprintf(buf, size, "%d/%d", numerator, denominator);
}

static void name_number(char *buf, size_t size, int value, const void *context)
{
	(void)context;
	snprintf(buf, size, "%d", value);
}

static int make_durations(struct series *s, const struct corpus_stats *stats, size_t most)
{
	char middle[32];

	name_duration(middle, sizeof middle, tally_median(&stats->durations), &stats->grid);
	snprintf(s->title, sizeof s->title, "duration, quarters; median %s", middle);
	s->rule = "All notes by their duration on the grid, in quarter notes; the most frequent.";
	return make_list(s, &stats->durations, most, true, name_duration, &stats->grid);
}

/* The first whole number of quarters a minute in a class of tempo. */
static int class_from(int class)
{
	int tempo = 1;

	while (tempo_class(US_PER_MINUTE / tempo) < class)
		tempo++;
	return tempo;
}

/* Classes between the slowest and the fastest that occur. */
static int make_tempos(struct series *s, const struct tally *classes)
{
	const size_t none = tally_count(classes, 0);
	int slowest = classes->items[none > 0 && classes->n > 1].value, fastest = classes->items[classes->n - 1].value;

	snprintf(s->title, sizeof s->title, "tempo, quarters a minute");
	s->rule = "Pieces by the tempo they begin with, in quarter notes a minute.";
	for (int class = slowest; class > 0 && class <= fastest; class ++) {
		char label[32];

		if (class == 1)
			snprintf(label, sizeof label, "to %d", class_from(2) - 1);
		else if (class == TEMPO_CLASSES - 1)
			snprintf(label, sizeof label, "from %d", class_from(class));
		else
			snprintf(label, sizeof label, "%d to %d", class_from(class), class_from(class + 1) - 1);
		if (add_bar(s, tally_count(classes, class), true, "%s", label) < 0)
			return -1;
	}
	return none > 0 ? add_bar(s, none, true, "none stated") : 0;
}

static int make_keys(struct series *found, struct series *stated, const struct corpus_stats *stats, size_t most)
{
	snprintf(found->title, sizeof found->title, "key by the notes");
	found->rule = "Pieces by the key that their notes are found to be in (Krumhansl-Schmuckler).";
	snprintf(stated->title, sizeof stated->title, "key the file states; same in %zu", stats->keys_agree);
	stated->rule = "Pieces by the first key signature of their files.";
	if (make_list(found, &stats->keys_found, most, false, name_key, "none") < 0)
		return -1;
	return make_list(stated, &stats->keys_stated, most, false, name_key, "none stated");
}

static int make_metres(struct series *s, const struct corpus_stats *stats, size_t most)
{
	if (stats->metre_changes > 0)
		snprintf(s->title, sizeof s->title, "metre at the start; %zu change it", stats->metre_changes);
	else
		snprintf(s->title, sizeof s->title, "metre");
	s->rule = "Pieces by the metre they begin with (4/4 where the file states none).";
	return make_list(s, &stats->metres, most, false, name_metre, NULL);
}

static int make_parts(struct series *s, const struct corpus_stats *stats, size_t most)
{
	snprintf(s->title, sizeof s->title, "parts");
	s->rule = "Pieces by how many parts play.";
	return make_list(s, &stats->parts, most, true, name_number, NULL);
}

static int compare_styles(const void *a, const void *b)
{
	const struct stats_style *x = *(const struct stats_style *const *)a, *y = *(const struct stats_style *const *)b;

	if (x->pieces != y->pieces)
		return x->pieces > y->pieces ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int make_styles(struct series *s, const struct corpus_stats *stats, size_t most)
{
	const struct stats_style **styles = mem_new(stats->n_styles, sizeof *styles);
	const size_t n = stats->n_styles <= most ? stats->n_styles : most - 1;
	size_t others = 0;
	int result = styles ? 0 : -1;

	snprintf(s->title, sizeof s->title, "style");
	s->rule = "Pieces by the folder they lie in.";
	for (size_t i = 0; styles && i < stats->n_styles; i++)
		styles[i] = &stats->styles[i];
	if (styles)
		qsort(styles, stats->n_styles, sizeof *styles, compare_styles);
	for (size_t i = 0; i < stats->n_styles && result == 0; i++) {
		if (i < n)
			result = add_bar(s, styles[i]->pieces, true, "%s", styles[i]->name);
		else
			others += styles[i]->pieces;
	}
	if (result == 0)
		result = add_others(s, others);
	free(styles);
	return result;
}

/* ---- all of them --------------------------------------------------------- */

int series_make(struct series list[SERIES], const struct corpus_stats *stats, size_t most)
{
	memset(list, 0, SERIES * sizeof *list);
	for (int i = 0; i < SERIES; i++) {
		list[i].columns = i <= SERIES_PHRASE;
		list[i].shares = i <= SERIES_DURATION;
		list[i].total = stats->pieces;
	}
	list[SERIES_PITCH].total = list[SERIES_CLASS].total = list[SERIES_DURATION].total = stats->notes;
	list[SERIES_INTERVAL].total = tally_total(&stats->intervals);
	list[SERIES_PHRASE].total = tally_total(&stats->phrases);
	if (make_pitches(&list[SERIES_PITCH], &stats->pitches) < 0 ||
	    make_classes(&list[SERIES_CLASS], &stats->classes) < 0 ||
	    make_intervals(&list[SERIES_INTERVAL], &stats->intervals) < 0 ||
	    make_phrases(&list[SERIES_PHRASE], &stats->phrases) < 0 ||
	    make_durations(&list[SERIES_DURATION], stats, most) < 0 ||
	    make_tempos(&list[SERIES_TEMPO], &stats->tempo_classes) < 0 ||
	    make_keys(&list[SERIES_FOUND], &list[SERIES_STATED], stats, most) < 0 ||
	    make_metres(&list[SERIES_METRE], stats, most) < 0 || make_parts(&list[SERIES_PARTS], stats, most) < 0)
		return -1;
	return make_styles(&list[SERIES_STYLE], stats, most);
}

void series_done(struct series list[SERIES])
{
	for (int i = 0; i < SERIES; i++)
		free(list[i].bars);
	memset(list, 0, SERIES * sizeof *list);
}

size_t series_most(const struct series *s)
{
	size_t most = 1;

	for (size_t i = 0; i < s->n; i++)
		if (!s->bars[i].others && s->bars[i].count > most)
			most = s->bars[i].count;
	return most;
}

void series_figure(char *buf, size_t size, const struct series *s, size_t count)
{
	const double share = s->total > 0 ? 100.0 * (double)count / (double)s->total : 0;

	if (!s->shares)
		snprintf(buf, size, "%zu", count);
	else if (share > 0 && share < 0.5)
		snprintf(buf, size, "<1 %%");
	else
		snprintf(buf, size, "%.0f %%", share);
}

size_t series_cut(const char *text, size_t characters)
{
	size_t n = 0, bytes = 0;

	for (; text[bytes]; bytes++)
		if (((unsigned char)text[bytes] & 0xc0) != 0x80 && n++ == characters)
			break;
	return bytes;
}
