/* Which build of this code is running: what a cache holds is as good as the program that made it. */
#ifndef CORPUS_MADE_BY_H
#define CORPUS_MADE_BY_H

#include <stdint.h>

/* A hash of the linker's build ID (of the program, or of the library that this code is in), of the version without one. */
uint64_t made_by(void);

#endif
