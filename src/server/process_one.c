/* SPDX-License-Identifier: MIT */
#include "server/process_one.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>

static int
exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* False: there is nobody left. A successor's successor becomes a child of this process when
 * that one ends (wait(2)). */
static bool
bury(int *ret_status)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		*ret_status = exit_status(status);
	return pid == 0 || errno != ECHILD;
}

int
process_one_stay(void)
{
	int status = 0;
	sigset_t all;

	(void)malloc_trim(0);
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	while (bury(&status)) {
		int number = sigwaitinfo(&all, NULL);

		/* To everybody: while one takes another's place both have to hear it. */
		if (number > 0 && number != SIGCHLD)
			(void)kill(-1, number);
	}
	return status;
}
