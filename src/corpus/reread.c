/* Written and read again, in memory. See reread.h. */
#include "corpus/reread.h"

#include <stdlib.h>

#include "base/error.h"
#include "corpus/load.h"
#include "midi/smf.h"

static struct piece *read_piece(const unsigned char *data, size_t size, const struct reading *reading)
{
	const struct corpus_options options = {.reading = *reading, .parts_max = SONG_PARTS_MAX};
	char path[] = "a piece that was made";
	struct walk_file file = {.path = path};
	struct candidates read = {0};
	struct piece *piece = NULL;

	if (load_bytes(&read, &file, data, size, &options) == 0 && read.n > 0) {
		piece = read.list[0].piece;
		read.list[0].piece = NULL;
		if (!piece)
			error("%s: %s", path, read.list[0].reason);
	}
	candidates_done(&read);
	return piece;
}

struct piece *piece_reread(const struct piece *piece, const struct reading *reading)
{
	const struct smf_write_options options = {.pickup_bar = false};
	struct song *song = piece_to_song(piece);
	struct piece *reread = NULL;
	unsigned char *data = NULL;
	size_t size;

	if (song && smf_write_memory(&data, &size, song, &options) == 0)
		reread = read_piece(data, size, reading);
	free(data);
	song_free(song);
	return reread;
}
