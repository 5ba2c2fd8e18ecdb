/* Pieces written by hand, as text. */
#ifndef TESTS_UNIT_HAND_MUSIC_H
#define TESTS_UNIT_HAND_MUSIC_H

#include <stdlib.h>
#include <string.h>

#include "music/events.h"

/* "67/24 60+64/48 r/24": notes struck together, and how long; r is a rest. The tick after them. */
static inline int hand_part(struct song *s, int part, int tick, const char *text)
{
	while (*text) {
		int pitches[16], n = 0, length;
		char *end;

		while (*text == ' ')
			text++;
		if (!*text)
			break;
		if (*text == 'r') {
			text++;
		} else {
			for (;;) {
				assert_true(n < 16);
				pitches[n++] = (int)strtol(text, &end, 10);
				assert_true(end > text);
				text = end;
				if (*text != '+')
					break;
				text++;
			}
		}
		assert_int_equal(*text, '/');
		length = (int)strtol(text + 1, &end, 10);
		assert_true(length > 0);
		text = end;
		for (int i = 0; i < n; i++) {
			const struct note note = {
				.onset = tick, .duration = length, .pitch = (uint8_t)pitches[i], .velocity = 80};

			assert_int_equal(song_add_note(s, part, note), 0);
		}
		tick += length;
	}
	return tick;
}

/* A song on a grid of 24 with up to four parts (NULL: no more), in numerator/4. */
static inline struct song *hand_song(int numerator, const char *a, const char *b, const char *c, const char *d)
{
	const char *const texts[] = {a, b, c, d};
	struct song *s = song_new(24);

	assert_non_null(s);
	assert_int_equal(song_add_metre(s, 0, numerator, 2), 0);
	for (int k = 0; k < 4 && texts[k]; k++) {
		int end;

		assert_int_equal(song_add_part(s, NULL, k, -1), k);
		end = hand_part(s, k, 0, texts[k]);
		s->end = end > s->end ? end : s->end;
		song_order_notes(&s->parts[k]);
	}
	return s;
}

static inline struct piece *hand_piece_of(struct song *s)
{
	struct piece *piece = piece_from_song(s);

	assert_non_null(piece);
	song_free(s);
	return piece;
}

static inline struct piece *hand_piece(int numerator, const char *a, const char *b, const char *c, const char *d)
{
	return hand_piece_of(hand_song(numerator, a, b, c, d));
}

#endif
