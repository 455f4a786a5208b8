/* SPDX-License-Identifier: MIT
 *
 * place: one base directory per program, one directory below it per test.
 */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"

#define PATH_MAX_BYTES 256

static char base[PATH_MAX_BYTES];
static char test_dir[PATH_MAX_BYTES];

void
place_open(void)
{
	const char *above = getenv("TMPDIR");

	(void)snprintf(base, sizeof(base), "%s/usher-wire-XXXXXX", above ? above : "/tmp");
	if (!mkdtemp(base)) {
		perror(base);
		exit(EXIT_FAILURE);
	}
}

static int
remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

void
place_close(void)
{
	(void)nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char *
place_dir(void)
{
	if (test_dir[0] == '\0') {
		int len = snprintf(test_dir, sizeof(test_dir), "%s/XXXXXX", base);

		if (len >= (int)sizeof(test_dir) || !mkdtemp(test_dir))
			wire_fail("%s: %s", test_dir, strerror(errno));
	}
	return test_dir;
}

void
place_leave(void)
{
	test_dir[0] = '\0';
}

char *
place_expand(const char *text)
{
	static const char name[] = "@dir@";
	struct bytes result = { 0 };
	const char *found;

	while ((found = strstr(text, name))) {
		bytes_put(&result, text, (size_t)(found - text));
		bytes_put_string(&result, place_dir());
		text = found + sizeof(name) - 1;
	}
	bytes_put_string(&result, text);
	return result.data;
}

/* Opens DIR/PATH for writing, making the directories between. */
static int
create(const char *path)
{
	char whole[2 * PATH_MAX_BYTES];
	int fd;

	(void)snprintf(whole, sizeof(whole), "%s/%s", place_dir(), path);
	for (char *slash = whole + strlen(place_dir()) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(whole, 0777) < 0 && errno != EEXIST)
			wire_fail("mkdir %s: %s", whole, strerror(errno));
		*slash = '/';
	}
	fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		wire_fail("%s: %s", whole, strerror(errno));
	return fd;
}

void
put_file_bytes(const char *path, const void *data, size_t len)
{
	int fd = create(path);

	if (write(fd, data, len) != (ssize_t)len)
		wire_fail("%s: not written whole", path);
	(void)close(fd);
}

void
put_file(const char *path, const char *text)
{
	put_file_bytes(path, text, strlen(text));
}

void
put_sparse_file(const char *path, off_t size)
{
	int fd = create(path);

	if (ftruncate(fd, size) < 0)
		wire_fail("%s: %s", path, strerror(errno));
	(void)close(fd);
}

void
fill_pattern(char *data, size_t len, size_t offset)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (char)((offset + i) % 251);
}
