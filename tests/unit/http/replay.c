/* SPDX-License-Identifier: MIT */
#include "replay.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

const struct replay_limits replay_default_limits = {
	.head = { .head_bytes = 16384, .target_bytes = 8192, .fields = 100 },
	.body = { .max_bytes = 1 << 20, .framing_bytes = 16384 },
};

struct replay {
	struct slice request;
	const struct replay_limits *limits;
	struct http_head *head; /* NULL once the body began */
	struct http_body body;
	struct replay_outcome outcome;
};

static char *
copy_of(const char *data, size_t len)
{
	char *copy = malloc(len ? len : 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, data, len);
	return copy;
}

static int
collect(void *arg, struct slice piece)
{
	struct replay_outcome *outcome = arg;

	ck_assert_uint_gt(piece.len, 0);
	memcpy(outcome->content + outcome->content_len, piece.data, piece.len);
	outcome->content_len += piece.len;
	return 0;
}

static void
note_refusal(struct replay *replay, int status, const char *reason)
{
	replay->outcome.status = status;
	replay->outcome.reason = reason;
}

static void
begin_body(struct replay *replay)
{
	switch (http_body_init(&replay->body, replay->head, &replay->limits->body)) {
	case HTTP_BODY_DONE:
		replay->outcome.is_complete = true;
		break;
	case HTTP_BODY_REFUSED:
		note_refusal(
		    replay, http_body_status(&replay->body), http_body_reason(&replay->body));
		break;
	default:
		break;
	}
	http_head_free(replay->head);
	replay->head = NULL;
}

static void
settle_head(struct replay *replay)
{
	size_t len = http_head_bytes(replay->head);
	char *base = copy_of(replay->request.data, len);

	if (http_head_settle(replay->head, base) == HTTP_HEAD_DONE) {
		replay->outcome.consumed = len;
		begin_body(replay);
	} else {
		note_refusal(
		    replay, http_head_status(replay->head), http_head_reason(replay->head));
	}
	free(base);
}

static size_t
give_to_head(struct replay *replay, const char *data, size_t len)
{
	size_t before = http_head_bytes(replay->head);

	switch (http_head_feed(replay->head, data, len)) {
	case HTTP_HEAD_DONE:
		len = http_head_bytes(replay->head) - before;
		settle_head(replay);
		break;
	case HTTP_HEAD_REFUSED:
		note_refusal(
		    replay, http_head_status(replay->head), http_head_reason(replay->head));
		break;
	case HTTP_HEAD_MORE:
		break;
	}
	return len;
}

static size_t
give_to_body(struct replay *replay, const char *data, size_t len)
{
	size_t consumed = len;

	switch (http_body_feed(&replay->body, data, len, &consumed, collect, &replay->outcome)) {
	case HTTP_BODY_DONE:
		replay->outcome.is_complete = true;
		break;
	case HTTP_BODY_REFUSED:
		note_refusal(
		    replay, http_body_status(&replay->body), http_body_reason(&replay->body));
		break;
	default:
		ck_assert_uint_eq(consumed, len);
		break;
	}
	replay->outcome.consumed += consumed;
	return consumed;
}

static bool
is_over(const struct replay *replay)
{
	return replay->outcome.is_complete || replay->outcome.status != 0;
}

static void
give(struct replay *replay, const char *data, size_t len)
{
	char *piece = copy_of(data, len);
	size_t given = 0;

	while (given < len && !is_over(replay)) {
		if (replay->head)
			given += give_to_head(replay, piece + given, len - given);
		else
			given += give_to_body(replay, piece + given, len - given);
	}
	free(piece);
}

/* The first piece has `first` bytes, all others `step`. */
static struct replay_outcome
replay_cut(struct slice request, const struct replay_limits *limits, size_t first, size_t step)
{
	struct replay replay = { .request = request, .limits = limits };
	size_t at = 0, len = first;

	replay.head = http_head_new(&limits->head);
	ck_assert_ptr_nonnull(replay.head);
	replay.outcome.content = malloc(request.len + 1);
	ck_assert_ptr_nonnull(replay.outcome.content);
	while (at < request.len && !is_over(&replay)) {
		if (len > request.len - at)
			len = request.len - at;
		give(&replay, request.data + at, len);
		at += len;
		len = step;
	}
	http_head_free(replay.head);
	return replay.outcome;
}

static void
expect_same(
    const char *name, size_t cut, const struct replay_outcome *a, const struct replay_outcome *b)
{
	ck_assert_msg(a->status == b->status && a->reason == b->reason,
	    "%s: whole: %d (%s); cut at %zu: %d (%s)", name, a->status, a->reason, cut, b->status,
	    b->reason);
	ck_assert_msg(a->is_complete == b->is_complete, "%s: cut at %zu: complete: %d, not %d",
	    name, cut, b->is_complete, a->is_complete);
	ck_assert_msg(!a->is_complete || a->consumed == b->consumed,
	    "%s: cut at %zu: %zu bytes, not %zu", name, cut, b->consumed, a->consumed);
	ck_assert_msg(!a->is_complete ||
		(a->content_len == b->content_len &&
		    memcmp(a->content, b->content, a->content_len) == 0),
	    "%s: cut at %zu: other content", name, cut);
}

/* A long request is long because of a filling, which is not cut at every byte. */
static size_t
step_at(size_t cut, size_t len)
{
	enum { LONG = 4096, NEAR_AN_END = 512, STEP = 29 };

	return len > LONG && cut > NEAR_AN_END && len - cut > NEAR_AN_END ? STEP : 1;
}

struct replay_outcome
replay_in_all_cuts(const char *name, struct slice request, const struct replay_limits *limits)
{
	struct replay_outcome whole = replay_cut(request, limits, request.len, 1);
	struct replay_outcome other;

	for (size_t cut = 1; cut < request.len; cut += step_at(cut, request.len)) {
		other = replay_cut(request, limits, cut, request.len);
		expect_same(name, cut, &whole, &other);
		replay_outcome_done(&other);
	}
	other = replay_cut(request, limits, 1, 1);
	expect_same(name, 1, &whole, &other);
	replay_outcome_done(&other);
	return whole;
}

void
replay_outcome_done(struct replay_outcome *outcome)
{
	free(outcome->content);
	outcome->content = NULL;
}

struct http_head *
replay_accepted_head(struct slice request)
{
	struct http_head *head = http_head_new(&replay_default_limits.head);

	ck_assert_ptr_nonnull(head);
	ck_assert_msg(http_head_feed(head, request.data, request.len) == HTTP_HEAD_DONE, "%s: %.*s",
	    http_head_reason(head), (int)request.len, request.data);
	ck_assert_msg(http_head_settle(head, request.data) == HTTP_HEAD_DONE, "%s: %.*s",
	    http_head_reason(head), (int)request.len, request.data);
	return head;
}
