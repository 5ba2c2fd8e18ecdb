/* What music costs a model, in a few lines. */
#include "cli/eval_show.h"

#include <math.h>
#include <string.h>

#include "cli/card.h"
#include "cli/cli.h"
#include "model/network.h"

void misfit_text(char text[MISFIT_TEXT_MAX], const struct eval_result *r, enum misfit why)
{
	int parts = r->model->vocab->parts;

	if (r->other && r->other->vocab->parts < parts)
		parts = r->other->vocab->parts;
	if (why == MISFIT_GRID)
		snprintf(text, MISFIT_TEXT_MAX, "on another grid than the model's");
	else
		snprintf(text, MISFIT_TEXT_MAX, "more parts than the model has (%d)", parts);
}

static const char *plural(long n)
{
	return n == 1 ? "" : "s";
}

static void put_corpora(const struct eval_result *r)
{
	card_name("corpus");
	for (size_t i = 0; i < r->n_corpora; i++) {
		if (i > 0)
			printf(", ");
		put_clean(stdout, r->corpora[i]);
	}
	putchar('\n');
	if (strcmp(r->split, "all") != 0)
		card_text("split", r->split);
}

static void put_pieces(const struct eval_result *r)
{
	const struct evaluation *e = r->evaluation;

	card_name("scored");
	printf("%zu piece%s, %ld note%s, %ld event%s\n", e->n, plural((long)e->n), e->notes, plural(e->notes),
	       e->events, plural(e->events));
}

static void put_left_out(const struct eval_result *r)
{
	const char *name = "left out";

	for (int why = 0; why < MISFITS; why++) {
		char text[MISFIT_TEXT_MAX];

		if (r->choice->misfits[why] == 0)
			continue;
		misfit_text(text, r, (enum misfit)why);
		card_name(name);
		printf("%zu: %s (", r->choice->misfits[why], text);
		put_clean(stdout, r->corpus->pieces[r->choice->example[why]].path);
		printf("%s)\n", r->choice->misfits[why] > 1 ? ", ..." : "");
		name = "";
	}
	for (size_t i = 0; i < r->skips->n_reasons; i++) {
		const struct stats_reason *reason = &r->skips->reasons[i];

		card_name(name);
		printf("%zu: ", reason->count);
		put_clean(stdout, reason->text);
		printf(" (");
		put_clean(stdout, reason->example);
		printf("%s)\n", reason->count > 1 ? ", ..." : "");
		name = "";
	}
	if (r->corpus->duplicates > 0) {
		card_name(name);
		printf("%zu duplicate%s\n", r->corpus->duplicates, plural((long)r->corpus->duplicates));
	}
}

/* "1.593 (1.540 to 1.651)  what" */
static void put_estimate(const struct estimate *x, bool sign, const char *what)
{
	char interval[64] = "";

	if (isfinite(x->low))
		snprintf(interval, sizeof interval, sign ? "(%+.3f to %+.3f)" : "(%.3f to %.3f)", x->low, x->high);
	printf(sign ? "%+7.3f  %-20s  %s\n" : "%7.3f  %-20s  %s\n", x->value, interval, what);
}

static void put_frame(const struct evaluation *e)
{
	char what[96];

	if (e->frame == 0)
		snprintf(what, sizeof what, "a frame of a 16th (%ld frame%s)", e->frames, plural(e->frames));
	else
		snprintf(what, sizeof what, "a frame of %d tick%s (%ld frame%s)", e->frame, plural(e->frame), e->frames,
		         plural(e->frames));
	card_name("");
	put_estimate(&e->per_frame, false, what);
}

static void put_apart(const struct evaluation_part *p)
{
	if (p->n == 0)
		return;
	card_name("no twins");
	printf("%zu piece%s without a near twin among those to learn from, %ld note%s\n", p->n, plural((long)p->n),
	       p->notes, plural(p->notes));
	card_name("");
	put_estimate(&p->per_note, false, "a note");
	card_name("");
	put_estimate(&p->per_voice_16th, false, "a voice and 16th");
	card_name("");
	put_estimate(&p->per_frame, false, "a frame");
}

static void put_against(const struct eval_result *r)
{
	const struct comparison *c = r->comparison;
	const size_t n = r->evaluation->n;

	card_text("against", r->other->name);
	card_name("difference");
	put_estimate(&c->per_note, true, "a note");
	card_name("");
	put_estimate(&c->per_voice_16th, true, "a voice and 16th");
	card_name("");
	put_clean(stdout, r->model->name);
	printf(" is better on %zu of %zu piece%s (%.0f %%)\n", c->better, n, plural((long)n),
	       100 * (double)c->better / (double)n);
	if (r->model->generator.config.kind != r->other->generator.config.kind) {
		card_name("");
		printf("of networks of two kinds, which do not pay for the same things\n");
	}
	if (!c->velocity) {
		card_name("");
		printf("without velocities, of which only one of the models knows\n");
	}
}

/* The figures above are of z = mu. */
static void put_drawn(const struct eval_result *r)
{
	const struct evaluation *e = r->drawn;
	const double notes = e ? (double)e->notes : 0;

	if (!e)
		return;
	card_name("latent");
	printf("z drawn at every step: %.3f nats a note, KL %.3f, ELBO %.3f\n", e->nats / notes, e->kl / notes,
	       (e->nats + e->kl) / notes);
}

void eval_text(const struct eval_result *r)
{
	const struct evaluation *e = r->evaluation;

	card_text("model", r->model->name);
	put_corpora(r);
	put_pieces(r);
	put_left_out(r);
	card_name("nats");
	put_estimate(&e->per_note, false, "a note");
	card_name("");
	put_estimate(&e->per_voice_16th, false, "a voice and 16th");
	put_frame(e);
	card_name("heads");
	for (int h = 0; h < HEADS; h++)
		if (head_classes(&r->model->generator, (enum head)h) > 0)
			printf("%s%s %.3f", h > 0 ? ", " : "", head_names[h], e->heads[h] / (double)e->notes);
	printf(" (a note)\n");
	if (r->keys)
		card_text("keys", "summed over");
	card_text("not charged", generator_left_out(&r->model->generator));
	put_drawn(r);
	put_apart(r->apart);
	if (r->other)
		put_against(r);
}
