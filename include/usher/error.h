/* SPDX-License-Identifier: MIT */
/**
 * @file
 *
 * error: what functions of the library return: 0, or one of these, which are negative
 * errno(3) values. A call that is refused has changed nothing, unless it says so.
 *
 * A mistake of the program is told: calls on loops, connections and requests write a line to the
 * log at level debug which names the function and what is wrong; calls that make a server keep
 * a sentence, see usher_server_error(). USHER_GONE and USHER_FULL are no mistakes, and what a
 * signal handler may call says nothing.
 *
 * A pointer that is NULL where an object of the library is wanted is USHER_INVALID to every
 * function that returns an error, and nothing to the others.
 *
 * Thread: any.
 */
#pragma once

#include <errno.h>

#include <usher/api.h>

#define USHER_NO_MEMORY (-ENOMEM)     /**< there was no memory */
#define USHER_INVALID (-EINVAL)       /**< an argument that no call may have */
#define USHER_WRONG_THREAD (-EPERM)   /**< another thread than that of the object's loop */
#define USHER_WRONG_STATE (-EALREADY) /**< too early, or a second time */
#define USHER_GONE (-ENOTCONN)        /**< the connection has ended, or its ending has begun */
#define USHER_FULL (-EAGAIN)          /**< enough output waits; on_drained tells when it is sent */
#define USHER_TOO_MUCH (-EMSGSIZE)    /**< more than was announced, or than a limit allows */
#define USHER_EXISTS (-EEXIST)        /**< there is one of that name */
#define USHER_NOT_FOUND (-ENOENT)     /**< there is none of that name */
#define USHER_ENDED (-ESHUTDOWN)      /**< the loop or the server has ended */

/**
 * Says what an error means.
 *
 * @param error one of those above, 0, or another errno(3) value
 * @return a sentence, without a newline; for another errno value what strerror(3) says. Never
 *         NULL; constant.
 */
USHER_API const char *usher_error_text(int error);
