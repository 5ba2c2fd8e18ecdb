/* Soundfonts by their usual places, see soundfont.h. */
#include "live/soundfont.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

/* Debian, Ubuntu and Fedora, Arch, and what is put there by hand. */
static const char *const system_folders[] = {
	"/usr/local/share/sounds/sf2",
	"/usr/local/share/sounds/sf3",
	"/usr/local/share/soundfonts",
	"/usr/share/sounds/sf2",
	"/usr/share/sounds/sf3",
	"/usr/share/soundfonts",
	NULL,
};
/* What distributions call the one that is meant when none is named. */
static const char *const usual_names[] = {"default-GM.sf2", "default-GM.sf3", "default.sf2",
                                          "default.sf3",    "FluidR3_GM.sf2", "FluidR3_GM2-2.sf2"};
/* Below $XDG_DATA_HOME or ~/.local/share. */
static const char *const user_folders[] = {"soundfonts", "sounds/sf2", "sounds/sf3"};

#define COUNT(a) (sizeof(a) / sizeof *(a))

static bool is_soundfont(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && dot != entry->d_name && (strcasecmp(dot, ".sf2") == 0 || strcasecmp(dot, ".sf3") == 0);
}

/* The path when there is such a file; a link that points nowhere is none. NULL without error() else. */
static char *file_in(const char *folder, const char *name)
{
	char *path = file_join(folder, name), *real = NULL;

	/* by the name of the file that a default is a link to */
	if (path && file_exists(path) && !file_is_folder(path))
		real = realpath(path, NULL);
	free(path);
	return real;
}

static char *first_in(const char *folder)
{
	DIR *d = opendir(folder);
	char *first = NULL;

	for (struct dirent *entry = d ? readdir(d) : NULL; entry; entry = readdir(d)) {
		char *path = is_soundfont(entry) ? file_in(folder, entry->d_name) : NULL;

		if (path && (!first || strcmp(path, first) < 0)) {
			free(first);
			first = path;
		} else {
			free(path);
		}
	}
	if (d)
		closedir(d);
	return first;
}

char *soundfont_find_in(const char *const *folders)
{
	char *path = NULL;

	for (size_t i = 0; i < COUNT(usual_names) && !path; i++)
		for (size_t k = 0; folders[k] && !path; k++)
			path = file_in(folders[k], usual_names[i]);
	for (size_t k = 0; folders[k] && !path; k++)
		path = first_in(folders[k]);
	return path;
}

/* In the user's own folders. */
static char *find_users(void)
{
	char *ours = file_user_folder("XDG_DATA_HOME", ".local/share"), *share = NULL, *path = NULL;
	char *folders[COUNT(user_folders) + 1] = {0};
	char *slash = ours ? strrchr(ours, '/') : NULL;

	/* file_user_folder() names our folder in there */
	if (slash)
		share = mem_string_n(ours, (size_t)(slash - ours));
	for (size_t i = 0, n = 0; share && i < COUNT(user_folders); i++)
		if ((folders[n] = file_join(share, user_folders[i])))
			n++;
	if (share)
		path = soundfont_find_in((const char *const *)folders);
	for (size_t i = 0; folders[i]; i++)
		free(folders[i]);
	free(share);
	free(ours);
	return path;
}

char *soundfont_find(const char *named)
{
	char *path;

	if (named && *named) {
		if (file_exists(named) && !file_is_folder(named))
			return mem_string(named);
		error("%s: there is no such soundfont", named);
		return NULL;
	}
	path = find_users();
	if (!path)
		path = soundfont_find_in(system_folders);
	if (!path)
		error("no soundfont to make sound with: install one (Debian: fluid-soundfont-gm, or the small "
		      "timgm6mb-soundfont), or name one by --soundfont FILE");
	return path;
}
