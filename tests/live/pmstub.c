/*
 * A PortMidi of our own for tests on machines without a sequencer: loaded in
 * front of the real one (LD_PRELOAD), it offers the ports that the test names
 * and writes down what is sent to them, with monotonic time stamps.
 *
 *	PMSTUB_DEVICES="out:Synth;in:Keys;out:Midi Through Port-0"	numbered from 0; none: no ports
 *	PMSTUB_LOG=FILE			a line each: "SECONDS open NAME", "SECONDS close", "SECONDS 90 3c 50", "SECONDS f8";
 *					the numbers of the ports opened go to FILE.ports
 *	PMSTUB_FAIL_AFTER=N		the port is gone after N messages: every later write fails
 *	PMSTUB_BLOCK_AFTER=N		the receiver stalls after N messages: writes do not return
 *
 * It is strict where PortMidi is not: calls from a second thread while a port
 * is open, a port opened twice, and data bytes over 127 end the program.
 */
#include <fcntl.h>
#include <portmidi.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PORTS_MAX 32

static PmDeviceInfo infos[PORTS_MAX];
static char names[PORTS_MAX][128];
static int n_ports, begun, log_fd = -1;
static long written, fail_after = -1, block_after = -1;
static struct stub_stream {
	int port; /* -1 closed */
	pthread_t thread;
} stream = {.port = -1};

static void die(const char *what)
{
	dprintf(2, "pmstub: %s\n", what);
	abort();
}

/* One write(2) a line, so that nothing is lost however the program ends. */
static void note(const char *text)
{
	struct timespec t;

	if (log_fd < 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &t);
	if (dprintf(log_fd, "%ld.%09ld %s\n", (long)t.tv_sec, t.tv_nsec, text) < 0)
		die("cannot write the log");
}

/* Which of several ports of one name. */
static void note_port(int id)
{
	const char *log = getenv("PMSTUB_LOG");
	char path[4096];
	int fd;

	if (!log || (size_t)snprintf(path, sizeof path, "%s.ports", log) >= sizeof path)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0 || dprintf(fd, " open %d\n", id) < 0 || close(fd) < 0)
		die("cannot write the log of ports");
}

static long number_from(const char *name)
{
	const char *text = getenv(name);

	return text ? strtol(text, NULL, 10) : -1;
}

PmError Pm_Initialize(void)
{
	const char *list = getenv("PMSTUB_DEVICES"), *log = getenv("PMSTUB_LOG");

	if (begun++)
		return pmNoError;
	fail_after = number_from("PMSTUB_FAIL_AFTER");
	block_after = number_from("PMSTUB_BLOCK_AFTER");
	if (log && log_fd < 0 && (log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) < 0)
		die("cannot open the log");
	n_ports = 0;
	for (const char *p = list ? list : ""; *p && n_ports < PORTS_MAX;) {
		size_t size = strcspn(p, ";");
		const char *name = memchr(p, ':', size);

		if (!name)
			die("PMSTUB_DEVICES wants out:NAME or in:NAME");
		snprintf(names[n_ports], sizeof names[0], "%.*s", (int)(p + size - name - 1), name + 1);
		infos[n_ports] = (PmDeviceInfo){.structVersion = 200,
		                                .interf = "ALSA",
		                                .name = names[n_ports],
		                                .input = strncmp(p, "in:", 3) == 0,
		                                .output = strncmp(p, "out:", 4) == 0};
		n_ports++;
		p += size + (p[size] == ';');
	}
	return pmNoError;
}

PmError Pm_Terminate(void)
{
	if (stream.port >= 0)
		die("Pm_Terminate while a port is open");
	begun = 0;
	return pmNoError;
}

int Pm_CountDevices(void)
{
	return n_ports;
}

const PmDeviceInfo *Pm_GetDeviceInfo(PmDeviceID id)
{
	return id >= 0 && id < n_ports ? &infos[id] : NULL;
}

PmDeviceID Pm_GetDefaultOutputDeviceID(void)
{
	return pmNoDevice;
}

PmDeviceID Pm_GetDefaultInputDeviceID(void)
{
	return pmNoDevice;
}

PmError Pm_OpenOutput(PortMidiStream **out, PmDeviceID id, void *driver, int32_t size, PmTimeProcPtr time, void *info,
                      int32_t latency)
{
	char line[160];

	(void)driver;
	(void)size;
	(void)info;
	if (!begun || id < 0 || id >= n_ports || !infos[id].output)
		return pmInvalidDeviceId;
	if (stream.port >= 0)
		die("a second port is opened");
	if (latency != 0 || !time)
		die("latency 0 and a time procedure are expected");
	stream = (struct stub_stream){id, pthread_self()};
	infos[id].opened = 1;
	*out = &stream;
	snprintf(line, sizeof line, "open %s", names[id]);
	note(line);
	note_port(id);
	return pmNoError;
}

PmError Pm_OpenInput(PortMidiStream **out, PmDeviceID id, void *driver, int32_t size, PmTimeProcPtr time, void *info)
{
	(void)out;
	(void)id;
	(void)driver;
	(void)size;
	(void)time;
	(void)info;
	return pmInvalidDeviceId;
}

/* How many data bytes follow a status byte of a channel or real-time message. */
static int data_bytes(int status)
{
	return status >= 0xf8 ? 0 : (status & 0xe0) == 0xc0 ? 1 : 2;
}

PmError Pm_WriteShort(PortMidiStream *s, PmTimestamp when, PmMessage message)
{
	int status = message & 0xff, data1 = message >> 8 & 0xff, data2 = message >> 16 & 0xff;
	char line[32];

	(void)when;
	if (s != &stream || stream.port < 0)
		die("a write to a port that is not open");
	if (!pthread_equal(stream.thread, pthread_self()))
		die("a write from another thread");
	if (status < 0x80 || data1 > 127 || data2 > 127)
		die("a message that is none");
	while (block_after >= 0 && written >= block_after)
		pause();
	if (fail_after >= 0 && written >= fail_after)
		return pmHostError;
	written++;
	if (data_bytes(status) == 0)
		snprintf(line, sizeof line, "%02x", (unsigned)status);
	else if (data_bytes(status) == 1)
		snprintf(line, sizeof line, "%02x %02x", (unsigned)status, (unsigned)data1);
	else
		snprintf(line, sizeof line, "%02x %02x %02x", (unsigned)status, (unsigned)data1, (unsigned)data2);
	note(line);
	return pmNoError;
}

PmError Pm_Write(PortMidiStream *s, PmEvent *events, int32_t n)
{
	for (int32_t i = 0; i < n; i++)
		if (Pm_WriteShort(s, events[i].timestamp, events[i].message) != pmNoError)
			return pmHostError;
	return pmNoError;
}

PmError Pm_Close(PortMidiStream *s)
{
	if (s != &stream || stream.port < 0)
		die("a port is closed that is not open");
	if (!pthread_equal(stream.thread, pthread_self()))
		die("a port is closed by another thread");
	infos[stream.port].opened = 0;
	stream.port = -1;
	note("close");
	return fail_after >= 0 && written >= fail_after ? pmHostError : pmNoError;
}

PmError Pm_Abort(PortMidiStream *s)
{
	(void)s;
	die("Pm_Abort drops note-offs");
	return pmNoError;
}

int Pm_HasHostError(PortMidiStream *s)
{
	(void)s;
	return 0;
}

const char *Pm_GetErrorText(PmError e)
{
	return e == pmNoError ? "" : "a host error";
}

void Pm_GetHostErrorText(char *text, unsigned size)
{
	snprintf(text, size, "a host error");
}
