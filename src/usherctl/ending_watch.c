/* SPDX-License-Identifier: MIT
 *
 * ending_watch: a pidfd(2) of the process that has the socket, where that is the
 * process that answered.
 */
#include "usherctl/ending_watch.h"

#include <poll.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "usherctl/dial.h"

/* Who called listen(2) on the socket, as this process sees it; 0 where nobody can
 * tell. */
static pid_t
pid_of_listener(const struct client *client)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);
	int fd = dial(client->address, -1, clock_monotonic_us() + client->timeout_us);

	if (fd < 0)
		return 0;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		peer.pid = 0;
	(void)close(fd);
	return peer.pid > 0 ? peer.pid : 0;
}

void
ending_watch_init(
    struct ending_watch *watch, const struct client *client, const struct snapshot *snapshot)
{
	struct text started = text_over(watch->started, sizeof(watch->started));
	pid_t pid = pid_of_listener(client);

	watch->pid = snapshot->pid;
	text_put_string(&started, snapshot->started);
	(void)text_string(&started);
	watch->pidfd = pid > 0 && (uint64_t)pid == snapshot->pid ? pidfd_open(pid, 0) : -1;
}

void
ending_watch_done(struct ending_watch *watch)
{
	if (watch->pidfd >= 0)
		(void)close(watch->pidfd);
	watch->pidfd = -1;
}

bool
ending_watch_wait(const struct ending_watch *watch, int64_t wait_us, bool is_reachable,
    const struct snapshot *snapshot)
{
	int result = dial_wait(watch->pidfd, POLLIN, -1, clock_monotonic_us() + wait_us);

	if (watch->pidfd >= 0)
		return result == 0;
	if (!is_reachable)
		return true;
	return snapshot &&
	    (snapshot->pid != watch->pid || strcmp(snapshot->started, watch->started) != 0);
}
