/* SPDX-License-Identifier: MIT
 *
 * listen_socket: makes a bound, listening socket out of a configured listener:
 * socket, options, bind, listen, and the backlog that the kernel really took.
 *
 * listen_inherited.c does the same for a socket that somebody else bound; listen_shut.c
 * keeps newcomers off one that is to be closed.
 *
 * Accepting is net/listener's. Blocks only for a probe of a Unix socket that is
 * already there.
 *
 * Thread: any; at start and reload.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/address.h"
#include "base/text.h"
#include "config/config.h"
#include "net/transport.h"

struct listen_socket {
	int fd;
	const struct transport *transport;
	struct address asked;   /* as configured: its port may be 0 */
	struct address address; /* as bound: with the port that the kernel chose */
	dev_t device;           /* of a Unix socket's file, to tell it from another's */
	ino_t inode;
	uint32_t backlog;  /* effective */
	bool is_inherited; /* others hold it, too: its queue is also theirs */
	/* Borrowed; while it is true the file of a Unix socket is another process's to take
	 * away. NULL: it is ours. */
	const bool *is_lent;
};

/* Binds one address for `config` and listens. With `share_port` several sockets
 * of this process take the same port (SO_REUSEPORT). 0, or a negative errno with
 * a sentence in `ret_error` that says what to do; nothing is left behind then. */
int listen_socket_open(const struct config_listener *config, const struct transport *,
    const struct address *, bool share_port, struct listen_socket *ret_socket,
    struct text *ret_error) __attribute__((warn_unused_result));

/* Whether a socket that was opened for `before` can be made to serve `after`, at the same
 * address and by the same transport: some options are taken by bind(2), and a size of
 * buffers that was set is never the system's again. */
bool
listen_socket_can_adjust(const struct config_listener *before, const struct config_listener *after);

/* Gives a socket that listens what `after` wants otherwise than `before`: options, the
 * rights of its file, and the backlog, by listen(2). Clients who wait in its queue are
 * not touched. 0, or a negative errno with a sentence; some of it may be done then. */
int listen_socket_adjust(struct listen_socket *, const struct config_listener *before,
    const struct config_listener *after, struct text *ret_error)
    __attribute__((warn_unused_result));

/* Whether another socket of this user may be bound beside it (SO_REUSEPORT,
 * socket(7)). */
void listen_socket_share_port(const struct listen_socket *, bool is_shared);

/* Of a group that shares a port (SO_REUSEPORT) only those sockets get new clients from now
 * on that stand at `first` and the next `count - 1` places, in the order in which they
 * began to listen; where there are none such, all do. Without effect where the kernel
 * has no such choice (SO_ATTACH_REUSEPORT_CBPF, socket(7)). */
void listen_socket_steer(const struct listen_socket *, unsigned first, unsigned count);

/* Takes the file of a Unix socket away, if it is still ours. */
void listen_socket_unlink(const struct listen_socket *);

/* Keeps newcomers off the listening socket `fd`; who has shaken hands or is about to stays. 0,
 * or a negative errno: -EOPNOTSUPP where it is not TCP. What is accepted from it until then
 * is given to listen_socket_admit, which takes away what it inherits of that. */
int listen_socket_shut(int fd);
void listen_socket_admit(int fd);
/* Lets them in again. Without effect where it was not shut. */
void listen_socket_reopen(int fd);

/* What another process handed over is not for programs that are started, and does not block,
 * from now on. 0, or the negative errno of fcntl(2). */
int listen_socket_own(int fd) __attribute__((warn_unused_result));

/* Takes the socket `fd`, which another process bound (socket activation, sd_listen_fds(3)),
 * for `config`: it has to be of `transport` and to listen; options and backlog are set,
 * and it does not block from now on. 0, or a negative errno with a sentence; then `fd`
 * stays the caller's. */
int listen_socket_inherit(int fd, const struct config_listener *, const struct transport *,
    struct listen_socket *ret_socket, struct text *ret_error) __attribute__((warn_unused_result));

/* Whether a socket bound to `bound` is one for `wanted`, an address that `config`
 * resolved to. */
bool listen_socket_fits(
    const struct config_listener *, const struct address *wanted, const struct address *bound);

/* The address that `fd` is bound to. 0, or a negative errno: -ENOTSOCK. */
int listen_socket_name(int fd, struct address *ret_address) __attribute__((warn_unused_result));

/* The value of net.core.somaxconn, or 0 when it cannot be read. */
uint32_t listen_socket_somaxconn(void);

/* --- for listen_*.c --------------------------------------------------------- */

/* What accepted sockets inherit. 0, or a negative errno with a sentence. */
int listen_socket_set_options(int fd, const struct config_listener *, const struct transport *,
    bool share_port, struct text *ret_error) __attribute__((warn_unused_result));
/* The backlog that the kernel took of `wanted`. */
uint32_t listen_socket_backlog(int fd, int64_t wanted);
