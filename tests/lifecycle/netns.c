/* SPDX-License-Identifier: MIT
 *
 * netns: unshare(2), and loopback up as netdevice(7) has it.
 */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static bool
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t len = strlen(text);
	bool is_written;

	if (fd < 0)
		return false;
	is_written = write(fd, text, len) == (ssize_t)len;
	return close(fd) == 0 && is_written;
}

/* Who we are stays as it is, so that our files are ours. */
static bool
map_ids(uid_t uid, gid_t gid)
{
	char map[64];

	(void)write_file("/proc/self/setgroups", "deny");
	(void)snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	if (!write_file("/proc/self/uid_map", map))
		return false;
	(void)snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	return write_file("/proc/self/gid_map", map);
}

static bool
unshare_network(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(CLONE_NEWNET) == 0)
		return true;
	return errno == EPERM && unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && map_ids(uid, gid);
}

static bool
raise_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool is_up = false;

	if (fd < 0)
		return false;
	if (ioctl(fd, SIOCGIFFLAGS, &request) == 0) {
		request.ifr_flags |= IFF_UP;
		is_up = ioctl(fd, SIOCSIFFLAGS, &request) == 0;
	}
	(void)close(fd);
	return is_up;
}

bool
netns_enter(char *ret_reason, size_t size)
{
	if (!unshare_network()) {
		(void)snprintf(
		    ret_reason, size, "no network namespace can be made: %s", strerror(errno));
		return false;
	}
	if (raise_loopback())
		return true;
	(void)snprintf(ret_reason, size, "loopback cannot be brought up: %s", strerror(errno));
	return false;
}

bool
netns_set(const char *name, const char *value)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	return write_file(path, value);
}
