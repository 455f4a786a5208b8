/* SPDX-License-Identifier: MIT */
#include "server/successor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server/inheritance.h"

/* Descriptors of the successor; while they are put there, ours are out of their way. */
#define LINK_FD 3
#define OLD_STDERR_FD 4
#define OUT_OF_THE_WAY 10

/* How long one that has closed its link may take to end. */
#define END_STEP_NS (5 * 1000 * 1000)
#define END_STEPS 60

/* What was meant for this process alone. */
static bool
is_passed_on(const char *variable)
{
	static const char variable_of_ours[] = INHERITANCE_VARIABLE "=";
	static const char *const ours[] = {
		"LISTEN_PID=", "LISTEN_FDS=", "LISTEN_FDNAMES=", "WATCHDOG_PID=", variable_of_ours
	};

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strncmp(variable, ours[i], strlen(ours[i])) == 0)
			return false;
	return true;
}

static char **
make_environment(char *const *given, char *handover)
{
	size_t count = 0;
	char **environment;

	while (given[count])
		count++;
	environment = calloc(count + 2, sizeof(*environment));
	if (!environment)
		return NULL;
	count = 0;
	for (size_t i = 0; given[i]; i++)
		if (is_passed_on(given[i]))
			environment[count++] = given[i];
	environment[count] = handover;
	return environment;
}

static int
plan(posix_spawn_file_actions_t *actions, const int fds[3])
{
	int result = posix_spawn_file_actions_init(actions);

	if (result == 0)
		result = posix_spawn_file_actions_adddup2(actions, fds[0], LINK_FD);
	if (result == 0)
		result = posix_spawn_file_actions_adddup2(actions, fds[1], OLD_STDERR_FD);
	if (result == 0)
		result = posix_spawn_file_actions_adddup2(actions, fds[2], STDERR_FILENO);
	return -result;
}

/* As a process begins: no signal blocked, none ignored. */
static int
begin_plainly(posix_spawnattr_t *attributes)
{
	sigset_t none;
	sigset_t all;
	int result = posix_spawnattr_init(attributes);

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	if (result == 0)
		result = posix_spawnattr_setsigmask(attributes, &none);
	if (result == 0)
		result = posix_spawnattr_setsigdefault(attributes, &all);
	if (result == 0)
		result = posix_spawnattr_setflags(
		    attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	return -result;
}

static int
spawn(const struct successor *successor, const int fds[3], pid_t *ret_pid)
{
	char handover[64];
	char **environment;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int result;

	(void)snprintf(
	    handover, sizeof(handover), "%s=%d:%d", INHERITANCE_VARIABLE, LINK_FD, OLD_STDERR_FD);
	environment = make_environment(successor->environment, handover);
	result = environment ? 0 : -ENOMEM;
	if (result == 0)
		result = plan(&actions, fds);
	if (result == 0)
		result = begin_plainly(&attributes);
	if (result == 0) {
		result = -posix_spawn(ret_pid, successor->program, &actions, &attributes,
		    successor->arguments, environment);
		(void)posix_spawnattr_destroy(&attributes);
		(void)posix_spawn_file_actions_destroy(&actions);
	}
	free(environment);
	return result;
}

int
successor_start(const struct successor *successor, pid_t *ret_pid)
{
	const int given[3] = { successor->link, STDERR_FILENO, successor->stderr_fd };
	int fds[3] = { -1, -1, -1 };
	int result = 0;

	for (int i = 0; i < 3 && result == 0; i++) {
		fds[i] = fcntl(given[i], F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
		result = fds[i] < 0 ? -errno : 0;
	}
	if (result == 0)
		result = spawn(successor, fds, ret_pid);
	for (int i = 0; i < 3; i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
	return result;
}

static pid_t
wait_for_end(pid_t pid, int *ret_status)
{
	const struct timespec step = { .tv_nsec = END_STEP_NS };

	for (int i = 0; i < END_STEPS; i++) {
		if (waitpid(pid, ret_status, WNOHANG) == pid)
			return pid;
		(void)nanosleep(&step, NULL);
	}
	return 0;
}

void
successor_end(pid_t pid, char *room, size_t size)
{
	int status = 0;

	if (wait_for_end(pid, &status) != pid) {
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, &status, 0);
		(void)snprintf(room, size, "was ended");
	} else if (WIFSIGNALED(status)) {
		(void)snprintf(room, size, "was ended by SIG%s", sigabbrev_np(WTERMSIG(status)));
	} else {
		(void)snprintf(room, size, "exited with status %d", WEXITSTATUS(status));
	}
}
