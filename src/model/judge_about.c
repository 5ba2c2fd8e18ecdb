/* What a judge says of itself, as JSON. See judge_about.h. */
#include "model/judge_about.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include "base/error.h"

const char *const judge_kind_names[JUDGE_KINDS] = {
	"real",          "temperature 0.7", "temperature 1", "temperature 1.3",
	"bars shuffled", "parts shifted",   "wrong notes",   "noise",
};

/* Calibrations beyond are none. */
#define CALIBRATION_MAX 1e6

/* ---- writing --------------------------------------------------------------- */

/* cJSON returns NULL on failure and takes NULL quietly: the whole text is checked at the end. NaN is null. */
static void put(cJSON *o, const char *name, double value)
{
	if (isfinite(value))
		cJSON_AddNumberToObject(o, name, value);
	else
		cJSON_AddNullToObject(o, name);
}

static void put_calibration(cJSON *to, const char *name, const struct judge_calibration *c)
{
	cJSON *o = cJSON_AddObjectToObject(to, name);

	put(o, "slope", c->slope);
	put(o, "offset", c->offset);
}

static void put_reliability(cJSON *to, const struct judge_figures *f)
{
	cJSON *array = cJSON_AddArrayToObject(to, "reliability");

	for (int i = 0; i < JUDGE_BINS; i++) {
		cJSON *o = cJSON_CreateObject();

		put(o, "from", (double)i / JUDGE_BINS);
		put(o, "windows", (double)f->bins[i].windows);
		put(o, "said", f->bins[i].said);
		put(o, "real", f->bins[i].real);
		cJSON_AddItemToArray(array, o);
	}
}

static void put_kinds(cJSON *to, const struct judge_figures *f)
{
	cJSON *kinds = cJSON_AddObjectToObject(to, "kinds");

	for (int k = 0; k < JUDGE_KINDS; k++) {
		cJSON *o = cJSON_AddObjectToObject(kinds, judge_kind_names[k]), *interval;

		put(o, "windows", (double)f->kinds[k].windows);
		put(o, "accuracy", f->kinds[k].accuracy);
		put(o, "pieces", (double)f->kinds[k].pieces);
		put(o, "mean", f->kinds[k].piece.value);
		interval = cJSON_AddArrayToObject(o, "interval");
		if (isfinite(f->kinds[k].piece.low)) {
			cJSON_AddItemToArray(interval, cJSON_CreateNumber(f->kinds[k].piece.low));
			cJSON_AddItemToArray(interval, cJSON_CreateNumber(f->kinds[k].piece.high));
		}
	}
}

char *judge_about_write(const struct judge_about *a)
{
	cJSON *root = cJSON_CreateObject(), *o;
	char seed[24], *text;

	o = cJSON_AddObjectToObject(root, "network");
	put(o, "hidden", a->shape.hidden);
	put(o, "dense", a->shape.dense);
	put(o, "bars", a->shape.bars);
	o = cJSON_AddObjectToObject(root, "calibration");
	put_calibration(o, "window", &a->window);
	put_calibration(o, "bar", &a->bar);
	o = cJSON_AddObjectToObject(root, "training");
	snprintf(seed, sizeof seed, "%" PRIu64, a->seed);
	cJSON_AddStringToObject(o, "seed", seed);
	put(o, "steps", (double)a->steps);
	put(o, "best_step", (double)a->best_step);
	put(o, "pieces", (double)a->train_pieces);
	put(o, "samples", (double)a->train_samples);
	put(o, "held_out_pieces", (double)a->held_out_pieces);
	o = cJSON_AddObjectToObject(root, "figures");
	put(o, "accuracy", a->figures.accuracy);
	put(o, "calibration_error", a->figures.calibration_error);
	put(o, "uncalibrated_error", a->figures.uncalibrated_error);
	put_reliability(o, &a->figures);
	put_kinds(o, &a->figures);
	text = cJSON_PrintUnformatted(root);
	cJSON_Delete(root);
	if (!text)
		error("out of memory");
	return text;
}

/* ---- reading --------------------------------------------------------------- */

static int get_int(int *value, const cJSON *from, const char *name, int most)
{
	const cJSON *n = cJSON_GetObjectItemCaseSensitive(from, name);

	if (!cJSON_IsNumber(n) || !(n->valuedouble >= 1 && n->valuedouble <= most) ||
	    n->valuedouble != floor(n->valuedouble))
		return error("\"%s\" is no whole number from 1 to %d", name, most);
	*value = (int)n->valuedouble;
	return 0;
}

/* A slope below 0 would turn its opinion round. */
static int get_calibration(struct judge_calibration *c, const cJSON *from, const char *name)
{
	const cJSON *o = cJSON_GetObjectItemCaseSensitive(from, name);
	const cJSON *slope = cJSON_GetObjectItemCaseSensitive(o, "slope");
	const cJSON *offset = cJSON_GetObjectItemCaseSensitive(o, "offset");

	if (!cJSON_IsNumber(slope) || !cJSON_IsNumber(offset) ||
	    !(slope->valuedouble >= 0 && slope->valuedouble <= CALIBRATION_MAX) ||
	    !(fabs(offset->valuedouble) <= CALIBRATION_MAX))
		return error("the calibration of a %s is none", name);
	*c = (struct judge_calibration){slope->valuedouble, offset->valuedouble};
	return 0;
}

int judge_about_read(struct judge_shape *shape, struct judge_calibration *window, struct judge_calibration *bar,
                     const char *json)
{
	cJSON *root = cJSON_Parse(json);
	const cJSON *network = cJSON_GetObjectItemCaseSensitive(root, "network");
	const cJSON *calibration = cJSON_GetObjectItemCaseSensitive(root, "calibration");
	int result = -1;

	if (!root)
		error("it does not say what it is");
	else if (get_int(&shape->hidden, network, "hidden", JUDGE_HIDDEN_MAX) == 0 &&
	         get_int(&shape->dense, network, "dense", JUDGE_HIDDEN_MAX) == 0 &&
	         get_int(&shape->bars, network, "bars", JUDGE_BARS_MAX) == 0 &&
	         get_calibration(window, calibration, "window") == 0 && get_calibration(bar, calibration, "bar") == 0)
		result = 0;
	cJSON_Delete(root);
	return result;
}

static bool is_share(const cJSON *n)
{
	return cJSON_IsNumber(n) && n->valuedouble >= 0 && n->valuedouble <= 1;
}

void judge_about_words(char words[JUDGE_WORDS_MAX], const char *json)
{
	cJSON *root = cJSON_Parse(json);
	const cJSON *figures = cJSON_GetObjectItemCaseSensitive(root, "figures");
	const cJSON *accuracy = cJSON_GetObjectItemCaseSensitive(figures, "accuracy");
	const cJSON *error_of = cJSON_GetObjectItemCaseSensitive(figures, "calibration_error");

	words[0] = '\0';
	if (is_share(accuracy) && is_share(error_of))
		snprintf(words, JUDGE_WORDS_MAX, "%.1f %% of held-out windows right, calibration error %.1f %%",
		         100 * accuracy->valuedouble, 100 * error_of->valuedouble);
	cJSON_Delete(root);
}
