/* SPDX-License-Identifier: MIT */
#include "usher-load/during.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

/* The child begins with no signal blocked or ignored, as a shell expects it. */
static int
spawn(const char *command, posix_spawn_file_actions_t *files, posix_spawnattr_t *attributes,
    pid_t *ret_pid)
{
	char name[] = "sh", option[] = "-c";
	/* posix_spawn(3) takes them as not const and does not change them. */
	union {
		const char *given;
		char *wanted;
	} line = { .given = command };
	char *argv[] = { name, option, line.wanted, NULL };
	sigset_t none, all;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	(void)posix_spawn_file_actions_adddup2(files, STDERR_FILENO, STDOUT_FILENO);
	(void)posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	(void)posix_spawnattr_setsigmask(attributes, &none);
	(void)posix_spawnattr_setsigdefault(attributes, &all);
	return -posix_spawn(ret_pid, "/bin/sh", files, attributes, argv, environ);
}

int
during_start(struct during *during, const char *command)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int result;

	if (posix_spawn_file_actions_init(&files) != 0)
		return -ENOMEM;
	if (posix_spawnattr_init(&attributes) != 0) {
		(void)posix_spawn_file_actions_destroy(&files);
		return -ENOMEM;
	}
	during->report.began_ns = clock_monotonic_ns();
	result = spawn(command, &files, &attributes, &during->pid);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&files);
	return result;
}

bool
during_has_ended(struct during *during)
{
	int status;

	if (during->pid == 0 || waitpid(during->pid, &status, WNOHANG) != during->pid)
		return false;
	during->pid = 0;
	during->report.ended_ns = clock_monotonic_ns();
	during->report.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	during->report.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	return true;
}

void
during_stop(struct during *during)
{
	if (during->pid != 0)
		(void)kill(during->pid, SIGTERM);
}
