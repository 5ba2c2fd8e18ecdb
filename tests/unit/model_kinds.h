/*
 * The networks that read tokens, for their tests: generators of each kind, so
 * small that a test takes no time. cmocka.h comes before this.
 */
#ifndef TESTS_UNIT_MODEL_KINDS_H
#define TESTS_UNIT_MODEL_KINDS_H

#include "model/model.h"
#include "model_music.h"

static const struct generator_config seed_config = {
	.kind = KIND_SEED, .stream = 8, .trunk = 12, .layers = 1, .heads = 1, .window = 1, .slots = 1, .hidden = 8};
static const struct generator_config composer_config = {
	.kind = KIND_COMPOSER, .stream = 8, .trunk = 10, .layers = 3, .heads = 1, .window = 7, .slots = 1, .hidden = 9};
static const struct generator_config composer_plus_config = {.kind = KIND_COMPOSER_PLUS,
                                                             .stream = 8,
                                                             .trunk = 11,
                                                             .layers = 2,
                                                             .heads = 1,
                                                             .window = 7,
                                                             .slots = 1,
                                                             .hidden = 8};

#define ONE_PART ((unsigned)(MUSIC_MELODY | MUSIC_SILENCE))

struct kind_of_network {
	const char *name;
	const struct generator_config *config;
	unsigned music; /* that it reads */
	bool dynamics;
};

static const struct kind_of_network networks[] = {
	{"seed", &seed_config, ONE_PART, true},
	{"composer", &composer_config, MUSIC_FOUR | MUSIC_CHORDS | MUSIC_METRES, true},
	{"composer+", &composer_plus_config, MUSIC_FOUR | MUSIC_CHORDS | MUSIC_METRES, true},
	{"composer+ without dynamics", &composer_plus_config, MUSIC_ALL, false},
};
enum { NETWORKS = sizeof networks / sizeof *networks };

#endif
