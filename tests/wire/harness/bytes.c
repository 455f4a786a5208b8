/* SPDX-License-Identifier: MIT
 *
 * bytes: a buffer that grows.
 */
#include "bytes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *
bytes_reserve(struct bytes *bytes, size_t len)
{
	size_t needed = bytes->len + len + 1;

	if (needed > bytes->cap) {
		bytes->cap = needed < 2 * bytes->cap ? 2 * bytes->cap : needed;
		bytes->data = realloc(bytes->data, bytes->cap);
		if (!bytes->data) {
			perror("realloc");
			abort();
		}
	}
	return bytes->data + bytes->len;
}

void
bytes_put(struct bytes *bytes, const void *data, size_t len)
{
	char *room = bytes_reserve(bytes, len);

	if (len > 0)
		memcpy(room, data, len);
	bytes->len += len;
	bytes->data[bytes->len] = '\0';
}

void
bytes_put_string(struct bytes *bytes, const char *string)
{
	bytes_put(bytes, string, strlen(string));
}

void
bytes_put_vformat(struct bytes *bytes, const char *format, va_list arguments)
{
	va_list again;
	int len;

	va_copy(again, arguments);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len < 0)
		abort();
	(void)vsnprintf(bytes_reserve(bytes, (size_t)len), (size_t)len + 1, format, arguments);
	bytes->len += (size_t)len;
}

void
bytes_put_format(struct bytes *bytes, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	bytes_put_vformat(bytes, format, arguments);
	va_end(arguments);
}

void
bytes_drop(struct bytes *bytes, size_t len)
{
	bytes->len -= len;
	memmove(bytes->data, bytes->data + len, bytes->len);
	bytes->data[bytes->len] = '\0';
}

const char *
bytes_string(const struct bytes *bytes)
{
	return bytes->len > 0 ? bytes->data : "";
}

void
bytes_free(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){ 0 };
}

int
bytes_put_file(struct bytes *bytes, const char *path)
{
	FILE *file = fopen(path, "rbe");
	size_t got;
	int error;

	if (!file)
		return -errno;
	do {
		got = fread(bytes_reserve(bytes, 65536), 1, 65536, file);
		bytes->len += got;
	} while (got > 0);
	bytes->data[bytes->len] = '\0';
	error = ferror(file) ? -EIO : 0;
	(void)fclose(file);
	return error;
}
