/* SPDX-License-Identifier: MIT */
#include "client.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define SMALL_BUFFER 4096

static void
make_small(int fd, int option)
{
	int size = SMALL_BUFFER;

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, option, &size, sizeof(size)), 0);
}

static void
set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	ck_assert_int_ge(flags, 0);
	ck_assert_int_eq(fcntl(fd, F_SETFL, flags | O_NONBLOCK), 0);
}

static int
listen_on_loopback(enum wire wire, struct address *ret_address)
{
	struct slice host = wire == WIRE_TCP6 ? SLICE("::1") : SLICE("127.0.0.1");
	socklen_t len = sizeof(ret_address->un);
	int fd;

	ck_assert_int_eq(address_parse(host, 0, ret_address), 0);
	fd = socket(ret_address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, &ret_address->any, ret_address->len), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, &ret_address->any, &len), 0);
	return fd;
}

static void
open_tcp(const struct pair_options *options, int *ret_server, int *ret_client)
{
	struct address address;
	int listener = listen_on_loopback(options->wire, &address);

	*ret_client = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(*ret_client, 0);
	/* The window is agreed upon in the handshake. */
	if (options->has_small_buffers)
		make_small(*ret_client, SO_RCVBUF);
	ck_assert_int_eq(connect(*ret_client, &address.any, address.len), 0);
	*ret_server = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	ck_assert_int_ge(*ret_server, 0);
	ck_assert_int_eq(close(listener), 0);
}

static void
open_unix(int type, int *ret_server, int *ret_client)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), 0);
	set_nonblocking(ends[0]);
	*ret_server = ends[0];
	*ret_client = ends[1];
}

void
pair_open(const struct pair_options *options, int *ret_server, int *ret_client)
{
	if (options->wire == WIRE_UNIX)
		open_unix(SOCK_STREAM, ret_server, ret_client);
	else if (options->wire == WIRE_SEQPACKET)
		open_unix(SOCK_SEQPACKET, ret_server, ret_client);
	else
		open_tcp(options, ret_server, ret_client);
	if (options->has_small_buffers)
		make_small(*ret_server, SO_SNDBUF);
}

void
client_send(int fd, const void *data, size_t len)
{
	ck_assert_int_eq(send(fd, data, len, MSG_NOSIGNAL), (ssize_t)len);
}

void
client_finish(int fd)
{
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
}

void
client_reset(int *fd)
{
	const struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	ck_assert_int_eq(setsockopt(*fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
	client_close(fd);
}

void
client_close(int *fd)
{
	if (*fd >= 0)
		ck_assert_int_eq(close(*fd), 0);
	*fd = -1;
}

void
clients_close(int *fds, int count)
{
	for (int i = 0; i < count; i++)
		client_close(&fds[i]);
}

enum sight
client_read(int fd, char *data, size_t cap, size_t *ret_len)
{
	size_t len = 0;
	ssize_t got = 1;

	while (len < cap && got > 0) {
		got = recv(fd, data + len, cap - len, MSG_DONTWAIT);
		if (got > 0)
			len += (size_t)got;
	}
	*ret_len = len;
	if (got > 0 || (got < 0 && errno == EAGAIN))
		return SEES_NOTHING;
	if (got < 0)
		ck_assert_msg(errno == ECONNRESET, "recv: %s", strerror(errno));
	return got == 0 ? SEES_FIN : SEES_RESET;
}

enum sight
client_look(int fd, size_t *ret_bytes)
{
	char room[16384];
	enum sight sight;
	size_t len;

	do {
		sight = client_read(fd, room, sizeof(room), &len);
		if (ret_bytes)
			*ret_bytes += len;
	} while (len == sizeof(room) && sight == SEES_NOTHING);
	return sight;
}

int
client_connect(const struct address *address)
{
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_msg(
	    connect(fd, &address->any, address->len) == 0, "connect: %s", strerror(errno));
	return fd;
}

/* The byte of TCP flags, and with SYN and ACK; both: drop, else pass. */
static void
drop_syn_acks(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x12, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	const struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	ck_assert_int_eq(
	    setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)), 0);
}

int
client_begin_handshake(const struct address *address)
{
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	drop_syn_acks(fd);
	ck_assert_int_eq(connect(fd, &address->any, address->len), -1);
	ck_assert_int_eq(errno, EINPROGRESS);
	return fd;
}

void
client_end_handshake(int fd)
{
	int ignored = 0;

	ck_assert_int_eq(
	    setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &ignored, sizeof(ignored)), 0);
}

int
client_try(const struct address *address, int type, int *ret_fd)
{
	*ret_fd = socket(address->any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(*ret_fd, 0);
	if (connect(*ret_fd, &address->any, address->len) == 0 || errno == EINPROGRESS)
		return 0;
	return -errno;
}

int
client_tcp_state(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	return info.tcpi_state;
}

size_t
count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t count = 0;

	ck_assert_ptr_nonnull(directory);
	while (readdir(directory))
		count++;
	ck_assert_int_eq(closedir(directory), 0);
	return count;
}
