/* SPDX-License-Identifier: MIT */
#include "server/balance.h"

#include <stdbool.h>

static bool
is_crowded(const struct balance_load *one, const struct balance_load *other)
{
	return one->open > 2 * other->open + BALANCE_SLACK;
}

static bool
is_overworked(const struct balance_load *one, const struct balance_load *other)
{
	return one->busy >= BALANCE_BUSY && one->busy >= 2 * other->busy;
}

static size_t
lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* By numbers a quarter of the difference: half of it would make both equal, and several may
 * give to one at the same time. */
size_t
balance_share(const struct balance_load *mine, const struct balance_load *theirs)
{
	if (is_crowded(mine, theirs) && !is_overworked(theirs, mine))
		return lesser((mine->open - theirs->open) / 4, BALANCE_BATCH);
	if (is_overworked(mine, theirs) && !is_crowded(theirs, mine))
		return lesser(mine->open / 8 + 1, BALANCE_BATCH);
	return 0;
}
