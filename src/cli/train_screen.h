/*
 * What is seen of a training run: one live line on a terminal, else a plain
 * line an evaluation, and a CSV of the run beside the model.
 */
#ifndef CLI_TRAIN_SCREEN_H
#define CLI_TRAIN_SCREEN_H

#include <stdbool.h>
#include <stdio.h>
#include "model/stage.h"

/* The CSV's first line, by which one of ours is known. */
#define TRAIN_CSV_HEADER                                                                                               \
	"epoch,step,seconds,events_per_second,train_nats_per_note,held_out_nats_per_note,best_nats_per_note"

struct train_screen {
	bool live;            /* stdout is a terminal */
	bool shown;           /* a live line stands there */
	double minutes;       /* asked for; 0: by steps or epochs */
	uint64_t drawn;       /* when (clock) */
	char line[256];       /* the last */
	const char *csv_path; /* not owned; NULL: none */
	bool csv_begun;       /* the file is this run's */
	char *csv;            /* the rows so far */
	size_t csv_size;
	FILE *csv_stream;
};

/* Also takes the log, so that warnings do not land in the live line. 0 or -1. */
int train_screen_begin(struct train_screen *s, double minutes, const char *csv_path);
/*
 * Going on with a run that was broken off after `step` steps: the rows of its
 * CSV up to there stay, later ones are dropped. Returns the last epoch kept,
 * 0: none; a CSV that is missing or cannot be read is begun anew.
 */
int train_screen_go_on(struct train_screen *s, long step);
void train_screen_end(struct train_screen *s);

/* How far reading the corpus is. */
void train_screen_reading(struct train_screen *s, size_t done, size_t total);
/* How far choosing temperatures and top-p is. */
void train_screen_choosing(struct train_screen *s, size_t done, size_t total);
/* How far a stage after likelihood is. */
void train_screen_stage(struct train_screen *s, const struct stage_progress *p);
/* After every step; writes the CSV at the first and after an evaluation. 0 or -1. */
int train_screen_progress(struct train_screen *s, const struct train_progress *p);
/* Let other lines be printed: take the live line away, or (keep) leave it where it is. */
void train_screen_clear(struct train_screen *s, bool keep);

#endif
