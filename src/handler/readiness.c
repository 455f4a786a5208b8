/* SPDX-License-Identifier: MIT */
#include "handler/readiness.h"

/* A line of the verbose answer, "[+] name ok" or "[-] name: why"; of the short one only
 * the faults. */
static void
put_check(struct text *text, bool is_verbose, bool is_ok, const char *name, const char *why)
{
	if (is_ok && is_verbose)
		text_put_format(text, "[+] %s: ok\n", name);
	else if (!is_ok)
		text_put_format(text, "%s%s: %s\n", is_verbose ? "[-] " : "", name, why);
}

static bool
check_loops(struct text *text, const struct snapshot *snapshot, bool is_verbose)
{
	bool are_ok = true;
	char room[32];

	for (size_t i = 0; i < snapshot->loop_count; i++) {
		const struct snapshot_loop *loop = &snapshot->loops[i];
		struct text name = text_over(room, sizeof(room));

		text_put_format(&name, "loop %u", loop->index);
		put_check(
		    text, is_verbose, loop->has_answered, text_string(&name), "does not answer");
		are_ok &= loop->has_answered;
	}
	return are_ok;
}

bool
readiness_put(struct text *text, const struct snapshot *snapshot, bool is_verbose)
{
	bool is_ready = !snapshot->is_draining;

	put_check(text, is_verbose, is_ready, "serving", "the server drains");
	is_ready &= check_loops(text, snapshot, is_verbose);
	if (is_ready && !is_verbose)
		text_put_string(text, "ok\n");
	return is_ready;
}
