/* SPDX-License-Identifier: MIT
 *
 * check_files: what the configuration says of the file system, by asking it. It
 * may change until the file is used; that is an error then, too.
 */
#include "config/check_state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Asks for the rights that opening it would have: those of the effective user. */
static bool
is_permitted(const char *path, int rights)
{
	return faccessat(AT_FDCWD, path, rights, AT_EACCESS) == 0;
}

void
check_directory(const struct checked *checked, const char *key, const char *path, bool is_listed)
{
	struct stat status;

	if (stat(path, &status) != 0)
		check_report(
		    checked, key, "the directory %s cannot be used: %s", path, strerror(errno));
	else if (!S_ISDIR(status.st_mode))
		check_report(checked, key, "%s is not a directory", path);
	else if (!is_permitted(path, X_OK))
		check_report(checked, key,
		    "the directory %s may not be entered: give the user of usherd the right to "
		    "search it (x)",
		    path);
	else if (is_listed && !is_permitted(path, R_OK))
		check_report(checked, key,
		    "the directory %s may not be listed: give the user of usherd the right to "
		    "read it (r)",
		    path);
}

void
check_readable_file(const struct checked *checked, const char *key, const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		check_report(checked, key, "the file %s cannot be used: %s", path, strerror(errno));
	else if (!S_ISREG(status.st_mode))
		check_report(checked, key, "%s is not a regular file", path);
	else if (!is_permitted(path, R_OK))
		check_report(checked, key, "the file %s may not be read", path);
}

void
check_parent(const struct checked *checked, const char *key, const char *path)
{
	const char *slash = strrchr(path, '/');
	char parent[4096];
	struct text text = text_over(parent, sizeof(parent));
	struct stat status;

	if (!slash)
		return;
	text_put(&text, (struct slice){ path, slash > path ? (size_t)(slash - path) : 1 });
	if (stat(text_string(&text), &status) != 0)
		check_report(
		    checked, key, "the directory %s cannot be used: %s", parent, strerror(errno));
	else if (!S_ISDIR(status.st_mode))
		check_report(checked, key, "%s is not a directory", parent);
}
