/* SPDX-License-Identifier: MIT */
#include "usher/error.h"

#include <string.h>

#include "api/api.h"
#include "base/log.h"

static const struct {
	int error;
	const char *text;
} sentences[] = {
	{ 0, "no error" },
	{ USHER_NO_MEMORY, "there is no memory for it" },
	{ USHER_INVALID, "an argument is not one that the call may have" },
	{ USHER_WRONG_THREAD, "it was called on another thread than that of the loop" },
	{ USHER_WRONG_STATE, "it was called too early, or a second time" },
	{ USHER_GONE, "the connection has ended" },
	{ USHER_FULL, "enough output waits to be sent already" },
	{ USHER_TOO_MUCH, "it is more than was announced, or than a limit allows" },
	{ USHER_EXISTS, "there is one of that name already" },
	{ USHER_NOT_FOUND, "there is none of that name" },
	{ USHER_ENDED, "the loop or the server has ended" },
};

const char *
usher_error_text(int error)
{
	const char *text;

	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
		if (sentences[i].error == error)
			return sentences[i].text;
	text = strerrordesc_np(error < 0 ? -error : error);
	return text ? text : "an unknown error";
}

void
api_keep(const void *data, size_t len, void *owner)
{
	(void)data;
	(void)len;
	(void)owner;
}

int
api_refuse(int error, const char *function, const char *why)
{
	log_debug("%s: %s: %s", function, usher_error_text(error), why);
	return error;
}

struct usher_ending
api_ending(const struct ending *ending)
{
	return (struct usher_ending){
		.cause = ending_label(ending->cause),
		.sentence = ending_sentence(ending->cause),
		.is_fault = ending_is_fault(ending->cause),
		.first_fin = ending->first_fin == ENDING_FIN_OURS ? USHER_FIN_OURS
		    : ending->first_fin == ENDING_FIN_PEERS       ? USHER_FIN_PEERS
								  : USHER_FIN_NONE,
		.reset_sent = ending->reset_sent,
		.reset_received = ending->reset_received,
		.bytes_in = ending->bytes_in,
		.bytes_out = ending->bytes_out,
		.bytes_unsent = ending->bytes_unsent,
		.requests = ending->requests,
		.age_ms = ending->age_us / 1000,
	};
}

const char *
usher_version(void)
{
	return USHER_VERSION;
}
