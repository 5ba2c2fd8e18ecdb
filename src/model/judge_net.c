/* The judge's network, forward and backward. See judge_net.h. */
#include "model/judge_net.h"

#include <math.h>
#include <string.h>
#include "base/error.h"
#include "nn/dropout.h"
#include "nn/loss.h"
#include "num/vec.h"

/* What random numbers are for. */
enum { FOR_ROWS = 1, FOR_BARS };

/* Name and width of each field's table. */
static const struct {
	const char *name;
	int width;
} fields[JUDGE_FIELDS] = {
	[JUDGE_METRE] = {"metre", 4},        [JUDGE_BEGUN] = {"begun", 6},     [JUDGE_LEFT] = {"left", 6},
	[JUDGE_TICK] = {"tick", 6},          [JUDGE_QUARTER] = {"quarter", 6}, [JUDGE_PART] = {"part", 4},
	[JUDGE_BELOW] = {"below", 4},        [JUDGE_SHIFT] = {"shift", 8},     [JUDGE_DURATION] = {"duration", 8},
	[JUDGE_INTERVAL] = {"interval", 16}, [JUDGE_BEFORE] = {"before", 8},   [JUDGE_JOIN] = {"join", 4},
	[JUDGE_DEGREE] = {"degree", 12},     [JUDGE_SAME] = {"same", 8},       [JUDGE_OTHER] = {"other", 24},
};

int judge_net_init(struct judge_net *n, const struct judge_shape *shape, const struct vocab *vocab)
{
	struct params *p = &n->params;

	if (shape->hidden < 1 || shape->hidden > JUDGE_HIDDEN_MAX || shape->dense < 1 ||
	    shape->dense > JUDGE_HIDDEN_MAX || shape->bars < 1 || shape->bars > JUDGE_BARS_MAX)
		BUG("a judge of %d, %d, %d", shape->hidden, shape->dense, shape->bars);
	*n = (struct judge_net){.shape = *shape, .vocab = vocab};
	for (int i = 0; i < JUDGE_FIELDS; i++)
		bag_field(&n->bag, p, fields[i].name, judge_field_rows(vocab, (enum judge_field)i), fields[i].width);
	n->forth = lstm_layer(p, "forth", n->bag.width, shape->hidden);
	n->back = lstm_layer(p, "back", n->bag.width, shape->hidden);
	n->bar_hidden = linear_layer(p, "bar_hidden", 2 * shape->hidden, shape->dense);
	n->bar = linear_layer(p, "bar", shape->dense, 1);
	n->window_hidden = linear_layer(p, "window_hidden", shape->dense, shape->dense);
	n->window = linear_layer(p, "window", shape->dense, 1);
	if (!p->failed)
		return 0;
	judge_net_done(n);
	return error("out of memory");
}

void judge_net_done(struct judge_net *n)
{
	params_done(&n->params);
	n->params = (struct params){0};
}

/* ---- room ------------------------------------------------------------------ */

static void layout(struct judge_frame *f, const struct judge_net *n)
{
	struct arena *a = &f->arena;
	const size_t rows = f->room_rows, bars = f->room_bars, windows = (size_t)f->room_windows;
	const size_t width = (size_t)n->bag.width, h = (size_t)n->shape.hidden, dense = (size_t)n->shape.dense;
	const size_t most = rows * width > bars * 2 * h ? rows * width : bars * 2 * h;

	ARENA_TAKE(a, f->order, windows);
	ARENA_TAKE(a, f->rank, windows);
	ARENA_TAKE(a, f->batch, rows);
	ARENA_TAKE(a, f->step, rows + 1);
	ARENA_TAKE(a, f->first, rows + 1);
	ARENA_TAKE(a, f->items, f->room_items);
	ARENA_TAKE(a, f->x, rows * width);
	ARENA_TAKE(a, f->x_back, rows * width);
	lstm_frame_layout(&f->forth, a, &n->forth, (int)rows, (int)windows, f->backward);
	lstm_frame_layout(&f->back, a, &n->back, (int)rows, (int)windows, f->backward);
	ARENA_TAKE(a, f->pooled, bars * 2 * h);
	ARENA_TAKE(a, f->u, bars * dense);
	ARENA_TAKE(a, f->mean, windows * dense);
	ARENA_TAKE(a, f->v, windows * dense);
	ARENA_TAKE(a, f->bar_logit, bars);
	ARENA_TAKE(a, f->window_logit, windows);
	if (!f->backward)
		return;
	ARENA_TAKE(a, f->dbar, bars);
	ARENA_TAKE(a, f->dwindow, windows);
	ARENA_TAKE(a, f->x_mask, rows * width);
	ARENA_TAKE(a, f->pool_mask, bars * 2 * h);
	ARENA_TAKE(a, f->scratch, most);
	ARENA_TAKE(a, f->dx, rows * width);
	ARENA_TAKE(a, f->dh_forth, rows * h);
	ARENA_TAKE(a, f->dh_back, rows * h);
	ARENA_TAKE(a, f->dpooled, bars * 2 * h);
	ARENA_TAKE(a, f->du, bars * dense);
	ARENA_TAKE(a, f->dmean, windows * dense);
	ARENA_TAKE(a, f->dv, windows * dense);
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

int judge_frame_fit(struct judge_frame *f, const struct judge_net *n, const struct judge_window *windows, int n_windows,
                    bool backward)
{
	size_t rows = 0, items = 0, bars = 0;

	for (int i = 0; i < n_windows; i++) {
		const struct judge_rows *r = windows[i].rows;
		const uint32_t from = r->bar[windows[i].bar], to = r->bar[windows[i].bar + windows[i].bars];

		rows += to - from;
		items += r->first[to] - r->first[from];
		bars += windows[i].bars;
	}
	if (rows <= f->room_rows && items <= f->room_items && bars <= f->room_bars && n_windows <= f->room_windows &&
	    (f->backward || !backward))
		return 0;
	f->room_rows = larger(rows + rows / 4, f->room_rows);
	f->room_items = larger(items + items / 4, f->room_items);
	f->room_bars = larger(bars, f->room_bars);
	f->room_windows = n_windows > f->room_windows ? n_windows : f->room_windows;
	f->backward = f->backward || backward;
	if (f->room_rows > (1u << 24))
		return error("too many notes at once for the judge");
	arena_done(&f->arena);
	f->arena = (struct arena){0};
	layout(f, n);
	if (arena_reserve(&f->arena) < 0)
		return -1;
	layout(f, n);
	return 0;
}

void judge_frame_done(struct judge_frame *f)
{
	arena_done(&f->arena);
	*f = (struct judge_frame){0};
}

/* ---- packing --------------------------------------------------------------- */

/* Windows by their rows, most first; of as many, in their own order. */
static void order_windows(struct judge_frame *f)
{
	for (int i = 0; i < f->n; i++) {
		const size_t rows = judge_window_rows(&f->windows[i]);
		int at = i;

		for (; at > 0 && judge_window_rows(&f->windows[f->order[at - 1]]) < rows; at--)
			f->order[at] = f->order[at - 1];
		f->order[at] = i;
	}
	for (int i = 0; i < f->n; i++)
		f->rank[f->order[i]] = i;
}

static void pack(struct judge_frame *f)
{
	int live = f->n;

	order_windows(f);
	f->rows = 0;
	f->steps = (int)judge_window_rows(&f->windows[f->order[0]]);
	for (int t = 0; t < f->steps; t++) {
		while (judge_window_rows(&f->windows[f->order[live - 1]]) <= (size_t)t)
			live--;
		f->batch[t] = live;
		f->step[t] = (uint32_t)f->rows;
		f->rows += (size_t)live;
	}
}

/* Packed row of row t of a window. */
static size_t packed_row(const struct judge_frame *f, int window, size_t t)
{
	return f->step[t] + (size_t)f->rank[window];
}

static struct bag_input gather_items(struct judge_frame *f)
{
	uint32_t n = 0;
	size_t row = 0;

	for (int t = 0; t < f->steps; t++)
		for (int b = 0; b < f->batch[t]; b++) {
			const struct judge_window *x = &f->windows[f->order[b]];
			const struct judge_rows *r = x->rows;
			const size_t from = r->bar[x->bar] + (size_t)t;

			f->first[row++] = n;
			for (uint32_t i = r->first[from]; i < r->first[from + 1]; i++)
				f->items[n++] = r->items[i];
		}
	f->first[row] = n;
	return (struct bag_input){f->first, f->items};
}

/* to (rows,width): each window's rows of `from` the other way round; added where `add`. */
static void turn_round(const struct judge_frame *f, real *to, const real *from, size_t width, bool add)
{
	for (int i = 0; i < f->n; i++) {
		const size_t rows = judge_window_rows(&f->windows[i]);

		for (size_t t = 0; t < rows; t++) {
			real *y = to + packed_row(f, i, rows - 1 - t) * width;
			const real *x = from + packed_row(f, i, t) * width;

			if (add)
				vec_add(y, x, width);
			else
				memcpy(y, x, width * sizeof *y);
		}
	}
}

/* ---- forward --------------------------------------------------------------- */

/* What a row of a bar shares in the mean of its bar. */
struct bar_rows {
	int window;
	size_t from, to; /* rows of the window */
	size_t all;      /* of the whole window */
	real share;
};

static struct bar_rows rows_of(const struct judge_frame *f, int window, uint32_t bar)
{
	const struct judge_window *x = &f->windows[window];
	const uint32_t *at = x->rows->bar + x->bar;
	const size_t from = at[bar] - at[0], to = at[bar + 1] - at[0];

	return (struct bar_rows){window, from, to, judge_window_rows(x), (real)(1.0 / (double)(to - from))};
}

static void pool_bars(struct judge_frame *f, size_t h)
{
	real *p = f->pooled;

	memset(p, 0, f->bars * 2 * h * sizeof *p);
	for (int i = 0; i < f->n; i++)
		for (uint32_t b = 0; b < f->windows[i].bars; b++, p += 2 * h) {
			const struct bar_rows r = rows_of(f, i, b);

			for (size_t t = r.from; t < r.to; t++) {
				vec_axpy(p, r.share, f->forth.h + packed_row(f, i, t) * h, h);
				vec_axpy(p + h, r.share, f->back.h + packed_row(f, i, r.all - 1 - t) * h, h);
			}
		}
}

static void pool_windows(struct judge_frame *f, size_t dense)
{
	const real *u = f->u;

	memset(f->mean, 0, (size_t)f->n * dense * sizeof *f->mean);
	for (int i = 0; i < f->n; i++)
		for (uint32_t b = 0; b < f->windows[i].bars; b++, u += dense)
			vec_axpy(f->mean + (size_t)i * dense, (real)(1.0 / f->windows[i].bars), u, dense);
}

void judge_forward(const struct judge_net *n, const real *w, struct judge_frame *f, const struct judge_window *windows,
                   int n_windows, double rate, struct random random)
{
	const int h = n->shape.hidden, dense = n->shape.dense;
	const size_t width = (size_t)n->bag.width;
	struct bag_input items;
	struct packing packing;

	f->windows = windows;
	f->n = n_windows;
	f->bars = 0;
	for (int i = 0; i < n_windows; i++)
		f->bars += windows[i].bars;
	pack(f);
	if (f->rows > f->room_rows || f->bars > f->room_bars || n_windows > f->room_windows)
		BUG("the judge's frame is too small");
	items = gather_items(f);
	bag_forward(&n->bag, w, f->x, n->bag.width, &items, (int)f->rows);
	if (rate > 0)
		dropout_forward(f->x, f->x_mask, f->scratch, f->rows * width, rate,
		                random_stream(random.key, FOR_ROWS, 0, 0));
	turn_round(f, f->x_back, f->x, width, false);
	packing = (struct packing){f->steps, f->batch};
	lstm_forward(&n->forth, w, &f->forth, f->x, n->bag.width, &packing, NULL, NULL, NULL);
	lstm_forward(&n->back, w, &f->back, f->x_back, n->bag.width, &packing, NULL, NULL, NULL);
	pool_bars(f, (size_t)h);
	if (rate > 0)
		dropout_forward(f->pooled, f->pool_mask, f->scratch, f->bars * 2 * (size_t)h, rate,
		                random_stream(random.key, FOR_BARS, 0, 0));
	linear_forward(&n->bar_hidden, w, f->u, dense, f->pooled, 2 * h, (int)f->bars);
	vec_tanh(f->u, f->u, f->bars * (size_t)dense);
	linear_forward(&n->bar, w, f->bar_logit, 1, f->u, dense, (int)f->bars);
	pool_windows(f, (size_t)dense);
	linear_forward(&n->window_hidden, w, f->v, dense, f->mean, dense, n_windows);
	vec_tanh(f->v, f->v, (size_t)n_windows * (size_t)dense);
	linear_forward(&n->window, w, f->window_logit, 1, f->v, dense, n_windows);
}

/* ---- loss ------------------------------------------------------------------ */

/* Of a logit and its label; *d: the gradient. */
static double cross_entropy(real *d, real logit, real label, double weight)
{
	const double x = (double)logit, y = (double)label;
	double p, loss = softplus(x, &p) - x * y;

	*d = (real)(weight * (p - y));
	return weight * loss;
}

double judge_loss(struct judge_frame *f, const real *window_labels, const real *bar_labels, double bar_weight,
                  double scale)
{
	double loss = 0;
	size_t bar = 0;

	for (int i = 0; i < f->n; i++) {
		const uint32_t bars = f->windows[i].bars;

		loss += cross_entropy(&f->dwindow[i], f->window_logit[i], window_labels[i], scale);
		for (uint32_t b = 0; b < bars; b++, bar++) {
			const bool says = bar_labels[bar] >= 0;

			loss += cross_entropy(&f->dbar[bar], f->bar_logit[bar], says ? bar_labels[bar] : 0,
			                      says ? scale * bar_weight / bars : 0);
		}
	}
	return loss;
}

/* ---- backward -------------------------------------------------------------- */

/* d = gradient before tanh, from that after it; y is what it gave. */
static void tanh_backward(real *d, const real *y, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i] *= 1 - y[i] * y[i];
}

static void spread_windows(struct judge_frame *f, size_t dense)
{
	real *du = f->du;

	for (int i = 0; i < f->n; i++)
		for (uint32_t b = 0; b < f->windows[i].bars; b++, du += dense)
			vec_axpy(du, (real)(1.0 / f->windows[i].bars), f->dmean + (size_t)i * dense, dense);
}

static void spread_bars(struct judge_frame *f, size_t h)
{
	const real *d = f->dpooled;

	memset(f->dh_forth, 0, f->rows * h * sizeof *f->dh_forth);
	memset(f->dh_back, 0, f->rows * h * sizeof *f->dh_back);
	for (int i = 0; i < f->n; i++)
		for (uint32_t b = 0; b < f->windows[i].bars; b++, d += 2 * h) {
			const struct bar_rows r = rows_of(f, i, b);

			for (size_t t = r.from; t < r.to; t++) {
				vec_axpy(f->dh_forth + packed_row(f, i, t) * h, r.share, d, h);
				vec_axpy(f->dh_back + packed_row(f, i, r.all - 1 - t) * h, r.share, d + h, h);
			}
		}
}

void judge_backward(const struct judge_net *n, const real *w, real *g, struct judge_frame *f, double rate)
{
	const int h = n->shape.hidden, dense = n->shape.dense, windows = f->n, bars = (int)f->bars;
	const size_t width = (size_t)n->bag.width, size = f->rows * width;
	const struct packing packing = {f->steps, f->batch};
	const struct bag_input items = {f->first, f->items};

	memset(f->dv, 0, (size_t)windows * (size_t)dense * sizeof *f->dv);
	memset(f->dmean, 0, (size_t)windows * (size_t)dense * sizeof *f->dmean);
	memset(f->du, 0, f->bars * (size_t)dense * sizeof *f->du);
	memset(f->dpooled, 0, f->bars * 2 * (size_t)h * sizeof *f->dpooled);
	linear_backward(&n->window, w, g, f->dv, dense, f->dwindow, 1, f->v, dense, windows);
	tanh_backward(f->dv, f->v, (size_t)windows * (size_t)dense);
	linear_backward(&n->window_hidden, w, g, f->dmean, dense, f->dv, dense, f->mean, dense, windows);
	linear_backward(&n->bar, w, g, f->du, dense, f->dbar, 1, f->u, dense, bars);
	spread_windows(f, (size_t)dense);
	tanh_backward(f->du, f->u, f->bars * (size_t)dense);
	linear_backward(&n->bar_hidden, w, g, f->dpooled, 2 * h, f->du, dense, f->pooled, 2 * h, bars);
	if (rate > 0)
		dropout_backward(f->dpooled, f->pool_mask, f->bars * 2 * (size_t)h, rate);
	spread_bars(f, (size_t)h);
	/* x_back has been read by now: the gradient of the rows turned round goes where they were */
	memset(f->dx, 0, size * sizeof *f->dx);
	lstm_backward(&n->back, w, g, &f->back, f->dx, n->bag.width, f->dh_back, f->x_back, n->bag.width, &packing,
	              NULL);
	turn_round(f, f->x_back, f->dx, width, false);
	lstm_backward(&n->forth, w, g, &f->forth, f->x_back, n->bag.width, f->dh_forth, f->x, n->bag.width, &packing,
	              NULL);
	if (rate > 0)
		dropout_backward(f->x_back, f->x_mask, size, rate);
	bag_backward(&n->bag, g, f->x_back, n->bag.width, &items, (int)f->rows);
}
