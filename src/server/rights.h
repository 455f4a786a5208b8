/* SPDX-License-Identifier: MIT
 *
 * rights: descriptors that go along with a message of a Unix socket (unix(7): SCM_RIGHTS).
 *
 * Thread: any.
 */
#pragma once

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

/* Attaches the `count` descriptors at `fds`, which stay the caller's, to `message`; 0: none.
 * `control` is zero and has CMSG_SPACE(count * sizeof(int)) bytes of room from there on, which
 * have to stay until the message is sent. */
static inline void
rights_attach(struct msghdr *message, struct cmsghdr *control, const int *fds, size_t count)
{
	if (count == 0)
		return;
	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(control), fds, count * sizeof(int));
	message->msg_control = control;
	message->msg_controllen = CMSG_SPACE(count * sizeof(int));
}
