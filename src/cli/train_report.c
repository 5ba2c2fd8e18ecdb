/*
 * A corpus in a few lines: what is learned from, what is held out and by
 * which rule, and everything that was not used, with the reason.
 */
#include "cli/train_report.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/cli.h"
#include "corpus/stats.h"

#define REASONS_LISTED 8

struct side {
	size_t pieces, notes;
};

/* Notes charged to each side: those of a piece's tail are held out where that is the rule. */
static void count_sides(struct side sides[SPLITS], const struct corpus *corpus)
{
	memset(sides, 0, SPLITS * sizeof *sides);
	for (size_t i = 0; i < corpus->n; i++) {
		const struct corpus_piece *cp = &corpus->pieces[i];

		sides[cp->split].pieces++;
		sides[cp->split].notes += cp->train_notes;
		sides[SPLIT_VALID].notes += cp->notes - cp->train_notes;
	}
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/*
 * Bad files by reason, most frequent first; that a piece is there twice is
 * seldom news. Which they all are is in the list, if that could be written.
 */
static void report_skips(const struct corpus *corpus, const char *list)
{
	struct corpus_stats sums = {.skipped = 0};

	if (corpus->n_skips == 0)
		return;
	printf("skipped %zu, %zu of them duplicate%s", corpus->n_skips, corpus->duplicates, plural(corpus->duplicates));
	if (list) {
		printf("; all are listed in ");
		put_clean(stdout, list);
	}
	putchar('\n');
	if (corpus_stats_skips(&sums, corpus) < 0)
		log_warning("%s", error_message());
	for (size_t i = 0; i < sums.n_reasons; i++) {
		const struct stats_reason *r = &sums.reasons[i];

		if (i == REASONS_LISTED) {
			printf("  %zu more reason%s\n", sums.n_reasons - i, plural(sums.n_reasons - i));
			break;
		}
		printf("  %zu  ", r->count);
		put_clean(stdout, r->text);
		fputs(r->count > 1 ? " (" : ": ", stdout);
		put_clean(stdout, r->example);
		puts(r->count > 1 ? ", ...)" : "");
	}
	corpus_stats_done(&sums);
}

static int put_skips(FILE *out, const struct corpus *corpus)
{
	for (size_t i = 0; i < corpus->n_skips; i++) {
		const struct corpus_skip *skip = &corpus->skips[i];

		char *path = text_clean(skip->path, strlen(skip->path));

		if (!path)
			return -1;
		fprintf(out, "%s\t%s\n", path, skip->reason);
		free(path);
	}
	return ferror(out) ? error("cannot write: %s", strerror(errno)) : 0;
}

int report_skips_list(const struct corpus *corpus, const char *path)
{
	struct file_beside f;

	if (corpus->n_skips == 0) {
		if (unlink(path) < 0 && errno != ENOENT)
			return error("%s: cannot remove: %s", path, strerror(errno));
		return 0;
	}
	if (file_beside_begin(&f, path) < 0)
		return -1;
	if (put_skips(f.stream, corpus) < 0) {
		file_beside_abort(&f);
		return error_prefix("%s", path);
	}
	return file_beside_commit(&f);
}

/* What the grid and the choice of parts changed or left out. */
static void report_losses(const struct corpus *corpus)
{
	long percussion = 0, with_percussion = 0, notes = 0, moved = 0, doubles = 0, bent = 0;
	double worst_ms = 0;

	for (size_t i = 0; i < corpus->n; i++) {
		const struct corpus_piece *cp = &corpus->pieces[i];

		percussion += cp->percussion_notes;
		with_percussion += cp->percussion_notes > 0;
		notes += cp->grid.notes;
		moved += cp->grid.onsets_moved;
		doubles += cp->grid.doubles_dropped;
		bent += cp->grid.metres_bent;
		worst_ms = fmax(worst_ms, cp->grid.worst_ms);
	}
	if (percussion > 0)
		printf("percussion left out: %ld note%s in %ld piece%s\n", percussion, plural((size_t)percussion),
		       with_percussion, plural((size_t)with_percussion));
	if (moved > 0)
		printf("moved to the grid: %ld of %ld onsets, by %.3g ms at most\n", moved, notes, worst_ms);
	if (doubles > 0)
		printf("dropped on the grid: %ld note%s that double another\n", doubles, plural((size_t)doubles));
	if (bent > 0)
		printf("metre changes that fall off the grid's bar lines: %ld\n", bent);
}

void report_corpus(const struct corpus *corpus, const char *list)
{
	struct side sides[SPLITS];

	count_sides(sides, corpus);
	printf("%zu piece%s from %zu file%s", corpus->n, plural(corpus->n), corpus->files, plural(corpus->files));
	if (corpus->n_styles > 1)
		printf(", %zu styles", corpus->n_styles);
	putchar('\n');
	printf("to learn from: %zu piece%s, %zu notes", sides[SPLIT_TRAIN].pieces, plural(sides[SPLIT_TRAIN].pieces),
	       sides[SPLIT_TRAIN].notes);
	if (corpus->rule == SPLIT_BY_TAIL)
		printf("; held out: %zu notes", sides[SPLIT_VALID].notes);
	else
		printf("; held out: %zu piece%s, %zu notes", sides[SPLIT_VALID].pieces,
		       plural(sides[SPLIT_VALID].pieces), sides[SPLIT_VALID].notes);
	if (sides[SPLIT_TEST].pieces > 0)
		printf("; for tests: %zu piece%s, %zu notes", sides[SPLIT_TEST].pieces,
		       plural(sides[SPLIT_TEST].pieces), sides[SPLIT_TEST].notes);
	printf("\nsplit by %s\n", split_rule_name(corpus->rule));
	if (corpus->twins_moved > 0)
		printf("near twins kept on one side of the split: %zu\n", corpus->twins_moved);
	if (corpus->twins_across > 0)
		printf("pieces to learn from with near twins held out, as the folders say: %zu\n",
		       corpus->twins_across);
	report_skips(corpus, list);
	report_losses(corpus);
	fflush(stdout);
}

void report_model(const struct model *m, const char *path, const char *stopped)
{
	const struct provenance *p = &m->provenance;

	printf("%s; best at step %ld of %ld\n", stopped, p->steps, p->steps_planned);
	put_clean(stdout, path);
	if (generator_is_conv(&m->generator))
		printf(": makes %d bars at a time from noise; such a model has no likelihood\n",
		       m->generator.config.conv.bars);
	else if (isfinite(m->figures.nats_per_note))
		printf(": %.3f nats a note on %ld held-out notes\n", m->figures.nats_per_note, m->figures.notes);
	else
		printf(": nothing was held out to measure it by\n");
}

void report_command(const char *before, const char *const *words, size_t n)
{
	char *line = command_line(n, words);

	if (!line)
		return;
	fputs(before, stdout);
	put_clean(stdout, line);
	putchar('\n');
	free(line);
}
