/*
 * What a corpus holds out, for a judge to be asked of by `musegen judge`: as it
 * is, with its bars in another order, and as many notes anywhere. The same
 * command makes the same files.
 *
 *     judge_sets FOLDER CORPUS...      writes FOLDER/{real,shuffled,noise}/000.mid ...
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "corpus/controls.h"
#include "corpus/corpus.h"
#include "midi/smf.h"
#include "model/judge_fakes.h"

enum { SEED = 1, FOR_SHUFFLED = 1, FOR_NOISE };

static int write_piece(const char *folder, const char *kind, size_t number, const struct piece *piece)
{
	const struct smf_write_options options = {.comment = NULL};
	char *in = text_format("%s/%s", folder, kind), *path = text_format("%s/%s/%03zu.mid", folder, kind, number);
	struct song *song = piece_to_song(piece);
	int result = -1;

	if (in && path && song && file_make_folders(in) == 0)
		result = smf_write(path, song, &options);
	song_free(song);
	free(in);
	free(path);
	return result;
}

static int write_all(const char *folder, size_t number, const struct piece *piece)
{
	struct random bars = random_stream(SEED, FOR_SHUFFLED, number, 0),
		      notes = random_stream(SEED, FOR_NOISE, number, 0);
	struct piece *shuffled = control_shuffled(piece, &bars), *noise = fake_noise(piece, &notes);
	int result = -1;

	if (shuffled && noise && write_piece(folder, "real", number, piece) == 0 &&
	    write_piece(folder, "shuffled", number, shuffled) == 0)
		result = write_piece(folder, "noise", number, noise);
	piece_free(shuffled);
	piece_free(noise);
	return result;
}

static int run(const char *folder, const char *const *paths, size_t n)
{
	const struct corpus_options options = {.reading = {.grid = 24}, .parts_max = SONG_PARTS_MAX};
	struct corpus *corpus = corpus_load(paths, n, &options, NULL);
	size_t written = 0;
	int result = corpus ? 0 : -1;

	for (size_t i = 0; result == 0 && i < corpus->n; i++)
		if (corpus->pieces[i].split != SPLIT_TRAIN)
			result = write_all(folder, written++, corpus->pieces[i].piece);
	if (result == 0)
		printf("%zu pieces held out\n", written);
	corpus_free(corpus);
	return result;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: judge_sets FOLDER CORPUS...\n");
		return 2;
	}
	if (run(argv[1], (const char *const *)argv + 2, (size_t)argc - 2) == 0)
		return 0;
	fprintf(stderr, "judge_sets: %s\n", error_message());
	return 1;
}
