/* A composed piece before its judge. See best.h. */
#include "model/best.h"

#include <math.h>
#include "corpus/notes.h"

/* As a program reads it that the piece is written for: snapped, and to the end of its last bar. NULL on error. */
static struct piece *as_read(const struct piece *piece, const struct vocab *vocab)
{
	const struct reading reading = vocab_reading(vocab);
	struct song *song = piece_to_song(piece), *read = NULL;
	struct piece *again;

	if (song) {
		song->end = song_bar_line(song, song->end);
		read = reading_song(song, &reading, NULL);
	}
	again = read ? piece_from_song(read) : NULL;
	song_free(read);
	song_free(song);
	return again;
}

/* 1: judged, judgement_done() is due; 0: it has no notes; -1. */
static int judge_as_read(struct judgement *judgement, const struct judge *j, const struct piece *piece)
{
	struct piece *read;
	int result;

	if (notes_count(piece) == 0)
		return 0;
	read = as_read(piece, j->net.vocab);
	if (!read)
		return -1;
	result = judge_piece(judgement, j, read);
	piece_free(read);
	if (result == 0)
		return 1;
	judgement_done(judgement);
	return -1;
}

int best_logit(double *logit, const struct judge *j, const struct piece *piece)
{
	struct judgement judgement;
	int judged = judge_as_read(&judgement, j, piece);

	*logit = -INFINITY;
	if (judged <= 0)
		return judged;
	*logit = judgement.logit;
	judgement_done(&judgement);
	return 0;
}

int best_last_bar(double *probability, const struct judge *j, const struct piece *piece)
{
	struct judgement judgement;
	int judged = judge_as_read(&judgement, j, piece);

	*probability = NAN;
	if (judged <= 0)
		return judged;
	if (judgement.n > 0)
		*probability = judgement.bars[judgement.n - 1];
	judgement_done(&judgement);
	return 0;
}
