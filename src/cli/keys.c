/* Keys of live music, see keys.h: what they ask for, and their names. */
#include "cli/keys.h"

#include <math.h>
#include <string.h>

#define PAGE      5                     /* steps of the page keys */
#define PATIENCE  UINT64_C(10000000000) /* ns that a value asked for is waited for; bars are shorter */
#define KEY_PARTS 9                     /* that have a key */
#define SAME      1e-9

static const char *const controls[CONTROLS] = {
	[CONTROL_TEMPO] = "-+",    [CONTROL_TEMPERATURE] = "[]", [CONTROL_BEST_OF] = "oO", [CONTROL_DENSITY] = "dD",
	[CONTROL_REGISTER] = "rR", [CONTROL_LEAPS] = "jJ",       [CONTROL_KEY] = "yY",     [CONTROL_STYLE] = "sS",
	[CONTROL_SCALE] = "cC",    [CONTROL_SWING] = "wW",       [CONTROL_LOCK] = "lL",
};

static const struct {
	int press;
	enum action action;
} actions[] = {
	{' ', ACTION_PAUSE}, {'n', ACTION_NEW_THEME}, {'b', ACTION_BACK}, {'f', ACTION_FREEZE},
	{'p', ACTION_PANIC}, {'K', ACTION_KEEP},      {'q', ACTION_QUIT},
};

/* Shift and a digit, on an American keyboard. */
static const char shifted[] = "!@#$%^&*(";

static const struct key_help help[] = {
	{"- +", "tempo, slower and faster"},
	{"[ ]", "temperature, tamer and wilder"},
	{"d D", "density: fewer notes, more"},
	{"r R", "register: lower, higher"},
	{"j J", "leaps: by step, by leap"},
	{"y Y", "key, one back and one on"},
	{"c C", "scale, one back and one on"},
	{"s S", "style, one back and one on"},
	{"w W", "swing, less and more"},
	{"l L", "lock: the loop's bars again"},
	{"o O", "best of so many tries"},
	{"arrows", "choose a control, change it"},
	{"pages", "change it by five steps"},
	{"0", "set it back"},
	{"space", "pause, and on"},
	{"n", "new theme at the next bar"},
	{"b", "back to the theme before"},
	{"f", "freeze: the same loop; and on"},
	{"K", "keep the last bars in a file"},
	{"1-9", "mute a part; hear it again"},
	{"F1-F9", "a part anew (also shift 1-9)"},
	{"p", "panic: silence at once"},
	{"q", "quit"},
	{"?", "these keys, and away"},
	{"Ctrl-L", "draw the screen anew"},
};

void keys_start(struct keys *k)
{
	*k = (struct keys){.chosen = -1};
	live_values_start(&k->told);
}

void keys_told(struct keys *k, const struct live_values *values, int us_per_quarter, int n_styles, int n_parts,
               uint64_t now)
{
	k->told = *values;
	k->us_per_quarter = us_per_quarter;
	k->n_styles = n_styles;
	k->n_parts = n_parts;
	for (int c = 0; c < CONTROLS; c++)
		if (fabs(k->told.values[c] - k->asked[c]) < SAME || now > k->asked_at[c] + PATIENCE)
			k->asked_at[c] = 0;
}

double keys_value(const struct keys *k, enum control c, bool *waits)
{
	*waits = k->asked_at[c] != 0;
	return *waits ? k->asked[c] : k->told.values[c];
}

const char *keys_of_control(enum control c)
{
	return controls[c];
}

const struct key_help *keys_help(size_t i)
{
	return i < sizeof help / sizeof *help ? &help[i] : NULL;
}

/* ---- what is asked for --------------------------------------------------- */

static bool ask_action(struct request *out, enum action action, int part)
{
	*out = (struct request){.acts = true, .action = action, .part = part};
	return true;
}

static bool ask_value(struct keys *k, enum control c, double value, uint64_t now, struct request *out)
{
	k->asked[c] = value;
	k->asked_at[c] = now > 0 ? now : 1;
	*out = (struct request){.control = c, .value = value};
	return true;
}

/* Keys, scales and styles go round, so that one key comes to all of them. */
static bool goes_round(enum control c)
{
	return c == CONTROL_KEY || c == CONTROL_SCALE || c == CONTROL_STYLE;
}

static double most_of(const struct keys *k, enum control c)
{
	return c == CONTROL_STYLE ? k->n_styles - 1 : control_info(c)->most;
}

static bool ask_step(struct keys *k, enum control c, int steps, uint64_t now, struct request *out)
{
	const double least = control_info(c)->least, most = most_of(k, c);
	bool waits;
	double from = keys_value(k, c, &waits), to;

	/* the music's own tempo is what is heard */
	if (c == CONTROL_TEMPO && from <= 0)
		from = k->us_per_quarter > 0 ? nearbyint(60e6 / k->us_per_quarter) : 120;
	if (!goes_round(c))
		to = control_step(c, from, steps);
	else if (from + steps > most)
		to = from < most ? most : least;
	else if (from + steps < least)
		to = from > least ? least : most;
	else
		to = from + steps;
	return ask_value(k, c, to, now, out);
}

static void choose(struct keys *k, int by)
{
	if (k->chosen < 0)
		k->chosen = by > 0 ? 0 : CONTROLS - 1;
	else
		k->chosen = (k->chosen + by + CONTROLS) % CONTROLS;
}

/* Arrows and what goes with them. */
static bool press_chosen(struct keys *k, int press, uint64_t now, struct request *out)
{
	int steps = press == PRESS_UP          ? 1
	            : press == PRESS_DOWN      ? -1
	            : press == PRESS_PAGE_UP   ? PAGE
	            : press == PRESS_PAGE_DOWN ? -PAGE
	                                       : 0;

	if (press == PRESS_LEFT || press == PRESS_RIGHT) {
		choose(k, press == PRESS_LEFT ? -1 : 1);
		return false;
	}
	if (steps == 0 && press != '0')
		return false;
	/* before anything is chosen it is the first */
	if (k->chosen < 0)
		k->chosen = 0;
	if (steps == 0)
		return ask_value(k, (enum control)k->chosen, control_info((enum control)k->chosen)->start, now, out);
	return ask_step(k, (enum control)k->chosen, steps, now, out);
}

/* The part, from 0, that a key is about, or -1. */
static int part_of(const struct keys *k, int press, enum action *action)
{
	const char *shift = press > 0 && press < 128 ? strchr(shifted, press) : NULL;
	int part = -1;

	*action = ACTION_REWRITE;
	if (press >= '1' && press <= '9') {
		*action = ACTION_MUTE;
		part = press - '1';
	} else if (shift) {
		part = (int)(shift - shifted);
	} else if (press >= PRESS_F1 && press < PRESS_F1 + KEY_PARTS) {
		part = press - PRESS_F1;
	}
	return part < k->n_parts ? part : -1;
}

bool keys_press(struct keys *k, int press, uint64_t now, struct request *out)
{
	enum action action;
	int part = part_of(k, press, &action);

	if (part >= 0)
		return ask_action(out, action, part);
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		if (actions[i].press == press)
			return ask_action(out, actions[i].action, 0);
	/* + is = with shift */
	press = press == '=' ? '+' : press == '_' ? '-' : press;
	for (int c = 0; c < CONTROLS; c++)
		if (press == controls[c][0] || press == controls[c][1])
			return ask_step(k, (enum control)c, press == controls[c][1] ? 1 : -1, now, out);
	return press_chosen(k, press, now, out);
}
