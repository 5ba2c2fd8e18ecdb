/* What music costs a model as one JSON document, for programs. */
#include "cli/eval_show.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

/* cJSON returns NULL on failure and takes NULL quietly; so does this of ours. */
struct document {
	cJSON *root;
	bool failed;
};

static cJSON *checked(struct document *d, cJSON *item)
{
	d->failed = d->failed || !item;
	return item;
}

/* null for what is no number */
static void put_number(struct document *d, cJSON *to, const char *name, double value)
{
	if (isfinite(value))
		checked(d, cJSON_AddNumberToObject(to, name, value));
	else
		checked(d, cJSON_AddNullToObject(to, name));
}

static void put_text(struct document *d, cJSON *to, const char *name, const char *text)
{
	char *clean = text_clean(text, strlen(text));

	checked(d, clean ? cJSON_AddStringToObject(to, name, clean) : NULL);
	free(clean);
}

static void add_item(struct document *d, cJSON *list, cJSON *item)
{
	if (checked(d, item) && !cJSON_AddItemToArray(list, item)) {
		cJSON_Delete(item);
		d->failed = true;
	}
}

static void put_corpora(struct document *d, const struct eval_result *r)
{
	cJSON *list = checked(d, cJSON_AddArrayToObject(d->root, "corpus"));
	char fingerprint[32];

	for (size_t i = 0; i < r->n_corpora; i++) {
		char *clean = text_clean(r->corpora[i], strlen(r->corpora[i]));

		add_item(d, list, clean ? cJSON_CreateString(clean) : NULL);
		free(clean);
	}
	snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, r->corpus->fingerprint);
	put_text(d, d->root, "corpus_fingerprint", fingerprint);
	put_text(d, d->root, "split", r->split);
}

/* [low, high], or null */
static void put_interval(struct document *d, cJSON *to, const char *name, const struct estimate *x)
{
	const double ends[] = {x->low, x->high};
	cJSON *list;

	if (!isfinite(x->low) || !isfinite(x->high)) {
		checked(d, cJSON_AddNullToObject(to, name));
		return;
	}
	list = checked(d, cJSON_CreateDoubleArray(ends, 2));
	if (list && !cJSON_AddItemToObject(to, name, list)) {
		cJSON_Delete(list);
		d->failed = true;
	}
}

static void put_estimates(struct document *d, cJSON *to, const struct estimate *per_note,
                          const struct estimate *per_voice_16th, const struct estimate *per_frame)
{
	cJSON *intervals;

	put_number(d, to, "nats_per_note", per_note->value);
	put_number(d, to, "nats_per_voice_16th", per_voice_16th->value);
	put_number(d, to, "nats_per_frame", per_frame->value);
	intervals = checked(d, cJSON_AddObjectToObject(to, "intervals"));
	put_interval(d, intervals, "nats_per_note", per_note);
	put_interval(d, intervals, "nats_per_voice_16th", per_voice_16th);
	put_interval(d, intervals, "nats_per_frame", per_frame);
}

static void put_figures(struct document *d, const struct eval_result *r)
{
	const struct evaluation *e = r->evaluation;
	cJSON *part;

	put_number(d, d->root, "pieces", (double)e->n);
	put_number(d, d->root, "notes", (double)e->notes);
	put_number(d, d->root, "events", (double)e->events);
	put_number(d, d->root, "grid", e->grid);
	put_number(d, d->root, "frame", e->frame > 0 ? e->frame : e->grid / 4.0);
	put_number(d, d->root, "sixteenths", (double)e->sixteenths);
	put_number(d, d->root, "voice_16ths", (double)e->voice_16ths);
	put_number(d, d->root, "frames", (double)e->frames);
	put_number(d, d->root, "nats", e->nats);
	put_estimates(d, d->root, &e->per_note, &e->per_voice_16th, &e->per_frame);
	part = checked(d, cJSON_AddObjectToObject(d->root, "heads"));
	for (int h = 0; h < HEADS; h++)
		put_number(d, part, head_names[h], e->heads[h] / (double)e->notes);
	put_text(d, d->root, "keys", r->keys ? "summed" : "unknown");
	put_text(d, d->root, "not_charged", generator_left_out(&r->model->generator));
}

/* With z drawn at every step; the figures of the root are of its mean. */
static void put_drawn(struct document *d, const struct eval_result *r)
{
	const struct evaluation *e = r->drawn;
	cJSON *part;

	if (!e)
		return;
	part = checked(d, cJSON_AddObjectToObject(d->root, "latent"));
	put_number(d, part, "nats_drawn", e->nats / (double)e->notes);
	put_number(d, part, "kl", e->kl / (double)e->notes);
	put_number(d, part, "elbo", (e->nats + e->kl) / (double)e->notes);
}

static void put_apart(struct document *d, const struct eval_result *r)
{
	const struct evaluation_part *p = r->apart;
	cJSON *part;

	if (p->n == 0)
		return;
	part = checked(d, cJSON_AddObjectToObject(d->root, "without_twins"));
	put_number(d, part, "pieces", (double)p->n);
	put_number(d, part, "notes", (double)p->notes);
	put_estimates(d, part, &p->per_note, &p->per_voice_16th, &p->per_frame);
}

static void put_reason(struct document *d, cJSON *list, const char *reason, size_t count, const char *example)
{
	cJSON *entry = cJSON_CreateObject();

	if (entry) {
		put_text(d, entry, "reason", reason);
		put_number(d, entry, "count", (double)count);
		put_text(d, entry, "example", example);
	}
	add_item(d, list, entry);
}

static void put_skipped(struct document *d, const struct eval_result *r)
{
	size_t skipped = r->skips->skipped;
	cJSON *list;

	for (int why = 0; why < MISFITS; why++)
		skipped += r->choice->misfits[why];
	put_number(d, d->root, "duplicates", (double)r->corpus->duplicates);
	put_number(d, d->root, "skipped", (double)skipped);
	list = checked(d, cJSON_AddArrayToObject(d->root, "skip_reasons"));
	for (int why = 0; why < MISFITS; why++) {
		char text[MISFIT_TEXT_MAX];

		if (r->choice->misfits[why] == 0)
			continue;
		misfit_text(text, r, (enum misfit)why);
		put_reason(d, list, text, r->choice->misfits[why], r->corpus->pieces[r->choice->example[why]].path);
	}
	for (size_t i = 0; i < r->skips->n_reasons; i++)
		put_reason(d, list, r->skips->reasons[i].text, r->skips->reasons[i].count,
		           r->skips->reasons[i].example);
}

static void put_against(struct document *d, const struct eval_result *r)
{
	const struct comparison *c = r->comparison;
	cJSON *against = checked(d, cJSON_AddObjectToObject(d->root, "against")), *part;

	put_text(d, against, "model", r->other->name);
	put_text(d, against, "model_file", r->other_path);
	put_number(d, against, "nats_per_note", r->other_evaluation->per_note.value);
	put_number(d, against, "nats_per_voice_16th", r->other_evaluation->per_voice_16th.value);
	put_number(d, against, "nats_per_frame", r->other_evaluation->per_frame.value);
	checked(d, cJSON_AddBoolToObject(against, "velocity", c->velocity));
	part = checked(d, cJSON_AddObjectToObject(against, "difference"));
	put_number(d, part, "nats_per_note", c->per_note.value);
	put_number(d, part, "nats_per_voice_16th", c->per_voice_16th.value);
	part = checked(d, cJSON_AddObjectToObject(against, "intervals"));
	put_interval(d, part, "nats_per_note", &c->per_note);
	put_interval(d, part, "nats_per_voice_16th", &c->per_voice_16th);
	put_number(d, against, "pieces_better", (double)c->better);
	put_number(d, against, "share_better", (double)c->better / (double)r->evaluation->n);
}

char *eval_json(const struct eval_result *r)
{
	struct document d = {.root = cJSON_CreateObject()};
	char *text = NULL;

	if (d.root) {
		put_text(&d, d.root, "model", r->model->name);
		put_text(&d, d.root, "model_file", r->path);
		put_corpora(&d, r);
		put_figures(&d, r);
		put_drawn(&d, r);
		put_apart(&d, r);
		put_skipped(&d, r);
		if (r->other)
			put_against(&d, r);
	}
	if (d.root && !d.failed)
		text = cJSON_Print(d.root);
	cJSON_Delete(d.root);
	if (!text)
		error("out of memory (figures)");
	return text;
}
