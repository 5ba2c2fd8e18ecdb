/* What music costs a model (model/evaluate.h), for people and for programs: a card, JSON, a table of every event. */
#ifndef CLI_EVAL_SHOW_H
#define CLI_EVAL_SHOW_H

#include <stdio.h>
#include "corpus/stats.h"
#include "model/evaluate.h"

struct eval_result {
	const char *const *corpora; /* as typed */
	size_t n_corpora;
	const char *split; /* "all", "valid", ... */
	bool keys;         /* summed over */
	const char *path;  /* of the model */
	const struct model *model;
	const struct corpus *corpus;
	const struct evaluate_choice *choice;
	const struct evaluation *evaluation;
	const struct evaluation *drawn;      /* with the latent of every step drawn; NULL: the model has none */
	const struct evaluation_part *apart; /* n 0, or of those without a near twin among the pieces to learn from */
	const struct corpus_stats *skips;    /* of files: `skipped` and the reasons */
	/* NULL: not against another model */
	const char *other_path;
	const struct model *other;
	const struct evaluation *other_evaluation;
	const struct comparison *comparison;
};

/* Pieces that were read and are not scored, for a reason; its text is the caller's buffer. */
#define MISFIT_TEXT_MAX 96
void misfit_text(char text[MISFIT_TEXT_MAX], const struct eval_result *r, enum misfit why);

/* On stdout. */
void eval_text(const struct eval_result *r);

/* One JSON document (keys: `musegen eval -h`), the caller's to free; NULL on error. */
char *eval_json(const struct eval_result *r);

/* The first line of a table of ours, which is how we know that it may be replaced. */
#define EVAL_CSV_HEAD                                                                                                  \
	"piece,event,kind,tick,part,pitch,duration,velocity,pitch_nats,duration_nats,velocity_nats,metre_nats,"        \
	"shift_nats,part_nats\n"

/* 0: nothing is at path, or a table of ours, or force is set, and it can be written. -1 with the message. */
int eval_csv_check(const char *path, bool force);

/* Every event charged, a line each; the evaluation has their costs. 0 or -1. */
int eval_csv_write(const char *path, const struct eval_result *r);

#endif
