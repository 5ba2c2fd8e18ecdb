/* The first bytes of MIDI messages, and the controllers that silence (MIDI 1.0 Detailed Specification, tables I to V). */
#ifndef MIDI_MESSAGE_H
#define MIDI_MESSAGE_H

/* Of a channel: its number, 0-15, is added. */
enum {
	MIDI_NOTE_OFF = 0x80,
	MIDI_NOTE_ON = 0x90, /* with velocity 0 a note-off */
	MIDI_CONTROL = 0xb0,
	MIDI_PROGRAM = 0xc0,
	MIDI_PRESSURE = 0xd0,
	MIDI_BEND = 0xe0,
	MIDI_SYSTEM = 0xf0 /* from here on messages are of no channel */
};

enum {
	MIDI_POSITION = 0xf2, /* in 16ths: 7 bits, and 7 more */
	MIDI_CLOCK = 0xf8,    /* 24 a quarter */
	MIDI_START = 0xfa,
	MIDI_CONTINUE = 0xfb,
	MIDI_STOP = 0xfc
};

enum { CC_PEDAL = 64, CC_SOUND_OFF = 120, CC_NOTES_OFF = 123 };

#endif
