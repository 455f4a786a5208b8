/* SPDX-License-Identifier: MIT
 *
 * dialogue: the client, and the turns of the server's loop between its steps.
 */
#include "dialogue.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/panic.h"
#include "fuzz.h"
#include "session_clock.h"

/* More turns than any input of a fuzzer needs. */
#define TURNS_MAX 200000
#define HOUR_US (3600 * CLOCK_SECOND_US)

struct client {
	int fd;
	struct slice left;
	const struct session_plan *plan;
	uint64_t seed;
	uint64_t times;
	size_t sent;
	bool has_sent_all;
	bool is_full; /* the server takes nothing, perhaps until its answers are taken */
	bool has_seen_end;
	size_t answer_room;
	struct session_outcome outcome;
};

static void
send_piece(struct client *client)
{
	size_t len = client->left.len;
	ssize_t sent;

	if (client->plan->cuts) {
		size_t piece = 1 + fuzz_next(&client->seed) % 40;

		len = piece < len ? piece : len;
	}
	sent = send(client->fd, client->left.data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	client->is_full = sent < 0 && errno == EAGAIN;
	if (sent > 0) {
		client->left = slice_from(client->left, (size_t)sent);
		client->sent += (size_t)sent;
	} else if (!client->is_full) {
		client->left.len = 0;
	}
}

static void
step_sending(struct client *client)
{
	if (client->has_sent_all)
		return;
	if (client->left.len > 0)
		send_piece(client);
	if (client->left.len > 0)
		return;
	client->has_sent_all = true;
	if (!client->plan->keeps_open)
		(void)shutdown(client->fd, SHUT_WR);
}

static void
make_room(struct session_outcome *outcome, size_t *room)
{
	/* A byte is kept for a NUL, so that an answer can be printed. */
	if (outcome->answer_len + 1 < *room)
		return;
	must(*room < SESSION_ANSWER_MAX);
	*room = *room > 0 ? *room * 2 : 16384;
	outcome->answer = realloc(outcome->answer, *room);
	must(outcome->answer);
}

static void
step_reading(struct client *client)
{
	struct session_outcome *outcome = &client->outcome;
	ssize_t got;

	if (client->plan->reads_late && !client->has_sent_all && !client->is_full)
		return;
	do {
		make_room(outcome, &client->answer_room);
		got = recv(client->fd, outcome->answer + outcome->answer_len,
		    client->answer_room - outcome->answer_len - 1, MSG_DONTWAIT);
		if (got > 0)
			outcome->answer_len += (size_t)got;
		outcome->answer[outcome->answer_len] = '\0';
	} while (got > 0);
	if (got == 0 || errno != EAGAIN) {
		client->has_seen_end = true;
		outcome->has_seen_end = true;
		outcome->was_reset = got < 0;
	}
}

/* A client that keeps its half open has to see the server wait for more. */
static bool
is_over(const struct client *client, unsigned quiet)
{
	size_t most = client->plan->gives_up_after;

	if (client->has_seen_end || (most > 0 && client->sent >= most))
		return true;
	return client->plan->keeps_open && client->has_sent_all && quiet > 3;
}

/* The server's turn. */
static void
turn_loop(const struct dialogue_side *side, const struct session_plan *plan)
{
	if (plan->around)
		plan->around(true);
	(void)event_base_loop(side->base, EVLOOP_NONBLOCK);
	if (plan->around)
		plan->around(false);
}

/* What happens when it is later. */
static void
call_timers(const struct dialogue_side *side, int64_t us)
{
	struct conn_set *conns = side->conns;

	if (conns->deadlines.timer_at_us <= clock_monotonic_us())
		event_active(conns->deadlines.timer, EV_TIMEOUT, 0);
	if (us >= conns->limits.park_us && evtimer_pending(conns->parker, NULL))
		event_active(conns->parker, EV_TIMEOUT, 0);
	if (evtimer_pending(conns->rating.timer, NULL))
		event_active(conns->rating.timer, EV_TIMEOUT, 0);
	conn_set_rate(conns);
}

/* Mostly none, or little; now and then more than anybody waits. */
static void
let_time_pass(const struct dialogue_side *side, struct client *client)
{
	static const int64_t most_us[] = { 1, 1000, CLOCK_SECOND_US, 4 * CLOCK_SECOND_US,
		SESSION_DEADLINE_US + 1, HOUR_US };
	const uint64_t choice = fuzz_next(&client->times);
	int64_t us;

	if (choice % 16 == 0)
		session_clock_step_wall((int64_t)(choice >> 8) % HOUR_US - HOUR_US / 2);
	if (choice % 4 != 0)
		return;
	us = (int64_t)(choice >> 16) %
	    most_us[(choice >> 4) % (sizeof(most_us) / sizeof(most_us[0]))];
	session_clock_pass(us);
	call_timers(side, us);
}

static void
accept_client(const struct dialogue_side *side, int fd, const struct session_plan *plan)
{
	static const struct sockaddr peer = { .sa_family = AF_UNIX };
	int result;

	if (plan->around)
		plan->around(true);
	result = conn_open(side->conns, side->origin, fd, &peer, sizeof(peer));
	if (plan->around)
		plan->around(false);
	must(result == 0 || plan->around);
}

static void
converse(const struct dialogue_side *side, struct client *client)
{
	unsigned quiet = 0; /* turns in which nothing came */

	for (unsigned turn = 0; !is_over(client, quiet); turn++) {
		size_t before = client->outcome.answer_len;
		uint64_t turns = client->plan->cuts ? fuzz_next(&client->seed) % 3 : 1;

		must(turn < TURNS_MAX);
		if (client->plan->times)
			let_time_pass(side, client);
		step_sending(client);
		for (uint64_t i = 0; i < turns; i++)
			turn_loop(side, client->plan);
		step_reading(client);
		quiet = client->outcome.answer_len == before && turns > 0 ? quiet + 1 : 0;
	}
	(void)close(client->fd);
	for (unsigned turn = 0; side->conns->open > 0; turn++) {
		must(turn < TURNS_MAX);
		turn_loop(side, client->plan);
	}
	turn_loop(side, client->plan); /* the reaper */
}

struct session_outcome
dialogue_run(const struct dialogue_side *side, struct slice input, const struct session_plan *plan)
{
	struct client client = {
		.left = input, .plan = plan, .seed = plan->cuts, .times = plan->times
	};
	int pair[2];

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
	client.fd = pair[0];
	accept_client(side, pair[1], plan);
	converse(side, &client);
	must(side->origin->open_count == 0);
	return client.outcome;
}

void
session_outcome_done(struct session_outcome *outcome)
{
	free(outcome->answer);
	free(outcome->log);
}
