/* SPDX-License-Identifier: MIT
 *
 * error: what functions of the library return: 0, or one of these, which are negative
 * errno(3) values. A call that is refused has changed nothing, unless it says so, and
 * writes a line to the log at level debug which names the function and the mistake.
 *
 * Thread: any.
 */
#pragma once

#include <errno.h>

#include <usher/api.h>

#define USHER_NO_MEMORY (-ENOMEM)
#define USHER_INVALID (-EINVAL)       /* an argument that no call may have */
#define USHER_WRONG_THREAD (-EPERM)   /* another thread than the object's loop */
#define USHER_WRONG_STATE (-EALREADY) /* too early, or a second time */
#define USHER_GONE (-ENOTCONN)        /* the connection has ended, or its ending has begun */
#define USHER_FULL (-EAGAIN)          /* enough output waits; on_drained tells when it is sent */
#define USHER_TOO_MUCH (-EMSGSIZE)    /* more than was announced, or than a limit allows */
#define USHER_EXISTS (-EEXIST)        /* there is one of that name */
#define USHER_NOT_FOUND (-ENOENT)
#define USHER_ENDED (-ESHUTDOWN) /* the loop or the server has ended */

/* A sentence, without a newline, for any of them; for another errno value what strerror(3)
 * says. Never NULL. */
USHER_API const char *usher_error_text(int error);
