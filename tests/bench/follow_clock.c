/*
 * How well a MIDI clock is followed (live/follower.h): masters steady, in
 * ramps and jumps, with noise of several kinds, and when what is played at
 * each clock sounds, beside when the master has it. Then the same of phase-locked
 * loops of second and third order with fixed gains, which the follower is in place of.
 *
 *     follow_clock [SEEDS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../unit/clock_master.h"

struct tally {
	int64_t from; /* clocks before are not looked at */
	double squares, most;
	long n;
};

static void add(void *context, int64_t clock, double off)
{
	struct tally *t = context;

	if (clock < t->from || isnan(off))
		return;
	off = fabs(off);
	t->squares += off * off;
	t->most = off > t->most ? off : t->most;
	t->n++;
}

struct tempo { /* from clock to clock: before, in between and after */
	double bpm[2];
	int64_t before, between, after;
};

static double bpm_at(const struct tempo *t, int64_t clock)
{
	double share;

	if (clock < t->before)
		return t->bpm[0];
	if (clock >= t->before + t->between)
		return t->bpm[1];
	share = ((double)(clock - t->before) + 0.5) / (double)t->between;
	return t->bpm[0] + (t->bpm[1] - t->bpm[0]) * share;
}

static void measure(const char *what, const struct tempo *t, enum noise noise, double ms, double poll_ms, int64_t from,
                    int seeds)
{
	const int64_t n = t->before + t->between + t->after;
	struct tally tally = {.from = from};
	int backwards = 0, wrong = 0;

	for (int seed = 0; seed < seeds; seed++) {
		struct master m;

		master_start(&m, (uint64_t)seed, noise, ms * MASTER_MS, n + 1);
		m.poll = poll_ms * MASTER_MS;
		m.played = add;
		m.context = &tally;
		master_begin(&m);
		for (int64_t i = 0; i < n; i++)
			master_clock(&m, bpm_at(t, i), 1);
		backwards += m.backwards;
		wrong += m.follower.line.place - m.follower.origin != n - 1 || m.follower.jumps != 1;
		master_end(&m);
	}
	printf("%-44s %-14s rms %6.3f ms, most %6.2f ms, %ld onsets%s%s\n", what,
	       noise == NOISE_NONE      ? ""
	       : noise == NOISE_UNIFORM ? "uniform"
	                                : "normal",
	       sqrt(tally.squares / (double)tally.n) / MASTER_MS, tally.most / MASTER_MS, tally.n,
	       backwards ? ", BACKWARDS" : "", wrong ? ", WRONG POSITION" : "");
}

/* How long a change of tempo is heard: the last clock after it whose onset is off by more than 2 ms. */
struct relock {
	int64_t at, last;
	double most;
};

static void look(void *context, int64_t clock, double off)
{
	struct relock *r = context;

	if (clock < r->at || isnan(off))
		return;
	off = fabs(off);
	r->most = off > r->most ? off : r->most;
	if (off > 2 * MASTER_MS)
		r->last = clock;
}

static void measure_jump(double a, double b, double ms, int seeds)
{
	struct relock worst = {.last = -1};
	int wrong = 0;

	for (int seed = 0; seed < seeds; seed++) {
		struct relock r = {.at = 192, .last = 191};
		struct master m;

		master_start(&m, (uint64_t)seed, NOISE_NORMAL, ms * MASTER_MS, 400);
		m.played = look;
		m.context = &r;
		master_begin(&m);
		for (int i = 0; i < 384; i++)
			master_clock(&m, i < 192 ? a : b, 1);
		worst.last = r.last > worst.last ? r.last : worst.last;
		worst.most = r.most > worst.most ? r.most : worst.most;
		wrong += m.backwards || m.follower.line.place - m.follower.origin != 383;
		master_end(&m);
	}
	printf("from %3.0f to %3.0f at once, normal noise of %3.1f ms: within 2 ms after %2d clocks, at most %5.1f ms "
	       "off%s\n",
	       a, b, ms, (int)(worst.last - 191), worst.most / MASTER_MS, wrong ? ", WRONG" : "");
}

/*
 * A loop with fixed gains, those of exponentially fading memory (a critically
 * damped alpha-beta or alpha-beta-gamma filter), which begins as least
 * squares does. theta: what remains of a clock's weight at the next.
 */
struct loop {
	double theta;
	int order;
	long n;
	double at, period, change; /* of the last clock */
};

static double predict(const struct loop *l)
{
	return l->at + l->period + l->change / 2;
}

static void correct(struct loop *l, double arrived)
{
	const double n = (double)++l->n, t = l->theta, off = arrived - predict(l);
	double a = 1 - t * t, b = (1 - t) * (1 - t), c = 0;

	if (l->order == 3) {
		a = 1 - t * t * t;
		b = 1.5 * b * (1 + t);
		c = (1 - t) * (1 - t) * (1 - t);
	}
	if (n <= 2) {
		l->period = n == 2 ? arrived - l->at : 0;
		l->at = arrived;
		return;
	}
	/* as a line through all that came, while that is the shorter memory */
	if (6 / (n * (n + 1)) > b) {
		a = 2 * (2 * n - 1) / (n * (n + 1));
		b = 6 / (n * (n + 1));
		c = 0;
	}
	l->at = predict(l) + a * off;
	l->period += l->change + b * off;
	l->change += c * off;
}

static struct tally run_loop(const struct loop *like, const struct tempo *t, double ms, int64_t from, int seeds)
{
	struct tally tally = {.from = from};

	for (int seed = 0; seed < seeds; seed++) {
		struct random random = random_stream((uint64_t)seed, 0, 0, 0);
		struct loop l = *like;
		double time = 0;

		for (int64_t i = 0; i < t->before + t->between + t->after; i++) {
			double arrived = time + random_normal(&random) * ms * MASTER_MS, played = predict(&l);

			correct(&l, arrived);
			if (l.n < 3 || played > arrived)
				played = fmax(arrived, l.at);
			add(&tally, i, played - time);
			time += 60e9 / (CLOCKS_A_QUARTER * bpm_at(t, i));
		}
	}
	return tally;
}

static void compare(const char *name, const struct loop *like, int seeds)
{
	static const struct tempo steady = {{120, 120}, 9600, 0, 0}, ramp = {{60, 180}, 192, 768, 192};
	const struct tally a = run_loop(like, &steady, 1, 96, seeds), b = run_loop(like, &ramp, 0.2, 192, seeds),
			   c = run_loop(like, &ramp, 1, 192, seeds);

	printf("%s, theta %.2f: 120 at 1 ms rms %.2f, most %.2f; 60 to 180 at 0.2 ms %.2f, %.2f; at 1 ms %.2f, %.2f\n",
	       name, like->theta, sqrt(a.squares / (double)a.n) / MASTER_MS, a.most / MASTER_MS,
	       sqrt(b.squares / (double)b.n) / MASTER_MS, b.most / MASTER_MS, sqrt(c.squares / (double)c.n) / MASTER_MS,
	       c.most / MASTER_MS);
}

int main(int argc, char **argv)
{
	const int seeds = argc > 1 ? atoi(argv[1]) : 20;
	const struct tempo steady = {{120, 120}, 9600, 0, 0}, bar = {{120, 120}, 96, 0, 0},
			   ramp = {{60, 180}, 192, 768, 192}, gentle = {{90, 100}, 192, 384, 192},
			   fast = {{400, 400}, 9600, 0, 0}, quick = {{240, 240}, 9600, 0, 0},
			   slow = {{10, 10}, 960, 0, 0};
	const struct tempo day = {{120, 120}, (int64_t)24 * 3600 * 48, 0, 0};
	clock_t began;

	measure("120, after a bar", &steady, NOISE_UNIFORM, 1, 0, 96, seeds);
	measure("120, after a bar", &steady, NOISE_NORMAL, 1, 0, 96, seeds);
	measure("120, noise of 0.1 ms", &steady, NOISE_NORMAL, 0.1, 0, 96, seeds);
	measure("120, read every ms", &steady, NOISE_NONE, 0, 1, 96, seeds);
	measure("120, the second beat", &bar, NOISE_NORMAL, 1, 0, 24, seeds * 10);
	measure("240, after a bar", &quick, NOISE_NORMAL, 1, 0, 96, seeds);
	measure("400, after a bar", &fast, NOISE_NORMAL, 1, 0, 96, seeds);
	measure("10, after a bar", &slow, NOISE_NORMAL, 1, 0, 96, seeds);
	measure("60 to 180 in 8 bars", &ramp, NOISE_NONE, 0, 0, 192, 1);
	measure("60 to 180 in 8 bars, 0.2 ms", &ramp, NOISE_NORMAL, 0.2, 0, 192, seeds);
	measure("60 to 180 in 8 bars, 1 ms", &ramp, NOISE_NORMAL, 1, 0, 192, seeds);
	measure("90 to 100 in 4 bars, 1 ms", &gentle, NOISE_NORMAL, 1, 0, 192, seeds);
	for (double ms = 0.1; ms < 2; ms *= 10) {
		measure_jump(120, 126, ms, seeds);
		measure_jump(120, 140, ms, seeds);
		measure_jump(120, 60, ms, seeds);
		measure_jump(60, 120, ms, seeds);
		measure_jump(60, 180, ms, seeds);
		measure_jump(180, 60, ms, seeds);
	}
	for (int order = 2; order <= 3; order++)
		for (double theta = 0.8; theta < 0.96; theta += 0.05)
			compare(order == 2 ? "second order" : "third order",
			        &(struct loop){.theta = theta, .order = order}, seeds);
	began = clock();
	measure("24 hours at 120", &day, NOISE_NORMAL, 1, 0, 96, 1);
	printf("%.2f us of processor time a clock\n",
	       (double)(clock() - began) / CLOCKS_PER_SEC * 1e6 / (double)(day.before));
	return 0;
}
