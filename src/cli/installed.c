/*
 * Where the program's own files are. In a checkout that is the folder above
 * build/. An installed program was told at its making where its files go
 * (install.mk); it takes them from the place that lies to itself as theirs does
 * to BINDIR, so that a tree that was moved, or staged below DESTDIR, is
 * whole, and else from where it was told.
 */
#include "cli/cli.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

/* The folder `up` levels above the one of the running program; NULL without error() when there is none. */
static char *above_program(int up)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path);

	if (n <= 0 || (size_t)n >= sizeof path)
		return NULL;
	path[n] = '\0';
	for (int i = 0; i <= up; i++) {
		char *slash = strrchr(path, '/');

		if (!slash || slash == path)
			return NULL;
		*slash = '\0';
	}
	return mem_string(path);
}

/* Ours has presets; another program's folder of models has not. */
static bool has_presets(const char *folder)
{
	char *presets = text_format("%s/models/presets", folder);
	bool has = presets && file_is_folder(presets);

	free(presets);
	return has;
}

#ifdef MUSEGEN_BINDIR

/* `folder` by the way from the program that leads to it from BINDIR: of /usr/bin and /usr/share/musegen, ../share/musegen. */
static char *beside_program(const char *folder)
{
	const char *bin = MUSEGEN_BINDIR;
	size_t common = 0;
	int up = 0;
	char *above, *beside;

	for (size_t i = 0;; i++) {
		if ((!bin[i] || bin[i] == '/') && (!folder[i] || folder[i] == '/'))
			common = i;
		if (!bin[i] || bin[i] != folder[i])
			break;
	}
	for (const char *p = bin + common; *p; p++)
		up += *p == '/';
	above = above_program(up);
	beside = above ? text_format("%s%s", above, folder + common) : NULL;
	free(above);
	return beside;
}

/* Beside the program, else as told; NULL without error() when it is in neither place. */
static char *find_told(const char *told, bool (*is_it)(const char *folder))
{
	char *folder = beside_program(told);

	if (folder && is_it(folder))
		return folder;
	free(folder);
	return is_it(told) ? mem_string(told) : NULL;
}

char *installed_folder(void)
{
	return find_told(MUSEGEN_DATADIR, has_presets);
}

char *installed_config_folder(void)
{
	return find_told(MUSEGEN_CONFIGDIR, file_is_folder);
}

#else

char *installed_folder(void)
{
	/* build/musegen, then build/VARIANT/musegen */
	for (int up = 1; up <= 2; up++) {
		char *folder = above_program(up);

		if (folder && has_presets(folder))
			return folder;
		free(folder);
	}
	return NULL;
}

char *installed_config_folder(void)
{
	return installed_folder();
}

#endif
