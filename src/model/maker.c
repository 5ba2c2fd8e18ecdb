/* One piece, drawn event by event. See maker.h. */
#include "model/maker.h"

#include <math.h>
#include "base/error.h"
#include "model/ending.h"
#include "model/sample.h"

/* No silence and no note longer than this many bars is made. */
enum { SHIFT_BARS = 2, DURATION_BARS = 4 };
/* This many bars before the most that were allowed, the piece is told how many are left. */
enum { STEER_BARS = 8 };

bool pitch_wanted(const struct compose_options *o, int sounding)
{
	return sounding >= o->low && sounding <= o->high && (o->scale == 0 || (o->scale >> (sounding % 12) & 1));
}

bool maker_allows(const struct maker *k, int pitch)
{
	int sounding = pitch + k->transposition;

	return pitch >= k->margin && pitch < 128 - k->margin && sounding >= 0 && sounding < 128 &&
	       pitch_wanted(k->o, sounding);
}

real maker_lean(const struct maker *k, int pitch)
{
	return (real)k->o->lean[(pitch + k->transposition + 120) % 12];
}

static double pitch_temperature(const struct maker *k)
{
	return k->o->temperature * k->m->sampling.pitch_temperature;
}

static double duration_temperature(const struct maker *k)
{
	return k->o->temperature * k->m->sampling.duration_temperature;
}

/* As asked for, else the model's own. */
static double top_p(const struct maker *k, double own)
{
	return k->o->top_p > 0 ? k->o->top_p : own;
}

static double pitch_top_p(const struct maker *k)
{
	return top_p(k, k->m->sampling.pitch_top_p);
}

static double duration_top_p(const struct maker *k)
{
	return top_p(k, k->m->sampling.duration_top_p);
}

int maker_init(struct maker *k, const struct model *m, const struct compose_options *o)
{
	bool none = false;

	*k = (struct maker){.m = m, .o = o, .end = -1, .closes = true};
	k->step = step_new(&m->generator, m->w);
	if (!k->step)
		return -1;
	k->ending = ending_new(k, &none);
	if (maker_tokens_init(k) < 0 || maker_conv_init(k) < 0 || (!k->ending && !none)) {
		maker_done(k);
		return -1;
	}
	return 0;
}

void maker_done(struct maker *k)
{
	ending_free(k->ending);
	k->ending = NULL;
	step_free(k->step);
	k->step = NULL;
	tokens_done(&k->primed);
	maker_conv_done(k);
}

int maker_now(const struct maker *k)
{
	return k->step->context.position.now;
}

int maker_bar_line(const struct maker *k, int tick)
{
	const struct position *p = &k->step->context.position;
	int past = tick - p->bar_start;

	return p->bar_start + (past + p->bar_length - 1) / p->bar_length * p->bar_length;
}

/* Latest end of the notes that sound; the present tick where none does. */
static int silent_from(const struct maker *k)
{
	const struct context *c = &k->step->context;
	int end = c->position.now;

	for (int i = 0; i < c->n_sounding; i++)
		if (c->sounding[i].end > end)
			end = c->sounding[i].end;
	return end;
}

/* Where so many bars end, as long as bars are now, counted from the present one; it has an end in any case. */
static int end_of_bars(const struct position *p, int bars)
{
	long long end = (long long)p->bar_start + (long long)(bars > 1 ? bars : 1) * p->bar_length;

	return end < SONG_TICK_MAX ? (int)end : SONG_TICK_MAX;
}

/* The piece ends with the last of its bars, or at the bar line by which all is silent. */
static void plan_end(struct maker *k)
{
	struct context *c = &k->step->context;
	int bars = k->o->bars > 0 ? k->o->bars : k->most, silent = maker_bar_line(k, silent_from(k));

	k->end = end_of_bars(&c->position, bars - c->position.bar);
	k->end = k->end > silent ? k->end : silent;
	c->end = k->end;
}

/* A length that pieces of the corpus have: without one in mind a piece wanders on. */
static int plan_bars(struct maker *k)
{
	const struct vocab *v = k->m->vocab;
	int bars = v->lengths[random_below(&k->random, (uint32_t)v->n_lengths)];

	return bars < k->o->bars_max ? bars : k->o->bars_max;
}

void maker_begin(struct maker *k, const struct start *start, struct random random, int transposition)
{
	struct position position;
	unsigned unknown = 0;

	if (start->style < 0)
		unknown |= UNKNOWN_STYLE;
	if (start->mode == MODE_UNKNOWN || (k->m->generator.config.harmony && start->tonic == 0))
		unknown |= UNKNOWN_KEY;
	if (start->tempo == 0)
		unknown |= UNKNOWN_TEMPO;
	k->random = random;
	k->transposition = transposition;
	k->primer_at = 0;
	k->least = 0;
	k->sounded = false;
	k->ended = false;
	k->most = k->o->bars_max;
	position_start(&position, k->m->vocab->grid, start);
	k->end = k->o->bars > 0 ? end_of_bars(&position, k->o->bars - position.bar) : -1;
	if (k->o->bars == 0 && plan_begins(k->o->plan))
		k->end = k->o->plan->end;
	k->step->plan = k->o->plan;
	k->step->knobs = k->o->knobs;
	k->planned = plan_bars(k);
	guard_start(&k->guard);
	k->told = (struct key){unknown & UNKNOWN_KEY ? -1 : start->tonic - 1, start->mode};
	key_count_start(&k->key);
	if (k->ending)
		ending_begin(k->ending, k->closes);
	/* The last bar of a piece is shorter by its pickup. */
	step_begin(k->step, start, unknown,
	           k->end >= 0 ? k->end : end_of_bars(&position, k->planned - position.bar) - start->pickup);
	maker_tokens_begin(k);
	maker_conv_begin(k);
}

/* Go to the row of the next event; keep the guard up to date. */
static void arrive(struct maker *k, int shift, enum row_kind kind, int part)
{
	const struct position *p = &k->step->context.position;
	int bar = p->bar;

	step_arrive(k->step, shift, kind, part);
	guard_bars(&k->guard, p->bar - bar, &k->random);
}

/* The same for an event of our own: when the most bars are near, the piece is told where it ends. */
void maker_arrive(struct maker *k, int shift, enum row_kind kind, int part)
{
	arrive(k, shift, kind, part);
	if (k->end < 0 && k->most - k->step->context.position.bar <= STEER_BARS)
		plan_end(k);
}

void maker_take(struct maker *k, const struct event *event)
{
	struct guard_note note = {position_in_bar(&k->step->context.position), event->part, event->pitch,
	                          event->duration};

	if (event->kind == EVENT_NOTE) {
		guard_note(&k->guard, &note);
		k->sounded = true;
		key_count_note(&k->key, maker_now(k), event->pitch, event->duration);
	}
	step_take(k->step, event);
	/* What was planned was bars. */
	if (event->kind == EVENT_METRE && k->end >= 0)
		plan_end(k);
}

/* Events of one part and onset come from high to low: is there a pitch left below the last one? */
static bool lower_pitch_left(const struct maker *k)
{
	const struct context *c = &k->step->context;

	for (int p = 0; p < c->before.pitch; p++)
		if (maker_allows(k, p))
			return true;
	return false;
}

/* Can anything come at the same tick as the last event? */
static bool room_at_tick(const struct maker *k)
{
	const struct context *c = &k->step->context;

	if (c->before_kind != ROW_NOTE || lower_pitch_left(k))
		return true;
	for (int part = c->before.part + 1; part < k->m->vocab->parts; part++)
		if (c->start.parts >> part & 1)
			return true;
	return false;
}

/* Of the shifts that are left those that are long enough; where none is, the least. */
static int draw_late_shift(struct maker *k, real *logits, int least)
{
	const struct symbols *s = &k->m->vocab->shifts;
	int symbol;

	for (int i = 0; i < s->n; i++)
		if (s->values[i] < least)
			logits[i] = -INFINITY;
	logits[s->n] = -INFINITY; /* what has no symbol would have to be drawn until it is long enough */
	symbol = sample_logits(logits, s->n + 1, duration_temperature(k), k->o->top_k, duration_top_p(k), &k->random);
	k->nats += sample_cost(logits, s->n + 1, symbol);
	return symbol < 0 || symbol == s->n ? least : s->values[symbol];
}

int maker_draw_shift(struct maker *k)
{
	const struct symbols *s = &k->m->vocab->shifts;
	real *logits = step_shift(k->step);
	const double nats = k->nats;
	int bar = context_bar(&k->step->context), limit = SHIFT_BARS * bar, symbol, shift;

	/* A piece begins in its first bar, one of so many bars with the downbeat, and with a note before its end. */
	if (k->step->context.before_kind == ROW_START)
		limit = k->o->bars > 0 ? 0 : bar - 1;
	if (!k->sounded && k->end >= 0 && limit >= k->end - maker_now(k))
		limit = k->end - maker_now(k) - 1;
	/* a token is all that begins at a tick */
	if (!room_at_tick(k) || (generator_reads_tokens(&k->m->generator) && k->sounded))
		logits[0] = -INFINITY;
	for (int i = 1; i < s->n; i++)
		if (s->values[i] > limit)
			logits[i] = -INFINITY;
	symbol = sample_logits(logits, s->n + 1, duration_temperature(k), k->o->top_k, duration_top_p(k), &k->random);
	k->nats += sample_cost(logits, s->n + 1, symbol);
	shift = symbol < 0 || symbol == s->n ? escape_draw(s, 0, bar, limit, &k->random) : s->values[symbol];
	/* what comes late enough by itself comes as it would have come */
	if (maker_now(k) + shift >= k->least)
		return shift;
	k->nats = nats;
	return draw_late_shift(k, logits, k->least - maker_now(k));
}

/* A class of the part head: a part, METRE or END. */
static int draw_part(struct maker *k, int shift)
{
	const struct generator *g = &k->m->generator;
	const struct context *c = &k->step->context;
	real *logits = step_part(k->step, shift);
	int chosen;

	if (shift == 0 && c->before_kind == ROW_NOTE && !lower_pitch_left(k))
		logits[c->before.part] = -INFINITY;
	if (k->end >= 0 || k->o->numerator > 0)
		logits[class_metre(g)] = -INFINITY;
	if (k->o->bars > 0 || plan_begins(k->o->plan) || !k->sounded)
		logits[class_end(g)] = -INFINITY;
	chosen = sample_logits(logits, g->part.out, k->o->temperature, 0, 1, &k->random);
	k->nats += sample_cost(logits, g->part.out, chosen);
	return chosen < 0 ? class_end(g) : chosen;
}

static void draw_metre(struct maker *k, struct event *event)
{
	const struct vocab *v = k->m->vocab;
	const struct position *p = &k->step->context.position;
	real *logits = step_metre(k->step);
	int m;

	logits[v->n_metres] = -INFINITY; /* a metre never seen is not made up */
	m = sample_logits(logits, v->n_metres + 1, k->o->temperature, 0, 1, &k->random);
	event->numerator = m < 0 ? (uint8_t)p->numerator : v->metres[m][0];
	event->denominator_log2 = m < 0 ? (uint8_t)p->denominator_log2 : v->metres[m][1];
}

int maker_draw_pitch(struct maker *k, const real *logits, int n)
{
	return sample_logits(logits, n, pitch_temperature(k), k->o->top_k, pitch_top_p(k), &k->random);
}

static int draw_pitch(struct maker *k, int part)
{
	const struct context *c = &k->step->context;
	real *logits = step_pitch(k->step);
	int forbidden = k->o->guard ? guard_forbidden(&k->guard, position_in_bar(&c->position), part) : -1;
	int pitch;

	/* Never twice the same pitch in one part at once. */
	if (c->shift == 0 && c->before_kind == ROW_NOTE && c->before.part == part)
		logits[c->before.pitch] = -INFINITY;
	for (int p = 0; p < RELATIVE_PITCHES; p++)
		logits[p] = maker_allows(k, p) ? logits[p] + maker_lean(k, p) : -INFINITY;
	if (forbidden >= 0) {
		real kept = logits[forbidden];

		logits[forbidden] = -INFINITY;
		pitch = maker_draw_pitch(k, logits, RELATIVE_PITCHES);
		if (pitch >= 0)
			return pitch;
		logits[forbidden] = kept;
	}
	pitch = maker_draw_pitch(k, logits, RELATIVE_PITCHES);
	/* Logits of weights gone astray may be no numbers; what is allowed still is. */
	for (int p = 0; pitch < 0 && p < RELATIVE_PITCHES; p++)
		if (isnan(logits[p]))
			pitch = p;
	if (pitch < 0)
		BUG("no pitch is left to choose");
	return pitch;
}

int maker_draw_duration(struct maker *k, int pitch)
{
	const struct symbols *s = &k->m->vocab->durations;
	const struct context *c = &k->step->context;
	real *logits = step_duration(k->step, pitch);
	int bar = context_bar(c), limit = DURATION_BARS * bar, symbol, duration;

	for (int i = 0; i < s->n; i++)
		if (s->values[i] > limit)
			logits[i] = -INFINITY;
	symbol = sample_logits(logits, s->n + 1, duration_temperature(k), k->o->top_k, duration_top_p(k), &k->random);
	k->nats += sample_cost(logits, s->n + 1, symbol);
	duration = symbol < 0 || symbol == s->n ? escape_draw(s, 1, bar, limit, &k->random) : s->values[symbol];
	/* Nothing sounds past the end. */
	if (k->end >= 0 && c->position.now + duration > k->end)
		duration = k->end - c->position.now;
	return duration;
}

int maker_draw_velocity(struct maker *k)
{
	int bin;

	if (!k->m->vocab->dynamics)
		return k->m->vocab->velocity;
	bin = sample_logits(step_velocity(k->step), VELOCITY_BINS, k->o->temperature, k->o->top_k, top_p(k, 1),
	                    &k->random);
	return bin < 0 ? k->m->vocab->velocity : bin * 8 + 4;
}

/* All notes end, and the last event has its time, before the piece does. */
int maker_end_shift(const struct maker *k, int shift)
{
	int least = silent_from(k) - maker_now(k);

	least = least > 1 ? least : 1;
	return shift > least ? shift : least;
}

static void make_note(struct maker *k, int shift, int part, struct event *event)
{
	*event = (struct event){.shift = shift, .kind = EVENT_NOTE, .part = (uint8_t)part};
	maker_arrive(k, shift, ROW_NOTE, part);
	event->pitch = (uint8_t)draw_pitch(k, part);
	k->nats += sample_cost(k->step->logits[HEAD_PITCH], RELATIVE_PITCHES, event->pitch);
	k->drawn++;
	event->duration = maker_draw_duration(k, event->pitch);
	event->velocity = (uint8_t)maker_draw_velocity(k);
}

void maker_make(struct maker *k, struct event *event)
{
	const struct generator *g = &k->m->generator;
	int shift = maker_draw_shift(k), now = maker_now(k), part;

	*event = (struct event){.shift = shift, .kind = EVENT_END};
	if (k->end >= 0 && now + shift >= k->end) {
		event->shift = k->end - now;
		return;
	}
	part = draw_part(k, shift);
	if (part == class_end(g)) {
		event->shift = maker_end_shift(k, shift);
		return;
	}
	if (part == class_metre(g)) {
		event->kind = EVENT_METRE;
		maker_arrive(k, shift, ROW_METRE, 0);
		draw_metre(k, event);
		return;
	}
	make_note(k, shift, part, event);
}

bool maker_make_part(struct maker *k, int part, const struct event *given, struct event *event)
{
	const int shift = maker_draw_shift(k);

	/* events of one tick come by part */
	if (shift < given->shift || (shift == given->shift && given->kind == EVENT_NOTE && part < given->part))
		if (draw_part(k, shift) == part) {
			make_note(k, shift, part, event);
			return true;
		}
	*event = *given;
	if (given->kind != EVENT_END)
		maker_arrive(k, given->shift, given->kind == EVENT_NOTE ? ROW_NOTE : ROW_METRE, given->part);
	return false;
}

void maker_next(struct maker *k, struct event *event)
{
	const struct piece *primer = k->o->primer;

	if (primer && k->primer_at < primer->n && primer->events[k->primer_at].kind != EVENT_END) {
		*event = primer->events[k->primer_at++];
		arrive(k, event->shift, event->kind == EVENT_NOTE ? ROW_NOTE : ROW_METRE, event->part);
		k->most = k->step->context.position.bar + k->o->bars_max;
		if (k->end < 0)
			k->step->context.end = end_of_bars(&k->step->context.position, k->planned);
	} else if (generator_reads_tokens(&k->m->generator)) {
		maker_tokens_next(k, event);
	} else if (generator_is_conv(&k->m->generator)) {
		maker_conv_next(k, event);
	} else if (!ending_next(k, event)) {
		maker_make(k, event);
	}
	if (event->kind == EVENT_END)
		k->ended = true;
	else
		maker_take(k, event);
}
