/* SPDX-License-Identifier: MIT
 *
 * dial: connect(2) without waiting in it. A Unix socket whose queue is full says
 * EAGAIN and cannot be waited for (unix(7)), so it is tried again.
 */
#include "usherctl/dial.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "base/clock.h"

#define FULL_QUEUE_STEP_US (INT64_C(20) * 1000)
#define CHOICES_MAX 8

int
dial_wait(int fd, short events, int interrupt_fd, int64_t deadline_us)
{
	for (;;) {
		struct pollfd fds[] = { { interrupt_fd, POLLIN, 0 }, { fd, events, 0 } };
		int64_t left_us = deadline_us - clock_monotonic_us();
		int ready;

		if (left_us <= 0)
			return -ETIMEDOUT;
		ready = poll(fds, 2, (int)(left_us / 1000 < 60000 ? left_us / 1000 + 1 : 60000));
		if (ready < 0 && errno != EINTR)
			return -errno;
		if (ready > 0)
			return fds[0].revents != 0 ? -EINTR : 0;
	}
}

/* What a string may stand for: a host name has several addresses. */
struct choices {
	struct address items[CHOICES_MAX];
	size_t count;
};

static void
add_choice(struct choices *choices, const struct addrinfo *found, uint16_t port)
{
	struct address *address = &choices->items[choices->count++];

	address_from_sockaddr(found->ai_addr, found->ai_addrlen, address);
	if (address->any.sa_family == AF_INET6)
		address->in6.sin6_port = htons(port);
	else
		address->in.sin_port = htons(port);
}

static int
resolve(struct slice host, uint16_t port, struct choices *ret_choices)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	char name[256];

	if (host.len == 0 || host.len >= sizeof(name))
		return -EINVAL;
	memcpy(name, host.data, host.len);
	name[host.len] = '\0';
	if (getaddrinfo(name, NULL, &hints, &found) != 0)
		return -EADDRNOTAVAIL;
	for (const struct addrinfo *one = found; one && ret_choices->count < CHOICES_MAX;
	     one = one->ai_next)
		add_choice(ret_choices, one, port);
	freeaddrinfo(found);
	return 0;
}

static int
find_addresses(const char *string, struct choices *ret_choices)
{
	struct slice host;
	uint16_t port;
	int error = address_split(string, &host, &port);

	*ret_choices = (struct choices){ .count = 0 };
	if (error != 0)
		return error;
	error = address_parse(host, port, &ret_choices->items[0]);
	if (error == -EINVAL && !slice_starts_with(host, SLICE("unix:")))
		return resolve(host, port, ret_choices);
	ret_choices->count = 1;
	return error;
}

/* What became of a connect(2) that went on without us. */
static int
finish(int fd, int interrupt_fd, int64_t deadline_us)
{
	int failure = 0;
	socklen_t len = sizeof(failure);
	int error = dial_wait(fd, POLLOUT, interrupt_fd, deadline_us);

	if (error != 0)
		return error;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &len) < 0)
		return -errno;
	return -failure;
}

static int
wait_for_queue(int interrupt_fd, int64_t deadline_us)
{
	int64_t step_us = clock_monotonic_us() + FULL_QUEUE_STEP_US;
	int error = dial_wait(-1, 0, interrupt_fd, step_us < deadline_us ? step_us : deadline_us);

	if (error == -ETIMEDOUT && clock_monotonic_us() < deadline_us)
		return 0;
	return error;
}

static int
join(int fd, const struct address *address, int interrupt_fd, int64_t deadline_us)
{
	for (;;) {
		int error;

		if (connect(fd, &address->any, address->len) == 0)
			return 0;
		if (errno == EINPROGRESS)
			return finish(fd, interrupt_fd, deadline_us);
		if (errno != EAGAIN)
			return -errno;
		error = wait_for_queue(interrupt_fd, deadline_us);
		if (error != 0)
			return error;
	}
}

static int
dial_one(const struct address *address, int interrupt_fd, int64_t deadline_us)
{
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return -errno;
	error = join(fd, address, interrupt_fd, deadline_us);
	if (error == 0)
		return fd;
	(void)close(fd);
	return error;
}

int
dial(const char *string, int interrupt_fd, int64_t deadline_us)
{
	struct choices choices;
	int result = find_addresses(string, &choices);

	if (result != 0)
		return result;
	for (size_t i = 0; i < choices.count; i++) {
		result = dial_one(&choices.items[i], interrupt_fd, deadline_us);
		if (result >= 0 || result == -EINTR)
			break;
	}
	return result;
}
