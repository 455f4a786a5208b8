/* SPDX-License-Identifier: MIT */
#include "server/bell.h"

#include <errno.h>
#include <event2/event.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/panic.h"

static void
on_readable(evutil_socket_t fd, short events, void *arg)
{
	struct bell *bell = arg;
	uint64_t count;
	unsigned bits;

	(void)events;
	if (read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		panic_at(__FILE__, __LINE__, "an eventfd can be read");
	/* Who rings just now may be heard already by what comes before its write. */
	bits = atomic_exchange(&bell->bits, 0);
	if (bits != 0)
		bell->on_heard(bits, bell->arg);
}

int
bell_init(struct bell *bell, struct event_base *base, void (*on_heard)(unsigned bits, void *arg),
    void *arg)
{
	bell->on_heard = on_heard;
	bell->arg = arg;
	bell->event = NULL;
	atomic_init(&bell->bits, 0);
	bell->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (bell->fd < 0)
		return -errno;
	bell->event = event_new(base, bell->fd, EV_READ | EV_PERSIST, on_readable, bell);
	if (bell->event && event_add(bell->event, NULL) == 0)
		return 0;
	bell_done(bell);
	return -ENOMEM;
}

void
bell_done(struct bell *bell)
{
	if (bell->event)
		event_free(bell->event);
	if (bell->fd >= 0)
		(void)close(bell->fd);
	bell->event = NULL;
	bell->fd = -1;
}

void
bell_ring(struct bell *bell, unsigned bits)
{
	const uint64_t one = 1;

	atomic_fetch_or(&bell->bits, bits);
	/* EAGAIN: 2^64 - 2 rings are unheard, so one more says nothing new. */
	if (write(bell->fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		panic_at(__FILE__, __LINE__, "an eventfd can be written");
}
