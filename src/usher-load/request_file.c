/* SPDX-License-Identifier: MIT
 *
 * request_file: the lines of --request-file:
 *
 *   # weight  method  path              what else
 *   80        GET     /
 *   15        GET     /logo.png         status=200 sha256=9f86d0…
 *   5         POST    /form             body=form.txt status=200,303
 *
 * A body's file name counts from the working directory.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "usher-load/request.h"

#define LINE_MAX_BYTES 16384
#define WEIGHT_MAX 1000000

/* Cuts the next word off `*at`; NULL: there is none left. */
static char *
next_word(char **at)
{
	char *word = *at + strspn(*at, " \t\r\n");
	size_t len = strcspn(word, " \t\r\n");

	if (len == 0)
		return NULL;
	*at = word + len;
	if (**at)
		*(*at)++ = '\0';
	return word;
}

static int
take_body(struct request_parts *parts, const char *path, char **ret_body, struct text *error)
{
	int result = request_read_file(path, ret_body, &parts->body_len);

	if (result != 0)
		text_put_format(error, "the body %s: %s", path, strerror(-result));
	parts->body = *ret_body;
	return result;
}

/* status=LIST, sha256=HEX, body=FILE. */
static int
take_setting(struct request_parts *parts, const char *word, char **ret_body, struct text *error)
{
	int result = -EINVAL;

	if (strncmp(word, "body=", 5) == 0 && !*ret_body)
		return take_body(parts, word + 5, ret_body, error);
	if (strncmp(word, "status=", 7) == 0)
		result = expect_parse_statuses(&parts->expect, slice_of(word + 7));
	else if (strncmp(word, "sha256=", 7) == 0)
		result = expect_parse_digest(&parts->expect, word + 7);
	if (result != 0)
		text_put_format(
		    error, "\"%s\": a line ends with status=LIST, sha256=HEX and body=FILE", word);
	return result;
}

static int
take_line(struct request_mix *mix, char *line, struct request_parts *parts, struct text *error)
{
	char *at = line;
	char *weight = next_word(&at), *method = next_word(&at), *path = next_word(&at);
	char *body = NULL, *word;
	int result = 0;

	if (!weight || weight[0] == '#')
		return 0;
	if (!path || slice_to_u64(slice_of(weight), &parts->weight) != 0 || parts->weight == 0 ||
	    parts->weight > WEIGHT_MAX) {
		text_put_string(
		    error, "a line is: WEIGHT METHOD PATH, and the weight 1 to 1000000");
		return -EINVAL;
	}
	parts->method = method;
	parts->path = path;
	while (result == 0 && (word = next_word(&at)) != NULL)
		result = take_setting(parts, word, &body, error);
	if (result == 0)
		result = request_mix_add(mix, parts, error);
	free(body);
	return result;
}

static int
take_lines(struct request_mix *mix, FILE *file, const struct request_parts *defaults,
    unsigned *number, struct text *error)
{
	char line[LINE_MAX_BYTES];
	int result = 0;

	while (result == 0 && fgets(line, sizeof(line), file)) {
		struct request_parts parts = *defaults;

		(*number)++;
		if (strlen(line) == sizeof(line) - 1) {
			text_put_string(error, "the line is too long");
			return -EINVAL;
		}
		result = take_line(mix, line, &parts, error);
	}
	if (result == 0 && ferror(file)) {
		text_put_string(error, "it cannot be read");
		return -EIO;
	}
	return result;
}

int
request_mix_read(struct request_mix *mix, const char *path, const struct request_parts *defaults,
    struct text *ret_error)
{
	char room[400];
	struct text error = text_over(room, sizeof(room));
	unsigned line = 0;
	FILE *file = fopen(path, "re");
	int result;

	if (!file) {
		result = -errno;
		text_put_format(ret_error, "%s: %s", path, strerror(-result));
		return result;
	}
	result = take_lines(mix, file, defaults, &line, &error);
	(void)fclose(file);
	if (result == 0 && mix->count == 0) {
		text_put_string(&error, "there is no request in it");
		result = -EINVAL;
	}
	if (result != 0)
		text_put_format(ret_error, "%s:%u: %s", path, line, text_string(&error));
	return result;
}
