/*
 * The one clock of the program: CLOCK_MONOTONIC does not jump when somebody
 * sets the time, and sleeping to an absolute deadline does not drift.
 */
#include "base/clock.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/error.h"

#define SECOND 1000000000u

uint64_t clock_now(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) < 0)
		BUG("CLOCK_MONOTONIC: %s", strerror(errno));
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

int clock_sleep_until(uint64_t deadline)
{
	struct timespec t = {.tv_sec = (time_t)(deadline / SECOND), .tv_nsec = (long)(deadline % SECOND)};
	int status = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);

	if (status && status != EINTR)
		BUG("clock_nanosleep: %s", strerror(status));
	return status == EINTR;
}
