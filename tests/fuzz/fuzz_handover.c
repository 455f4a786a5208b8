/* SPDX-License-Identifier: MIT
 *
 * fuzz_handover: messages between two usherd. What is read keeps within its limits, and
 * written again it is the same bytes. And the names that one finds in the service
 * manager's store.
 */
#include <string.h>

#include "base/panic.h"
#include "fuzz.h"
#include "server/handover_wire.h"
#include "server/store_name.h"

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

/* A name that was understood is the only one that says so. */
static void
read_name(struct slice input)
{
	char name[2 * STORE_NAME_MAX];
	char written[STORE_NAME_MAX];
	struct text text = text_over(name, sizeof(name));
	struct store_name parsed;

	text_put(&text, input);
	store_name_parse(text_string(&text), &parsed);
	if (parsed.kind < STORE_LISTENER)
		return;
	must(store_name_put(parsed.kind, parsed.number, parsed.listener, written));
	must(strcmp(written, name) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice input = { (const char *)data,
		size < HANDOVER_MESSAGE_MAX ? size : HANDOVER_MESSAGE_MAX };
	unsigned version;

	read_name(input);
	if (handover_decode(input, &message, &version) != 0)
		return 0;
	if (message.type == HANDOVER_CONNECTIONS)
		check_batch(&message.batch, input);
	must(handover_encode(&message, again) == input.len);
	must(memcmp(again, input.data, input.len) == 0);
	return 0;
}
