/* SPDX-License-Identifier: MIT
 *
 * capture: a packet socket, and the two headers before a segment. Bound to one
 * protocol it sees each packet of loopback once, on its way in.
 */
#include "capture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Headers are all that is looked at. */
#define HEADERS_MAX 256
#define ROOM (32 << 20)

struct capture
capture_open(const struct address *server)
{
	struct capture capture = { .family = server->any.sa_family,
		.port = htons(address_port(server)) };
	const int room = ROOM;
	int protocol = capture.family == AF_INET ? ETHERTYPE_IP : ETHERTYPE_IPV6;

	capture.fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons((uint16_t)protocol));
	if (capture.fd < 0)
		wire_fail("packets cannot be captured: %s", strerror(errno));
	if (setsockopt(capture.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) != 0)
		(void)setsockopt(capture.fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	return capture;
}

void
capture_close(struct capture *capture)
{
	(void)close(capture->fd);
	free(capture->segments);
}

/* The lengths of the packet, and of its IP header; 0 when it is not TCP. */
static size_t
ip_header(const struct capture *capture, const char *packet, size_t *ret_len)
{
	const struct iphdr *ip = (const void *)packet;
	const struct ip6_hdr *ip6 = (const void *)packet;

	if (capture->family == AF_INET) {
		*ret_len = ntohs(ip->tot_len);
		return ip->protocol == IPPROTO_TCP ? ip->ihl * 4u : 0;
	}
	*ret_len = sizeof(*ip6) + ntohs(ip6->ip6_plen);
	return ip6->ip6_nxt == IPPROTO_TCP ? sizeof(*ip6) : 0;
}

static void
note(struct capture *capture, const char *packet)
{
	size_t len;
	size_t ip_len = ip_header(capture, packet, &len);
	const struct tcphdr *tcp = (const void *)(packet + ip_len);
	struct captured *more;

	if (ip_len == 0 || (tcp->th_sport != capture->port && tcp->th_dport != capture->port))
		return;
	more = reallocarray(capture->segments, capture->count + 1, sizeof(*more));
	if (!more)
		abort();
	capture->segments = more;
	more[capture->count++] = (struct captured){
		.is_from_server = tcp->th_sport == capture->port,
		.flags = tcp->th_flags,
		.seq = ntohl(tcp->th_seq),
		.ack = ntohl(tcp->th_ack),
		.len = len - ip_len - tcp->th_off * 4u,
	};
}

void
capture_take(struct capture *capture)
{
	struct tpacket_stats stats = { 0 };
	socklen_t len = sizeof(stats);
	_Alignas(8) char packet[HEADERS_MAX];

	while (recv(capture->fd, packet, sizeof(packet), MSG_DONTWAIT) > 0)
		note(capture, packet);
	if (getsockopt(capture->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len) != 0 ||
	    stats.tp_drops > 0)
		wire_fail("%u packets were not captured", stats.tp_drops);
}
