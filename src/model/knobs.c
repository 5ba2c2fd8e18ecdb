/* What knobs mean. See knobs.h. */
#include "model/knobs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "corpus/corpus.h"
#include "model/feed.h"

const char *const knob_names[KNOBS] = {"density", "register", "leaps"};
const char *const knob_units[KNOBS] = {"onsets a quarter note", "semitones from the parts' means",
                                       "% of melodic intervals over a third"};

#define THIRD 4 /* semitones */
/* As far from the mean as a code of 1. */
#define SPREADS 2

int knob_find(const char *name)
{
	for (int k = 0; k < KNOBS; k++)
		if (strcmp(name, knob_names[k]) == 0)
			return k;
	return -1;
}

/* ---- counting ---------------------------------------------------------------- */

/* A walk through a piece, from the first event on. */
struct walk {
	const struct piece *piece;
	const double *pitch;                            /* of parts */
	int now, onset;                                 /* tick; of the last onset, -1 none */
	int melody[SONG_PARTS_MAX], at[SONG_PARTS_MAX]; /* each part's last highest note, -1 none, and its tick */
	int sounds_until;
};

static void walk_begin(struct walk *w, const struct piece *piece, const double *pitch)
{
	*w = (struct walk){.piece = piece, .pitch = pitch, .onset = -1};
	for (int k = 0; k < SONG_PARTS_MAX; k++)
		w->melody[k] = w->at[k] = -1;
}

static void count_event(struct knob_count *c, struct walk *w, const struct event *e)
{
	w->now += e->shift;
	if (e->kind != EVENT_NOTE)
		return;
	c->onsets += w->onset != w->now;
	w->onset = w->now;
	c->notes++;
	c->over += e->pitch - w->pitch[e->part];
	if (w->now + e->duration > w->sounds_until)
		w->sounds_until = w->now + e->duration;
	/* of notes struck together the first is the highest */
	if (w->at[e->part] == w->now)
		return;
	if (w->melody[e->part] >= 0) {
		c->intervals++;
		c->leaps += abs(e->pitch - w->melody[e->part]) > THIRD;
	}
	w->melody[e->part] = e->pitch;
	w->at[e->part] = w->now;
}

void knob_values(double out[KNOBS], const struct knob_count *c, int grid)
{
	const bool some = c->notes >= KNOB_NOTES_LEAST && c->ticks > 0;

	out[KNOB_DENSITY] = some ? (double)c->onsets * grid / c->ticks : NAN;
	out[KNOB_REGISTER] = some ? c->over / c->notes : NAN;
	out[KNOB_LEAPS] = c->intervals >= KNOB_NOTES_LEAST ? (double)c->leaps / c->intervals : NAN;
}

void knob_codes(double c[KNOBS], const double values[KNOBS], const struct knob_scale *s)
{
	for (int k = 0; k < KNOBS; k++) {
		const double z = s->spread[k] > 0 ? (values[k] - s->middle[k]) / (SPREADS * s->spread[k]) : NAN;

		/* not fmax: NaN stays */
		c[k] = z > 1 ? 1 : z < -1 ? -1 : z;
	}
}

/* Values (phrases,KNOBS). */
static void values_of_phrases(double *out, const struct phrases *p, const struct piece *piece, const double *pitch)
{
	struct walk w;

	walk_begin(&w, piece, pitch);
	for (size_t i = 0; i < p->n; i++) {
		const struct phrase *f = &p->list[i];
		struct knob_count c = {.notes = 0};
		int end;

		for (size_t e = f->first; e < f->first + f->n; e++)
			count_event(&c, &w, &piece->events[e]);
		end = i + 1 < p->n ? p->list[i + 1].tick : w.now > w.sounds_until ? w.now : w.sounds_until;
		c.ticks = end - f->tick;
		knob_values(out + i * KNOBS, &c, piece->grid);
	}
}

void knobs_of_phrases(double *c, const struct phrases *phrases, const struct piece *piece, int transpose,
                      const struct knob_scale *s)
{
	values_of_phrases(c, phrases, piece, s->pitch);
	for (size_t i = 0; i < phrases->n; i++) {
		c[i * KNOBS + KNOB_REGISTER] += transpose;
		knob_codes(c + i * KNOBS, c + i * KNOBS, s);
	}
}

void knobs_of_piece(double out[KNOBS], const struct piece *piece, const struct knob_scale *s)
{
	struct knob_count c = {.notes = 0};
	struct walk w;

	walk_begin(&w, piece, s->pitch);
	for (size_t e = 0; e < piece->n; e++)
		count_event(&c, &w, &piece->events[e]);
	c.ticks = w.now > w.sounds_until ? w.now : w.sounds_until;
	knob_values(out, &c, piece->grid);
}

/* ---- of a corpus --------------------------------------------------------------- */

struct measuring {
	const struct corpus *corpus;
	const struct vocab *vocab;
	const uint32_t *order;
	size_t n;
	struct corpus_reader reader;
	struct phrases phrases;
	double *values; /* of a piece's phrases */
	size_t capacity;
};

/* Events of a piece that are learned from. */
static size_t learned(const struct measuring *m, const struct corpus_piece *cp, const struct piece *p)
{
	return m->corpus->rule == SPLIT_BY_TAIL ? cp->train_events : p->n;
}

static const struct piece *read_piece(struct measuring *m, size_t i)
{
	return corpus_read(&m->reader, m->corpus, &m->corpus->pieces[m->order[i]]);
}

static int mean_pitches(struct knob_scale *s, struct measuring *m)
{
	long notes[SONG_PARTS_MAX] = {0};

	for (size_t i = 0; i < m->n; i++) {
		const struct piece *p = read_piece(m, i);

		if (!p)
			return -1;
		for (size_t e = 0; e < p->n && e < learned(m, &m->corpus->pieces[m->order[i]], p); e++) {
			if (p->events[e].kind != EVENT_NOTE)
				continue;
			s->pitch[p->events[e].part] += p->events[e].pitch;
			notes[p->events[e].part]++;
		}
	}
	for (int k = 0; k < SONG_PARTS_MAX; k++)
		s->pitch[k] = notes[k] > 0 ? s->pitch[k] / (double)notes[k] : 60;
	return 0;
}

/* The values of the next piece's phrases. 0 or -1. */
static int read_phrases(struct measuring *m, size_t i, const struct knob_scale *s)
{
	const struct piece *p = read_piece(m, i);

	if (!p || phrases_cut(&m->phrases, p, learned(m, &m->corpus->pieces[m->order[i]], p), m->vocab) < 0 ||
	    MEM_GROW(m->values, m->capacity, m->phrases.n * KNOBS) < 0)
		return -1;
	values_of_phrases(m->values, &m->phrases, p, s->pitch);
	return 0;
}

static int spreads(struct knob_scale *s, struct measuring *m)
{
	double n[KNOBS] = {0}, sum[KNOBS] = {0}, sum2[KNOBS] = {0};

	for (size_t i = 0; i < m->n; i++) {
		if (read_phrases(m, i, s) < 0)
			return -1;
		for (size_t j = 0; j < m->phrases.n * KNOBS; j++) {
			const double x = m->values[j];

			if (isnan(x))
				continue;
			n[j % KNOBS]++;
			sum[j % KNOBS] += x;
			sum2[j % KNOBS] += x * x;
		}
	}
	for (int k = 0; k < KNOBS; k++) {
		const double mean = n[k] > 0 ? sum[k] / n[k] : 0;
		const double variance = n[k] > 1 ? sum2[k] / n[k] - mean * mean : 0;

		s->middle[k] = mean;
		/* less is rounding */
		s->spread[k] = variance > 1e-9 ? sqrt(variance) : 0;
	}
	return 0;
}

int knob_scale_measure(struct knob_scale *out, const struct corpus *corpus, const struct vocab *v)
{
	struct measuring m = {.corpus = corpus, .vocab = v};
	uint32_t *order = feed_pieces(corpus, v, SPLIT_TRAIN, &m.n);
	int result = -1;

	*out = (struct knob_scale){.spread = {0}};
	m.order = order;
	if (order && mean_pitches(out, &m) == 0)
		result = spreads(out, &m);
	corpus_reader_done(&m.reader);
	phrases_done(&m.phrases);
	free(m.values);
	free(order);
	return result;
}
