/* Which soundfont: the one that is named, else what the system has where soundfonts are put. */
#ifndef LIVE_SOUNDFONT_H
#define LIVE_SOUNDFONT_H

/*
 * The path of a soundfont: `named` itself, which must be there; NULL or "":
 * found, in the user's folder first. The caller frees. NULL with error(),
 * which says what can be installed.
 */
char *soundfont_find(const char *named);

/* The same among these folders, NULL after the last: the usual default of any of them, else the first by name. NULL without error(): there is none. */
char *soundfont_find_in(const char *const *folders);

#endif
