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
#include "server/rights.h"

#define MESSAGE_MAX 1024
#define PATIENCE_US (5 * CLOCK_SECOND_US)

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

	notify->is_deaf = false;
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

/* False: it is full still. */
static bool
await_room(int fd, int64_t until_us)
{
	const int64_t left_us = until_us - clock_monotonic_us();
	struct pollfd room = { .fd = fd, .events = POLLOUT };

	return left_us > 0 && poll(&room, 1, (int)(left_us / 1000) + 1) == 1;
}

static int
send_patiently(struct notify *notify, const struct msghdr *message)
{
	const int64_t patience_us = notify->is_deaf ? 0 : PATIENCE_US;
	const int64_t until_us = clock_monotonic_us() + patience_us;

	for (;;) {
		if (sendmsg(notify->fd, message, MSG_NOSIGNAL) >= 0) {
			notify->is_deaf = false;
			return 0;
		}
		if (errno != EAGAIN && errno != ETOOMANYREFS && errno != ENOBUFS && errno != EINTR)
			return -errno;
		if (await_room(notify->fd, until_us))
			continue;
		notify->is_deaf = true;
		return -EAGAIN;
	}
}

int
notify_send_fds(struct notify *notify, const char *lines, const int *fds, size_t count)
{
	union control control = { .room = "" };
	char room[MESSAGE_MAX];
	struct text text = text_over(room, sizeof(room));
	struct iovec part = { .iov_base = room };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	must(count <= NOTIFY_FDS_MAX);
	if (notify->fd < 0)
		return -ENOTCONN;
	text_put_string(&text, lines);
	part.iov_len = text.len;
	rights_attach(&message, &control.header, fds, count);
	return send_patiently(notify, &message);
}

void
notify_reloading(struct notify *notify)
{
	notify_insist(notify, "RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=reloading",
	    (long long)clock_monotonic_us());
}

/* The message that `format` makes. */
__attribute__((format(printf, 2, 0))) static struct text
make(char *room, const char *format, va_list arguments)
{
	struct text message = text_over(room, MESSAGE_MAX);

	text_put_vformat(&message, format, arguments);
	(void)text_string(&message);
	return message;
}

void
notify_send(const struct notify *notify, const char *format, ...)
{
	char room[MESSAGE_MAX];
	struct text message;
	va_list arguments;

	if (notify->fd < 0)
		return;
	va_start(arguments, format);
	message = make(room, format, arguments);
	va_end(arguments);
	(void)send(notify->fd, message.data, message.len, MSG_NOSIGNAL);
}

void
notify_insist(struct notify *notify, const char *format, ...)
{
	char room[MESSAGE_MAX];
	struct text message;
	va_list arguments;

	va_start(arguments, format);
	message = make(room, format, arguments);
	va_end(arguments);
	(void)!notify_send_fds(notify, message.data, NULL, 0);
}
