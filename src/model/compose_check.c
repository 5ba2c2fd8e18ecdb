/* Can a model make what is asked for? See compose.h. */
#include "model/compose.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "model/begin.h"
#include "model/best.h"
#include "model/maker.h"

static int check_metre(const struct model *m, const struct compose_options *o)
{
	const struct vocab *v = m->vocab;
	char list[80] = "";

	if (begin_knows_metre(v, o))
		return 0;
	for (int i = 0; i < v->n_metres && strlen(list) < sizeof list - 16; i++)
		snprintf(list + strlen(list), 16, "%s%d/%d", i ? ", " : "", v->metres[i][0] & 0xff,
		         1 << (v->metres[i][1] & 7));
	return error("model %s has learned no piece that begins in %d/%d; it knows %s", m->name ? m->name : "",
	             o->numerator, 1 << o->denominator_log2, list);
}

static int check_knobs(const struct model *m, const struct compose_options *o)
{
	if (!knobs_told(o->knobs))
		return 0;
	if (m->generator.config.knobs == 0)
		return error("the model %s has no knobs (`musegen train --stages knobs` gives a model some)",
		             m->name ? m->name : "");
	for (int k = 0; k < KNOBS; k++) {
		if (isnan(o->knobs[k]))
			continue;
		if (!(fabs(o->knobs[k]) <= 1))
			return error("the knob %s is turned to %g; it goes from -1 to 1", knob_names[k], o->knobs[k]);
		if (!(m->knob_scale.spread[k] > 0))
			return error("the model %s has no knob %s: its music does not go by it", m->name ? m->name : "",
			             knob_names[k]);
	}
	return 0;
}

static int check_options(const struct model *m, const struct compose_options *o)
{
	bool any = false;

	if (o->best_of > 1 && !o->judge)
		BUG("the best of %d without a judge", o->best_of);

	for (int p = 0; p < 128; p++)
		any = any || pitch_wanted(o, p);
	if (!any)
		return error("no pitch of the scale lies in the range");
	if (o->best_of > BEST_MAX)
		return error("the best of %d pieces; %d are the most", o->best_of, BEST_MAX);
	if (!(o->temperature > 0))
		return error("the temperature must be above 0");
	if (o->parts > m->vocab->parts)
		return error("model %s has at most %d part%s; %d were asked for", m->name ? m->name : "",
		             m->vocab->parts, m->vocab->parts == 1 ? "" : "s", o->parts);
	if (o->parts > 1 && generator_reads_tokens(&m->generator))
		return error("model %s writes one part, of chords; %d were asked for", m->name ? m->name : "",
		             o->parts);
	if (generator_is_conv(&m->generator) && (o->primer || o->style >= 0))
		return error("model %s makes music from noise alone: it takes no %s", m->name ? m->name : "",
		             o->primer ? "primer to go on from" : "style");
	if (o->style >= m->vocab->n_styles)
		return error("no style number %d", o->style);
	if (o->plan && o->plan->width != m->generator.config.latent)
		return error("model %s has a latent of %d, not of %d", m->name ? m->name : "",
		             m->generator.config.latent, o->plan->width);
	if (plan_begins(o->plan) && o->primer)
		return error("a piece begins like another, or with a primer: not both");
	if (plan_begins(o->plan) && o->numerator > 0)
		return error("a piece that begins like another has its metre");
	return check_knobs(m, o) < 0 ? -1 : check_metre(m, o);
}

/* Bars of a piece, its pickup not counted, up to where all of its notes have ended. */
static int count_bars(const struct piece *piece)
{
	struct position p;
	int end = 0, bars;

	position_start(&p, piece->grid, &piece->start);
	for (size_t i = 0; i < piece->n; i++) {
		const struct event *e = &piece->events[i];

		position_shift(&p, e->shift);
		position_event(&p, e);
		if (e->kind == EVENT_NOTE && p.now + e->duration > end)
			end = p.now + e->duration;
	}
	end = end > p.now ? end : p.now;
	bars = p.bar + (end - p.bar_start + p.bar_length - 1) / p.bar_length;
	return bars > 0 ? bars : 0;
}

static int check_primer(const struct model *m, const struct compose_options *o)
{
	const struct piece *p = o->primer;
	int parts = 0, bars;

	if (!p)
		return 0;
	if (o->numerator > 0)
		return error("the primer has its metre; none can be asked for beside it");
	while (parts < SONG_PARTS_MAX && p->start.parts >> parts != 0)
		parts++;
	if (p->grid != m->vocab->grid)
		return error("the primer's grid is %d ticks a quarter, the model's %d", p->grid, m->vocab->grid);
	if (parts > m->vocab->parts)
		return error("the primer has %d parts, the model at most %d", parts, m->vocab->parts);
	if (o->parts > 0 && o->parts < parts)
		return error("the primer has %d parts, more than the %d asked for", parts, o->parts);
	bars = count_bars(p);
	if (o->bars > 0 && o->bars <= bars)
		return error("the primer has %d bars already; --bars counts them too, so it must be more", bars);
	return 0;
}

int compose_check(const struct model *m, const struct compose_options *o)
{
	return check_options(m, o) < 0 ? -1 : check_primer(m, o);
}
