/* Moments and the clock, see transport.h. */
#include "live/transport.h"

/* A distance in time is quarters and what is left of one: a quarter has at most 2^24 us, and so many ns times QUARTER fit 64 bits. */
_Static_assert(UINT64_MAX / (TRANSPORT_US_MAX * UINT64_C(1000)) > QUARTER + 1, "a quarter's worth must fit");

void transport_start(struct transport *t, uint64_t clock, uint64_t moment)
{
	*t = (struct transport){.clock = clock, .moment = moment, .us_per_quarter = TRANSPORT_US, .own = TRANSPORT_US};
}

void transport_follow(struct transport *t, const struct follower *follower, uint64_t position, uint64_t moment)
{
	t->follower = follower;
	t->moved = (int64_t)moment - (int64_t)position;
}

/* From the anchor to a moment after it, with what the division leaves. */
static uint64_t since(const struct transport *t, uint64_t moment, uint64_t *rest)
{
	const uint64_t ns = (uint64_t)t->us_per_quarter * 1000, distance = moment - t->moment;
	const uint64_t quarters = distance / QUARTER, part = distance % QUARTER * ns + t->rest;

	if (quarters > TRANSPORT_NEVER / ns - 1)
		return TRANSPORT_NEVER;
	*rest = part % QUARTER;
	return quarters * ns + part / QUARTER;
}

/* Back from the anchor to a moment before it, rounded up: what that is too much is left. */
static uint64_t back(const struct transport *t, uint64_t moment, uint64_t *rest)
{
	const uint64_t ns = (uint64_t)t->us_per_quarter * 1000, distance = t->moment - moment;
	const uint64_t quarters = distance / QUARTER, part = distance % QUARTER * ns;
	const uint64_t over = part > t->rest ? (part - t->rest + QUARTER - 1) / QUARTER : 0;

	if (quarters > TRANSPORT_NEVER / ns - 1)
		return TRANSPORT_NEVER;
	*rest = over * QUARTER + t->rest - part;
	return quarters * ns + over;
}

/* The clock at a moment, and what is beyond whole nanoseconds. */
static uint64_t clock_at(const struct transport *t, uint64_t moment, uint64_t *rest)
{
	uint64_t time;

	*rest = 0;
	if (t->follower) {
		const int64_t position = (int64_t)moment - t->moved;

		time = follower_clock(t->follower, position > 0 ? (uint64_t)position : 0);
		return time < TRANSPORT_NEVER ? time : TRANSPORT_NEVER;
	}
	if (moment < t->moment) {
		time = back(t, moment, rest);
		return time < t->clock ? t->clock - time : 0;
	}
	time = since(t, moment, rest);
	return time < TRANSPORT_NEVER - t->clock ? t->clock + time : TRANSPORT_NEVER;
}

uint64_t transport_clock(const struct transport *t, uint64_t moment)
{
	uint64_t rest;

	return clock_at(t, moment, &rest);
}

uint64_t transport_moment(const struct transport *t, uint64_t clock)
{
	const uint64_t ns = (uint64_t)t->us_per_quarter * 1000;
	const uint64_t time = clock > t->clock ? clock - t->clock : t->clock - clock;
	const uint64_t quarters = time / ns, part = time % ns * QUARTER;
	uint64_t distance, less;

	if (t->follower) {
		const int64_t position = (int64_t)follower_moment(t->follower, clock) + t->moved;

		return position > 0 ? (uint64_t)position : 0;
	}
	if (quarters >= MOMENT_MAX / QUARTER)
		return clock > t->clock ? MOMENT_MAX : 0;
	if (clock < t->clock) {
		/* the anchor is later than its whole nanoseconds: so much farther away */
		distance = quarters * QUARTER + (part + t->rest) / ns + ((part + t->rest) % ns > 0);
		return distance < t->moment ? t->moment - distance : 0;
	}
	less = part < t->rest ? (t->rest - part + ns - 1) / ns : 0;
	distance = t->moment + quarters * QUARTER + (less ? 0 : (part - t->rest) / ns);
	distance = less < distance ? distance - less : 0;
	return distance < MOMENT_MAX ? distance : MOMENT_MAX;
}

static void anchor(struct transport *t, uint64_t moment)
{
	uint64_t rest;

	t->clock = clock_at(t, moment, &rest);
	t->rest = rest;
	t->moment = moment;
	t->us_per_quarter = t->asked ? t->asked : t->own;
}

static uint32_t in_range(uint32_t us)
{
	return us < 1 ? 1 : us > TRANSPORT_US_MAX ? TRANSPORT_US_MAX : us;
}

void transport_tempo(struct transport *t, uint64_t moment, uint32_t us_per_quarter)
{
	t->own = in_range(us_per_quarter);
	if (!t->asked)
		anchor(t, moment);
}

void transport_ask(struct transport *t, uint64_t moment, uint32_t us_per_quarter)
{
	t->asked = us_per_quarter ? in_range(us_per_quarter) : 0;
	anchor(t, moment);
}

void transport_shift(struct transport *t, uint64_t by)
{
	t->clock = by < TRANSPORT_NEVER - t->clock ? t->clock + by : TRANSPORT_NEVER;
}
