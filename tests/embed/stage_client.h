/* SPDX-License-Identifier: MIT
 *
 * stage_client: how the tests meet the programs of stage.h.
 *
 * Thread: a test is one thread.
 */
#pragma once

#include "harness/wire.h"

static inline struct usherd *
start_stage(void)
{
	return usherd_start_with(ARGS("output=20000", "127.0.0.1:0"));
}

static inline struct client *
enter(struct usherd *stage)
{
	return wire_connect(stage, "stage");
}

static inline struct client *
enter_deaf(struct usherd *stage)
{
	return wire_connect_narrow(stage, "stage", 4096);
}

/* What another client has the program do. */
static inline void
tell(struct usherd *stage, const char *target)
{
	struct client *client = enter(stage);

	send_get(client, target);
	expect_response(client, 200);
	client_close(client);
}
