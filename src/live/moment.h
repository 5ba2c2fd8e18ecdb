/*
 * Musical time: a moment is counted in units of which a quarter note has
 * QUARTER, from the beginning of the stream, whatever the tempo. 24 divides it
 * and so does every usual grid, so that ticks and MIDI clocks fall on whole
 * units. When it comes by the clock is the transport's (live/transport.h).
 */
#ifndef LIVE_MOMENT_H
#define LIVE_MOMENT_H

#include <stdint.h>

#define QUARTER          UINT64_C(1008000000) /* 2^10 3^2 5^6 7 */
#define CLOCKS_A_QUARTER 24
#define CLOCK_UNITS      (QUARTER / CLOCKS_A_QUARTER) /* from one MIDI clock to the next */
#define SIXTEENTH        (QUARTER / 4)                /* song position is counted in these */
#define MOMENT_MAX       ((uint64_t)1 << 62)          /* 70 years at 120; nothing is later */

#endif
