/*
 * MIDI ports through PortMidi, outputs and inputs. One thread makes all calls:
 * PortMidi 217 has one global, blocking sequencer handle.
 */
#ifndef MIDI_DEVICE_H
#define MIDI_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum device_way { DEVICE_OUTPUT, DEVICE_INPUT };

struct device_info {
	int number; /* PortMidi's id: valid until the next device_list() or device_open() */
	char *name; /* clean text */
	bool input, output;
	bool through; /* ALSA's "Midi Through": goes nowhere unless something is connected to it */
};
struct device_list {
	struct device_info *devices;
	size_t n;
};

/* 0 (perhaps with n == 0), or -1. ALSA's chatter on stderr is held back. */
int device_list(struct device_list *list);
void device_list_done(struct device_list *list);

/*
 * Which port of this way is meant: by number, by exact name, by the only name
 * that contains it (ignoring case); NULL or "" means the only one that is not
 * a through port. Index into list, or -1 with an error that lists the ports.
 */
int device_choose(const struct device_list *list, enum device_way way, const char *name);

/*
 * The port of exactly this name, which is as device_name() gave it; of
 * several the one with this number, else the first. Index into list, or -1
 * with an error.
 */
int device_choose_again(const struct device_list *list, enum device_way way, const char *name, int number);

struct device;
struct device *device_open(enum device_way way, const char *name); /* as device_choose; latency 0; NULL on error */
struct device *device_open_again(enum device_way way, const char *name, int number); /* as device_choose_again */
const char *device_name(const struct device *d);
int device_number(const struct device *d); /* when it was opened */

/* False: a write or a read has failed, device_look() has not seen it, or device_reopen() has not found it. */
bool device_is_there(const struct device *d);

/*
 * Is it, by the kernel's list of ports, where that can be read and had it when
 * it was opened? As device_is_there(), then. Of several of one name each is
 * there while one is. Takes some 50 us; allocates nothing.
 */
bool device_look(struct device *d);

/*
 * An output: one short message of 1-3 bytes, at once. -1 when the device is
 * lost: every later write will fail too, until device_reopen(). Allocates nothing.
 */
int device_write(struct device *d, const unsigned char *message, size_t size);

/*
 * An input: the next message that has come, its size (1-3 bytes); 0: none has
 * for now, or the port is not open; -1 with error(): the device is lost.
 * System exclusive and active sensing are passed over. Allocates nothing.
 *
 * When a message came is not told: ask often. The kernel keeps 200; when
 * there are more it drops all of them, and nobody says so. Of what PortMidi
 * has lost device_overflows() counts how often. Nor does an input say that
 * it was unplugged: device_look() does.
 */
int device_read(struct device *d, unsigned char message[3]);
unsigned long device_overflows(const struct device *d);

/*
 * What brings back ports that were plugged out and in. When one of them is not
 * there, and may be found, all that this process has open (it is an error of
 * ours to leave one out; NULLs are passed over) is closed, PortMidi ended and
 * begun, and each port opened again as by device_open_again(). 0 when all are
 * there; 1 when some are not: call it again later. Takes less than a
 * millisecond, and allocates, as PortMidi does, which forgets some hundred
 * bytes each time.
 */
int device_reopen(struct device *const *devices, size_t n);

/* May be NULL. Also ends PortMidi, with the last. */
void device_close(struct device *d);

#endif
