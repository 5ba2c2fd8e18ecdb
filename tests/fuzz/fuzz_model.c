/*
 * Models from hostile bytes. Input that begins with '{' is what a model says
 * about itself: where it is taken, it must come back from its own JSON the
 * same, and music must come of it, whatever vocabulary it claims, with weights
 * of a simple pattern. Anything else is a whole file: refused with one line,
 * or a model, whose judge is one, or is refused.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "model/compose.h"
#include "model/judge.h"
#include "model/model_json.h"

enum { EVENTS = 40, WEIGHTS_MAX = 100000, MEMORY_MAX = 100000 };

static void check_message(void)
{
	if (!*error_message() || strchr(error_message(), '\n'))
		abort();
}

static void compose(const struct model *m, uint64_t seed)
{
	struct compose_options o;
	struct composer *c;
	struct event e;

	compose_defaults(&o);
	o.seed = seed;
	o.endless = seed % 2;
	o.bars = seed % 3 == 0 ? 2 : 0;
	o.bars_max = 3;
	c = composer_new(m, &o);
	if (!c)
		abort();
	for (int i = 0; i < EVENTS && composer_next(c, &e) == 1; i++)
		if (e.shift < 0 || (e.kind == EVENT_NOTE && (e.duration < 1 || e.pitch > 127 || e.velocity < 1 ||
		                                             e.velocity > 127 || e.part >= m->vocab->parts)))
			abort();
	composer_free(c);
}

/* The same description, written and read again. */
static void check_again(const struct model *m)
{
	struct generator_config config = {0};
	struct model *other = mem_new(1, sizeof *other);
	char *json = model_to_json(m), *again;

	if (!other || !json || model_from_json(other, &config, json) < 0)
		abort();
	other->generator.config = config;
	again = model_to_json(other);
	if (!again || strcmp(json, again) != 0)
		abort();
	free(json);
	free(again);
	model_free(other);
}

static void describe(const char *json)
{
	struct model *m = mem_new(1, sizeof *m);
	struct generator_config config = {0};

	if (!m)
		abort();
	if (model_from_json(m, &config, json) < 0 || generator_init(&m->generator, &config, m->vocab) < 0) {
		check_message();
		model_free(m);
		return;
	}
	check_again(m);
	if (m->generator.params.size <= WEIGHTS_MAX && config.window * config.memory <= MEMORY_MAX) {
		m->w = params_plane(&m->generator.params);
		for (size_t i = 0; m->w && i < m->generator.params.size; i++)
			m->w[i] = (real)((double)(i * 7919 % 1000) / 1000 - 0.5);
		for (uint64_t seed = 0; m->w && seed < 4; seed++)
			compose(m, seed);
	}
	model_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct model *m;
	struct judge *judge;

	error_clear();
	if (size > 0 && data[0] == '{') {
		char *json = mem_string_n((const char *)data, size);

		if (!json)
			abort();
		describe(json);
		free(json);
		return 0;
	}
	m = model_parse("fuzz", data, size);
	if (!m) {
		check_message();
		return 0;
	}
	judge = judge_of_model(m);
	if (!judge)
		check_message();
	judge_free(judge);
	model_free(m);
	return 0;
}
