/* SPDX-License-Identifier: MIT
 *
 * handover_wire: what two usherd say to each other when one takes the other's place:
 * structs to bytes and back. docs/handover.md describes the protocol. A message that is
 * not exactly what is described is refused whole; nothing is guessed.
 *
 * Owns nothing; descriptors travel beside the bytes (handover_link). Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "net/passport.h"

#define HANDOVER_VERSION 1

#define HANDOVER_MESSAGE_MAX ((size_t)64 * 1024)
#define HANDOVER_WORDS_MAX 1024
#define HANDOVER_PROGRAM_MAX 64
#define HANDOVER_NAME_MAX 256
#define HANDOVER_TRANSPORT_MAX 16
/* Listening sockets, of all loops and of the admin service. */
#define HANDOVER_SOCKETS_MAX 4096
#define HANDOVER_LOOPS_MAX 256
/* Connections in a message: the kernel passes 253 descriptors at a time (unix(7)). */
#define HANDOVER_BATCH_MAX 64

enum handover_type {
	HANDOVER_HELLO = 1,   /* old: who I am, and how many sockets follow */
	HANDOVER_SOCKET,      /* old: a listening socket; its descriptor comes along */
	HANDOVER_READY,       /* new: I serve; which sockets I took */
	HANDOVER_DECLINE,     /* new: I do not, and why */
	HANDOVER_CONNECTIONS, /* old: connections; a descriptor of each comes along */
	HANDOVER_TAKEN,       /* new: those connections are mine */
	HANDOVER_DONE,        /* old: nothing follows */
	HANDOVER_LEAVING,     /* new: I drain; keep what you have */
	HANDOVER_TYPES
};

enum handover_kind { HANDOVER_LISTENER, HANDOVER_ADMIN, HANDOVER_ADMIN_READONLY, HANDOVER_KINDS };

struct handover_hello {
	uint32_t pid;
	uint32_t sockets;
	char program[HANDOVER_PROGRAM_MAX]; /* "usherd 1.2" */
};

struct handover_socket {
	uint16_t loop; /* whose socket it is */
	enum handover_kind kind;
	char name[HANDOVER_NAME_MAX];
	char transport[HANDOVER_TRANSPORT_MAX];
	struct address asked;
	struct address bound;
	bool is_shared;  /* somebody else holds it, too: the service manager */
	uint64_t device; /* of a Unix socket's file */
	uint64_t inode;
};

/* A socket, as its holder offers it. */
struct handover_offer {
	struct handover_socket socket;
	int fd; /* borrowed */
};

struct handover_ready {
	uint32_t pid;
	uint32_t sockets;
	bool taken[HANDOVER_SOCKETS_MAX]; /* in the order in which they came */
};

struct handover_connection {
	uint16_t loop;
	struct address at;        /* where the listener that it came by is bound */
	struct passport passport; /* fd -1; its input is borrowed from the message */
};

struct handover_batch {
	uint64_t number;
	uint32_t count;
	struct handover_connection items[HANDOVER_BATCH_MAX];
};

struct handover_message {
	enum handover_type type;
	union {
		struct handover_hello hello;
		struct handover_socket socket;
		struct handover_ready ready;
		char words[HANDOVER_WORDS_MAX]; /* DECLINE */
		struct handover_batch batch;
		uint64_t number; /* TAKEN */
	};
};

/* Writes `message` into `room`, of HANDOVER_MESSAGE_MAX bytes. How many bytes it has; 0
 * where it does not fit or a field is beyond its limit. */
size_t handover_encode(const struct handover_message *, char *room);

/* Bytes that one more connection with so much input takes in a batch, at most. */
size_t handover_connection_bytes(size_t input_len);

/* Reads `bytes`. 0; -EPROTO: no message of this protocol; -EPROTONOSUPPORT: one of another
 * version, which `ret_version` has. */
int handover_decode(struct slice bytes, struct handover_message *ret_message, unsigned *ret_version)
    __attribute__((warn_unused_result));

/* "hello", "socket" … */
const char *handover_type_name(enum handover_type);
