/* SPDX-License-Identifier: MIT
 *
 * expect: what a client listens for.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "client.h"
#include "client_private.h"
#include "place.h"

/* How long "nothing yet" is watched. */
#define A_MOMENT_MS 30

void
expect_response_head(struct client *client, int status)
{
	response_read_head(&client->response, client);
	if (client->response.status != status) {
		response_read_body(&client->response, client);
		wire_fail("status %d instead of %d, with the body: %.1000s",
		    client->response.status, status, bytes_string(&client->response.body));
	}
}

void
expect_response_to_head(struct client *client, int status)
{
	response_read_head(&client->response, client);
	if (client->response.status != status)
		wire_fail("status %d instead of %d", client->response.status, status);
}

void
expect_response(struct client *client, int status)
{
	expect_response_head(client, status);
	response_read_body(&client->response, client);
}

int
read_response_head(struct client *client)
{
	do
		response_read_head(&client->response, client);
	while (client->response.status < 200);
	return client->response.status;
}

int
read_response(struct client *client)
{
	(void)read_response_head(client);
	response_read_body(&client->response, client);
	return client->response.status;
}

struct response *
last_response(struct client *client)
{
	return &client->response;
}

/* The value of the field, which has to be there once. */
static const char *
value_of(const struct client *client, const char *name)
{
	if (response_field_count(&client->response, name) != 1)
		wire_fail("%zu fields %s", response_field_count(&client->response, name), name);
	return response_field(&client->response, name);
}

void
expect_field(struct client *client, const char *name, const char *value)
{
	const char *got = value_of(client, name);

	if (strcmp(got, value) != 0)
		wire_fail("%s is '%s' instead of '%s'", name, got, value);
}

void
expect_field_with(struct client *client, const char *name, const char *part)
{
	const char *got = value_of(client, name);

	if (!strstr(got, part))
		wire_fail("%s is '%s', without '%s'", name, got, part);
}

void
expect_no_field(struct client *client, const char *name)
{
	const char *value = response_field(&client->response, name);

	if (value)
		wire_fail("%s is there: %s", name, value);
}

void
expect_body(struct client *client, const char *text)
{
	const struct bytes *body = &client->response.body;

	if (body->len != strlen(text) || strcmp(bytes_string(body), text) != 0)
		wire_fail("the body is '%.1000s' (%zu bytes) instead of '%.1000s' (%zu)",
		    bytes_string(body), body->len, text, strlen(text));
}

void
expect_body_with(struct client *client, const char *part)
{
	if (!strstr(bytes_string(&client->response.body), part))
		wire_fail("the body '%.1000s' is without '%s'",
		    bytes_string(&client->response.body), part);
}

/* Waits for at least one byte of input. */
static void
need_input(struct client *client, size_t missing)
{
	if (client->input.len == 0 && !client_fill(client))
		wire_fail("FIN, and %zu bytes were still expected", missing);
}

void
expect_bytes(struct client *client, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		size_t now;

		need_input(client, len);
		now = client->input.len < len ? client->input.len : len;
		if (memcmp(client->input.data, at, now) != 0)
			wire_fail("'%.*s' came instead of '%.*s'", (int)(now < 500 ? now : 500),
			    client->input.data, (int)(now < 500 ? now : 500), at);
		bytes_drop(&client->input, now);
		at += now;
		len -= now;
	}
}

void
expect_text(struct client *client, const char *text)
{
	expect_bytes(client, text, strlen(text));
}

void
expect_pattern(struct client *client, size_t len, size_t offset)
{
	char block[65536];

	while (len > 0) {
		size_t now = len < sizeof(block) ? len : sizeof(block);

		fill_pattern(block, now, offset);
		expect_bytes(client, block, now);
		offset += now;
		len -= now;
	}
}

void
discard(struct client *client, size_t len)
{
	while (len > 0) {
		size_t now;

		need_input(client, len);
		now = client->input.len < len ? client->input.len : len;
		bytes_drop(&client->input, now);
		len -= now;
	}
}

size_t
discard_some(struct client *client, size_t max)
{
	static char block[65536];
	size_t total = 0;
	ssize_t got = 0;

	do {
		total += (size_t)got;
		got = recv(client->fd, block,
		    max - total < sizeof(block) ? max - total : sizeof(block), MSG_DONTWAIT);
	} while (got > 0 && total + (size_t)got < max);
	return got > 0 ? total + (size_t)got : total;
}

int
receive_packet(struct client *client)
{
	size_t len;

	need_input(client, 1);
	len = client->input.len;
	bytes_free(&client->input);
	return (int)len;
}

void
expect_fin(struct client *client)
{
	if (client->input.len > 0 || client_fill(client))
		wire_fail("%zu bytes came instead of FIN: %.1000s", client->input.len,
		    bytes_string(&client->input));
}

size_t
expect_fin_after_anything(struct client *client)
{
	size_t total = 0;

	do {
		total += client->input.len;
		bytes_free(&client->input);
	} while (client_fill(client));
	return total;
}

void
expect_no_reset(struct client *client)
{
	int error = 0;
	socklen_t len = sizeof(error);

	(void)getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (client->is_reset || error != 0)
		wire_fail("the connection was reset: %s", strerror(error));
}

void
expect_reset(struct client *client)
{
	int64_t deadline_us = clock_monotonic_us() + WIRE_DEADLINE_US;
	struct pollfd fds = { client->fd, POLLIN, 0 };

	while (!client->is_reset) {
		if (clock_monotonic_us() > deadline_us || client->is_at_fin)
			wire_fail("the connection was not reset");
		(void)poll(&fds, 1, 100);
		(void)client_take(client);
	}
}

bool
client_has_input(struct client *client, int wait_ms)
{
	struct pollfd fds = { client->fd, POLLIN, 0 };

	return client->input.len > 0 || poll(&fds, 1, wait_ms) > 0;
}

void
expect_nothing_yet(struct client *client)
{
	if (client_has_input(client, A_MOMENT_MS)) {
		(void)client_take(client);
		wire_fail("something came: '%.1000s'%s", bytes_string(&client->input),
		    client->is_at_fin ? ", FIN" : "");
	}
}
