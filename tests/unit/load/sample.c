/* SPDX-License-Identifier: MIT
 *
 * sample: prints an output of a run that never was, for test_outputs.py, which
 * reads it with other people's parsers.
 *
 *     sample json|csv|svg|table plain|schedule|command|empty|hostile
 */
#include <string.h>

#include "rig.h"
#include "usher-load/csv.h"
#include "usher-load/json_report.h"
#include "usher-load/plot.h"
#include "usher-load/table.h"

#define HOSTILE "http://x/?a=\"<b>&'\\\x01\x1b\t\xff\xc3(é\xef\xbf\xbe"

struct output {
	const char *name;
	int (*write)(FILE *, const struct report *);
};

static const struct output outputs[] = { { "json", json_report_write }, { "csv", csv_write },
	{ "svg", plot_write }, { "table", table_write } };

struct kind {
	const char *name;
	struct rig_run run;
};

static const struct kind kinds[] = {
	{ "plain", { .threads = 2, .seconds = 7, .per_second = 3000 } },
	{ "schedule", { .threads = 2, .seconds = 7, .per_second = 3000, .has_schedule = true } },
	{ "command",
	    { .threads = 3,
		.seconds = 9,
		.per_second = 9000,
		.has_schedule = true,
		.has_command = true } },
	{ "hostile", { .threads = 1, .seconds = 3, .per_second = 500, .has_command = true } },
	{ "empty", { .threads = 0 } },
};

static void
make(struct rig *rig, const char *name)
{
	for (int i = 0; i < COUNT(kinds); i++) {
		if (strcmp(kinds[i].name, name) != 0)
			continue;
		if (kinds[i].run.threads == 0)
			rig_init_empty(rig);
		else
			rig_init(rig, &kinds[i].run);
		if (strcmp(name, "hostile") == 0)
			rig->report.target = rig->report.command.line = HOSTILE;
		return;
	}
	exit(EXIT_FAILURE);
}

int
main(int argc, char **argv)
{
	struct rig rig;
	int error = -1;

	if (argc != 3)
		return EXIT_FAILURE;
	make(&rig, argv[2]);
	for (int i = 0; i < COUNT(outputs); i++) {
		if (strcmp(outputs[i].name, argv[1]) == 0)
			error = outputs[i].write(stdout, &rig.report);
	}
	rig_done(&rig);
	return error == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
