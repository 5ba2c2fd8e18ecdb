/* The controls and actions of live music: names, ranges, values as text. See request.h. */
#include "live/request.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "music/key.h"

/* As scale_parse() knows them; the first is none. */
static const char *const scales[] = {
	"all",        "major",   "minor",      "harmonic minor",   "dorian", "phrygian",  "lydian",
	"mixolydian", "locrian", "pentatonic", "minor pentatonic", "blues",  "whole-tone"};

enum { N_SCALES = sizeof scales / sizeof *scales };

/* What a knob has when it is not told, and how far the nearest value it can have. */
#define UNTOLD -2.0

static const struct control_info controls[CONTROLS] = {
	[CONTROL_TEMPO] = {"tempo", 10, 1000, 2, 0, "bpm"},
	[CONTROL_TEMPERATURE] = {"temperature", 0.1, 3, 0.05, 1, ""},
	[CONTROL_BEST_OF] = {"best-of", 1, 16, 1, 1, ""},
	[CONTROL_DENSITY] = {"density", -1, 1, 0.1, UNTOLD, ""},
	[CONTROL_REGISTER] = {"register", -1, 1, 0.1, UNTOLD, ""},
	[CONTROL_LEAPS] = {"leaps", -1, 1, 0.1, UNTOLD, ""},
	[CONTROL_KEY] = {"key", -1, 23, 1, -1, ""},
	[CONTROL_STYLE] = {"style", -1, 255, 1, -1, ""},
	[CONTROL_SCALE] = {"scale", 0, N_SCALES - 1, 1, 0, ""},
	[CONTROL_SWING] = {"swing", 0, 1, 0.1, 0, ""},
	[CONTROL_LOCK] = {"lock", 0, 1, 0.1, 0, ""},
};

static const char *const actions[ACTIONS] = {
	[ACTION_NEW_THEME] = "new-theme", [ACTION_BACK] = "back", [ACTION_FREEZE] = "freeze",
	[ACTION_PANIC] = "panic",         [ACTION_KEEP] = "keep", [ACTION_PAUSE] = "pause",
	[ACTION_QUIT] = "quit",           [ACTION_MUTE] = "mute", [ACTION_REWRITE] = "rewrite",
};

const struct control_info *control_info(enum control c)
{
	if ((int)c < 0 || c >= CONTROLS)
		BUG("control %d", (int)c);
	return &controls[c];
}

const char *action_name(enum action a)
{
	if ((int)a < 0 || a >= ACTIONS)
		BUG("action %d", (int)a);
	return actions[a];
}

int control_find(const char *name)
{
	for (int c = 0; c < CONTROLS; c++)
		if (strcmp(controls[c].name, name) == 0)
			return c;
	return -1;
}

int action_find(const char *name)
{
	for (int a = 0; a < ACTIONS; a++)
		if (strcmp(actions[a], name) == 0)
			return a;
	return -1;
}

/* ---- Values ---------------------------------------------------------------------- */

/* A control may have one value apart from its range: what it starts with. */
static bool starts_apart(const struct control_info *info)
{
	return info->start < info->least;
}

double control_clamp(enum control c, double v)
{
	const struct control_info *info = control_info(c);

	if (isnan(v) || (starts_apart(info) && v < (info->start + info->least) / 2))
		return info->start;
	v = v < info->least ? info->least : v > info->most ? info->most : v;
	return info->step == 1 ? nearbyint(v) : v;
}

/* The multiple of a step that is nearest, so that steps up and down come back to where they were. */
static double on_step(const struct control_info *info, double v)
{
	const double a_unit = nearbyint(1 / info->step);

	return info->step < 1 ? nearbyint(v * a_unit) / a_unit : nearbyint(v);
}

double control_step(enum control c, double v, int steps)
{
	const struct control_info *info = control_info(c);

	if (c == CONTROL_TEMPO || !starts_apart(info))
		return control_clamp(c, on_step(info, v + steps * info->step));
	/* a knob that was not told is told the middle first, and below its least it is not told again */
	if (control_clamp(c, v) < info->least)
		return on_step(info, info->step * (steps > 0 ? steps - 1 : steps < 0 ? steps + 1 : 0));
	v = on_step(info, v + steps * info->step);
	return v < info->least ? info->start : control_clamp(c, v);
}

unsigned control_scale(int index, int tonic)
{
	char text[32];
	const struct key key = {tonic >= 0 ? tonic % 12 : 0, MODE_UNKNOWN};

	if (index <= 0 || index >= N_SCALES)
		return 0;
	snprintf(text, sizeof text, "%s %s", key_name(key), scales[index]);
	return scale_parse(text);
}

/* ---- Text ------------------------------------------------------------------------ */

static void key_text(char *buf, size_t size, int key)
{
	snprintf(buf, size, "%s",
	         key < 0 ? "any" : key_name((struct key){key % 12, key < 12 ? MODE_MAJOR : MODE_MINOR}));
}

static void style_text(char *buf, size_t size, int style, const char *const *styles, int n_styles)
{
	if (style < 0)
		snprintf(buf, size, "any");
	else if (styles && style < n_styles)
		snprintf(buf, size, "%s", styles[style]);
	else
		snprintf(buf, size, "%d", style);
}

void control_text(char *buf, size_t size, enum control c, double value, const char *const *styles, int n_styles)
{
	const double v = control_clamp(c, value);

	switch (c) {
	case CONTROL_TEMPO:
		if (v > 0)
			snprintf(buf, size, "%.4g bpm", v);
		else
			snprintf(buf, size, "own");
		break;
	case CONTROL_DENSITY:
	case CONTROL_REGISTER:
	case CONTROL_LEAPS:
		if (v < -1)
			snprintf(buf, size, "any");
		else
			snprintf(buf, size, "%+.1f", fabs(v) < 0.05 ? 0 : v);
		break;
	case CONTROL_KEY:
		key_text(buf, size, (int)v);
		break;
	case CONTROL_STYLE:
		style_text(buf, size, (int)v, styles, n_styles);
		break;
	case CONTROL_SCALE:
		snprintf(buf, size, "%s", scales[(int)v]);
		break;
	case CONTROL_SWING:
	case CONTROL_LOCK:
		snprintf(buf, size, "%.0f %%", 100 * v);
		break;
	case CONTROL_TEMPERATURE:
		snprintf(buf, size, "%.2f", v);
		break;
	case CONTROL_BEST_OF:
	case CONTROLS:
		snprintf(buf, size, "%.0f", v);
		break;
	}
}

void live_values_start(struct live_values *v)
{
	*v = (struct live_values){.muted = 0};
	for (int c = 0; c < CONTROLS; c++)
		v->values[c] = controls[c].start;
}
