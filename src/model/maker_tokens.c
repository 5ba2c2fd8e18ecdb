/*
 * Pieces drawn token by token, within the limits of maker.c. The seed plays
 * one note after the other: an overlap is never drawn. Chords go into the
 * highest part; where there are no durations every token lasts an eighth.
 */
#include "model/maker.h"

#include <math.h>
#include "base/error.h"

static const struct vocab *vocab_of(const struct maker *k)
{
	return k->m->vocab;
}

static enum generator_kind kind_of(const struct maker *k)
{
	return (enum generator_kind)k->m->generator.config.kind;
}

/* ---- the primer ------------------------------------------------------------ */

int maker_tokens_init(struct maker *k)
{
	const struct generator *g = &k->m->generator;

	if (!generator_reads_tokens(g) || !k->o->primer)
		return 0;
	return tokens_spell(&k->primed, g, k->o->primer, 0);
}

/* Where the last of its notes ends. */
static int end_of_last(const struct piece *p)
{
	int now = 0, end = 0;

	for (size_t i = 0; i < p->n; i++) {
		now += p->events[i].shift;
		if (p->events[i].kind == EVENT_NOTE)
			end = now + p->events[i].duration;
	}
	return end;
}

void maker_tokens_begin(struct maker *k)
{
	size_t n = k->primed.n;

	k->chord_n = k->chord_at = 0;
	k->cursor = 0;
	k->rested = false;
	if (!k->o->primer)
		return;
	/* neither END nor what comes before it */
	while (n > 0 && k->primed.list[n - 1].notes == 0)
		n--;
	for (size_t i = 0; i < n; i++)
		step_token(k->step, &k->primed.list[i]);
	k->cursor = end_of_last(k->o->primer);
}

/* ---- drawing --------------------------------------------------------------- */

/* Who asks for so many bars has them, and there is a note in every piece. */
static bool may_end(const struct maker *k)
{
	return k->o->bars <= 0 && k->sounded;
}

static int forbidden_here(const struct maker *k)
{
	return k->o->guard ? guard_forbidden(&k->guard, position_in_bar(&k->step->context.position), 0) : -1;
}

/* A pitch that is allowed, all alike, without those from low to high; the forbidden one where there is no other. */
static int any_pitch(struct maker *k, int low, int high, int forbidden)
{
	int pitches[128], n = 0;

	for (int p = 0; p < 128; p++)
		if (maker_allows(k, p) && (p < low || p > high) && p != forbidden)
			pitches[n++] = p;
	if (n > 0)
		return pitches[random_below(&k->random, (uint32_t)n)];
	if (forbidden < 0)
		BUG("no pitch is left to choose");
	return forbidden;
}

static struct token with_duration(const struct maker *k, int symbol, int duration)
{
	struct token t = token_blank();

	t.symbol[HEAD_PITCH] = (int16_t)symbol;
	t.symbol[HEAD_DURATION] = (int16_t)symbols_find(&vocab_of(k)->durations, duration);
	return t;
}

/* ---- the seed's ------------------------------------------------------------ */

/* A class of the pitch head. only_note: for a row that is a note's already. */
static int draw_seed(struct maker *k, int forbidden, bool only_note)
{
	const struct vocab *v = vocab_of(k);
	const int n = seed_pitches(v);
	real *logits = step_pitch(k->step);
	int first = -1, symbol;

	for (int i = 0; i < n; i++) {
		if (!maker_allows(k, v->low[0] + i) || v->low[0] + i == forbidden)
			logits[i] = -INFINITY;
		else if (first < 0)
			first = i;
		logits[i] += maker_lean(k, v->low[0] + i);
	}
	logits[n + SEED_OVERLAP] = -INFINITY;
	if (only_note || k->rested || !k->sounded)
		logits[n + SEED_REST] = -INFINITY;
	if (only_note || !may_end(k))
		logits[n + SEED_END] = -INFINITY;
	if (first >= 0)
		logits[n + SEED_OTHER] = -INFINITY;
	symbol = maker_draw_pitch(k, logits, n + SEED_SYMBOLS);
	/* of weights gone astray */
	return symbol >= 0 ? symbol : first >= 0 ? first : n + SEED_OTHER;
}

static int seed_pitch(struct maker *k, int symbol, int forbidden)
{
	const struct vocab *v = vocab_of(k);

	return symbol < seed_pitches(v) ? v->low[0] + symbol : any_pitch(k, v->low[0], v->high[0], forbidden);
}

/* A note that begins where the cursor is. */
static void seed_note(struct maker *k, struct event *event, int symbol)
{
	const int now = maker_now(k);
	struct token token;
	int forbidden;

	event->kind = EVENT_NOTE;
	event->shift = k->cursor > now ? k->cursor - now : 0;
	maker_arrive(k, event->shift, ROW_NOTE, 0);
	forbidden = forbidden_here(k);
	event->pitch = (uint8_t)seed_pitch(k, symbol, -1);
	if (event->pitch == forbidden) {
		symbol = draw_seed(k, forbidden, true);
		event->pitch = (uint8_t)seed_pitch(k, symbol, forbidden);
	}
	event->duration = maker_draw_duration(k, event->pitch);
	event->velocity = (uint8_t)vocab_of(k)->velocity;
	token = with_duration(k, symbol, event->duration);
	step_token(k->step, &token);
	k->cursor = maker_now(k) + event->duration;
	k->rested = false;
}

static void seed_rest(struct maker *k, int symbol)
{
	const int duration = maker_draw_duration(k, 0);
	const struct token token = with_duration(k, symbol, duration);

	step_token(k->step, &token);
	k->cursor += duration;
	k->rested = true;
}

static void seed_next(struct maker *k, struct event *event)
{
	for (;;) {
		const int now = maker_now(k), n = seed_pitches(vocab_of(k));
		int symbol;

		if (k->end >= 0 && k->cursor >= k->end) {
			event->shift = k->end - now;
			return;
		}
		symbol = draw_seed(k, -1, false);
		if (symbol == n + SEED_END) {
			event->shift = maker_end_shift(k, k->cursor - now);
			return;
		}
		if (symbol != n + SEED_REST) {
			seed_note(k, event, symbol);
			return;
		}
		seed_rest(k, symbol);
	}
}

/* ---- the composers' -------------------------------------------------------- */

/* The mean of its notes', so that a chord of many is no likelier than a single one. */
static real chord_lean(const struct maker *k, const struct chord *c)
{
	real sum = 0;
	int n = 0;

	for (int p = 0; p < 128; p++)
		if (chord_has(c, p)) {
			sum += maker_lean(k, p);
			n++;
		}
	return n > 0 ? sum / (real)n : 0;
}

static int draw_chord(struct maker *k, int forbidden, bool only_note)
{
	const struct chords *chords = &vocab_of(k)->chords;
	real *logits = step_pitch(k->step);
	struct chord allowed = {{0, 0}};
	int first = -1, symbol;

	for (int p = 0; p < 128; p++)
		if (maker_allows(k, p) && p != forbidden)
			chord_add(&allowed, p);
	for (int i = 0; i < chords->n; i++) {
		const struct chord *c = &chords->list[i];

		if ((c->bits[0] & ~allowed.bits[0]) || (c->bits[1] & ~allowed.bits[1]))
			logits[i] = -INFINITY;
		else if (first < 0)
			first = i;
		logits[i] += chord_lean(k, c);
	}
	if (only_note || !may_end(k))
		logits[composer_end(vocab_of(k))] = -INFINITY;
	if (first >= 0)
		logits[composer_other(vocab_of(k))] = -INFINITY;
	symbol = maker_draw_pitch(k, logits, chords->n + 2);
	return symbol >= 0 ? symbol : first >= 0 ? first : composer_other(vocab_of(k));
}

/* What has no symbol is a single pitch, where no chord is allowed. */
static struct chord chord_of(struct maker *k, int symbol, int forbidden)
{
	struct chord chord = {{0, 0}};

	if (symbol < vocab_of(k)->chords.n)
		return vocab_of(k)->chords.list[symbol];
	chord_add(&chord, any_pitch(k, 128, -1, forbidden));
	return chord;
}

static int eighth(const struct maker *k)
{
	return vocab_of(k)->grid >= 2 ? vocab_of(k)->grid / 2 : 1;
}

static int chord_duration(struct maker *k)
{
	const int now = maker_now(k);
	int duration = eighth(k);

	if (kind_of(k) == KIND_COMPOSER_PLUS)
		return maker_draw_duration(k, 0);
	return k->end >= 0 && now + duration > k->end ? k->end - now : duration;
}

/* The present row's token: its notes, highest first. shift: of the first. */
static void make_chord(struct maker *k, int symbol, int shift)
{
	const int forbidden = forbidden_here(k);
	struct chord chord = chord_of(k, symbol, -1);
	struct event note = {.kind = EVENT_NOTE, .shift = shift};
	struct token token;

	if (forbidden >= 0 && chord_has(&chord, forbidden)) {
		symbol = draw_chord(k, forbidden, true);
		chord = chord_of(k, symbol, forbidden);
	}
	note.duration = chord_duration(k);
	note.velocity = (uint8_t)(kind_of(k) == KIND_COMPOSER_PLUS ? maker_draw_velocity(k) : vocab_of(k)->velocity);
	k->chord_n = k->chord_at = 0;
	for (int p = 127; p >= 0; p--) {
		if (!chord_has(&chord, p))
			continue;
		note.pitch = (uint8_t)p;
		k->chord[k->chord_n++] = note;
		note.shift = 0;
	}
	token = with_duration(k, symbol, note.duration);
	token.symbol[HEAD_SHIFT] = (int16_t)symbols_find(&vocab_of(k)->shifts, shift);
	token.symbol[HEAD_VELOCITY] = (int16_t)(note.velocity / 8);
	step_token(k->step, &token);
}

static void chord_next(struct maker *k, struct event *event)
{
	const int now = maker_now(k);
	int shift, symbol;

	if (k->chord_at < k->chord_n) {
		*event = k->chord[k->chord_at++];
		maker_arrive(k, event->shift, ROW_NOTE, 0);
		return;
	}
	shift = kind_of(k) == KIND_COMPOSER_PLUS ? maker_draw_shift(k) : k->sounded ? eighth(k) : 0;
	if (k->end >= 0 && now + shift >= k->end) {
		event->shift = k->end - now;
		return;
	}
	symbol = draw_chord(k, -1, false);
	if (symbol == composer_end(vocab_of(k))) {
		event->shift = maker_end_shift(k, shift);
		return;
	}
	maker_arrive(k, shift, ROW_NOTE, 0);
	make_chord(k, symbol, shift);
	*event = k->chord[k->chord_at++];
}

void maker_tokens_next(struct maker *k, struct event *event)
{
	*event = (struct event){.kind = EVENT_END};
	if (kind_of(k) == KIND_SEED)
		seed_next(k, event);
	else
		chord_next(k, event);
}
