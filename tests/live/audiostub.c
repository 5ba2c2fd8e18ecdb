/*
 * Audio of our own for tests on machines without any: loaded in front of
 * FluidSynth (LD_PRELOAD), it stands for the audio driver and nothing else.
 * A thread asks for blocks at their times, as a sound card does, and writes
 * what it gets to a file, as 32-bit floats, left and right in turn.
 *
 *	AUDIOSTUB_FILE=FILE	what was heard
 *	AUDIOSTUB_FRAMES=N	of a block; 256
 *	AUDIOSTUB_BURST=N	so many blocks at once, and then none for as long; 1
 *	AUDIOSTUB_END=N		after N blocks it asks for no more
 *	AUDIOSTUB_ONCE=1	it opens once, and never again
 *	AUDIOSTUB_NONE=1	there is no audio
 *
 * It is strict: a block that cannot be written, or that is not in -4..4, ends
 * the program.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FRAMES_MAX 8192

typedef int fill_function(void *context, int n, int n_effects, float *effects[], int n_out, float *out[]);
int fluid_settings_getnum(void *settings, const char *name, double *value);

static struct stub_driver {
	fill_function *fill;
	void *context;
	double rate;
	long frames, burst, end;
	int fd;
	_Atomic int stop;
	pthread_t thread;
} driver;
static int opened; /* at least once */

static void die(const char *what)
{
	dprintf(2, "audiostub: %s\n", what);
	abort();
}

static long number_from(const char *name, long otherwise)
{
	const char *text = getenv(name);

	return text ? strtol(text, NULL, 10) : otherwise;
}

static void ask(struct stub_driver *d)
{
	static float left[FRAMES_MAX], right[FRAMES_MAX], both[2 * FRAMES_MAX];
	float *out[2] = {left, right};
	const size_t size = 2 * (size_t)d->frames * sizeof *both;

	memset(left, 0, sizeof left);
	memset(right, 0, sizeof right);
	if (d->fill(d->context, (int)d->frames, 0, NULL, 2, out) != 0)
		die("a block was refused");
	for (long i = 0; i < d->frames; i++) {
		if (!(left[i] > -4 && left[i] < 4 && right[i] > -4 && right[i] < 4))
			die("what is in a block is no sound");
		both[2 * i] = left[i];
		both[2 * i + 1] = right[i];
	}
	if (d->fd >= 0 && write(d->fd, both, size) != (ssize_t)size)
		die("cannot write what was heard");
}

static void *run(void *context)
{
	struct stub_driver *d = context;
	struct timespec next;
	long asked = 0;

	clock_gettime(CLOCK_MONOTONIC, &next);
	while (!d->stop) {
		for (long i = 0; i < d->burst && (d->end < 0 || asked < d->end); i++, asked++)
			ask(d);
		next.tv_nsec += (long)(1e9 * (double)(d->frames * d->burst) / d->rate);
		while (next.tv_nsec >= 1000000000) {
			next.tv_nsec -= 1000000000;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	return NULL;
}

void *new_fluid_audio_driver2(void *settings, fill_function *fill, void *context)
{
	const char *file = getenv("AUDIOSTUB_FILE");

	if (getenv("AUDIOSTUB_NONE") || (opened && getenv("AUDIOSTUB_ONCE")))
		return NULL;
	driver = (struct stub_driver){.fill = fill, .context = context, .fd = -1};
	driver.frames = number_from("AUDIOSTUB_FRAMES", 256);
	driver.burst = number_from("AUDIOSTUB_BURST", 1);
	driver.end = number_from("AUDIOSTUB_END", -1);
	if (driver.frames < 1 || driver.frames > FRAMES_MAX || driver.burst < 1)
		die("no such blocks");
	if (fluid_settings_getnum(settings, "synth.sample-rate", &driver.rate) != 0)
		die("no rate");
	if (file &&
	    (driver.fd = open(file, O_WRONLY | O_CREAT | O_APPEND | (opened ? 0 : O_TRUNC) | O_CLOEXEC, 0644)) < 0)
		die("cannot open the file of what is heard");
	if (pthread_create(&driver.thread, NULL, run, &driver) != 0)
		die("no thread");
	opened = 1;
	return &driver;
}

void delete_fluid_audio_driver(void *d)
{
	if (d != &driver)
		die("an audio driver is closed that is not open");
	driver.stop = 1;
	pthread_join(driver.thread, NULL);
	if (driver.fd >= 0)
		close(driver.fd);
}
