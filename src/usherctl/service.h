/* SPDX-License-Identifier: MIT
 *
 * service: what the service manager allows a daemon: systemd.service(5).
 *
 * Thread: the main one.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The name of the unit that a process belongs to, from the text of its cgroup file
 * (cgroups(7)): the last part of a path that ends in ".service". Writes at most `cap`
 * bytes. 0, or -ENOENT. */
int
service_unit_of(const char *cgroup, char *ret_unit, size_t cap) __attribute__((warn_unused_result));

/* The object path of a unit on the bus of systemd: each byte that is no letter or
 * digit becomes "_xx" (sd_bus_path_encode(3)). 0, or -ENAMETOOLONG. */
int
service_path_of(const char *unit, char *ret_path, size_t cap) __attribute__((warn_unused_result));

/* TimeoutStopSec= of the unit of that process, in microseconds; INT64_MAX where it
 * waits for ever; -1 where nobody knows. `proc` is "/proc". busctl(1) is asked, for two
 * seconds at most. */
int64_t service_stop_limit_us(const char *proc, uint64_t pid);
