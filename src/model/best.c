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

int best_logit(double *logit, const struct judge *j, const struct piece *piece)
{
	struct piece *read;
	struct judgement judgement;
	int result;

	*logit = -INFINITY;
	if (notes_count(piece) == 0)
		return 0;
	read = as_read(piece, j->net.vocab);
	if (!read)
		return -1;
	result = judge_piece(&judgement, j, read);
	if (result == 0)
		*logit = judgement.logit;
	judgement_done(&judgement);
	piece_free(read);
	return result;
}
