/*
 * A model: a generator, its weights, and everything about them, in one
 * safetensors file that is complete: generating never needs the corpus. The
 * metadata key `musegen` is one string of JSON: format number, configuration,
 * vocabularies, start events, sampling settings, provenance, figures. Beside
 * the generator it may have other networks (model/companion.h).
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <stdbool.h>
#include "model/companion.h"
#include "model/generator.h"
#include "model/knobs.h"
#include "model/stages.h"

/*
 * The newest known. Files are written as the first that has what they have: 1
 * networks of events, 2 those that read tokens, 3 companions, and networks
 * from noise, 4 a latent, 5 knobs.
 */
#define MODEL_FORMAT   5
#define MODEL_FILE_MAX (1u << 30)
#define MODEL_SUFFIX   ".safetensors"

/*
 * How a model draws when it is left to itself (model/choose.h chooses it).
 * An option for the temperature scales both temperatures, one for top-p
 * stands in place of both top-p's. Pitches are drawn by pitch_*, durations
 * and shifts by duration_*. The other heads have nothing of their own: parts,
 * END and metres are drawn at the option's temperature from all classes,
 * velocities at that temperature, with the options' top-k and top-p.
 */
struct sampling {
	double pitch_temperature, duration_temperature;
	double pitch_top_p, duration_top_p;
};

struct figures {              /* of these very weights, averaged and rounded, on the held-out music */
	double nats_per_note; /* all heads together */
	double heads[HEADS];  /* nats a note */
	long notes, pieces;
};

/*
 * What a latent does, on the held-out music: nats a note with the z that is
 * said, and how much of a piece comes back when it is made greedily from the z
 * of its phrases (model/reconstruct.h). NaN: not known.
 */
struct latent_figures {
	double without;     /* z = 0 */
	double mean, other; /* mu of the phrase; of another one */
	double drawn, kl;   /* z drawn from the posterior; and the KL, nats a note: their sum is the ELBO's */
	int active; /* dimensions of which mu varies by more than 0.01 (Burda et al., Importance weighted autoencoders, 2016) */
	double pitches, pitches_without; /* share of the pitches reached, from mu and from 0 */
	long pitches_of;                 /* of so many notes */
	double style,
		chance; /* share of phrases whose style a fresh classifier reads from z; share of the commonest style */
};

/*
 * What knobs do: to held-out music, and to pieces that are made
 * (model/knob_effect.h), by the measures of model/knobs.h. NaN: not known.
 */
struct knob_figures {
	double nats;              /* a note, with the knobs of its phrases told */
	double nats_alone[KNOBS]; /* with one of them told */
	int pieces;               /* made, each way */
	double untold[KNOBS];     /* mean of each measure */
	/* with a knob at -1, at 1, and the others untold: each measure's mean and half of its 95 % interval */
	double turned[KNOBS][KNOB_TURNS][KNOBS], half[KNOBS][KNOB_TURNS][KNOBS];
};

#define KNOB_MEASURES ((size_t)KNOBS * KNOB_TURNS * KNOBS)

struct provenance {
	char version[32]; /* of musegen */
	char *corpus;     /* the paths as given; clean text */
	uint64_t corpus_fingerprint;
	uint64_t seed;
	long steps; /* trained; the best weights are of this step */
	long steps_planned;
	long train_pieces, train_notes, held_out_pieces;
	char split[64];       /* the rule in words */
	char *command;        /* that trained it */
	char *stages[STAGES]; /* of each after likelihood what was measured, in words; NULL: it was not trained */
	char *base;           /* the model whose weights it began with, in words; NULL: none */
	char licence[CONF_TEXT_MAX]; /* a word on the data, from the configuration; may be "" */
};

struct model {
	char *name; /* "bach": the file's name without folder and suffix */
	struct vocab *vocab;
	struct generator generator;
	real *w; /* (generator.params.size) */
	struct sampling sampling;
	struct figures figures;
	struct latent_figures latent; /* with generator.config.latent; with step_latent mean, drawn and kl alone */
	bool step_latent;             /* a seed's that has learned to draw its z (model/net_seed.h) */
	struct knob_scale knob_scale; /* with generator.config.knobs, */
	struct knob_figures knobs;    /* and these */
	struct provenance provenance;
	struct companion companions[COMPANIONS_MAX]; /* in no order */
	int n_companions;
};

/* An untrained model of a corpus: vocabulary, generator, zero weights. NULL on error. */
struct model *model_new(const struct corpus *corpus, const struct generator_config *config);

/* The model that model_to_json describes, without weights (w is NULL). NULL on error. */
struct model *model_described(const char *json);

/* NULL: missing, cut, oversized, newer than this program, hostile; the message says which. */
struct model *model_load(const char *path);
struct model *model_parse(const char *name, const unsigned char *bytes, size_t size);
void model_free(struct model *m);

/*
 * For stages that add tensors: *grown is a copy of *m but for its generator's
 * config. It gets a generator of that config and weights of its own: those of
 * m where there are tensors of that name and shape, else initial ones. 0 or -1.
 */
int model_grow(struct model *grown, const struct model *m, uint64_t seed);
/* m has the generator and the weights of what has grown from it, which has none any more. */
void model_take_over(struct model *m, struct model *grown);

/* The format it has, or would have, as a file. */
int model_format(const struct model *m);

/* Written beside and renamed; weights in half precision. Same model, same bytes. 0 or -1. */
int model_save(const struct model *m, const char *path);

/* Is every weight a number that a file can hold? Then whatever the network makes of them is finite too. */
bool model_weights_fit(const struct params *p, const real *w);
bool model_numbers_fit(const real *w, size_t n);

/* n numbers that fit, rounded to half precision. */
void numbers_round(real *w, size_t n);

/* Round the weights to what the file will hold, so that figures can be taken of the very file. -1: a weight is too large for it. */
int model_round(struct model *m);

#endif
