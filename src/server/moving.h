/* SPDX-License-Identifier: MIT
 *
 * moving: connections go from one loop to another: once a second a few parked ones from
 * a loop that has much to do to one that has little (server/balance), and all there are
 * from a loop that is surplus, because a reload made the loops fewer: idle and parked ones
 * as soon as they are seen, busy ones when they have become idle.
 *
 * Thread: the loop's.
 */
#pragma once

#include <stdbool.h>

struct event;
struct loop;

/* The timer of a loop that is surplus; NULL when there is no memory. */
struct event *moving_new_timer(struct loop *);

/* Connections that were given to this loop join it. */
void moving_take(struct loop *);

/* The same; and none is given to it any more, until moving_open. */
void moving_close(struct loop *);

/* The loop has taken a generation: others may give to it, unless it is surplus or drains. A
 * loop that is surplus begins to give all it has. */
void moving_open(struct loop *);

/* Once a second: gives some parked connections away, where another has less to do. */
void moving_balance(struct loop *);
