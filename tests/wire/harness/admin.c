/* SPDX-License-Identifier: MIT */
#include "admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "place.h"
#include "wire.h"

struct client *
admin_connect(void)
{
	struct endpoint endpoint = { .type = SOCK_STREAM };
	char *path = place_expand("unix:@dir@/admin.sock");

	if (address_parse(slice_of(path), 0, &endpoint.address) != 0)
		wire_fail("not an address: %s", path);
	free(path);
	return wire_connect_to(&endpoint, 0);
}

struct endpoint
admin_reading_endpoint(struct usherd *usherd)
{
	static const char before[] = "admin_readonly: listening on ";
	struct endpoint endpoint = { .type = SOCK_STREAM };
	const char *line = strstr(usherd_log(usherd), before);
	char words[128];
	struct slice host;
	uint16_t port;

	if (!line)
		wire_fail("the log has no line with: %s", before);
	line += strlen(before);
	(void)snprintf(words, sizeof(words), "%.*s", (int)strcspn(line, ","), line);
	if (address_split(words, &host, &port) != 0 ||
	    address_parse(host, port, &endpoint.address) != 0)
		wire_fail("not an address: %s", words);
	return endpoint;
}

struct client *
admin_connect_reading(struct usherd *usherd)
{
	const struct endpoint endpoint = admin_reading_endpoint(usherd);

	return wire_connect_to(&endpoint, 0);
}

struct slice
admin_get(const char *target)
{
	struct client *client = admin_connect();
	const struct response *response;
	char request[512];

	(void)snprintf(request, sizeof(request),
	    "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", target);
	send_text(client, request);
	expect_response(client, 200);
	response = last_response(client);
	return (struct slice){ response->body.data, response->body.len };
}

/* Between two questions nothing comes, so waiting for input is a pause. */
#define PAUSE_MS 20

void
admin_wait_for(const char *target, const char *path, uint64_t value)
{
	const int64_t until_us = clock_monotonic_us() + WIRE_DEADLINE_US;
	struct client *client = admin_connect();
	uint64_t seen;

	do {
		const struct response *response;

		send_get(client, target);
		expect_response(client, 200);
		response = last_response(client);
		seen = json_number((struct slice){ response->body.data, response->body.len }, path);
		if (seen == value) {
			client_close(client);
			return;
		}
	} while (!client_has_input(client, PAUSE_MS) && clock_monotonic_us() < until_us);
	wire_fail("%s of %s stays %llu instead of %llu", path, target, (unsigned long long)seen,
	    (unsigned long long)value);
}
