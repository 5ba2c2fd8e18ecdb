/*
 * The score of live music, see score.h: the newest bars in a ring, and a lock.
 * Of a bar only the notes that it has are copied, so the lock is held for
 * microseconds by either side.
 */
#include "live/score.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"

struct score {
	pthread_mutex_t lock;
	size_t first, n; /* the oldest bar's place; how many there are */
	struct score_bar bars[SCORE_BARS];
};

struct score *score_new(void)
{
	struct score *s = mem_new(1, sizeof *s);
	int status;

	if (!s)
		return NULL;
	status = pthread_mutex_init(&s->lock, NULL);
	if (status) {
		free(s);
		error("cannot make a lock: %s", strerror(status));
		return NULL;
	}
	return s;
}

void score_free(struct score *s)
{
	if (!s)
		return;
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* The i-th bar, the oldest being 0. */
static struct score_bar *bar_at(struct score *s, size_t i)
{
	return &s->bars[(s->first + i) % SCORE_BARS];
}

static void copy_bar(struct score_bar *to, const struct score_bar *from)
{
	memcpy(to, from, offsetof(struct score_bar, notes));
	memcpy(to->notes, from->notes, (size_t)from->n * sizeof *from->notes);
}

void score_add(struct score *s, const struct score_bar *bar)
{
	if (bar->n < 0 || bar->n > SCORE_NOTES)
		BUG("%d notes in a bar of the score", bar->n);
	pthread_mutex_lock(&s->lock);
	if (s->n == SCORE_BARS) {
		s->first = (s->first + 1) % SCORE_BARS;
		s->n--;
	}
	copy_bar(bar_at(s, s->n), bar);
	s->n++;
	pthread_mutex_unlock(&s->lock);
}

void score_cut(struct score *s, uint64_t from)
{
	pthread_mutex_lock(&s->lock);
	while (s->n > 0 && bar_at(s, s->n - 1)->at >= from)
		s->n--;
	pthread_mutex_unlock(&s->lock);
}

void score_judge(struct score *s, uint64_t at, float judged)
{
	pthread_mutex_lock(&s->lock);
	for (size_t i = s->n; i-- > 0;)
		if (bar_at(s, i)->at <= at) {
			if (bar_at(s, i)->at == at)
				bar_at(s, i)->judged = judged;
			break;
		}
	pthread_mutex_unlock(&s->lock);
}

size_t score_copy(const struct score *score, uint64_t from, struct score_bar *bars, size_t max)
{
	struct score *s = (struct score *)score; /* for its lock: what it says stays */
	size_t copied = 0;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->n && copied < max; i++)
		if (bar_at(s, i)->at + bar_at(s, i)->length > from)
			copy_bar(&bars[copied++], bar_at(s, i));
	pthread_mutex_unlock(&s->lock);
	return copied;
}
