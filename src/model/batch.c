/* Chunks of music as the generator reads them: rows filled in, streams packed. See batch.h. */
#include "model/batch.h"

#include <math.h>
#include <string.h>
#include "base/error.h"

static const double untold[KNOBS] = {NAN, NAN, NAN};

static void bag_layout(struct batch_bag *b, struct arena *a, size_t rows, size_t items)
{
	ARENA_TAKE(a, b->first, rows + 1);
	ARENA_TAKE(a, b->items, rows * items);
}

void batch_layout(struct batch *b, struct arena *a, const struct generator *g, int steps, int lanes)
{
	size_t rows = (size_t)steps * (size_t)lanes;
	size_t sequences = rows, classes = (size_t)g->vocab->parts + 2;

	b->steps = steps;
	b->lanes = lanes;
	b->rows = steps * lanes;
	ARENA_TAKE(a, b->reset, rows);
	for (int h = 0; h < HEADS; h++) {
		ARENA_TAKE(a, b->targets[h].symbol, rows);
		ARENA_TAKE(a, b->targets[h].escape, rows);
	}
	ARENA_TAKE(a, b->weight, rows);
	ARENA_TAKE(a, b->next_weight, rows);
	ARENA_TAKE(a, b->notes, rows);
	b->tokens = generator_reads_tokens(g);
	if (b->tokens) {
		for (int h = 0; h < HEADS; h++)
			ARENA_TAKE(a, b->read[h], rows);
		return;
	}
	bag_layout(&b->query, a, rows, CONTEXT_QUERY_MAX);
	bag_layout(&b->chosen, a, rows, CHOSEN_FIELDS);
	bag_layout(&b->given, a, rows, CONTEXT_GIVEN_MAX);
	bag_layout(&b->next, a, rows, CONTEXT_NEXT_MAX);
	ARENA_TAKE(a, b->reference_first, rows + 1);
	ARENA_TAKE(a, b->reference_items, rows * CONTEXT_REFERENCES_MAX);
	b->references = (struct references){b->reference_first, b->reference_items};
	ARENA_TAKE(a, b->time, rows);
	ARENA_TAKE(a, b->part, rows);
	ARENA_TAKE(a, b->highest, rows);
	ARENA_TAKE(a, b->classes, rows * classes);
	ARENA_TAKE(a, b->packing_batch, (size_t)steps + 1);
	ARENA_TAKE(a, b->packed_row, rows);
	ARENA_TAKE(a, b->before, rows);
	ARENA_TAKE(a, b->sequence_start, sequences);
	ARENA_TAKE(a, b->sequence_keep, sequences);
	ARENA_TAKE(a, b->sequence_last, sequences);
	ARENA_TAKE(a, b->scratch, 4 * rows + 2 * (size_t)steps + SONG_PARTS_MAX + 2);
	if (g->config.latent > 0) {
		ARENA_TAKE(a, b->phrase, rows);
		bag_layout(&b->place, a, rows, PLACE_FIELDS);
		phrase_batch_layout(&b->phrases, a, (int)rows, BATCH_PHRASE_EVENTS(steps, lanes));
	}
	if (g->config.knobs > 0)
		ARENA_TAKE(a, b->knobs, rows * KNOBS);
}

void batch_begin(struct batch *b, int steps)
{
	b->steps = steps;
	b->rows = steps * b->lanes;
	if (b->tokens)
		return;
	if (b->phrase) {
		b->place.first[0] = 0;
		phrase_batch_begin(&b->phrases);
	}
	b->told = false;
	b->query.first[0] = b->chosen.first[0] = b->given.first[0] = b->next.first[0] = 0;
	b->reference_first[0] = 0;
}

static void no_targets(struct batch *b, int row)
{
	for (int h = 0; h < HEADS; h++) {
		b->targets[h].symbol[row] = -1;
		b->targets[h].escape[row] = 0;
	}
}

static void target_symbol(struct batch *b, int row, enum head head, const struct symbols *s, int low, int bar,
                          int value)
{
	int symbol = symbols_find(s, value);

	b->targets[head].symbol[row] = symbol;
	if (symbol == s->n)
		b->targets[head].escape[row] = escape_cost(s, low, bar, value);
}

static void note_targets(struct batch *b, int row, const struct context *c, const struct event *e)
{
	const struct vocab *v = c->g->vocab;

	b->targets[HEAD_PITCH].symbol[row] = e->pitch;
	target_symbol(b, row, HEAD_DURATION, &v->durations, 1, context_bar(c), e->duration);
	if (v->dynamics) {
		int bin = e->velocity / 8;

		/* The values of a bin are all alike; the first has no 0. */
		b->targets[HEAD_VELOCITY].symbol[row] = bin;
		b->targets[HEAD_VELOCITY].escape[row] = log(bin == 0 ? 7.0 : 8.0);
	}
}

static void next_targets(struct batch *b, int row, const struct context *c, const struct event *next)
{
	const struct generator *g = c->g;

	target_symbol(b, row, HEAD_SHIFT, &g->vocab->shifts, 0, context_bar(c), next->shift);
	b->targets[HEAD_PART].symbol[row] = next->kind == EVENT_NOTE    ? next->part
	                                    : next->kind == EVENT_METRE ? class_metre(g)
	                                                                : class_end(g);
}

void batch_phrase(struct batch *b, int row, int phrase, const struct bag_item *place)
{
	const uint32_t first = b->place.first[row], n = place ? PLACE_FIELDS : 0;

	b->phrase[row] = phrase;
	if (place)
		memcpy(b->place.items + first, place, n * sizeof *place);
	b->place.first[row + 1] = first + n;
}

void batch_knobs(struct batch *b, int row, const double code[KNOBS])
{
	memcpy(b->knobs + (size_t)row * KNOBS, code, KNOBS * sizeof *code);
	b->told = b->told || knobs_told(code);
}

void batch_row(struct batch *b, int row, struct context *c, const struct event *event, const struct event *next,
               double weight, double next_weight)
{
	const struct vocab *v = c->g->vocab;
	size_t classes = (size_t)v->parts + 2;
	struct bag_item *items = b->query.items + b->query.first[row];

	b->query.first[row + 1] = b->query.first[row] + (uint32_t)context_query(c, items);
	b->reference_first[row + 1] =
		b->reference_first[row] + (uint32_t)context_references(c, b->reference_items + b->reference_first[row]);
	b->given.first[row + 1] =
		b->given.first[row] + (uint32_t)context_given(c, event->pitch, b->given.items + b->given.first[row]);
	b->chosen.first[row + 1] =
		b->chosen.first[row] + (uint32_t)context_chosen(c, event, b->chosen.items + b->chosen.first[row]);
	b->time[row] = c->position.now;
	b->part[row] = c->kind == ROW_NOTE ? event->part : c->kind == ROW_METRE ? PART_METRE : PART_START;
	b->reset[row] = c->kind == ROW_START;
	b->highest[row] = (uint8_t)context_highest(c);
	b->weight[row] = (real)weight;
	b->next_weight[row] = (real)next_weight;
	b->notes[row] = c->kind == ROW_NOTE && weight > 0;
	if (b->phrase)
		batch_phrase(b, row, -1, NULL);
	if (b->knobs)
		batch_knobs(b, row, untold);
	no_targets(b, row);
	if (c->kind == ROW_NOTE)
		note_targets(b, row, c, event);
	if (c->kind == ROW_METRE) {
		int m = vocab_metre(v, event->numerator, event->denominator_log2);

		b->targets[HEAD_METRE].symbol[row] = m;
		b->targets[HEAD_METRE].escape[row] = m == v->n_metres ? escape_metre_cost(v) : 0;
	}
	context_take(c, event);
	b->next.first[row + 1] =
		b->next.first[row] + (uint32_t)context_next(c, next->shift, b->next.items + b->next.first[row]);
	context_classes(c, next->shift, b->classes + (size_t)row * classes);
	next_targets(b, row, c, next);
}

void batch_token(struct batch *b, int row, const struct token *read, const struct token *next, bool reset,
                 double weight)
{
	for (int h = 0; h < HEADS; h++) {
		b->read[h][row] = read ? read->symbol[h] : -1;
		b->targets[h].symbol[row] = next->symbol[h];
		b->targets[h].escape[row] = next->escape[h];
	}
	b->reset[row] = reset;
	b->weight[row] = 0;
	b->next_weight[row] = (real)weight;
	b->notes[row] = weight > 0 ? next->notes : 0;
}

void batch_idle_row(struct batch *b, int row)
{
	b->reset[row] = 1;
	b->weight[row] = b->next_weight[row] = 0;
	b->notes[row] = 0;
	no_targets(b, row);
	if (b->tokens) {
		for (int h = 0; h < HEADS; h++)
			b->read[h][row] = -1;
		return;
	}
	if (b->phrase)
		batch_phrase(b, row, -1, NULL);
	if (b->knobs)
		batch_knobs(b, row, untold);
	b->query.first[row + 1] = b->query.first[row];
	b->chosen.first[row + 1] = b->chosen.first[row];
	b->given.first[row + 1] = b->given.first[row];
	b->next.first[row + 1] = b->next.first[row];
	b->reference_first[row + 1] = b->reference_first[row];
	b->time[row] = 0;
	b->part[row] = PART_START;
	b->highest[row] = 127;
}

/* Number the sequences of one lane; sequence[row] and place[row] (its step in the sequence) are written. */
static void number_lane(struct batch *b, int lane, int parts, int *current, int *sequence, int *place, int *length)
{
	bool fresh = false;

	for (int k = 0; k < parts; k++)
		current[k] = -1;
	for (int t = 0; t < b->steps; t++) {
		int row = t * b->lanes + lane, k = b->part[row];

		if (b->reset[row]) {
			/* What the old piece leaves is of no use to the new one. */
			for (int j = 0; j < parts; j++) {
				if (current[j] >= 0)
					b->sequence_keep[current[j]] = -1;
				current[j] = -1;
			}
			fresh = true;
		}
		b->before[row] = -1;
		sequence[row] = -1;
		if (k >= parts)
			continue;
		if (current[k] < 0) {
			int s = b->sequences++;

			current[k] = s;
			length[s] = 0;
			b->sequence_start[s] = fresh ? -1 : lane * parts + k;
			b->sequence_keep[s] = lane * parts + k;
		}
		sequence[row] = current[k];
		place[row] = length[current[k]]++;
	}
}

void batch_end(struct batch *b, const struct generator *g)
{
	int parts = g->vocab->parts, rank = 0, packed = 0;
	int *sequence = b->scratch, *place = sequence + b->rows, *length = place + b->rows;
	int *order = length + b->rows, *offset = order + b->rows, *current = offset + b->steps + 1;

	if (b->tokens) {
		b->packed = b->sequences = 0;
		return;
	}
	b->sequences = 0;
	for (int lane = 0; lane < b->lanes; lane++)
		number_lane(b, lane, parts, current, sequence, place, length);

	/* Rank by length, longest first; equal lengths keep their order. */
	for (int len = b->steps; len > 0; len--)
		for (int s = 0; s < b->sequences; s++)
			if (length[s] == len)
				order[s] = rank++;
	b->packing.steps = 0;
	b->packing.batch = b->packing_batch;
	memset(b->packing_batch, 0, ((size_t)b->steps + 1) * sizeof *b->packing_batch);
	for (int s = 0; s < b->sequences; s++) {
		for (int t = 0; t < length[s]; t++)
			b->packing_batch[t]++;
		if (length[s] > b->packing.steps)
			b->packing.steps = length[s];
	}
	for (int t = 0; t < b->packing.steps; t++) {
		offset[t] = packed;
		packed += b->packing_batch[t];
	}
	b->packed = packed;
	for (int row = 0; row < b->rows; row++) {
		int s = sequence[row];

		if (s < 0)
			continue;
		b->packed_row[offset[place[row]] + order[s]] = row;
		if (place[row] > 0)
			b->before[row] = offset[place[row] - 1] + order[s];
		else if (b->sequence_start[s] >= 0)
			b->before[row] = -2 - b->sequence_start[s];
	}
	/* From here on sequences are in packed order. */
	for (int s = 0; s < b->sequences; s++) {
		sequence[order[s]] = b->sequence_start[s];
		place[order[s]] = b->sequence_keep[s];
	}
	for (int s = 0; s < b->sequences; s++)
		b->sequence_last[order[s]] = offset[length[s] - 1] + order[s];
	memcpy(b->sequence_start, sequence, (size_t)b->sequences * sizeof *sequence);
	memcpy(b->sequence_keep, place, (size_t)b->sequences * sizeof *place);
}
