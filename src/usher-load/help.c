/* SPDX-License-Identifier: MIT */
#include "usher-load/help.h"

#include <stdio.h>
#include <string.h>

#include "usher-load/exit.h"
#include "usher-load/options_table.h"

#define COLUMN 28

static const char beginning[] =
    "usher-load - puts a load on a server, and tells what became of every request\n"
    "\n"
    "usage: usher-load [options] URL...\n"
    "       http://HOST:PORT/PATH   unix:/SOCKET:/PATH   tcp://HOST:PORT (with --echo)\n";

static const char ending[] =
    "\n"
    "interrupt (Ctrl-C) ends the run and gives the summary so far; a second one ends at once\n"
    "\n"
    "exit status: 0 fine; 1 an expectation was not met; 2 the command line is wrong;\n"
    "             3 it could not run, nothing was answered as expected, or the client's own\n"
    "             failures leave --expect-no-loss unproven; 4 the command of --during failed,\n"
    "             or the run ended before it did; 5 a result could not be written\n"
    "\n"
    "examples:\n"
    "  usher-load -c 64 -d 10s http://127.0.0.1:8080/\n"
    "      closed loop, as wrk: each connection asks again when it has its answer\n"
    "  usher-load -c 64 -R 20k -d 30s --plot latency.svg http://127.0.0.1:8080/\n"
    "      20,000 requests a second; what is late is counted as late\n"
    "  usher-load -c 200 -d 15s --expect-no-loss --during 'systemctl reload usherd' URL\n"
    "      does a reload lose anything?\n"
    "  usher-load --echo 1k -c 10 tcp://127.0.0.1:7000\n"
    "      an echo service, each byte compared\n"
    "\n"
    "See usher-load(1).\n";

/* The further lines of `help` stand below its first one. */
static void
print_help(const char *help)
{
	const char *end;

	while ((end = strchr(help, '\n')) != NULL) {
		(void)printf("%.*s\n%*s", (int)(end - help), help, COLUMN, "");
		help = end + 1;
	}
	(void)printf("%s\n", help);
}

static void
print_row(const struct option_row *row)
{
	char room[COLUMN + 16];
	int len;

	if (row->section)
		(void)printf("\n%s:\n", row->section);
	if (row->letter)
		len = snprintf(room, sizeof(room), "  -%c, --%s %s", row->letter, row->name,
		    row->argument ? row->argument : "");
	else
		len = snprintf(room, sizeof(room), "      --%s %s", row->name,
		    row->argument ? row->argument : "");
	(void)printf("%-*s", COLUMN, room);
	if (len >= COLUMN)
		(void)printf("\n%*s", COLUMN, "");
	print_help(row->help);
}

int
help_print(void)
{
	(void)fputs(beginning, stdout);
	for (size_t i = 0; i < option_row_count; i++)
		if (option_rows[i].kind != OPTION_REFUSED)
			print_row(&option_rows[i]);
	(void)fputs(ending, stdout);
	return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_FINE : EXIT_OUTPUT;
}
