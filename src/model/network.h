/*
 * The generator's forward and backward pass over a chunk. Losses are in nats;
 * gradients are of the sum over rows of weight x loss, times `scale`.
 */
#ifndef MODEL_NETWORK_H
#define MODEL_NETWORK_H

#include "model/batch.h"

/* LSTMs whose states are carried, at most. */
#define STATES_MAX 8

/* What lanes carry from chunk to chunk (no gradient flows into it). */
struct carry {
	int lanes;
	int states, width[STATES_MAX];       /* LSTMs over all rows, and how wide each is */
	real *h[STATES_MAX], *c[STATES_MAX]; /* (lanes, width) */
	size_t streams;                      /* of each lane: parts * stream */
	real *stream_h, *stream_c;           /* (lanes, parts, stream) */
	struct memory_carry memory;
};

void carry_layout(struct carry *c, struct arena *a, const struct generator *g, int lanes, int room);
void carry_clear(struct carry *c, const struct generator *g);
/* Of the same layout. */
void carry_copy(struct carry *to, const struct carry *from, const struct generator *g);

struct dropout_rates {
	double trunk, memory, stream, fields;
};

/* Everything forward leaves for backward; for chunks of up to steps x lanes. */
struct frame {
	int steps, lanes;
	int backward;
	int width;       /* of z: features + given + chosen */
	real *z;         /* (rows, width): [ h | m | s | given | chosen ], what the heads read */
	real *chosen;    /* (rows, chosen) not dropped */
	real *packed_in; /* (packed, chosen) */
	struct lstm_frame stream;
	real *start_h, *start_c; /* (sequences, stream) */
	real *x;                 /* (rows, query + stream) */
	int *equal;              /* (steps) the trunk's packing: `lanes` rows a step */
	struct lstm_frame trunk[TRUNK_LAYERS_MAX];
	real *h[TRUNK_LAYERS_MAX]; /* (rows, trunk) after dropout */
	real *key;                 /* (rows, trunk + chosen) */
	struct memory_frame memory;
	uint8_t *trunk_mask[TRUNK_LAYERS_MAX], *memory_mask, *stream_mask;
	uint32_t *random;    /* dropout's scratch */
	real *logits[HEADS]; /* (rows, classes); after the loss, their gradient */
	real *relative;      /* (rows, kinds * RELATIVE_WIDTH) */
	real *duration_hidden, *velocity_hidden,
		*next_hidden; /* (rows, ..) after relu; next_hidden is [ hidden | next shift ] */
	real *part_hidden;
	double *loss[HEADS];               /* (rows) nats, escapes included, not weighted */
	struct batch_bag kept, kept_given; /* the query's and the given items after field dropout */
	/* of networks with a latent; the first two are the caller's to set (model/posterior.h does) */
	const real *phrase_z; /* (phrases,latent) of the batch's phrases; NULL: 0 for all */
	real *dphrase_z;      /* (phrases,latent) to which backward adds their gradient */
	struct latent_frame latent;
	struct knob_frame knobs; /* of networks with knobs */
	/* of networks that read tokens */
	struct seed_frame seed;
	struct composer_frame composer;
	/* backward's */
	real *dz, *dx, *dkey, *dh, *dchosen, *dm, *ds, *dpacked, *dpacked_in;
	real *drelative, *dduration_hidden, *dvelocity_hidden, *dnext_hidden, *dpart_hidden;
};

void frame_layout(struct frame *f, struct arena *a, const struct generator *g, int steps, int lanes, int backward);

/*
 * Forward over the batch, the losses into f->loss, and the carry moved on.
 * rates NULL: no dropout. random: keyed by what must decide the masks (seed,
 * step, shard). scale: of the gradients that the logits become.
 */
void network_forward(const struct generator *g, const real *w, struct frame *f, const struct batch *b,
                     struct carry *carry, const struct dropout_rates *rates, struct random random, double scale);

/*
 * The same without the losses: f->logits are left as they are, and whoever
 * wants to go backward puts their gradient in their place, of every head.
 */
void network_logits(const struct generator *g, const real *w, struct frame *f, const struct batch *b,
                    struct carry *carry, const struct dropout_rates *rates, struct random random);

/* Adds to the gradient plane dw. The carry is what forward left, untouched since. */
void network_backward(const struct generator *g, const real *w, real *dw, struct frame *f, const struct batch *b,
                      const struct carry *carry, const struct dropout_rates *rates);

/* Number of classes of a head; 0 for one the generator does not have. */
int head_classes(const struct generator *g, enum head head);

/* Does a head say of the event after the row's what it will be? Else of the row's own. */
bool head_looks_ahead(const struct generator *g, enum head head);

/* The weights (rows) of a head's losses in a batch. */
const real *head_weights(const struct generator *g, const struct batch *b, enum head head);

#endif
