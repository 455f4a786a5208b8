/* SPDX-License-Identifier: MIT
 *
 * bytes: a buffer that grows. Always followed by a NUL, so that text in it can be
 * searched as a string. Without memory the test program ends.
 *
 * Thread: none of its own.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

struct bytes {
	char *data; /* owned; NULL while empty */
	size_t len;
	size_t cap;
};

void bytes_put(struct bytes *, const void *data, size_t len);
void bytes_put_string(struct bytes *, const char *);
void
bytes_put_format(struct bytes *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void bytes_put_vformat(struct bytes *, const char *format, va_list)
    __attribute__((format(printf, 2, 0)));
/* Room for at least `len` bytes behind the last one; add what was used to len. */
char *bytes_reserve(struct bytes *, size_t len);
/* Takes the first `len` bytes away. */
void bytes_drop(struct bytes *, size_t len);
/* The text; "" while empty. */
const char *bytes_string(const struct bytes *);
/* Empty again, nothing owned. */
void bytes_free(struct bytes *);

/* The whole file at `path` appended, 0, or a negative errno. */
int bytes_put_file(struct bytes *, const char *path) __attribute__((warn_unused_result));
