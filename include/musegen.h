/*
 * musegen in your program: open a model, ask for notes, close.
 *
 *	struct musegen_model *model = musegen_open("models/chorales.safetensors");
 *	struct musegen_composer *composer = musegen_composer_new(model, NULL);
 *	struct musegen_note note;
 *
 *	while (musegen_next(composer, &note) == 1)
 *		...
 *	musegen_composer_free(composer);
 *	musegen_close(model);
 *
 * Nothing here prints, exits, or keeps state between calls outside of what it
 * returns. A function that fails returns NULL or -1 and leaves a message for
 * its thread. Compile and link with what `pkg-config --cflags --libs musegen`
 * says, to link libmusegen.a with what it says to --static; the models of the
 * installation are in `pkg-config --variable=modeldir musegen`. OpenBLAS is held
 * to one thread a call, for the whole process, from the first musegen_open() on.
 */
#ifndef MUSEGEN_H
#define MUSEGEN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A trained model. It does not change: any number of composers may use it at a time, in any threads. */
struct musegen_model;

/* A stream of notes. Not for two threads at a time. The model must outlive it. */
struct musegen_composer;

struct musegen_options {
	uint64_t seed;      /* equal seed, options and model: equal notes */
	int bars;           /* the piece is steered to end after so many; 0: where the model ends it, at most 64 */
	int endless;        /* where a piece ends, another begins a bar later, in a related key */
	double temperature; /* times the model's own; 1: as found best in training; less is tamer, more is wilder */
	int top_k;          /* draw from so many of the likeliest only; 0: from all */
	double top_p;       /* draw from the likeliest of this probability together; 0: as the model has it */
	const char *key;    /* "Gm", "G minor", "F#"; NULL: whatever comes */
	const char *scale;  /* "D dorian", "C D E G A"; NULL: all notes */
	int low, high;      /* pitches from low to high only, 0-127 */
	int parts;          /* voices; 0: as the model likes */
	const char *style;  /* one of musegen_style(); NULL: any */
	double tempo;       /* quarters a minute; 0: as the model likes */
};

struct musegen_note {
	int64_t onset;    /* in ticks (musegen_grid() a quarter) since the start; never before the last note's */
	int64_t duration; /* ticks, at least 1 */
	int64_t bar_line; /* tick of its bar's first beat, at or before the onset (of a pickup: before 0) */
	int bar;          /* the bar's number; the first full one is 1 */
	int part;         /* 0 is the highest */
	int pitch;        /* MIDI, 60 is middle C */
	int velocity;     /* 1-127 */
	int program;      /* General MIDI, 0-127; -1 when the model does not know */
	int numerator, denominator; /* the metre */
	double tempo;               /* quarters a minute */
};

/* "0.1.0" */
const char *musegen_version(void);

/* What went wrong last in this thread; valid until it calls a function of musegen again. */
const char *musegen_error(void);

/* From a file, or from the bytes of one (which are copied; name is for messages). */
struct musegen_model *musegen_open(const char *path);
struct musegen_model *musegen_open_memory(const char *name, const void *bytes, size_t size);
void musegen_close(struct musegen_model *model); /* NULL is allowed */

int musegen_grid(const struct musegen_model *model);                 /* ticks a quarter note */
int musegen_parts(const struct musegen_model *model);                /* most parts of a piece */
const char *musegen_style(const struct musegen_model *model, int i); /* names from 0 on; NULL past the last */

/* Seed 0, temperature 1, no limits. */
void musegen_defaults(struct musegen_options *options);

/* options: NULL for the defaults; copied. NULL on error: what the model cannot meet is said. */
struct musegen_composer *musegen_composer_new(const struct musegen_model *model, const struct musegen_options *options);
void musegen_composer_free(struct musegen_composer *composer); /* NULL is allowed */

/* The next note: 1; 0: the piece has ended; -1: error. Of notes with one onset the highest part comes first. */
int musegen_next(struct musegen_composer *composer, struct musegen_note *note);

/* How far the music has come, in ticks: the last note's onset, and after the end the length of the piece. */
int64_t musegen_position(const struct musegen_composer *composer);

#ifdef __cplusplus
}
#endif

#endif
