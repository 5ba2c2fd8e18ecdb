/* Every key, over the roll: two columns of them in the middle, with a frame of blanks. */
#include "cli/screen_inside.h"

#include <stdio.h>

#define KEYS_WIDTH 7
#define TOP        1

static size_t count(void)
{
	size_t n = 0;

	while (keys_help(n))
		n++;
	return n;
}

void help_draw(const struct screen *s)
{
	const int lines = ((int)count() + 1) / 2, width = s->canvas.columns / 2;

	for (int y = TOP; y < TOP + lines + 2; y++)
		for (int x = 0; x < s->canvas.columns; x++)
			canvas_glyph(&s->canvas, y, x, L' ', PLAIN, INK_NONE, INK_NONE);
	for (int i = 0; keys_help((size_t)i); i++) {
		int y = TOP + 1 + i % lines, x = 1 + i / lines * width;

		canvas_text(&s->canvas, y, x, KEYS_WIDTH, BOLD, INK_NONE, keys_help((size_t)i)->keys);
		canvas_text(&s->canvas, y, x + KEYS_WIDTH + 1, width - KEYS_WIDTH - 2, PLAIN, INK_NONE,
		            keys_help((size_t)i)->what);
	}
	for (int x = 0; x < s->canvas.columns; x++)
		canvas_glyph(&s->canvas, TOP + lines + 1, x, s->canvas.utf8 ? L'─' : L'-', PLAIN, INK_GREY, INK_NONE);
}
