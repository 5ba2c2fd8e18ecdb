/*
 * What the lanes of a training carry, in one block and back: places in the
 * music, recurrent states, the memory's entries. Coming back, every number
 * that the code relies on is checked, since it may come from any file. The
 * contexts are not held: a lane's present piece is fed again up to its row.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"
#include "model/training.h"

enum { PLACE_VISIT, PLACE_ROW, PLACE_ENTRIES, PLACE_FIRST, PLACES };

/* So that no number of a piece ever overflows. */
#define VISITS_MAX ((int64_t)1 << 40)
#define EVENTS_MAX ((int64_t)1 << 30)

/* Of all shards alike. */
static const struct carry *carried(const struct training *t)
{
	return &t->shards[0].carry;
}

static size_t streams_size(const struct training *t, size_t lanes)
{
	return lanes * carried(t)->streams;
}

size_t lanes_states(const struct training *t)
{
	size_t n = 0;

	for (int l = 0; l < carried(t)->states; l++)
		n += (size_t)carried(t)->width[l];
	return n;
}

int lanes_state_init(struct lanes_state *s, const struct training *t, size_t entries)
{
	const size_t lanes = (size_t)t->config.lanes, width = (size_t)t->g->config.memory;
	const size_t room = entries > 0 ? entries : 1; /* never nothing */
	const size_t streams = 2 * streams_size(t, lanes);

	*s = (struct lanes_state){.lanes = lanes, .entries = entries};
	s->place = mem_new(lanes * PLACES, sizeof *s->place);
	s->trunk = mem_new(2 * lanes * lanes_states(t), sizeof *s->trunk);
	s->streams = mem_new(streams > 0 ? streams : 1, sizeof *s->streams);
	s->keys = mem_new(room * (width > 0 ? width : 1), sizeof *s->keys);
	s->values = mem_new(room * (width > 0 ? width : 1), sizeof *s->values);
	s->times = mem_new(room, sizeof *s->times);
	s->parts = mem_new(room, sizeof *s->parts);
	return s->place && s->trunk && s->streams && s->keys && s->values && s->times && s->parts ? 0 : -1;
}

void lanes_state_done(struct lanes_state *s)
{
	free(s->place);
	free(s->trunk);
	free(s->streams);
	free(s->keys);
	free(s->values);
	free(s->times);
	free(s->parts);
	*s = (struct lanes_state){0};
}

size_t lanes_entries(const struct training *t)
{
	size_t entries = 0;

	if (t->g->config.memory == 0)
		return 0;
	for (int i = 0; i < t->config.shards; i++)
		for (int lane = 0; lane < t->shards[i].feed.n_lanes; lane++)
			entries += (size_t)t->shards[i].carry.memory.n[lane];
	return entries;
}

/* The states of one shard's lanes, either way. */
static void copy_states(struct lanes_state *s, const struct training *t, const struct shard *shard, bool out)
{
	const size_t from = (size_t)shard->feed.first_lane, n = (size_t)shard->feed.n_lanes;
	const struct carry *c = &shard->carry;
	real *state_of_all = s->trunk;

	for (int l = 0; l < c->states; l++) {
		real *states[2] = {c->h[l], c->c[l]};
		const size_t width = (size_t)c->width[l];

		for (size_t k = 0; k < 2; k++) {
			real *held = state_of_all + from * width;

			memcpy(out ? held : states[k], out ? states[k] : held, n * width * sizeof(real));
			state_of_all += s->lanes * width;
		}
	}
	for (size_t k = 0; k < 2; k++) {
		real *state = k == 0 ? c->stream_h : c->stream_c;
		real *held = s->streams + k * streams_size(t, s->lanes) + streams_size(t, from);

		memcpy(out ? held : state, out ? state : held, streams_size(t, n) * sizeof(real));
	}
}

void lanes_gather(struct lanes_state *s, const struct training *t)
{
	const size_t width = (size_t)t->g->config.memory;
	size_t at = 0;

	for (int i = 0; i < t->config.shards; i++) {
		const struct shard *shard = &t->shards[i];
		const struct memory_carry *m = &shard->carry.memory;

		copy_states(s, t, shard, true);
		for (int lane = 0; lane < shard->feed.n_lanes; lane++) {
			const struct lane *l = &shard->feed.lanes[lane];
			int64_t *place = s->place + (size_t)(shard->feed.first_lane + lane) * PLACES;
			const size_t n = width > 0 ? (size_t)m->n[lane] : 0, held = (size_t)lane * (size_t)m->capacity;

			place[PLACE_VISIT] = (int64_t)l->visit;
			place[PLACE_ROW] = (int64_t)l->row;
			place[PLACE_ENTRIES] = (int64_t)n;
			place[PLACE_FIRST] = n > 0 ? m->first[lane] : 0;
			if (n == 0)
				continue;
			memcpy(s->keys + at * width, m->k + held * width, n * width * sizeof(real));
			memcpy(s->values + at * width, m->v + held * width, n * width * sizeof(real));
			memcpy(s->parts + at, m->part + held, n);
			for (size_t e = 0; e < n; e++)
				s->times[at + e] = m->time[held + e];
			at += n;
		}
	}
}

/* One lane's entries: `n` of the state's from `at` on. now: the time of the lane's last row. */
static int scatter_memory(struct memory_carry *m, int lane, const struct lanes_state *s, size_t at, int64_t n,
                          int64_t first, int now, size_t width)
{
	const size_t held = (size_t)lane * (size_t)m->capacity, count = (size_t)n;

	/* the piece may have begun before what is still held */
	if (first < -EVENTS_MAX || first > n || n > m->capacity)
		return error("a lane's memory holds %lld events, its piece begins at the %lldth", (long long)n,
		             (long long)first);
	for (size_t e = 0; e < count; e++) {
		const int64_t time = s->times[at + e];

		/* within the present piece time goes forward, and the lane's next event comes no sooner */
		if (time < 0 || time > INT_MAX ||
		    ((int64_t)e >= first &&
		     (time > now || (e > 0 && (int64_t)e > first && time < s->times[at + e - 1]))))
			return error("a lane's memory goes back in time");
		m->time[held + e] = (int)time;
	}
	memcpy(m->k + held * width, s->keys + at * width, count * width * sizeof(real));
	memcpy(m->v + held * width, s->values + at * width, count * width * sizeof(real));
	memcpy(m->part + held, s->parts + at, count);
	m->n[lane] = (int)n;
	m->first[lane] = (int)first;
	return 0;
}

int lanes_scatter(struct training *t, const struct lanes_state *s)
{
	const size_t width = (size_t)t->g->config.memory;
	size_t at = 0;

	for (int i = 0; i < t->config.shards; i++) {
		struct shard *shard = &t->shards[i];

		copy_states((struct lanes_state *)s, t, shard, false);
		for (int lane = 0; lane < shard->feed.n_lanes; lane++) {
			const int64_t *place = s->place + (size_t)(shard->feed.first_lane + lane) * PLACES;
			const int64_t n = place[PLACE_ENTRIES];
			int now;

			if (place[PLACE_VISIT] < 0 || place[PLACE_VISIT] > VISITS_MAX || place[PLACE_ROW] < 0 ||
			    n < 0 || (uint64_t)n > s->entries - at || (n > 0 && width == 0))
				return error("a lane is at no place of the music");
			if (feed_restore(&shard->feed, lane, (uint64_t)place[PLACE_VISIT], (size_t)place[PLACE_ROW],
			                 &shard->batch, &now) < 0)
				return -1;
			if (width > 0 &&
			    scatter_memory(&shard->carry.memory, lane, s, at, n, place[PLACE_FIRST], now, width) < 0)
				return -1;
			at += (size_t)n;
		}
	}
	return at == s->entries ? 0 : error("the memory holds more events than its lanes do");
}
