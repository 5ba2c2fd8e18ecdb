/*
 * midicap PORT: read raw MIDI bytes from an ALSA device file and print each
 * message with the monotonic time of its last byte, in the form of the log of
 * pmstub.c: "SECONDS open PORT", "SECONDS 90 3c 50", at SIGTERM "SECONDS close".
 * Running status is undone. Of what is no channel message the song position
 * and what is one byte of real time are printed.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stop;

static void ask_stop(int signal)
{
	(void)signal;
	stop = 1;
}

static void stamp(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	printf("%ld.%09ld ", (long)t.tv_sec, t.tv_nsec);
}

static void take(unsigned char byte)
{
	static unsigned char message[3];
	static int have, want;

	if (byte >= 0xf8) {
		stamp();
		printf("%02x\n", byte);
		return;
	}
	if (byte >= 0x80) {
		message[0] = byte;
		have = 1;
		want = byte == 0xf2 ? 3 : byte >= 0xf0 ? 0 : (byte & 0xe0) == 0xc0 ? 2 : 3;
		return;
	}
	if (want == 0)
		return;
	message[have++] = byte;
	if (have < want)
		return;
	stamp();
	for (int i = 0; i < want; i++)
		printf("%02x%c", message[i], i + 1 < want ? ' ' : '\n');
	have = 1;
	/* what is no channel message has no running status */
	if (message[0] >= 0xf0)
		want = 0;
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = ask_stop};
	unsigned char bytes[4096];
	struct pollfd p;

	if (argc != 2)
		return 2;
	p = (struct pollfd){.fd = open(argv[1], O_RDONLY | O_NONBLOCK), .events = POLLIN};
	if (p.fd < 0) {
		perror(argv[1]);
		return 1;
	}
	sigaction(SIGTERM, &action, NULL);
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	stamp();
	printf("open %s\n", argv[1]);
	fflush(stdout);
	while (!stop) {
		ssize_t n;

		if (poll(&p, 1, 1000) <= 0)
			continue;
		n = read(p.fd, bytes, sizeof bytes);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			break;
		for (ssize_t i = 0; i < n; i++)
			take(bytes[i]);
	}
	stamp();
	printf("close\n");
	return 0;
}
