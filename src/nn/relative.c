/*
 * Logits of pitches from networks' outputs about intervals. A reference at
 * pitch q adds its kind's row, moved so that interval 0 falls on q; backward
 * moves the logits' gradient back the same way.
 */
#include "nn/relative.h"

#include <stddef.h>
#include "base/error.h"

/* The pitches in range of q, and the column of the first of them. */
static int span(const struct reference *q, int ld, int *first, int *column)
{
	const int low = q->pitch - RELATIVE_RANGE, high = q->pitch + RELATIVE_RANGE;
	const int last = high < RELATIVE_PITCHES - 1 ? high : RELATIVE_PITCHES - 1;

	if (q->pitch >= RELATIVE_PITCHES || (q->kind + 1) * RELATIVE_WIDTH > ld)
		BUG("relative: pitch %d, kind %d in rows of %d", q->pitch, q->kind, ld);
	*first = low > 0 ? low : 0;
	*column = q->kind * RELATIVE_WIDTH + *first - low;
	return last - *first + 1;
}

void relative_forward(real *logits, int ldl, const real *relative, int ldr, const struct references *x, int rows)
{
	for (int r = 0; r < rows; r++) {
		for (uint32_t e = x->first[r]; e < x->first[r + 1]; e++) {
			int first, column;
			const int n = span(&x->items[e], ldr, &first, &column);
			real *restrict to = logits + (size_t)r * (size_t)ldl + first;
			const real *restrict from = relative + (size_t)r * (size_t)ldr + column;

			for (int j = 0; j < n; j++)
				to[j] += from[j];
		}
	}
}

void relative_backward(real *drelative, int lddr, const real *dlogits, int lddl, const struct references *x, int rows)
{
	for (int r = 0; r < rows; r++) {
		for (uint32_t e = x->first[r]; e < x->first[r + 1]; e++) {
			int first, column;
			const int n = span(&x->items[e], lddr, &first, &column);
			real *restrict to = drelative + (size_t)r * (size_t)lddr + column;
			const real *restrict from = dlogits + (size_t)r * (size_t)lddl + first;

			for (int j = 0; j < n; j++)
				to[j] += from[j];
		}
	}
}
