/*
 * Names of models and presets to paths. A name is looked up in ./models where
 * that is a folder, in the user's folder, then in the installed one; what has
 * a slash in it, or the suffix, is a path. Beside the models lies the record
 * of which was trained last: a text file, `last`, of one line, with the
 * model's name, or its whole path where it lies elsewhere.
 */
#include "cli/cli.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#define SHIPPED_MODEL "chorales"
#define PRESETS       "presets/"
#define PRESET_SUFFIX ".ini"
#define LAST          "last"
#define LAST_MAX      8192 /* bytes of a record: a path and a newline */
#define FOLDERS_MAX   3
#define NAMES_LISTED  12

/* ---- folders ------------------------------------------------------------- */

/* folder/models, which must be there; folder is used up and may be NULL. */
static void add_folder(char **folders, size_t *n, char *folder)
{
	char *models = folder ? file_join(folder, "models") : NULL;

	free(folder);
	if (models && file_is_folder(models))
		folders[(*n)++] = models;
	else
		free(models);
}

/* Where names are looked up, in this order. */
static size_t list_folders(char *folders[FOLDERS_MAX])
{
	size_t n = 0;

	if (file_is_folder("models")) {
		folders[n] = mem_string("models");
		n += folders[n] != NULL;
	}
	add_folder(folders, &n, file_user_folder("XDG_DATA_HOME", ".local/share"));
	add_folder(folders, &n, installed_folder());
	return n;
}

/* Where train writes: ./models where it is there, else the user's folder. NULL without error() when there is neither. */
static char *destination_folder(void)
{
	char *user, *models;

	if (file_is_folder("models"))
		return mem_string("models");
	user = file_user_folder("XDG_DATA_HOME", ".local/share");
	models = user ? file_join(user, "models") : NULL;
	free(user);
	return models;
}

static void free_strings(char **strings, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(strings[i]);
}

static bool ends_with(const char *text, const char *suffix)
{
	size_t n = strlen(text), m = strlen(suffix);

	return n > m && strcmp(text + n - m, suffix) == 0;
}

static bool is_path(const char *name, const char *suffix)
{
	return strchr(name, '/') || ends_with(name, suffix);
}

/* ---- names to paths ------------------------------------------------------ */

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of the files in folder/below with the suffix, without it, added to names. */
static void add_names(char **names, size_t *n, const char *folder, const char *below, const char *suffix)
{
	char *path = text_format("%s/%s", folder, below);
	DIR *dir = path ? opendir(path) : NULL;
	struct dirent *entry;

	while (dir && *n < NAMES_MAX && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !ends_with(entry->d_name, suffix))
			continue;
		names[*n] = mem_string_n(entry->d_name, strlen(entry->d_name) - strlen(suffix));
		*n += names[*n] != NULL;
	}
	if (dir)
		closedir(dir);
	free(path);
}

/* The names in all folders, sorted, each once. */
static size_t list_names(char *names[NAMES_MAX], const char *below, const char *suffix)
{
	char *folders[FOLDERS_MAX];
	size_t n_folders = list_folders(folders), n = 0, kept = 0;

	for (size_t i = 0; i < n_folders; i++)
		add_names(names, &n, folders[i], below, suffix);
	free_strings(folders, n_folders);
	qsort(names, n, sizeof *names, compare_strings);
	for (size_t i = 0; i < n; i++) {
		if (kept > 0 && strcmp(names[i], names[kept - 1]) == 0)
			free(names[i]);
		else
			names[kept++] = names[i];
	}
	return kept;
}

size_t list_models(char *names[NAMES_MAX])
{
	return list_names(names, "", MODEL_SUFFIX);
}

size_t list_presets(char *names[NAMES_MAX])
{
	return list_names(names, PRESETS, PRESET_SUFFIX);
}

/* "no model "bahc"; did you mean "bach"?", or the names there are. */
static int no_such_name(const char *kind, const char *name, const char *below, const char *suffix)
{
	char *names[NAMES_MAX] = {0}, *list = mem_string("");
	size_t n = list_names(names, below, suffix);
	int nearest = text_nearest(name, (const char *const *)names, n);

	for (size_t i = 0; list && i < n && i < NAMES_LISTED; i++) {
		char *longer = text_format("%s%s%s", list, i ? ", " : "", names[i]);

		free(list);
		list = longer;
	}
	if (!list)
		error("out of memory");
	else if (nearest >= 0)
		error("no %s \"%s\"; did you mean \"%s\"?", kind, name, names[nearest]);
	else if (n > 0)
		error("no %s \"%s\"; there is %s%s", kind, name, list, n > NAMES_LISTED ? ", ..." : "");
	else
		error("no %s \"%s\"", kind, name);
	free(list);
	free_strings(names, n);
	return -1;
}

/* A new string with the path of a file of that name, NULL without error() when there is none. */
static char *look_up(const char *name, const char *below, const char *suffix)
{
	char *folders[FOLDERS_MAX], *found = NULL;
	size_t n = list_folders(folders);

	for (size_t i = 0; i < n && !found; i++) {
		found = text_format("%s/%s%s%s", folders[i], below, name, suffix);
		if (found && !file_exists(found)) {
			free(found);
			found = NULL;
		}
	}
	free_strings(folders, n);
	return found;
}

/* A name or a path; a path may lack its suffix, and a name may have it. */
static int find_named(char **path, const char *kind, const char *name, const char *below, const char *suffix)
{
	char *bare;

	*path = NULL;
	if (!*name)
		return error("no %s has an empty name", kind);
	if (is_path(name, suffix)) {
		*path = mem_string(name);
		if (!*path || file_exists(name))
			return *path ? 0 : -1;
		free(*path);
		*path = text_format("%s%s", name, suffix);
		if (!*path || file_exists(*path))
			return *path ? 0 : -1;
		free(*path);
		*path = NULL;
	}
	if (strchr(name, '/'))
		return error("%s: no such %s file", name, kind);
	bare = mem_string_n(name, strlen(name) - (ends_with(name, suffix) ? strlen(suffix) : 0));
	if (!bare)
		return -1;
	*path = look_up(bare, below, suffix);
	if (!*path)
		no_such_name(kind, bare, below, suffix);
	free(bare);
	return *path ? 0 : -1;
}

int find_preset(char **path, const char *name)
{
	return find_named(path, "preset", name, PRESETS, PRESET_SUFFIX);
}

/* ---- the last model trained ---------------------------------------------- */

/* The path that a record names, when that model is still there; NULL without error() otherwise. */
static char *read_last(const char *folder)
{
	char *record = file_join(folder, LAST), *path = NULL;
	unsigned char *data = NULL;
	size_t size;

	if (record && file_exists(record) && file_read(record, LAST_MAX, &data, &size) == 0) {
		char *name = (char *)data;

		name[strcspn(name, "\n")] = '\0';
		if (name[0] == '/')
			path = mem_string(name);
		else if (*name && !strchr(name, '/'))
			path = text_format("%s/%s%s", folder, name, MODEL_SUFFIX);
		if (path && !file_exists(path)) {
			free(path);
			path = NULL;
		}
	}
	free(data);
	free(record);
	return path;
}

/* "Here" is the folder that train would write to: a model trained elsewhere does not take the place of the shipped one. */
static char *find_last(void)
{
	char *folder = destination_folder(), *path = folder ? read_last(folder) : NULL;

	free(folder);
	return path;
}

int find_model(char **path, char **why, const char *name, const struct settings *s)
{
	const char *reason = "asked for";

	*why = *path = NULL;
	if (name) {
		if (find_named(path, "model", name, "", MODEL_SUFFIX) < 0)
			return -1;
	} else if ((*path = find_last())) {
		reason = "most recently trained here";
	} else if (s->models.model[0]) {
		if (find_named(path, "model", s->models.model, "", MODEL_SUFFIX) < 0)
			return error_prefix("[models] model");
		reason = "named by config.ini";
	} else {
		*path = look_up(SHIPPED_MODEL, "", MODEL_SUFFIX);
		if (!*path)
			return error("no model yet: train one (musegen train corpus/bach/) or name one with -m");
		reason = "the shipped default";
	}
	*why = mem_string(reason);
	if (*why)
		return 0;
	free(*path);
	*path = NULL;
	return -1;
}

/* ---- where train writes -------------------------------------------------- */

char *model_destination(const char *name)
{
	char *folder, *path = NULL;

	if (is_path(name, MODEL_SUFFIX)) {
		const char *slash = strrchr(name, '/');

		if (slash && !slash[1]) {
			error("%s: a folder, not the name of a model", name);
			return NULL;
		}
		if (slash && slash > name) {
			folder = mem_string_n(name, (size_t)(slash - name));
			if (!folder || file_make_folders(folder) < 0) {
				free(folder);
				return NULL;
			}
			free(folder);
		}
		return ends_with(name, MODEL_SUFFIX) ? mem_string(name) : text_format("%s%s", name, MODEL_SUFFIX);
	}
	if (!*name || name[0] == '.') {
		error("\"%s\" is no name for a model: give one with -m", name);
		return NULL;
	}
	folder = destination_folder();
	if (!folder)
		error("there is no folder ./models and no home folder to keep models in: make one, or give a path with "
		      "-m");
	else if (file_make_folders(folder) == 0)
		path = text_format("%s/%s%s", folder, name, MODEL_SUFFIX);
	free(folder);
	return path;
}

int note_trained(const char *path)
{
	char *folder = destination_folder(), *record = NULL, *line = NULL;
	char *real_folder, *real_path, *slash;
	int status = -1;

	/* without a home and without ./models there is nowhere to look for it again */
	if (!folder)
		return 0;
	if (file_make_folders(folder) < 0) {
		free(folder);
		return -1;
	}
	real_folder = realpath(folder, NULL);
	real_path = realpath(path, NULL);
	slash = real_path ? strrchr(real_path, '/') : NULL;
	if (!slash) {
		error("%s: %s", path, strerror(errno));
	} else if (real_folder && strlen(real_folder) == (size_t)(slash - real_path) &&
	           strncmp(real_folder, real_path, strlen(real_folder)) == 0 && ends_with(slash + 1, MODEL_SUFFIX)) {
		/* by name, so that the folder may be moved */
		line = text_format("%.*s\n", (int)(strlen(slash + 1) - strlen(MODEL_SUFFIX)), slash + 1);
	} else {
		line = text_format("%s\n", real_path);
	}
	record = line ? file_join(folder, LAST) : NULL;
	if (record)
		status = file_write(record, line, strlen(line));
	free(record);
	free(line);
	free(real_path);
	free(real_folder);
	free(folder);
	return status;
}
