/* Made music against real music as one JSON document, for programs. */
#include "cli/compare_show.h"

#include <math.h>

#include "cli/document.h"

/* Six places are more than the figures hold. */
static void put_figure(struct document *d, cJSON *to, const char *name, double value)
{
	document_number(d, to, name, round(value * 1e6) / 1e6);
}

/* An object of all sets, of which `real` may be left out. */
static void put_sets(struct document *d, cJSON *to, const char *name, const double values[COMPARE_SETS])
{
	cJSON *object = document_object(d, to, name);

	for (int set = 0; set < COMPARE_SETS; set++)
		put_figure(d, object, compare_set_key((enum compare_set)set), values[set]);
}

static void put_passes(struct document *d, cJSON *to, const struct compare_feature *f)
{
	cJSON *object = document_object(d, to, "passes");

	for (int set = SET_MADE; set < COMPARE_SETS; set++)
		document_bool(d, object, compare_set_key((enum compare_set)set), f->passes[set]);
}

static void put_features(struct document *d, const struct compare *c)
{
	cJSON *list = document_list(d, d->root, "features");

	for (int i = 0; i < FEATURES; i++) {
		const struct compare_feature *f = &c->features[i];
		const struct feature_info *info = feature_info((enum feature)i);
		cJSON *entry = document_entry(d, list);

		document_text(d, entry, "feature", info->key);
		put_sets(d, entry, "mean", f->mean);
		put_sets(d, entry, "overlap", f->overlap);
		put_figure(d, entry, "overlap_least", f->overlap_least);
		put_sets(d, entry, "divergence", f->divergence);
		put_figure(d, entry, "divergence_most", f->divergence_most);
		document_bool(d, entry, "judged", f->judged);
		put_passes(d, entry, f);
		document_bool(d, entry, "blind", compare_is_blind(c, (enum feature)i));
	}
}

static void put_runs(struct document *d, const struct compare_result *r)
{
	const struct compare *c = r->compare;
	cJSON *object = document_object(d, d->root, "copied_runs"), *list;

	for (int set = 0; set < COMPARE_SETS; set++) {
		cJSON *runs = document_object(d, object, compare_set_key((enum compare_set)set));

		document_number(d, runs, "pieces", (double)c->runs[set].n);
		put_figure(d, runs, "median", c->runs[set].median);
		put_figure(d, runs, "percentile_95", c->runs[set].high);
		put_figure(d, runs, "longest", c->runs[set].most);
	}
	document_number(d, d->root, "twins", (double)c->twins);
	list = document_list(d, d->root, "copies");
	for (size_t i = 0; i < c->n_copies; i++) {
		cJSON *entry = document_entry(d, list);

		document_text(d, entry, "file", r->made->pieces[c->copies[i].piece].path);
		document_number(d, entry, "notes", c->copies[i].run);
	}
}

static void put_pieces(struct document *d, const struct compare_result *r)
{
	const struct compare *c = r->compare;

	document_text(d, d->root, "made", r->made_path);
	document_texts(d, d->root, "corpus", r->corpora, r->n_corpora);
	document_text(d, d->root, "split", c->everything ? "all" : r->split);
	document_text(d, d->root, "split_rule", split_rule_name(r->real->rule));
	document_number(d, d->root, "made_pieces", (double)r->made->n);
	document_number(d, d->root, "skipped", (double)r->skips->skipped);
	document_number(d, d->root, "real_pieces", (double)c->real_held);
	document_number(d, d->root, "real_drawn", (double)c->real);
	document_number(d, d->root, "training_pieces", (double)c->train);
	document_number(d, d->root, "pieces_a_side", (double)c->m);
	document_number(d, d->root, "draws", COMPARE_DRAWS);
	put_figure(d, d->root, "real_bars", c->bars[0]);
	put_figure(d, d->root, "made_bars", c->bars[1]);
}

char *compare_json(const struct compare_result *r)
{
	const struct compare *c = r->compare;
	struct document d;

	document_begin(&d);
	put_pieces(&d, r);
	put_features(&d, c);
	put_runs(&d, r);
	compare_two_sample_json(&d, r->two_sample);
	document_number(&d, d.root, "judged", (double)c->judged);
	document_number(&d, d.root, "passed", (double)c->passed);
	document_number(&d, d.root, "not_blind", (double)c->seeing);
	document_number(&d, d.root, "not_blind_passed", (double)c->seen);
	return document_end(&d, "comparison");
}
