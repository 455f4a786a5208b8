/* SPDX-License-Identifier: MIT
 *
 * Tests of net/listener.
 */
#include "net/listener.h"

#include <event2/event.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "listening.h"
#include "memory.h"
#include "rig.h"

static char loopback[] = "127.0.0.1";
static char loopback6[] = "::1";
static struct rig rig;
static struct place place;
static struct config_listener config;
static struct listener *listener;
static unsigned accepted;
static unsigned pause_at; /* connections at which a test's listener pauses */

static void
on_accepted(struct listener *which, void *arg)
{
	ck_assert_ptr_eq(arg, &rig);
	accepted++;
	if (accepted == pause_at)
		listener_pause(which, LISTENER_PAUSE_CONNECTIONS);
}

static struct listener *
new_listener(const struct listen_socket *socket)
{
	struct listener *made =
	    listener_new(&config, socket, &rig.conns, &rig.service, on_accepted, &rig);

	if (made)
		listener_start(made);
	return made;
}

static void
listen_with(const char *transport, char *address)
{
	struct listen_socket socket;

	config = plain_listener(transport, address);
	socket = open_listening(&config);
	listener = new_listener(&socket);
	ck_assert_ptr_nonnull(listener);
}

static void
set_up(void)
{
	memory_take_over();
	place_make(&place);
	rig_init(&rig, &(struct rig_options){ .pair = { WIRE_TCP, false } });
}

static void
tear_down(void)
{
	(void)conn_set_abort_all(&rig.conns, NULL, ENDING_STOPPED);
	rig_turn(&rig);
	listener_free(listener);
	rig_done(&rig);
	place_remove(&place);
}

/* --- Accepting -------------------------------------------------------------------- */

START_TEST(clients_become_connections)
{
	char *addresses[] = { loopback, loopback6, place.address, place.address };
	const char *const transports[] = { "tcp", "tcp", "unix", "seqpacket" };
	int clients[3];

	listen_with(transports[_i], addresses[_i]);
	for (int i = 0; i < COUNT(clients); i++)
		clients[i] = connect_to(&listener->socket);
	rig_run_until(&rig, accepted == COUNT(clients));
	ck_assert_uint_eq(rig.conns.open, COUNT(clients));
	ck_assert_uint_eq(listener->accepted, COUNT(clients));
	ck_assert_uint_eq(listener->origin.open_count, COUNT(clients));
	ck_assert_int_eq(rig.conn->origin->keeps_messages, _i == 3);
	ck_assert_str_eq(rig.conn->origin->listener, "test");
	for (int i = 0; i < COUNT(clients); i++)
		client_close(&clients[i]);
}
END_TEST

START_TEST(a_connection_knows_who_called)
{
	char room[PEER_TEXT_MAX];
	struct text text = text_over(room, sizeof(room));
	char expected[PEER_TEXT_MAX];
	struct text expectation = text_over(expected, sizeof(expected));
	int client;

	listen_with(_i ? "unix" : "tcp", _i ? place.address : loopback6);
	client = connect_to(&listener->socket);
	rig_run_until(&rig, accepted == 1);
	peer_put_host(&text, &rig.conn->peer);
	ck_assert_str_eq(text_string(&text), _i ? "unix:" : "::1");
	if (_i == 1) {
		text = text_over(room, sizeof(room));
		peer_put(&text, &rig.conn->peer);
		text_put_format(
		    &expectation, "unix:pid=%ld,uid=%lu", (long)getpid(), (unsigned long)getuid());
		ck_assert_str_eq(text_string(&text), text_string(&expectation));
	}
	client_close(&client);
}
END_TEST

START_TEST(a_fin_may_be_taken_for_leaving)
{
	struct listen_socket socket;
	int client;

	config = plain_listener("tcp", loopback);
	config.on_peer_fin = CONFIG_PEER_FIN_ABORT;
	socket = open_listening(&config);
	listener = new_listener(&socket);
	client = connect_to(&listener->socket);
	client_finish(client);
	rig_run_until(&rig, rig.seen.closed == 1);
	ck_assert_str_eq(ending_label(rig.seen.ending.cause), "peer_left");
	client_close(&client);
}
END_TEST

START_TEST(a_client_that_was_gone_before_it_was_accepted_is_no_matter)
{
	int client;

	listen_with("tcp", loopback);
	client = connect_to(&listener->socket);
	client_reset(&client);
	client = connect_to(&listener->socket);
	rig_run_until(&rig, accepted == 2);
	rig_run_until(&rig, rig.seen.closed == 1);
	ck_assert(rig.seen.ending.reset_received);
	client_close(&client);
}
END_TEST

/* Those who are connected have their turn between those who come. */
START_TEST(a_crowd_does_not_keep_the_loop_to_itself)
{
	enum { CROWD = 65 };
	int clients[CROWD];

	listen_with("tcp", loopback);
	for (int i = 0; i < CROWD; i++)
		clients[i] = connect_to(&listener->socket);
	rig_run_until(&rig, accepted > 0);
	ck_assert_uint_eq(accepted, CROWD - 1);
	rig_run_until(&rig, accepted == CROWD);
	ck_assert_uint_eq(listener->pause, 0);
	for (int i = 0; i < CROWD; i++)
		client_close(&clients[i]);
}
END_TEST

/* --- Pausing --------------------------------------------------------------------- */

START_TEST(it_takes_other_settings_and_its_connections_with_it)
{
	static struct service other;
	struct config_listener renamed;
	char name[] = "renamed";
	struct listener_settings settings;
	int client;

	other = rig.service;
	listen_with("tcp", loopback);
	client = connect_to(&listener->socket);
	rig_run_until(&rig, accepted == 1);
	renamed = config;
	renamed.name = name;
	renamed.on_peer_fin = CONFIG_PEER_FIN_ABORT;
	ck_assert_int_eq(listener_settings_init(&settings, &renamed, &other, 7), 0);
	listener_adopt(listener, &settings);
	ck_assert_ptr_null(settings.name);
	ck_assert_str_eq(rig.conn->origin->listener, "renamed");
	ck_assert_ptr_eq(rig.conn->origin->service, &other);
	ck_assert(rig.conn->origin->abort_on_peer_fin);
	ck_assert_uint_eq(listener->socket.backlog, 7);
	client_close(&client);
}
END_TEST

START_TEST(it_passes_its_socket_to_another_without_a_gap)
{
	struct listener *heir;
	int clients[2];

	listen_with("tcp", loopback);
	clients[0] = connect_to(&listener->socket);
	rig_run_until(&rig, accepted == 1);
	heir =
	    listener_new(&config, &listener->socket, &rig.conns, &rig.service, on_accepted, &rig);
	ck_assert_ptr_nonnull(heir);
	clients[1] = connect_to(&listener->socket);
	listener_pass_socket(listener, heir);
	ck_assert_int_eq(listener->socket.fd, -1);
	listener_start(heir);
	rig_run_until(&rig, accepted == 2);
	ck_assert_uint_eq(heir->origin.open_count, 1);
	ck_assert_uint_eq(listener->origin.open_count, 1);
	for (int i = 0; i < COUNT(clients); i++)
		client_close(&clients[i]);
	(void)conn_set_abort_all(&rig.conns, &heir->origin, ENDING_STOPPED);
	rig_turn(&rig);
	listener_free(heir);
}
END_TEST

START_TEST(it_accepts_when_no_reason_to_pause_is_left)
{
	int client;

	listen_with("tcp", loopback);
	listener_pause(listener, LISTENER_PAUSE_CONNECTIONS);
	listener_pause(listener, LISTENER_PAUSE_DESCRIPTORS);
	listener_pause(listener, LISTENER_PAUSE_CONNECTIONS);
	client = connect_to(&listener->socket);
	rig_settle(&rig);
	listener_resume(listener, LISTENER_PAUSE_CONNECTIONS);
	rig_settle(&rig);
	ck_assert_uint_eq(accepted, 0);
	listener_resume(listener, LISTENER_PAUSE_CONNECTIONS);
	listener_resume(listener, LISTENER_PAUSE_DESCRIPTORS);
	rig_run_until(&rig, accepted == 1);
	client_close(&client);
}
END_TEST

START_TEST(a_pause_is_at_once_and_the_queue_holds_the_rest)
{
	int clients[5];

	listen_with("tcp", loopback);
	pause_at = 2;
	for (int i = 0; i < COUNT(clients); i++)
		clients[i] = connect_to(&listener->socket);
	rig_run_until(&rig, accepted == 2);
	rig_settle(&rig);
	ck_assert_uint_eq(accepted, 2);
	listener_resume(listener, LISTENER_PAUSE_CONNECTIONS);
	rig_run_until(&rig, accepted == COUNT(clients));
	for (int i = 0; i < COUNT(clients); i++)
		client_close(&clients[i]);
}
END_TEST

/* --- Descriptors ------------------------------------------------------------------- */

static void
limit_descriptors(rlim_t limit)
{
	struct rlimit limits;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limits), 0);
	limits.rlim_cur = limit;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limits), 0);
}

static rlim_t
descriptors_allowed(void)
{
	struct rlimit limits;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limits), 0);
	return limits.rlim_cur;
}

/* The next descriptor that would be given is the first that may not. */
static void
use_up_descriptors(void)
{
	int next = dup(0);

	ck_assert_int_ge(next, 0);
	ck_assert_int_eq(close(next), 0);
	limit_descriptors((rlim_t)next);
}

/* Turns of a loop that nothing else wakes up. */
static unsigned
count_turns(int64_t lasting_us)
{
	int64_t until_us = clock_monotonic_us() + lasting_us;
	unsigned turns = 0;

	while (clock_monotonic_us() < until_us) {
		ck_assert_int_eq(event_base_loop(rig.base, EVLOOP_ONCE), 0);
		turns++;
	}
	return turns;
}

START_TEST(without_descriptors_it_backs_off_and_then_goes_on)
{
	const struct timeval tick = { .tv_sec = 0, .tv_usec = 1000 };
	rlim_t before = descriptors_allowed();
	int client;

	listen_with("tcp", loopback);
	client = connect_to(&listener->socket);
	use_up_descriptors();
	ck_assert_int_eq(event_del(rig.tick), 0);
	/* One try in each tenth of a second, and one turn for its timer. */
	ck_assert_uint_le(count_turns(450 * 1000), 12);
	ck_assert_uint_ge(listener->failures, 2);
	ck_assert_uint_le(listener->failures, 6);
	ck_assert_uint_eq(accepted, 0);
	limit_descriptors(before);
	ck_assert_int_eq(event_add(rig.tick, &tick), 0);
	rig_run_until(&rig, accepted == 1);
	ck_assert_uint_eq(listener->pause, 0);
	client_close(&client);
}
END_TEST

/* --- Memory ------------------------------------------------------------------------ */

START_TEST(without_memory_there_is_no_listener_and_the_socket_stays_the_callers)
{
	size_t descriptors = count_descriptors();
	struct listen_socket socket;
	size_t at = 0;

	config = plain_listener("unix", place.address);
	socket = open_listening(&config);
	do {
		ck_assert_uint_eq(count_descriptors(), descriptors + 1);
		memory_fail_after(at++);
		listener = new_listener(&socket);
		memory_heal();
	} while (!listener);
	ck_assert_uint_gt(at, 2);
}
END_TEST

START_TEST(without_memory_a_client_is_seen_off)
{
	int client;

	listen_with("tcp", loopback);
	client = connect_to(&listener->socket);
	memory_fail_after(0);
	rig_run_until(&rig, accepted == 1);
	memory_heal();
	ck_assert_uint_eq(rig.conns.tally.by_cause[ENDING_OUT_OF_MEMORY], 1);
	rig_run_until(&rig, client_look(client, NULL) == SEES_FIN);
	client_close(&client);
}
END_TEST

START_TEST(freeing_it_takes_the_file_of_its_socket_away)
{
	listen_with("unix", place.address);
	ck_assert_int_eq(access(place.path, F_OK), 0);
	listener_free(listener);
	listener = NULL;
	ck_assert_int_eq(access(place.path, F_OK), -1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("net/listener");
	TCase *accepting = tcase_create("accepting");
	TCase *trouble = tcase_create("trouble");

	tcase_add_checked_fixture(accepting, set_up, tear_down);
	tcase_add_loop_test(accepting, clients_become_connections, 0, 4);
	tcase_add_loop_test(accepting, a_connection_knows_who_called, 0, 2);
	tcase_add_test(accepting, a_fin_may_be_taken_for_leaving);
	tcase_add_test(accepting, a_crowd_does_not_keep_the_loop_to_itself);
	tcase_add_test(accepting, a_client_that_was_gone_before_it_was_accepted_is_no_matter);
	tcase_add_test(accepting, it_takes_other_settings_and_its_connections_with_it);
	tcase_add_test(accepting, it_passes_its_socket_to_another_without_a_gap);
	tcase_add_test(accepting, it_accepts_when_no_reason_to_pause_is_left);
	tcase_add_test(accepting, a_pause_is_at_once_and_the_queue_holds_the_rest);
	tcase_add_checked_fixture(trouble, set_up, tear_down);
	tcase_add_test(trouble, without_descriptors_it_backs_off_and_then_goes_on);
	tcase_add_test(
	    trouble, without_memory_there_is_no_listener_and_the_socket_stays_the_callers);
	tcase_add_test(trouble, without_memory_a_client_is_seen_off);
	tcase_add_test(trouble, freeing_it_takes_the_file_of_its_socket_away);
	suite_add_tcase(suite, accepting);
	suite_add_tcase(suite, trouble);
	return run_suite(suite);
}
