/* SPDX-License-Identifier: MIT
 *
 * meaning: one function for each field. Some of what they refuse llhttp has
 * refused before; none of it depends on that.
 */
#include "http/meaning.h"

#include "http/head.h"

static enum http_refusal
derive_length(const struct http_head *head, struct http_meaning *meaning)
{
	if (http_head_field_count_of(head, HTTP_FIELD_CONTENT_LENGTH) > 1)
		return HTTP_REFUSAL_LENGTH_AMBIGUOUS;
	if (slice_to_u64(
		http_head_value(head, HTTP_FIELD_CONTENT_LENGTH), &meaning->content_length) < 0)
		return HTTP_REFUSAL_LENGTH_SYNTAX;
	meaning->framing = HTTP_FRAMING_LENGTH;
	return HTTP_REFUSAL_NONE;
}

/* Why a list of codings that is not just "chunked" is refused. */
static enum http_refusal
refusal_of_codings(struct slice codings)
{
	enum http_refusal refusal = HTTP_REFUSAL_CODING_ORDER; /* of the empty list */
	bool was_chunked = false;
	struct slice coding;

	while (slice_next_element(&codings, &coding)) {
		if (was_chunked)
			return HTTP_REFUSAL_CODING_ORDER;
		was_chunked = slice_equals_nocase(coding, SLICE("chunked"));
		refusal = HTTP_REFUSAL_CODING_UNKNOWN;
	}
	return refusal;
}

static enum http_refusal
derive_coding(const struct http_head *head, struct http_meaning *meaning)
{
	struct slice codings = http_head_value(head, HTTP_FIELD_TRANSFER_ENCODING);

	if (http_head_version_minor(head) == 0)
		return HTTP_REFUSAL_CODING_VERSION;
	if (http_head_value(head, HTTP_FIELD_CONTENT_LENGTH).data)
		return HTTP_REFUSAL_LENGTH_AMBIGUOUS;
	if (http_head_field_count_of(head, HTTP_FIELD_TRANSFER_ENCODING) > 1)
		return HTTP_REFUSAL_CODING_REPEATED;
	if (!slice_equals_nocase(codings, SLICE("chunked")))
		return refusal_of_codings(codings);
	meaning->framing = HTTP_FRAMING_CHUNKED;
	return HTTP_REFUSAL_NONE;
}

static enum http_refusal
derive_framing(const struct http_head *head, struct http_meaning *meaning)
{
	if (http_head_value(head, HTTP_FIELD_TRANSFER_ENCODING).data)
		return derive_coding(head, meaning);
	if (http_head_value(head, HTTP_FIELD_CONTENT_LENGTH).data)
		return derive_length(head, meaning);
	return HTTP_REFUSAL_NONE;
}

static void
derive_connection(const struct http_head *head, struct http_meaning *meaning)
{
	bool is_persistent = http_head_version_minor(head) > 0;

	if (http_head_value(head, HTTP_FIELD_CONNECTION).data) {
		meaning->client_said_close =
		    http_head_has_token(head, HTTP_FIELD_CONNECTION, SLICE("close"));
		is_persistent = is_persistent ||
		    http_head_has_token(head, HTTP_FIELD_CONNECTION, SLICE("keep-alive"));
	}
	meaning->keep_alive = is_persistent && !meaning->client_said_close;
}

/* HTTP/1.0 knows no Expect (RFC 9110 10.1.1: ignored). */
static enum http_refusal
derive_expectation(const struct http_head *head, struct http_meaning *meaning)
{
	bool has_body = meaning->framing != HTTP_FRAMING_NONE &&
	    (meaning->framing == HTTP_FRAMING_CHUNKED || meaning->content_length > 0);
	size_t cursor = 0;
	struct slice list, expectation;

	if (http_head_version_minor(head) == 0)
		return HTTP_REFUSAL_NONE;
	while (http_head_next_value(head, HTTP_FIELD_EXPECT, &cursor, &list)) {
		while (slice_next_element(&list, &expectation)) {
			if (!slice_equals_nocase(expectation, SLICE("100-continue")))
				return HTTP_REFUSAL_EXPECTATION;
			meaning->expects_continue = has_body;
		}
	}
	return HTTP_REFUSAL_NONE;
}

static bool
has_conditions(const struct http_head *head)
{
	static const enum http_field conditions[] = { HTTP_FIELD_IF_MATCH, HTTP_FIELD_IF_NONE_MATCH,
		HTTP_FIELD_IF_MODIFIED_SINCE, HTTP_FIELD_IF_UNMODIFIED_SINCE, HTTP_FIELD_IF_RANGE,
		HTTP_FIELD_RANGE };

	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
		if (http_head_value(head, conditions[i]).data)
			return true;
	return false;
}

enum http_refusal
http_meaning_derive(const struct http_head *head, struct http_meaning *ret_meaning)
{
	struct http_meaning meaning = { .framing = HTTP_FRAMING_NONE };
	enum http_refusal refusal = derive_framing(head, &meaning);

	if (refusal == HTTP_REFUSAL_NONE)
		refusal = derive_expectation(head, &meaning);
	if (refusal != HTTP_REFUSAL_NONE)
		return refusal;
	derive_connection(head, &meaning);
	meaning.has_conditions = has_conditions(head);
	*ret_meaning = meaning;
	return HTTP_REFUSAL_NONE;
}
