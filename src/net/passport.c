/* SPDX-License-Identifier: MIT */
#include "net/passport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/panic.h"
#include "net/conn_private.h"

/* --- Leaving ------------------------------------------------------------------ */

/* A protocol that has taken the place of the listener's has a state of its own. */
static bool
can_be_between(const struct conn *conn)
{
	if (conn->state == CONN_BUSY)
		return conn->ops->retract && conn->ops == conn->origin->service->ops;
	return conn->state == CONN_IDLE || conn->state == CONN_PARKED;
}

static bool
can_leave(const struct conn *conn)
{
	return can_be_between(conn) && conn->pause == 0 && !conn->has_peer_fin &&
	    !conn_is_draining(conn) && conn->origin->service->ops->park &&
	    conn_output_length(conn) == 0 && conn_input_length(conn) <= PASSPORT_INPUT_MAX;
}

static int
take_input(struct conn *conn, struct passport *passport)
{
	const size_t len = conn_input_length(conn);

	passport->input = NULL;
	passport->input_len = len;
	if (len == 0)
		return 0;
	passport->input = malloc(len);
	if (!passport->input)
		return -ENOMEM;
	must(evbuffer_copyout(conn_input(conn), passport->input, len) == (ev_ssize_t)len);
	return 0;
}

static bool
give_up_state(struct conn *conn)
{
	if (conn->state == CONN_PARKED)
		return true;
	if (conn->ops->retract && !conn->ops->retract(conn))
		return false;
	must(conn->state == CONN_IDLE);
	if (!conn->origin->service->ops->park(conn))
		return false;
	must(conn->protocol_state == NULL);
	conn_unbuffer(conn);
	conn_move(conn, CONN_PARKED);
	return true;
}

static void
describe(const struct conn *conn, struct passport *passport)
{
	const bool is_known = conn->idle_us != CONN_IDLE_UNKNOWN;

	passport->fd = conn->fd;
	passport->peer = conn->peer;
	passport->id = conn->id;
	passport->requests = conn->requests;
	passport->bytes_in = conn->bytes_in - passport->input_len;
	passport->bytes_out = conn_bytes_out(conn);
	passport->opened_us = conn->opened_us;
	passport->idle_us = is_known ? conn->idle_us : conn->set->now_us;
	passport->queued_ms = conn->queued_ms;
}

int
conn_emigrate(struct conn *conn, struct passport *ret_passport)
{
	struct passport passport;

	if (!can_leave(conn))
		return -EBUSY;
	if (take_input(conn, &passport) != 0)
		return -ENOMEM;
	if (!give_up_state(conn)) {
		free(passport.input);
		return -EBUSY;
	}
	describe(conn, &passport);
	conn_leave_open(conn);
	*ret_passport = passport;
	return 0;
}

/* --- Coming ------------------------------------------------------------------- */

/* No time of another process is believed that has not come yet. */
static int64_t
past(int64_t time_us, int64_t now_us)
{
	return time_us < now_us ? time_us : now_us;
}

static void
restore(struct conn *conn, const struct passport *passport)
{
	const int64_t now_us = conn->set->now_us;

	conn->peer = passport->peer;
	conn->requests = passport->requests;
	conn->bytes_in = passport->bytes_in;
	conn->bytes_queued = passport->bytes_out;
	conn->queued_ms = passport->queued_ms;
	conn->opened_us = past(passport->opened_us, now_us);
	conn->idle_us = past(passport->idle_us, now_us);
}

static void
settle(struct conn *conn)
{
	struct conn_set *set = conn->set;
	const int64_t length_us = set->deadlines.length_us[DEADLINE_IDLE];

	/* It is here already, so a limit does not refuse it: it is not counted then. */
	(void)!conn_limits_enter(conn);
	set->open++;
	set->immigrated++;
	conn->origin->open_count++;
	conn_move(conn, CONN_PARKED);
	conn->has_opened = true;
	deadline_restore(
	    &set->deadlines, &conn->deadline, DEADLINE_IDLE, conn->idle_us + length_us, NULL);
	conn_update_reading(conn);
}

int
conn_immigrate(struct conn_set *set, struct conn_origin *origin, struct passport *passport)
{
	const struct ending unborn = { .cause = ENDING_OUT_OF_MEMORY };
	struct conn *conn;

	must(origin->service->ops->park);
	set->now_us = clock_monotonic_us();
	conn = conn_new(set, origin, passport->fd);
	passport->fd = -1;
	if (!conn) {
		ending_count(&set->tally, &unborn);
		passport_done(passport);
		return -ENOMEM;
	}
	restore(conn, passport);
	settle(conn);
	if (conn->state != CONN_CLOSED && passport->input_len > 0)
		reader_feed(conn, (struct slice){ passport->input, passport->input_len });
	passport_done(passport);
	return 0;
}

void
passport_done(struct passport *passport)
{
	if (passport->fd >= 0)
		(void)close(passport->fd);
	free(passport->input);
	passport->fd = -1;
	passport->input = NULL;
	passport->input_len = 0;
}
