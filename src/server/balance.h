/* SPDX-License-Identifier: MIT
 *
 * balance: whether a loop gives parked connections to another, and how many: the policy
 * alone, without any means. Clients choose their loop by chance, when they connect; what
 * they ask for later may be uneven for as long as they stay.
 *
 *   by work          the giver computed for BALANCE_BUSY of the last second or more, twice
 *                    as long as the other or longer
 *   by connections   it has more than twice as many as the other, and BALANCE_SLACK more
 *
 * Two loops never want to give to each other: each rule asks that the other rule would
 * not send the connections back.
 *
 * Owns nothing. Thread: any.
 */
#pragma once

#include <stddef.h>

/* Of a second's 1,000 thousandths. */
#define BALANCE_BUSY 300
#define BALANCE_SLACK 64
/* At most so many at a time: the giver serves nobody while it gives. */
#define BALANCE_BATCH 128

struct balance_load {
	unsigned busy; /* thousandths of the last second in which its thread computed */
	size_t open;   /* connections */
};

/* How many connections `mine` gives to `theirs` now; 0: none. */
size_t balance_share(const struct balance_load *mine, const struct balance_load *theirs);
