/*
 * A corpus: folders of MIDI files walked in sorted order, read by the pool,
 * cut of duplicates, split into training and held-out music, as pieces of
 * events. Bad files cost a line in the list of the skipped, never the corpus.
 */
#ifndef CORPUS_CORPUS_H
#define CORPUS_CORPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/pool.h"
#include "music/events.h"
#include "music/reading.h"

enum split { SPLIT_TRAIN, SPLIT_VALID, SPLIT_TEST, SPLITS };

/*
 * Where folders decide, pieces that are in none of them go by hash (with
 * their twins); and so does a tenth of train/ for SPLIT_VALID where there is
 * a test/ but no valid/, so that nothing is tuned on test/.
 */
enum split_rule {
	SPLIT_BY_FOLDER, /* the corpus has train/ and valid/ or test/ folders */
	SPLIT_BY_HASH,   /* one group of near twins in ten, by a hash of the transposition-invariant notes */
	SPLIT_BY_TAIL /* the last eighth of every piece is held out, as a hash holds out too little (or all but too little) */
};

/* Where the packed events of a piece lie, when they are not in memory. */
struct corpus_place {
	uint64_t at;    /* in the corpus's store */
	uint64_t check; /* words_check() of the bytes */
	uint32_t size;  /* bytes */
};

struct corpus_piece {
	char *path;          /* as walked; clean text via text_clean before printing */
	int song;            /* which song of a format 2 file, 0 otherwise */
	struct piece *piece; /* events NULL: corpus_read() brings them */
	struct corpus_place place;
	size_t notes, train_notes; /* in all, among its first train_events */
	enum split split;
	size_t train_events; /* SPLIT_BY_TAIL: events before this index are for training, the others held out; else piece->n */
	uint64_t fingerprint; /* hash of the transposition-invariant notes */
	uint64_t hash;        /* of all there is in the piece but its style */
	struct grid_report grid;
	int percussion_notes;
	double seconds;        /* how long the file's music lasts, by all of its tempos */
	struct key stated_key; /* by the file's first key signature; MODE_UNKNOWN when it has none */
};

struct corpus_skip {
	char *path;
	char *reason; /* clean text */
	bool duplicate;
};

struct corpus_options {
	struct reading reading;
	int parts_max; /* pieces with more are skipped once read, 1-64 */
	bool keep_duplicates;
	bool packed;       /* events stay out of memory, where a cache can be written; else packed in memory */
	const char *cache; /* packed: the folder of caches; NULL: none */
	void (*progress)(
		void *context, size_t done,
		size_t total); /* may be NULL; called from the calling thread's pool_run workers, one at a time */
	void *progress_context;
};

struct corpus {
	struct reading reading; /* how its pieces were read */
	struct corpus_piece *pieces;
	size_t n, capacity;
	char **styles; /* folder names, sorted; a piece's start.style indexes them */
	size_t n_styles;
	struct corpus_skip *skips; /* unreadable, empty, duplicates: in walking order */
	size_t n_skips, skips_capacity;
	size_t files; /* .mid/.midi/.kar/.rmi files found */
	size_t duplicates;
	size_t twins_moved;  /* pieces that follow their near twins to the other side than their own hash says */
	size_t twins_across; /* training pieces by folder with near twins held out: they stay, counted */
	enum split_rule rule;
	size_t events[SPLITS]; /* events charged to each split */
	uint64_t fingerprint;  /* of all pieces, their splits and styles */
	struct store *store;   /* of the packed events (corpus/store.h); NULL: they are in memory */
	char *twins_path;      /* the file that remembers which pieces are twins; NULL: none */
};

/*
 * paths: files and folders. NULL on error (nothing usable: the message says
 * how many files were seen and the first reasons). A folder's name is the
 * style of the files right in it; the names train, valid, validation, dev and
 * test are splits, and the style is then the name of the folder above.
 * Symbolic links are followed, each folder and file once (by device and inode).
 */
struct corpus *corpus_load(const char *const *paths, size_t n_paths, const struct corpus_options *options,
                           struct pool *pool);
void corpus_free(struct corpus *corpus);

/* A place for the events of one piece after the other; all zero at first. */
struct corpus_reader {
	struct piece piece;
	unsigned char *bytes;
	size_t capacity; /* of bytes */
};

/*
 * The piece with its events: in the reader until the next call, or the
 * corpus's own where they are in memory. NULL on error (its cache was changed
 * meanwhile, or cannot be read).
 */
const struct piece *corpus_read(struct corpus_reader *reader, const struct corpus *corpus,
                                const struct corpus_piece *piece);
void corpus_reader_done(struct corpus_reader *reader);

/* train_notes, counted where the events are in memory (a corpus made by hand need not say it). */
size_t corpus_train_notes(const struct corpus_piece *piece);

/* "hash of the notes", "train/valid/test folders", ... for the user. */
const char *split_rule_name(enum split_rule rule);

#endif
