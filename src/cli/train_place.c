/*
 * Names and places of a training. What could refuse to be written is asked
 * before the hours of work, not after. Whose model is there already, the
 * model file itself says: the command that trained it.
 */
#include "cli/train_place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/train_screen.h"

#define CSV_SUFFIX     ".csv"
#define LOCK_SUFFIX    ".lock"
#define SKIPPED_SUFFIX ".skipped.txt"
#define CSV_MAX        (64u << 20)

/* The last part of a path, without a file's suffix: "corpus/bach/" -> "bach". */
static char *base_name(const char *path)
{
	char *whole = realpath(path, NULL), *name = NULL;
	const char *slash, *dot;

	/* of the path as typed, since a link's own name is what the user knows; "." and ".." need the whole one */
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	name = mem_string_n(path, n);
	slash = name ? strrchr(name, '/') : NULL;
	if (name && whole &&
	    (strcmp(slash ? slash + 1 : name, ".") == 0 || strcmp(slash ? slash + 1 : name, "..") == 0)) {
		free(name);
		name = mem_string(whole);
		slash = name ? strrchr(name, '/') : NULL;
	}
	if (name && slash) {
		char *last = mem_string(slash + 1);

		free(name);
		name = last;
	}
	dot = name ? strrchr(name, '.') : NULL;
	if (dot && dot > name && whole && !file_is_folder(whole))
		name[dot - name] = '\0';
	free(whole);
	return name;
}

int train_place_find(struct train_place *p, const char *name, const char *corpus)
{
	const char *slash;
	int stem;

	*p = (struct train_place){.lock = {.fd = -1}};
	p->typed = name ? mem_string(name) : base_name(corpus);
	p->model = p->typed ? model_destination(p->typed) : NULL;
	if (!p->model)
		return -1;
	stem = (int)(strlen(p->model) - strlen(MODEL_SUFFIX));
	slash = strrchr(p->model, '/');
	slash = slash ? slash + 1 : p->model;
	p->name = mem_string_n(slash, (size_t)stem - (size_t)(slash - p->model));
	p->csv = text_format("%.*s" CSV_SUFFIX, stem, p->model);
	p->checkpoint = text_format("%.*s" CHECKPOINT_SUFFIX, stem, p->model);
	p->skipped = text_format("%.*s" SKIPPED_SUFFIX, stem, p->model);
	return p->name && p->csv && p->checkpoint && p->skipped ? 0 : -1;
}

void train_place_done(struct train_place *p)
{
	file_lock_release(&p->lock);
	free(p->name);
	free(p->typed);
	free(p->model);
	free(p->csv);
	free(p->skipped);
	free(p->checkpoint);
	*p = (struct train_place){.lock = {.fd = -1}};
}

/* Open a file beside the target, and take it away again. */
static int can_write(const char *path)
{
	struct file_beside f;

	if (file_beside_begin(&f, path) < 0)
		return -1;
	file_beside_abort(&f);
	return 0;
}

int train_place_lock(struct train_place *p)
{
	char *path = text_format("%s" LOCK_SUFFIX, p->checkpoint);
	bool held = false;
	/* where no lock can be made it is the model that cannot be written, not the lock */
	int status = path && can_write(p->model) == 0 ? file_lock_take(&p->lock, path, &held) : -1;

	if (held)
		error("%s: another musegen is training it now (-m NAME gives another name)", p->model);
	if (status == 0)
		file_sweep(p->model);
	free(path);
	return status;
}

/* What to do about a file that is in the way; a training that goes on has its name, and was begun with -f or without. */
static const char *way_out(bool resume)
{
	return resume ? "move it away to go on" : "-f replaces it, -m NAME gives another name";
}

static int check_model(const struct train_place *p, const char *command, bool force, bool resume)
{
	struct model *m;
	int status = 0;

	if (!file_exists(p->model) || force)
		return can_write(p->model);
	m = model_load(p->model);
	if (!m)
		return error("%s: is there already, and is no model this program can read (%s)", p->model,
		             way_out(resume));
	/* the command names the corpus too */
	if (strcmp(m->provenance.command ? m->provenance.command : "", command) != 0)
		status = error("%s: is there already, trained by another command: %s (%s)", p->model,
		               m->provenance.command && *m->provenance.command ? m->provenance.command
		                                                               : "it does not say which",
		               way_out(resume));
	model_free(m);
	return status < 0 ? -1 : can_write(p->model);
}

static int check_csv(const struct train_place *p, bool force, bool resume)
{
	const size_t n = strlen(TRAIN_CSV_HEADER);
	unsigned char *data;
	bool ours;
	size_t size;

	if (file_exists(p->csv) && !force) {
		if (file_read(p->csv, CSV_MAX, &data, &size) < 0)
			return -1;
		ours = size >= n && memcmp(data, TRAIN_CSV_HEADER, n) == 0;
		free(data);
		if (!ours)
			return error("%s: is there already, and musegen did not write it (%s)", p->csv,
			             way_out(resume));
	}
	return can_write(p->csv);
}

/* Lines of ours have a tab. */
static int check_skipped(const struct train_place *p, bool force, bool resume)
{
	unsigned char *data;
	const char *line;
	bool ours;
	size_t size;

	if (file_exists(p->skipped) && !force) {
		if (file_read(p->skipped, CSV_MAX, &data, &size) < 0)
			return -1;
		line = (const char *)data;
		ours = size == 0 || memchr(line, '\t', strcspn(line, "\n")) != NULL;
		free(data);
		if (!ours)
			return error("%s: is there already, and musegen did not write it (%s)", p->skipped,
			             way_out(resume));
	}
	return can_write(p->skipped);
}

static int check_checkpoint(const struct train_place *p, bool force, bool resume)
{
	const char *const words[] = {"musegen", "train", "--resume", "-m", p->typed};
	struct checkpoint_about about;
	struct checkpoint *c;
	char *resume_line, of[32] = "";

	if (!file_exists(p->checkpoint) || force || resume)
		return can_write(p->checkpoint);
	c = checkpoint_open(p->checkpoint);
	if (!c)
		return error("%s: is there already, and is no checkpoint this program can read (%s)", p->checkpoint,
		             way_out(false));
	about = checkpoint_about(c);
	if (about.planned)
		snprintf(of, sizeof of, " of %ld", about.steps);
	checkpoint_free(c);
	resume_line = command_line(sizeof words / sizeof *words, words);
	if (resume_line)
		error("%s: a training that is not finished (%ld steps%s): `%s` goes on with it, -f begins anew",
		      p->checkpoint, about.step, of, resume_line);
	free(resume_line);
	return -1;
}

int train_place_check(const struct train_place *p, const char *command, bool force, bool resume)
{
	if (check_model(p, command, force, resume) < 0 || check_csv(p, force, resume) < 0 ||
	    check_skipped(p, force, resume) < 0)
		return -1;
	return check_checkpoint(p, force, resume);
}
