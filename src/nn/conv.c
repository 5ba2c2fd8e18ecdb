/*
 * Convolution as a product. With C the gathered positions, one a row,
 *
 *	y = C W' + b,   dW += dy' C,   db += sum over rows of dy,   dC = dy W
 *
 * and dx is dC, every entry added to where it was gathered from.
 */
#include "nn/conv.h"

#include <math.h>
#include <string.h>
#include "base/error.h"
#include "num/blas.h"
#include "num/vec.h"

/* Rows of a product: enough for OpenBLAS to be at its best, few enough for a cache. */
enum { ROWS = 1024 };

static size_t positions(const struct conv *l)
{
	return (size_t)l->out_height * (size_t)l->out_width;
}

static int reads(const struct conv *l)
{
	return l->shape.kernel[0] * l->shape.kernel[1] * l->shape.channels;
}

/* The input as it lies is what would be gathered. */
static int is_dense(const struct conv *l)
{
	const struct conv_shape *s = &l->shape;

	return s->kernel[0] == 1 && s->kernel[1] == 1 && s->stride[0] == 1 && s->stride[1] == 1 && s->pad[0] == 0 &&
	       s->pad[1] == 0;
}

struct conv conv_layer(struct params *p, const char *name, const struct conv_shape *shape, double gain)
{
	struct conv l = {.shape = *shape};
	const int high = shape->height + 2 * shape->pad[0] - shape->kernel[0];
	const int wide = shape->width + 2 * shape->pad[1] - shape->kernel[1];

	if (high < 0 || wide < 0 || shape->stride[0] < 1 || shape->stride[1] < 1)
		BUG("convolution %s: %d x %d by a kernel of %d x %d", name, shape->height, shape->width,
		    shape->kernel[0], shape->kernel[1]);
	l.out_height = high / shape->stride[0] + 1;
	l.out_width = wide / shape->stride[1] + 1;
	l.w = params_add_part(p, name, "weight", shape->out, reads(&l), INIT_UNIFORM, gain / sqrt(reads(&l)), true);
	l.b = params_add_part(p, name, "bias", 1, shape->out, INIT_ZERO, 0, false);
	return l;
}

size_t conv_in(const struct conv *l)
{
	return (size_t)l->shape.height * (size_t)l->shape.width * (size_t)l->shape.channels;
}

size_t conv_out(const struct conv *l)
{
	return positions(l) * (size_t)l->shape.out;
}

void conv_frame_layout(struct conv_frame *f, struct arena *a, const struct conv *l, int backward)
{
	const size_t each = positions(l);
	size_t size;

	f->images = each < ROWS ? (int)(ROWS / each) : 1;
	if (is_dense(l))
		return;
	size = (size_t)f->images * each * (size_t)reads(l);
	ARENA_TAKE(a, f->columns, size);
	if (backward)
		ARENA_TAKE(a, f->dcolumns, size);
}

/* The part of a kernel's row at `left` that lies within the width: columns from .. to - 1 of it. */
static void clip(int *from, int *to, const struct conv_shape *s, int left)
{
	*from = left < 0 ? -left : 0;
	*to = left + s->kernel[1] > s->width ? s->width - left : s->kernel[1];
	if (*to < *from)
		*to = *from;
}

/* One image's positions. */
static void gather(const struct conv *l, real *columns, const real *x)
{
	const struct conv_shape *s = &l->shape;
	const size_t c = (size_t)s->channels, row = (size_t)s->kernel[1] * c;

	for (int oy = 0; oy < l->out_height; oy++)
		for (int ox = 0; ox < l->out_width; ox++) {
			const int top = oy * s->stride[0] - s->pad[0], left = ox * s->stride[1] - s->pad[1];
			int from, to;

			clip(&from, &to, s, left);
			for (int i = 0; i < s->kernel[0]; i++, columns += row) {
				const int y = top + i;

				if (y < 0 || y >= s->height) {
					memset(columns, 0, row * sizeof *columns);
					continue;
				}
				memset(columns, 0, (size_t)from * c * sizeof *columns);
				memcpy(columns + (size_t)from * c,
				       x + ((size_t)y * (size_t)s->width + (size_t)(left + from)) * c,
				       (size_t)(to - from) * c * sizeof *columns);
				memset(columns + (size_t)to * c, 0, (size_t)(s->kernel[1] - to) * c * sizeof *columns);
			}
		}
}

/* The way back: added to where it came from. */
static void scatter(const struct conv *l, real *dx, const real *dcolumns)
{
	const struct conv_shape *s = &l->shape;
	const size_t c = (size_t)s->channels, row = (size_t)s->kernel[1] * c;

	memset(dx, 0, conv_in(l) * sizeof *dx);
	for (int oy = 0; oy < l->out_height; oy++)
		for (int ox = 0; ox < l->out_width; ox++) {
			const int top = oy * s->stride[0] - s->pad[0], left = ox * s->stride[1] - s->pad[1];
			int from, to;

			clip(&from, &to, s, left);
			for (int i = 0; i < s->kernel[0]; i++, dcolumns += row) {
				const int y = top + i;

				if (y < 0 || y >= s->height || to == from)
					continue;
				vec_add(dx + ((size_t)y * (size_t)s->width + (size_t)(left + from)) * c,
				        dcolumns + (size_t)from * c, (size_t)(to - from) * c);
			}
		}
}

/* The gathered positions of some images; the images themselves where that is the same. */
static const real *gathered(const struct conv *l, struct conv_frame *f, const real *x, int images)
{
	const size_t size = positions(l) * (size_t)reads(l);

	if (is_dense(l))
		return x;
	for (int i = 0; i < images; i++)
		gather(l, f->columns + (size_t)i * size, x + (size_t)i * conv_in(l));
	return f->columns;
}

void conv_forward(const struct conv *l, const real *w, struct conv_frame *f, real *y, const real *x, int batch)
{
	const int k = reads(l), out = l->shape.out;

	for (int first = 0; first < batch; first += f->images) {
		const int images = batch - first < f->images ? batch - first : f->images;
		const int rows = images * (int)positions(l);
		const real *columns = gathered(l, f, x + (size_t)first * conv_in(l), images);
		real *to = y + (size_t)first * conv_out(l);

		for (int r = 0; r < rows; r++)
			memcpy(to + (size_t)r * (size_t)out, w + l->b, (size_t)out * sizeof *to);
		gemm(false, true, rows, out, k, 1, columns, k, w + l->w, k, 1, to, out);
	}
}

static void weights_backward(const struct conv *l, real *g, struct conv_frame *f, const real *dy, const real *x,
                             int images)
{
	const int k = reads(l), out = l->shape.out, rows = images * (int)positions(l);

	gemm(true, false, out, k, rows, 1, dy, out, gathered(l, f, x, images), k, 1, g + l->w, k);
	for (int r = 0; r < rows; r++)
		vec_add(g + l->b, dy + (size_t)r * (size_t)out, (size_t)out);
}

static void input_backward(const struct conv *l, const real *w, struct conv_frame *f, real *dx, const real *dy,
                           int images)
{
	const int k = reads(l), out = l->shape.out, rows = images * (int)positions(l);
	const size_t size = positions(l) * (size_t)k;

	if (is_dense(l)) {
		gemm(false, false, rows, k, out, 1, dy, out, w + l->w, k, 0, dx, k);
		return;
	}
	gemm(false, false, rows, k, out, 1, dy, out, w + l->w, k, 0, f->dcolumns, k);
	for (int i = 0; i < images; i++)
		scatter(l, dx + (size_t)i * conv_in(l), f->dcolumns + (size_t)i * size);
}

void conv_backward(const struct conv *l, const real *w, real *g, struct conv_frame *f, real *dx, const real *dy,
                   const real *x, int batch)
{
	for (int first = 0; first < batch; first += f->images) {
		const int images = batch - first < f->images ? batch - first : f->images;
		const real *dout = dy + (size_t)first * conv_out(l);

		if (g)
			weights_backward(l, g, f, dout, x + (size_t)first * conv_in(l), images);
		if (dx)
			input_backward(l, w, f, dx + (size_t)first * conv_in(l), dout, images);
	}
}

double conv_work(const struct conv *l)
{
	return (double)positions(l) * reads(l) * l->shape.out;
}
