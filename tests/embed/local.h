/* SPDX-License-Identifier: MIT
 *
 * local: what programs that test the library in their own process share. Over the public
 * headers alone.
 *
 * Thread: the test's.
 */
#pragma once

#include <check.h>
#include <stddef.h>

#include <usher/usher.h>

#include "../suite.h"

/* A blocking socket, connected to the listener `listener` of a server that listens on
 * loopback; the caller closes it. The test fails where it cannot be. */
int local_connect(const struct usher_server *, size_t listener);
