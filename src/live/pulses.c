/* MIDI clock beside the notes, see pulses.h. */
#include "live/pulses.h"

#include "live/source.h"

void pulses_start(struct pulses *p, int ppq)
{
	*p = (struct pulses){.ppq = ppq};
}

void pulses_stretch(struct pulses *p, uint64_t time, uint64_t rest, int us_per_quarter, int ticks)
{
	p->next -= p->length;
	p->time = time;
	p->rest = rest;
	p->us_per_quarter = (uint32_t)us_per_quarter;
	p->length = (uint64_t)ticks * PULSES_A_QUARTER;
}

/* Quarters and what is left of one apart: 2^30 quarters of 2^24 us are just under 2^64 ns. */
bool pulses_peek(const struct pulses *p, bool with_end, uint64_t *at)
{
	uint64_t quarter = (uint64_t)PULSES_A_QUARTER * (uint64_t)p->ppq, ns = (uint64_t)p->us_per_quarter * 1000;
	uint64_t whole, part;

	if (p->next > p->length || (p->next == p->length && !with_end))
		return false;
	whole = p->next / quarter * ns;
	part = (p->next % quarter * ns + p->rest) / quarter;
	if (whole > SOURCE_TIME_MAX || p->time + whole + part > SOURCE_TIME_MAX)
		*at = SOURCE_TIME_MAX;
	else
		*at = p->time + whole + part;
	return true;
}

void pulses_pass(struct pulses *p)
{
	p->next += (uint64_t)p->ppq;
}
