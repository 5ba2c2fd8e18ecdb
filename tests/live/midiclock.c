/*
 * midiclock [-j MS] [-s SEED] [-t SECONDS] PORT WORD...: a master of a MIDI clock, which writes raw
 * bytes to an ALSA device file (the other end of a virtual port), to monotonic deadlines.
 *
 *	start stop continue	fa, fc, fb, a millisecond before the next clock's time
 *	position N		f2: N sixteenths
 *	clocks N BPM		N clocks (24 a quarter) at this tempo
 *	ramp N BPM BPM		the same, from one tempo to another
 *	drop N BPM		the time of N clocks without them
 *	double N BPM		each twice
 *	silence SECONDS		nothing
 *	bytes 90,3c,50		these
 *
 * -j: everything is early or late by up to so much, evenly; -t: the first clock
 * is at this monotonic time. What is sent is printed in the form of the log of
 * pmstub.c, at its true time, and then when it was sent: "12.500000000 f8 12.500341222".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int port;
static double at, jitter; /* the true time of the next clock; s */
static uint64_t seed = 1;

static void give_up(const char *what)
{
	fprintf(stderr, "midiclock: %s\n", what);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void sleep_until(double when)
{
	struct timespec t = {.tv_sec = (time_t)when, .tv_nsec = (long)((when - (double)(time_t)when) * 1e9)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

/* SplitMix64: -1 to 1. */
static double lot(void)
{
	uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (double)((z ^ z >> 31) >> 11) * 0x1p-52 - 1;
}

static void send(const unsigned char *bytes, size_t n, double when)
{
	sleep_until(when + jitter * lot());
	if (write(port, bytes, n) != (ssize_t)n)
		give_up("the port does not take what is written");
	printf("%.9f", when);
	for (size_t i = 0; i < n; i++)
		printf(" %02x", bytes[i]);
	printf(" %.9f\n", now());
}

static void send_byte(unsigned char byte, double when)
{
	send(&byte, 1, when);
}

static void clocks(long n, double from, double to, int times)
{
	for (long i = 0; i < n; i++) {
		double bpm = from + (to - from) * ((double)i + 0.5) / (double)n;

		for (int j = 0; j < times; j++)
			send_byte(0xf8, at);
		at += 60 / (24 * bpm);
	}
}

/* The next word, a number. */
static double number(char ***words)
{
	char *word = *++*words, *end;
	double v;

	if (!word)
		give_up("a number is missing");
	v = strtod(word, &end);
	if (*end || end == word || !(v >= 0))
		give_up("that is no number");
	return v;
}

static void send_list(char ***words)
{
	const char *list = *++*words;
	unsigned char bytes[64];
	size_t n = 0;

	while (list && *list && n < sizeof bytes) {
		char *end;

		bytes[n++] = (unsigned char)strtoul(list, &end, 16);
		if (end == list || (*end && *end != ','))
			give_up("bytes are 90,3c,50");
		list = *end ? end + 1 : end;
	}
	if (n == 0)
		give_up("bytes are missing");
	send(bytes, n, at - 0.001);
}

static void send_position(char ***words)
{
	long n = (long)number(words);
	const unsigned char bytes[3] = {0xf2, (unsigned char)(n & 127), (unsigned char)(n >> 7 & 127)};

	send(bytes, 3, at - 0.001);
}

/* clocks, ramp, drop, double: how many, from which tempo to which. */
static void send_clocks(char ***words)
{
	const char *what = **words;
	long n = (long)number(words);
	double from = number(words), to = !strcmp(what, "ramp") ? number(words) : from;

	clocks(n, from, to, !strcmp(what, "drop") ? 0 : !strcmp(what, "double") ? 2 : 1);
}

/* One command; the last of its words. */
static char **run(char **words)
{
	const char *what = *words;

	if (!strcmp(what, "start"))
		send_byte(0xfa, at - 0.001);
	else if (!strcmp(what, "continue"))
		send_byte(0xfb, at - 0.001);
	else if (!strcmp(what, "stop"))
		send_byte(0xfc, at - 0.001);
	else if (!strcmp(what, "position"))
		send_position(&words);
	else if (!strcmp(what, "silence"))
		at += number(&words);
	else if (!strcmp(what, "bytes"))
		send_list(&words);
	else if (!strcmp(what, "clocks") || !strcmp(what, "ramp") || !strcmp(what, "drop") || !strcmp(what, "double"))
		send_clocks(&words);
	else
		give_up("that is no command");
	return words;
}

int main(int argc, char **argv)
{
	int option;

	at = now() + 0.1;
	while ((option = getopt(argc, argv, "+j:s:t:")) != -1)
		switch (option) {
		case 'j':
			jitter = strtod(optarg, NULL) * 1e-3;
			break;
		case 's':
			seed = strtoull(optarg, NULL, 10);
			break;
		case 't':
			at = strtod(optarg, NULL);
			break;
		default:
			return 2;
		}
	if (argc - optind < 2)
		return 2;
	port = open(argv[optind], O_WRONLY);
	if (port < 0)
		give_up(strerror(errno));
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	for (char **words = argv + optind + 1; *words; words++)
		words = run(words);
	return 0;
}
