/* SPDX-License-Identifier: MIT
 *
 * output: a file that grows, and an inotify(7) watch on it.
 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/clock.h"
#include "bytes.h"
#include "place.h"

struct output {
	char *path; /* owned */
	int fd;
	int watch; /* the inotify descriptor */
	struct bytes text;
};

struct output *
output_new(const char *path)
{
	struct output *output = calloc(1, sizeof(*output));

	if (!output || asprintf(&output->path, "%s/%s", place_dir(), path) < 0)
		abort();
	output->fd = open(output->path, O_RDONLY | O_CREAT | O_CLOEXEC, 0666);
	output->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (output->fd < 0 || output->watch < 0 ||
	    inotify_add_watch(output->watch, output->path, IN_MODIFY) < 0)
		wire_fail("%s: %s", output->path, strerror(errno));
	return output;
}

void
output_free(struct output *output)
{
	if (!output)
		return;
	(void)close(output->fd);
	(void)close(output->watch);
	bytes_free(&output->text);
	free(output->path);
	free(output);
}

int
output_open_for_writing(const struct output *output)
{
	int fd = open(output->path, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0)
		wire_fail("%s: %s", output->path, strerror(errno));
	return fd;
}

const char *
output_text(struct output *output)
{
	ssize_t got;

	while ((got = read(output->fd, bytes_reserve(&output->text, 65536), 65536)) > 0)
		output->text.len += (size_t)got;
	output->text.data[output->text.len] = '\0';
	return output->text.data;
}

/* Waits for more text or the end of the writer; true at its end. */
static bool
wait_for_more(const struct output *output, int gone, int64_t timeout_us)
{
	struct pollfd fds[] = { { output->watch, POLLIN, 0 }, { gone, POLLIN, 0 } };
	char events[4096];

	(void)poll(fds, 2, (int)((timeout_us + 999) / 1000));
	while (read(output->watch, events, sizeof(events)) > 0)
		;
	return fds[1].revents != 0;
}

bool
output_wait(struct output *output, bool (*is_there)(const char *text, const void *what),
    const void *what, int gone, int64_t deadline_us)
{
	bool is_gone = false;

	for (;;) {
		int64_t left_us = deadline_us - clock_monotonic_us();

		if (is_there(output_text(output), what))
			return true;
		if (is_gone || left_us <= 0)
			return false;
		is_gone = wait_for_more(output, gone, left_us);
	}
}
