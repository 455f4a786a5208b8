/* SPDX-License-Identifier: MIT
 *
 * encoding: one table of the codings; wishes are weights, the choice is the
 * largest.
 */
#include "http/encoding.h"

#include "http/qvalue.h"

struct coding {
	struct slice name;
	struct slice alias; /* of the same meaning (RFC 9110 8.4.1.3); absent: none */
	struct slice suffix;
};

static const struct coding codings[] = {
	[HTTP_ENCODING_BR] = { { "br", 2 }, { NULL, 0 }, { ".br", 3 } },
	[HTTP_ENCODING_ZSTD] = { { "zstd", 4 }, { NULL, 0 }, { ".zst", 4 } },
	[HTTP_ENCODING_GZIP] = { { "gzip", 4 }, { "x-gzip", 6 }, { ".gz", 3 } },
	[HTTP_ENCODING_IDENTITY] = { { "identity", 8 }, { NULL, 0 }, { "", 0 } },
	[HTTP_ENCODING_NONE] = { { "", 0 }, { NULL, 0 }, { "", 0 } },
};

struct slice
http_encoding_name(enum http_encoding encoding)
{
	return codings[encoding].name;
}

struct slice
http_encoding_suffix(enum http_encoding encoding)
{
	return codings[encoding].suffix;
}

static enum http_encoding
encoding_of(struct slice name)
{
	unsigned encoding;

	for (encoding = 0; encoding < HTTP_ENCODING_COUNT; encoding++)
		if (slice_equals_nocase(name, codings[encoding].name) ||
		    slice_equals_nocase(name, codings[encoding].alias))
			break;
	return (enum http_encoding)encoding;
}

void
http_encoding_wish(struct http_encoding_wishes *wishes, struct slice value)
{
	struct slice name;
	unsigned weight;

	if (!value.data)
		return;
	wishes->has_field = true;
	while (http_qvalue_next(&value, &name, &weight)) {
		enum http_encoding encoding = encoding_of(name);

		if (slice_equals(name, SLICE("*"))) {
			wishes->has_rest = true;
			wishes->rest_weight = weight;
		} else if (encoding != HTTP_ENCODING_NONE) {
			wishes->listed |= HTTP_ENCODING_BIT(encoding);
			wishes->weights[encoding] = weight;
		}
	}
}

/* In half thousandths, so that identity can be acceptable (RFC 9110 12.5.3, rule
 * 2) and yet come after everything that was asked for. A client that says
 * nothing accepts everything (rule 1), but least surprise is identity. */
static unsigned
weight_of(const struct http_encoding_wishes *wishes, enum http_encoding encoding)
{
	if (!wishes->has_field)
		return encoding == HTTP_ENCODING_IDENTITY ? 2 : 1;
	if (wishes->listed & HTTP_ENCODING_BIT(encoding))
		return 2 * wishes->weights[encoding];
	if (wishes->has_rest)
		return 2 * wishes->rest_weight;
	return encoding == HTTP_ENCODING_IDENTITY ? 1 : 0;
}

enum http_encoding
http_encoding_choose(const struct http_encoding_wishes *wishes, unsigned available)
{
	enum http_encoding best = HTTP_ENCODING_NONE;
	unsigned best_weight = 0;

	for (unsigned i = 0; i < HTTP_ENCODING_COUNT; i++) {
		enum http_encoding encoding = (enum http_encoding)i;
		unsigned weight = weight_of(wishes, encoding);

		if ((available & HTTP_ENCODING_BIT(i)) && weight > best_weight) {
			best = encoding;
			best_weight = weight;
		}
	}
	return best;
}
