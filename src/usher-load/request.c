/* SPDX-License-Identifier: MIT */
#include "usher-load/request.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/panic.h"
#include "http/chars.h"
#include "http/token.h"

/* Beyond path, authority and headers. */
#define HEAD_REST_MAX 256
/* Beyond the size that a file is said to have. */
#define READ_BYTES 4096

void
request_mix_done(struct request_mix *mix)
{
	for (size_t i = 0; i < mix->count; i++)
		free(mix->items[i].bytes);
	free(mix->items);
	*mix = (struct request_mix){ NULL, 0, 0 };
}

/* Room for what is there, and one byte more, which shows that it is all. */
static int
grow(char **data, size_t *room, size_t wanted)
{
	char *grown = realloc(*data, wanted);

	if (!grown)
		return -ENOMEM;
	*data = grown;
	*room = wanted;
	return 0;
}

/* To the end, whatever its size was said to be: of a pipe nobody knows it. */
static int
read_to_end(int fd, char **data, size_t room, size_t *ret_len)
{
	size_t len = 0;

	for (;;) {
		ssize_t size = read(fd, *data + len, room - len);

		if (size <= 0) {
			*ret_len = len;
			return size < 0 ? -errno : 0;
		}
		len += (size_t)size;
		if (len > REQUEST_BODY_MAX)
			return -EFBIG;
		if (len == room) {
			int result = grow(data, &room, 2 * room);

			if (result != 0)
				return result;
		}
	}
}

static int
read_descriptor(int fd, char **ret_data, size_t *ret_len)
{
	struct stat status;
	char *data = NULL;
	size_t room = 0;
	int result;

	if (fstat(fd, &status) != 0)
		return -errno;
	if (status.st_size > REQUEST_BODY_MAX)
		return -EFBIG;
	result = grow(&data, &room, (size_t)status.st_size + READ_BYTES);
	if (result == 0)
		result = read_to_end(fd, &data, room, ret_len);
	if (result == 0)
		*ret_data = data;
	else
		free(data);
	return result;
}

int
request_read_file(const char *path, char **ret_data, size_t *ret_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result;

	if (fd < 0)
		return -errno;
	result = read_descriptor(fd, ret_data, ret_len);
	(void)close(fd);
	return result;
}

/* The name of a header line, or an absent slice where the line is none. */
static struct slice
name_of(const char *line)
{
	const char *colon = strchr(line, ':');
	struct slice name = { line, colon ? (size_t)(colon - line) : 0 };

	if (!colon || !http_token_is_valid(name) || strpbrk(line, "\r\n"))
		return (struct slice){ NULL, 0 };
	return name;
}

static bool
has_header(const struct request_parts *parts, struct slice name)
{
	for (size_t i = 0; i < parts->header_count; i++)
		if (slice_equals_nocase(name_of(parts->headers[i]), name))
			return true;
	return false;
}

static bool
is_target(const char *path)
{
	for (const char *at = path; *at; at++)
		if (!http_is_target_char(*at))
			return false;
	return path[0] != '\0';
}

static int
check(const struct request_parts *parts, struct text *error)
{
	if (!http_token_is_valid(slice_of(parts->method))) {
		text_put_format(error, "\"%s\" is no method", parts->method);
		return -EINVAL;
	}
	if (!is_target(parts->path)) {
		text_put_format(error, "\"%s\" is no path that a request can ask for", parts->path);
		return -EINVAL;
	}
	for (size_t i = 0; i < parts->header_count; i++)
		if (!name_of(parts->headers[i]).data) {
			text_put_format(
			    error, "\"%s\" is no header: write \"Name: value\"", parts->headers[i]);
			return -EINVAL;
		}
	return 0;
}

/* RFC 9110 8.6: a method that has a meaning for a body says so when it has none. */
static bool
wants_length(const struct request_parts *parts)
{
	static const char *const methods[] = { "POST", "PUT", "PATCH" };

	if (has_header(parts, SLICE("content-length")) ||
	    has_header(parts, SLICE("transfer-encoding")))
		return false;
	if (parts->body)
		return true;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(parts->method, methods[i]) == 0)
			return true;
	return false;
}

static void
put_head(struct text *text, const struct request_parts *parts)
{
	text_put_format(text, "%s %s HTTP/1.1\r\n", parts->method, parts->path);
	if (!has_header(parts, SLICE("host")))
		text_put_format(text, "Host: %s\r\n", parts->authority);
	for (size_t i = 0; i < parts->header_count; i++)
		text_put_format(text, "%s\r\n", parts->headers[i]);
	if (parts->says_close && !has_header(parts, SLICE("connection")))
		text_put_string(text, "Connection: close\r\n");
	if (wants_length(parts))
		text_put_format(text, "Content-Length: %zu\r\n", parts->body_len);
	text_put_string(text, "\r\n");
}

static size_t
head_room(const struct request_parts *parts)
{
	size_t room =
	    HEAD_REST_MAX + strlen(parts->method) + strlen(parts->path) + strlen(parts->authority);

	for (size_t i = 0; i < parts->header_count; i++)
		room += strlen(parts->headers[i]) + 2;
	return room;
}

static int
make(const struct request_parts *parts, struct request *request)
{
	size_t room = head_room(parts);
	struct text text = text_over(malloc(room + parts->body_len), room);

	if (!text.data)
		return -ENOMEM;
	put_head(&text, parts);
	must(!text.is_truncated);
	if (parts->body)
		memcpy(text.data + text.len, parts->body, parts->body_len);
	*request = (struct request){
		.bytes = text.data,
		.len = text.len + parts->body_len,
		.expect = parts->expect,
		.weight = parts->weight,
		.is_to_head = strcmp(parts->method, "HEAD") == 0,
	};
	return 0;
}

int
request_mix_add(struct request_mix *mix, const struct request_parts *parts, struct text *ret_error)
{
	struct request *items;
	int result = check(parts, ret_error);

	if (result != 0)
		return result;
	if (mix->count == REQUEST_MIX_MAX) {
		text_put_format(ret_error, "more than %d requests", REQUEST_MIX_MAX);
		return -E2BIG;
	}
	items = reallocarray(mix->items, mix->count + 1, sizeof(*items));
	if (items) {
		mix->items = items;
		result = make(parts, &items[mix->count]);
	}
	if (!items || result != 0) {
		text_put_string(ret_error, "there is no memory for the requests");
		return -ENOMEM;
	}
	mix->weight += items[mix->count].weight;
	mix->count++;
	return 0;
}

const struct request *
request_mix_at(const struct request_mix *mix, uint64_t number)
{
	const struct request *request = mix->items;

	while (number >= request->weight) {
		number -= request->weight;
		request++;
	}
	return request;
}
