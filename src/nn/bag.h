/*
 * Bags of embeddings: a case is any number of (field, row) items; each field
 * has a table (rows,width) and a slice of the output, in which the rows of its
 * items are summed. So a field with one item is an ordinary embedding, a
 * field with as many items as notes sound is a set, and a field with no item
 * (unknown, dropped) is zero.
 */
#ifndef NN_BAG_H
#define NN_BAG_H

#include <stdint.h>
#include "num/params.h"

#define BAG_FIELDS_MAX 64

struct bag_field {
	int rows, width;
	int place;    /* first column of its slice of the output */
	size_t table; /* (rows,width) */
};

struct bag {
	struct bag_field fields[BAG_FIELDS_MAX];
	int n;
	int width; /* of the output */
};

struct bag_item {
	uint16_t field, row;
};

static inline struct bag_item bag_item_of(int field, int row)
{
	return (struct bag_item){(uint16_t)field, (uint16_t)row};
}

/* The items of case r are items[first[r]] .. items[first[r + 1] - 1]. */
struct bag_input {
	const uint32_t *first;
	const struct bag_item *items;
};

/* Adds a field with table "<name>" (standard normal); returns its number. BUG past BAG_FIELDS_MAX. */
int bag_field(struct bag *b, struct params *p, const char *name, int rows, int width);

/* y (rows,width; ldy); ldy >= width. */
void bag_forward(const struct bag *b, const real *w, real *y, int ldy, const struct bag_input *x, int rows);

/* Adds to g. */
void bag_backward(const struct bag *b, real *g, const real *dy, int lddy, const struct bag_input *x, int rows);

#endif
