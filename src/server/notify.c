/* SPDX-License-Identifier: MIT */
#include "server/notify.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/panic.h"
#include "base/text.h"

#define MESSAGE_MAX 1024
#define PATIENCE_MS 1000

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int) * NOTIFY_FDS_MAX)];
};

static int
connect_to(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(name);
	int fd;

	if ((name[0] != '/' && name[0] != '@') || length >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, name, length);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

void
notify_open(struct notify *notify)
{
	const char *name = getenv("NOTIFY_SOCKET");

	notify->fd = name ? connect_to(name) : -1;
	(void)unsetenv("NOTIFY_SOCKET");
}

void
notify_close(struct notify *notify)
{
	if (notify->fd >= 0)
		(void)close(notify->fd);
	notify->fd = -1;
}

void
notify_reloading(const struct notify *notify)
{
	notify_send(notify, "RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=reloading",
	    (long long)clock_monotonic_us());
}

void
notify_send(const struct notify *notify, const char *format, ...)
{
	char room[MESSAGE_MAX];
	struct text message = text_over(room, sizeof(room));
	va_list arguments;

	if (notify->fd < 0)
		return;
	va_start(arguments, format);
	text_put_vformat(&message, format, arguments);
	va_end(arguments);
	(void)send(notify->fd, message.data, message.len, MSG_NOSIGNAL);
}

static int
send_patiently(int fd, const struct msghdr *message)
{
	const int64_t until_us = clock_monotonic_us() + PATIENCE_MS * INT64_C(1000);
	struct pollfd room = { .fd = fd, .events = POLLOUT };

	for (;;) {
		if (sendmsg(fd, message, MSG_NOSIGNAL) >= 0)
			return 0;
		if (errno != EAGAIN && errno != ETOOMANYREFS && errno != ENOBUFS && errno != EINTR)
			return -errno;
		if (clock_monotonic_us() > until_us || poll(&room, 1, PATIENCE_MS) != 1)
			return -EAGAIN;
	}
}

int
notify_send_fds(const struct notify *notify, const char *lines, const int *fds, size_t count)
{
	union control control = { .room = "" };
	struct iovec part = { .iov_base = (void *)(uintptr_t)lines, .iov_len = strlen(lines) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	must(count <= NOTIFY_FDS_MAX);
	if (notify->fd < 0)
		return -ENOTCONN;
	if (count > 0) {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
		message.msg_control = control.room;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
	}
	return send_patiently(notify->fd, &message);
}
