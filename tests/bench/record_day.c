/*
 * A recording (live/record.h) of a day of music, in as much time as it takes:
 * four parts, tempo moving a little at each bar, drained ten times a second by
 * a clock that is made up. Says how large it gets, what memory it has, how
 * often it was written and how long that took.
 *
 *     record_day FILE [NOTES [HOURS]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "live/record.h"

#define SECOND UINT64_C(1000000000)
#define DRAINS 10 /* a second */

struct day {
	struct record *record;
	struct random random;
	uint64_t now, moment; /* ns; a moment, at 120 */
	int open[4];          /* the pitch of each part, -1: none */
	long notes;
};

static void play(const struct day *d, int status, int pitch, int velocity)
{
	const struct played p = {
		.at = d->moment, .size = 3, .message = {(uint8_t)status, (uint8_t)pitch, (uint8_t)velocity}};

	record_played(d->record, &p);
}

/* A part goes on to its next note. */
static void play_note(struct day *d)
{
	int part = (int)(d->notes % 4);

	if (d->open[part] >= 0)
		play(d, 0x80 | part, d->open[part], 64);
	d->open[part] = 40 + 10 * part + (int)random_below(&d->random, 10);
	play(d, 0x90 | part, d->open[part], 60 + (int)random_below(&d->random, 40));
	d->notes++;
}

static void play_tempo(struct day *d)
{
	const struct played p = {.at = d->moment, .us_per_quarter = 495000 + random_below(&d->random, 10000)};

	record_played(d->record, &p);
}

static long file_size(const char *path, ino_t *number)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return 0;
	*number = st.st_ino;
	return (long)st.st_size;
}

int main(int argc, char **argv)
{
	const long wanted = argc > 2 ? strtol(argv[2], NULL, 10) : 1000000;
	const double hours = argc > 3 ? strtod(argv[3], NULL) : 24;
	const long drains = (long)(hours * 3600 * DRAINS);
	struct day d = {.random = random_stream(1, 0, 0, 0), .open = {-1, -1, -1, -1}};
	long writes = 0;
	double written = 0, longest = 0, spent = 0;
	ino_t last = 0;
	struct rusage used;

	d.record = argc > 1 ? record_new(argv[1], NULL) : NULL;
	if (!d.record) {
		fprintf(stderr, "record_day: %s\n", argc > 1 ? error_message() : "which FILE?");
		return 1;
	}
	for (long i = 0; i < drains; i++) {
		uint64_t began;
		double took;
		ino_t number = 0;
		long size;

		d.now += SECOND / DRAINS;
		d.moment += 2 * QUARTER / DRAINS;
		if (i % 20 == 0)
			play_tempo(&d);
		while ((double)d.notes < (double)wanted * (double)(i + 1) / (double)drains)
			play_note(&d);
		began = clock_now();
		if (record_drain(d.record, d.now) < 0)
			fprintf(stderr, "record_day: %s\n", error_message());
		took = (double)(clock_now() - began) * 1e-9;
		spent += took;
		size = file_size(argv[1], &number);
		if (number != last) {
			last = number;
			writes++;
			written += (double)size;
			longest = took > longest ? took : longest;
		}
	}
	if (record_finish(d.record) < 0)
		fprintf(stderr, "record_day: %s\n", error_message());
	getrusage(RUSAGE_SELF, &used);
	printf("%ld notes in %g hours: %ld bytes, %ld kB of memory\n", d.notes, hours, file_size(argv[1], &last),
	       used.ru_maxrss);
	printf("%ld writes, %.1f GB; the longest took %.1f ms; %.1f s in all, %.3f s of processor\n", writes,
	       written * 1e-9, longest * 1e3, spent,
	       (double)used.ru_utime.tv_sec + (double)used.ru_utime.tv_usec * 1e-6 + (double)used.ru_stime.tv_sec +
	               (double)used.ru_stime.tv_usec * 1e-6);
	record_free(d.record);
	return 0;
}
