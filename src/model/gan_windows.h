/*
 * Windows of music for a discriminator: of real pieces, and of the same length
 * as the generator goes on from where each of those begins. A lane's piece is
 * cut in windows of `steps` rows, the first of which begins with the piece;
 * the last is shorter. What the network knows where a window begins (states,
 * memory, context) is what the real music before it has left, without
 * dropout. From there the generator draws a window of its own, at temperature
 * 1 from all classes that are possible, one lane after the other:
 *
 *	choice = argmax over classes of logit + G,   G = -log(-log(uniform))
 *
 * (Gumbel 1954), the noise a function of (key, lane, row, head), so that whoever
 * needs it again (Gumbel-softmax) draws it again. Real windows are cut where music is held out
 * (SPLIT_BY_TAIL), and the made ones beside them are no longer than that.
 */
#ifndef MODEL_GAN_WINDOWS_H
#define MODEL_GAN_WINDOWS_H

#include "model/feed.h"
#include "model/network.h"
#include "model/step.h"

/* What is drawn at a row, and what comes after it. */
struct made_row {
	struct event event, next;
};

struct gan_windows {
	const struct generator *g;
	struct feed feed;
	int steps, lanes;
	struct arena arena;
	struct batch real_batch, made_batch;
	struct frame frame;             /* of the real music, to move the carry on */
	struct carry carry, before;     /* what the next windows, and what the present ones, begin with */
	struct step *step;              /* draws, one lane after the other; its weights are set by every call */
	struct context *contexts;       /* (lanes) where the windows begin */
	struct made_row *rows;          /* (lanes,steps) */
	int *real_length, *made_length; /* (lanes) rows of a window; 0: the lane has none */
	int *style;                     /* (lanes) the model's number, -1 unknown */
	real *noise;                    /* scratch, (classes of the largest head) */
	struct random random;           /* the key of the present windows' noise */
	const double
		*codes; /* (lanes,KNOBS) what made windows are told, of networks with knobs; NULL: nothing. Not owned */
};

/* feed: as feed_init() takes it; `apart` is set. 0 or -1; gan_windows_done() in either case. */
int gan_windows_init(struct gan_windows *s, const struct generator *g, const struct corpus *corpus,
                     const struct feed_options *feed, const uint32_t *order, size_t n_order, int first_lane,
                     int n_lanes, int steps);
void gan_windows_done(struct gan_windows *s);

/*
 * The next window of every lane, real and made by weights w. 1; 0: no lane
 * has any music left; -1: music cannot be read. Afterwards real_batch,
 * made_batch (idle past each window), their lengths, and `before`, from which
 * network_logits() over made_batch gives the logits that were drawn from.
 */
int gan_windows_next(struct gan_windows *s, const real *w, struct random random);

/* The noise with which a head's class was drawn, of n classes. */
void gan_windows_noise(real *out, struct random random, int lane, int row, enum head head, int n);

#endif
