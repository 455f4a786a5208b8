/* SPDX-License-Identifier: MIT
 *
 * conn_turn: output that waits for the end of the loop's turn.
 *
 * Reading is one part of the kernel and writing another, and together they are more than
 * the processor keeps at hand. So what one turn has to say is said in one go, which saves a
 * fiftieth of a small request even where a turn has but two or three. The time at which all
 * was written serves all, so the clock is looked at once.
 *
 * The first answer waits for those behind it. Where that took long, because somebody's
 * work in between did, the next turns write at once. So does who was not woken by bytes of
 * this turn, for the time that is known then may be an older one.
 */
#include "net/conn_private.h"

#define WAIT_MAX_US 1000
/* Turns that write at once after one that took longer. */
#define PENALTY_TURNS 64

bool
conn_flush_later(struct conn *conn)
{
	struct conn_set *set = conn->set;

	if (set->turns < set->defers_from || set->now_turn != set->turns || !conn_is_open(conn) ||
	    !gather_defer(conn))
		return false;
	if (set->gather.pieces_count == 1)
		set->deferred_since_us = set->now_us;
	/* What it was waited for has come. */
	deadline_disarm(&conn->deadline);
	return true;
}

int64_t
conn_deferred_since_us(const struct conn *conn)
{
	return conn->set->deferred_since_us;
}

/* Where the socket does not take all, or fails, conn_write_out says what follows. */
static void
write_piece(struct conn *conn)
{
	(void)gather_send(conn, 0);
	if (conn->deferred != 0)
		conn_write_out(conn);
}

/* Who is still open afterwards, and how many that are. */
static size_t
write_pieces(struct conn_set *set, struct conn *ret_written[GATHER_DEFERRED_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < set->gather.pieces_count; i++) {
		struct conn *conn = set->gather.pieces[i].conn;

		if (!conn)
			continue;
		write_piece(conn);
		if (conn_is_open(conn))
			ret_written[count++] = conn;
	}
	gather_end_turn(&set->gather);
	return count;
}

void
conn_set_end_turn(struct conn_set *set)
{
	struct conn *written[GATHER_DEFERRED_MAX];
	size_t count;

	if (set->gather.pieces_count == 0)
		return;
	count = write_pieces(set, written);
	conn_set_look_at_clock(set);
	/* What one of them does may end another, but frees none: that is the reaper's. */
	for (size_t i = 0; i < count; i++)
		if (conn_is_open(written[i]))
			written[i]->ops->written(written[i]);
	if (set->now_us - set->deferred_since_us > WAIT_MAX_US)
		set->defers_from = set->turns + 1 + PENALTY_TURNS;
}
