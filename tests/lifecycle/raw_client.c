/* SPDX-License-Identifier: MIT
 *
 * raw_client: segments, made and read by hand.
 */
#include "raw_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define SEGMENT_MAX 65536
#define TEXT_MAX 2048
#define WINDOW 65535
#define FIRST_SEQ 1000

static void
hold_port(struct raw_client *client)
{
	struct sock_filter drop_all[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	const struct sock_fprog program = { .len = 1, .filter = drop_all };
	socklen_t len = sizeof(client->own);

	client->guard = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	client->own = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (bind(client->guard, (const struct sockaddr *)&client->own, len) < 0 ||
	    setsockopt(client->guard, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) <
		0 ||
	    listen(client->guard, 1) < 0 ||
	    getsockname(client->guard, (struct sockaddr *)&client->own, &len) < 0)
		wire_fail("no port for a raw client: %s", strerror(errno));
}

struct raw_client
raw_client_open(const struct endpoint *endpoint)
{
	struct raw_client client = { .server = endpoint->address.in, .next_seq = FIRST_SEQ };

	client.packets = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP);
	if (client.packets < 0)
		wire_fail("no raw socket: %s", strerror(errno));
	hold_port(&client);
	return client;
}

void
raw_client_close(struct raw_client *client)
{
	(void)close(client->packets);
	(void)close(client->guard);
	bytes_free(&client->input);
}

/* --- Sending ------------------------------------------------------------------- */

static uint32_t
add_words(uint32_t sum, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
	return sum;
}

/* Of the segment with its pseudo-header (RFC 9293 3.1). */
static uint16_t
checksum(const struct raw_client *client, const void *segment, size_t len)
{
	uint32_t sum = IPPROTO_TCP + (uint32_t)len;

	sum = add_words(sum, &client->own.sin_addr, sizeof(client->own.sin_addr));
	sum = add_words(sum, &client->server.sin_addr, sizeof(client->server.sin_addr));
	sum = add_words(sum, segment, len);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static void
send_segment(struct raw_client *client, uint8_t flags, const char *text)
{
	struct {
		struct tcphdr header;
		char text[TEXT_MAX];
	} segment = { 0 };
	size_t len = strlen(text);

	if (len > TEXT_MAX)
		wire_fail("too much for one segment");
	segment.header.th_sport = client->own.sin_port;
	segment.header.th_dport = client->server.sin_port;
	segment.header.th_seq = htonl(client->next_seq);
	segment.header.th_ack = htonl(client->next_ack);
	segment.header.th_off = sizeof(segment.header) / 4;
	segment.header.th_flags = flags;
	segment.header.th_win = htons(WINDOW);
	memcpy(segment.text, text, len);
	segment.header.th_sum = checksum(client, &segment, sizeof(segment.header) + len);
	if (sendto(client->packets, &segment, sizeof(segment.header) + len, 0,
		(const struct sockaddr *)&client->server, sizeof(client->server)) < 0)
		wire_fail("a raw segment cannot be sent: %s", strerror(errno));
	client->next_seq += (uint32_t)len + ((flags & (TH_SYN | TH_FIN)) != 0);
}

/* --- Receiving ----------------------------------------------------------------- */

struct segment {
	uint8_t flags;
	uint32_t seq;
	uint32_t ack;
	const char *data;
	size_t len;
};

/* True when the packet is a segment from the server to this client. */
static bool
parse(const struct raw_client *client, const char *packet, size_t size, struct segment *ret_segment)
{
	const struct iphdr *ip = (const void *)packet;
	const struct tcphdr *tcp = (const void *)(packet + ip->ihl * 4);
	size_t header_len = ip->ihl * 4u + tcp->th_off * 4u;

	if (size < header_len || tcp->th_sport != client->server.sin_port ||
	    tcp->th_dport != client->own.sin_port)
		return false;
	*ret_segment = (struct segment){ .flags = tcp->th_flags,
		.seq = ntohl(tcp->th_seq),
		.ack = ntohl(tcp->th_ack),
		.data = packet + header_len,
		.len = size - header_len };
	return true;
}

/* The next segment from the server. */
static struct segment
receive(struct raw_client *client)
{
	static _Alignas(8) char packet[SEGMENT_MAX];
	int64_t give_up_us = clock_monotonic_us() + WIRE_DEADLINE_US;
	struct pollfd readable = { client->packets, POLLIN, 0 };
	struct segment segment;

	for (;;) {
		ssize_t size = recv(client->packets, packet, sizeof(packet), MSG_DONTWAIT);

		if (size > 0 && parse(client, packet, (size_t)size, &segment))
			break;
		if (size < 0 && poll(&readable, 1, 1000) == 0 && clock_monotonic_us() > give_up_us)
			wire_fail("the server sends no segment");
	}
	if (segment.flags & TH_RST)
		wire_fail("the server has sent a RST");
	return segment;
}

/* --- The client ---------------------------------------------------------------- */

void
raw_client_begin(struct raw_client *client)
{
	send_segment(client, TH_SYN, "");
	raw_client_await_syn_ack(client);
}

void
raw_client_await_syn_ack(struct raw_client *client)
{
	struct segment answer = receive(client);

	if ((answer.flags & (TH_SYN | TH_ACK)) != (TH_SYN | TH_ACK))
		wire_fail("that is not a SYN-ACK");
	client->next_ack = answer.seq + 1;
}

void
raw_client_complete(struct raw_client *client)
{
	send_segment(client, TH_ACK, "");
}

void
raw_client_send(struct raw_client *client, const char *text)
{
	send_segment(client, TH_ACK | TH_PUSH, text);
}

void
raw_client_read_to_fin(struct raw_client *client)
{
	while (!client->has_fin) {
		struct segment segment = receive(client);

		/* What is sent again has been taken already. */
		if (segment.seq != client->next_ack || (segment.flags & TH_SYN))
			continue;
		bytes_put(&client->input, segment.data, segment.len);
		client->has_fin = (segment.flags & TH_FIN) != 0;
		client->next_ack += (uint32_t)segment.len + client->has_fin;
		if (segment.len > 0 || client->has_fin)
			send_segment(client, TH_ACK, "");
	}
}

void
raw_client_finish(struct raw_client *client)
{
	send_segment(client, TH_FIN | TH_ACK, "");
	while (receive(client).ack != client->next_seq)
		;
}
