/*
 * The optimisers: three steps each worked out by hand, four more to seventeen
 * digits, what they make of a bowl, and that tensors, elements and runs do not
 * touch one another. Both builds run it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "num/optim.h"
#include "doubles.h"
#include "reals.h"

#ifdef REAL_DOUBLE
#define TOLERANCE 1e-13
#else
#define TOLERANCE 2e-6
#endif

static const char *const names[OPTIM_KINDS] = {
	[OPTIM_SGD] = "sgd",         [OPTIM_MOMENTUM] = "momentum", [OPTIM_NESTEROV] = "nesterov",
	[OPTIM_ADAGRAD] = "adagrad", [OPTIM_ADADELTA] = "adadelta", [OPTIM_RMSPROP] = "rmsprop",
	[OPTIM_ADAM] = "adam",       [OPTIM_ADAMW] = "adamw",       [OPTIM_ADAMAX] = "adamax",
	[OPTIM_NADAM] = "nadam",     [OPTIM_AMSGRAD] = "amsgrad",
};

/* A list of tensors under an optimiser. */
struct run {
	struct optim_options o;
	struct params p;
	real *w, *g, *state[OPTIM_PLANES_MAX];
	uint64_t step;
};

/* The tensors are in r->p by now; w is 0. */
static void run_begin(struct run *r, const struct optim_options *o)
{
	r->o = *o;
	r->w = params_plane(&r->p);
	r->g = params_plane(&r->p);
	assert_true(r->w && r->g);
	for (int i = 0; i < optim_planes(o->kind); i++) {
		r->state[i] = params_plane(&r->p);
		assert_non_null(r->state[i]);
	}
}

static void run_done(struct run *r)
{
	free(r->w);
	free(r->g);
	for (int i = 0; i < OPTIM_PLANES_MAX; i++)
		free(r->state[i]);
	params_done(&r->p);
}

static void run_step(struct run *r, double lr)
{
	/* in two ranges, the later one first: one of them may end within a tensor */
	const size_t at = r->p.size / 3;

	r->step++;
	optim_step(&r->o, &r->p, r->w, r->state, r->g, lr, r->step, at, r->p.size);
	optim_step(&r->o, &r->p, r->w, r->state, r->g, lr, r->step, 0, at);
}

/* One tensor of two elements. */
static void run_pair(struct run *r, const struct optim_options *o, double w0, double w1)
{
	*r = (struct run){0};
	params_add(&r->p, "x", 1, 2, INIT_ZERO, 0, true);
	run_begin(r, o);
	r->w[0] = (real)w0;
	r->w[1] = (real)w1;
}

static void test_names(void **state)
{
	char all[256] = "";

	(void)state;
	for (int kind = 0; kind < OPTIM_KINDS; kind++) {
		strcat(all, kind ? "|" : "");
		strcat(all, names[kind]);
	}
	assert_string_equal(all, OPTIM_NAMES);
}

/* ---- by hand ------------------------------------------------------------- */

/*
 * Gradients 12, 4, 3 and, for the other element, -12, -4, -3; weights from 1
 * and -1; every rate 1/2. All optimisers are odd functions of (w, g). Then
 *
 *   velocity       -6,  -3 - 2 = -5,  -2.5 - 1.5 = -4
 *   sum of squares 144, 160, 169
 *   mean square    72,  36 + 8 = 44,  22 + 4.5 = 26.5     its largest: 72
 *   moment         6,   3 + 2 = 5,    2.5 + 1.5 = 4
 *   1 - beta^t     1/2, 3/4, 7/8, so without bias:
 *   moment         12,  20/3, 32/7
 *   mean square    144, 176/3, 212/7                      its largest: 144, 96, 576/7
 *   largest        12,  max(6, 4) = 6, max(3, 3) = 3
 */
static void check_by_hand(int kind, double epsilon, const double by[3])
{
	static const double g[3] = {12, 4, 3};
	const struct optim_options o = {
		.kind = kind, .momentum = 0.5, .rho = 0.5, .beta1 = 0.5, .beta2 = 0.5, .epsilon = epsilon};
	struct run r;
	double w = 1;

	run_pair(&r, &o, 1, -1);
	for (int t = 0; t < 3; t++) {
		w -= by[t];
		r.g[0] = (real)g[t];
		r.g[1] = (real)-g[t];
		run_step(&r, 0.5);
		check_near((double)r.w[0], w, 5 * TOLERANCE);
		check_near((double)r.w[1], -w, 5 * TOLERANCE);
	}
	run_done(&r);
}

#define BY_HAND(kind, epsilon, ...) check_by_hand(kind, epsilon, (const double[3]){__VA_ARGS__})

static void test_by_hand(void **state)
{
	/* Zeiler's d, with epsilon 1, and e, the mean of its squares */
	const double e1 = 0.5 * 144 / 73, d2 = 4 * sqrt(e1 + 1) / sqrt(45), e2 = 0.5 * e1 + 0.5 * d2 * d2;
	/* Dozat's mu_1 to mu_4 */
	const double mu1 = 0.5 * (1 - pow(0.96, 0.004) / 2), mu2 = 0.5 * (1 - pow(0.96, 0.008) / 2),
		     mu3 = 0.5 * (1 - pow(0.96, 0.012) / 2), mu4 = 0.5 * (1 - pow(0.96, 0.016) / 2);

	(void)state;
	BY_HAND(OPTIM_SGD, 0, 0.5 * 12, 0.5 * 4, 0.5 * 3);
	BY_HAND(OPTIM_MOMENTUM, 0, 6, 5, 4);
	BY_HAND(OPTIM_NESTEROV, 0, 0.5 * 6 + 0.5 * 12, 0.5 * 5 + 0.5 * 4, 0.5 * 4 + 0.5 * 3);
	BY_HAND(OPTIM_ADAGRAD, 0, 0.5 * 12 / 12, 0.5 * 4 / sqrt(160), 0.5 * 3 / 13);
	BY_HAND(OPTIM_ADADELTA, 1, 0.5 * 12 / sqrt(73), 0.5 * d2, 0.5 * 3 * sqrt(e2 + 1) / sqrt(27.5));
	BY_HAND(OPTIM_RMSPROP, 0, 0.5 * 12 / sqrt(72), 0.5 * 4 / sqrt(44), 0.5 * 3 / sqrt(26.5));
	BY_HAND(OPTIM_ADAM, 0, 0.5 * 12 / 12, 0.5 * 20 / 3 / sqrt(176.0 / 3), 0.5 * 32 / 7 / sqrt(212.0 / 7));
	BY_HAND(OPTIM_ADAMW, 0, 0.5 * 12 / 12, 0.5 * 20 / 3 / sqrt(176.0 / 3), 0.5 * 32 / 7 / sqrt(212.0 / 7));
	BY_HAND(OPTIM_ADAMAX, 0, 0.5 * 12 / 12, 0.5 * 20 / 3 / 6, 0.5 * 32 / 7 / 3);
	BY_HAND(OPTIM_NADAM, 0, 0.5 * (mu2 * 6 / (1 - mu1 * mu2) + (1 - mu1) * 12 / (1 - mu1)) / 12,
	        0.5 * (mu3 * 5 / (1 - mu1 * mu2 * mu3) + (1 - mu2) * 4 / (1 - mu1 * mu2)) / sqrt(176.0 / 3),
	        0.5 * (mu4 * 4 / (1 - mu1 * mu2 * mu3 * mu4) + (1 - mu3) * 3 / (1 - mu1 * mu2 * mu3)) /
	                sqrt(212.0 / 7));
	BY_HAND(OPTIM_AMSGRAD, 0, 0.5 * 12 / 12, 0.5 * 20 / 3 / sqrt(96), 0.5 * 32 / 7 / sqrt(576.0 / 7));
}

/* ---- to seventeen digits ------------------------------------------------- */

#define STEPS 4

static const double table_lr[STEPS] = {0.1, 0.2, 0.05, 0.1};
static const double table_g[STEPS][2] = {{3, 0}, {-0.5, 2}, {0.25, -4}, {1, 0.125}};
static const double table_w[2] = {1, -2};
static const struct optim_options table_options = {
	.momentum = 0.8, .rho = 0.6, .beta1 = 0.7, .beta2 = 0.9, .epsilon = 0.01, .weight_decay = 0.1};

/*
 * Weights after each step, by the papers' equations in decimal arithmetic of
 * 50 digits. Keras 3.15 in double precision gives the same to 5e-16 where it
 * means the same: adagrad and rmsprop with epsilon 0, since it has that inside
 * the root; adam, adamw and amsgrad with epsilon times sqrt(1 - beta2^t),
 * since it adds that to the root of the moment that is not corrected; nadam
 * with its schedule's 0.96^t in place of Dozat's 0.96^(t / 250).
 */
static const double table[OPTIM_KINDS][STEPS][2] = {
	[OPTIM_SGD] = {{0.69000000000000000, -1.98000000000000000},
                       {0.77620000000000000, -2.34040000000000000},
                       {0.75981900000000000, -2.12869800000000000},
                       {0.65222081000000000, -2.11991102000000000}},
	[OPTIM_MOMENTUM] = {{0.69000000000000000, -1.98000000000000000},
                            {0.53620000000000000, -2.34040000000000000},
                            {0.40901900000000000, -2.44869800000000000},
                            {0.20532881000000000, -2.53271102000000000}},
	[OPTIM_NESTEROV] = {{0.45000000000000000, -1.98000000000000000},
                            {0.42900000000000000, -2.66040000000000000},
                            {0.31475500000000000, -2.54309800000000000},
                            {0.05192745000000000, -2.61696702000000000}},
	[OPTIM_ADAGRAD] = {{0.89033222591362126, -1.98000000000000000},
                           {0.90529762504067592, -2.13940497512437811},
                           {0.89668835628972968, -2.08408636759084714},
                           {0.85667818363150751, -2.06603326650300675}},
	[OPTIM_ADADELTA] = {{0.97421052631578947, -1.98000000000000000},
                            {0.96410627830430421, -1.97192441624956403},
                            {0.95790943567646959, -1.95166233954755077},
                            {0.93754007267293011, -1.93322881159345470}},
	[OPTIM_RMSPROP] = {{0.83271508129939491, -1.98000000000000000},
                           {0.88214023619083215, -2.25414737522778967},
                           {0.86718243200066473, -2.16942640143946150},
                           {0.76909894287044012, -2.15364813598914763}},
	[OPTIM_ADAM] = {{0.90033222591362126, -2.00000000000000000},
                        {0.81096713778474847, -2.16105528250345093},
                        {0.79237288797896898, -2.13906433409270414},
                        {0.74142240192593480, -2.10966100199347514}},
	[OPTIM_ADAMW] = {{0.89033222591362126, -1.98000000000000000},
                         {0.78316049326647604, -2.10145528250345093},
                         {0.76065044099436417, -2.06895705768018689},
                         {0.70209345053138636, -2.01886415500415601}},
	[OPTIM_ADAMAX] = {{0.89033222591362126, -1.98000000000000000},
                          {0.80306606327075583, -2.05746175007316359},
                          {0.78623165967047361, -2.03237126661117501},
                          {0.74316719306517049, -1.99351107207089917}},
	[OPTIM_NADAM] = {{0.87840145747778929, -1.98000000000000000},
                         {0.87932133990302437, -2.17324076283537337},
                         {0.86553555100292511, -2.10693074000301093},
                         {0.79978657377869066, -2.08161671516798235}},
	[OPTIM_AMSGRAD] = {{0.89033222591362126, -1.98000000000000000},
                           {0.78643300047349923, -2.10145528250345093},
                           {0.76543084682430862, -2.06895705768018689},
                           {0.71026295932550275, -2.02035444322450621}},
};

/* Tensors that fill vectors, leave tails and end in padding, elements by turns of the table's two. */
static void run_table(struct run *r, int kind)
{
	struct optim_options o = table_options;

	*r = (struct run){0};
	params_add(&r->p, "a", 1, 2, INIT_ZERO, 0, true);
	params_add(&r->p, "b", 5, 7, INIT_ZERO, 0, true);
	params_add(&r->p, "c", 19, 3, INIT_ZERO, 0, true);
	o.kind = kind;
	run_begin(r, &o);
}

/* The number of an element within its tensor; -1: padding. */
static int place_of(const struct params *p, size_t i)
{
	for (size_t k = 0; k < p->n; k++) {
		const struct tensor *t = &p->tensors[k];

		if (i >= t->offset && i < t->offset + (size_t)t->rows * (size_t)t->cols)
			return (int)(i - t->offset);
	}
	return -1;
}

static void table_step(struct run *r, int t)
{
	for (size_t i = 0; i < r->p.size; i++) {
		const int place = place_of(&r->p, i);

		if (place >= 0 && t == 0)
			r->w[i] = (real)table_w[place % 2];
		r->g[i] = place >= 0 ? (real)table_g[t][place % 2] : 0;
	}
	run_step(r, table_lr[t]);
}

static void test_table(void **state)
{
	(void)state;
	for (int kind = 0; kind < OPTIM_KINDS; kind++) {
		struct run r;
		double worst = 0;

		run_table(&r, kind);
		for (int t = 0; t < STEPS; t++) {
			table_step(&r, t);
			for (size_t i = 0; i < r.p.size; i++) {
				const int place = place_of(&r.p, i);
				const double want = place >= 0 ? table[kind][t][place % 2] : 0;

				check_near((double)r.w[i], want, place >= 0 ? TOLERANCE : 0);
				worst = fmax(worst, fabs((double)r.w[i] - want));
				for (int j = 0; j < optim_planes(kind) && place < 0; j++)
					assert_true(r.state[j][i] == 0);
			}
		}
		print_message("%-8s %d planes, within %.1e\n", names[kind], optim_planes(kind), worst);
		run_done(&r);
	}
}

/* Where the gradient at the point ahead is asked for as the paper has it, from x and v, w is that point. */
static void test_nesterov_two_points(void **state)
{
	const struct optim_options o = {.kind = OPTIM_NESTEROV, .momentum = 0.9};
	struct run r;
	double x[2] = {1, -2}, v[2] = {0, 0};

	(void)state;
	run_pair(&r, &o, x[0], x[1]);
	for (int t = 0; t < 40; t++) {
		const double lr = 0.02 / (1 + 0.1 * t);

		for (int i = 0; i < 2; i++) {
			const double curve = i ? 7 : 3, ahead = x[i] + 0.9 * v[i];

			check_near((double)r.w[i], ahead, 10 * TOLERANCE);
			r.g[i] = (real)curve * r.w[i];
			v[i] = 0.9 * v[i] - lr * curve * ahead;
			x[i] += v[i];
		}
		run_step(&r, lr);
	}
	assert_true(fabs(x[0]) < 0.5 && fabs(x[1]) < 0.5);
	run_done(&r);
}

/* A nadam of a million steps: its corrections are gone, and a steady gradient moves w by the learning rate. */
static void test_nadam_late(void **state)
{
	const struct optim_options o = {.kind = OPTIM_NADAM, .beta1 = 0.9, .beta2 = 0.99, .epsilon = 1e-8};
	struct run r;

	(void)state;
	run_pair(&r, &o, 0, 0);
	r.state[0][0] = r.state[1][0] = r.g[0] = 1;
	r.state[0][1] = r.g[1] = -2;
	r.state[1][1] = 4;
	r.step = 1000000;
	run_step(&r, 0.5);
	check_near((double)r.w[0], -0.5, 1e-6);
	check_near((double)r.w[1], 0.5, 1e-6);
	run_done(&r);
}

/* ---- weight decay -------------------------------------------------------- */

/* One step of tensors of the same numbers; only the first is said to decay. */
static void decay_step(struct run *r, int kind, double weight_decay)
{
	struct optim_options o = table_options;

	*r = (struct run){0};
	params_add(&r->p, "matrix", 2, 9, INIT_ZERO, 0, true);
	params_add(&r->p, "bias", 1, 18, INIT_ZERO, 0, false);
	o.kind = kind;
	o.weight_decay = weight_decay;
	run_begin(r, &o);
	for (int i = 0; i < 18; i++) {
		r->w[i] = r->w[r->p.tensors[1].offset + (size_t)i] = (real)(i - 7);
		r->g[i] = r->g[r->p.tensors[1].offset + (size_t)i] = (real)(1 + i % 5);
	}
	run_step(r, 0.25);
}

/* It takes lr decay w off where it is wanted, and neither it nor its lack is seen in the state. */
static void test_decay(void **state)
{
	(void)state;
	for (int kind = 0; kind < OPTIM_KINDS; kind++) {
		const double decay = kind == OPTIM_ADAM ? 0 : 0.5;
		struct run with, without;

		decay_step(&with, kind, 0.5);
		decay_step(&without, kind, 0);
		for (size_t i = 0; i < 18; i++) {
			const size_t bias = with.p.tensors[1].offset + i;

			check_near((double)with.w[i], (double)without.w[i] - 0.25 * decay * ((double)i - 7), TOLERANCE);
			assert_true(with.w[bias] == without.w[bias]);
			check_near((double)with.w[bias], (double)without.w[i], TOLERANCE);
		}
		for (int j = 0; j < optim_planes(kind); j++)
			assert_memory_equal(with.state[j], without.state[j], with.p.size * sizeof(real));
		run_done(&with);
		run_done(&without);
	}
}

/* ---- apart from one another ---------------------------------------------- */

static void random_run(struct run *r, int kind, uint64_t key_of_second, bool alone)
{
	struct optim_options o = table_options;

	*r = (struct run){0};
	params_add(&r->p, "first", 6, 11, INIT_ZERO, 0, true);
	if (!alone)
		params_add(&r->p, "second", 3, 9, INIT_ZERO, 0, true);
	o.kind = kind;
	run_begin(r, &o);
	for (uint64_t t = 0; t < 20; t++) {
		for (size_t i = 0; i < r->p.n; i++) {
			const struct tensor *e = &r->p.tensors[i];

			reals_fill(r->g + e->offset, (size_t)e->rows * (size_t)e->cols, 1,
			           (i ? key_of_second : 1) + 1000 * t);
		}
		run_step(r, 0.01);
	}
}

/* A tensor comes out the same whatever the others' gradients are and whether there are others. */
static void test_apart(void **state)
{
	(void)state;
	for (int kind = 0; kind < OPTIM_KINDS; kind++) {
		struct run a, again, b, alone;
		size_t first;

		random_run(&a, kind, 2, false);
		random_run(&again, kind, 2, false);
		random_run(&b, kind, 3, false);
		random_run(&alone, kind, 0, true);
		first = a.p.tensors[1].offset;
		assert_memory_equal(a.w, again.w, a.p.size * sizeof(real));
		assert_memory_equal(a.w, b.w, first * sizeof(real));
		assert_memory_equal(a.w, alone.w, first * sizeof(real));
		assert_memory_not_equal(a.w + first, b.w + first, 27 * sizeof(real));
		for (int j = 0; j < optim_planes(kind); j++) {
			assert_memory_equal(a.state[j], again.state[j], a.p.size * sizeof(real));
			assert_memory_equal(a.state[j], b.state[j], first * sizeof(real));
			assert_memory_equal(a.state[j], alone.state[j], first * sizeof(real));
			assert_memory_not_equal(a.state[j] + first, b.state[j] + first, 27 * sizeof(real));
		}
		run_done(&a);
		run_done(&again);
		run_done(&b);
		run_done(&alone);
	}
}

/* Elements that have had no gradient stay, at the least epsilon there is. */
static void test_no_gradient(void **state)
{
	(void)state;
	for (int kind = 0; kind < OPTIM_KINDS; kind++) {
		struct optim_options o = table_options;
		struct run r;

		o.kind = kind;
		o.epsilon = 1e-12;
		o.weight_decay = 0;
		run_pair(&r, &o, 1, -2);
		for (int t = 0; t < 3; t++) {
			r.g[1] = 1;
			run_step(&r, 0.1);
			assert_true(r.w[0] == 1);
			assert_true(r.w[1] < -2 && isfinite(r.w[1]));
		}
		run_done(&r);
	}
}

/* ---- down a bowl --------------------------------------------------------- */

/* 3 (x - 2)^2 + (y + 1)^2 / 2 from (0, 0), the learning rate falling to 0. */
static void test_bowl(void **state)
{
	static const double lr[OPTIM_KINDS] = {
		[OPTIM_SGD] = 0.1,     [OPTIM_MOMENTUM] = 0.02, [OPTIM_NESTEROV] = 0.02, [OPTIM_ADAGRAD] = 0.5,
		[OPTIM_ADADELTA] = 1,  [OPTIM_RMSPROP] = 0.02,  [OPTIM_ADAM] = 0.02,     [OPTIM_ADAMW] = 0.02,
		[OPTIM_ADAMAX] = 0.02, [OPTIM_NADAM] = 0.02,    [OPTIM_AMSGRAD] = 0.02,
	};
	const int steps = 3000;

	(void)state;
	for (int kind = 0; kind < OPTIM_KINDS; kind++) {
		const struct optim_options o = {.kind = kind,
		                                .momentum = 0.9,
		                                .rho = 0.9,
		                                .beta1 = 0.9,
		                                .beta2 = 0.99,
		                                .epsilon = kind == OPTIM_ADADELTA ? 1e-6 : 1e-8};
		struct run r;

		run_pair(&r, &o, 0, 0);
		for (int t = 0; t < steps; t++) {
			r.g[0] = 6 * (r.w[0] - 2);
			r.g[1] = r.w[1] + 1;
			run_step(&r, lr[kind] * (1 - (double)t / steps));
		}
		print_message("%-8s %.1e, %.1e from the bottom\n", names[kind], fabs((double)r.w[0] - 2),
		              fabs((double)r.w[1] + 1));
		check_near((double)r.w[0], 2, 1e-3);
		check_near((double)r.w[1], -1, 1e-3);
		run_done(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),      cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_table),      cmocka_unit_test(test_nesterov_two_points),
		cmocka_unit_test(test_nadam_late), cmocka_unit_test(test_decay),
		cmocka_unit_test(test_apart),      cmocka_unit_test(test_no_gradient),
		cmocka_unit_test(test_bowl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
