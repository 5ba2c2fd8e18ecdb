/*
 * What a context has of harmony, where the generator is to see it: the key,
 * what the part's last pitch and the sounding ones are in it, and pitches to
 * measure the next one from: the tonic, and those that would make parallel
 * octaves, fifths and other intervals. For context.c.
 */
#ifndef MODEL_CONTEXT_HARMONY_H
#define MODEL_CONTEXT_HARMONY_H

#include "model/context.h"

/* Items of the query; last: the part's last pitch, -1: none. Their number, at most HARMONY_FIELDS + CONTEXT_SOUNDING_MAX. */
int harmony_query(const struct context *c, int last, struct bag_item *items);

/* Pitch references; bars_left: with the present one, large where the end is not known. Their number, at most 3 + CONTEXT_SOUNDING_MAX. */
int harmony_references(const struct context *c, int bars_left, struct reference *items);

#endif
