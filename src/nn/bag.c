/*
 * Bags of embeddings: the rows named by a case's items are added up, each in
 * its field's slice of the output,
 *
 *	y[slice of f] = sum over items (f,r) of table_f[r]
 *
 * and the gradient of a slice goes to every row that was added to it.
 */
#include "nn/bag.h"

#include <string.h>
#include "base/error.h"

int bag_field(struct bag *b, struct params *p, const char *name, int rows, int width)
{
	struct bag_field *f;

	if (b->n == BAG_FIELDS_MAX)
		BUG("bag: more than %d fields", BAG_FIELDS_MAX);
	if (rows > UINT16_MAX + 1)
		BUG("bag: field %s has %d rows", name, rows);
	f = &b->fields[b->n];
	f->rows = rows;
	f->width = width;
	f->place = b->width;
	f->table = params_add(p, name, rows, width, INIT_NORMAL, 1, true);
	b->width += width;
	return b->n++;
}

static const struct bag_field *item_field(const struct bag *b, const struct bag_item *e)
{
	if (e->field >= b->n || e->row >= b->fields[e->field].rows)
		BUG("bag: no row %d in field %d of %d", e->row, e->field, b->n);
	return &b->fields[e->field];
}

void bag_forward(const struct bag *b, const real *w, real *y, int ldy, const struct bag_input *x, int rows)
{
	if (ldy < b->width)
		BUG("bag: %d columns into rows of %d", b->width, ldy);
	for (int r = 0; r < rows; r++) {
		real *row = y + (size_t)r * (size_t)ldy;

		memset(row, 0, (size_t)b->width * sizeof *row);
		for (uint32_t k = x->first[r]; k < x->first[r + 1]; k++) {
			const struct bag_field *f = item_field(b, &x->items[k]);
			real *restrict to = row + f->place;
			const real *restrict from = w + f->table + (size_t)x->items[k].row * (size_t)f->width;

			for (int j = 0; j < f->width; j++)
				to[j] += from[j];
		}
	}
}

void bag_backward(const struct bag *b, real *g, const real *dy, int lddy, const struct bag_input *x, int rows)
{
	for (int r = 0; r < rows; r++) {
		for (uint32_t k = x->first[r]; k < x->first[r + 1]; k++) {
			const struct bag_field *f = item_field(b, &x->items[k]);
			real *restrict to = g + f->table + (size_t)x->items[k].row * (size_t)f->width;
			const real *restrict from = dy + (size_t)r * (size_t)lddy + f->place;

			for (int j = 0; j < f->width; j++)
				to[j] += from[j];
		}
	}
}
