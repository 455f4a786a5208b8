/* SPDX-License-Identifier: MIT
 *
 * response_body: takes a body off the connection by the framing that its head
 * announced.
 */
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "response.h"

/* Waits until `len` bytes are there. */
static const char *
need(struct client *client, size_t len, const char *what)
{
	struct bytes *input = client_input(client);

	while (input->len < len)
		if (!client_fill(client))
			wire_fail("FIN within %s: %.2000s", what, bytes_string(input));
	return input->data;
}

static void
take_sized(struct response *response, struct client *client, size_t len)
{
	if (len == 0)
		return;
	bytes_put(&response->body, need(client, len, "a sized body"), len);
	bytes_drop(client_input(client), len);
}

/* chunk-size CRLF without extensions: usherd sends none. */
static size_t
take_chunk_size(struct client *client)
{
	struct bytes *input = client_input(client);
	const char *end;
	size_t size, digits;

	while (!(end = strstr(bytes_string(input), "\r\n")))
		(void)need(client, input->len + 1, "a chunk size");
	digits = strspn(input->data, "0123456789abcdefABCDEF");
	if (digits == 0 || input->data + digits != end)
		wire_fail("not a chunk size: %.*s", (int)(end - input->data), input->data);
	size = strtoul(input->data, NULL, 16);
	bytes_drop(input, digits + 2);
	return size;
}

static void
take_crlf(struct client *client)
{
	if (memcmp(need(client, 2, "a chunk's end"), "\r\n", 2) != 0)
		wire_fail("no CRLF after a chunk: %.100s", bytes_string(client_input(client)));
	bytes_drop(client_input(client), 2);
}

static void
take_chunked(struct response *response, struct client *client)
{
	size_t size;

	while ((size = take_chunk_size(client)) > 0) {
		take_sized(response, client, size);
		take_crlf(client);
	}
	take_crlf(client);
}

static void
take_until_fin(struct response *response, struct client *client)
{
	struct bytes *input = client_input(client);

	if (!response_has_token(response, "Connection", "close"))
		wire_fail("a body of unknown end, and no Connection: close");
	while (client_fill(client))
		;
	if (input->len > 0)
		take_sized(response, client, input->len);
}

void
response_read_body(struct response *response, struct client *client)
{
	const char *length = response_field(response, "Content-Length");

	if (response->status < 200 || response->status == 204 || response->status == 304)
		return;
	if (response_field(response, "Transfer-Encoding"))
		take_chunked(response, client);
	else if (length)
		take_sized(response, client, strtoul(length, NULL, 10));
	else
		take_until_fin(response, client);
}
