/* SPDX-License-Identifier: MIT */
#include "server/inheritance.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "server/handover_link.h"
#include "server/immigration.h"
#include "server/serving.h"

/* The predecessor sends its sockets before anything else. */
#define SOCKETS_WAIT_MS 10000
/* The predecessor reads at once what it is told; for memory it may take a moment. */
#define TELL_TRIES 100
#define TELL_WAIT_MS 10
/* Messages taken in one turn of the main loop. */
#define LETTERS_A_TURN 8

struct inherited {
	struct handover_socket socket;
	int fd; /* -1: taken */
	bool is_taken;
};

/* --- The sockets ------------------------------------------------------------------ */

bool
inheritance_is_offered(void)
{
	return getenv(INHERITANCE_VARIABLE) != NULL;
}

static bool
read_descriptors(struct inheritance *inheritance, const char *value)
{
	const char *colon = strchr(value, ':');
	uint64_t link;
	uint64_t error;

	if (!colon || slice_to_u64((struct slice){ value, (size_t)(colon - value) }, &link) != 0 ||
	    slice_to_u64(slice_of(colon + 1), &error) != 0 || link > INT32_MAX || error > INT32_MAX)
		return false;
	inheritance->link = (int)link;
	inheritance->stderr_fd = (int)error;
	return fcntl((int)link, F_SETFD, FD_CLOEXEC) == 0 &&
	    fcntl((int)error, F_SETFD, FD_CLOEXEC) == 0;
}

static int
say_failed(const struct handover_letter *letter, int error, struct text *ret_error)
{
	text_put_string(ret_error, "upgrade: the predecessor ");
	if (error == -EPROTONOSUPPORT)
		text_put_format(ret_error,
		    "speaks version %u of the handover, and this usherd version %d: restart it "
		    "instead",
		    letter->version, HANDOVER_VERSION);
	else
		text_put_format(ret_error, "did not hand its sockets over: %s", strerror(-error));
	return error;
}

/* A signal ends poll(2), and what it said need not be so any more. */
static int
receive_in_time(int fd, struct handover_letter *letter)
{
	const int64_t until_us = clock_monotonic_us() + SOCKETS_WAIT_MS * INT64_C(1000);
	struct pollfd link = { .fd = fd, .events = POLLIN };
	int64_t left_us;
	int result = -EAGAIN;

	while (result == -EAGAIN && (left_us = until_us - clock_monotonic_us()) > 0) {
		if (poll(&link, 1, (int)(left_us / 1000) + 1) == 1)
			result = handover_receive(fd, letter);
		else if (errno != EINTR && errno != EAGAIN)
			break;
	}
	return result == -EAGAIN ? -ETIMEDOUT : result;
}

static int
await(struct inheritance *inheritance, enum handover_type type, struct handover_letter *letter,
    struct text *ret_error)
{
	int result = receive_in_time(inheritance->link, letter);

	if (result == 0 && letter->message.type != type) {
		handover_letter_close(letter);
		result = -EPROTO;
	}
	return result == 0 ? 0 : say_failed(letter, result, ret_error);
}

static int
receive_sockets(
    struct inheritance *inheritance, struct handover_letter *letter, struct text *ret_error)
{
	int result = await(inheritance, HANDOVER_HELLO, letter, ret_error);
	size_t count;

	if (result != 0)
		return result;
	inheritance->predecessor = (pid_t)letter->message.hello.pid;
	count = letter->message.hello.sockets;
	log_info("takes the place of %s, pid %ld", letter->message.hello.program,
	    (long)inheritance->predecessor);
	inheritance->sockets = calloc(count + 1, sizeof(*inheritance->sockets));
	if (!inheritance->sockets)
		return say_failed(letter, -ENOMEM, ret_error);
	while (inheritance->count < count && result == 0) {
		result = await(inheritance, HANDOVER_SOCKET, letter, ret_error);
		if (result == 0)
			inheritance->sockets[inheritance->count++] =
			    (struct inherited){ .socket = letter->message.socket,
				    .fd = letter->fds[0] };
	}
	return result;
}

int
inheritance_init(struct inheritance *inheritance, struct text *ret_error)
{
	const char *value = getenv(INHERITANCE_VARIABLE);
	struct handover_letter *letter;
	int result;

	*inheritance =
	    (struct inheritance){ .link = -1, .stderr_fd = -1, .is_lent = value != NULL };
	if (!value)
		return 0;
	if (!read_descriptors(inheritance, value)) {
		text_put_format(ret_error, "%s=%s: no descriptors of a predecessor",
		    INHERITANCE_VARIABLE, value);
		return -EINVAL;
	}
	(void)unsetenv(INHERITANCE_VARIABLE);
	letter = malloc(sizeof(*letter));
	if (!letter) {
		text_put_string(ret_error, "no memory");
		return -ENOMEM;
	}
	result = receive_sockets(inheritance, letter, ret_error);
	free(letter);
	return result;
}

/* A port that the kernel chose is another one for each listener. */
static bool
is_wished(const struct inherited *inherited, const struct inheritance_wish *wish)
{
	const struct handover_socket *socket = &inherited->socket;

	if (inherited->fd < 0 || socket->kind != wish->kind || socket->loop != wish->loop ||
	    strcmp(socket->transport, wish->transport->name) != 0 ||
	    !address_equals(&socket->asked, wish->address))
		return false;
	return address_is_unix(&socket->asked) || address_port(&socket->asked) != 0 ||
	    strcmp(socket->name, wish->config->name) == 0;
}

int
inheritance_take(struct inheritance *inheritance, const struct inheritance_wish *wish,
    struct listen_socket *ret_socket, struct text *ret_error)
{
	for (size_t i = 0; i < inheritance->count; i++) {
		struct inherited *inherited = &inheritance->sockets[i];
		int result;

		if (!is_wished(inherited, wish))
			continue;
		result = listen_socket_inherit(
		    inherited->fd, wish->config, wish->transport, ret_socket, ret_error);
		if (result != 0)
			return result;
		if (wish->share_port)
			listen_socket_share_port(ret_socket, true);
		ret_socket->asked = *wish->address;
		ret_socket->is_inherited = inherited->socket.is_shared;
		ret_socket->device = (dev_t)inherited->socket.device;
		ret_socket->inode = (ino_t)inherited->socket.inode;
		ret_socket->is_lent = &inheritance->is_lent;
		inherited->fd = -1;
		inherited->is_taken = true;
		return 0;
	}
	return -ENOENT;
}

/* --- The verdict ------------------------------------------------------------------- */

static int
tell(struct inheritance *inheritance, const struct handover_message *message)
{
	int result = handover_send(inheritance->link, message, NULL, 0);

	/* What is not told would never be told: nothing else waits for the link to take it. */
	for (int i = 0; i < TELL_TRIES && result == -EAGAIN; i++) {
		(void)poll(NULL, 0, TELL_WAIT_MS);
		result = handover_send(inheritance->link, message, NULL, 0);
	}
	return result == -EAGAIN ? -ETIMEDOUT : result;
}

static void
close_sockets(struct inheritance *inheritance)
{
	for (size_t i = 0; i < inheritance->count; i++)
		if (inheritance->sockets[i].fd >= 0)
			(void)close(inheritance->sockets[i].fd);
	free(inheritance->sockets);
	inheritance->sockets = NULL;
	inheritance->count = 0;
}

void
inheritance_decline(struct inheritance *inheritance, const char *why)
{
	struct handover_message message = { .type = HANDOVER_DECLINE };

	if (inheritance->link < 0)
		return;
	(void)snprintf(message.words, sizeof(message.words), "%s", why);
	(void)!tell(inheritance, &message);
}

/* What stood in the predecessor's way to hear us is over. */
static void
restore_stderr(struct inheritance *inheritance)
{
	(void)dup2(inheritance->stderr_fd, STDERR_FILENO);
	(void)close(inheritance->stderr_fd);
	inheritance->stderr_fd = -1;
	if (strcmp(inheritance->serving->generation->config->log.target, "stderr") == 0)
		log_open();
}

/* --- Connections -------------------------------------------------------------------- */

static void
settle(struct inheritance *inheritance)
{
	if (inheritance->event)
		event_free(inheritance->event);
	inheritance->event = NULL;
	(void)close(inheritance->link);
	inheritance->link = -1;
	if (inheritance->on_settled)
		inheritance->on_settled(inheritance->arg);
}

/* Descriptors that were taken leave the letter. */
static int
take_connections(struct inheritance *inheritance, struct handover_letter *letter)
{
	const struct handover_batch *batch = &letter->message.batch;
	struct handover_message answer = { .type = HANDOVER_TAKEN, .number = batch->number };
	int result = immigration_send(inheritance->serving, batch, letter->fds);

	if (result != 0)
		return result;
	inheritance->connections += batch->count;
	return tell(inheritance, &answer);
}

/* 0 where more may come; else everything has come, or the link is broken. */
static int
take_letter(struct inheritance *inheritance, struct handover_letter *letter)
{
	int result = handover_receive(inheritance->link, letter);

	if (result != 0)
		return result;
	if (letter->message.type == HANDOVER_CONNECTIONS)
		result = take_connections(inheritance, letter);
	else
		result = letter->message.type == HANDOVER_DONE ? 1 : -EPROTO;
	handover_letter_close(letter);
	return result;
}

static void
on_link(evutil_socket_t fd, short events, void *arg)
{
	struct inheritance *inheritance = arg;
	struct handover_letter *letter = malloc(sizeof(*letter));
	int result = letter ? 0 : -EAGAIN;

	(void)fd;
	(void)events;
	for (int i = 0; i < LETTERS_A_TURN && result == 0; i++)
		result = take_letter(inheritance, letter);
	free(letter);
	if (result == 0 || result == -EAGAIN)
		return;
	if (result == 1)
		log_info("%llu connections were handed over by pid %ld, which has no more",
		    (unsigned long long)inheritance->connections, (long)inheritance->predecessor);
	else
		log_warning("the handover by pid %ld ended after %llu connections: %s",
		    (long)inheritance->predecessor, (unsigned long long)inheritance->connections,
		    strerror(-result));
	settle(inheritance);
}

void
inheritance_accept(struct inheritance *inheritance, struct event_base *base,
    const struct serving *serving, void (*on_settled)(void *arg), void *arg)
{
	struct handover_message message = { .type = HANDOVER_READY };

	if (inheritance->link < 0)
		return;
	inheritance->serving = serving;
	inheritance->on_settled = on_settled;
	inheritance->arg = arg;
	message.ready.pid = (uint32_t)getpid();
	message.ready.sockets = (uint32_t)inheritance->count;
	for (size_t i = 0; i < inheritance->count; i++)
		message.ready.taken[i] = inheritance->sockets[i].is_taken;
	close_sockets(inheritance);
	inheritance->is_lent = false;
	restore_stderr(inheritance);
	inheritance->event =
	    event_new(base, inheritance->link, EV_READ | EV_PERSIST, on_link, inheritance);
	if (inheritance->event && event_add(inheritance->event, NULL) == 0 &&
	    tell(inheritance, &message) == 0)
		return;
	log_error("upgrade: the predecessor cannot be told that this process serves");
	settle(inheritance);
}

void
inheritance_leave(struct inheritance *inheritance)
{
	const struct handover_message message = { .type = HANDOVER_LEAVING };

	if (inheritance->link >= 0)
		(void)!tell(inheritance, &message);
}

bool
inheritance_is_under_way(const struct inheritance *inheritance)
{
	return inheritance->link >= 0;
}

void
inheritance_done(struct inheritance *inheritance)
{
	close_sockets(inheritance);
	if (inheritance->event)
		event_free(inheritance->event);
	if (inheritance->link >= 0)
		(void)close(inheritance->link);
	if (inheritance->stderr_fd >= 0)
		(void)close(inheritance->stderr_fd);
	*inheritance = (struct inheritance){ .link = -1, .stderr_fd = -1 };
}
