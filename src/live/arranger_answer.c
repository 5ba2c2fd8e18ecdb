/*
 * Answers: another composer, to which the phrase is what it has composed so
 * far, takes the place of the present one. Its first bar is the one after the
 * phrase's last, wherever in the stream that may be.
 */
#include "live/arranger_bars.h"

/* What random numbers are for. */
enum { FOR_ANSWER = 502 };
enum { ANSWER_LEAST = 2, ANSWER_MOST = 32 }; /* bars */

static struct composer *composer_of(const struct arranger *a, const struct piece *phrase, const struct heard *heard)
{
	struct random random = random_stream(a->o.compose.seed, FOR_ANSWER, a->answers, 0);
	struct compose_options o = a->o.compose;

	o.seed = random_bits(&random);
	o.primer = phrase;
	o.best_of = 0;
	o.numerator = 0; /* the phrase's */
	if (!heard->timed)
		o.us_per_quarter = heard->us_per_quarter;
	return composer_new(a->o.model, &o);
}

/* Have it read the phrase. Ticks from the phrase's beginning: of its last event, and of the end of its last note. 0 or -1. */
static int read_phrase(struct composer *c, const struct piece *phrase, int64_t *now, int64_t *end)
{
	*now = *end = 0;
	for (size_t i = 0; i < phrase->n && phrase->events[i].kind != EVENT_END; i++) {
		struct event e;

		if (composer_next(c, &e) != 1)
			return -1;
		*now += e.shift;
		if (e.kind == EVENT_NOTE && *now + e.duration > *end)
			*end = *now + e.duration;
	}
	return 0;
}

/* The states that there are, are the old composer's. */
static void replace_composer(struct arranger *a, struct composer *c)
{
	composer_free(a->composer);
	a->composer = c;
	a->hand.full = a->hand.ended = false;
	for (int i = 0; i < STATES; i++)
		a->saved[i].slot = -1;
	a->n_themes = 0;
	a->newest = 0;
	a->looping = false;
}

int arrange_answer(struct arranger *a, struct piece *phrase, const struct heard *heard)
{
	const struct start *start;
	int64_t now, end, pickup, bars;
	struct composer *c;

	/* what a single hand plays is answered by all the parts that the model's music has */
	phrase->start.parts |= a->parts;
	c = composer_of(a, phrase, heard);
	if (!c || read_phrase(c, phrase, &now, &end) < 0) {
		composer_free(c);
		piece_free(phrase);
		return -1;
	}
	replace_composer(a, c);
	piece_free(a->phrase);
	a->phrase = phrase;
	a->heard = *heard;
	a->answers++;
	start = composer_start(c);
	a->place.numerator = start->numerator;
	a->place.denominator_log2 = start->denominator_log2;
	arrange_new_metre(a);
	/* from the line before the phrase to the one after it */
	pickup = start->pickup % a->place.length;
	end += pickup ? a->place.length - pickup : 0;
	now += pickup ? a->place.length - pickup : 0;
	bars = (end + a->place.length - 1) / a->place.length;
	a->place.now = a->place.line - (bars * a->place.length - now);
	a->place.resting = false;
	a->place.left = bars < ANSWER_LEAST ? ANSWER_LEAST : bars > ANSWER_MOST ? ANSWER_MOST : (int)bars;
	return 0;
}
