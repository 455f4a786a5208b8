/* SPDX-License-Identifier: MIT
 *
 * outcome: names of outcomes and sums of tallies.
 */
#include "usher-load/outcome.h"

#include "base/panic.h"

struct outcome_row {
	const char *label;
	const char *sentence;
	enum outcome_kind kind;
	enum outcome_scope scope;
};

static const struct outcome_row outcomes[OUTCOME_COUNT] = {
#define X(identifier, label, kind, scope, sentence) \
	[OUTCOME_##identifier] = { label, sentence, OUTCOME_##kind, OUTCOME_OF_##scope },
	OUTCOMES(X)
#undef X
};

static const struct outcome_row *
row_of(enum outcome outcome)
{
	must(outcome >= 0 && outcome < OUTCOME_COUNT);
	return &outcomes[outcome];
}

const char *
outcome_label(enum outcome outcome)
{
	return row_of(outcome)->label;
}

const char *
outcome_sentence(enum outcome outcome)
{
	return row_of(outcome)->sentence;
}

enum outcome_kind
outcome_kind(enum outcome outcome)
{
	return row_of(outcome)->kind;
}

const char *
outcome_kind_name(enum outcome_kind kind)
{
	switch (kind) {
	case OUTCOME_FINE:
		return "fine";
	case OUTCOME_HARMLESS:
		return "harmless";
	case OUTCOME_LOSS:
		return "loss";
	case OUTCOME_OWN_FAULT:
		return "own_fault";
	}
	panic_at(__FILE__, __LINE__, "an outcome is of one of four kinds");
}

bool
outcome_is_loss(enum outcome outcome)
{
	return row_of(outcome)->kind == OUTCOME_LOSS;
}

bool
outcome_is_of(enum outcome outcome, enum outcome_scope scope)
{
	return (row_of(outcome)->scope & scope) != 0;
}

void
outcome_tally_add(struct outcome_tally *sum, const struct outcome_tally *part)
{
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		sum->requests[i] += part->requests[i];
		sum->connections[i] += part->connections[i];
	}
}

uint64_t
outcome_tally_requests(const struct outcome_tally *tally)
{
	uint64_t sum = 0;

	for (int i = 0; i < OUTCOME_COUNT; i++)
		sum += tally->requests[i];
	return sum;
}

uint64_t
outcome_tally_connections(const struct outcome_tally *tally)
{
	uint64_t sum = 0;

	for (int i = 0; i < OUTCOME_COUNT; i++)
		sum += tally->connections[i];
	return sum;
}

uint64_t
outcome_tally_losses_by(const struct outcome_tally *tally, enum outcome outcome)
{
	const struct outcome_row *row = row_of(outcome);

	if (row->kind != OUTCOME_LOSS)
		return 0;
	return row->scope == OUTCOME_OF_CONNECTION ? tally->connections[outcome]
						   : tally->requests[outcome];
}

uint64_t
outcome_tally_losses(const struct outcome_tally *tally)
{
	uint64_t sum = 0;

	for (int i = 0; i < OUTCOME_COUNT; i++)
		sum += outcome_tally_losses_by(tally, (enum outcome)i);
	return sum;
}

uint64_t
outcome_tally_lost_connections(const struct outcome_tally *tally)
{
	uint64_t sum = 0;

	for (int i = 0; i < OUTCOME_COUNT; i++) {
		if (outcomes[i].scope == OUTCOME_OF_CONNECTION)
			sum += outcome_tally_losses_by(tally, (enum outcome)i);
	}
	return sum;
}

uint64_t
outcome_tally_own_faults(const struct outcome_tally *tally)
{
	uint64_t sum = 0;

	for (int i = 0; i < OUTCOME_COUNT; i++) {
		if (outcomes[i].kind == OUTCOME_OWN_FAULT)
			sum += tally->connections[i];
	}
	return sum;
}
