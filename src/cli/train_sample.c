/* Samples of a training on its way. See train_sample.h. */
#include "cli/train_sample.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/music_options.h"
#include "cli/output.h"
#include "music/perform.h"

static struct song *compose(const struct model *m, uint64_t seed)
{
	struct compose_options options;
	struct piece *piece;
	struct song *song, *performed;

	compose_defaults(&options);
	options.seed = seed;
	piece = compose_piece(m, &options);
	song = piece ? music_song(m, piece) : NULL;
	performed = song ? song_perform(song, m->vocab->dynamics, false) : NULL;
	song_free(song);
	piece_free(piece);
	return performed;
}

static int write_sample(const struct train_sample *s, const struct model *m, int epoch)
{
	char *path = text_format(TRAIN_SAMPLES "/%s/epoch-%04d.mid", s->name, epoch);
	char *command = text_format("%s --sample-every %d", s->command, s->every);
	struct song *song = NULL;
	char *comment = NULL;
	int status = -1;

	if (path && command && output_check(path, s->force) == 0) {
		song = compose(m, s->seed);
		comment = song ? output_comment(s->name, s->seed, command) : NULL;
		if (comment)
			status = output_write(path, song, false, comment);
	}
	free(comment);
	song_free(song);
	free(command);
	free(path);
	return status;
}

void train_sample(struct train_sample *s, const struct model *m, int epoch)
{
	if (s->every == 0 || epoch / s->every <= s->last / s->every)
		return;
	s->last = epoch;
	if (write_sample(s, m, epoch) < 0)
		log_warning("no sample of epoch %d: %s", epoch, error_message());
}
