/* SPDX-License-Identifier: MIT */
#include "net/sockinfo.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif
#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

static const char *const tcp_states[] = {
	[TCP_ESTABLISHED] = "ESTABLISHED",
	[TCP_SYN_SENT] = "SYN-SENT",
	[TCP_SYN_RECV] = "SYN-RECEIVED",
	[TCP_FIN_WAIT1] = "FIN-WAIT-1",
	[TCP_FIN_WAIT2] = "FIN-WAIT-2",
	[TCP_TIME_WAIT] = "TIME-WAIT",
	[TCP_CLOSE] = "CLOSED",
	[TCP_CLOSE_WAIT] = "CLOSE-WAIT",
	[TCP_LAST_ACK] = "LAST-ACK",
	[TCP_LISTEN] = "LISTEN",
	[TCP_CLOSING] = "CLOSING",
};

static size_t
queued_bytes(int fd, unsigned long request)
{
	int bytes = 0;

	if (ioctl(fd, request, &bytes) != 0 || bytes < 0)
		return 0;
	return (size_t)bytes;
}

uint64_t
sockinfo_cookie(int fd)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) != 0)
		return 0;
	return cookie;
}

size_t
sockinfo_unread(int fd)
{
	return queued_bytes(fd, SIOCINQ);
}

size_t
sockinfo_unacknowledged(int fd)
{
	return queued_bytes(fd, SIOCOUTQ);
}

enum sockinfo_peer
sockinfo_peer(int fd, bool *ret_has_input)
{
	struct pollfd about = { .fd = fd, .events = POLLIN | POLLRDHUP };
	int result = poll(&about, 1, 0);

	if (ret_has_input)
		*ret_has_input = result != 0;
	if (result <= 0)
		return SOCKINFO_PEER_OPEN;
	if (about.revents & POLLERR)
		return SOCKINFO_PEER_RESET;
	return about.revents & (POLLRDHUP | POLLHUP) ? SOCKINFO_PEER_FIN : SOCKINFO_PEER_OPEN;
}

static int
tcp_info(int fd, struct tcp_info *ret_info)
{
	socklen_t len = sizeof(*ret_info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, ret_info, &len) != 0)
		return errno == ENOPROTOOPT ? -EOPNOTSUPP : -errno;
	return 0;
}

int
sockinfo_queue_length(int fd, struct sockinfo_queue *ret_queue)
{
	struct tcp_info info = { 0 };
	int result = tcp_info(fd, &info);

	if (result != 0)
		return result;
	if (info.tcpi_state != TCP_LISTEN)
		return -EOPNOTSUPP;
	/* On a listening socket these two have another meaning than their names
	 * say: see tcp_get_info in the kernel's net/ipv4/tcp.c. */
	ret_queue->length = info.tcpi_unacked;
	ret_queue->backlog = info.tcpi_sacked;
	ret_queue->drops = 0;
	return 0;
}

int
sockinfo_queue(int fd, struct sockinfo_queue *ret_queue)
{
	uint32_t memory[SK_MEMINFO_VARS] = { 0 };
	socklen_t len = sizeof(memory);
	int result = sockinfo_queue_length(fd, ret_queue);

	if (result != 0)
		return result;
	/* Drops are a bonus: a kernel before 4.12 does not tell them. */
	(void)getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &len);
	ret_queue->drops = memory[SK_MEMINFO_DROPS];
	return 0;
}

int
sockinfo_path(int fd, struct sockinfo_path *ret_path)
{
	struct tcp_info info = { 0 };
	int result = tcp_info(fd, &info);

	if (result != 0)
		return result;
	ret_path->rtt_us = info.tcpi_rtt;
	ret_path->retransmits = info.tcpi_total_retrans;
	ret_path->last_ack_ms = info.tcpi_last_ack_recv;
	ret_path->state = "unknown";
	if (info.tcpi_state < sizeof(tcp_states) / sizeof(tcp_states[0]) &&
	    tcp_states[info.tcpi_state])
		ret_path->state = tcp_states[info.tcpi_state];
	return 0;
}

uint32_t
sockinfo_queued_ms(int fd)
{
	struct tcp_info info = { 0 };

	return tcp_info(fd, &info) == 0 ? info.tcpi_last_ack_recv : 0;
}

int
sockinfo_option(int fd, int option)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0 ? value : -errno;
}
