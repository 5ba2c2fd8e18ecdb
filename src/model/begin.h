/* How a piece begins. For composers (compose.c). */
#ifndef MODEL_BEGIN_H
#define MODEL_BEGIN_H

#include "model/compose.h"

/*
 * The start of a piece as the vocabulary and the options have it, and how
 * fast it is played, in microseconds a quarter: as asked for; else the primer's; else the
 * corpus's, unless all pieces of the style have one tempo that programs write or that
 * the style is not played at; else as usual for the style and metre.
 */
int begin_choose(struct start *start, const struct vocab *v, const struct compose_options *o, struct random *random);

/* Do any pieces begin with the metre that is asked for? */
bool begin_knows_metre(const struct vocab *v, const struct compose_options *o);

#endif
