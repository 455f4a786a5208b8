/* SPDX-License-Identifier: MIT
 *
 * streams: echo (RFC 862) and discard (RFC 863) over each transport: what is sent
 * comes back or vanishes, half-closes are honoured, memory is bounded.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/transports.h"
#include "harness/wire.h"

#define MIB ((size_t)1 << 20)

/* A listener "web" on the transport of row `row`, with that protocol. */
static struct usherd *
start_stream(const struct wire_transport *transport, const char *protocol)
{
	struct bytes config = { 0 };
	struct usherd *usherd;

	bytes_put_format(&config,
	    "listener \"web\" { address = \"%s\" port = 0 transport = %s service = \"s\" }\n"
	    "service \"s\" { protocol = %s }\n" TRACED "limits { output_bytes = \"64k\" }\n",
	    transport->address, transport->name, protocol);
	usherd = usherd_start(config.data);
	bytes_free(&config);
	return usherd;
}

/* The row of this turn of the loop, or NULL where the machine lacks it. */
static const struct wire_transport *
transport_of_turn(int turn, const char *function)
{
	const struct wire_transport *transport = wire_transport(turn);

	wire_about(transport->name);
	if (wire_transport_exists(transport))
		return transport;
	wire_skip(function, "this kernel has no such transport");
	return NULL;
}

START_TEST(an_echo_comes_back)
{
	const struct wire_transport *transport = transport_of_turn(_i, __func__);
	struct client *client;

	if (!transport)
		return;
	client = wire_connect(start_stream(transport, "echo"), "web");
	send_text(client, "hello");
	expect_text(client, "hello");
	send_text(client, "again");
	expect_text(client, "again");
	expect_nothing_yet(client);
}
END_TEST

START_TEST(an_echo_comes_back_whole_after_the_half_close)
{
	const struct wire_transport *transport = transport_of_turn(_i, __func__);
	struct client *client;

	if (!transport)
		return;
	client = wire_connect(start_stream(transport, "echo"), "web");
	send_text(client, "hello");
	half_close(client);
	expect_text(client, "hello");
	expect_fin(client);
	expect_no_reset(client);
}
END_TEST

START_TEST(discard_answers_nothing_but_the_fin)
{
	const struct wire_transport *transport = transport_of_turn(_i, __func__);
	struct client *client;

	if (!transport)
		return;
	client = wire_connect(start_stream(transport, "discard"), "web");
	send_text(client, "hello");
	expect_nothing_yet(client);
	half_close(client);
	expect_fin(client);
	expect_no_reset(client);
}
END_TEST

/* Sends `len` bytes of the pattern in blocks, and takes what comes back. */
static void
send_pattern(struct client *client, size_t len, size_t block_len)
{
	char *block = malloc(block_len);

	for (size_t offset = 0; offset < len; offset += block_len) {
		fill_pattern(block, block_len, offset);
		send_bytes(client, block, block_len);
	}
	free(block);
}

START_TEST(five_megabytes_come_back_in_order)
{
	const struct wire_transport *transport = transport_of_turn(_i, __func__);
	struct client *client;

	if (!transport)
		return;
	client = wire_connect(start_stream(transport, "echo"), "web");
	send_pattern(client, 5 * MIB, 16384);
	half_close(client);
	expect_pattern(client, 5 * MIB, 0);
	expect_fin(client);
	expect_no_reset(client);
}
END_TEST

START_TEST(discard_takes_five_megabytes)
{
	const struct wire_transport *transport = transport_of_turn(_i, __func__);
	struct client *client;

	if (!transport)
		return;
	client = wire_connect(start_stream(transport, "discard"), "web");
	send_pattern(client, 5 * MIB, 16384);
	half_close(client);
	expect_fin(client);
	expect_no_reset(client);
}
END_TEST

START_TEST(a_client_that_never_reads_costs_bounded_memory)
{
	const struct wire_transport *transport = transport_of_turn(_i, __func__);
	struct usherd *usherd;
	struct client *client;
	char *block;
	size_t sent;
	long before_kib;

	if (!transport)
		return;
	usherd = start_stream(transport, "echo");
	/* Not less: MPTCP over windows of a few bytes takes minutes. */
	client = wire_connect_narrow(usherd, "web", 65536);
	before_kib = usherd_memory_kib(usherd, "VmRSS:");
	block = calloc(1, 64 * MIB);
	sent = send_some(client, block, transport->keeps_messages ? 1024 : 64 * MIB);
	for (size_t now = 1; transport->keeps_messages && now > 0 && sent < 64 * MIB; sent += now)
		now = send_some(client, block, 1024);
	free(block);
	ck_assert_uint_lt(sent, 64 * MIB);
	if (!wire_is_sanitized())
		ck_assert_int_lt(usherd_memory_kib(usherd, "VmRSS:") - before_kib, 2048);
	discard(client, sent);
	expect_nothing_yet(client);
}
END_TEST

START_TEST(packets_stay_apart)
{
	char address[] = "seqpacket";
	struct usherd *usherd = start_stream(wire_transport_named(address), "echo");
	struct client *client = wire_connect(usherd, "web");
	char packet[64];

	for (int i = 1; i < 50; i++) {
		memset(packet, 'a' + i % 26, sizeof(packet));
		send_bytes(client, packet, (size_t)i);
	}
	for (int i = 1; i < 50; i++)
		ck_assert_int_eq(receive_packet(client), i);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("streams");
	TCase *streams = wire_case(suite, "streams", 60);
	int count = wire_transport_count();

	tcase_add_loop_test(streams, an_echo_comes_back, 0, count);
	tcase_add_loop_test(streams, an_echo_comes_back_whole_after_the_half_close, 0, count);
	tcase_add_loop_test(streams, discard_answers_nothing_but_the_fin, 0, count);
	tcase_add_loop_test(streams, five_megabytes_come_back_in_order, 0, count);
	tcase_add_loop_test(streams, discard_takes_five_megabytes, 0, count);
	tcase_add_loop_test(streams, a_client_that_never_reads_costs_bounded_memory, 0, count);
	tcase_add_test(streams, packets_stay_apart);
	return wire_run(suite);
}
