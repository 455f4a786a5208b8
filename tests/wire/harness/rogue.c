/* SPDX-License-Identifier: MIT
 *
 * rogue: sockets, and a child that plays the scripts.
 */
#include "rogue.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "place.h"
#include "usherd.h"

/* From the rogues to the test. */
static int tells[2] = { -1, -1 };

/* Few, so that a queue can be full. */
#define UNIX_BACKLOG 8

static const struct rogue_step answers[] = { { ROGUE_REQUEST }, { ROGUE_SEND, ROGUE_ANSWER },
	{ ROGUE_AGAIN } };

/* --- Steps ---------------------------------------------------------------- */

/* False: the client has ended the connection. */
static bool
read_head(int fd)
{
	static const char end[] = "\r\n\r\n";
	size_t seen = 0;
	char c;

	while (seen < sizeof(end) - 1) {
		if (recv(fd, &c, 1, 0) != 1)
			return false;
		seen = c == end[seen] ? seen + 1 : c == '\r';
	}
	return true;
}

static bool
read_bytes(int fd, size_t len)
{
	char c;

	while (len-- > 0)
		if (recv(fd, &c, 1, 0) != 1)
			return false;
	return true;
}

static bool
send_all(int fd, const char *text, int flags)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t size = send(fd, text, len, MSG_NOSIGNAL | flags);

		if (size < 0)
			return false;
		text += size;
		len -= (size_t)size;
	}
	return true;
}

static void
read_to_end(int fd)
{
	char unused[4096];

	while (recv(fd, unused, sizeof(unused), 0) > 0)
		continue;
}

/* True: on to the next step. */
static bool
perform(int fd, const struct rogue_step *step)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	switch (step->what) {
	case ROGUE_REQUEST:
		return read_head(fd);
	case ROGUE_BYTES:
		return read_bytes(fd, strlen(step->text));
	case ROGUE_SEND:
		return send_all(fd, step->text, 0);
	case ROGUE_HOLD:
		return send_all(fd, step->text, MSG_MORE);
	case ROGUE_FIN:
		(void)shutdown(fd, SHUT_WR);
		read_to_end(fd);
		return false;
	case ROGUE_TELL:
		return write(tells[1], "x", 1) == 1;
	case ROGUE_AWAIT:
		read_to_end(fd);
		return false;
	case ROGUE_RESET:
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		return false;
	case ROGUE_AGAIN:
	case ROGUE_END:
		break;
	}
	return false;
}

static void
serve(int fd, const struct rogue_step *script)
{
	const int on = 1;
	const struct rogue_step *step = script;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	while (perform(fd, step)) {
		step++;
		if (step->what == ROGUE_AGAIN)
			step = script;
	}
	(void)close(fd);
}

static _Noreturn void
play(int listener, const struct rogue_step *first, const struct rogue_step *others, pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(126);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			_exit(errno == EINTR ? 0 : 125);
		serve(fd, first ? first : answers);
		first = others;
	}
}

/* --- Sockets -------------------------------------------------------------- */

static int
listen_on(const struct sockaddr *address, socklen_t len, int type, int backlog)
{
	int fd = socket(address->sa_family, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, address, len) != 0 || (backlog >= 0 && listen(fd, backlog) != 0))
		wire_fail("a socket to listen on: %s", strerror(errno));
	return fd;
}

/* `backlog` below 0: bound only. */
static int
listen_on_loopback(int backlog, uint16_t *ret_port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = listen_on((const struct sockaddr *)&address, len, SOCK_STREAM, backlog);

	if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		wire_fail("getsockname: %s", strerror(errno));
	*ret_port = ntohs(address.sin_port);
	return fd;
}

static void
start(int listener, const struct rogue_step *first, const struct rogue_step *others)
{
	pid_t self = getpid();
	pid_t child;

	if (tells[0] < 0 && pipe2(tells, O_CLOEXEC) != 0)
		wire_fail("pipe: %s", strerror(errno));
	child = fork();
	if (child < 0)
		wire_fail("fork: %s", strerror(errno));
	if (child == 0)
		play(listener, first, others, self);
	(void)close(listener);
}

uint16_t
rogue_start(const struct rogue_step *first, const struct rogue_step *others)
{
	uint16_t port;

	start(listen_on_loopback(128, &port), first, others);
	return port;
}

void
rogue_start_unix(const char *path, int type, const struct rogue_step *script)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char *whole = place_expand(path);

	if (strlen(whole) >= sizeof(address.sun_path))
		wire_fail("the path is too long: %s", whole);
	memcpy(address.sun_path, whole, strlen(whole));
	free(whole);
	start(listen_on((const struct sockaddr *)&address, sizeof(address), type, UNIX_BACKLOG),
	    script, script);
}

void
rogue_await(void)
{
	struct pollfd fds = { tells[0], POLLIN, 0 };
	char unused;

	if (poll(&fds, 1, (int)(WIRE_DEADLINE_US / 1000)) != 1 || read(tells[0], &unused, 1) != 1)
		wire_fail("the rogue does not come to its word");
}

/* Bound and not listening: taken, and refuses. The descriptor ends with the test. */
uint16_t
rogue_closed_port(void)
{
	uint16_t port;

	(void)listen_on_loopback(-1, &port);
	return port;
}

/* A backlog of 0 admits one connection (listen(2) on Linux), and here it is. */
uint16_t
rogue_full_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	uint16_t port;
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)listen_on_loopback(0, &port);
	address.sin_port = htons(port);
	if (connect(client, (const struct sockaddr *)&address, sizeof(address)) != 0)
		wire_fail("the one connection: %s", strerror(errno));
	return port;
}
