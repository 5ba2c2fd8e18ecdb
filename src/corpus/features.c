/* Features of pitch and rhythm, and the table of all. See features.h. */
#include "corpus/features.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

#define SHARE 0.005 /* half a percent is no difference */

enum {
	AT_CLASSES = FEATURE_CLASSES,
	AT_CLASS_STEPS = AT_CLASSES + 12,
	AT_RANGE = AT_CLASS_STEPS + 144,
	AT_LENGTHS = AT_RANGE + FEATURE_LENGTHS - FEATURE_RANGE,
	AT_LENGTH_STEPS = AT_LENGTHS + 12,
	AT_EMPTY_BARS = AT_LENGTH_STEPS + 144
};
#define NUMBER_A(feature) AT_RANGE + (feature)-FEATURE_RANGE, 1
#define NUMBER_B(feature) AT_EMPTY_BARS + (feature)-FEATURE_EMPTY_BARS, 1

static const struct feature_info table[FEATURES] = {
	[FEATURE_PITCHES] = {"pitch_count", "pitches used", "Different pitches.", FEATURE_BY_DISTANCE, 0, 1, 0.5},
	[FEATURE_CLASSES] = {"pitch_class_histogram", "pitch classes",
                             "Shares of the twelve pitch classes, notes weighted by their durations.",
                             FEATURE_BY_DISTANCE, AT_CLASSES, 12, SHARE},
	[FEATURE_CLASS_STEPS] = {"pitch_class_transitions", "pitch-class steps",
                                 "Shares of the 144 ordered pairs of pitch classes, of successive notes of a line.",
                                 FEATURE_BY_DISTANCE, AT_CLASS_STEPS, 144, SHARE},
	[FEATURE_RANGE] = {"pitch_range", "range, semitones", "From the lowest note to the highest.",
                           FEATURE_BY_DISTANCE, NUMBER_A(FEATURE_RANGE), 0.5},
	[FEATURE_INTERVAL] = {"mean_interval", "mean interval",
                              "Mean size in semitones of the intervals between successive notes of a line.",
                              FEATURE_BY_DISTANCE, NUMBER_A(FEATURE_INTERVAL), 0.05},
	[FEATURE_NOTES] = {"note_count", "notes", "Notes, of all parts.", FEATURE_BY_DISTANCE, NUMBER_A(FEATURE_NOTES),
                           0.5},
	[FEATURE_BAR_NOTES] = {"notes_per_bar", "notes a bar", "Notes, of all parts, by bars.", FEATURE_BY_DISTANCE,
                               NUMBER_A(FEATURE_BAR_NOTES), 0.05},
	[FEATURE_IOI] = {"mean_inter_onset", "mean inter-onset",
                         "Mean time in quarters between the onsets of successive notes of a line.", FEATURE_BY_DISTANCE,
                         NUMBER_A(FEATURE_IOI), 0.02},
	[FEATURE_LENGTHS] = {"note_length_histogram", "note lengths",
                             "Shares of twelve lengths: whole to 16th, dotted half to 16th, triplets; the nearest.",
                             FEATURE_BY_DISTANCE, AT_LENGTHS, LENGTH_CLASSES, SHARE},
	[FEATURE_LENGTH_STEPS] = {"note_length_transitions", "note-length steps",
                                  "Shares of the 144 ordered pairs of lengths, of successive notes of a line.",
                                  FEATURE_BY_DISTANCE, AT_LENGTH_STEPS, LENGTH_CLASSES *LENGTH_CLASSES, SHARE},
	[FEATURE_EMPTY_BARS] = {"empty_bars", "empty bars (EB)", "Share of bars in which a part is silent.",
                                FEATURE_BY_DISTANCE, NUMBER_B(FEATURE_EMPTY_BARS), SHARE},
	[FEATURE_BAR_CLASSES] = {"bar_pitch_classes", "classes a bar (UPC)",
                                 "Mean number of pitch classes that sound in a bar of a part, silent ones left out.",
                                 FEATURE_BY_DISTANCE, NUMBER_B(FEATURE_BAR_CLASSES), 0.02},
	[FEATURE_QUALIFIED] = {"qualified_notes", "qualified notes (QN)",
                               "Share of notes of at least a quarter of a quarter note.", FEATURE_BY_DISTANCE,
                               NUMBER_B(FEATURE_QUALIFIED), SHARE},
	[FEATURE_TONAL_DISTANCE] = {"tonal_distance", "tonal distance (TD)",
                                    "Mean distance of two parts' tonal centroids in a quarter in which both sound "
                                    "(Harte et al., 2006).",
                                    FEATURE_BY_DISTANCE, NUMBER_B(FEATURE_TONAL_DISTANCE), 0.01},
	[FEATURE_CROSSING] = {"voice_crossing", "voices crossed",
                              "Share of the time in which two neighbouring parts sound that the lower is above.",
                              FEATURE_BY_DISTANCE, NUMBER_B(FEATURE_CROSSING), SHARE},
	[FEATURE_PART_RANGE] = {"voice_range", "range of a voice",
                                "Semitones from the lowest note of a part to its highest, mean of parts.",
                                FEATURE_BY_DISTANCE, NUMBER_B(FEATURE_PART_RANGE), 0.25},
	[FEATURE_FIFTHS] = {"parallel_fifths", "parallel fifths",
                            "Pairs of lines a fifth apart that move, the same way, to a fifth; for a hundred chords.",
                            FEATURE_BY_DISTANCE, NUMBER_B(FEATURE_FIFTHS), 0.1},
	[FEATURE_OCTAVES] = {"parallel_octaves", "parallel octaves",
                             "The same of unisons and octaves; for a hundred chords.", FEATURE_BY_DISTANCE,
                             NUMBER_B(FEATURE_OCTAVES), 0.1},
	[FEATURE_SHAPES] = {"distinct_shapes", "distinct shapes",
                            "Share of a line's shapes of four notes (three intervals) that are different ones, in "
                            "windows of 500 notes where there are so many.",
                            FEATURE_BY_DISTANCE, NUMBER_B(FEATURE_SHAPES), SHARE},
	[FEATURE_PHRASE] = {"phrase_bars", "bars a phrase", "Bars by phrases in which a note begins.",
                            FEATURE_BY_DISTANCE, NUMBER_B(FEATURE_PHRASE), 0.05},
	[FEATURE_REPEATED] = {"repeated_bars", "bars repeated",
                              "Share of bars in which notes begin that are the same as an earlier one.",
                              FEATURE_BY_DISTANCE, NUMBER_B(FEATURE_REPEATED), SHARE},
	[FEATURE_REPEAT_RUN] = {"longest_repeat", "longest repeat, bars",
                                "Most bars in a row, all the same, in which notes begin.", FEATURE_BY_DISTANCE,
                                NUMBER_B(FEATURE_REPEAT_RUN), 0.25},
	[FEATURE_END_TONIC] = {"ends_on_tonic", "ends on the tonic",
                               "Pieces whose lowest part at the end has the tonic there.", FEATURE_BY_SHARE,
                               NUMBER_B(FEATURE_END_TONIC), 0},
	[FEATURE_END_LINE] = {"ends_at_bar_line", "ends at a bar line",
                              "Pieces whose last note ends at a bar line, or a pickup's length before one.",
                              FEATURE_BY_SHARE, NUMBER_B(FEATURE_END_LINE), 0},
	[FEATURE_END_CADENCE] = {"ends_with_cadence", "ends with a cadence",
                                 "Pieces that end on the tonic and come to it, in that part, from the fifth, the "
                                 "second or the seventh degree.",
                                 FEATURE_BY_SHARE, NUMBER_B(FEATURE_END_CADENCE), 0},
	[FEATURE_COPIED] = {"longest_copied_run", "longest copied run",
                            "Most successive notes of a line that a line of the training music has in the same "
                            "intervals and in onsets in the same proportion.",
                            FEATURE_AS_LIMIT, NUMBER_B(FEATURE_COPIED), 0},
};

_Static_assert(AT_EMPTY_BARS + FEATURES - FEATURE_EMPTY_BARS == FEATURE_VALUES, "numbers of a piece");

const struct feature_info *feature_info(enum feature feature)
{
	return &table[feature];
}

void feature_set(double values[FEATURE_VALUES], enum feature feature, double value)
{
	values[table[feature].first] = value;
}

/* Counts to shares; of nothing there are none. */
static void make_shares(double *counts, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += counts[i];
	for (size_t i = 0; i < n; i++)
		counts[i] = sum > 0 ? counts[i] / sum : NAN;
}

int length_class(int duration, int grid)
{
	/* in 96ths of a whole note */
	static const int lengths[LENGTH_CLASSES] = {96, 48, 24, 12, 6, 72, 36, 18, 9, 32, 16, 8};
	const double length = 24.0 * duration / grid;
	int best = 0;

	for (int c = 1; c < LENGTH_CLASSES; c++) {
		const double d = fabs(length - lengths[c]) - fabs(length - lengths[best]);

		if (d < 0 || (d == 0 && lengths[c] > lengths[best]))
			best = c;
	}
	return best;
}

static void take_notes(double values[FEATURE_VALUES], const struct piece *piece)
{
	double *classes = values + AT_CLASSES, *lengths = values + AT_LENGTHS;
	int low = 127, high = 0, pitches = 0;
	bool used[128] = {false};
	double notes = 0, qualified = 0;

	for (size_t i = 0; i < piece->n; i++) {
		const struct event *event = &piece->events[i];

		if (event->kind != EVENT_NOTE)
			continue;
		notes++;
		qualified += 4 * (double)event->duration >= piece->grid;
		low = event->pitch < low ? event->pitch : low;
		high = event->pitch > high ? event->pitch : high;
		pitches += !used[event->pitch];
		used[event->pitch] = true;
		classes[event->pitch % 12] += event->duration;
		lengths[length_class(event->duration, piece->grid)]++;
	}
	make_shares(classes, 12);
	make_shares(lengths, LENGTH_CLASSES);
	feature_set(values, FEATURE_PITCHES, pitches);
	feature_set(values, FEATURE_RANGE, high - low);
	feature_set(values, FEATURE_NOTES, notes);
	feature_set(values, FEATURE_QUALIFIED, notes > 0 ? qualified / notes : NAN);
}

/* From each note of a line to the next. */
static void take_steps(double values[FEATURE_VALUES], const struct lines *lines, int grid)
{
	double *classes = values + AT_CLASS_STEPS, *lengths = values + AT_LENGTH_STEPS;
	double steps = 0, semitones = 0, ticks = 0;

	for (int k = 0; k < lines->parts; k++)
		for (size_t i = lines->first[k] + 1; i < lines->first[k + 1]; i++) {
			const struct line_note *a = &lines->notes[i - 1], *b = &lines->notes[i];

			steps++;
			semitones += abs(b->pitch - a->pitch);
			ticks += b->onset - a->onset;
			classes[a->pitch % 12 * 12 + b->pitch % 12]++;
			lengths[length_class(a->duration, grid) * LENGTH_CLASSES + length_class(b->duration, grid)]++;
		}
	make_shares(classes, 144);
	make_shares(lengths, LENGTH_CLASSES * LENGTH_CLASSES);
	feature_set(values, FEATURE_INTERVAL, steps > 0 ? semitones / steps : NAN);
	feature_set(values, FEATURE_IOI, steps > 0 ? ticks / steps / grid : NAN);
}

static int compare_shapes(const void *a, const void *b)
{
	const int x = *(const int *)a, y = *(const int *)b;

	return x < y ? -1 : x > y;
}

/* Different ones among the shapes of n notes of a line. shapes: room for n. */
static size_t count_shapes(int *shapes, const struct line_note *notes, size_t n)
{
	size_t different = 0;

	for (size_t i = 0; i + 3 < n; i++) {
		shapes[i] = 0;
		for (size_t j = 0; j < 3; j++)
			shapes[i] = shapes[i] * 256 + notes[i + j + 1].pitch - notes[i + j].pitch + 128;
	}
	qsort(shapes, n - 3, sizeof *shapes, compare_shapes);
	for (size_t i = 0; i + 3 < n; i++)
		different += i == 0 || shapes[i] != shapes[i - 1];
	return different;
}

/* What is left over after whole windows is left out. */
static void take_shapes(double values[FEATURE_VALUES], const struct lines *lines)
{
	int shapes[SHAPE_WINDOW];
	double different = 0, all = 0;

	for (int k = 0; k < lines->parts; k++) {
		const size_t n = lines_length(lines, k), window = n < SHAPE_WINDOW ? n : SHAPE_WINDOW;

		for (size_t at = 0; window > 3 && at + window <= n; at += window) {
			different += (double)count_shapes(shapes, lines->notes + lines->first[k] + at, window);
			all += (double)window - 3;
		}
	}
	feature_set(values, FEATURE_SHAPES, all > 0 ? different / all : NAN);
}

int features_make(double values[FEATURE_VALUES], const struct piece *piece)
{
	struct bars bars = {.n = 0};
	struct lines lines = {.parts = 0};
	int result = -1;

	for (int i = 0; i < FEATURE_VALUES; i++)
		values[i] = 0;
	for (int f = FEATURE_END_TONIC; f < FEATURES; f++)
		feature_set(values, (enum feature)f, NAN);
	if (bars_make(&bars, piece) == 0 && lines_make(&lines, piece) == 0) {
		take_notes(values, piece);
		take_steps(values, &lines, piece->grid);
		take_shapes(values, &lines);
		result = features_bars(values, piece, &bars);
		if (result == 0)
			result = features_parts(values, piece, &lines);
	}
	bars_done(&bars);
	lines_done(&lines);
	return result;
}
