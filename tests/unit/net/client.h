/* SPDX-License-Identifier: MIT
 *
 * client: the other end of a connection under test: pairs of connected sockets,
 * and what a peer can do and see. Nothing here turns the loop.
 *
 * Thread: a test is a process.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/address.h"

enum wire { WIRE_TCP, WIRE_TCP6, WIRE_UNIX, WIRE_SEQPACKET };

/* Small buffers: as little as the kernel agrees to, so that output is held up soon. */
struct pair_options {
	enum wire wire;
	bool has_small_buffers;
};

/* Two connected sockets, the server's non-blocking. */
void pair_open(const struct pair_options *, int *ret_server, int *ret_client);

/* What the client sees when it reads all there is without waiting. */
enum sight {
	SEES_NOTHING, /* the connection is open */
	SEES_FIN,
	SEES_RESET
};

void client_send(int fd, const void *data, size_t len);
/* Our FIN. */
void client_finish(int fd);
/* A RST in place of a FIN; closes. */
void client_reset(int *fd);
void client_close(int *fd);
void clients_close(int *fds, int count);

/* Reads and throws away what there is, adding to `ret_bytes` (which may be NULL). */
enum sight client_look(int fd, size_t *ret_bytes);

/* As client_look, keeping up to `cap` bytes at `data`. */
enum sight client_read(int fd, char *data, size_t cap, size_t *ret_len);

/* A blocking connect(2) to where `fd` listens. */
int client_connect(const struct address *);

/* A TCP client that begins the handshake and is deaf to the SYN-ACK; and that
 * hears again, so that the next SYN-ACK, a second later, completes it. */
int client_begin_handshake(const struct address *);
void client_end_handshake(int fd);

/* Begins a connection without waiting. 0 when it is made or on its way, else
 * -errno. */
int client_try(const struct address *, int type, int *ret_fd);

/* As the kernel has it: TCP_ESTABLISHED, TCP_SYN_SENT … */
int client_tcp_state(int fd);

/* Descriptors open in this process. */
size_t count_descriptors(void);
