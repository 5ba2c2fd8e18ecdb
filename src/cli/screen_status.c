/*
 * The lines of text of the screen: above, what is played and where in it we
 * are; below, the parts, the controls with their keys, how the device does,
 * and the newest thing that there is to say.
 */
#include "cli/screen_inside.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/output.h"
#include "music/key.h"

#define CONTROLS_A_LINE 4
#define WARNED          UINT64_C(15000000000) /* ns that a warning stays */

/* ---- above --------------------------------------------------------------- */

static void bar_text(char *buf, size_t size, const struct score_bar *bar, const struct screen_view *view)
{
	const char *key;
	int beat;

	if (!bar) {
		snprintf(buf, size, "-");
		return;
	}
	key = bar->tonic >= 0 ? key_name((struct key){bar->tonic, (enum mode)bar->mode}) : "";
	beat = (int)((view->now - bar->at) / roll_beat(bar)) + 1;
	if (bar->number > 0)
		snprintf(buf, size, "bar %d.%d  %d/%d  %s%s", bar->number, beat, bar->numerator,
		         1 << bar->denominator_log2, key, *key ? "  " : "");
	else
		snprintf(buf, size, "pickup  %d/%d  %s%s", bar->numerator, 1 << bar->denominator_log2, key,
		         *key ? "  " : "");
}

/* "models/folk.safetensors" is folk: there is no room for more. */
static void name_text(char *buf, size_t size, const char *what)
{
	static const char suffix[] = ".safetensors";
	const char *slash = strrchr(what, '/');
	size_t length;

	what = slash && slash[1] ? slash + 1 : what;
	length = strlen(what);
	if (length >= sizeof suffix && strcmp(what + length + 1 - sizeof suffix, suffix) == 0)
		length -= sizeof suffix - 1;
	snprintf(buf, size, "%.*s", (int)(length < size ? length : size - 1), what);
}

void status_draw_head(struct screen *s, const struct screen_view *view, int y)
{
	char where[96], seconds[32], right[160], name[128], left[400];
	int width;

	bar_text(where, sizeof where, roll_bar_at(s, view->now), view);
	duration_text(seconds, sizeof seconds, view->status->seconds);
	if (view->us_per_quarter > 0)
		snprintf(right, sizeof right, "%s%d bpm  %s", where,
		         (60000000 + view->us_per_quarter / 2) / view->us_per_quarter, seconds);
	else
		snprintf(right, sizeof right, "%s%s", where, seconds);
	name_text(name, sizeof name, view->what ? view->what : "musegen");
	snprintf(left, sizeof left, " %s%s%.200s", name, view->port ? " to " : "", view->port ? view->port : "");
	for (int x = 0; x < s->canvas.columns; x++)
		canvas_glyph(&s->canvas, y, x, L' ', REVERSE, INK_NONE, INK_NONE);
	width = s->canvas.columns - 1 - (int)strlen(right);
	canvas_text(&s->canvas, y, 0, width - 2, REVERSE, INK_NONE, left);
	canvas_text(&s->canvas, y, width, s->canvas.columns - width, REVERSE, INK_NONE, right);
}

/* ---- parts and controls -------------------------------------------------- */

static void draw_parts(const struct screen *s, const struct screen_view *view, int y)
{
	int x = 0;

	for (int k = 0; k < view->n_parts && x < s->canvas.columns - 4; k++) {
		const char *name = view->parts && view->parts[k] ? view->parts[k] : "";
		bool muted = k < 64 && view->values->muted >> k & 1;
		char text[64];

		/* without colours, brackets are what is seen */
		snprintf(text, sizeof text, "%s%c%s%.40s%s", muted ? "(" : " ", part_sign(k), *name ? " " : "", name,
		         muted ? ")" : " ");
		x = canvas_text(&s->canvas, y, x, s->canvas.columns - x, PLAIN, muted ? INK_GREY : part_ink(k), text) +
		    1;
	}
}

/* "dD density +0.3": a star until it holds. */
static void draw_control(const struct screen *s, const struct screen_view *view, enum control c, int y, int x,
                         int width)
{
	char value[64], text[128];
	bool waits;

	control_text(value, sizeof value, c, keys_value(&s->keys, c, &waits), view->styles, view->n_styles);
	snprintf(text, sizeof text, "%s %s%s", control_info(c)->name, value, waits ? "*" : "");
	canvas_text(&s->canvas, y, x, 2, PLAIN, INK_GREY, keys_of_control(c));
	canvas_text(&s->canvas, y, x + 3, width - 4,
	            s->keys.chosen == (int)c ? REVERSE
	            : waits                  ? BOLD
	                                     : PLAIN,
	            INK_NONE, text);
}

static void draw_controls(const struct screen *s, const struct screen_view *view, int y)
{
	const int width = s->canvas.columns / CONTROLS_A_LINE;

	for (int c = 0; c < CONTROLS; c++)
		draw_control(s, view, (enum control)c, y + c / CONTROLS_A_LINE, 1 + c % CONTROLS_A_LINE * width, width);
}

/* ---- below --------------------------------------------------------------- */

static void draw_device(const struct screen *s, const struct screen_view *view, int y)
{
	const struct stream_status *status = view->status;
	int x = canvas_words(&s->canvas, y, 1, PLAIN, "late %.2f ms, most %.2f", status->late_p50, status->late_max);

	x = canvas_words(&s->canvas, y, x + 2, PLAIN, "queue %.1f s", view->queue);
	x = canvas_words(&s->canvas, y, x + 2, status->shifts > 0 ? BOLD : PLAIN, "behind %d", status->shifts);
	if (view->clock)
		canvas_words(&s->canvas, y, x + 2, PLAIN, "clock %s", view->clock);
}

/* The newest warning, while it is new. */
static bool newest_warning(struct warnings *w, char *buf, size_t size)
{
	bool is_new;

	pthread_mutex_lock(&w->lock);
	is_new = w->n > 0 && clock_now() < w->last + WARNED;
	if (is_new)
		snprintf(buf, size, "%s", w->text[(w->n - 1) % WARNINGS]);
	pthread_mutex_unlock(&w->lock);
	return is_new;
}

static void draw_notice(struct screen *s, const struct screen_view *view, int y)
{
	static const char keys[] = "? keys  space pause  q quit";
	const int right = s->canvas.columns - (int)sizeof keys;
	char warning[256];
	int x = 1;

	canvas_text(&s->canvas, y, right, s->canvas.columns - right, PLAIN, INK_GREY, keys);
	if (view->status->state == STREAM_PAUSED)
		x = canvas_text(&s->canvas, y, x, right - x, REVERSE, INK_NONE, " paused ") + 1;
	if (view->notice && *view->notice)
		canvas_text(&s->canvas, y, x, right - x - 1, BOLD, INK_NONE, view->notice);
	else if (newest_warning(&s->warnings, warning, sizeof warning))
		canvas_text(&s->canvas, y, x, right - x - 1, BOLD, INK_NONE, warning);
}

void status_draw_foot(struct screen *s, const struct screen_view *view, int y)
{
	draw_parts(s, view, y);
	draw_controls(s, view, y + 1);
	draw_device(s, view, y + 4);
	draw_notice(s, view, y + 5);
}
