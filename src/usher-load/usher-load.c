/* SPDX-License-Identifier: MIT
 *
 * usher-load: argv in, exit status out. Reads the command line, makes the plan,
 * performs it, and writes what came of it wherever it was asked for.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "usher-load/csv.h"
#include "usher-load/exit.h"
#include "usher-load/json_report.h"
#include "usher-load/options.h"
#include "usher-load/plan.h"
#include "usher-load/plot.h"
#include "usher-load/report.h"
#include "usher-load/run.h"
#include "usher-load/table.h"
#include "usher-load/verdict.h"
#include "version.h"

#define ERROR_MAX 1024
#define TARGET_MAX 2048

static void
complain(const char *sentence)
{
	(void)fprintf(stderr, "usher-load: %s\n", sentence);
}

/* --- Outputs ------------------------------------------------------------ */

typedef int writer(FILE *, const struct report *);

static int
write_to(const char *path, writer *write, const struct report *report)
{
	FILE *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	int result;

	if (!file) {
		(void)fprintf(stderr, "usher-load: %s: %s\n", path, strerror(errno));
		return EXIT_OUTPUT;
	}
	result = write(file, report);
	if (file != stdout && fclose(file) != 0 && result == 0)
		result = -errno;
	if (result != 0)
		(void)fprintf(stderr, "usher-load: %s: %s\n", path, strerror(-result));
	return result == 0 ? EXIT_FINE : EXIT_OUTPUT;
}

static bool
is_stdout(const char *path)
{
	return path && strcmp(path, "-") == 0;
}

/* Everything is tried; the first failure counts. */
static int
write_all(const struct options *options, const struct report *report)
{
	const struct {
		const char *path;
		writer *write;
	} outputs[] = {
		{ is_stdout(options->json) || is_stdout(options->csv) || is_stdout(options->plot)
			? NULL
			: "-",
		    table_write },
		{ options->json, json_report_write },
		{ options->csv, csv_write },
		{ options->plot, plot_write },
	};
	int status = EXIT_FINE;

	for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++) {
		int written = outputs[i].path ? write_to(outputs[i].path, outputs[i].write, report)
					      : EXIT_FINE;

		status = status != EXIT_FINE ? status : written;
	}
	return status;
}

static int
check_output(const char *path)
{
	FILE *file;

	if (!path || is_stdout(path))
		return EXIT_FINE;
	file = fopen(path, "ae");
	if (file && fclose(file) == 0)
		return EXIT_FINE;
	(void)fprintf(stderr, "usher-load: %s: %s\n", path, strerror(errno));
	return EXIT_OUTPUT;
}

/* A file that cannot be written is better known before the run than after it. */
static int
check_outputs(const struct options *options)
{
	const char *const paths[] = { options->json, options->csv, options->plot };
	int status = EXIT_FINE;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		for (size_t j = 0; j < i; j++)
			if (paths[i] && paths[j] && strcmp(paths[i], paths[j]) == 0)
				return options_complain(
				    "--json, --csv and --plot: two of them cannot go to one file");
	for (size_t i = 0; status == EXIT_FINE && i < sizeof(paths) / sizeof(paths[0]); i++)
		status = check_output(paths[i]);
	return status;
}

/* --- The run ------------------------------------------------------------ */

static const char *
name_targets(const struct options *options, struct text *text)
{
	for (size_t i = 0; i < options->url_count; i++) {
		if (i > 0)
			text_put_char(text, ' ');
		text_put_string(text, options->urls[i]);
	}
	return text_string(text);
}

static int
tell(const struct options *options, const struct plan *plan, struct run_outcome *outcome)
{
	char room[TARGET_MAX];
	struct text target = text_over(room, sizeof(room));
	struct measures *whole = malloc(sizeof(*whole));
	struct report report = {
		.version = USHER_VERSION,
		.target = name_targets(options, &target),
		.threads = plan->threads,
		.connections = plan->connections,
		.idle_connections = plan->idle,
		.pipeline = plan->pipeline,
		.rate = options->rate,
		.arrivals = options->arrivals,
		.is_close = plan->is_close,
		.was_interrupted = outcome->was_interrupted,
		.began_wall_us = outcome->began_wall_us,
		.command = outcome->command,
		.result = &outcome->result,
		.whole = whole,
	};
	int status, verdict;

	if (!whole) {
		complain("there is no memory for the results");
		return EXIT_OUTPUT;
	}
	result_finish(&outcome->result, whole);
	status = write_all(options, &report);
	verdict = verdict_tell(plan, &report);
	free(whole);
	return verdict != EXIT_FINE ? verdict : status;
}

static int
perform(const struct options *options, const struct plan *plan)
{
	char room[ERROR_MAX];
	struct text error = text_over(room, sizeof(room));
	struct run_outcome outcome = { .was_interrupted = false };
	int status;

	if (run_perform(plan, options->is_quiet, &outcome, &error) != 0) {
		complain(text_string(&error));
		return EXIT_CANNOT;
	}
	status = tell(options, plan, &outcome);
	result_done(&outcome.result);
	return status;
}

static int
make_and_perform(const struct options *options, struct plan *plan)
{
	char room[ERROR_MAX];
	struct text error = text_over(room, sizeof(room));
	int status;

	if (plan_make(plan, options, &status, &error) != 0) {
		if (status == EXIT_USAGE)
			return options_complain(text_string(&error));
		complain(text_string(&error));
		return status;
	}
	status = check_outputs(options);
	if (status == EXIT_FINE)
		status = perform(options, plan);
	plan_done(plan);
	return status;
}

int
main(int argc, char **argv)
{
	struct options options;
	struct plan *plan;
	int status = options_read(&options, argc, argv);

	if (status >= 0)
		return status;
	plan = malloc(sizeof(*plan));
	if (!plan) {
		complain("there is no memory");
		return EXIT_CANNOT;
	}
	status = make_and_perform(&options, plan);
	free(plan);
	return status;
}
