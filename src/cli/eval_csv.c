/* What every event costs, as comma-separated values (RFC 4180) with one line for each. */
#include "cli/eval_show.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

/* Does the file begin as a table of ours does? What is no regular file does not. */
static bool is_ours(const char *path)
{
	const size_t n = strlen(EVAL_CSV_HEAD);
	char head[sizeof EVAL_CSV_HEAD];
	struct stat st;
	FILE *f;
	bool ours;

	/* opening a pipe would wait for its other end */
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	f = fopen(path, "rb");
	if (!f)
		return false;
	ours = fread(head, 1, n, f) == n && memcmp(head, EVAL_CSV_HEAD, n) == 0;
	fclose(f);
	return ours;
}

int eval_csv_check(const char *path, bool force)
{
	struct file_beside f;

	if (file_exists(path) && !file_is_folder(path) && !force && !is_ours(path))
		return error("%s: is there already, and musegen did not write it (-f replaces it)", path);
	if (file_beside_begin(&f, path) < 0)
		return -1;
	file_beside_abort(&f);
	return 0;
}

/* A field; in quotes, and those in it twice, where it could be taken for more than one. */
static void put_field(FILE *out, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void put_costs(FILE *out, const double costs[HEADS])
{
	for (int h = 0; h < HEADS; h++) {
		char digits[32];

		text_from_real(digits, sizeof digits, costs[h]);
		fprintf(out, ",%s", digits);
	}
	fputc('\n', out);
}

static void put_event(FILE *out, const struct event *e, int tick)
{
	static const char *const kinds[] = {[EVENT_NOTE] = "note", [EVENT_METRE] = "metre", [EVENT_END] = "end"};

	fprintf(out, "%s,%d,", kinds[e->kind], tick);
	if (e->kind == EVENT_NOTE)
		fprintf(out, "%d,%d,%d,%d", e->part + 1, e->pitch, e->duration, e->velocity);
	else
		fputs(",,,", out);
}

/* Songs of one file are told apart by number. */
static char *piece_name(const struct corpus_piece *cp)
{
	char *clean = text_clean(cp->path, strlen(cp->path)), *name;

	if (!clean || cp->song == 0)
		return clean;
	name = text_format("%s#%d", clean, cp->song + 1);
	free(clean);
	return name;
}

static int put_piece(FILE *out, struct corpus_reader *reader, const struct corpus *corpus, const struct piece_score *p)
{
	static const double nothing[HEADS];
	const struct piece *piece = corpus_read(reader, corpus, &corpus->pieces[p->piece]);
	char *name = piece ? piece_name(&corpus->pieces[p->piece]) : NULL;
	int tick = 0;

	if (!name)
		return -1;
	put_field(out, name);
	fputs(",0,start,0,,,,", out);
	put_costs(out, nothing);
	for (size_t i = 0; i < piece->n; i++) {
		tick += piece->events[i].shift;
		if (isnan(p->costs[i][HEAD_SHIFT]))
			continue;
		put_field(out, name);
		fprintf(out, ",%zu,", i + 1);
		put_event(out, &piece->events[i], tick);
		put_costs(out, p->costs[i]);
	}
	free(name);
	return 0;
}

int eval_csv_write(const char *path, const struct eval_result *r)
{
	struct corpus_reader reader = {0};
	struct file_beside f;
	int result = 0;

	if (file_beside_begin(&f, path) < 0)
		return -1;
	fputs(EVAL_CSV_HEAD, f.stream);
	for (size_t i = 0; i < r->evaluation->n && result == 0; i++)
		result = put_piece(f.stream, &reader, r->corpus, &r->evaluation->pieces[i]);
	corpus_reader_done(&reader);
	if (result == 0)
		return file_beside_commit(&f);
	file_beside_abort(&f);
	return -1;
}
