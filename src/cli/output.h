/* Where results may be written, and what is said of them. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include "music/key.h"
#include "music/song.h"

/* What every comment that musegen puts in a MIDI file begins with. */
#define OUTPUT_MARK    "musegen "
#define OUTPUT_COMMAND "; command: "

/* What a file is to be, by the ending of its name: without one, a MIDI file. */
enum output_kind { OUTPUT_MIDI, OUTPUT_SOUND, OUTPUT_UNKNOWN };
enum output_kind output_kind(const char *path);
#define OUTPUT_KINDS ".mid, .wav, .flac or .ogg"

/* 0: nothing is at path, or a file that musegen wrote, or force is set. -1: a file that needs -f, with the message. */
int output_check(const char *path, bool force);

/* "musegen 0.1.0; model bach; seed 7; command: ..."; a new string, NULL when out of memory. */
char *output_comment(const char *model, uint64_t seed, const char *command);

/* Does a comment begin as musegen's do? */
bool output_is_ours(const char *comment);

/* The comment that musegen put in a song, NULL when it is not musegen's; and the command in a comment, NULL without. Part of the song. */
const char *output_find_comment(const struct song *song);
const char *output_find_command(const char *comment);

/* Write a song beside and rename, in a folder that is made when missing. 0 or -1. */
int output_write(const char *path, const struct song *song, bool pickup_bar, const char *comment);

/* The same as sound (live/render.h, live/sound.h), played with a soundfont. */
int output_write_sound(const char *path, const struct song *song, const char *soundfont, bool loop,
                       const char *comment);

/*
 * Bars of a song as people count them: a pickup of half a bar at most is not
 * one (*pickup: its ticks, else 0), a first bar that opens with a short rest
 * is. -1 when out of memory.
 */
long count_bars(const struct song *song, int *pickup);

/* "1:02" */
void duration_text(char *buf, size_t size, double seconds);

/* The key by a song's notes; of one that was performed by their durations before that, since a last chord that is held may tip it. */
struct key key_as_composed(const struct song *song);

/* "theme.mid: 16 bars, 4 parts, 134 notes, 0:42, G minor" on stdout. */
void output_describe(const char *path, const struct song *song);

#endif
