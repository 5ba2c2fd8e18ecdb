/*
 * Sound in files: WAV, FLAC and Ogg Vorbis, through libsndfile. A file of ours
 * has the comment that our MIDI files have as their first text.
 *
 * Built without libsndfile (HAVE_SNDFILE), all but sound_kind() says so.
 */
#ifndef LIVE_SOUND_H
#define LIVE_SOUND_H

#include <stdbool.h>
#include <stddef.h>

#define SOUND_WITHOUT "musegen was built without libsndfile (libsndfile1-dev): it writes no sound files"
#define SOUND_KINDS   ".wav, .flac or .ogg"

struct sound {
	float *frames; /* (n, 2), left and right, between -1 and 1 */
	size_t n;
	int rate;  /* frames a second */
	bool loop; /* goes round: a WAV file says so */
};

void sound_done(struct sound *s);

/* The greatest amplitude of frames (n, 2). */
float sound_peak(const float *frames, size_t n);

/* "libsndfile-1.2.0"; NULL: built without it. */
const char *sound_library(void);

enum sound_kind { SOUND_NONE, SOUND_WAV, SOUND_FLAC, SOUND_OGG };

/* By the ending of a name, in letters of either case. */
enum sound_kind sound_kind(const char *path);

/*
 * Write beside and rename, 16 bits a sample (Ogg: quality 0.6). comment: a text for the file, or
 * NULL. The same sound gives the same bytes. 0 or -1.
 */
int sound_write(const char *path, const struct sound *s, const char *comment);

/* What a file is. */
struct sound_about {
	char kind[80]; /* "WAV, 16 bit" */
	size_t n;      /* frames */
	int rate, channels;
	bool loop;
	char *comment; /* or NULL */
};

/* -1 with error() when it is none that libsndfile can read. */
int sound_about(struct sound_about *about, const char *path);
void sound_about_done(struct sound_about *about);

/* Read a whole file of two channels. -1 with error(). */
int sound_read(struct sound *s, const char *path);

#endif
