/* Latents and knobs from JSON, see model_json_told.h. */
#include "model/model_json_told.h"

#include "base/error.h"
#include "model/json_get.h"

int model_latent_from_json(struct generator_config *config, struct latent_figures *f, const cJSON *root)
{
	const cJSON *o = cJSON_GetObjectItemCaseSensitive(root, "latent");
	double value = 0;

	if (!o)
		return 0;
	if (config->kind != KIND_EVENTS)
		return error("only networks of events have a latent");
	if (json_int(&config->latent, o, "width", 1, LATENT_MAX) < 0 ||
	    json_int(&config->encoder, o, "encoder", 1, LATENT_MAX) < 0)
		return -1;
	*f = (struct latent_figures){
		.without = json_figure(o, "nats_without"),
		.mean = json_figure(o, "nats_mean"),
		.other = json_figure(o, "nats_other"),
		.drawn = json_figure(o, "nats_drawn"),
		.kl = json_figure(o, "kl"),
		.pitches = json_figure(o, "pitches"),
		.pitches_without = json_figure(o, "pitches_without"),
		.style = json_figure(o, "style"),
		.chance = json_figure(o, "chance"),
	};
	if (json_whole(&value, cJSON_GetObjectItemCaseSensitive(o, "active"), 0, LATENT_MAX) == 0)
		f->active = (int)value;
	if (json_whole(&value, cJSON_GetObjectItemCaseSensitive(o, "pitches_of"), 0, 1e15) == 0)
		f->pitches_of = (long)value;
	return 0;
}

int model_step_latent_from_json(struct model *m, const struct generator_config *config, const cJSON *root)
{
	const cJSON *o = cJSON_GetObjectItemCaseSensitive(root, "step_latent");

	if (!o)
		return 0;
	if (config->kind != KIND_SEED)
		return error("only the seed has a latent at every step");
	m->step_latent = true;
	m->latent.drawn = json_figure(o, "nats_drawn");
	m->latent.kl = json_figure(o, "kl");
	return 0;
}

int model_knobs_from_json(struct model *m, struct generator_config *config, const cJSON *root)
{
	const cJSON *o = cJSON_GetObjectItemCaseSensitive(root, "knobs");
	struct knob_figures *f = &m->knobs;
	struct knob_scale *s = &m->knob_scale;
	double value = 0;

	if (!o)
		return 0;
	if (config->kind != KIND_EVENTS)
		return error("only networks of events have knobs");
	if (json_int(&config->knobs, o, "width", 1, KNOBS_MAX) < 0 ||
	    json_reals(s->middle, o, "middle", KNOBS, -1e4, 1e4) < 0 ||
	    json_reals(s->spread, o, "spread", KNOBS, 0, 1e4) < 0 ||
	    json_reals(s->pitch, o, "pitch", m->vocab->parts, 0, 127) < 0)
		return -1;
	f->nats = json_figure(o, "nats");
	json_figures(f->nats_alone, o, "nats_alone", KNOBS);
	json_figures(f->untold, o, "untold", KNOBS);
	json_figures(f->turned[0][0], o, "turned", KNOB_MEASURES);
	json_figures(f->half[0][0], o, "half", KNOB_MEASURES);
	if (json_whole(&value, cJSON_GetObjectItemCaseSensitive(o, "pieces"), 0, 1e6) == 0)
		f->pieces = (int)value;
	return 0;
}
