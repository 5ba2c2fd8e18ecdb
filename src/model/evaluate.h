/*
 * What music costs a model, piece by piece and event by event, in nats.
 * Every event is charged, the first and END too, with the universal code of
 * whatever has no symbol; what is given and not charged is the start event
 * (style, first metre, tempo class, pickup, the set of parts). Known is what
 * is known while playing: bars left, the key and fermatas are not.
 *
 * A network that sees the key makes a piece in a key that it is told; so its
 * probability of a piece is the sum over the keys, of 1/24 each:
 *
 *	p(d_1 .. d_n) = sum_k 1/24 p(d_1 .. d_n | k)
 *	p(d_i | d_1 .. d_i-1) = sum_k w_k p(d_i | d_1 .. d_i-1, k),  w_k = p(k | d_1 .. d_i-1)
 *
 * which takes the network KEYS times over each piece (options.keys); without
 * that the key is unknown to it, which is near enough, and a little more.
 *
 * A piece is scored alone, so that its figures depend on nothing but the
 * model and the piece: not on the other pieces nor on the number of threads.
 */
#ifndef MODEL_EVALUATE_H
#define MODEL_EVALUATE_H

#include "model/bootstrap.h"
#include "model/model.h"

/* Why a piece is not scored. */
enum misfit { MISFIT_GRID, MISFIT_PARTS, MISFITS };

struct evaluate_options {
	bool all;         /* every event of every piece; else what belongs to `split` */
	enum split split; /* where tails are held out: of pieces that both sides have, their own events */
	bool events;      /* keep what every event costs */
	bool keys;        /* sum over the keys; of networks that see keys (generator_sees_key) */
	bool drawn;       /* the latent of every step is drawn, always alike; of models with step_latent */
	int frame;        /* ticks of a frame, >= 1; 0: a 16th */
	/* May be NULL. From any thread of the pool, one call at a time. */
	void (*progress)(void *context, size_t done, size_t total);
	void *progress_context;
};

/* Which pieces of a corpus are scored. */
struct evaluate_choice {
	uint32_t *pieces; /* (n) their numbers, in corpus order */
	size_t n;
	size_t misfits[MISFITS]; /* of those asked for: left out */
	uint32_t example[MISFITS];
};

/* Pieces that are asked for and that every one of the models can say. 0 or -1; evaluate_choice_done() in either case. */
int evaluate_choose(struct evaluate_choice *out, const struct corpus *corpus, const struct model *const *models,
                    size_t n_models, const struct evaluate_options *options);
void evaluate_choice_done(struct evaluate_choice *c);

struct piece_score {
	uint32_t piece;     /* number in the corpus */
	int parts;          /* that play */
	long notes, events; /* charged */
	int ticks;          /* all shifts of the events charged: when END comes, for a whole piece */
	double heads[HEADS];
	double kl;              /* nats, where the latent is drawn */
	double (*costs)[HEADS]; /* (events of the piece) NaN: not charged; NULL unless asked for */
};

struct evaluation {
	size_t n;
	struct piece_score *pieces; /* (n) in corpus order */
	int grid, frame;            /* ticks; frame 0: a 16th */
	long notes, events;
	long sixteenths;  /* of all pieces; the last of a piece may be cut short and counts */
	long voice_16ths; /* parts x 16ths, summed over pieces: silent ones count */
	long frames;      /* as 16ths are counted, empty ones too */
	double nats, heads[HEADS];
	double kl; /* nats, where the latent is drawn */
	struct estimate per_note, per_voice_16th, per_frame;
};

/* 0 or -1; evaluation_done() in either case. The result is the same whatever the pool, which may be NULL. */
int evaluate(struct evaluation *out, const struct model *m, const struct corpus *corpus,
             const struct evaluate_choice *choice, const struct evaluate_options *options, struct pool *pool);
void evaluation_done(struct evaluation *e);

/* The figures of some of the pieces only. */
struct evaluation_part {
	size_t n;
	long notes;
	struct estimate per_note, per_voice_16th, per_frame;
};

/* Those of which in[i], for the i-th that was scored, is set. 0 or -1. */
int evaluate_part(struct evaluation_part *out, const struct evaluation *e, const bool *in);

/* Two models on the same pieces: nats of the first less those of the second, so that below 0 the first is better. */
struct comparison {
	bool velocity; /* charged to both; where only one model has dynamics, to none */
	struct estimate per_note, per_voice_16th;
	size_t better; /* pieces that cost the first less */
};

/* The evaluations are of one choice and one grid. 0 or -1. */
int evaluate_compare(struct comparison *out, const struct evaluation *a, const struct evaluation *b, bool velocity);

/* Frames (of `frame` ticks, 0: a 16th) of so many ticks; one that is cut short counts. */
long evaluate_frames(int ticks, int grid, int frame);

#endif
