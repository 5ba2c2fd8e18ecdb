/*
 * The split. Folders decide where they say train and (valid or test);
 * otherwise a hash of the notes does, one for each group of near twins, so
 * that adding a file to a corpus moves no other piece to the other side.
 * What that cannot keep: a new piece that is a twin of two groups makes them
 * one, and one whose fingerprint is the smallest of its group lends the group
 * its own hash; then a group changes sides, as a whole. (A large group may
 * also change sides when the corpus has grown so far that it is a tenth of
 * it no more.) Too small a held-out set says nothing: then the end of every
 * piece is held out instead.
 */
#include "corpus/split.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/random.h"
#include "corpus/notes.h"
#include "corpus/twins.h"
#include "corpus/walk.h"

#define HELD_OUT_ONE_IN       10
#define HELD_OUT_PIECES       3 /* the fewest that mean something */
#define HELD_OUT_NOTES_ONE_IN 20
#define TAIL_ONE_IN           8

/* Of a group of twins; kept at the piece that stands for it. */
struct group {
	size_t members;
	int held;   /* the strictest split its members' folders state */
	bool valid; /* what the hash says of it */
};

struct splitting {
	struct corpus *corpus;
	const int *stated;
	bool folders; /* they decide */
	bool valid_folder;
	size_t *group_of;
	struct group *groups;
};

static bool hash_says_valid(uint64_t fingerprint)
{
	return random_mix(fingerprint) % HELD_OUT_ONE_IN == 0;
}

static void look_at_folders(struct splitting *s)
{
	bool seen[SPLITS] = {false};

	for (size_t i = 0; i < s->corpus->n; i++)
		if (s->stated[i] != SPLIT_UNSTATED)
			seen[s->stated[i]] = true;
	s->folders = seen[SPLIT_TRAIN] && (seen[SPLIT_VALID] || seen[SPLIT_TEST]);
	s->valid_folder = s->folders && seen[SPLIT_VALID];
}

static int stated_of(const struct splitting *s, size_t i)
{
	return s->folders ? s->stated[i] : SPLIT_UNSTATED;
}

static void look_at_groups(struct splitting *s)
{
	size_t n = s->corpus->n;

	for (size_t i = 0; i < n; i++)
		s->groups[i].held = SPLIT_UNSTATED;
	for (size_t i = 0; i < n; i++) {
		struct group *g = &s->groups[s->group_of[i]];

		g->members++;
		if (stated_of(s, i) > g->held)
			g->held = stated_of(s, i);
	}
	for (size_t i = 0; i < n; i++) {
		struct group *g = &s->groups[i];

		/* A tenth of all pieces and more that hang together are no twins but a style: for training, all of them. */
		g->valid = hash_says_valid(s->corpus->pieces[i].fingerprint) &&
		           (g->members == 1 || g->members * HELD_OUT_ONE_IN <= n);
	}
}

/* Where a piece goes when whole pieces are held out. */
static enum split side_of(const struct splitting *s, size_t i)
{
	const struct group *g = &s->groups[s->group_of[i]];
	int stated = stated_of(s, i);

	if (stated > SPLIT_TRAIN)
		return (enum split)stated;
	/* A training piece stays where its folder says; one that no folder places goes with its twins. */
	if (g->held > SPLIT_TRAIN)
		return stated == SPLIT_TRAIN ? SPLIT_TRAIN : (enum split)g->held;
	if (g->held == SPLIT_TRAIN && s->valid_folder)
		return SPLIT_TRAIN;
	/* No folder places it, or there are a train and a test folder but none to stop early by. */
	return g->valid ? SPLIT_VALID : SPLIT_TRAIN;
}

static void split_whole(struct splitting *s)
{
	struct corpus *c = s->corpus;

	for (size_t i = 0; i < c->n; i++) {
		struct corpus_piece *p = &c->pieces[i];
		enum split own = hash_says_valid(p->fingerprint) ? SPLIT_VALID : SPLIT_TRAIN;
		int held = s->groups[s->group_of[i]].held;

		p->split = side_of(s, i);
		p->train_events = p->piece->n;
		p->train_notes = p->notes;
		if (stated_of(s, i) == SPLIT_UNSTATED && p->split != own)
			c->twins_moved++;
		if (p->split == SPLIT_TRAIN && held > SPLIT_TRAIN)
			c->twins_across++;
	}
}

/* Is what a hash held out too little to measure by, or so much that too little is left? */
static bool badly_split(const struct corpus *c)
{
	size_t notes[SPLITS] = {0}, pieces[SPLITS] = {0};

	for (size_t i = 0; i < c->n; i++) {
		notes[c->pieces[i].split] += c->pieces[i].notes;
		pieces[c->pieces[i].split]++;
	}
	return pieces[SPLIT_VALID] < HELD_OUT_PIECES ||
	       notes[SPLIT_VALID] * HELD_OUT_NOTES_ONE_IN < notes[SPLIT_TRAIN] + notes[SPLIT_VALID] ||
	       notes[SPLIT_VALID] > notes[SPLIT_TRAIN];
}

static size_t notes_among(const struct piece *piece, size_t n)
{
	size_t notes = 0;

	for (size_t i = 0; i < n; i++)
		notes += piece->events[i].kind == EVENT_NOTE;
	return notes;
}

/* Hold out the end of every piece that is not for testing: an eighth, rounded up, of its events. */
static int split_tails(struct corpus *c)
{
	struct corpus_reader reader = {.bytes = NULL};
	int result = 0;

	c->twins_moved = 0;
	for (size_t i = 0; i < c->n && result == 0; i++) {
		struct corpus_piece *p = &c->pieces[i];
		const struct piece *piece;

		if (p->split == SPLIT_TEST)
			continue;
		p->split = SPLIT_TRAIN;
		if (p->piece->n > 1)
			p->train_events = p->piece->n - (p->piece->n + TAIL_ONE_IN - 1) / TAIL_ONE_IN;
		piece = corpus_read(&reader, c, p);
		if (piece)
			p->train_notes = notes_among(piece, p->train_events);
		result = piece ? 0 : -1;
	}
	corpus_reader_done(&reader);
	return result;
}

static void count_events(struct corpus *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct corpus_piece *p = &c->pieces[i];

		c->events[p->split] += p->train_events;
		c->events[SPLIT_VALID] += p->piece->n - p->train_events;
	}
}

static int split_all(struct splitting *s)
{
	struct corpus *c = s->corpus;

	s->group_of = mem_new(c->n, sizeof *s->group_of);
	s->groups = mem_new(c->n, sizeof *s->groups);
	if (!s->group_of || !s->groups || twins_recall(s->group_of, c) < 0)
		return -1;
	look_at_folders(s);
	look_at_groups(s);
	split_whole(s);
	c->rule = s->folders ? SPLIT_BY_FOLDER : SPLIT_BY_HASH;
	if (!s->valid_folder && badly_split(c)) {
		c->rule = SPLIT_BY_TAIL;
		if (split_tails(c) < 0)
			return -1;
	}
	count_events(c);
	return 0;
}

int split_pieces(struct corpus *corpus, const int *stated)
{
	struct splitting s = {.corpus = corpus, .stated = stated};
	int result = split_all(&s);

	free(s.group_of);
	free(s.groups);
	return result;
}

const char *split_rule_name(enum split_rule rule)
{
	switch (rule) {
	case SPLIT_BY_FOLDER:
		return "train, valid and test folders";
	case SPLIT_BY_HASH:
		return "a hash of the notes, one piece in ten held out";
	case SPLIT_BY_TAIL:
		return "the last eighth of every piece held out";
	}
	return "unknown";
}
