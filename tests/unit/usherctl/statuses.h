/* SPDX-License-Identifier: MIT
 *
 * statuses: answers to GET /status for the tests, and the snapshots they make.
 */
#pragma once

#include "usherctl/snapshot.h"

/* As of a daemon of one listener "web" and two loops, when it had run for `uptime_s`
 * and answered `requests`; nine in ten of them within 1 ms, all within 10 ms. The
 * queue of the listener has `queue` waiting. The caller ends it. */
struct snapshot status_of(double uptime_s, unsigned requests, unsigned queue);

/* The snapshot that `json` makes; the test fails where it makes none. */
struct snapshot status_from(const char *json);
