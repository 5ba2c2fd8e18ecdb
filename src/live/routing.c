/* The routes of parts, see routing.h, and the text of a setting that asks for one. */
#include "live/routing.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"

#define CHANNELS   16
#define PERCUSSION 9

/* ---- wishes ---------------------------------------------------------------- */

static const struct route_wish no_wish = {.channel = -1, .program = -1, .low = 1, .high = 127};

void routing_rules_start(struct routing_rules *rules, bool split)
{
	rules->split = split;
	for (int k = 0; k < ROUTING_PARTS; k++)
		rules->parts[k] = no_wish;
}

enum word { CHANNEL, PROGRAM, TRANSPOSE, VELOCITY, WORDS };
static const char *const words[WORDS] = {"channel", "program", "transpose", "velocity"};

static char *trimmed(char *text)
{
	size_t n;

	text += strspn(text, " \t");
	n = strlen(text);
	while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
		n--;
	text[n] = '\0';
	return text;
}

static int unknown_word(const char *word)
{
	int nearest = text_nearest(word, words, WORDS);
	char *clean = text_clean(word, strlen(word));

	if (!clean)
		return -1;
	if (nearest >= 0)
		error("\"%s\" is not known; did you mean \"%s\"?", clean, words[nearest]);
	else
		error("\"%s\" is none of channel, program, transpose, velocity", clean);
	free(clean);
	return -1;
}

static int bad_value(enum word word, const char *value)
{
	static const char *const wanted[WORDS] = {
		"a channel from 1 to 16",
		"a program from 0 to 127, or none",
		"a number of semitones from -127 to 127",
		"a velocity from 1 to 127, or two with - between them, the lower first",
	};
	char *clean = text_clean(value, strlen(value));

	if (!clean)
		return -1;
	error("%s: \"%s\" is not %s", words[word], clean, wanted[word]);
	free(clean);
	return -1;
}

static bool number(const char *text, int low, int high, int *value)
{
	long long v;

	if (!text_integer(text, low, high, &v))
		return false;
	*value = (int)v;
	return true;
}

/* "40-100", or one velocity for all. */
static bool velocities(struct route_wish *wish, char *value)
{
	char *dash = strchr(value, '-');

	if (dash)
		*dash = '\0';
	return number(trimmed(value), 1, 127, &wish->low) &&
	       number(dash ? trimmed(dash + 1) : trimmed(value), wish->low, 127, &wish->high);
}

static bool take_value(struct route_wish *wish, enum word word, char *value)
{
	switch (word) {
	case CHANNEL:
		if (!number(value, 1, CHANNELS, &wish->channel))
			return false;
		wish->channel--;
		return true;
	case PROGRAM:
		if (strcmp(value, "none") == 0) {
			wish->program = ROUTE_NONE;
			return true;
		}
		return number(value, 0, 127, &wish->program);
	case TRANSPOSE:
		return number(value, -127, 127, &wish->transpose);
	case VELOCITY:
		return velocities(wish, value);
	case WORDS:
		break;
	}
	BUG("word %d", (int)word);
}

/* "program 19" */
static int take_clause(struct route_wish *wish, char *clause, bool seen[WORDS])
{
	char *value = clause + strcspn(clause, " \t"), *asked;
	int word = 0, status = 0;

	if (*value)
		*value++ = '\0';
	value = trimmed(value);
	while (word < WORDS && strcmp(clause, words[word]) != 0)
		word++;
	if (word == WORDS)
		return unknown_word(clause);
	if (seen[word])
		return error("%s is said twice", words[word]);
	seen[word] = true;
	/* a range is cut apart where it is read */
	asked = mem_string(value);
	if (!asked)
		return -1;
	if (!take_value(wish, (enum word)word, value))
		status = bad_value((enum word)word, asked);
	free(asked);
	return status;
}

int route_parse(struct route_wish *wish, const char *text)
{
	struct route_wish new = no_wish;
	char *copy = mem_string(text), *clause = copy;
	bool seen[WORDS] = {false}, all = !copy || !*trimmed(copy);
	int status = copy ? 0 : -1;

	while (status == 0 && !all) {
		char *comma = strchr(clause, ',');

		if (comma)
			*comma = '\0';
		all = !comma;
		status = take_clause(&new, trimmed(clause), seen);
		if (comma)
			clause = comma + 1;
	}
	free(copy);
	if (status == 0)
		*wish = new;
	return status;
}

/* ---- routes ---------------------------------------------------------------- */

struct channels {
	bool taken[CHANNELS];
	int given; /* from those that were free, or shared later */
};

/* The lowest channel that nobody has; when all are taken, one after the other again. */
static uint8_t next_channel(struct channels *c)
{
	int k;

	for (int i = 0; i < CHANNELS; i++)
		if (i != PERCUSSION && !c->taken[i]) {
			c->taken[i] = true;
			return (uint8_t)i;
		}
	k = c->given++ % (CHANNELS - 1);
	return (uint8_t)(k < PERCUSSION ? k : k + 1);
}

static const struct route_wish *wish_of(const struct routing_rules *rules, int part)
{
	return part < ROUTING_PARTS ? &rules->parts[part] : &no_wish;
}

static uint8_t program_of(const struct route_wish *wish, const int *programs, int n_parts, int part)
{
	int k = part < n_parts ? part : n_parts - 1;
	int program = wish->program >= 0 ? wish->program : k >= 0 ? programs[k] : -1;

	return program >= 0 && program < 128 ? (uint8_t)program : ROUTE_NONE;
}

/* The channel of an earlier part with this program that was not told where to go; -1: none. */
static int shared_channel(const struct routing *r, const struct routing_rules *rules, int part)
{
	for (int k = 0; k < part; k++)
		if (wish_of(rules, k)->channel < 0 && r->routes[k].program == r->routes[part].program)
			return r->routes[k].channel;
	return -1;
}

void routing_make(struct routing *r, const struct routing_rules *rules, const int programs[SONG_PARTS_MAX], int n_parts)
{
	struct channels channels = {0};

	for (int k = 0; k < n_parts && k < ROUTING_PARTS; k++)
		if (rules->parts[k].channel >= 0)
			channels.taken[rules->parts[k].channel] = true;
	for (int k = 0; k < SONG_PARTS_MAX; k++) {
		const struct route_wish *wish = wish_of(rules, k);
		struct route *route = &r->routes[k];
		int shared;

		*route = (struct route){
			.program = program_of(wish, programs, n_parts, k),
			.low = (uint8_t)wish->low,
			.high = (uint8_t)wish->high,
			.transpose = wish->transpose,
		};
		shared = rules->split ? -1 : shared_channel(r, rules, k);
		route->channel = wish->channel >= 0 ? (uint8_t)wish->channel
		                 : shared >= 0      ? (uint8_t)shared
		                                    : next_channel(&channels);
	}
}

void routing_defaults(struct routing *r, const int programs[SONG_PARTS_MAX], int n_parts, bool split)
{
	struct routing_rules rules;

	routing_rules_start(&rules, split);
	routing_make(r, &rules, programs, n_parts);
}

/* 1-127 over low..high, to the nearest, halves up. */
static uint8_t spread(int velocity, int low, int high)
{
	int v = velocity < 1 ? 1 : velocity > 127 ? 127 : velocity;

	return (uint8_t)(low + (2 * (v - 1) * (high - low) + 126) / 252);
}

bool routing_apply(const struct routing *r, int part, struct play_note *note)
{
	const struct route *route;
	int pitch;

	if (part < 0 || part >= SONG_PARTS_MAX)
		BUG("part %d", part);
	route = &r->routes[part];
	pitch = note->pitch + route->transpose;
	if (pitch < 0 || pitch > 127)
		return false;
	note->channel = route->channel;
	note->program = route->program;
	note->pitch = (uint8_t)pitch;
	note->velocity = spread(note->velocity, route->low, route->high);
	return true;
}
