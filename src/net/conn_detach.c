/* SPDX-License-Identifier: MIT
 *
 * conn_detach: a connection leaves its set for another, of another loop. What goes is
 * the object itself, so nothing is copied and nearly nothing can fail; between the two
 * it is on no list, has no event, and belongs to whoever carries it. What its client
 * sends meanwhile waits in the kernel: adding the event at the other side looks for it.
 *
 * A detached connection keeps its state, so that the one writer of states is conn.c.
 */
#include <event2/event.h>

#include "base/log.h"
#include "base/panic.h"
#include "net/conn_private.h"

static bool
holds_nothing(struct conn *conn)
{
	if (conn->state == CONN_PARKED)
		return true;
	if (conn->state == CONN_IDLE)
		return conn_park(conn);
	return conn->state == CONN_BUSY && conn->ops->is_stateless && conn->pause == 0 &&
	    !conn->has_peer_fin && conn_input_length(conn) == 0 && conn_output_length(conn) == 0;
}

bool
conn_detach(struct conn *conn)
{
	struct conn_set *set = conn->set;

	if (conn_is_draining(conn) || conn_has_fresh(conn) || !holds_nothing(conn))
		return false;
	if (!deadline_is_armed(&conn->deadline))
		conn->deadline.at_us = 0;
	deadline_disarm(&conn->deadline);
	(void)event_del(&conn->reader);
	conn_unbuffer(conn);
	conn_count_memory(conn);
	conn->is_write_enabled = false;
	conn_unlist(conn);
	set->counts[conn->state]--;
	set->open--;
	set->moved_out++;
	conn->origin->open_count--;
	conn->origin = NULL;
	conn->set = NULL;
	return true;
}

void
conn_attach(
    struct conn_set *set, struct conn_origin *origin, struct conn *conn, const struct conn *before)
{
	must(!conn->set && (conn->state == CONN_PARKED || conn->state == CONN_BUSY));
	conn->set = set;
	conn->origin = origin;
	conn->is_rated = false;
	set->counts[conn->state]++;
	list_append(&set->lists[conn->state], &conn->link);
	set->open++;
	set->moved_in++;
	origin->open_count++;
	reader_init(conn);
	deadline_restore(&set->deadlines, &conn->deadline, conn->deadline.kind,
	    conn->deadline.at_us, before ? &before->deadline : NULL);
	conn_update_reading(conn);
}
