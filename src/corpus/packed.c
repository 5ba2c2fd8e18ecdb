/*
 * An event is its shift and two bits of kind in one number; then, for a note,
 * duration, part, pitch and velocity, for a metre, its two bytes.
 */
#include "corpus/packed.h"

#include "base/error.h"
#include "corpus/words.h"

enum tag { TAG_NOTE, TAG_FERMATA, TAG_METRE, TAG_END };
#define TAG_BITS 2

static enum tag tag_of(const struct event *e)
{
	switch ((enum event_kind)e->kind) {
	case EVENT_NOTE:
		return e->fermata ? TAG_FERMATA : TAG_NOTE;
	case EVENT_METRE:
		return TAG_METRE;
	case EVENT_END:
		return TAG_END;
	}
	BUG("an event of kind %d", e->kind);
}

void packed_events(struct bytes *b, const struct event *events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct event *e = &events[i];
		const enum tag tag = tag_of(e);

		words_put_number(b, (uint64_t)e->shift << TAG_BITS | tag);
		if (tag == TAG_METRE) {
			bytes_byte(b, e->numerator);
			bytes_byte(b, e->denominator_log2);
		} else if (tag != TAG_END) {
			words_put_number(b, (uint32_t)e->duration);
			bytes_byte(b, e->part);
			bytes_byte(b, e->pitch);
			bytes_byte(b, e->velocity);
		}
	}
}

/* A piece while its events go by. */
struct reading {
	const unsigned char *p, *end;
	uint64_t now;       /* at most SONG_TICK_MAX */
	uint64_t notes_end; /* where the last note to end does */
	uint64_t seen;      /* parts */
};

/* One event, its fields within their ranges and at a time that there is. */
static bool read_event(struct reading *r, struct event *e, int parts)
{
	uint64_t number, duration = 0;

	*e = (struct event){.kind = EVENT_END};
	if (!words_get_number(&number, &r->p, r->end) || number >> TAG_BITS > SONG_TICK_MAX - r->now)
		return false;
	e->shift = (int)(number >> TAG_BITS);
	r->now += number >> TAG_BITS;
	switch ((enum tag)(number & ((1u << TAG_BITS) - 1))) {
	case TAG_FERMATA:
		e->fermata = true;
		/* fallthrough */
	case TAG_NOTE:
		if (!words_get_number(&duration, &r->p, r->end) || r->end - r->p < 3)
			return false;
		e->kind = EVENT_NOTE;
		e->duration = (int)duration;
		e->part = *r->p++;
		e->pitch = *r->p++;
		e->velocity = *r->p++;
		if (duration < 1 || duration > SONG_TICK_MAX - r->now || e->part >= parts || e->pitch > 127 ||
		    e->velocity < 1 || e->velocity > 127)
			return false;
		if (r->now + duration > r->notes_end)
			r->notes_end = r->now + duration;
		r->seen |= UINT64_C(1) << e->part;
		return true;
	case TAG_METRE:
		if (r->end - r->p < 2)
			return false;
		e->kind = EVENT_METRE;
		e->numerator = *r->p++;
		e->denominator_log2 = *r->p++;
		return e->numerator > 0 && e->denominator_log2 < 8 && r->now > 0;
	case TAG_END:
		return true;
	}
	return false;
}

/* May b come at the tick of a? */
static bool in_order(const struct event *a, const struct event *b)
{
	if (b->kind != EVENT_NOTE)
		return b->kind == EVENT_END;
	if (a->kind != EVENT_NOTE)
		return a->kind == EVENT_METRE;
	if (a->part != b->part)
		return a->part < b->part;
	if (a->pitch != b->pitch)
		return a->pitch > b->pitch;
	return a->duration <= b->duration;
}

int packed_read(struct event *events, size_t n, const unsigned char *data, size_t size, int parts)
{
	struct reading r = {.p = data, .end = data + size};

	for (size_t i = 0; i < n; i++) {
		if (!read_event(&r, &events[i], parts))
			return error("event %zu: not an event", i);
		if (i > 0 && events[i].shift == 0 && !in_order(&events[i - 1], &events[i]))
			return error("event %zu: not in order", i);
		if ((events[i].kind == EVENT_END) != (i + 1 == n))
			return error("event %zu: an end within the piece, or none", i);
	}
	if (n == 0 || r.p != r.end || r.now < r.notes_end)
		return error("the events end elsewhere");
	if (parts < 1 || parts > SONG_PARTS_MAX || r.seen != UINT64_MAX >> (64 - parts))
		return error("a part without notes");
	return 0;
}
