/* SPDX-License-Identifier: MIT
 *
 * timeline: the row of slots grows, is widened, and is added to another.
 */
#include "usher-load/timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/panic.h"

/* Appends a slot; connections stay open from one to the next. */
static int
add_slot(struct timeline *timeline)
{
	struct timeline_slot *slot = calloc(1, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	slot->connections_open = timeline->open;
	timeline->slots[timeline->count++] = slot;
	timeline->current = slot;
	return 0;
}

static void
set_end(struct timeline *timeline)
{
	timeline->slot_end_ns = timeline->begin_ns + (int64_t)timeline->count * timeline->width_ns;
}

int
timeline_init(struct timeline *timeline, int64_t begin_ns, int64_t width_ns)
{
	int error;

	must(begin_ns > 0 && width_ns > 0);
	*timeline = (struct timeline){ .begin_ns = begin_ns, .width_ns = width_ns };
	error = add_slot(timeline);
	set_end(timeline);
	return error;
}

void
timeline_done(struct timeline *timeline)
{
	for (unsigned i = 0; i < timeline->count; i++)
		free(timeline->slots[i]);
	*timeline = (struct timeline){ .begin_ns = 0 };
}

static void
add_saturating(uint32_t *sum, uint32_t part)
{
	if (__builtin_add_overflow(*sum, part, sum))
		*sum = UINT32_MAX;
}

/* All but connections_open, whose sum depends on what the slots are to each other. */
static void
add_events(struct timeline_slot *sum, const struct timeline_slot *part)
{
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		add_saturating(&sum->requests[i], part->requests[i]);
		add_saturating(&sum->connections[i], part->connections[i]);
	}
	add_saturating(&sum->connects, part->connects);
	sum->bytes_in += part->bytes_in;
	sum->bytes_out += part->bytes_out;
	small_histogram_add(&sum->latency, &part->latency);
}

/* Takes the events of the slot after `slot` into it, and frees that. */
static void
swallow(struct timeline_slot *slot, struct timeline_slot *next)
{
	add_events(slot, next);
	slot->connections_open = next->connections_open;
	free(next);
}

/* Each two neighbours become one slot of twice the width. */
static void
widen(struct timeline *timeline)
{
	unsigned pairs = (timeline->count + 1) / 2;

	for (unsigned i = 0; i < pairs; i++) {
		struct timeline_slot *slot = timeline->slots[2 * i];

		timeline->slots[i] = slot;
		if (2 * i + 1 < timeline->count)
			swallow(slot, timeline->slots[2 * i + 1]);
	}
	timeline->count = pairs;
	timeline->width_ns *= 2;
	timeline->current = timeline->slots[pairs - 1];
}

/* After a failure the current slot takes what comes, for one slot's width: then
 * memory is asked for again. */
void
timeline_advance(struct timeline *timeline, int64_t now_ns)
{
	int64_t at;

	while ((at = (now_ns - timeline->begin_ns) / timeline->width_ns) >= TIMELINE_SLOTS_MAX)
		widen(timeline);
	while (timeline->count <= at) {
		if (add_slot(timeline) < 0) {
			timeline->is_truncated = true;
			timeline->slot_end_ns = now_ns + timeline->width_ns;
			return;
		}
	}
	set_end(timeline);
}

/* Brings both to the width of the wider one, and `sum` to the length of the longer. */
static int
align(struct timeline *sum, struct timeline *part)
{
	while (part->width_ns < sum->width_ns)
		widen(part);
	while (sum->width_ns < part->width_ns)
		widen(sum);
	while (sum->count < part->count) {
		if (add_slot(sum) < 0)
			return -ENOMEM;
	}
	set_end(sum);
	return 0;
}

int
timeline_add(struct timeline *sum, struct timeline *part)
{
	must(sum->begin_ns == part->begin_ns);
	sum->is_truncated |= part->is_truncated;
	if (align(sum, part) < 0) {
		sum->is_truncated = true;
		return -ENOMEM;
	}
	for (unsigned i = 0; i < sum->count; i++) {
		struct timeline_slot *slot = sum->slots[i];

		if (i < part->count)
			add_events(slot, part->slots[i]);
		slot->connections_open +=
		    i < part->count ? part->slots[i]->connections_open : part->open;
	}
	sum->open += part->open;
	return 0;
}

int64_t
timeline_slot_from_ns(const struct timeline *timeline, unsigned slot)
{
	return (int64_t)slot * timeline->width_ns;
}

int64_t
timeline_slot_until_ns(const struct timeline *timeline, unsigned slot)
{
	if (slot + 1 == timeline->count)
		return timeline->end_ns - timeline->begin_ns;
	return timeline_slot_from_ns(timeline, slot + 1);
}

void
timeline_finish(struct timeline *timeline, int64_t end_ns)
{
	unsigned last = timeline->count - 1;

	/* An event may bear a time that is a hair later than the end. */
	if (end_ns < timeline->begin_ns + timeline_slot_from_ns(timeline, last))
		end_ns = timeline->begin_ns + timeline_slot_from_ns(timeline, last);
	timeline->end_ns = end_ns;
	if (last == 0 ||
	    timeline_slot_until_ns(timeline, last) - timeline_slot_from_ns(timeline, last) >=
		timeline->width_ns / 2)
		return;
	timeline->current = timeline->slots[last - 1];
	swallow(timeline->current, timeline->slots[last]);
	timeline->count--;
}

uint64_t
timeline_slot_requests(const struct timeline_slot *slot)
{
	uint64_t sum = 0;

	for (int i = 0; i < OUTCOME_COUNT; i++)
		sum += slot->requests[i];
	return sum;
}

uint64_t
timeline_slot_losses(const struct timeline_slot *slot)
{
	uint64_t sum = 0;

	for (int i = 0; i < OUTCOME_COUNT; i++) {
		if (!outcome_is_loss((enum outcome)i))
			continue;
		sum += slot->requests[i];
		if (!outcome_is_of((enum outcome)i, OUTCOME_OF_REQUEST))
			sum += slot->connections[i];
	}
	return sum;
}
