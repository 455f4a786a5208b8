/* SPDX-License-Identifier: MIT */
#include "ctl.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "process.h"
#include "usherd.h"

struct ctl {
	struct list_link link;
	struct process process;
};

static struct list_link all = { &all, &all };
static unsigned started;

struct ctl *
ctl_start(const char *const *args)
{
	const char *program = getenv("USHERCTL");
	struct ctl *ctl = calloc(1, sizeof(*ctl));
	char tag[32];

	if (!program)
		wire_fail("USHERCTL does not name the program to test");
	if (!ctl)
		abort();
	(void)snprintf(tag, sizeof(tag), "ctl%u", ++started);
	process_start(&ctl->process, program, args, tag);
	list_append(&all, &ctl->link);
	return ctl;
}

void
ctl_expect_exit(struct ctl *ctl, int status)
{
	if (!process_wait(&ctl->process, clock_monotonic_us() + WIRE_DEADLINE_US))
		wire_fail("usherctl does not end; it said: %s%s", ctl_output(ctl), ctl_error(ctl));
	if (process_exit_status(&ctl->process) != status)
		wire_fail("usherctl ended with %s instead of exit status %d; it said: %s%s",
		    process_status_text(&ctl->process), status, ctl_output(ctl), ctl_error(ctl));
	usherd_check_log(ctl_error(ctl));
}

static bool
holds(const char *text, const void *what)
{
	return strstr(text, what) != NULL;
}

void
ctl_expect_output(struct ctl *ctl, const char *text)
{
	if (!output_wait(ctl->process.out, holds, text, ctl->process.pidfd,
		clock_monotonic_us() + WIRE_DEADLINE_US))
		wire_fail(
		    "usherctl does not say '%s', but: %s%s", text, ctl_output(ctl), ctl_error(ctl));
}

const char *
ctl_output(struct ctl *ctl)
{
	return output_text(ctl->process.out);
}

const char *
ctl_error(struct ctl *ctl)
{
	return output_text(ctl->process.err);
}

void
ctl_expect_said(struct ctl *ctl, const char *text)
{
	if (!strstr(ctl_output(ctl), text))
		wire_fail("without '%s': %s%s", text, ctl_output(ctl), ctl_error(ctl));
}

void
ctl_expect_complaint(struct ctl *ctl, const char *text)
{
	if (!strstr(ctl_error(ctl), text))
		wire_fail("no complaint of '%s': %s", text, ctl_error(ctl));
}

int
ctl_pidfd(const struct ctl *ctl)
{
	return ctl->process.pidfd;
}

void
ctl_end_all(void)
{
	struct list_link *link, *following;

	list_foreach_safe (link, following, &all) {
		struct ctl *ctl = list_entry(link, struct ctl, link);

		list_remove(link);
		process_done(&ctl->process);
		free(ctl);
	}
}
