/* SPDX-License-Identifier: MIT
 *
 * handover_link: the socket between two usherd: messages and the descriptors that come
 * along with them, whole or not at all (unix(7): SOCK_SEQPACKET, SCM_RIGHTS).
 *
 * Owns nothing. Thread: one.
 */
#pragma once

#include "server/handover_wire.h"

/* Sends a message with `fd_count` descriptors, which stay the caller's; does not wait. 0;
 * -EAGAIN: not now; -EMSGSIZE: it is beyond a limit; or another negative errno. */
int handover_send(int link, const struct handover_message *, const int *fds, size_t fd_count)
    __attribute__((warn_unused_result));

struct handover_letter {
	struct handover_message message;
	int fds[HANDOVER_BATCH_MAX]; /* the receiver's to close */
	size_t fd_count;
	unsigned version;                 /* of a message of another version */
	char bytes[HANDOVER_MESSAGE_MAX]; /* the message borrows from them */
};

/* Receives a message, not waiting, whose descriptors are closed on exec. 0; -EAGAIN: there
 * is none; -ECONNRESET: the other one has closed; -EPROTO: what came is none, or has not as
 * many descriptors as it should; -EPROTONOSUPPORT: see handover_decode. No descriptor is
 * left but where 0 is returned. */
int
handover_receive(int link, struct handover_letter *ret_letter) __attribute__((warn_unused_result));

/* Closes the descriptors that are left (none is -1). */
void handover_letter_close(struct handover_letter *);
