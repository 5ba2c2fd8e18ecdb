/*
 * A composed piece as a song for people: parts with names that suit their
 * number, programs as the corpus had them, a key signature as found, performed.
 */
#include "cli/music_options.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "model/loop.h"
#include "model/reconstruct.h"
#include "music/manner.h"
#include "music/perform.h"

void music_part_name(char *buf, size_t size, int part, int n_parts)
{
	static const char *const one[] = {"Melody"};
	static const char *const two[] = {"Upper", "Lower"};
	static const char *const four[] = {"Soprano", "Alto", "Tenor", "Bass"};
	const char *const *names = n_parts == 1 ? one : n_parts == 2 ? two : n_parts == 4 ? four : NULL;

	if (names && part >= 0 && part < n_parts)
		snprintf(buf, size, "%s", names[part]);
	else
		snprintf(buf, size, "Part %d", part + 1);
}

int music_part_program(const struct model *model, int style, int part, int n_parts)
{
	const struct vocab *v = model->vocab;

	if (part >= 0 && part < v->parts && v->programs[part] >= 0)
		return v->programs[part];
	return manner_program(style >= 0 && style < v->n_styles ? v->styles[style] : NULL, part, n_parts);
}

struct song *music_song(const struct model *model, const struct piece *piece)
{
	struct song *song = piece_to_song(piece);
	struct key key;

	if (!song)
		return NULL;
	for (size_t i = 0; i < song->n_parts; i++) {
		struct part *part = &song->parts[i];
		char name[32];

		music_part_name(name, sizeof name, (int)i, (int)song->n_parts);
		free(part->name);
		part->name = mem_string(name);
		if (!part->name) {
			song_free(song);
			return NULL;
		}
		if (part->program < 0)
			part->program = music_part_program(model, piece->start.style, (int)i, (int)song->n_parts);
	}
	/* as it will be in the file */
	song->end = song_bar_line(song, song->end);
	key = piece->key;
	if (key.tonic < 0 || key.mode == MODE_UNKNOWN)
		key = key_find(song);
	if (song->n_keys == 0 && key.tonic >= 0 && song_add_key(song, 0, key_fifths(key), key.mode == MODE_MINOR) < 0) {
		song_free(song);
		return NULL;
	}
	return song;
}

struct song *music_compose(const struct music *m, bool plain, bool loop)
{
	struct compose_options options = m->compose;
	struct piece *piece;
	struct song *song, *performed;

	if (m->greedy)
		reconstruct_greedily(&options);
	piece = loop ? compose_loop(m->model, &options, NULL, NULL) : compose_piece(m->model, &options);
	song = piece ? music_song(m->model, piece) : NULL;
	piece_free(piece);
	if (song && song_notes(song) == 0) {
		error("seed %" PRIu64 ": the model ends this piece before its first note; try another seed",
		      m->compose.seed);
		song_free(song);
		return NULL;
	}
	if (!song || plain)
		return song;
	performed = song_perform(song, m->model->vocab->dynamics, loop);
	song_free(song);
	return performed;
}
