/*
 * What the kernel's sequencer says of its ports: the one way to hear that one
 * was unplugged, which PortMidi tells only of outputs, and only when one
 * writes; and that one is there again, without beginning PortMidi anew.
 */
#ifndef MIDI_DEVICE_LISTED_H
#define MIDI_DEVICE_LISTED_H

#include "midi/device.h"

#define DEVICE_LISTED_PATH "/proc/asound/seq/clients"

/*
 * Is a port of this name and way in the list at the path? 1, 0; -1: it cannot
 * be told. Allocates nothing.
 */
int device_listed(const char *path, const char *name, enum device_way way);

/*
 * A number that becomes another when sound hardware is plugged in or out, a
 * little before or after the list shows it. Programs' ports come and go
 * without. Takes some microseconds.
 */
uint64_t device_plugged(void);

#endif
