/* SPDX-License-Identifier: MIT
 *
 * activation: listening sockets that the service manager bound and handed over, by
 * sd_listen_fds(3)'s protocol: descriptors from 3 on, as many as $LISTEN_FDS says, for
 * the process $LISTEN_PID, named by $LISTEN_FDNAMES. A listener takes those that bear
 * its name (FileDescriptorName= in the socket unit) in the place of binding.
 *
 * Owns what no listener has taken. Thread: the main one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "config/config.h"
#include "net/listen_socket.h"

/* The most sockets that may be handed over, and bytes of all their names. */
#define ACTIVATION_MAX 64
#define ACTIVATION_NAMES_MAX 4096

struct stored;

struct activation_socket {
	const char *name;       /* in `names` */
	struct address address; /* that it is bound to */
	int fd;                 /* -1: a listener has taken it */
};

struct activation {
	char names[ACTIVATION_NAMES_MAX];
	size_t names_len;
	size_t count;
	struct activation_socket sockets[ACTIVATION_MAX];
};

/* Whether this process is given sockets. Reads the environment only. */
bool activation_is_offered(void);

/* Takes the sockets, and the variables out of the environment; without any, count is
 * 0. What comes out of the manager's store goes to `stored`: by its name, and whatever stands
 * behind the first such. 0, or -EINVAL or -E2BIG with a sentence. */
int activation_init(struct activation *, struct stored *stored, struct text *ret_error)
    __attribute__((warn_unused_result));
/* Closes what was not taken. */
void activation_done(struct activation *);

/* Every name has to be that of a listener. 0, or -EINVAL with a sentence. */
int activation_check(const struct activation *, const struct config *, struct text *ret_error)
    __attribute__((warn_unused_result));

/* As listen_socket_open; but where sockets of the listener's name were handed over,
 * the one of them that is bound to `address` is taken. -EADDRNOTAVAIL if there is none,
 * -EBUSY if it was taken before: a reload cannot have it again. NULL: there are none. */
int activation_open(struct activation *, const struct config_listener *, const struct transport *,
    const struct address *, bool share_port, struct listen_socket *ret_socket,
    struct text *ret_error) __attribute__((warn_unused_result));

/* After every listener was opened: each socket has to serve one. 0, or -EINVAL with a
 * sentence. */
int activation_finish(const struct activation *, struct text *ret_error)
    __attribute__((warn_unused_result));
