/* What a judge says of files, to be shown as text or JSON. */
#ifndef CLI_JUDGE_SHOW_H
#define CLI_JUDGE_SHOW_H

#include "corpus/corpus.h"
#include "model/bootstrap.h"
#include "model/judge.h"

struct judge_result {
	const struct model *model;
	const char *path, *why; /* of the model */
	const struct corpus *corpus;
	const struct judgement *judgements; /* (corpus->n) */
	struct estimate mean;               /* of their probabilities */
};

/* Rows of blocks, as wide as there is room for; plain ASCII without UTF-8. */
void judge_text(const struct judge_result *r, int columns, bool utf8);

/* The caller frees. NULL on error. */
char *judge_json(const struct judge_result *r);

#endif
