/* SPDX-License-Identifier: MIT */
#include "server/handover_link.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/panic.h"
#include "server/rights.h"

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int) * HANDOVER_BATCH_MAX)];
};

int
handover_send(int link, const struct handover_message *message, const int *fds, size_t fd_count)
{
	char bytes[HANDOVER_MESSAGE_MAX];
	union control control = { .room = "" };
	struct iovec part = { .iov_base = bytes, .iov_len = handover_encode(message, bytes) };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };

	if (part.iov_len == 0)
		return -EMSGSIZE;
	must(fd_count <= HANDOVER_BATCH_MAX);
	rights_attach(&header, &control.header, fds, fd_count);
	if (sendmsg(link, &header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 0;
	/* Too many descriptors are on their way, of this user: some will arrive. */
	if (errno == ETOOMANYREFS || errno == ENOBUFS || errno == EINTR)
		return -EAGAIN;
	return errno == EPIPE ? -ECONNRESET : -errno;
}

static void
take_descriptors(struct msghdr *header, struct handover_letter *letter)
{
	struct cmsghdr *control;

	letter->fd_count = 0;
	for (control = CMSG_FIRSTHDR(header); control; control = CMSG_NXTHDR(header, control)) {
		const size_t bytes = control->cmsg_len - CMSG_LEN(0);

		if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
			continue;
		must(bytes / sizeof(int) <= HANDOVER_BATCH_MAX - letter->fd_count);
		memcpy(letter->fds + letter->fd_count, CMSG_DATA(control), bytes);
		letter->fd_count += bytes / sizeof(int);
	}
}

static size_t
descriptors_of(const struct handover_message *message)
{
	if (message->type == HANDOVER_CONNECTIONS)
		return message->batch.count;
	return message->type == HANDOVER_SOCKET ? 1 : 0;
}

static int
understand(struct handover_letter *letter, size_t size, int flags)
{
	int result;

	if (flags & (MSG_TRUNC | MSG_CTRUNC))
		return -EPROTO;
	result = handover_decode(
	    (struct slice){ letter->bytes, size }, &letter->message, &letter->version);
	if (result == 0 && letter->fd_count != descriptors_of(&letter->message))
		return -EPROTO;
	return result;
}

int
handover_receive(int link, struct handover_letter *ret_letter)
{
	union control control;
	struct iovec part = { .iov_base = ret_letter->bytes, .iov_len = HANDOVER_MESSAGE_MAX };
	struct msghdr header = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room) };
	ssize_t size;
	int result;

	do
		size = recvmsg(link, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (size < 0 && errno == EINTR);
	ret_letter->fd_count = 0;
	if (size < 0)
		return errno == EPIPE ? -ECONNRESET : -errno;
	take_descriptors(&header, ret_letter);
	if (size == 0 && ret_letter->fd_count == 0)
		return -ECONNRESET;
	result = understand(ret_letter, (size_t)size, header.msg_flags);
	if (result != 0)
		handover_letter_close(ret_letter);
	return result;
}

void
handover_letter_close(struct handover_letter *letter)
{
	for (size_t i = 0; i < letter->fd_count; i++)
		if (letter->fds[i] >= 0)
			(void)close(letter->fds[i]);
	letter->fd_count = 0;
}
