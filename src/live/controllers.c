/* CC messages as requests. See controllers.h. */
#include "live/controllers.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/error.h"

/* ---- The map --------------------------------------------------------------------- */

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* Digits at *text, which moves past them; -1: none, or more than `most`. */
static int number_at(const char **text, int most)
{
	const char *s = *text;
	int n = 0;

	if (!isdigit((unsigned char)*s))
		return -1;
	for (; isdigit((unsigned char)*s); s++) {
		n = n * 10 + (*s - '0');
		if (n > most)
			return -1;
	}
	*text = s;
	return n;
}

int controller_parse(int *number, int *channel, const char **text)
{
	const char *s = skip_blanks(*text), *rest;

	*channel = -1;
	*number = number_at(&s, CC_MAX);
	if (*number < 0)
		return -1;
	rest = skip_blanks(s);
	if (rest > s && strncmp(rest, "on", 2) == 0 && (rest[2] == ' ' || rest[2] == '\t')) {
		s = skip_blanks(rest + 2);
		*channel = number_at(&s, 16) - 1;
		if (*channel < 0)
			return -1;
	}
	*text = skip_blanks(s);
	return 0;
}

static bool has_parts(const struct request *asks)
{
	return asks->acts && (asks->action == ACTION_MUTE || asks->action == ACTION_REWRITE);
}

/* The controllers of one setting, of which those that are for a part may have several. 0, or -1 without a message. */
static int add_setting(struct controllers *c, struct request asks, const char *text)
{
	const int most = has_parts(&asks) ? CONTROLLERS_PARTS : 1;

	for (asks.part = 0; asks.part < most; asks.part++) {
		int number, channel;

		if (controller_parse(&number, &channel, &text) < 0)
			return -1;
		c->list[c->n++] =
			(struct controller){.number = (uint8_t)number, .channel = (int8_t)channel, .asks = asks};
		if (*text == '\0')
			return 0;
		if (*text++ != ',')
			return -1;
	}
	return -1;
}

static int refuse(const char *key, const struct request *asks, const char *text)
{
	if (has_parts(asks))
		return error("live.%s: \"%s\" is no list of controllers: say it like 80, 81, 82 or 80 on 2, 81 on 2 "
		             "(numbers from 0 to %d, channels from 1 to 16, %d at most)",
		             key, text, CC_MAX, CONTROLLERS_PARTS);
	return error("live.%s: \"%s\" is no controller: say it like 16 or 16 on 2 (numbers from 0 to %d, channels from "
	             "1 to 16)",
	             key, text, CC_MAX);
}

int controllers_init(struct controllers *c, const struct live_config *config, int n_styles)
{
	char key[LIVE_KEY_MAX];

	*c = (struct controllers){.n_styles = n_styles};
	for (int i = 0; i < CONTROLS; i++) {
		const struct request asks = {.control = (enum control)i};
		const char *text = config->cc_controls[i];

		live_control_key(key, asks.control);
		if (*skip_blanks(text) && add_setting(c, asks, text) < 0)
			return refuse(key, &asks, text);
	}
	for (int i = 0; i < ACTIONS; i++) {
		const struct request asks = {.acts = true, .action = (enum action)i};
		const char *text = config->cc_actions[i];

		live_action_key(key, asks.action);
		if (*skip_blanks(text) && add_setting(c, asks, text) < 0)
			return refuse(key, &asks, text);
	}
	return 0;
}

/* ---- Values ---------------------------------------------------------------------- */

/* Evenly from least at 0 to middle at 64, and on to most at 127. */
static double spread(int value, double least, double middle, double most)
{
	return value <= 64 ? least + (middle - least) * value / 64 : middle + (most - middle) * (value - 64) / 63;
}

/* Whole numbers have equal shares of the way; where they are too many for that, both ends are reached. */
static double share(int value, double least, double most)
{
	const double n = most - least + 1;

	return least + (n <= 128 ? floor(n * value / 128) : nearbyint((n - 1) * value / 127));
}

double controllers_value(enum control c, int value, int n_styles)
{
	const struct control_info *info = control_info(c);

	switch (c) {
	case CONTROL_TEMPO: /* what music is played at; the rest of the range is for who types it */
		return nearbyint(spread(value, 40, 120, 240));
	case CONTROL_TEMPERATURE:
		return spread(value, info->least, 1, info->most);
	case CONTROL_DENSITY:
	case CONTROL_REGISTER:
	case CONTROL_LEAPS:
		return spread(value, info->least, 0, info->most);
	case CONTROL_SWING:
	case CONTROL_LOCK:
		return value / 127.0;
	case CONTROL_STYLE:
		return share(value, -1, n_styles - 1);
	case CONTROL_BEST_OF:
	case CONTROL_KEY:
	case CONTROL_SCALE:
		return share(value, info->least, info->most);
	case CONTROLS:
		break;
	}
	BUG("control %d", (int)c);
}

/* ---- Messages -------------------------------------------------------------------- */

static void take(struct controllers *c, struct controller *k, int value, uint64_t now)
{
	if (!k->asks.acts) {
		c->controls[k->asks.control].waits = true;
		c->controls[k->asks.control].value = controllers_value(k->asks.control, value, c->n_styles);
	} else if (value >= 64 && k->value < 64 && (k->pressed == 0 || now - k->pressed >= CONTROLLERS_PAUSE)) {
		k->pressed = now > 0 ? now : 1;
		if (k->presses < UINT8_MAX)
			k->presses++;
	}
	k->value = (uint8_t)value;
}

bool controllers_message(struct controllers *c, const uint8_t *message, size_t size, uint64_t now)
{
	bool mapped = false;

	if (size != 3 || message[0] >> 4 != 0xb || message[1] > CC_MAX || message[2] > 127)
		return false;
	for (int i = 0; i < c->n; i++) {
		struct controller *k = &c->list[i];

		if (k->number != message[1] || (k->channel >= 0 && k->channel != (message[0] & 15)))
			continue;
		take(c, k, message[2], now);
		mapped = true;
	}
	return mapped;
}

bool controllers_next(struct controllers *c, uint64_t now, struct request *r)
{
	for (int i = 0; i < c->n; i++)
		if (c->list[i].presses > 0) {
			c->list[i].presses--;
			*r = c->list[i].asks;
			return true;
		}
	for (int i = 0; i < CONTROLS; i++)
		if (c->controls[i].waits && now >= c->controls[i].from) {
			c->controls[i].waits = false;
			c->controls[i].from = now + CONTROLLERS_PAUSE;
			*r = (struct request){.control = (enum control)i, .value = c->controls[i].value};
			return true;
		}
	return false;
}

uint64_t controllers_due(const struct controllers *c)
{
	uint64_t due = CONTROLLERS_NEVER;

	for (int i = 0; i < c->n; i++)
		if (c->list[i].presses > 0)
			return 0;
	for (int i = 0; i < CONTROLS; i++)
		if (c->controls[i].waits && c->controls[i].from < due)
			due = c->controls[i].from;
	return due;
}
