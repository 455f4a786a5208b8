/* SPDX-License-Identifier: MIT
 *
 * floor: the least that an answer over TCP can cost. A bare epoll loop that
 * takes every blank line for the end of a request and answers it with thirteen
 * bytes: one read and one write for all the requests that came together.
 *
 *   floor [-c] PORT      listens on 127.0.0.1; -c: one request per connection
 *
 * With -c a connection costs four system calls and the fewest packets: it is
 * accepted when its request is here, read at once, never watched, and the answer
 * waits for the FIN to leave with it.
 *
 * It parses nothing, opens nothing, logs nothing, waits for nobody and serves
 * nobody but bench/compare: what a server costs above it is the server's own.
 */
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER(connection) \
	"HTTP/1.1 200 OK\r\n" connection "Content-Length: 13\r\n\r\nHello, world\n"
#define DESCRIPTORS 65536
#define BATCH 1024
#define EVENTS 512

struct floor {
	int epoll;
	int listener;
	bool is_closing; /* after each answer */
	size_t answer_len;
	char answers[BATCH * sizeof(ANSWER("Connection: close\r\n"))];
	/* By descriptor: how many of CR LF CR LF the input so far ended with. */
	uint8_t matched[DESCRIPTORS];
};

static void
build_answers(struct floor *server)
{
	const char *answer = server->is_closing ? ANSWER("Connection: close\r\n") : ANSWER("");

	server->answer_len = strlen(answer);
	for (size_t i = 0; i < BATCH; i++)
		memcpy(server->answers + i * server->answer_len, answer, server->answer_len);
}

static void
watch(const struct floor *server, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		err(1, "epoll_ctl");
}

/* Listens; what is set here the accepted sockets inherit. */
static int
listen_on(uint16_t port, bool is_closing)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		err(1, "socket");
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
		err(1, "SO_REUSEADDR");
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
		err(1, "TCP_NODELAY");
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		err(1, "bind to port %u", port);
	if (is_closing && setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &on, sizeof(on)) != 0)
		err(1, "TCP_DEFER_ACCEPT");
	if (listen(fd, 4096) != 0)
		err(1, "listen");
	return fd;
}

/* How many blank lines end in `bytes`, given what the input before ended with. */
static size_t
count_requests(uint8_t *matched, const char *bytes, size_t len)
{
	static const char end[] = "\r\n\r\n";
	size_t requests = 0;
	unsigned state = *matched;

	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == end[state])
			state++;
		else
			state = bytes[i] == '\r';
		if (state == sizeof(end) - 1) {
			requests++;
			state = 0;
		}
	}
	*matched = (uint8_t)state;
	return requests;
}

/* Answers that the socket does not take whole end the connection: there is no
 * output buffer here, and the benchmark never fills one. */
static bool
answer(const struct floor *server, int fd, size_t requests)
{
	size_t len = requests * server->answer_len;

	int flags = server->is_closing ? MSG_MORE : 0;

	return requests <= BATCH && send(fd, server->answers, len, flags) == (ssize_t)len;
}

/* Whether the connection is still open. */
static bool
serve(struct floor *server, int fd)
{
	char input[65536];
	ssize_t len = recv(fd, input, sizeof(input), 0);
	size_t requests;

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (len > 0) {
		requests = count_requests(&server->matched[fd], input, (size_t)len);
		if (requests == 0 || (answer(server, fd, requests) && !server->is_closing))
			return true;
	}
	(void)close(fd);
	return false;
}

static void
accept_all(struct floor *server)
{
	int fd;

	while ((fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		if (fd >= DESCRIPTORS) {
			(void)close(fd);
			continue;
		}
		server->matched[fd] = 0;
		if (!server->is_closing || serve(server, fd))
			watch(server, fd);
	}
}

static void
run(struct floor *server)
{
	struct epoll_event events[EVENTS];

	for (;;) {
		int count = epoll_wait(server->epoll, events, EVENTS, -1);

		if (count < 0 && errno != EINTR)
			err(1, "epoll_wait");
		for (int i = 0; i < count; i++) {
			if (events[i].data.fd == server->listener)
				accept_all(server);
			else
				(void)serve(server, events[i].data.fd);
		}
	}
}

static uint16_t
port_of(const char *text)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	if (*text == '\0' || *end != '\0' || port == 0 || port > UINT16_MAX)
		errx(2, "%s is no port", text);
	return (uint16_t)port;
}

int
main(int argc, char **argv)
{
	static struct floor server;

	server.is_closing = argc > 1 && strcmp(argv[1], "-c") == 0;
	if (argc != 2 + server.is_closing)
		errx(2, "usage: floor [-c] PORT");
	build_answers(&server);
	server.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (server.epoll < 0)
		err(1, "epoll_create1");
	server.listener = listen_on(port_of(argv[argc - 1]), server.is_closing);
	watch(&server, server.listener);
	run(&server);
}
