/*
 * Music for measuring: four voices of mostly quarters and eighths that walk
 * along a scale, each in its own rhythm. It is nobody's music, but as dense,
 * as long and as varied in what the network reads as four-part music is, and
 * a function of the piece's number alone.
 */
#include "model/bench.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/random.h"

enum { VOICES = 4, BAR = 4 * GRID_DEFAULT, HELD_OUT = 16 };

/* Notes of a voice until the end, a step or a leap at a time; durations are drawn by how often they are in the table. */
static int add_voice(struct song *song, int voice, int end, struct random *random)
{
	static const int durations[] = {6, 6, 12, 12, 12, 12, 12, 24, 24, 24, 24, 24, 24, 24, 36, 48};
	static const int moves[] = {-3, -2, -1, -1, -1, 0, 1, 1, 1, 2, 3, 4, -4};
	static const int major[] = {0, 2, 4, 5, 7, 9, 11};
	const int part = song_add_part(song, NULL, voice, 0), lowest = 60 - 8 * voice;
	int degree = 4;

	if (part < 0)
		return -1;
	for (int now = 0; now < end;) {
		struct note note = {.onset = now, .velocity = 80};

		degree += moves[random_below(random, sizeof moves / sizeof *moves)];
		degree = degree < 0 ? 1 : degree > 10 ? 9 : degree;
		note.pitch = (uint8_t)(lowest + 12 * (degree / 7) + major[degree % 7]);
		note.duration = durations[random_below(random, sizeof durations / sizeof *durations)];
		if (note.duration > end - now)
			note.duration = end - now;
		now += note.duration;
		if (song_add_note(song, part, note) < 0)
			return -1;
	}
	return 0;
}

static struct piece *make_piece(int number)
{
	static const int bars[] = {8, 12, 16, 16, 24, 32, 48, 64};
	struct random random = random_stream((uint64_t)number, 0, 0, 0);
	struct song *song = song_new(GRID_DEFAULT);
	struct piece *piece = NULL;
	int status = 0;

	if (!song)
		return NULL;
	song->end = bars[number % (int)(sizeof bars / sizeof *bars)] * BAR;
	if (song_add_metre(song, 0, 4, 2) < 0 || song_add_tempo(song, 0, 600000) < 0)
		status = -1;
	for (int voice = 0; voice < VOICES && status == 0; voice++)
		status = add_voice(song, voice, song->end, &random);
	if (status == 0) {
		song_order(song);
		piece = piece_from_song(song);
	}
	song_free(song);
	return piece;
}

struct corpus *bench_corpus(int pieces)
{
	struct corpus *c = mem_new(1, sizeof *c);
	int made = 0;

	if (!c)
		return NULL;
	c->rule = SPLIT_BY_HASH;
	c->styles = mem_new(1, sizeof *c->styles);
	if (c->styles)
		c->styles[0] = mem_string("bench");
	c->n_styles = c->styles ? 1 : 0;
	while (c->styles && c->styles[0] && made < pieces) {
		struct corpus_piece p = {.path = mem_string("bench"), .piece = make_piece(made)};

		if (!p.path || !p.piece || MEM_GROW(c->pieces, c->capacity, c->n + 1) < 0) {
			free(p.path);
			piece_free(p.piece);
			break;
		}
		p.piece->start.style = 0;
		p.split = made % HELD_OUT == HELD_OUT - 1 ? SPLIT_VALID : SPLIT_TRAIN;
		p.train_events = p.piece->n;
		c->events[p.split] += p.piece->n;
		c->pieces[c->n++] = p;
		made++;
	}
	if (made == pieces)
		return c;
	corpus_free(c);
	return NULL;
}
