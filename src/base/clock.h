/* Monotonic time (CLOCK_MONOTONIC), in nanoseconds. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

uint64_t clock_now(void);

/* Sleep to an absolute deadline; returns early (1) when a signal came, else 0. */
int clock_sleep_until(uint64_t deadline);

#endif
