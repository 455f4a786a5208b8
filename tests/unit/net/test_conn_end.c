/* SPDX-License-Identifier: MIT
 *
 * Tests of net/conn_end: every event in every state. Each row says what is to
 * come of it; that there is one ending, one `closed`, and no descriptor left is
 * demanded of all.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "memory.h"
#include "net/conn_private.h"
#include "rig.h"

enum happening {
	DATA,
	FIN,
	DATA_AND_FIN,
	RST,
	IDLE_DEADLINE,
	HEAD_DEADLINE,
	BODY_DEADLINE,
	WRITE_DEADLINE,
	LINGER_DEADLINE,
	WRITE_FAILS,
	FINISH,
	FINISH_TWICE,
	ABORT,
	ABORT_WITH_UNREAD,
	DRAIN,
	STOP,
	NO_MEMORY_TO_WRITE,
	NO_MEMORY_TO_READ
};

static const char *const happenings[] = { "data", "FIN", "data and FIN", "RST", "idle deadline",
	"head deadline", "body deadline", "write deadline", "linger deadline", "write fails",
	"finish", "finish twice", "abort", "abort with unread input", "drain", "stop",
	"no memory to write", "no memory to read" };

/* Ops of the protocol that are called. */
enum { OP_NONE = 0, OP_DATA = 1, OP_FIN = 2, OP_DATA_FIN = 3, OP_EXPIRED = 4, OP_DRAIN = 8 };

enum reset { RESET_NONE, RESET_SENT, RESET_GOT };

/* The client's socket is closed, or what it sees is of no account. */
#define SEES_WHATEVER ((enum sight)99)

struct row {
	enum conn_state state;
	enum happening happening;
	enum conn_state after; /* CONN_CLOSED: it has ended and was freed */
	enum ending_cause cause;
	enum ending_first_fin first_fin;
	enum reset reset;
	enum sight sight;
	unsigned ops;
};

#define ENDING_FIN_NOBODY ENDING_NO_FIN
/* It is open still: the cause counts for nothing. */
#define ENDING_OPEN ENDING_CLIENT_CLOSED
/* With which the test makes FLUSHING and LINGERING begin. */
#define ENDING_BEGUN ENDING_RESPONSE_CLOSE
/* With which the test makes CLOSED. */
#define ENDING_ENDED ENDING_CUT_SHORT

#define ROW(state, happening, after, cause, first_fin, reset, sight, ops)                \
	{ CONN_##state, happening, CONN_##after, ENDING_##cause, ENDING_FIN_##first_fin, \
		RESET_##reset, SEES_##sight, OP_##ops },

/* clang-format off */
static const struct row rows[] = {
	ROW(BUSY,      DATA,               BUSY,      OPEN,           NOBODY, NONE, NOTHING,  DATA)
	ROW(BUSY,      FIN,                BUSY,      OPEN,           PEERS,  NONE, NOTHING,  FIN)
	ROW(BUSY,      DATA_AND_FIN,       BUSY,      OPEN,           PEERS,  NONE, NOTHING,  DATA_FIN)
	ROW(BUSY,      RST,                CLOSED,    RESET_BY_PEER,  NOBODY, GOT,  WHATEVER, NONE)
	ROW(BUSY,      IDLE_DEADLINE,      BUSY,      OPEN,           NOBODY, NONE, NOTHING,  EXPIRED)
	ROW(BUSY,      HEAD_DEADLINE,      BUSY,      OPEN,           NOBODY, NONE, NOTHING,  EXPIRED)
	ROW(BUSY,      BODY_DEADLINE,      BUSY,      OPEN,           NOBODY, NONE, NOTHING,  EXPIRED)
	ROW(BUSY,      WRITE_DEADLINE,     CLOSED,    WRITE_TIMEOUT,  OURS,   NONE, FIN,      NONE)
	ROW(BUSY,      LINGER_DEADLINE,    CLOSED,    LINGER_EXPIRED, OURS,   NONE, FIN,      NONE)
	ROW(BUSY,      WRITE_FAILS,        CLOSED,    RESET_BY_PEER,  NOBODY, GOT,  WHATEVER, NONE)
	ROW(BUSY,      FINISH,             LINGERING, REQUEST_LIMIT,  OURS,   NONE, FIN,      NONE)
	ROW(BUSY,      FINISH_TWICE,       LINGERING, REQUEST_LIMIT,  OURS,   NONE, FIN,      NONE)
	ROW(BUSY,      ABORT,              CLOSED,    BAD_REQUEST,    OURS,   NONE, FIN,      NONE)
	ROW(BUSY,      ABORT_WITH_UNREAD,  CLOSED,    RESET_BY_US,    NOBODY, SENT, RESET,    NONE)
	ROW(BUSY,      DRAIN,              BUSY,      OPEN,           NOBODY, NONE, NOTHING,  DRAIN)
	ROW(BUSY,      STOP,               CLOSED,    STOPPED,        OURS,   NONE, FIN,      NONE)
	ROW(BUSY,      NO_MEMORY_TO_WRITE, CLOSED,    OUT_OF_MEMORY,  OURS,   NONE, FIN,      NONE)
	ROW(BUSY,      NO_MEMORY_TO_READ,  CLOSED,    OUT_OF_MEMORY,  OURS,   NONE, FIN,      DATA)

	ROW(IDLE,      DATA,               IDLE,      OPEN,           NOBODY, NONE, NOTHING,  DATA)
	ROW(IDLE,      FIN,                CLOSED,    CLIENT_CLOSED,  PEERS,  NONE, FIN,      NONE)
	ROW(IDLE,      DATA_AND_FIN,       CLOSED,    CLIENT_CLOSED,  PEERS,  NONE, FIN,      DATA)
	ROW(IDLE,      RST,                CLOSED,    RESET_BY_PEER,  NOBODY, GOT,  WHATEVER, NONE)
	ROW(IDLE,      IDLE_DEADLINE,      IDLE,      OPEN,           NOBODY, NONE, NOTHING,  EXPIRED)
	ROW(IDLE,      HEAD_DEADLINE,      IDLE,      OPEN,           NOBODY, NONE, NOTHING,  EXPIRED)
	ROW(IDLE,      BODY_DEADLINE,      IDLE,      OPEN,           NOBODY, NONE, NOTHING,  EXPIRED)
	ROW(IDLE,      WRITE_DEADLINE,     CLOSED,    WRITE_TIMEOUT,  OURS,   NONE, FIN,      NONE)
	ROW(IDLE,      LINGER_DEADLINE,    CLOSED,    LINGER_EXPIRED, OURS,   NONE, FIN,      NONE)
	ROW(IDLE,      WRITE_FAILS,        CLOSED,    RESET_BY_PEER,  NOBODY, GOT,  WHATEVER, NONE)
	ROW(IDLE,      FINISH,             LINGERING, REQUEST_LIMIT,  OURS,   NONE, FIN,      NONE)
	ROW(IDLE,      FINISH_TWICE,       LINGERING, REQUEST_LIMIT,  OURS,   NONE, FIN,      NONE)
	ROW(IDLE,      ABORT,              CLOSED,    BAD_REQUEST,    OURS,   NONE, FIN,      NONE)
	ROW(IDLE,      ABORT_WITH_UNREAD,  CLOSED,    RESET_BY_US,    NOBODY, SENT, RESET,    NONE)
	ROW(IDLE,      DRAIN,              LINGERING, DRAINED,        OURS,   NONE, FIN,      NONE)
	ROW(IDLE,      STOP,               CLOSED,    STOPPED,        OURS,   NONE, FIN,      NONE)
	ROW(IDLE,      NO_MEMORY_TO_WRITE, CLOSED,    OUT_OF_MEMORY,  OURS,   NONE, FIN,      NONE)
	ROW(IDLE,      NO_MEMORY_TO_READ,  CLOSED,    OUT_OF_MEMORY,  OURS,   NONE, FIN,      DATA)

	ROW(PARKED,    DATA,               BUSY,      OPEN,           NOBODY, NONE, NOTHING,  DATA)
	ROW(PARKED,    FIN,                CLOSED,    CLIENT_CLOSED,  PEERS,  NONE, FIN,      NONE)
	ROW(PARKED,    DATA_AND_FIN,       BUSY,      OPEN,           PEERS,  NONE, NOTHING,  DATA_FIN)
	ROW(PARKED,    RST,                CLOSED,    RESET_BY_PEER,  NOBODY, GOT,  WHATEVER, NONE)
	ROW(PARKED,    IDLE_DEADLINE,      LINGERING, IDLE_TIMEOUT,   OURS,   NONE, FIN,      NONE)
	ROW(PARKED,    HEAD_DEADLINE,      LINGERING, IDLE_TIMEOUT,   OURS,   NONE, FIN,      NONE)
	ROW(PARKED,    BODY_DEADLINE,      LINGERING, IDLE_TIMEOUT,   OURS,   NONE, FIN,      NONE)
	ROW(PARKED,    WRITE_DEADLINE,     CLOSED,    WRITE_TIMEOUT,  OURS,   NONE, FIN,      NONE)
	ROW(PARKED,    LINGER_DEADLINE,    CLOSED,    LINGER_EXPIRED, OURS,   NONE, FIN,      NONE)
	ROW(PARKED,    WRITE_FAILS,        CLOSED,    RESET_BY_PEER,  NOBODY, GOT,  WHATEVER, NONE)
	ROW(PARKED,    FINISH,             LINGERING, REQUEST_LIMIT,  OURS,   NONE, FIN,      NONE)
	ROW(PARKED,    FINISH_TWICE,       LINGERING, REQUEST_LIMIT,  OURS,   NONE, FIN,      NONE)
	ROW(PARKED,    ABORT,              CLOSED,    BAD_REQUEST,    OURS,   NONE, FIN,      NONE)
	ROW(PARKED,    ABORT_WITH_UNREAD,  CLOSED,    RESET_BY_US,    NOBODY, SENT, RESET,    NONE)
	ROW(PARKED,    DRAIN,              LINGERING, DRAINED,        OURS,   NONE, FIN,      NONE)
	ROW(PARKED,    STOP,               CLOSED,    STOPPED,        OURS,   NONE, FIN,      NONE)
	ROW(PARKED,    NO_MEMORY_TO_WRITE, CLOSED,    OUT_OF_MEMORY,  OURS,   NONE, FIN,      NONE)
	ROW(PARKED,    NO_MEMORY_TO_READ,  CLOSED,    OUT_OF_MEMORY,  OURS,   NONE, FIN,      DATA)

	ROW(FLUSHING,  DATA,               FLUSHING,  BEGUN,          NOBODY, NONE, NOTHING,  NONE)
	ROW(FLUSHING,  FIN,                FLUSHING,  BEGUN,          PEERS,  NONE, NOTHING,  NONE)
	ROW(FLUSHING,  DATA_AND_FIN,       FLUSHING,  BEGUN,          PEERS,  NONE, NOTHING,  NONE)
	ROW(FLUSHING,  RST,                CLOSED,    RESET_BY_PEER,  NOBODY, GOT,  WHATEVER, NONE)
	ROW(FLUSHING,  IDLE_DEADLINE,      FLUSHING,  BEGUN,          NOBODY, NONE, NOTHING,  NONE)
	ROW(FLUSHING,  HEAD_DEADLINE,      FLUSHING,  BEGUN,          NOBODY, NONE, NOTHING,  NONE)
	ROW(FLUSHING,  BODY_DEADLINE,      FLUSHING,  BEGUN,          NOBODY, NONE, NOTHING,  NONE)
	ROW(FLUSHING,  WRITE_DEADLINE,     CLOSED,    WRITE_TIMEOUT,  OURS,   NONE, FIN,      NONE)
	ROW(FLUSHING,  LINGER_DEADLINE,    FLUSHING,  BEGUN,          NOBODY, NONE, NOTHING,  NONE)
	ROW(FLUSHING,  WRITE_FAILS,        CLOSED,    RESET_BY_PEER,  NOBODY, GOT,  WHATEVER, NONE)
	ROW(FLUSHING,  FINISH,             FLUSHING,  BEGUN,          NOBODY, NONE, NOTHING,  NONE)
	ROW(FLUSHING,  FINISH_TWICE,       FLUSHING,  BEGUN,          NOBODY, NONE, NOTHING,  NONE)
	ROW(FLUSHING,  ABORT,              CLOSED,    BAD_REQUEST,    OURS,   NONE, FIN,      NONE)
	ROW(FLUSHING,  ABORT_WITH_UNREAD,  CLOSED,    RESET_BY_US,    NOBODY, SENT, RESET,    NONE)
	ROW(FLUSHING,  DRAIN,              FLUSHING,  BEGUN,          NOBODY, NONE, NOTHING,  NONE)
	ROW(FLUSHING,  STOP,               CLOSED,    STOPPED,        OURS,   NONE, FIN,      NONE)
	ROW(FLUSHING,  NO_MEMORY_TO_WRITE, FLUSHING,  BEGUN,          NOBODY, NONE, NOTHING,  NONE)
	ROW(FLUSHING,  NO_MEMORY_TO_READ,  FLUSHING,  BEGUN,          NOBODY, NONE, NOTHING,  NONE)

	ROW(LINGERING, DATA,               LINGERING, BEGUN,          OURS,   NONE, FIN,      NONE)
	ROW(LINGERING, FIN,                CLOSED,    BEGUN,          OURS,   NONE, FIN,      NONE)
	ROW(LINGERING, DATA_AND_FIN,       CLOSED,    BEGUN,          OURS,   NONE, FIN,      NONE)
	ROW(LINGERING, RST,                CLOSED,    RESET_BY_PEER,  OURS,   GOT,  WHATEVER, NONE)
	ROW(LINGERING, IDLE_DEADLINE,      LINGERING, BEGUN,          OURS,   NONE, FIN,      NONE)
	ROW(LINGERING, HEAD_DEADLINE,      LINGERING, BEGUN,          OURS,   NONE, FIN,      NONE)
	ROW(LINGERING, BODY_DEADLINE,      LINGERING, BEGUN,          OURS,   NONE, FIN,      NONE)
	ROW(LINGERING, WRITE_DEADLINE,     LINGERING, BEGUN,          OURS,   NONE, FIN,      NONE)
	ROW(LINGERING, LINGER_DEADLINE,    CLOSED,    LINGER_EXPIRED, OURS,   NONE, FIN,      NONE)
	ROW(LINGERING, WRITE_FAILS,        LINGERING, BEGUN,          OURS,   NONE, FIN,      NONE)
	ROW(LINGERING, FINISH,             LINGERING, BEGUN,          OURS,   NONE, FIN,      NONE)
	ROW(LINGERING, FINISH_TWICE,       LINGERING, BEGUN,          OURS,   NONE, FIN,      NONE)
	ROW(LINGERING, ABORT,              CLOSED,    BAD_REQUEST,    OURS,   NONE, FIN,      NONE)
	ROW(LINGERING, ABORT_WITH_UNREAD,  CLOSED,    RESET_BY_US,    OURS,   SENT, WHATEVER, NONE)
	ROW(LINGERING, DRAIN,              LINGERING, BEGUN,          OURS,   NONE, FIN,      NONE)
	ROW(LINGERING, STOP,               CLOSED,    STOPPED,        OURS,   NONE, FIN,      NONE)
	ROW(LINGERING, NO_MEMORY_TO_WRITE, LINGERING, BEGUN,          OURS,   NONE, FIN,      NONE)
	ROW(LINGERING, NO_MEMORY_TO_READ,  LINGERING, BEGUN,          OURS,   NONE, FIN,      NONE)

	ROW(CLOSED,    DATA,               CLOSED,    ENDED,          OURS,   NONE, WHATEVER, NONE)
	ROW(CLOSED,    FIN,                CLOSED,    ENDED,          OURS,   NONE, FIN,      NONE)
	ROW(CLOSED,    DATA_AND_FIN,       CLOSED,    ENDED,          OURS,   NONE, WHATEVER, NONE)
	ROW(CLOSED,    RST,                CLOSED,    ENDED,          OURS,   NONE, WHATEVER, NONE)
	ROW(CLOSED,    IDLE_DEADLINE,      CLOSED,    ENDED,          OURS,   NONE, FIN,      NONE)
	ROW(CLOSED,    HEAD_DEADLINE,      CLOSED,    ENDED,          OURS,   NONE, FIN,      NONE)
	ROW(CLOSED,    BODY_DEADLINE,      CLOSED,    ENDED,          OURS,   NONE, FIN,      NONE)
	ROW(CLOSED,    WRITE_DEADLINE,     CLOSED,    ENDED,          OURS,   NONE, FIN,      NONE)
	ROW(CLOSED,    LINGER_DEADLINE,    CLOSED,    ENDED,          OURS,   NONE, FIN,      NONE)
	ROW(CLOSED,    WRITE_FAILS,        CLOSED,    ENDED,          OURS,   NONE, FIN,      NONE)
	ROW(CLOSED,    FINISH,             CLOSED,    ENDED,          OURS,   NONE, FIN,      NONE)
	ROW(CLOSED,    FINISH_TWICE,       CLOSED,    ENDED,          OURS,   NONE, FIN,      NONE)
	ROW(CLOSED,    ABORT,              CLOSED,    ENDED,          OURS,   NONE, FIN,      NONE)
	ROW(CLOSED,    ABORT_WITH_UNREAD,  CLOSED,    ENDED,          OURS,   NONE, WHATEVER, NONE)
	ROW(CLOSED,    DRAIN,              CLOSED,    ENDED,          OURS,   NONE, FIN,      NONE)
	ROW(CLOSED,    STOP,               CLOSED,    ENDED,          OURS,   NONE, FIN,      NONE)
	ROW(CLOSED,    NO_MEMORY_TO_WRITE, CLOSED,    ENDED,          OURS,   NONE, FIN,      NONE)
	ROW(CLOSED,    NO_MEMORY_TO_READ,  CLOSED,    ENDED,          OURS,   NONE, WHATEVER, NONE)
};
/* clang-format on */

#define DEADLINE_US 1000
#define FLUSH_BYTES (2 << 20)

static struct rig rig;

static bool
is_deadline(enum happening happening)
{
	return happening >= IDLE_DEADLINE && happening <= LINGER_DEADLINE;
}

static enum deadline_kind
deadline_of(enum happening happening)
{
	return (enum deadline_kind)(happening - IDLE_DEADLINE);
}

static void
bring_into(enum conn_state state)
{
	struct conn *conn = rig.conn;

	if (state == CONN_IDLE || state == CONN_PARKED)
		conn_set_idle(conn);
	if (state == CONN_PARKED)
		ck_assert(conn_park(conn));
	if (state == CONN_FLUSHING)
		ck_assert_int_eq(conn_write(conn, pattern(FLUSH_BYTES)), 0);
	if (state == CONN_FLUSHING || state == CONN_LINGERING)
		conn_finish(conn, ENDING_BEGUN);
	if (state == CONN_CLOSED)
		conn_abort(conn, ENDING_ENDED);
	ck_assert_int_eq(conn->state, state);
}

static void
fail_writing(struct conn *conn)
{
	if (conn->state < CONN_LINGERING)
		ck_assert_int_eq(shutdown(conn->fd, SHUT_WR), 0);
	(void)!conn_write(conn, SLICE("x"));
	conn_flush(conn);
}

static void
abort_with_unread(struct conn *conn)
{
	struct pollfd readable = { .fd = conn->fd, .events = POLLIN };

	client_send(rig.client, "unread", 6);
	if (conn->state != CONN_CLOSED)
		ck_assert_int_eq(poll(&readable, 1, 1000), 1);
	conn_abort(conn, ENDING_DRAINED);
}

static void
drain(void)
{
	conn_set_drain(&rig.conns, NULL);
	/* The grace is a few round trips. */
	rig_run_until(&rig,
	    (conn_set_finish_idle(
		 &rig.conns, &(struct conn_grace){ .most = SIZE_MAX }, ENDING_DRAINED),
		conn_set_count_idle(&rig.conns, NULL) == 0));
}

/* A closed connection has answered data with a RST. */
static void
finish_if_it_can(void)
{
	if (rig.conn && rig.conn->state == CONN_CLOSED)
		(void)shutdown(rig.client, SHUT_WR);
	else
		client_finish(rig.client);
}

/* What the client does. */
static void
let_peer_act(enum happening happening)
{
	if (happening == DATA || happening == DATA_AND_FIN)
		client_send(rig.client, "0123456789", 10);
	if (happening == FIN || happening == DATA_AND_FIN)
		finish_if_it_can();
	if (happening == RST)
		client_reset(&rig.client);
}

static void
starve(struct conn *conn, enum happening happening)
{
	if (happening == NO_MEMORY_TO_READ)
		client_send(rig.client, "0123456789", 10);
	memory_fail_after(0);
	if (happening == NO_MEMORY_TO_WRITE)
		ck_assert_int_ne(conn_write(conn, pattern(FLUSH_BYTES)), 0);
}

/* What we do. */
static void
act(struct conn *conn, enum happening happening)
{
	if (is_deadline(happening))
		conn_wait(conn, deadline_of(happening));
	else if (happening == WRITE_FAILS)
		fail_writing(conn);
	else if (happening == ABORT)
		conn_abort(conn, ENDING_BAD_REQUEST);
	else if (happening == ABORT_WITH_UNREAD)
		abort_with_unread(conn);
	else if (happening == DRAIN)
		drain();
	else if (happening == STOP)
		(void)conn_set_abort_all(&rig.conns, NULL, ENDING_STOPPED);
	else if (happening == NO_MEMORY_TO_WRITE || happening == NO_MEMORY_TO_READ)
		starve(conn, happening);
	if (happening == FINISH || happening == FINISH_TWICE)
		conn_finish(conn, ENDING_REQUEST_LIMIT);
	if (happening == FINISH_TWICE)
		conn_finish(conn, ENDING_IDLE_TIMEOUT);
}

static unsigned
ops_seen(void)
{
	return (rig.seen.data > 0 ? OP_DATA : 0) | (rig.seen.peer_fin > 0 ? OP_FIN : 0) |
	    (rig.seen.expired > 0 ? OP_EXPIRED : 0) | (rig.seen.drain > 0 ? OP_DRAIN : 0);
}

static bool
has_come_to(const struct row *row)
{
	if (ops_seen() != row->ops)
		return false;
	if (row->after == CONN_CLOSED)
		return rig.conn == NULL;
	return rig.conn && rig.conn->state == row->after && rig.conn->first_fin == row->first_fin;
}

/* Of a connection that is still there. */
static struct ending
record_so_far(const struct conn *conn)
{
	return (struct ending){
		.cause = conn->cause,
		.first_fin = conn->first_fin,
		.reset_received = conn->reset_received,
	};
}

static void
check_record(const struct row *row, struct ending ending)
{
	if (row->after >= CONN_FLUSHING)
		ck_assert_str_eq(ending_label(ending.cause), ending_label(row->cause));
	ck_assert_str_eq(
	    ending_first_fin_name(ending.first_fin), ending_first_fin_name(row->first_fin));
	ck_assert_int_eq(ending.reset_sent, row->reset == RESET_SENT);
	ck_assert_int_eq(ending.reset_received, row->reset == RESET_GOT);
}

static void
check_sight(const struct row *row)
{
	if (row->sight == SEES_NOTHING)
		ck_assert_int_eq(client_look(rig.client, NULL), SEES_NOTHING);
	else if (row->sight != SEES_WHATEVER)
		ck_assert_int_eq(rig_run_until_client_sees_end(&rig, NULL), row->sight);
}

static void
check_counts(void)
{
	ck_assert_uint_eq(rig.seen.open, 1);
	ck_assert_uint_eq(rig.seen.ended, 1);
	ck_assert_uint_eq(rig.seen.closed, 1);
	ck_assert_uint_eq(rig.conns.tally.total, 1);
	ck_assert_uint_eq(rig.conns.open, 0);
	for (int state = 0; state < CONN_STATES; state++)
		ck_assert_uint_eq(rig.conns.counts[state], 0);
}

START_TEST(each_event_in_each_state_has_its_one_outcome)
{
	const struct row *row = &rows[_i];
	struct rig_options options = { .pair = { WIRE_TCP, row->state == CONN_FLUSHING } };

	printf("%s: %s\n", conn_state_name(row->state), happenings[row->happening]);
	(void)fflush(stdout);
	memory_take_over();
	if (is_deadline(row->happening))
		options.deadline_us[deadline_of(row->happening)] = DEADLINE_US;
	rig_init(&rig, &options);
	rig_open(&rig);
	bring_into(row->state);
	let_peer_act(row->happening);
	act(rig.conn, row->happening);
	rig_run_until(&rig, has_come_to(row));
	/* Nothing comes after it, of deadlines neither. */
	rig_pass(&rig, 3 * DEADLINE_US);
	ck_assert(has_come_to(row));
	memory_heal();
	check_record(row, rig.conn ? record_so_far(rig.conn) : rig.seen.ending);
	check_sight(row);
	rig_done(&rig);
	check_counts();
}
END_TEST

/* No pair is forgotten. */
START_TEST(the_table_has_each_pair_once)
{
	unsigned seen[CONN_STATES] = { 0 };

	for (int i = 0; i < COUNT(rows); i++) {
		ck_assert_uint_eq(seen[rows[i].state] >> rows[i].happening & 1, 0);
		seen[rows[i].state] |= 1u << rows[i].happening;
	}
	for (int state = CONN_BUSY; state <= CONN_CLOSED; state++)
		ck_assert_uint_eq(seen[state], (1u << COUNT(happenings)) - 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("net/conn_end");
	TCase *pairs = tcase_create("state and event");

	tcase_add_loop_test(pairs, each_event_in_each_state_has_its_one_outcome, 0, COUNT(rows));
	tcase_add_test(pairs, the_table_has_each_pair_once);
	tcase_set_timeout(pairs, 60);
	suite_add_tcase(suite, pairs);
	return run_suite(suite);
}
