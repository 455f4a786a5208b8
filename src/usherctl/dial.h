/* SPDX-License-Identifier: MIT
 *
 * dial: a connection to an address as people write it, with a deadline.
 *
 * Thread: any.
 */
#pragma once

#include <stdint.h>

/* Connects to `address` (see address_split in base/address.h; host names are
 * asked of the resolver, resolver(5), whose patience is not bounded here). The
 * socket, non-blocking and the caller's; or -EINVAL and -ENAMETOOLONG where that is
 * no address, -EADDRNOTAVAIL where the name is unknown, -ETIMEDOUT at `deadline_us`
 * (of clock_monotonic_us), -EINTR where `interrupt_fd` (or -1) became readable, or
 * what connect(2) says. */
int dial(const char *address, int interrupt_fd, int64_t deadline_us)
    __attribute__((warn_unused_result));

/* Waits until `fd` (or -1: nothing but the time) has one of `events`, or has ended.
 * 0, -ETIMEDOUT, -EINTR likewise. */
int dial_wait(int fd, short events, int interrupt_fd, int64_t deadline_us)
    __attribute__((warn_unused_result));
