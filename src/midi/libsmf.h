/*
 * libsmf 1.3 without its traps. It prints through glib: what it says goes to
 * base/log.h instead. Its smf_delete() searches its arrays for every event it
 * frees (quadratic); libsmf_free() does not.
 */
#ifndef MIDI_LIBSMF_H
#define MIDI_LIBSMF_H

#include <stddef.h>
#include <smf.h>

/* A clean file in memory (smf_check). NULL with error() when libsmf refuses it. */
smf_t *libsmf_load(const unsigned char *data, size_t size);

/* An empty song of so many ticks to the quarter. NULL with error(). */
smf_t *libsmf_new(int ppq);

void libsmf_free(smf_t *smf);

#endif
