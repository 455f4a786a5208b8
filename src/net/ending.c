/* SPDX-License-Identifier: MIT
 *
 * ending: names of causes and sums of endings.
 */
#include "net/ending.h"

#include "base/panic.h"

struct cause_row {
	const char *label;
	const char *sentence;
	bool is_fault;
};

static const struct cause_row causes[ENDING_CAUSE_COUNT] = {
#define X(identifier, label, is_fault, sentence) \
	[ENDING_##identifier] = { label, sentence, is_fault },
	ENDING_CAUSES(X)
#undef X
};

static const struct cause_row *
cause_row(enum ending_cause cause)
{
	must(cause >= 0 && cause < ENDING_CAUSE_COUNT);
	return &causes[cause];
}

const char *
ending_label(enum ending_cause cause)
{
	return cause_row(cause)->label;
}

const char *
ending_sentence(enum ending_cause cause)
{
	return cause_row(cause)->sentence;
}

bool
ending_is_fault(enum ending_cause cause)
{
	return cause_row(cause)->is_fault;
}

const char *
ending_first_fin_name(enum ending_first_fin who)
{
	switch (who) {
	case ENDING_NO_FIN:
		return "none";
	case ENDING_FIN_OURS:
		return "ours";
	case ENDING_FIN_PEERS:
		return "peer";
	}
	panic_at(__FILE__, __LINE__, "a first FIN is none, ours or the peer's");
}

void
ending_count(struct ending_tally *tally, const struct ending *ending)
{
	tally->by_cause[ending->cause]++;
	tally->by_first_fin[ending->first_fin]++;
	tally->total++;
	tally->resets_sent += ending->reset_sent;
	tally->resets_received += ending->reset_received;
	tally->bytes_unsent += ending->bytes_unsent;
}

void
ending_tally_add(struct ending_tally *sum, const struct ending_tally *part)
{
	for (int i = 0; i < ENDING_CAUSE_COUNT; i++)
		sum->by_cause[i] += part->by_cause[i];
	for (int i = 0; i <= ENDING_FIN_PEERS; i++)
		sum->by_first_fin[i] += part->by_first_fin[i];
	sum->total += part->total;
	sum->resets_sent += part->resets_sent;
	sum->resets_received += part->resets_received;
	sum->bytes_unsent += part->bytes_unsent;
}

/* The most frequent cause not yet marked in `seen`, or -1. */
static int
next_cause(const struct ending_tally *tally, uint64_t seen)
{
	int best = -1;

	for (int i = 0; i < ENDING_CAUSE_COUNT; i++) {
		if (tally->by_cause[i] == 0 || (seen >> i & 1))
			continue;
		if (best < 0 || tally->by_cause[i] > tally->by_cause[best])
			best = i;
	}
	return best;
}

void
ending_tally_put(struct text *text, const struct ending_tally *tally)
{
	uint64_t seen = 0;
	int cause;

	_Static_assert(ENDING_CAUSE_COUNT <= 64, "the causes seen are bits of a uint64_t");
	while ((cause = next_cause(tally, seen)) >= 0) {
		if (seen != 0)
			text_put_string(text, ", ");
		text_put_u64(text, tally->by_cause[cause]);
		text_put_char(text, ' ');
		text_put_string(text, ending_label((enum ending_cause)cause));
		seen |= UINT64_C(1) << cause;
	}
}
