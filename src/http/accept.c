/* SPDX-License-Identifier: MIT
 *
 * accept: the most specific range that fits a type decides its weight (RFC 9110
 * 12.5.1).
 */
#include "http/accept.h"

#include "http/qvalue.h"

/* How closely a media range fits. */
enum fit { FIT_NONE, FIT_ANY, FIT_KIND, FIT_EXACT };

struct preference {
	struct slice type;
	struct slice kind; /* every subtype of it */
	enum fit fit;
	unsigned weight;
};

static enum fit
fit_of(const struct preference *preference, struct slice range)
{
	if (slice_equals_nocase(range, preference->type))
		return FIT_EXACT;
	if (slice_equals_nocase(range, preference->kind))
		return FIT_KIND;
	return slice_equals(range, SLICE("*/*")) ? FIT_ANY : FIT_NONE;
}

static void
consider(struct preference *preference, struct slice range, unsigned weight)
{
	enum fit fit = fit_of(preference, range);

	if (fit == FIT_NONE || fit < preference->fit)
		return;
	preference->fit = fit;
	preference->weight = weight;
}

bool
http_accept_prefers_json(struct slice accept)
{
	struct preference json = { SLICE("application/json"), SLICE("application/*") };
	struct preference html = { SLICE("text/html"), SLICE("text/*") };
	struct slice range;
	unsigned weight;

	while (http_qvalue_next(&accept, &range, &weight)) {
		consider(&json, range, weight);
		consider(&html, range, weight);
	}
	if (json.weight != html.weight)
		return json.weight > html.weight;
	return json.weight > 0 && json.fit == FIT_EXACT && html.fit != FIT_EXACT;
}
