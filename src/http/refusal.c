/* SPDX-License-Identifier: MIT
 *
 * refusal: the table of refusal.h, unfolded.
 */
#include "http/refusal.h"

static const struct {
	int status;
	const char *reason;
} refusals[] = {
/* The arguments are initializers. NOLINTBEGIN(bugprone-macro-parentheses) */
#define X(identifier, its_status, its_reason) \
	[HTTP_REFUSAL_##identifier] = { .status = its_status, .reason = its_reason },
	HTTP_REFUSALS(X)
#undef X
	/* NOLINTEND(bugprone-macro-parentheses) */
};

int
http_refusal_status(enum http_refusal refusal)
{
	return refusals[refusal].status;
}

const char *
http_refusal_reason(enum http_refusal refusal)
{
	return refusals[refusal].reason;
}
