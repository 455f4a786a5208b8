/* SPDX-License-Identifier: MIT
 *
 * text: slices of bytes that stand elsewhere, and a builder over a buffer that
 * the caller gives. Nothing here allocates, but for a builder that grows.
 *
 * A slice borrows: it is valid as long as the bytes it points at. A builder
 * never writes past its capacity: what does not fit is left out and
 * `is_truncated` is set, so a caller checks once, at the end. Nothing is added
 * after that: a truncated text is a prefix of the whole.
 *
 * Thread: none of its own.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* `len` bytes at `data`, not terminated. An absent slice has data NULL. */
struct slice {
	const char *data;
	size_t len;
};

/* A slice of a string literal. */
#define SLICE(literal) ((struct slice){ "" literal, sizeof(literal) - 1 })

struct slice slice_of(const char *string); /* NULL gives the absent slice */

/* The first `len` bytes of the slice, and those from `start` on: neither may be
 * more than it has. */
static inline struct slice
slice_first(struct slice slice, size_t len)
{
	return (struct slice){ slice.data, len };
}

static inline struct slice
slice_from(struct slice slice, size_t start)
{
	/* Of an absent slice there is nothing to add to. */
	return (struct slice){ start > 0 ? slice.data + start : slice.data, slice.len - start };
}

bool slice_equals(struct slice, struct slice);
bool slice_equals_nocase(struct slice, struct slice); /* ASCII */
bool slice_starts_with(struct slice, struct slice prefix);
bool slice_ends_with(struct slice, struct slice suffix);
/* The slice without spaces and tabs at both ends (OWS, RFC 9110 5.6.3). */
struct slice slice_trim(struct slice);
/* The bytes before the first `separator` that stands in no quoted string (RFC 9110
 * 5.6.4), or all of them. */
size_t slice_length_before(struct slice, char separator);
/* Takes the next element off a comma-separated list (RFC 9110 5.6.1), trimmed;
 * empty elements are skipped. False when there is none left. Commas within
 * quoted strings do not separate. */
bool slice_next_element(struct slice *list, struct slice *ret_element);
/* The whole slice as an unsigned decimal number. 0, or -EINVAL when it is empty
 * or holds anything but digits, or -ERANGE when it does not fit. */
int slice_to_u64(struct slice, uint64_t *ret_number) __attribute__((warn_unused_result));
/* The bytes of the UTF-8 sequence that the slice, which is not empty, begins with;
 * 0 if it begins with none (RFC 3629 4: no overlong forms, no surrogates, nothing
 * above U+10FFFF). */
size_t slice_utf8_length(struct slice);

struct text {
	char *data; /* borrowed from the caller; of one that grows, owned */
	size_t len;
	size_t cap;
	size_t max; /* bytes that it may grow to; 0: it does not */
	bool is_truncated;
};

/* A builder over `cap` bytes at `data`. */
struct text text_over(char *data, size_t cap);
/* A builder with memory of its own, taken as it is needed, `max` bytes at most. Where
 * there is no memory the text is truncated. Freed by text_free, unless its data is given
 * away, for free(3). */
struct text text_growing(size_t max);
void text_free(struct text *);

/* What text_put does where not all fits. */
void text_put_cut(struct text *, struct slice);

/* A log line or a head is made of twenty pieces, which nearly always fit: a call for each
 * would cost more than its bytes. */
static inline __attribute__((always_inline)) void
text_put(struct text *text, struct slice slice)
{
	if (slice.len == 0 || slice.len > text->cap - text->len || text->is_truncated) {
		text_put_cut(text, slice);
		return;
	}
	memcpy(text->data + text->len, slice.data, slice.len);
	text->len += slice.len;
}

static inline __attribute__((always_inline)) void
text_put_char(struct text *text, char c)
{
	text_put(text, (struct slice){ &c, 1 });
}

void text_put_string(struct text *, const char *string);
void text_put_u64(struct text *, uint64_t);
void text_put_hex(struct text *, uint64_t); /* lower case, no leading zeros */
/* As printf(3), which needs a byte beyond what it writes. */
void text_put_format(struct text *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_put_vformat(struct text *, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
/* As the inside of a JSON string (RFC 8259 7), valid for every input: bytes
 * that are not UTF-8 become U+FFFD, controls are escaped. No quotes around. */
void text_put_json(struct text *, struct slice);
/* With the five characters that HTML gives a meaning replaced by references. */
void text_put_html(struct text *, struct slice);
struct slice text_slice(const struct text *);
/* Terminates with NUL (cutting the last byte when full, which sets
 * `is_truncated`) and returns the data. The capacity must not be 0. */
char *text_string(struct text *);

/* A duration as people write it: "30s", "500ms", "250us", "2m", "1h", "1d", "0".
 * Plain numbers are refused but for 0. 0, -EINVAL, -ERANGE. */
int text_parse_duration_us(const char *string, int64_t *ret_us) __attribute__((warn_unused_result));
/* A size in bytes: "16k", "1m", "2g" (powers of 1024), or plain bytes. 0,
 * -EINVAL, -ERANGE. Case of units does not count. */
int text_parse_size(const char *string, uint64_t *ret_bytes) __attribute__((warn_unused_result));
/* The shortest exact form that text_parse_duration_us reads back; `us` must not
 * be negative. */
void text_put_duration(struct text *, int64_t us);
/* In seconds, as a decimal number without a unit: 12.5, 0.000001, -3.0. */
void text_put_seconds(struct text *, int64_t us);
/* The shortest exact form that text_parse_size reads back. */
void text_put_size(struct text *, uint64_t bytes);

/* The word of `words` (`count` of them) nearest to `word` by edit distance, or
 * NULL where none is near enough to be what was meant. */
const char *text_nearest_word(const char *word, const char *const *words, size_t count);
