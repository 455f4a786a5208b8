/* SPDX-License-Identifier: MIT
 *
 * websocket: what its two files share.
 *
 *   websocket.c        frames, messages, and what the connection tells
 *   websocket_calls.c  the handshake, and the calls of usher/websocket.h
 *
 * Thread: the loop's.
 */
#pragma once

#include "api/http.h"
#include "http/websocket.h"

#define API_WEBSOCKET_MAGIC UINT32_C(0x77736f63)

struct usher_websocket {
	uint32_t magic;
	bool is_in_call;
	bool is_owed;                     /* on_drained: the program was told USHER_FULL */
	bool has_frame;                   /* its head was read, and not yet all of its payload */
	bool has_message;                 /* a fragment was read, and not yet the last */
	bool is_text;                     /* … of a text */
	bool is_closing;                  /* our close frame is out */
	struct conn *conn;                /* borrowed */
	struct usher_loop *loop;          /* borrowed */
	struct usher_websocket_ops known; /* a copy */
	const struct usher_websocket_ops *ops; /* that */
	void *arg;
	void *data; /* the program's */
	size_t output_bytes;
	struct websocket_frame frame;
	uint64_t offset;     /* bytes of its payload that were taken */
	struct text message; /* so far */
	char control[WEBSOCKET_CONTROL_MAX];
	unsigned code;
	char reason[WEBSOCKET_REASON_MAX + 1];
};

extern const struct protocol_ops api_websocket_protocol;

/* Output that waits is as much as may wait. */
bool api_websocket_is_full(const struct usher_websocket *);

/* Appends a whole frame. 0, -ENOMEM, -ENOTCONN. */
int api_websocket_put_frame(struct usher_websocket *, enum websocket_opcode, struct slice payload);

/* Appends our close frame, if it is not out yet. */
void api_websocket_put_close(struct usher_websocket *, unsigned code, struct slice reason);

/* Reads on, sends what was appended, and waits for what there is to wait for. Without effect
 * within a call. */
void api_websocket_go_on(struct usher_websocket *);
