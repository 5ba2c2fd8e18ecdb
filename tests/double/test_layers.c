/* Gradients of the layers without memory: linear, bag, relative, relu, dropout, softmax loss, and chains of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "gradcheck.h"
#include "nn/bag.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/loss.h"
#include "nn/relative.h"
#include "nn/activation.h"
#include "num/blas.h"

#define ROWS 5
#define KEY  77 /* of the coefficients that make a loss of an output */

static double *plane(const struct params *p, uint64_t key)
{
	double *w = params_plane(p);

	assert_non_null(w);
	if (key)
		for (size_t i = 0; i < p->n; i++)
			gradcheck_random(w + p->tensors[i].offset,
			                 (size_t)p->tensors[i].rows * (size_t)p->tensors[i].cols, 1, key + i);
	return w;
}

/* ---- linear, with rows wider than the layer on both sides ---------------- */

#define IN  7
#define OUT 4
#define LDX 9
#define LDY 6

struct linear_case {
	struct params p;
	struct linear l;
	double *w;
	double x[ROWS * LDX], y[ROWS * LDY];
};

static double linear_loss(void *context)
{
	struct linear_case *c = context;

	memset(c->y, 0, sizeof c->y);
	linear_forward(&c->l, c->w, c->y, LDY, c->x, LDX, ROWS);
	return gradcheck_project(c->y, ROWS * LDY, KEY);
}

static void test_linear(void **state)
{
	struct linear_case c = {0};
	struct gradcheck check = {.loss = linear_loss, .context = &c};
	double dy[ROWS * LDY], dx[ROWS * LDX] = {0}, before[ROWS * LDX];
	double *g;

	(void)state;
	c.l = linear_layer(&c.p, "dense", IN, OUT);
	c.w = plane(&c.p, 1);
	g = plane(&c.p, 0);
	gradcheck_random(c.x, ROWS * LDX, 1, 2);
	gradcheck_random(dy, ROWS * LDY, 1, KEY);
	linear_backward(&c.l, c.w, g, dx, LDX, dy, LDY, c.x, LDX, ROWS);
	gradcheck_params(&check, &c.p, c.w, g);
	gradcheck_array(&check, "x", c.x, dx, ROWS * LDX);

	/* Gradients are added to what is there, and dx may be left out. */
	memcpy(before, dx, sizeof dx);
	linear_backward(&c.l, c.w, g, NULL, 0, dy, LDY, c.x, LDX, ROWS);
	linear_backward(&c.l, c.w, g, dx, LDX, dy, LDY, c.x, LDX, ROWS);
	for (int i = 0; i < ROWS * LDX; i++)
		assert_true(fabs(dx[i] - 2 * before[i]) < 1e-12);
	for (size_t i = 0; i < c.p.size; i++)
		g[i] /= 3;
	gradcheck_params(&check, &c.p, c.w, g);
	free(c.w);
	free(g);
	params_done(&c.p);
}

/* ---- bag: empty cases, one item, several, the same one twice ------------- */

struct bag_case {
	struct params p;
	struct bag b;
	double *w;
	struct bag_input x;
	double y[ROWS * 16];
};

static double bag_loss(void *context)
{
	struct bag_case *c = context;

	memset(c->y, 0, sizeof c->y);
	bag_forward(&c->b, c->w, c->y, 16, &c->x, ROWS);
	return gradcheck_project(c->y, ROWS * 16, KEY);
}

static void test_bag(void **state)
{
	static const uint32_t first[ROWS + 1] = {0, 0, 1, 5, 7, 9};
	static const struct bag_item items[9] = {
		{1, 2}, {0, 0}, {0, 3}, {1, 1}, {2, 0}, {2, 1}, {2, 1}, {0, 2}, {1, 0},
	};
	struct bag_case c = {.x = {first, items}};
	struct gradcheck check = {.loss = bag_loss, .context = &c};
	double dy[ROWS * 16], *g;

	(void)state;
	assert_int_equal(bag_field(&c.b, &c.p, "pitch", 4, 5), 0);
	assert_int_equal(bag_field(&c.b, &c.p, "time", 3, 3), 1);
	assert_int_equal(bag_field(&c.b, &c.p, "part", 2, 4), 2);
	assert_int_equal(c.b.width, 12);
	c.w = plane(&c.p, 1);
	g = plane(&c.p, 0);
	gradcheck_random(dy, ROWS * 16, 1, KEY);
	bag_backward(&c.b, g, dy, 16, &c.x, ROWS);
	gradcheck_params(&check, &c.p, c.w, g);

	/* Nothing is zero; an item that comes twice counts twice. */
	bag_loss(&c);
	for (int j = 0; j < 12; j++)
		assert_true(c.y[j] == 0);
	for (int j = 0; j < 4; j++)
		assert_true(c.y[3 * 16 + 8 + j] == 2 * c.w[c.b.fields[2].table + 4 + (size_t)j]);
	free(c.w);
	free(g);
	params_done(&c.p);
}

/* ---- relative: both ends of the keyboard, several references, none ------- */

#define KINDS    2
#define RELATIVE (KINDS * RELATIVE_WIDTH)

struct relative_case {
	struct references x;
	double relative[ROWS * RELATIVE], logits[ROWS * RELATIVE_PITCHES];
};

static double relative_loss(void *context)
{
	struct relative_case *c = context;

	memset(c->logits, 0, sizeof c->logits);
	relative_forward(c->logits, RELATIVE_PITCHES, c->relative, RELATIVE, &c->x, ROWS);
	return gradcheck_project(c->logits, ROWS * RELATIVE_PITCHES, KEY);
}

static void test_relative(void **state)
{
	static const uint32_t first[ROWS + 1] = {0, 1, 1, 4, 5, 7};
	static const struct reference items[7] = {{0, 0}, {0, 60}, {1, 60}, {1, 67}, {1, 127}, {0, 103}, {0, 24}};
	static struct relative_case c;
	struct gradcheck check = {.loss = relative_loss, .context = &c};
	static double dlogits[ROWS * RELATIVE_PITCHES], drelative[ROWS * RELATIVE];

	(void)state;
	c.x = (struct references){first, items};
	gradcheck_random(c.relative, ROWS * RELATIVE, 1, 3);
	gradcheck_random(dlogits, ROWS * RELATIVE_PITCHES, 1, KEY);
	memset(drelative, 0, sizeof drelative);
	relative_backward(drelative, RELATIVE, dlogits, RELATIVE_PITCHES, &c.x, ROWS);
	gradcheck_array(&check, "relative", c.relative, drelative, ROWS * RELATIVE);

	/* An interval of 7 above pitch 60 is pitch 67, and pitches out of range have nothing. */
	relative_loss(&c);
	assert_true(c.logits[0] == c.relative[RELATIVE_RANGE]);
	assert_true(c.logits[24] == c.relative[2 * RELATIVE_RANGE]);
	assert_true(c.logits[25] == 0);
	for (int p = 0; p < RELATIVE_PITCHES; p++)
		assert_true(c.logits[RELATIVE_PITCHES + p] == 0);
}

/* ---- a chain: linear, relu, dropout, linear, masked softmax loss --------- */

#define HIDDEN  12
#define CLASSES 6

struct chain_case {
	struct params p;
	struct linear a, b;
	double *w, *g;
	double x[ROWS * IN], dx[ROWS * IN], h[ROWS * HIDDEN], logits[ROWS * LDX];
	uint8_t mask[ROWS * HIDDEN];
	double weight[ROWS];
};

static const int targets[ROWS] = {0, 5, -1, 2, 3};

static double chain_forward(struct chain_case *c)
{
	const struct random random = random_stream(4, 5, 6, 7);
	double loss[ROWS], sum = 0;
	uint32_t scratch[ROWS * HIDDEN];

	linear_forward(&c->a, c->w, c->h, HIDDEN, c->x, IN, ROWS);
	relu_forward(c->h, ROWS * HIDDEN);
	dropout_forward(c->h, c->mask, scratch, ROWS * HIDDEN, 0.3, random);
	linear_forward(&c->b, c->w, c->logits, LDX, c->h, HIDDEN, ROWS);
	for (int r = 0; r < ROWS; r++)
		c->logits[r * LDX + 1 + r % 3 * 3] = -INFINITY; /* 1, 4, 7, 1, 4: 7 is none of the classes */
	softmax_loss(c->logits, LDX, loss, targets, c->weight, ROWS, CLASSES);
	for (int r = 0; r < ROWS; r++)
		sum += c->weight[r] * loss[r];
	return sum;
}

static double chain_loss(void *context)
{
	return chain_forward(context);
}

static void test_chain(void **state)
{
	static struct chain_case c;
	struct gradcheck check = {.loss = chain_loss, .context = &c, .step = 1e-4};
	double dh[ROWS * HIDDEN] = {0}, y[ROWS * HIDDEN];

	(void)state;
	c.a = linear_layer(&c.p, "first", IN, HIDDEN);
	c.b = linear_layer(&c.p, "second", HIDDEN, CLASSES);
	c.w = plane(&c.p, 11);
	c.g = plane(&c.p, 0);
	gradcheck_random(c.x, ROWS * IN, 1, 12);
	for (int r = 0; r < ROWS; r++)
		c.weight[r] = 0.5 + r;
	chain_forward(&c);
	linear_backward(&c.b, c.w, c.g, dh, HIDDEN, c.logits, LDX, c.h, HIDDEN, ROWS);
	dropout_backward(dh, c.mask, ROWS * HIDDEN, 0.3);
	memcpy(y, c.h, sizeof y);
	relu_backward(dh, y, ROWS * HIDDEN);
	linear_backward(&c.a, c.w, c.g, c.dx, IN, dh, HIDDEN, c.x, IN, ROWS);
	gradcheck_params(&check, &c.p, c.w, c.g);
	gradcheck_array(&check, "x", c.x, c.dx, ROWS * IN);
	free(c.w);
	free(c.g);
	params_done(&c.p);
}

/* The loss by itself: against the sum written out, with and without weights, masked and skipped. */
static double masked_logits[3 * 4];

static double masked_loss(void *context)
{
	static const int target[3] = {2, -1, 0};
	double x[3 * 4], loss[3];

	(void)context;
	memcpy(x, masked_logits, sizeof x);
	x[1] = x[3] = -INFINITY;
	softmax_loss(x, 4, loss, target, NULL, 3, 4);
	return loss[0] + loss[1] + loss[2];
}

static void test_loss(void **state)
{
	static const int target[3] = {2, -1, 0};
	struct gradcheck check = {.loss = masked_loss};
	double x[3 * 4], loss[3];

	(void)state;
	gradcheck_random(masked_logits, 12, 3, 21);
	memcpy(x, masked_logits, sizeof x);
	x[1] = x[3] = -INFINITY;
	softmax_loss(x, 4, loss, target, NULL, 3, 4);
	assert_true(fabs(loss[0] - log(1 + exp(masked_logits[0] - masked_logits[2]))) < 1e-14);
	assert_true(loss[1] == 0);
	assert_true(x[1] == 0 && x[3] == 0);
	for (int j = 0; j < 4; j++)
		assert_true(x[4 + j] == 0);
	gradcheck_array(&check, "logits", masked_logits, x, 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linear), cmocka_unit_test(test_bag),  cmocka_unit_test(test_relative),
		cmocka_unit_test(test_chain),  cmocka_unit_test(test_loss),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
