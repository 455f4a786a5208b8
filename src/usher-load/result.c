/* SPDX-License-Identifier: MIT
 *
 * result: begin, phases, end, sums. What is recorded while a run goes on is
 * inline in the header.
 */
#include "usher-load/result.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "base/clock.h"
#include "base/panic.h"

const char *
phase_name(enum phase phase)
{
	static const char *const names[PHASE_COUNT] = { "before", "during", "after" };

	must(phase >= 0 && phase < PHASE_COUNT);
	return names[phase];
}

void
measures_add(struct measures *sum, const struct measures *part)
{
	outcome_tally_add(&sum->outcomes, &part->outcomes);
	histogram_add(&sum->connect, &part->connect);
	histogram_add(&sum->first_byte, &part->first_byte);
	histogram_add(&sum->total, &part->total);
	histogram_add(&sum->corrected, &part->corrected);
	histogram_add(&sum->lag, &part->lag);
	for (int i = 0; i <= RESULT_STATUS_MAX; i++)
		sum->statuses[i] += part->statuses[i];
	sum->bytes_in += part->bytes_in;
	sum->bytes_out += part->bytes_out;
}

int
result_init(struct result *result, int64_t began_ns, int64_t slot_ns, bool has_schedule)
{
	*result = (struct result){ .has_schedule = has_schedule, .began_ns = began_ns };
	result->phases = calloc(PHASE_COUNT, sizeof(*result->phases));
	if (!result->phases || timeline_init(&result->timeline, began_ns, slot_ns) < 0) {
		result_done(result);
		return -ENOMEM;
	}
	result->current = &result->phases[PHASE_BEFORE];
	result->phase_began_ns[PHASE_BEFORE] = began_ns;
	return 0;
}

void
result_done(struct result *result)
{
	free(result->phases);
	timeline_done(&result->timeline);
	*result = (struct result){ .phases = NULL };
}

static void
leave_phase(struct result *result, int64_t now_ns)
{
	result->current->duration_ns = now_ns - result->phase_began_ns[result->phase];
}

void
result_enter_phase(struct result *result, enum phase phase, int64_t now_ns)
{
	must(phase > result->phase);
	leave_phase(result, now_ns);
	result->phase = phase;
	result->phase_began_ns[phase] = now_ns;
	result->current = &result->phases[phase];
}

static int64_t
microseconds(struct timeval time)
{
	return (int64_t)time.tv_sec * CLOCK_SECOND_US + time.tv_usec;
}

void
result_end(struct result *result, int64_t now_ns)
{
	struct rusage usage;

	leave_phase(result, now_ns);
	result->ended_ns = now_ns;
	if (getrusage(RUSAGE_THREAD, &usage) < 0)
		return;
	result->cpu_user_us = microseconds(usage.ru_utime);
	result->cpu_system_us = microseconds(usage.ru_stime);
}

/* Threads enter a phase at nearly one time: of each the earliest begin and the
 * longest duration count. */
static void
add_phase(struct result *sum, const struct result *part, int phase)
{
	int64_t *began_ns = &sum->phase_began_ns[phase];

	if (*began_ns == 0 ||
	    (part->phase_began_ns[phase] > 0 && part->phase_began_ns[phase] < *began_ns))
		*began_ns = part->phase_began_ns[phase];
	if (part->phases[phase].duration_ns > sum->phases[phase].duration_ns)
		sum->phases[phase].duration_ns = part->phases[phase].duration_ns;
	measures_add(&sum->phases[phase], &part->phases[phase]);
}

int
result_add(struct result *sum, struct result *part)
{
	must(sum->began_ns == part->began_ns && sum->has_schedule == part->has_schedule);
	for (int i = 0; i < PHASE_COUNT; i++)
		add_phase(sum, part, i);
	if (part->ended_ns > sum->ended_ns)
		sum->ended_ns = part->ended_ns;
	if (part->phase > sum->phase)
		sum->phase = part->phase;
	sum->due += part->due;
	sum->never_sent += part->never_sent;
	sum->cpu_user_us += part->cpu_user_us;
	sum->cpu_system_us += part->cpu_system_us;
	if (part->loop_delay_ns > sum->loop_delay_ns)
		sum->loop_delay_ns = part->loop_delay_ns;
	return timeline_add(&sum->timeline, &part->timeline);
}

void
result_finish(struct result *result, struct measures *ret_whole)
{
	*ret_whole = (struct measures){ .bytes_in = 0 };
	for (int i = 0; i < PHASE_COUNT; i++)
		measures_add(ret_whole, &result->phases[i]);
	ret_whole->duration_ns = result->ended_ns - result->began_ns;
	timeline_finish(&result->timeline, result->ended_ns);
}
