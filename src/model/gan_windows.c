/* Real windows, and made ones that go on from the same place. See gan_windows.h. */
#include "model/gan_windows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"

/* Values without a symbol are drawn up to so many bars. */
enum { ESCAPE_BARS = 4 };
/* Random numbers that are no class's noise. */
enum { FOR_ESCAPES = 2001 };

/* ---- Memory ---------------------------------------------------------------- */

static size_t most_classes(const struct generator *g)
{
	int most = 0;

	for (int h = 0; h < HEADS; h++) {
		const int n = head_classes(g, (enum head)h);

		most = n > most ? n : most;
	}
	return (size_t)most;
}

static void layout(struct gan_windows *s)
{
	const size_t lanes = (size_t)s->lanes;
	struct arena *a = &s->arena;

	batch_layout(&s->real_batch, a, s->g, s->steps, s->lanes);
	batch_layout(&s->made_batch, a, s->g, s->steps, s->lanes);
	frame_layout(&s->frame, a, s->g, s->steps, s->lanes, false);
	carry_layout(&s->carry, a, s->g, s->lanes, s->steps);
	carry_layout(&s->before, a, s->g, s->lanes, s->steps);
	ARENA_TAKE(a, s->contexts, lanes);
	ARENA_TAKE(a, s->rows, lanes * (size_t)s->steps);
	ARENA_TAKE(a, s->real_length, lanes);
	ARENA_TAKE(a, s->made_length, lanes);
	ARENA_TAKE(a, s->style, lanes);
	ARENA_TAKE(a, s->noise, most_classes(s->g));
}

int gan_windows_init(struct gan_windows *s, const struct generator *g, const struct corpus *corpus,
                     const struct feed_options *feed, const uint32_t *order, size_t n_order, int first_lane,
                     int n_lanes, int steps)
{
	struct feed_options apart = *feed;

	*s = (struct gan_windows){.g = g, .steps = steps, .lanes = n_lanes};
	apart.apart = true;
	if (feed_init(&s->feed, g, corpus, &apart, order, n_order, first_lane, n_lanes) < 0)
		return -1;
	layout(s);
	if (arena_reserve(&s->arena) < 0)
		return -1;
	layout(s);
	carry_clear(&s->carry, g);
	s->step = step_new(g, NULL);
	return s->step ? 0 : -1;
}

void gan_windows_done(struct gan_windows *s)
{
	step_free(s->step);
	feed_done(&s->feed);
	arena_done(&s->arena);
	s->step = NULL;
}

/* ---- Drawing --------------------------------------------------------------- */

void gan_windows_noise(real *out, struct random random, int lane, int row, enum head head, int n)
{
	struct random r = random_stream(random.key, (uint64_t)lane, (uint64_t)row, (uint64_t)head);

	for (int i = 0; i < n; i++)
		out[i] = (real)-log(-log(((double)(random_bits(&r) >> 11) + 0.5) * 0x1p-53));
}

/* A class; -1: none is possible (then the caller knows what to do). */
static int draw(struct gan_windows *s, const real *logits, int lane, int row, enum head head)
{
	const int n = head_classes(s->g, head);
	real most = -(real)INFINITY;
	int best = -1;

	gan_windows_noise(s->noise, s->random, lane, row, head, n);
	for (int i = 0; i < n; i++) {
		if (logits[i] + s->noise[i] > most) {
			most = logits[i] + s->noise[i];
			best = i;
		}
	}
	return best;
}

static int draw_ticks(struct gan_windows *s, const real *logits, const struct symbols *symbols, int low, int lane,
                      int row, enum head head)
{
	const int bar = context_bar(&s->step->context), symbol = draw(s, logits, lane, row, head);
	struct random escapes =
		random_stream(s->random.key, (uint64_t)lane, (uint64_t)row, FOR_ESCAPES + (uint64_t)head);

	if (symbol >= 0 && symbol < symbols->n)
		return symbols->values[symbol];
	return escape_draw(symbols, low, bar, ESCAPE_BARS * bar, &escapes);
}

/* What a row's own event is, beside its part. */
static void draw_note(struct gan_windows *s, struct event *event, int lane, int row)
{
	const struct vocab *v = s->g->vocab;
	const int pitch = draw(s, step_pitch(s->step), lane, row, HEAD_PITCH);

	event->pitch = (uint8_t)(pitch >= 0 ? pitch : 0);
	event->duration =
		draw_ticks(s, step_duration(s->step, event->pitch), &v->durations, 1, lane, row, HEAD_DURATION);
	event->velocity = (uint8_t)v->velocity;
	if (v->dynamics) {
		const int bin = draw(s, step_velocity(s->step), lane, row, HEAD_VELOCITY);

		event->velocity = (uint8_t)(bin >= 0 ? bin * 8 + 4 : v->velocity);
	}
}

/* A metre without a symbol is none of ours to make up: the present one. */
static void draw_metre(struct gan_windows *s, struct event *event, int lane, int row)
{
	const struct vocab *v = s->g->vocab;
	const struct position *p = &s->step->context.position;
	const int m = draw(s, step_metre(s->step), lane, row, HEAD_METRE);

	event->numerator = m < 0 || m == v->n_metres ? (uint8_t)p->numerator : v->metres[m][0];
	event->denominator_log2 = m < 0 || m == v->n_metres ? (uint8_t)p->denominator_log2 : v->metres[m][1];
}

static struct event draw_next(struct gan_windows *s, int lane, int row)
{
	const struct vocab *v = s->g->vocab;
	struct event next = {.shift = draw_ticks(s, step_shift(s->step), &v->shifts, 0, lane, row, HEAD_SHIFT)};
	const int class = draw(s, step_part(s->step, next.shift), lane, row, HEAD_PART);

	next.kind = class < 0 || class == class_end(s->g) ? EVENT_END
	            : class == class_metre(s->g)          ? EVENT_METRE
	                                                  : EVENT_NOTE;
	next.part = next.kind == EVENT_NOTE ? (uint8_t) class : 0;
	return next;
}

static enum row_kind kind_of(const struct event *e)
{
	return e->kind == EVENT_NOTE ? ROW_NOTE : ROW_METRE;
}

/* The step stands where the lane does. */
static void load_lane(struct gan_windows *s, int lane)
{
	const struct generator *g = s->g;
	struct carry *to = &s->step->carry;
	const struct carry *from = &s->before;
	const size_t streams = from->streams;

	for (int l = 0; l < from->states; l++) {
		const size_t width = (size_t)from->width[l], at = (size_t)lane * width;

		memcpy(to->h[l], from->h[l] + at, width * sizeof(real));
		memcpy(to->c[l], from->c[l] + at, width * sizeof(real));
	}
	memcpy(to->stream_h, from->stream_h + (size_t)lane * streams, streams * sizeof(real));
	memcpy(to->stream_c, from->stream_c + (size_t)lane * streams, streams * sizeof(real));
	if (g->config.memory > 0)
		memory_carry_lane(&to->memory, &from->memory, &g->memory, lane);
	s->step->context = s->contexts[lane];
}

/* A window of at most `rows` rows. `first`: the event that the first row is of; NULL: the piece begins. */
static void draw_lane(struct gan_windows *s, int lane, const struct event *first, int rows)
{
	struct made_row *out = s->rows + (size_t)lane * (size_t)s->steps;
	struct event event = {0};

	s->step->knobs = s->codes ? s->codes + lane * KNOBS : NULL;
	if (first) {
		load_lane(s, lane);
		event = *first;
		step_arrive(s->step, event.shift, kind_of(&event), event.part);
	} else {
		carry_clear(&s->step->carry, s->g);
		s->step->context = s->contexts[lane];
		step_arrive(s->step, 0, ROW_START, 0);
	}
	s->made_length[lane] = rows;
	for (int t = 0; t < rows; t++) {
		if (s->step->context.kind == ROW_NOTE)
			draw_note(s, &event, lane, t);
		else if (s->step->context.kind == ROW_METRE)
			draw_metre(s, &event, lane, t);
		step_take(s->step, &event);
		out[t] = (struct made_row){event, draw_next(s, lane, t)};
		event = out[t].next;
		if (event.kind == EVENT_END) {
			s->made_length[lane] = t + 1;
			return;
		}
		if (t + 1 < rows)
			step_arrive(s->step, event.shift, kind_of(&event), event.part);
	}
}

/* ---- Windows --------------------------------------------------------------- */

/* What is known of a lane's next row before it is read: as the feed has it, but its pitch and length, which are drawn. */
static struct event next_event(const struct gan_windows *s, const struct lane *l)
{
	struct event e = l->music->events[l->row - 1];

	e.fermata = e.fermata && s->feed.options.training;
	return e;
}

static void fill_made(struct gan_windows *s)
{
	struct batch *b = &s->made_batch;

	batch_begin(b, s->steps);
	for (int t = 0; t < s->steps; t++)
		for (int i = 0; i < s->lanes; i++) {
			const struct made_row *r = s->rows + (size_t)i * (size_t)s->steps + t;
			struct context *c = &s->contexts[i];
			const int row = t * s->lanes + i;

			if (t >= s->made_length[i]) {
				batch_idle_row(b, row);
				continue;
			}
			if (t > 0)
				context_arrive(c, r->event.shift, kind_of(&r->event), r->event.part);
			batch_row(b, row, c, &r->event, &r->next, 1, 1);
			if (s->codes)
				batch_knobs(b, row, s->codes + i * KNOBS);
		}
	batch_end(b, s->g);
}

/* How many rows from the first one on belong to this feed; what does not is no target. */
static void measure_real(struct gan_windows *s)
{
	struct batch *b = &s->real_batch;

	for (int i = 0; i < s->lanes; i++) {
		int t = 0;

		while (t < s->steps && b->targets[HEAD_PART].symbol[t * s->lanes + i] >= 0 &&
		       b->next_weight[t * s->lanes + i] > 0)
			t++;
		s->real_length[i] = t;
		for (; t < s->steps; t++)
			for (int h = 0; h < HEADS; h++)
				b->targets[h].symbol[t * s->lanes + i] = -1;
	}
}

/* Where music is held out a real window ends before its time, and so must the one beside it. */
static int rows_to_make(const struct gan_windows *s, int lane)
{
	const struct batch *b = &s->real_batch;
	const int n = s->real_length[lane], last = (n - 1) * s->lanes + lane;

	return n == 0 || b->targets[HEAD_PART].symbol[last] == class_end(s->g) ? s->steps : n;
}

/* Contexts as they are where the windows begin: lanes have arrived at their first rows. */
static void note_contexts(struct gan_windows *s, struct event *first, bool *begins)
{
	for (int i = 0; i < s->lanes; i++) {
		const struct lane *l = &s->feed.lanes[i];

		s->style[i] = -1;
		begins[i] = true;
		if (!l->piece)
			continue;
		s->contexts[i] = l->context;
		s->style[i] = l->context.start.style;
		begins[i] = l->row == 0;
		first[i] = begins[i] ? (struct event){0} : next_event(s, l);
	}
}

static int next_windows(struct gan_windows *s, const real *w, struct event *first, bool *begins)
{
	int fed;

	if (feed_turn(&s->feed) < 0)
		return -1;
	note_contexts(s, first, begins);
	carry_copy(&s->before, &s->carry, s->g);
	fed = feed_chunk(&s->feed, &s->real_batch, s->steps);
	if (fed <= 0)
		return fed;
	network_logits(s->g, w, &s->frame, &s->real_batch, &s->carry, NULL, (struct random){0, 0});
	measure_real(s);
	s->step->w = w;
	for (int i = 0; i < s->lanes; i++) {
		s->made_length[i] = 0;
		if (s->real_length[i] == 0)
			continue;
		draw_lane(s, i, begins[i] ? NULL : &first[i], rows_to_make(s, i));
		/* where the made rows are read again, from the beginning */
		context_arrive(&s->contexts[i], first[i].shift, begins[i] ? ROW_START : kind_of(&first[i]),
		               first[i].part);
	}
	fill_made(s);
	return 1;
}

int gan_windows_next(struct gan_windows *s, const real *w, struct random random)
{
	struct event *first = mem_new((size_t)s->lanes, sizeof *first);
	bool *begins = mem_new((size_t)s->lanes, sizeof *begins);
	int result = -1;

	s->random = random;
	if (first && begins)
		result = next_windows(s, w, first, begins);
	free(first);
	free(begins);
	return result;
}
