/*
 * How pieces begin: one of the ways the corpus's pieces do, bent to what was
 * asked for, and a tempo.
 */
#include "model/begin.h"

#include "music/manner.h"

#define US_UNSAID 500000 /* a quarter's microseconds where a MIDI file states no tempo */

/* What may be wished of a beginning; the higher bits are given up last. */
enum wish { WISH_DOWNBEAT = 1, WISH_MODE = 2, WISH_PARTS = 4, WISH_STYLE = 8, WISHES = 16 };

static bool has_metre(const struct vocab_start *s, const struct compose_options *o)
{
	return o->numerator == 0 ||
	       (s->start.numerator == o->numerator && s->start.denominator_log2 == o->denominator_log2);
}

/* Who asks for so many bars wants those, and no pickup before them. */
static bool start_fits(const struct vocab_start *s, const struct compose_options *o, unsigned wishes)
{
	return has_metre(s, o) && !(wishes & WISH_STYLE && o->style >= 0 && s->start.style != o->style) &&
	       !(wishes & WISH_PARTS && o->parts > 0 && start_part_count(&s->start) != o->parts) &&
	       !(wishes & WISH_MODE && o->key.mode != MODE_UNKNOWN && s->start.mode != o->key.mode) &&
	       !(wishes & WISH_DOWNBEAT && o->bars > 0 && s->start.pickup > 0);
}

/* One of the model's own beginnings, as often as it was seen; wishes that none meets are given up. */
static const struct vocab_start *draw_start(const struct vocab *v, const struct compose_options *o,
                                            struct random *random)
{
	for (unsigned wishes = WISHES; wishes-- > 0;) {
		uint32_t total = 0, at;

		for (int i = 0; i < v->n_starts; i++)
			if (start_fits(&v->starts[i], o, wishes))
				total += (uint32_t)v->starts[i].count;
		if (total == 0)
			continue;
		at = random_below(random, total);
		for (int i = 0; i < v->n_starts; i++) {
			if (!start_fits(&v->starts[i], o, wishes))
				continue;
			if (at < (uint32_t)v->starts[i].count)
				return &v->starts[i];
			at -= (uint32_t)v->starts[i].count;
		}
	}
	return &v->starts[0];
}

static uint64_t first_parts(int n)
{
	return n >= 64 ? UINT64_MAX : ((uint64_t)1 << n) - 1;
}

static const char *style_name(const struct vocab *v, int style)
{
	return style >= 0 && style < v->n_styles ? v->styles[style] : NULL;
}

/*
 * Do the pieces of a style have tempi of their own? One and the same in all of
 * them is what a program wrote when nobody said any: surely where it is 120
 * quarters a minute, and where the style is known to be played at another.
 */
static bool has_tempi(const struct vocab *v, int style)
{
	int only = 0;

	for (int i = 0; i < v->n_starts; i++) {
		int us = v->starts[i].us_per_quarter;

		if (v->starts[i].start.style != style || us <= 0)
			continue;
		if (only > 0 && us != only)
			return true;
		only = us;
	}
	return only > 0 && only != US_UNSAID && !manner_knows_tempo(style_name(v, style));
}

/* How fast it is played; what the network is told of it (start->tempo) stays as it was in training. */
static int choose_tempo(const struct start *start, int us_per_quarter, const struct vocab *v,
                        const struct compose_options *o)
{
	const struct metre metre = {0, start->numerator, start->denominator_log2};

	if (o->us_per_quarter > 0)
		return o->us_per_quarter;
	if (us_per_quarter > 0 && (o->primer || plan_begins(o->plan) || has_tempi(v, start->style)))
		return us_per_quarter;
	if (us_per_quarter <= 0 && start->tempo > 0)
		return tempo_of_class(start->tempo);
	return manner_tempo(style_name(v, start->style), &metre);
}

/* One of the keys that pieces of the mode are in, as often as they are: 1 + pitch class; 0 where that is not known. */
static uint8_t draw_tonic(const struct vocab *v, enum mode mode, struct random *random)
{
	uint32_t total = 0, at;

	for (int k = 0; k < 12; k++)
		total += (uint32_t)v->tonics[mode][k];
	if (total == 0)
		return 0;
	at = random_below(random, total);
	for (uint8_t k = 0; k < 12; k++) {
		if (at < (uint32_t)v->tonics[mode][k])
			return (uint8_t)(k + 1);
		at -= (uint32_t)v->tonics[mode][k];
	}
	return 0;
}

bool begin_knows_metre(const struct vocab *v, const struct compose_options *o)
{
	for (int i = 0; i < v->n_starts; i++)
		if (has_metre(&v->starts[i], o))
			return true;
	return false;
}

int begin_choose(struct start *start, const struct vocab *v, const struct compose_options *o, struct random *random)
{
	const struct vocab_start *s = draw_start(v, o, random);
	int us = s->us_per_quarter;

	*start = s->start;
	if (o->primer) {
		*start = o->primer->start;
		start->style = o->style;
		us = o->primer->us_per_quarter;
	}
	if (plan_begins(o->plan)) {
		*start = o->plan->start;
		us = o->plan->us_per_quarter;
	}
	if (o->style >= 0)
		start->style = o->style;
	if (o->key.mode != MODE_UNKNOWN)
		start->mode = o->key.mode;
	if (o->parts > 0)
		start->parts = first_parts(o->parts);
	if (o->bars > 0 && !o->primer && !plan_begins(o->plan))
		start->pickup = 0;
	if (o->us_per_quarter > 0)
		start->tempo = tempo_class(o->us_per_quarter);
	/* A scale names its own tones: what the tonic would be to them is not known. */
	if (!vocab_knows_keys(v))
		start->tonic = 0;
	else if (o->key.tonic >= 0)
		start->tonic = (uint8_t)(o->key.tonic + 1);
	else if (o->scale != 0)
		start->tonic = 0;
	else if (!o->primer && !plan_begins(o->plan))
		start->tonic = draw_tonic(v, start->mode, random);
	return choose_tempo(start, us, v, o);
}
