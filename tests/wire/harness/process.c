/* SPDX-License-Identifier: MIT
 *
 * process: fork, exec, pidfd_open(2).
 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "place.h"

static struct output *
output_named(const char *tag, const char *kind)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s.%s", tag, kind);
	return output_new(path);
}

/* In the child: does not return. */
static _Noreturn void
become(const struct process *process, const char *program, char *const *argv, pid_t parent)
{
	int out = output_open_for_writing(process->out);
	int err = output_open_for_writing(process->err);
	int none = open("/dev/null", O_RDONLY | O_CLOEXEC);

	/* The test may have died between fork and here. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(126);
	if (dup2(none, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(err, STDERR_FILENO) < 0)
		_exit(126);
	execvp(program, argv);
	(void)dprintf(STDERR_FILENO, "%s: %s\n", program, strerror(errno));
	_exit(127);
}

void
process_start(
    struct process *process, const char *program, const char *const *args, const char *tag)
{
	char *argv[PROCESS_MAX_ARGS] = { NULL };
	size_t count = 0;
	pid_t self = getpid();

	argv[count++] = place_expand(program);
	for (; *args; args++) {
		if (count == PROCESS_MAX_ARGS - 1)
			wire_fail("more than %d arguments", PROCESS_MAX_ARGS);
		argv[count++] = place_expand(*args);
	}
	*process =
	    (struct process){ .out = output_named(tag, "out"), .err = output_named(tag, "err") };
	process->pid = fork();
	if (process->pid == 0)
		become(process, argv[0], argv, self);
	process->pidfd = process->pid > 0 ? pidfd_open(process->pid, 0) : -1;
	if (process->pidfd < 0)
		wire_fail("%s: %s", program, strerror(errno));
	while (count > 0)
		free(argv[--count]);
}

bool
process_wait(struct process *process, int64_t deadline_us)
{
	struct pollfd fds = { process->pidfd, POLLIN, 0 };
	int64_t left_us = deadline_us - clock_monotonic_us();

	if (process->pid == 0)
		return true;
	if (poll(&fds, 1, left_us > 0 ? (int)(left_us / 1000 + 1) : 0) <= 0)
		return false;
	if (waitpid(process->pid, &process->status, 0) < 0)
		wire_fail("waitpid: %s", strerror(errno));
	process->pid = 0;
	return true;
}

void
process_done(struct process *process)
{
	if (process->pid > 0) {
		(void)kill(process->pid, SIGKILL);
		(void)waitpid(process->pid, &process->status, 0);
	}
	(void)close(process->pidfd);
	output_free(process->out);
	output_free(process->err);
}

const char *
process_status_text(const struct process *process)
{
	static char text[64];

	if (WIFSIGNALED(process->status))
		(void)snprintf(text, sizeof(text), "signal %d (%s)", WTERMSIG(process->status),
		    strsignal(WTERMSIG(process->status)));
	else
		(void)snprintf(text, sizeof(text), "exit status %d", WEXITSTATUS(process->status));
	return text;
}

int
process_exit_status(const struct process *process)
{
	return WIFEXITED(process->status) ? WEXITSTATUS(process->status) : -1;
}
