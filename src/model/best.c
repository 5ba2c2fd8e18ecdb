/* A composed piece before its judge. See best.h. */
#include "model/best.h"

#include <math.h>
#include "corpus/notes.h"
#include "corpus/reread.h"

int best_logit(double *logit, const struct judge *j, const struct piece *piece)
{
	const struct reading reading = vocab_reading(j->net.vocab);
	struct piece *read;
	struct judgement judgement;
	int result;

	*logit = -INFINITY;
	if (notes_count(piece) == 0)
		return 0;
	read = piece_reread(piece, &reading);
	if (!read)
		return -1;
	result = judge_piece(&judgement, j, read);
	if (result == 0)
		*logit = judgement.logit;
	judgement_done(&judgement);
	piece_free(read);
	return result;
}
