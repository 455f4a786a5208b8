/* SPDX-License-Identifier: MIT
 *
 * sha1: SHA-1 (FIPS 180-4 6.1) of a short message, for the handshake of WebSocket
 * (RFC 6455 4.2.2), which proves nothing but that the server knows the protocol. For
 * whatever has to be secret or true it is broken.
 *
 * Owns nothing. Thread: any.
 */
#pragma once

#include "base/text.h"

#define SHA1_BYTES 20

void sha1(struct slice message, unsigned char ret_digest[SHA1_BYTES]);
