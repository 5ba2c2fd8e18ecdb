/* Music like other music. See like.h. */
#include "model/like.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"
#include "model/encoder.h"
#include "model/feed.h"

int latent_check(const struct model *m)
{
	if (m->generator.config.latent > 0)
		return 0;
	return error("the model %s has no latent: it makes nothing like other music (`musegen info` says what models "
	             "have)",
	             m->name ? m->name : "");
}

/* ---- a piece as z ------------------------------------------------------------ */

/* One phrase after the other: as much memory whatever the piece. */
struct encoding {
	struct arena arena;
	struct phrase_batch batch;
	struct encoder_frame frame;
};

static void layout(struct encoding *e, const struct encoder *encoder)
{
	phrase_batch_layout(&e->batch, &e->arena, 1, PHRASE_EVENTS_MAX);
	encoder_frame_layout(&e->frame, &e->arena, encoder, 1, PHRASE_EVENTS_MAX, false);
}

static int encode_all(struct like *l, const struct model *m, const struct phrases *phrases)
{
	const struct encoder *encoder = &m->generator.encoder;
	struct encoding e = {.batch = {.n = 0}};

	layout(&e, encoder);
	if (arena_reserve(&e.arena) < 0)
		return -1;
	layout(&e, encoder);
	for (size_t i = 0; i < phrases->n; i++) {
		phrase_batch_begin(&e.batch);
		phrase_batch_add(&e.batch, phrases, i, -1);
		encoder_forward(encoder, m->w, &e.frame, &e.batch);
		memcpy(l->mu + i * (size_t)l->width, e.frame.mu, (size_t)l->width * sizeof *l->mu);
		l->bars[i] = phrases->list[i].bars;
		l->numbers[i] = phrases->list[i].bar;
	}
	arena_done(&e.arena);
	return 0;
}

static int length_of(const struct piece *piece)
{
	long long ticks = 0;

	for (size_t i = 0; i < piece->n && ticks < SONG_TICK_MAX; i++)
		ticks += piece->events[i].shift;
	return ticks < SONG_TICK_MAX ? (int)ticks : SONG_TICK_MAX;
}

int like_encode(struct like *l, const struct model *m, const struct piece *piece)
{
	const struct metre metre = {0, piece->start.numerator, piece->start.denominator_log2};
	struct phrases phrases = {.n = 0};
	int result = -1;

	*l = (struct like){.width = m->generator.config.latent};
	if (latent_check(m) < 0)
		return -1;
	if (!feed_fits(piece, m->vocab))
		return error("it has %d parts, the model %s at most %d", start_part_count(&piece->start),
		             m->name ? m->name : "", m->vocab->parts);
	l->start = piece->start;
	l->start.style = -1;
	l->us_per_quarter = piece->us_per_quarter;
	l->bar = metre_bar(&metre, piece->grid);
	l->length = (double)length_of(piece) / l->bar;
	if (phrases_cut(&phrases, piece, piece->n, m->vocab) == 0) {
		l->n = phrases.n;
		l->bars = mem_new(l->n, sizeof *l->bars);
		l->numbers = mem_new(l->n, sizeof *l->numbers);
		l->mu = mem_new(l->n * (size_t)l->width, sizeof *l->mu);
		if (l->bars && l->numbers && l->mu)
			result = encode_all(l, m, &phrases);
	}
	phrases_done(&phrases);
	return result;
}

void like_done(struct like *l)
{
	free(l->bars);
	free(l->numbers);
	free(l->mu);
	*l = (struct like){.width = 0};
}

/* ---- plans ------------------------------------------------------------------- */

static int ticks_of(double bars, int bar)
{
	return (int)lround(fmin(bars * bar, SONG_TICK_MAX));
}

static void begin_like(struct latent_plan *out, const struct like *l, double bars)
{
	out->start = l->start;
	out->us_per_quarter = l->us_per_quarter;
	out->end = ticks_of(bars, l->bar);
	out->end = out->end > 1 ? out->end : 1;
}

int like_vary(struct latent_plan *out, const struct like *l, double amount, uint64_t seed)
{
	if (latent_plan_init(out, l->width, l->n) < 0)
		return -1;
	begin_like(out, l, l->length);
	out->amount = amount;
	out->seed = seed;
	for (size_t i = 0; i < l->n; i++)
		out->ticks[i] = ticks_of(l->bars[i], l->bar);
	memcpy(out->bars, l->numbers, l->n * sizeof *l->numbers);
	memcpy(out->z, l->mu, l->n * (size_t)l->width * sizeof *l->mu);
	return 0;
}

static double norm(const real *x, int n)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += (double)x[i] * (double)x[i];
	return sqrt(sum);
}

/* Opposite ones, and such as are nowhere, go straight. */
static void go_between(real *z, const real *a, const real *b, int n, double way)
{
	const double la = norm(a, n), lb = norm(b, n), length = la + way * (lb - la);
	double dot = 0, angle, from = 1 - way, to = way;

	for (int i = 0; i < n; i++)
		dot += (double)a[i] * (double)b[i];
	angle = la > 0 && lb > 0 ? acos(fmax(-1, fmin(1, dot / (la * lb)))) : 0;
	if (sin(angle) > 1e-6) {
		from = sin((1 - way) * angle) / sin(angle) * length / la;
		to = sin(way * angle) / sin(angle) * length / lb;
	}
	for (int i = 0; i < n; i++)
		z[i] = (real)(from * (double)a[i] + to * (double)b[i]);
}

int like_travel(struct latent_plan *out, const struct like *from, const struct like *to, double way)
{
	const struct like *nearer = way <= 0.5 ? from : to;
	const size_t width = (size_t)from->width;
	const size_t n = (size_t)lround((double)from->n + way * ((double)to->n - (double)from->n));

	if (latent_plan_init(out, from->width, n) < 0)
		return -1;
	begin_like(out, nearer, from->length + way * (to->length - from->length));
	for (size_t i = 0; i < n; i++) {
		const size_t a = i * from->n / n, b = i * to->n / n;
		const double bars = from->bars[a] + way * (to->bars[b] - from->bars[a]);

		out->ticks[i] = ticks_of(bars, nearer->bar);
		out->bars[i] = (int)floor((double)(out->ticks[i] - nearer->start.pickup) / nearer->bar);
		go_between(out->z + i * width, from->mu + a * width, to->mu + b * width, from->width, way);
	}
	return 0;
}
