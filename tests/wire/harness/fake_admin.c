/* SPDX-License-Identifier: MIT
 *
 * fake_admin: one connection at a time, and deadlines everywhere.
 */
#include "fake_admin.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/list.h"
#include "bytes.h"
#include "place.h"
#include "usherd.h"

#define BACKLOG 16
#define WAITING_MAX 32

struct fake_admin {
	struct list_link link;
	char *address;            /* owned */
	int listener;             /* -1 once it has left */
	int fd;                   /* of the connection, or -1 */
	int waiting[WAITING_MAX]; /* connections of ours in its queue */
	size_t waiting_count;
};

static struct list_link all = { &all, &all };
static unsigned made;

struct fake_admin *
fake_admin_new(void)
{
	struct fake_admin *admin = calloc(1, sizeof(*admin));
	struct address address;

	if (!admin || asprintf(&admin->address, "unix:%s/admin%u.sock", place_dir(), ++made) < 0)
		abort();
	admin->fd = -1;
	admin->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (address_parse(slice_of(admin->address), 0, &address) != 0 ||
	    bind(admin->listener, &address.any, address.len) < 0 ||
	    listen(admin->listener, BACKLOG) < 0)
		wire_fail("%s: %s", admin->address, strerror(errno));
	list_append(&all, &admin->link);
	return admin;
}

const char *
fake_admin_address(const struct fake_admin *admin)
{
	return admin->address;
}

void
fake_admin_close(struct fake_admin *admin)
{
	if (admin->fd >= 0)
		(void)close(admin->fd);
	admin->fd = -1;
}

void
fake_admin_leave(struct fake_admin *admin)
{
	if (admin->listener < 0)
		return;
	(void)close(admin->listener);
	(void)unlink(admin->address + sizeof("unix:") - 1);
	admin->listener = -1;
}

void
fake_admin_abandon(struct fake_admin *admin)
{
	(void)close(admin->listener);
	admin->listener = -1;
}

void
fake_admin_fill(struct fake_admin *admin)
{
	struct address address;

	if (address_parse(slice_of(admin->address), 0, &address) != 0)
		abort();
	while (admin->waiting_count < WAITING_MAX) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		admin->waiting[admin->waiting_count++] = fd;
		if (connect(fd, &address.any, address.len) < 0)
			return;
	}
	wire_fail("the queue is never full");
}

void
fake_admin_end_all(void)
{
	struct list_link *link, *following;

	list_foreach_safe (link, following, &all) {
		struct fake_admin *admin = list_entry(link, struct fake_admin, link);

		fake_admin_close(admin);
		fake_admin_leave(admin);
		while (admin->waiting_count > 0)
			(void)close(admin->waiting[--admin->waiting_count]);
		list_remove(link);
		free(admin->address);
		free(admin);
	}
}

/* Waits for `fd`, or for `other` (or -1); true when it is the first. */
static bool
wait_for(int fd, int other)
{
	struct pollfd fds[] = { { fd, POLLIN, 0 }, { other, POLLIN, 0 } };

	if (poll(fds, 2, (int)(WIRE_DEADLINE_US / 1000)) <= 0)
		wire_fail("usherctl asks nothing");
	return fds[0].revents != 0;
}

/* The bytes up to the empty line; false where the connection ends before the first. */
static bool
read_head(const struct fake_admin *admin, struct bytes *head)
{
	while (!strstr(bytes_string(head), "\r\n\r\n")) {
		ssize_t got = recv(admin->fd, bytes_reserve(head, 4096), 4095, 0);

		if (got <= 0 && head->len == 0)
			return false;
		if (got <= 0)
			wire_fail("a request without an end: %s", bytes_string(head));
		head->len += (size_t)got;
		head->data[head->len] = '\0';
	}
	return true;
}

bool
fake_admin_expect_or(struct fake_admin *admin, const char *start, int fd)
{
	struct bytes head = { 0 };
	char text[256];

	do {
		fake_admin_close(admin);
		if (!wait_for(admin->listener, fd))
			return false;
		admin->fd = accept4(admin->listener, NULL, NULL, SOCK_CLOEXEC);
	} while (!read_head(admin, &head));
	(void)snprintf(text, sizeof(text), "%s", bytes_string(&head));
	bytes_free(&head);
	if (strncmp(text, start, strlen(start)) != 0)
		wire_fail("usherctl asks '%s' instead of '%s'", text, start);
	return true;
}

void
fake_admin_expect(struct fake_admin *admin, const char *start)
{
	(void)(fake_admin_expect_or)(admin, start, -1);
}

void
fake_admin_send(struct fake_admin *admin, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t sent = send(admin->fd, at, len, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		at += sent;
		len -= (size_t)sent;
	}
}

void
fake_admin_send_text(struct fake_admin *admin, const char *text)
{
	fake_admin_send(admin, text, strlen(text));
}

void
fake_admin_drip(struct fake_admin *admin, int fd, int step_ms)
{
	struct pollfd fds = { fd, POLLIN, 0 };
	int64_t deadline_us = clock_monotonic_us() + WIRE_DEADLINE_US;

	while (poll(&fds, 1, step_ms) == 0) {
		if (clock_monotonic_us() > deadline_us)
			wire_fail("usherctl takes drops for ever");
		fake_admin_send_text(admin, " ");
	}
}

void
fake_admin_answer(struct fake_admin *admin, int status, const char *json)
{
	char head[256];

	(void)snprintf(head, sizeof(head),
	    "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
	    "Connection: close\r\n\r\n",
	    status, strlen(json));
	fake_admin_send_text(admin, head);
	fake_admin_send_text(admin, json);
	fake_admin_close(admin);
}
