/*
 * MIDI output ports through PortMidi. One thread makes all calls: PortMidi
 * 217 has one global, blocking sequencer handle.
 */
#ifndef MIDI_DEVICE_H
#define MIDI_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
 * Which output is meant: by number, by exact name, by the only name that
 * contains it (ignoring case); NULL or "" means the only output that is not
 * a through port. Index into list, or -1 with an error that lists the ports.
 */
int device_choose(const struct device_list *list, const char *name);

/*
 * The output of exactly this name, which is as device_name() gave it; of
 * several the one with this number, else the first. Index into list, or -1
 * with an error.
 */
int device_choose_again(const struct device_list *list, const char *name, int number);

struct device;
struct device *device_open(const char *name);                   /* as device_choose; latency 0; NULL on error */
struct device *device_open_again(const char *name, int number); /* as device_choose_again */
const char *device_name(const struct device *d);
int device_number(const struct device *d); /* when it was opened */

/* One short message of 1-3 bytes, at once. -1 when the device is lost: close it, and open it again by name. */
int device_write(struct device *d, const unsigned char *message, size_t size);

/* May be NULL. Also ends PortMidi. */
void device_close(struct device *d);

#endif
