/* SPDX-License-Identifier: MIT
 *
 * client_answer: what comes in is cut into answers, and each is judged.
 */
#include <string.h>

#include "usher-load/client.h"
#include "usher-load/worker.h"

void
client_begin_answer(struct client *client)
{
	const struct client_slot *slot = &client->slots[client->first];
	bool has_request = client->in_flight > 0 && slot->request;

	client->echo = (struct echo_answer){ 0 };
	answer_begin(&client->answer, has_request && slot->request->is_to_head,
	    has_request && slot->request->expect.has_digest ? &client->hash : NULL);
}

/* --- Judging ------------------------------------------------------------ */

static bool
is_wanted_body(struct client *client, const struct expect *expect)
{
	uint8_t digest[SHA256_BYTES];

	if (!expect->has_digest)
		return true;
	sha256_finish(&client->hash, digest);
	return memcmp(digest, expect->digest, sizeof(digest)) == 0;
}

static enum outcome
judge(struct client *client, const struct client_slot *slot)
{
	if (!slot->request)
		return client->echo.is_wrong ? OUTCOME_WRONG_BODY : OUTCOME_ANSWERED;
	if (!expect_has_status(&slot->request->expect, client->answer.status))
		return OUTCOME_WRONG_STATUS;
	if (!is_wanted_body(client, &slot->request->expect))
		return OUTCOME_WRONG_BODY;
	return OUTCOME_ANSWERED;
}

/* The answer came before the request was sent whole: what is left of it is not sent any
 * more, so the connection is good for nothing else, and those behind were not sent. */
static void
stop_sending(struct client *client)
{
	struct worker *worker = client->worker;

	for (; client->in_flight > 1; client->in_flight--) {
		worker_return_request(worker);
		worker_ended_request(worker);
	}
	client->unsent = 0;
	client->sent_bytes = 0;
	client->is_write_shut = true;
	client->answer.keeps = false;
	(void)event_del(&client->writing);
	(void)event_del(&client->write_pace);
}

static bool
is_last(const struct client *client, const struct client_slot *slot)
{
	return client->worker->plan->is_close || (slot->request && !client->answer.keeps);
}

void
client_answered(struct client *client)
{
	struct worker *worker = client->worker;
	const struct client_slot *slot = &client->slots[client->first];
	const struct request_times times = {
		.due_ns = slot->due_ns,
		.sent_ns = slot->sent_ns,
		.first_byte_ns = slot->first_byte_ns,
		.ended_ns = worker->now_ns,
	};

	if (client->in_flight == client->unsent)
		stop_sending(client);
	result_count_answer(&worker->result, judge(client, slot), &times, client->answer.status);
	client->in_flight--;
	worker_ended_request(worker);
	if (++client->first == worker->plan->pipeline)
		client->first = 0;
	if (is_last(client, slot) && client->state == CLIENT_OPEN)
		client_change(client, CLIENT_LEAVING);
	if (client->in_flight > 0)
		client_begin_answer(client);
}

/* --- Taking ------------------------------------------------------------- */

static enum answer_verdict
feed_echo(struct client *client, const struct client_slot *slot, struct slice bytes, size_t *taken)
{
	struct slice message = echo_message(client->worker->pattern, slot->echo_at);

	client->answer.has_bytes = true;
	*taken = echo_feed(&client->echo, message, bytes);
	return client->echo.len == message.len ? ANSWER_DONE : ANSWER_MORE;
}

static enum answer_verdict
feed(struct client *client, struct slice bytes, size_t *ret_taken)
{
	struct client_slot *slot = &client->slots[client->first];

	if (slot->first_byte_ns == 0)
		slot->first_byte_ns = client->worker->now_ns;
	if (!slot->request)
		return feed_echo(client, slot, bytes, ret_taken);
	return answer_feed(&client->answer, bytes.data, bytes.len, ret_taken);
}

/* As far as it is there. */
static bool
is_dismissal(struct slice bytes)
{
	static const char line[] = "HTTP/1.1 408";
	const size_t len = sizeof(line) - 1;

	return memcmp(bytes.data, line, bytes.len < len ? bytes.len : len) == 0;
}

/* Not a byte of a request went out since the last answer. A server that closes an idle
 * connection may say so first (RFC 9110 15.5.9). With whatever else comes, nobody can tell
 * any more which answer belongs to which request. */
static bool
take_unasked(struct client *client, struct slice bytes)
{
	bool is_echo = client->worker->plan->echo_bytes > 0;

	if (!client->is_dismissed && (is_echo || !is_dismissal(bytes))) {
		client_end(client, OUTCOME_UNASKED, OUTCOME_UNASKED);
		return false;
	}
	client->is_dismissed = true;
	client->is_write_shut = true;
	(void)event_del(&client->timer);
	if (client->state == CLIENT_OPEN)
		client_change(client, CLIENT_LEAVING);
	return true;
}

bool
client_take(struct client *client, struct slice bytes)
{
	while (bytes.len > 0) {
		enum answer_verdict verdict;
		size_t taken = 0;

		if (client->in_flight == client->unsent && client->sent_bytes == 0)
			return take_unasked(client, bytes);
		verdict = feed(client, bytes, &taken);
		if (verdict == ANSWER_BAD) {
			client_end(client, OUTCOME_MALFORMED, OUTCOME_MALFORMED);
			return false;
		}
		if (verdict == ANSWER_DONE)
			client_answered(client);
		bytes = slice_from(bytes, taken);
	}
	return true;
}
