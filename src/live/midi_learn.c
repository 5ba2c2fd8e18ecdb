/* The dialogue that assigns controllers. See midi_learn.h. */
#include "live/midi_learn.h"

#include <stdio.h>
#include <string.h>

#include "base/conf_edit.h"
#include "base/error.h"
#include "base/text.h"

static bool has_parts(const struct request *r)
{
	return r->acts && (r->action == ACTION_MUTE || r->action == ACTION_REWRITE);
}

static const char *name_of(const struct request *r)
{
	return r->acts ? action_name(r->action) : control_info(r->control)->name;
}

static bool same_subject(const struct request *a, const struct request *b)
{
	return a->acts == b->acts && (a->acts ? a->action == b->action : a->control == b->control);
}

/* ---- Questions ------------------------------------------------------------------- */

static void add_subject(struct midi_learn *m, struct request r)
{
	for (int i = 0; i < m->n; i++)
		if (same_subject(&m->questions[i].asks, &r))
			return;
	for (r.part = 0; r.part < (has_parts(&r) ? MIDI_LEARN_PARTS : 1); r.part++)
		m->questions[m->n++] = (struct midi_question){.asks = r};
}

static int unknown_name(const char *name)
{
	const char *names[CONTROLS + ACTIONS];
	int nearest;

	for (int i = 0; i < CONTROLS; i++)
		names[i] = control_info((enum control)i)->name;
	for (int i = 0; i < ACTIONS; i++)
		names[CONTROLS + i] = action_name((enum action)i);
	nearest = text_nearest(name, names, CONTROLS + ACTIONS);
	if (nearest >= 0)
		return error("\"%s\" is nothing that a controller can do; did you mean \"%s\"?", name, names[nearest]);
	return error("\"%s\" is nothing that a controller can do", name);
}

static int add_name(struct midi_learn *m, const char *name)
{
	const int control = control_find(name), action = action_find(name);

	if (control < 0 && action < 0)
		return unknown_name(name);
	add_subject(m, control >= 0 ? (struct request){.control = (enum control)control}
	                            : (struct request){.acts = true, .action = (enum action)action});
	return 0;
}

int midi_learn_start(struct midi_learn *m, const char *const *names, size_t n, uint64_t now)
{
	*m = (struct midi_learn){.n = 0};
	for (size_t i = 0; i < n; i++)
		if (add_name(m, names[i]) < 0)
			return -1;
	for (int i = 0; n == 0 && i < CONTROLS; i++)
		add_subject(m, (struct request){.control = (enum control)i});
	for (int i = 0; n == 0 && i < ACTIONS; i++)
		add_subject(m, (struct request){.acts = true, .action = (enum action)i});
	learn_start(&m->learn);
	learn_ask(&m->learn, now);
	return 0;
}

const char *midi_learn_question(struct midi_learn *m)
{
	const struct request *r = &m->questions[m->at].asks;

	if (m->at == m->n)
		return NULL;
	if (has_parts(r))
		snprintf(m->text, sizeof m->text, "%s, part %d: press a button, or Enter: no more parts", name_of(r),
		         r->part + 1);
	else
		snprintf(m->text, sizeof m->text, "%s: %s, or press Enter: as it is", name_of(r),
		         r->acts ? "press a button" : "move a knob");
	return m->text;
}

static void ask_next(struct midi_learn *m, int next, uint64_t now)
{
	m->at = next;
	learn_ask(&m->learn, now);
}

void midi_learn_skip(struct midi_learn *m, uint64_t now)
{
	int next = m->at;

	while (next < m->n && same_subject(&m->questions[next].asks, &m->questions[m->at].asks))
		next++;
	ask_next(m, next, now);
}

/* ---- Answers --------------------------------------------------------------------- */

void midi_learn_message(struct midi_learn *m, const uint8_t *message, size_t size, uint64_t now)
{
	if (m->at < m->n)
		learn_message(&m->learn, message, size, now);
}

/* Which question this controller has answered already; -1: none. */
static int answer_of(const struct midi_learn *m, int number, int channel)
{
	for (int i = 0; i < m->n; i++)
		if (m->questions[i].answered && m->questions[i].number == number && m->questions[i].channel == channel)
			return i;
	return -1;
}

const char *midi_learn_answer(struct midi_learn *m, uint64_t now)
{
	struct midi_question *q = &m->questions[m->at];
	int number, channel, before;

	if (m->at == m->n || !learn_answer(&m->learn, now, &number, &channel))
		return NULL;
	before = answer_of(m, number, channel);
	if (before >= 0) {
		snprintf(m->text, sizeof m->text, "controller %d on channel %d is that of %s: take another", number,
		         channel + 1, name_of(&m->questions[before].asks));
		ask_next(m, m->at, now);
		return m->text;
	}
	q->answered = true;
	q->number = number;
	q->channel = channel;
	snprintf(m->text, sizeof m->text, "%s: controller %d on channel %d", name_of(&q->asks), number, channel + 1);
	ask_next(m, m->at + 1, now);
	return m->text;
}

int midi_learn_answers(const struct midi_learn *m)
{
	int n = 0;

	for (int i = 0; i < m->n; i++)
		n += m->questions[i].answered;
	return n;
}

/* ---- Saving ---------------------------------------------------------------------- */

/* What is written for the subject of question i and those of its other parts; false: it was skipped. */
static bool setting_of(char *value, size_t size, const struct midi_learn *m, int i)
{
	size_t used = 0;

	value[0] = '\0';
	for (int j = i; j < m->n && same_subject(&m->questions[j].asks, &m->questions[i].asks); j++) {
		const struct midi_question *q = &m->questions[j];

		if (q->answered && used < size)
			used += (size_t)snprintf(value + used, size - used, "%s%d on %d", used > 0 ? ", " : "",
			                         q->number, q->channel + 1);
	}
	return used > 0;
}

int midi_learn_save(const struct midi_learn *m, const char *path)
{
	char keys[CONTROLS + ACTIONS][LIVE_KEY_MAX], values[CONTROLS + ACTIONS][CONF_TEXT_MAX];
	struct conf_change changes[CONTROLS + ACTIONS];
	size_t n = 0;

	for (int i = 0; i < m->n; i++) {
		const struct request *r = &m->questions[i].asks;

		if (r->part > 0 || !setting_of(values[n], CONF_TEXT_MAX, m, i))
			continue;
		if (r->acts)
			live_action_key(keys[n], r->action);
		else
			live_control_key(keys[n], r->control);
		changes[n] = (struct conf_change){keys[n], values[n]};
		n++;
	}
	return n > 0 ? conf_edit_file(path, "live", changes, n) : 0;
}
