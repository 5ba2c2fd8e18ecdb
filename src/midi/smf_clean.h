/* What smf_check.c writes and smf_read.c reads: the limits of a clean file. */
#ifndef MIDI_SMF_CLEAN_H
#define MIDI_SMF_CLEAN_H

#define SMF_EVENTS_MAX 1000000    /* that musegen needs, of one file */
#define SMF_TEXT_MAX   4096       /* bytes of one text once clean */
#define SMF_TEXTS_MAX  (4u << 20) /* bytes of all texts of one file */
#define SMF_META_MAX   127        /* bytes of one meta event: libsmf 1.3 reads and saves no longer one */

#endif
