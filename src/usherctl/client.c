/* SPDX-License-Identifier: MIT
 *
 * client: a socket that never blocks, and poll(2) with what is left of the
 * deadline.
 */
#include "usherctl/client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "usherctl/dial.h"
#include "version.h"

#define REQUEST_MAX 1024
#define READ_BYTES 65536

struct exchange {
	const struct client *client;
	int fd;
	int64_t deadline_us; /* of clock_monotonic_us */
	struct answer *answer;
};

static int
wait_for(const struct exchange *exchange, short events)
{
	return dial_wait(
	    exchange->fd, events, exchange->client->interrupt_fd, exchange->deadline_us);
}

static int
send_all(const struct exchange *exchange, struct slice bytes)
{
	while (bytes.len > 0) {
		ssize_t sent = send(exchange->fd, bytes.data, bytes.len, MSG_NOSIGNAL);
		int error = sent < 0 ? -errno : 0;

		if (error == -EAGAIN)
			error = wait_for(exchange, POLLOUT);
		else if (sent > 0)
			bytes = slice_from(bytes, (size_t)sent);
		if (error != 0 && error != -EINTR)
			return error;
	}
	return 0;
}

/* Takes what has come. 1 where the answer is complete. */
static int
receive_some(struct exchange *exchange)
{
	char bytes[READ_BYTES];
	ssize_t got = recv(exchange->fd, bytes, sizeof(bytes), 0);
	int error = 0;

	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (got == 0)
		error = answer_end(exchange->answer);
	else
		error = answer_feed(exchange->answer, bytes, (size_t)got);
	if (error != 0)
		return error;
	return exchange->answer->state == ANSWER_COMPLETE ? 1 : 0;
}

static int
receive_answer(struct exchange *exchange)
{
	int result = 0;

	while (result == 0) {
		result = wait_for(exchange, POLLIN);
		if (result == 0)
			result = receive_some(exchange);
	}
	return result == 1 ? 0 : result;
}

static int
talk(struct exchange *exchange, const char *method, const char *target)
{
	char room[REQUEST_MAX];
	struct text request = text_over(room, sizeof(room));
	int error;

	text_put_format(&request,
	    "%s %s HTTP/1.1\r\nHost: usherd\r\nUser-Agent: usherctl/" USHER_VERSION "\r\n"
	    "Accept: application/json, text/plain\r\nConnection: close\r\n%s\r\n",
	    method, target, strcmp(method, "POST") == 0 ? "Content-Length: 0\r\n" : "");
	if (request.is_truncated)
		return -ENAMETOOLONG;
	error = send_all(exchange, text_slice(&request));
	/* A daemon that refuses early has answered all the same. */
	if (error != 0 && error != -EPIPE && error != -ECONNRESET)
		return error;
	return receive_answer(exchange);
}

/* --- In words ---------------------------------------------------------------- */

static const char *
hint_of_failed_dial(int error)
{
	switch (error) {
	case -ENOENT:
		return "There is no such socket: usherd does not run, or its configuration has no "
		       "such `admin` address.";
	case -ECONNREFUSED:
		return "Nobody listens there: usherd has ended, or listens elsewhere.";
	case -EACCES:
	case -EPERM:
		return "Only root and the user that usherd runs as may use it: try sudo.";
	case -ETIMEDOUT:
		return "It takes no connections: is the process stopped, or the machine "
		       "overloaded?";
	default:
		return "";
	}
}

static void
explain_dial(const struct client *client, int error, struct text *why)
{
	const char *hint = hint_of_failed_dial(error);

	text_put_format(why, "no usherd at %s: %s", client->address,
	    error == -EADDRNOTAVAIL ? "no such host" : strerror(-error));
	if (*hint)
		text_put_format(why, "\n%s", hint);
	text_put_string(why,
	    "\nSee `systemctl status usher`; another address is given by -s ADDRESS or "
	    "$USHER_ADMIN.");
}

static void
explain_exchange(const struct client *client, int error, struct text *why)
{
	char room[64];
	struct text limit = text_over(room, sizeof(room));

	text_put_duration(&limit, client->timeout_us);
	switch (error) {
	case -ETIMEDOUT:
		text_put_format(why,
		    "%s: no answer within %s\nIt took the connection, so something lives there; "
		    "--timeout waits longer.",
		    client->address, text_string(&limit));
		break;
	case -EBADMSG:
		text_put_format(why, "%s: what answers there does not speak HTTP as usherd does",
		    client->address);
		break;
	case -EFBIG:
		text_put_format(
		    why, "%s: the answer is longer than usherctl takes", client->address);
		break;
	case -EPIPE:
		text_put_format(why, "%s: it ended the connection before its answer was complete",
		    client->address);
		break;
	default:
		text_put_format(why, "%s: %s", client->address, strerror(-error));
	}
}

static enum client_verdict
verdict_of_dial(const struct client *client, int error, struct text *why)
{
	if (error == -EINTR)
		return CLIENT_INTERRUPTED;
	if (error == -EINVAL || error == -ENAMETOOLONG) {
		text_put_format(why,
		    "\"%s\" is no address: it is unix:/path or host:port, such as "
		    "unix:/run/usher/admin.sock or 127.0.0.1:9400",
		    client->address);
		return CLIENT_WRONG_ADDRESS;
	}
	explain_dial(client, error, why);
	return CLIENT_UNREACHABLE;
}

enum client_verdict
client_ask(const struct client *client, const char *method, const char *target,
    struct answer **ret_answer, struct text *why)
{
	struct exchange exchange = { .client = client };
	int error;

	exchange.deadline_us = clock_monotonic_us() + client->timeout_us;
	exchange.fd = dial(client->address, client->interrupt_fd, exchange.deadline_us);
	if (exchange.fd < 0)
		return verdict_of_dial(client, exchange.fd, why);
	exchange.answer = answer_new();
	error = exchange.answer ? talk(&exchange, method, target) : -ENOMEM;
	(void)close(exchange.fd);
	if (error == 0) {
		*ret_answer = exchange.answer;
		return CLIENT_OK;
	}
	answer_free(exchange.answer);
	if (error == -EINTR)
		return CLIENT_INTERRUPTED;
	explain_exchange(client, error, why);
	return CLIENT_FAILED;
}
