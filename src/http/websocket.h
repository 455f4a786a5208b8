/* SPDX-License-Identifier: MIT
 *
 * websocket: handshake and frames of RFC 6455, version 13, as a server sees them: bytes
 * in, verdict out. No extensions, so that each reserved bit is an error.
 *
 * Owns nothing and keeps nothing; messages, pace and the connection are the caller's
 * (api/websocket).
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "http/head.h"

enum websocket_opcode {
	WEBSOCKET_CONTINUATION = 0x0,
	WEBSOCKET_TEXT = 0x1,
	WEBSOCKET_BINARY = 0x2,
	WEBSOCKET_CLOSE = 0x8,
	WEBSOCKET_PING = 0x9,
	WEBSOCKET_PONG = 0xa
};

/* Codes of section 7.4.1 that are used here. */
#define WEBSOCKET_NORMAL 1000
#define WEBSOCKET_GOING_AWAY 1001
#define WEBSOCKET_PROTOCOL_ERROR 1002
#define WEBSOCKET_NO_CODE 1005  /* never sent: the close frame had none */
#define WEBSOCKET_ABNORMAL 1006 /* never sent: there was no close frame */
#define WEBSOCKET_BAD_TEXT 1007
#define WEBSOCKET_TOO_BIG 1009

#define WEBSOCKET_CONTROL_MAX 125 /* payload of a control frame, 5.5 */
#define WEBSOCKET_REASON_MAX (WEBSOCKET_CONTROL_MAX - 2)
#define WEBSOCKET_HEAD_MAX 10 /* of a frame that a server sends */
#define WEBSOCKET_ACCEPT_LEN 28

/* Whether the head asks for the protocol (4.2.1): 0 and the value of Sec-WebSocket-Accept;
 * else the status to answer: 400, or 426 where only the version is another. */
int websocket_handshake(const struct http_head *, char ret_accept[WEBSOCKET_ACCEPT_LEN])
    __attribute__((warn_unused_result));

struct websocket_frame {
	bool is_final;
	enum websocket_opcode opcode;
	unsigned char mask[4];
	uint64_t len; /* of the payload */
};

enum websocket_verdict { WEBSOCKET_MORE, WEBSOCKET_DONE, WEBSOCKET_REFUSED };

/* The head of the frame that the bytes begin with (5.2): DONE with its size in `ret_size`, MORE
 * where there are too few, REFUSED for what no client may send: unmasked, reserved bits or
 * opcodes, a length not in its shortest form, control frames that are long or cut. */
enum websocket_verdict
websocket_frame_head(struct slice bytes, struct websocket_frame *ret_frame, size_t *ret_size);

/* Unmasks `len` bytes that stand `offset` bytes behind the begin of the payload. */
void websocket_unmask(char *bytes, size_t len, const unsigned char mask[4], uint64_t offset);

/* Appends the head of a whole, unmasked frame: at most WEBSOCKET_HEAD_MAX bytes. */
void websocket_put_head(struct text *, enum websocket_opcode, uint64_t len);

/* Whether a close frame may carry the code (7.4). */
bool websocket_is_code(unsigned code);

/* Whether the bytes are UTF-8 as a whole. */
bool websocket_is_text(struct slice);
