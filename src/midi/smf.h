/*
 * Standard MIDI files (SMF 1.0, MIDI Manufacturers Association RP-001) to
 * songs and back. Bytes are checked and mended by smf_check.c before libsmf
 * sees them; libsmf only ever reads what it can take.
 */
#ifndef MIDI_SMF_H
#define MIDI_SMF_H

#include <stddef.h>
#include "music/song.h"

#define SMF_SIZE_MAX (64u << 20) /* bytes; larger files are refused */

struct songs {
	struct song **songs; /* one; format 2: one a track with notes */
	size_t n;
	int mended;  /* things a player would forgive and that were put right */
	char *mends; /* what they were, with the place of the first of each kind; "; " between; or NULL */
};

/*
 * Read a file, or bytes (name stands for the path in messages). 0, or -1 with
 * the reason and the byte where it went wrong. A file without notes is an
 * error. Songs have been through song_order() and song_find_pickup().
 */
int smf_read(struct songs *songs, const char *path);
int smf_read_memory(struct songs *songs, const char *name, const unsigned char *data, size_t size);
void songs_done(struct songs *songs);

/*
 * Bytes checked: on success *out is, for each song, a new and clean format 1
 * file with a ppq division, all maps in its first track, that libsmf 1.3
 * reads without complaint.
 */
struct smf_bytes {
	unsigned char *data;
	size_t size;
};
struct smf_checked {
	struct smf_bytes *files;
	size_t n;
	int mended;
	char *mends;
};
int smf_check(struct smf_checked *out, const char *name, const unsigned char *data, size_t size);
void smf_checked_done(struct smf_checked *c);

struct smf_write_options {
	bool pickup_bar; /* write a pickup as a short first metre instead of padding it to a full bar */
	bool silent_end; /* the tracks go on to the song's end, though nothing sounds there any more */
	const char *
		comment; /* text event at the start (version, model, seed, options), or NULL; 4096 bytes are read again */
};

/*
 * SMF type 1, 480 ppq (times scaled from the song's, to the nearest tick), a
 * conductor track, one named track a part; all end on a bar line. What is
 * read back is the song, except that notes of one part and pitch that nest
 * exchange their ends: a note-off ends the note that began first. 0 or -1.
 */
int smf_write(const char *path, const struct song *song, const struct smf_write_options *options);
int smf_write_memory(unsigned char **data, size_t *size, const struct song *song,
                     const struct smf_write_options *options);

#endif
