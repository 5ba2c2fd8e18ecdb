/*
 * Keeping what was just heard (the key K): the last bars that sounded, of the
 * score of live music, as a MIDI file of its own.
 */
#ifndef LIVE_KEEP_H
#define LIVE_KEEP_H

#include <stddef.h>
#include <stdint.h>

#include "live/score.h"
#include "music/song.h"

#define KEEP_BARS 8

/*
 * Bars, one after the other, as a song: a part for each part that plays, and
 * one more where its program changes; tempo, metre and key as they change.
 * Notes that are longer than the bars end with them. A first bar that is short
 * is a pickup. muted: parts that are left out, as bits. NULL with error().
 */
struct song *keep_song(const struct score_bar *bars, size_t n, uint64_t muted);

/*
 * The last KEEP_BARS bars that were over at this moment, or what there is of
 * them, into keep-YYYYMMDD-HHMMSS.mid in the present folder, by the clock on
 * the wall; keep-...-2.mid when that is there, and so on. muted: the parts that
 * are, as bits; what they play is in the score, but does not sound. comment: a
 * text at its start, or NULL. The name, the caller's to free; NULL with
 * error(), also when no bar is over or none has a note.
 */
char *keep_bars(const struct score *score, uint64_t now, uint64_t muted, const char *comment);

#endif
