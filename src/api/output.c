/* SPDX-License-Identifier: MIT */
#include "api/output.h"

#include <unistd.h>

#include "api/api.h"
#include "net/file_body.h"

bool
api_reference_goes(const struct api_reference *reference, int *result, const char *function)
{
	const struct slice bytes = reference->bytes;
	bool is_over;

	if (*result == 0 && !bytes.data && bytes.len > 0)
		*result = api_refuse(USHER_INVALID, function, "there are no bytes to send");
	is_over = *result == USHER_GONE || (*result == 0 && bytes.len == 0);
	if (is_over && reference->release)
		reference->release(bytes.data, bytes.len, reference->owner);
	return *result == 0 && !is_over;
}

bool
api_part_goes(const struct api_part *part, int *result, const char *function)
{
	bool is_over;

	if (*result == 0 &&
	    (part->fd < 0 || part->offset < 0 || part->length < 0 ||
		part->offset > INT64_MAX - part->length))
		*result = api_refuse(USHER_INVALID, function, "that is no part of a file");
	is_over = *result == USHER_GONE || (*result == 0 && part->length == 0);
	if (is_over)
		(void)close(part->fd);
	return *result == 0 && !is_over;
}

struct file_body *
api_part_open(const struct api_part *part, struct conn *conn)
{
	struct file_body *file = file_body_new(part->fd, part->offset + part->length);

	if (!file)
		conn_abort(conn, ENDING_OUT_OF_MEMORY);
	return file;
}
