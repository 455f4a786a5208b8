/* SPDX-License-Identifier: MIT
 *
 * fuzz_handover: messages between two usherd. What is read keeps within its limits, and
 * written again it is the same bytes.
 */
#include <string.h>

#include "base/panic.h"
#include "fuzz.h"
#include "server/handover_wire.h"

static struct handover_message message;
static char again[HANDOVER_MESSAGE_MAX];

static void
check_batch(const struct handover_batch *batch, struct slice input)
{
	must(batch->count <= HANDOVER_BATCH_MAX);
	for (uint32_t i = 0; i < batch->count; i++) {
		const struct passport *passport = &batch->items[i].passport;

		must(passport->fd == -1 && passport->input_len <= PASSPORT_INPUT_MAX);
		must(batch->items[i].loop < HANDOVER_LOOPS_MAX);
		if (passport->input_len > 0)
			must(passport->input >= input.data &&
			    passport->input + passport->input_len <= input.data + input.len);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice input = { (const char *)data,
		size < HANDOVER_MESSAGE_MAX ? size : HANDOVER_MESSAGE_MAX };
	unsigned version;

	if (handover_decode(input, &message, &version) != 0)
		return 0;
	if (message.type == HANDOVER_CONNECTIONS)
		check_batch(&message.batch, input);
	must(handover_encode(&message, again) == input.len);
	must(memcmp(again, input.data, input.len) == 0);
	return 0;
}
