/*
 * musegen stats: what is in a corpus, as `train` would read it. The numbers
 * come from corpus/stats.h; here files are read, the page is written, and one
 * of the ways to show them is chosen. A page that could not be written is
 * said before the files are read.
 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/page.h"
#include "cli/stats_show.h"

#define THREADS_MAX 1024
#define DRAW_EVERY  100000000u /* nanoseconds */
#define ERASE_LINE  "\r\033[K"

static const struct command_usage usage = {
	.name = "stats",
	.arguments = "[OPTIONS] CORPUS...",
	.summary = "Say what is in a corpus: files and folders of MIDI files, as `train` would read them.",
	.details = "  musegen stats corpus/bach                      in the terminal\n"
		   "  musegen stats --html bach.html corpus/bach     a page with charts too\n"
		   "  musegen stats --json corpus/bach >bach.json    for programs\n"
		   "\n"
		   "Counted are pieces as `train` takes them: on the grid of the settings, without percussion,\n"
		   "duplicates left out unless corpus.duplicates keeps them (then none are looked for).\n"
		   "Intervals are melodic: within a part, from the highest of the notes struck together to the\n"
		   "highest of those struck next. A phrase ends at a fermata, at a bar line that a long note or\n"
		   "a rest of the top part ends at (half a bar or more), else every four bars.\n"
		   "\n"
		   "--json prints one object with these keys:\n"
		   "  corpus                 the paths as typed\n"
		   "  files, pieces, notes   MIDI files found; what was read from them\n"
		   "  percussion_notes       left out\n"
		   "  minutes                of all pieces, by all tempos of their files\n"
		   "  grid                   ticks a quarter\n"
		   "  pitch                  [{pitch, name, count}] of notes\n"
		   "  pitch_class            [{pitch_class, name, count}] of notes\n"
		   "  interval               [{semitones, count}]\n"
		   "  duration               [{quarters, ticks, count}] of notes\n"
		   "  phrase                 [{bars, count}], to the nearest half bar\n"
		   "  tempo                  [{quarters_a_minute, count}] of pieces, at the start; null: none stated\n"
		   "  key                    [{key, count}] of pieces, found in the notes; null: none\n"
		   "  key_stated             [{key, count}] of pieces, by the first key signature; null: none\n"
		   "  keys_agree             pieces whose notes and file say the same key\n"
		   "  metre                  [{metre, count}] of pieces, at the start\n"
		   "  metre_changes          pieces that have any\n"
		   "  parts                  [{parts, count}] of pieces\n"
		   "  styles                 [{name, pieces, notes}]\n"
		   "  duplicates             pieces left out because another has the same notes\n"
		   "  skipped                files (or songs in them) left out for other reasons\n"
		   "  skip_reasons           [{reason, count, example}]; N is for numbers that differ",
};

struct stats_run {
	/* as typed */
	bool json, force;
	const char *page, *config;
	struct option_list sets;
	int threads;
	const char **corpora;
	size_t n_corpora;
	/* from that */
	struct settings settings;
	/* the line of who waits */
	bool live, shown;
	uint64_t drawn;
};

/* ---- while the files are read -------------------------------------------- */

static void clear_line(struct stats_run *r)
{
	if (r->shown)
		fputs(ERASE_LINE, stderr);
	r->shown = false;
}

/* Called by one thread at a time; warnings may come from any. */
static void on_reading(void *context, size_t done, size_t total)
{
	struct stats_run *r = context;
	const uint64_t now = clock_now();

	if (!r->live || now - r->drawn < DRAW_EVERY)
		return;
	flockfile(stderr);
	r->drawn = now;
	r->shown = true;
	fprintf(stderr, ERASE_LINE "reading %zu of %zu files", done, total);
	fflush(stderr);
	funlockfile(stderr);
}

static void on_log(void *context, enum log_level level, const char *message)
{
	flockfile(stderr);
	clear_line(context);
	fputs(level == LOG_WARNING ? "musegen: warning: " : "musegen: ", stderr);
	put_clean(stderr, message);
	fputc('\n', stderr);
	funlockfile(stderr);
}

static struct corpus *load(struct stats_run *r)
{
	const struct corpus_options options = {
		.reading = r->settings.corpus.reading,
		.parts_max = r->settings.corpus.parts,
		.keep_duplicates = r->settings.corpus.duplicates,
		.progress = on_reading,
		.progress_context = r,
	};
	struct pool *pool = pool_new(r->threads);
	struct corpus *corpus = NULL;

	if (!pool)
		return NULL;
	/* what takes no longer than a moment shows no line */
	r->live = terminal_is(stderr);
	r->drawn = clock_now();
	log_set_sink(on_log, r);
	corpus = corpus_load(r->corpora, r->n_corpora, &options, pool);
	clear_line(r);
	print_log_plainly();
	pool_free(pool);
	return corpus;
}

/* ---- the page ------------------------------------------------------------ */

static int write_page(const struct stats_run *r, const struct corpus_stats *stats)
{
	struct file_beside f;

	if (file_beside_begin(&f, r->page) < 0)
		return -1;
	if (stats_html(f.stream, stats, r->corpora, r->n_corpora) < 0) {
		file_beside_abort(&f);
		return -1;
	}
	return file_beside_commit(&f);
}

/* ---- all of it ----------------------------------------------------------- */

static int print_json(const struct stats_run *r, const struct corpus_stats *stats)
{
	char *text = stats_json(stats, r->corpora, r->n_corpora);

	if (!text)
		return -1;
	puts(text);
	free(text);
	return 0;
}

static int show(const struct stats_run *r, const struct corpus_stats *stats)
{
	if (r->page && write_page(r, stats) < 0)
		return -1;
	if (r->json)
		return print_json(r, stats);
	if (stats_text(stdout, stats, r->corpora, r->n_corpora, terminal_columns(stdout), terminal_utf8()) < 0)
		return -1;
	if (r->page) {
		printf("\nwritten: ");
		put_clean(stdout, r->page);
		putchar('\n');
	}
	return 0;
}

static int run(struct stats_run *r)
{
	struct corpus_stats stats;
	struct corpus *corpus;
	int status = -1;

	if (settings_load(&r->settings, r->config, &r->sets) < 0 ||
	    (r->page && page_check(r->page, STATS_PAGE_MARK, r->force) < 0))
		return -1;
	corpus = load(r);
	if (!corpus)
		return -1;
	if (corpus_stats_make(&stats, corpus) == 0)
		status = show(r, &stats);
	corpus_stats_done(&stats);
	corpus_free(corpus);
	return status;
}

int cmd_stats(int argc, char **argv)
{
	struct stats_run r = {.threads = 0};
	const struct option options[] = {
		{0, "json", OPTION_FLAG, &r.json, NULL, 0, 0, "print one JSON document instead of text"},
		{0, "html", OPTION_TEXT, &r.page, "FILE", 0, 0, "write a page with charts to FILE too"},
		{'f', "force", OPTION_FLAG, &r.force, NULL, 0, 0, "replace a FILE that musegen did not write"},
		{'j', "threads", OPTION_INT, &r.threads, "N", 1, THREADS_MAX,
	         "threads to read with; they do not change the result (default: one a processor)"},
		{0, "config", OPTION_TEXT, &r.config, "FILE", 0, 0,
	         "read settings from FILE over those of the config.ini files"},
		{0, "set", OPTION_LIST, &r.sets, "SECTION.KEY=VALUE", 0, 0, "one setting; may be given more than once"},
	};
	enum parsed parsed;
	int code;

	r.corpora = mem_new((size_t)argc, sizeof *r.corpora);
	if (!r.corpora)
		return fail();
	parsed = options_parse(&usage, options, sizeof options / sizeof *options, argc, argv, r.corpora, &r.n_corpora);
	if (parsed == PARSED_GO && r.n_corpora == 0) {
		fail_usage("stats: which files or folders? (`musegen stats corpus/bach/`)");
		parsed = PARSED_ERROR;
	}
	if (parsed == PARSED_GO)
		code = run(&r) < 0 ? fail() : EXIT_OK;
	else
		code = parsed == PARSED_HELP ? EXIT_OK : EXIT_USAGE;
	free(r.corpora);
	return code;
}
