/* SPDX-License-Identifier: MIT
 *
 * response: the head: its lines, its fields, and what they must not say. Bodies
 * are in response_body.c.
 */
#include "response.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "client.h"

void
response_done(struct response *response)
{
	bytes_free(&response->head);
	bytes_free(&response->body);
	response->field_count = 0;
	response->status = 0;
}

size_t
response_field_count(const struct response *response, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < response->field_count; i++)
		count += strcasecmp(response->fields[i].name, name) == 0;
	return count;
}

const char *
response_field(const struct response *response, const char *name)
{
	for (size_t i = 0; i < response->field_count; i++)
		if (strcasecmp(response->fields[i].name, name) == 0)
			return response->fields[i].value;
	return NULL;
}

bool
response_has_token(const struct response *response, const char *name, const char *token)
{
	struct slice list = slice_of(response_field(response, name));
	struct slice element;

	while (slice_next_element(&list, &element))
		if (slice_equals_nocase(element, slice_of(token)))
			return true;
	return false;
}

/* Waits for a whole head, and moves it from the input. */
static void
take_head(struct response *response, struct client *client)
{
	struct bytes *input = client_input(client);
	const char *end;
	size_t len;

	while (!(end = strstr(bytes_string(input), "\r\n\r\n")))
		if (!client_fill(client))
			wire_fail("FIN before the end of a head: %.2000s", bytes_string(input));
	len = (size_t)(end - input->data) + 4;
	if (memchr(input->data, '\0', len))
		wire_fail("NUL in a head");
	bytes_put(&response->head, input->data, len);
	bytes_drop(input, len);
}

/* Cuts the next line off; it has to end in CRLF and hold neither CR nor LF. */
static char *
take_line(char **rest)
{
	char *line = *rest;
	char *end = strstr(line, "\r\n");

	if (!end)
		wire_fail("a line without CRLF: %s", line);
	*end = '\0';
	*rest = end + 2;
	for (const char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' && *c != '\t')
			wire_fail("a control character in the line: %s", line);
	return line;
}

/* HTTP-version SP status-code SP [ reason-phrase ], RFC 9112 4. */
static int
parse_status_line(const char *line)
{
	const char *code = line + strlen("HTTP/1.1 ");

	if (strncmp(line, "HTTP/1.1 ", strlen("HTTP/1.1 ")) != 0 ||
	    strspn(code, "0123456789") != 3 || code[0] < '1' || code[0] > '5' || code[3] != ' ')
		wire_fail("not a status line: %s", line);
	return (int)strtol(code, NULL, 10);
}

static void
parse_field(struct response *response, char *line)
{
	static const char token[] = "!#$%&'*+-.^_`|~0123456789"
				    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t len = strspn(line, token);
	size_t value_len = strlen(line + len);

	if (len == 0 || line[len] != ':' || line[len + 1] != ' ' || line[len + 2] == ' ' ||
	    line[len + value_len - 1] == ' ')
		wire_fail("not a field line: %s", line);
	if (response->field_count == RESPONSE_MAX_FIELDS)
		wire_fail("more than %d fields", RESPONSE_MAX_FIELDS);
	line[len] = '\0';
	response->fields[response->field_count].name = line;
	response->fields[response->field_count].value = line + len + 2;
	response->field_count++;
}

static void
check_date(const struct response *response)
{
	const char *date = response_field(response, "Date");
	struct tm tm = { 0 };
	char again[64];
	time_t then;

	if (response_field_count(response, "Date") != 1)
		wire_fail("%zu fields Date", response_field_count(response, "Date"));
	if (!strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &tm))
		wire_fail("not a date: %s", date);
	then = timegm(&tm);
	(void)strftime(again, sizeof(again), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	if (strcmp(again, date) != 0 || labs(time(NULL) - then) > 60)
		wire_fail("not the date of now, well written: %s", date);
}

static void
check_framing(const struct response *response)
{
	size_t lengths = response_field_count(response, "Content-Length");
	size_t codings = response_field_count(response, "Transfer-Encoding");
	const char *length = response_field(response, "Content-Length");
	const char *coding = response_field(response, "Transfer-Encoding");

	if (lengths + codings > 1)
		wire_fail("%zu Content-Length and %zu Transfer-Encoding", lengths, codings);
	if ((response->status < 200 || response->status == 204) && lengths + codings > 0)
		wire_fail("framing fields on a response that has no body");
	if (length && (*length == '\0' || length[strspn(length, "0123456789")] != '\0'))
		wire_fail("Content-Length: %s", length);
	if (coding && strcmp(coding, "chunked") != 0)
		wire_fail("Transfer-Encoding: %s", coding);
}

static void
check_no_repeats(const struct response *response)
{
	static const char *const single[] = { "Server", "Connection", "Content-Type", "ETag",
		"Last-Modified", "Location", "Content-Range", "Content-Encoding", "Allow", "Vary",
		"Accept-Ranges", "Cache-Control" };

	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++)
		if (response_field_count(response, single[i]) > 1)
			wire_fail("%s is repeated", single[i]);
}

void
response_read_head(struct response *response, struct client *client)
{
	char *rest;

	response_done(response);
	take_head(response, client);
	rest = response->head.data;
	response->status = parse_status_line(take_line(&rest));
	while (strcmp(rest, "\r\n") != 0)
		parse_field(response, take_line(&rest));
	check_framing(response);
	if (response->status >= 200) {
		check_date(response);
		check_no_repeats(response);
	}
}
