/* SPDX-License-Identifier: MIT
 *
 * ask: from an answer to a verdict.
 */
#include "usherctl/ask.h"

#include <string.h>

#include "usherctl/object.h"

static enum ctl_status
status_of_failure(enum client_verdict verdict)
{
	switch (verdict) {
	case CLIENT_WRONG_ADDRESS:
		return CTL_USAGE;
	case CLIENT_UNREACHABLE:
		return CTL_UNREACHABLE;
	case CLIENT_INTERRUPTED:
		return CTL_INTERRUPTED;
	case CLIENT_OK:
	case CLIENT_FAILED:
	default:
		return CTL_BAD_ANSWER;
	}
}

static bool
is_success(const struct answer *answer)
{
	return answer->status >= 200 && answer->status < 300;
}

/* Numbers that do not fit and names that are given twice are no answers. */
static json_t *
object_of(const struct answer *answer)
{
	json_t *value;

	if (strcasecmp(answer->type, "application/json") != 0)
		return NULL;
	value = json_loadb(answer_body(answer), answer->body_len, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(value))
		return value;
	json_decref(value);
	return NULL;
}

/* An answer of an error carries its sentence, or a list of them. */
static void
explain_refusal(const struct answer *answer, const json_t *object, struct text *why)
{
	const char *sentence = object_string(object, "error");

	if (*sentence)
		text_put_string(why, sentence);
	else
		text_put_format(why, "usherd refused, with status %d", answer->status);
}

static enum ctl_status
exchange(const struct client *client, const char *method, const char *target,
    struct reply *ret_reply, struct text *why)
{
	enum client_verdict verdict;

	*ret_reply = (struct reply){ 0 };
	verdict = client_ask(client, method, target, &ret_reply->answer, why);
	if (verdict != CLIENT_OK)
		return status_of_failure(verdict);
	ret_reply->object = object_of(ret_reply->answer);
	if (is_success(ret_reply->answer))
		return CTL_OK;
	explain_refusal(ret_reply->answer, ret_reply->object, why);
	return CTL_FAILED;
}

enum ctl_status
ask(const struct client *client, const char *method, const char *target, struct reply *ret_reply,
    struct text *why)
{
	enum ctl_status status = exchange(client, method, target, ret_reply, why);

	if (status != CTL_OK || ret_reply->object)
		return status;
	text_put_format(why,
	    "%s: the answer to %s %s is no object of JSON: is it usherd that listens there?",
	    client->address, method, target);
	reply_done(ret_reply);
	return CTL_BAD_ANSWER;
}

enum ctl_status
ask_text(const struct client *client, const char *target, struct reply *ret_reply, struct text *why)
{
	enum ctl_status status = exchange(client, "GET", target, ret_reply, why);

	if (status != CTL_OK || strcasecmp(ret_reply->answer->type, "text/plain") == 0)
		return status;
	text_put_format(why, "%s: the answer to GET %s is no plain text", client->address, target);
	reply_done(ret_reply);
	return CTL_BAD_ANSWER;
}

void
reply_done(struct reply *reply)
{
	answer_free(reply->answer);
	json_decref(reply->object);
	*reply = (struct reply){ 0 };
}
