/* SPDX-License-Identifier: MIT
 *
 * service: one property, asked of busctl(1), which is there wherever systemd is: it
 * prints the number in microseconds, where systemctl(1) prints words.
 */
#include "usherctl/service.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "usherctl/dial.h"

#define OBJECTS "/org/freedesktop/systemd1/unit/"
#define PATIENCE_US (2 * CLOCK_SECOND_US)
#define UNIT_MAX 256
#define UNKNOWN INT64_C(-1)

int
service_unit_of(const char *cgroup, char *ret_unit, size_t cap)
{
	struct slice rest = slice_of(cgroup);

	while (rest.len > 0) {
		const char *end = memchr(rest.data, '\n', rest.len);
		struct slice line = slice_first(rest, end ? (size_t)(end - rest.data) : rest.len);
		const char *slash = memrchr(line.data, '/', line.len);
		struct slice name =
		    slash ? slice_from(line, (size_t)(slash - line.data) + 1) : line;

		rest = slice_from(rest, line.len + (end ? 1 : 0));
		if (!slash || !slice_ends_with(name, SLICE(".service")) || name.len >= cap)
			continue;
		memcpy(ret_unit, name.data, name.len);
		ret_unit[name.len] = '\0';
		return 0;
	}
	return -ENOENT;
}

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

int
service_path_of(const char *unit, char *ret_path, size_t cap)
{
	struct text path = text_over(ret_path, cap);

	text_put_string(&path, OBJECTS);
	for (const char *at = unit; *at; at++) {
		if (is_plain(*at) && (at > unit || *at > '9'))
			text_put_char(&path, *at);
		else
			text_put_format(&path, "_%02x", (unsigned char)*at);
	}
	(void)text_string(&path);
	return path.is_truncated ? -ENAMETOOLONG : 0;
}

/* "t 90000000" */
static int64_t
parse_property(const char *output)
{
	struct slice line = { output, strcspn(output, "\n") };
	uint64_t us;

	if (!slice_starts_with(line, SLICE("t ")) || slice_to_u64(slice_from(line, 2), &us) != 0)
		return UNKNOWN;
	return us >= INT64_MAX ? INT64_MAX : (int64_t)us;
}

/* Starts it with its output in a pipe, whose other end is in `ret_fd`. */
static int
spawn_busctl(const char *path, pid_t *ret_pid, int *ret_fd)
{
	static const char *const fixed[] = { "busctl", "get-property", "org.freedesktop.systemd1" };
	/* posix_spawn(3) takes them as not const and does not change them. */
	const union {
		const char *given[7];
		char *wanted[7];
	} argv = { .given = { fixed[0], fixed[1], fixed[2], path,
		       "org.freedesktop.systemd1.Service", "TimeoutStopUSec", NULL } };
	posix_spawn_file_actions_t actions;
	int ends[2], error;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	error = posix_spawn_file_actions_init(&actions);
	if (error == 0) {
		(void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
		(void)posix_spawn_file_actions_addopen(
		    &actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
		error = posix_spawnp(ret_pid, fixed[0], &actions, NULL, argv.wanted, environ);
		(void)posix_spawn_file_actions_destroy(&actions);
	}
	(void)close(ends[1]);
	if (error == 0)
		*ret_fd = ends[0];
	else
		(void)close(ends[0]);
	return -error;
}

/* What it prints, until its end or ours. */
static void
read_output(int fd, char *output, size_t cap)
{
	int64_t deadline_us = clock_monotonic_us() + PATIENCE_US;
	size_t len = 0;

	while (len < cap - 1 && dial_wait(fd, POLLIN, -1, deadline_us) == 0) {
		ssize_t got = read(fd, output + len, cap - 1 - len);

		if (got <= 0)
			break;
		len += (size_t)got;
	}
	output[len] = '\0';
}

static int64_t
ask_busctl(const char *path)
{
	char output[128];
	pid_t pid = -1;
	int fd = -1;

	if (spawn_busctl(path, &pid, &fd) != 0)
		return UNKNOWN;
	read_output(fd, output, sizeof(output));
	(void)close(fd);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return parse_property(output);
}

static bool
read_cgroup(const char *proc, uint64_t pid, char *content, size_t cap)
{
	char path[512];
	ssize_t got;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%llu/cgroup", proc, (unsigned long long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	got = read(fd, content, cap - 1);
	(void)close(fd);
	content[got > 0 ? got : 0] = '\0';
	return got > 0;
}

int64_t
service_stop_limit_us(const char *proc, uint64_t pid)
{
	char content[4096], unit[UNIT_MAX], path[UNIT_MAX * 3 + sizeof(OBJECTS)];

	if (!read_cgroup(proc, pid, content, sizeof(content)) ||
	    service_unit_of(content, unit, sizeof(unit)) != 0 ||
	    service_path_of(unit, path, sizeof(path)) != 0)
		return UNKNOWN;
	return ask_busctl(path);
}
