/* SPDX-License-Identifier: MIT
 *
 * rig: see the header. It asserts with must(), because sample.c runs outside of
 * Check.
 */
#include "rig.h"

#include <math.h>
#include <string.h>

#include "base/panic.h"

uint64_t
rig_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static double
uniform(uint64_t *state)
{
	return ((double)(rig_random(state) >> 11) + 0.5) * 0x1p-53;
}

int64_t
rig_latency_ns(uint64_t *state, int64_t median_ns)
{
	double normal = sqrt(-2 * log(uniform(state))) * cos(6.283185307 * uniform(state));
	double tail = uniform(state) < 0.002 ? 4 + 20 * uniform(state) : 1;

	return (int64_t)((double)median_ns * exp(0.25 * normal) * tail) + 1;
}

struct filler {
	struct result *result;
	const struct rig_run *run;
	uint64_t random;
};

static void
fill_request(struct filler *filler, int64_t at_ns, bool is_during)
{
	uint64_t *random = &filler->random;
	int64_t total_ns = rig_latency_ns(random, is_during ? 1900000 : 800000);
	int64_t wait_ns = is_during ? rig_latency_ns(random, 6000000) : 20000;
	struct request_times times = { .due_ns = at_ns - wait_ns,
		.sent_ns = at_ns,
		.first_byte_ns = at_ns + total_ns - total_ns / 16,
		.ended_ns = at_ns + total_ns };

	result_count_bytes(filler->result, 1238, 96, times.ended_ns);
	if (filler->run->has_schedule)
		result_record_lag(filler->result, 1000 + (int64_t)(rig_random(random) % 30000));
	if (is_during && rig_random(random) % 97 == 0)
		result_count_request(filler->result, OUTCOME_FIN_BEFORE_ANSWER, at_ns, at_ns);
	else if (is_during && rig_random(random) % 197 == 0)
		result_count_request(filler->result, OUTCOME_RESET_IN_ANSWER, at_ns, at_ns);
	else
		result_count_answer(filler->result, OUTCOME_ANSWERED, &times, 200);
}

static void
enter_phases(struct filler *filler, unsigned second, int64_t at_ns)
{
	if (!filler->run->has_command)
		return;
	if (second == filler->run->seconds / 3)
		result_enter_phase(filler->result, PHASE_DURING, at_ns);
	if (second == 2 * filler->run->seconds / 3)
		result_enter_phase(filler->result, PHASE_AFTER, at_ns);
}

static void
fill_second(struct filler *filler, unsigned second)
{
	const struct rig_run *run = filler->run;
	int64_t at_ns = RIG_BEGAN_NS + second * RIG_SECOND_NS;
	unsigned per_second = run->per_second;
	bool is_during;

	enter_phases(filler, second, at_ns);
	is_during = filler->result->phase == PHASE_DURING;
	per_second -= is_during ? per_second / 4 : 0;
	per_second -= (unsigned)(rig_random(&filler->random) % (per_second / 20 + 1));
	for (unsigned i = 0; i < per_second; i++)
		fill_request(filler, at_ns + i * (RIG_SECOND_NS / per_second), is_during);
}

static void
fill(struct result *result, const struct rig_run *run, unsigned thread)
{
	struct filler filler = { .result = result, .run = run, .random = thread + 1 };
	int64_t end_ns = RIG_BEGAN_NS + run->seconds * RIG_SECOND_NS;

	for (int i = 0; i < 32; i++)
		result_count_connect(
		    result, RIG_BEGAN_NS, RIG_BEGAN_NS + rig_latency_ns(&filler.random, 120000));
	for (unsigned second = 0; second < run->seconds; second++)
		fill_second(&filler, second);
	for (int i = 0; i < 32; i++)
		result_count_connection(result, OUTCOME_CLOSED, true, end_ns - 1);
	result->due = run->has_schedule ? (uint64_t)run->per_second * run->seconds : 0;
	result_end(result, end_ns);
	result->cpu_user_us = run->seconds * INT64_C(210000);
	result->cpu_system_us = run->seconds * INT64_C(450000);
}

static void
describe(struct rig *rig, const struct rig_run *run)
{
	rig->report = (struct report){ .version = "0.1.0",
		.target = "http://127.0.0.1:8080/index.html",
		.threads = run->threads,
		.connections = run->threads * 32,
		.pipeline = 1,
		.rate = run->has_schedule ? (uint64_t)run->threads * run->per_second : 0,
		.arrivals = run->has_schedule ? "constant" : NULL,
		.began_wall_us = INT64_C(1789000000123456),
		.result = &rig->result,
		.whole = rig->whole };
	if (run->has_command)
		rig->report.command = (struct report_command){ .line = "systemctl reload usherd",
			.began_ns = rig->result.phase_began_ns[PHASE_DURING],
			.ended_ns = rig->result.phase_began_ns[PHASE_AFTER] };
}

static void
begin(struct rig *rig, bool has_schedule)
{
	rig->whole = calloc(1, sizeof(*rig->whole));
	must(rig->whole != NULL);
	must(result_init(&rig->result, RIG_BEGAN_NS, RIG_SECOND_NS, has_schedule) == 0);
}

void
rig_init(struct rig *rig, const struct rig_run *run)
{
	begin(rig, run->has_schedule);
	for (unsigned i = 0; i < run->threads; i++) {
		struct result part;

		must(result_init(&part, RIG_BEGAN_NS, RIG_SECOND_NS, run->has_schedule) == 0);
		fill(&part, run, i);
		must(result_add(&rig->result, &part) == 0);
		result_done(&part);
	}
	describe(rig, run);
	rig_refresh(rig);
}

void
rig_init_empty(struct rig *rig)
{
	begin(rig, false);
	result_end(&rig->result, RIG_BEGAN_NS + RIG_SECOND_NS);
	describe(rig, &(struct rig_run){ .threads = 1 });
	rig_refresh(rig);
}

void
rig_refresh(struct rig *rig)
{
	result_finish(&rig->result, rig->whole);
}

void
rig_done(struct rig *rig)
{
	result_done(&rig->result);
	free(rig->whole);
}

char *
rig_output(int (*write)(FILE *, const struct report *), const struct report *report)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	must(out != NULL);
	must(write(out, report) == 0);
	must(fclose(out) == 0);
	must(strlen(text) == len);
	return text;
}
