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
 *	PMSTUB_GONE_AFTER=N		after N messages everything that is open is unplugged, and plugged in again so
 *	PMSTUB_GONE_FOR=SECONDS		many seconds later: until then no list has it. Writes fail, and nothing comes in,
 *					until PortMidi was ended, begun, and the port opened anew. The log says "gone"
 *	PMSTUB_SCRIPTS="Keys:FILE;Clock:FILE"	what comes in, a line each: "SECONDS f8", "SECONDS 90 3c 50", by ascending
 *					seconds since the port was first opened, or "SECONDS overflow"
 *	PMSTUB_LOOP="Synth:Keys"	what is sent to the one comes in at the other, a millisecond later
 *
 * Inputs are in the log as "listen NAME" and "unlisten NAME".
 *
 * It is strict where PortMidi is not: calls from a second thread while a port
 * is open, a port opened twice, a read after another was closed (there
 * PortMidi 217 writes through a null pointer), and data bytes over 127 end the
 * program.
 */
#include <fcntl.h>
#include <portmidi.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PORTS_MAX  32
#define SCRIPT_MAX 200000
#define LOOP_MAX   4096  /* messages on their way */
#define LOOP_TIME  0.001 /* s */

static PmDeviceInfo infos[PORTS_MAX];
static char names[PORTS_MAX][128];
static int n_ports, begun, log_fd = -1, n_open;
static int closed_one; /* a port was closed since PortMidi was begun or all were */
static long written, fail_after = -1, block_after = -1, gone_after = -1;
static double gone_for, gone_since;
static int gone; /* was unplugged, once */
static char gone_names[PORTS_MAX][128];
static int n_gone;

static struct stub_stream {
	int port; /* -1 closed */
	int dead; /* was open when all was unplugged */
	struct script *script;
	pthread_t thread;
} streams[PORTS_MAX];

/* What comes in at a port: goes on when the port is opened again, what was missed is lost. */
static struct script {
	char name[128];
	double began; /* 0: not opened yet */
	int n, next;
	struct line {
		double at;
		PmMessage message; /* -1: an overflow */
	} * lines;
} scripts[PORTS_MAX];
static int n_scripts;

/* What comes back. */
static char loop_from[128], loop_to[128];
static struct line loop[LOOP_MAX];
static unsigned loop_in, loop_out;

static void die(const char *what)
{
	dprintf(2, "pmstub: %s\n", what);
	abort();
}

/* One write(2) a line, so that nothing is lost however the program ends. dprintf() would allocate. */
static void note(const char *text)
{
	struct timespec t;
	char line[256];
	int n;

	if (log_fd < 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &t);
	n = snprintf(line, sizeof line, "%ld.%09ld %s\n", (long)t.tv_sec, t.tv_nsec, text);
	if (n < 0 || (size_t)n >= sizeof line || write(log_fd, line, (size_t)n) != n)
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

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Has it been unplugged, and not yet plugged in again? */
static int is_gone(const char *name)
{
	if (!gone || now() > gone_since + gone_for)
		return 0;
	for (int i = 0; i < n_gone; i++)
		if (!strcmp(gone_names[i], name))
			return 1;
	return 0;
}

/* The items of a list "A:B;C:D", one by one. */
static const char *next_pair(const char **list, char *key, char *value, size_t size)
{
	const char *item = *list, *colon;
	size_t length;

	if (!item || !*item)
		return NULL;
	length = strcspn(item, ";");
	colon = memchr(item, ':', length);
	if (!colon)
		die("a list wants A:B;C:D");
	snprintf(key, size, "%.*s", (int)(colon - item), item);
	snprintf(value, size, "%.*s", (int)(item + length - colon - 1), colon + 1);
	*list = item + length + (item[length] == ';');
	return item;
}

static void read_script(struct script *s, const char *path)
{
	FILE *file = fopen(path, "r");
	char text[128];

	if (!file)
		die("no script");
	s->lines = calloc(SCRIPT_MAX, sizeof *s->lines);
	while (s->lines && s->n < SCRIPT_MAX && fgets(text, sizeof text, file)) {
		unsigned bytes[3] = {0, 0, 0};
		struct line *l = &s->lines[s->n++];

		l->message = -1;
		if (sscanf(text, "%lf %x %x %x", &l->at, &bytes[0], &bytes[1], &bytes[2]) >= 2)
			l->message = (PmMessage)(bytes[0] | bytes[1] << 8 | bytes[2] << 16);
		else if (!strstr(text, "overflow"))
			die("a line of a script that is none");
	}
	fclose(file);
}

static struct script *script_of(const char *name)
{
	const char *list = getenv("PMSTUB_SCRIPTS");
	char path[1024], port[1024];

	for (int i = 0; i < n_scripts; i++)
		if (!strcmp(scripts[i].name, name))
			return &scripts[i];
	while (next_pair(&list, port, path, sizeof port)) {
		if (strcmp(port, name) != 0 || n_scripts == PORTS_MAX)
			continue;
		snprintf(scripts[n_scripts].name, sizeof scripts[0].name, "%.127s", name);
		read_script(&scripts[n_scripts], path);
		return &scripts[n_scripts++];
	}
	return NULL;
}

PmError Pm_Initialize(void)
{
	const char *list = getenv("PMSTUB_DEVICES"), *log = getenv("PMSTUB_LOG"), *seconds = getenv("PMSTUB_GONE_FOR");
	char way[1024], name[1024];

	if (begun++)
		return pmNoError;
	fail_after = number_from("PMSTUB_FAIL_AFTER");
	block_after = number_from("PMSTUB_BLOCK_AFTER");
	gone_after = number_from("PMSTUB_GONE_AFTER");
	gone_for = seconds ? strtod(seconds, NULL) : 0;
	if (log && log_fd < 0 && (log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) < 0)
		die("cannot open the log");
	n_ports = 0;
	closed_one = 0;
	while (n_ports < PORTS_MAX && next_pair(&list, way, name, sizeof name)) {
		if (strcmp(way, "out") != 0 && strcmp(way, "in") != 0)
			die("PMSTUB_DEVICES wants out:NAME or in:NAME");
		if (is_gone(name))
			continue;
		snprintf(names[n_ports], sizeof names[0], "%.127s", name);
		infos[n_ports] = (PmDeviceInfo){.structVersion = 200,
		                                .interf = "ALSA",
		                                .name = names[n_ports],
		                                .input = way[0] == 'i',
		                                .output = way[0] == 'o'};
		streams[n_ports].port = -1;
		n_ports++;
	}
	return pmNoError;
}

PmError Pm_Terminate(void)
{
	if (n_open)
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

static PmError open_stream(PortMidiStream **out, PmDeviceID id, const char *word)
{
	char line[160];

	/* as PortMidi says it */
	if (infos[id].opened)
		return pmInvalidDeviceId;
	for (int i = 0; i < n_ports; i++)
		if (streams[i].port >= 0 && !pthread_equal(streams[i].thread, pthread_self()))
			die("a port is opened by another thread");
	streams[id] = (struct stub_stream){.port = id, .thread = pthread_self()};
	infos[id].opened = 1;
	n_open++;
	*out = &streams[id];
	snprintf(line, sizeof line, "%s %s", word, names[id]);
	note(line);
	return pmNoError;
}

PmError Pm_OpenOutput(PortMidiStream **out, PmDeviceID id, void *driver, int32_t size, PmTimeProcPtr time, void *info,
                      int32_t latency)
{
	PmError e;

	(void)driver;
	(void)size;
	(void)info;
	if (!begun || id < 0 || id >= n_ports || !infos[id].output)
		return pmInvalidDeviceId;
	for (int i = 0; i < n_ports; i++)
		if (streams[i].port >= 0 && infos[i].output && i != id)
			die("a second output is opened");
	if (latency != 0 || !time)
		die("latency 0 and a time procedure are expected");
	e = open_stream(out, id, "open");
	if (e == pmNoError)
		note_port(id);
	return e;
}

PmError Pm_OpenInput(PortMidiStream **out, PmDeviceID id, void *driver, int32_t size, PmTimeProcPtr time, void *info)
{
	struct script *script;
	PmError e;

	(void)driver;
	(void)info;
	if (!begun || id < 0 || id >= n_ports || !infos[id].input)
		return pmInvalidDeviceId;
	if (size < 100 || !time)
		die("a buffer and a time procedure are expected");
	e = open_stream(out, id, "listen");
	if (e != pmNoError)
		return e;
	script = script_of(names[id]);
	if (script && script->began == 0)
		script->began = now();
	else
		while (script && script->next < script->n && script->began + script->lines[script->next].at < now())
			script->next++;
	streams[id].script = script;
	return pmNoError;
}

PmError Pm_SetFilter(PortMidiStream *s, int32_t filters)
{
	(void)s;
	(void)filters;
	return pmNoError;
}

static struct stub_stream *checked(PortMidiStream *s, const char *what)
{
	struct stub_stream *stream = s;

	if (stream < streams || stream >= streams + PORTS_MAX || stream->port < 0) {
		dprintf(2, "pmstub: %s: the port is not open\n", what);
		abort();
	}
	if (!pthread_equal(stream->thread, pthread_self())) {
		dprintf(2, "pmstub: %s from another thread\n", what);
		abort();
	}
	return stream;
}

static void loop_back(const char *from, PmMessage message)
{
	const char *list = getenv("PMSTUB_LOOP");

	if (!list)
		return;
	if (!*loop_from)
		next_pair(&list, loop_from, loop_to, sizeof loop_from);
	if (strcmp(loop_from, from) != 0)
		return;
	if (loop_in - loop_out == LOOP_MAX)
		die("nobody reads what comes back");
	loop[loop_in++ % LOOP_MAX] = (struct line){now() + LOOP_TIME, message};
}

static int comes_back(const struct stub_stream *stream)
{
	return !stream->dead && loop_in != loop_out && !strcmp(names[stream->port], loop_to) &&
	       now() >= loop[loop_out % LOOP_MAX].at;
}

/* How many data bytes follow a status byte of a channel or real-time message. */
static int data_bytes(int status)
{
	return status >= 0xf8 ? 0 : (status & 0xe0) == 0xc0 ? 1 : 2;
}

static void unplug_all(void)
{
	gone = 1;
	gone_since = now();
	for (int i = 0; i < n_ports; i++)
		if (streams[i].port >= 0) {
			streams[i].dead = 1;
			memcpy(gone_names[n_gone++], names[i], sizeof names[0]);
		}
	note("gone");
}

PmError Pm_WriteShort(PortMidiStream *s, PmTimestamp when, PmMessage message)
{
	struct stub_stream *stream = checked(s, "a write");
	int status = message & 0xff, data1 = message >> 8 & 0xff, data2 = message >> 16 & 0xff;
	char line[32];

	(void)when;
	if (!infos[stream->port].output)
		return pmBadPtr;
	if (status < 0x80 || data1 > 127 || data2 > 127)
		die("a message that is none");
	while (block_after >= 0 && written >= block_after)
		pause();
	if (fail_after >= 0 && written >= fail_after)
		return pmHostError;
	if (gone_after >= 0 && written >= gone_after && !gone)
		unplug_all();
	if (stream->dead)
		return pmHostError;
	written++;
	if (data_bytes(status) == 0)
		snprintf(line, sizeof line, "%02x", (unsigned)status);
	else if (data_bytes(status) == 1)
		snprintf(line, sizeof line, "%02x %02x", (unsigned)status, (unsigned)data1);
	else
		snprintf(line, sizeof line, "%02x %02x %02x", (unsigned)status, (unsigned)data1, (unsigned)data2);
	note(line);
	loop_back(names[stream->port], message);
	return pmNoError;
}

PmError Pm_Write(PortMidiStream *s, PmEvent *events, int32_t n)
{
	for (int32_t i = 0; i < n; i++)
		if (Pm_WriteShort(s, events[i].timestamp, events[i].message) != pmNoError)
			return pmHostError;
	return pmNoError;
}

int Pm_Read(PortMidiStream *s, PmEvent *events, int32_t max)
{
	struct stub_stream *stream = checked(s, "a read");
	struct script *script = stream->script;
	int n = 0;

	if (!infos[stream->port].input)
		return pmBadPtr;
	if (closed_one)
		die("a read after another port was closed");
	while (n < max && comes_back(stream))
		events[n++] = (PmEvent){.message = loop[loop_out++ % LOOP_MAX].message};
	while (n < max && script && script->next < script->n) {
		const struct line *l = &script->lines[script->next];

		if (now() < script->began + l->at)
			break;
		if (l->message == -1 && n > 0)
			break;
		script->next++;
		/* nothing comes from what was unplugged */
		if (stream->dead)
			continue;
		if (l->message == -1)
			return pmBufferOverflow;
		events[n].timestamp = 0;
		events[n++].message = l->message;
	}
	return n;
}

PmError Pm_Poll(PortMidiStream *s)
{
	struct stub_stream *stream = checked(s, "a poll");
	const struct script *script = stream->script;

	return comes_back(stream) || (!stream->dead && script && script->next < script->n &&
	                              now() >= script->began + script->lines[script->next].at);
}

PmError Pm_Close(PortMidiStream *s)
{
	struct stub_stream *stream = checked(s, "closing");
	int port = stream->port, output = infos[port].output, dead = stream->dead;
	char line[160];

	infos[port].opened = 0;
	stream->port = -1;
	n_open--;
	closed_one = n_open > 0;
	snprintf(line, sizeof line, "unlisten %s", names[port]);
	note(output ? "close" : line);
	return dead || (output && fail_after >= 0 && written >= fail_after) ? pmHostError : pmNoError;
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
