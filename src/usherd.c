/* SPDX-License-Identifier: MIT
 *
 * usherd: argv in, exit status out. A program on the library, as any other could be: it
 * has a configuration loaded, checked, and printed or served.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include <usher/usher.h>

#include "version.h"

#define DEFAULT_FILE USHER_SYSCONFDIR "/usher/usher.conf"
#define LISTEN_MAX 64

/* Exit statuses; usherd(8) documents them. */
enum { ENDED_WELL = 0, FAILED = 1, WRONG_USAGE = 2, CUT_SHORT = 4 };

enum task { TASK_SERVE, TASK_CHECK, TASK_PRINT };

struct command_line {
	const char *file;      /* -c, or NULL */
	const char *directory; /* -r, or NULL */
	const char *listen[LISTEN_MAX];
	size_t listen_count;
	const char *report; /* -R, or NULL */
	enum task task;
	bool is_verbose;
};

static const char help[] =
    "usherd - shows every client in, serves it, and sees it out\n"
    "\n"
    "usage: usherd [-c FILE] [-t] [-T] [-r DIRECTORY] [-l ADDRESS:PORT]...\n"
    "              [-R FILE] [-v] [-V] [-h]\n"
    "\n"
    "  -c, --config FILE         read FILE; without -c and -r: " DEFAULT_FILE "\n"
    "                            if it exists, else a page of welcome on 127.0.0.1:8080\n"
    "  -r, --root DIRECTORY      serve the files of DIRECTORY, without a configuration file\n"
    "  -l, --listen ADDRESS:PORT listen there instead; may be given several times:\n"
    "                            :8080, 127.0.0.1:0, [::1]:8080, unix:/path\n"
    "                            (port 0: the kernel chooses, the log says which)\n"
    "  -t, --test                check the configuration, change nothing, and exit\n"
    "  -T, --dump                the same, and print the effective configuration\n"
    "  -R, --report FILE         write the report of the drain to FILE, as JSON\n"
    "  -v, --verbose             log the life of each connection\n"
    "  -V, --version             print the version and exit\n"
    "  -h, --help                print this and exit\n"
    "\n"
    "signals: TERM, INT, QUIT drain and exit; a second one stops at once;\n"
    "         HUP reloads; USR1 opens the log files again, after they were rotated;\n"
    "         USR2 starts the binary that is there now, which takes this one's place\n"
    "\n"
    "exit status: 0 ended in good order; 1 cannot start, or the configuration is wrong;\n"
    "             2 the command line is wrong; 4 ended, and connections were cut\n"
    "\n"
    "Started as root it becomes the user that the configuration names, once it is bound.\n"
    "Under systemd it takes sockets by name, and tells how it is: see usherd(8).\n"
    "\n"
    "examples:\n"
    "  usherd -r . -l :8000             serve this directory on port 8000\n"
    "  usherd -t -c usher.conf          is this file right?\n"
    "\n"
    "See usherd(8) and usher.conf(5).\n";

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "root", required_argument, NULL, 'r' },
	{ "listen", required_argument, NULL, 'l' },
	{ "test", no_argument, NULL, 't' },
	{ "dump", no_argument, NULL, 'T' },
	{ "report", required_argument, NULL, 'R' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int
usage(const char *message)
{
	if (message)
		(void)fprintf(stderr, "usherd: %s\n", message);
	(void)fputs("usherd: `usherd --help` lists the options\n", stderr);
	return WRONG_USAGE;
}

/* What --help and --version print is all there is to do, so a full disk or a
 * closed pipe is a failure. */
static int
print_and_exit(const char *text)
{
	return fputs(text, stdout) >= 0 && fflush(stdout) == 0 ? ENDED_WELL : FAILED;
}

static int
take_option(struct command_line *line, int option, const char *value)
{
	switch (option) {
	case 'c':
		line->file = value;
		return -1;
	case 'r':
		line->directory = value;
		return -1;
	case 'l':
		if (line->listen_count == LISTEN_MAX)
			return usage("-l is given more than 64 times");
		line->listen[line->listen_count++] = value;
		return -1;
	case 't':
		if (line->task == TASK_SERVE)
			line->task = TASK_CHECK;
		return -1;
	case 'T':
		line->task = TASK_PRINT;
		return -1;
	case 'R':
		line->report = value;
		return -1;
	case 'v':
		line->is_verbose = true;
		return -1;
	case 'V':
		return print_and_exit("usherd " USHER_VERSION "\n");
	case 'h':
		return print_and_exit(help);
	default:
		return usage(NULL);
	}
}

/* -1 to go on, or an exit status. */
static int
parse_command_line(struct command_line *line, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "c:r:l:tTR:vVh", long_options, NULL)) != -1) {
		int status = take_option(line, option, optarg);

		if (status >= 0)
			return status;
	}
	if (optind < argc)
		return usage("it takes options only, no other arguments");
	if (line->file && line->directory)
		return usage("-c and -r exclude each other: a file names its own directories");
	return -1;
}

static int
load(struct usher_server *server, const struct command_line *line)
{
	struct usher_source source = { .size = sizeof(source),
		.file = line->file,
		.directory = line->directory,
		.addresses = line->listen,
		.address_count = line->listen_count };
	int result = 0;

	if (!line->file && !line->directory) {
		source.file = DEFAULT_FILE;
		source.may_be_missing = true;
	}
	if (line->is_verbose)
		result = usher_server_set(server, "log.level", "debug");
	if (result == 0)
		result = usher_server_load(server, &source);
	return result == 0 ? usher_server_check(server) : result;
}

/* Who asks whether a file is right reads the answer, or has an editor read it:
 * such lines begin with FILE:LINE. Who starts a server finds it in the log. */
static void
tell(enum task task, bool is_warning, const char *line)
{
	if (task != TASK_SERVE)
		(void)fprintf(stderr, "%s%s\n", is_warning ? "warning: " : "", line);
	else
		usher_log(is_warning ? USHER_LOG_WARNING : USHER_LOG_ERROR, "%s", line);
}

static void
tell_problems(enum task task, struct usher_server *server, int result)
{
	bool is_warning = false;
	const char *line;

	for (size_t i = 0; (line = usher_server_problem(server, i, &is_warning)) != NULL; i++)
		tell(task, is_warning, line);
	if (result == USHER_NO_MEMORY)
		usher_log(USHER_LOG_ERROR, "no memory for the configuration");
}

static int
check(const struct command_line *line, struct usher_server *server)
{
	bool is_told;

	if (line->task == TASK_PRINT)
		is_told = usher_server_print(server, stdout) == 0;
	else
		is_told = fprintf(stderr, "%s: the configuration is right\n",
			      usher_server_origin(server)) > 0;
	return is_told ? ENDED_WELL : FAILED;
}

static int
serve(struct usher_server *server)
{
	if (usher_server_start(server) != 0) {
		usher_log(USHER_LOG_ERROR, "%s", usher_server_error(server));
		return FAILED;
	}
	switch (usher_server_run(server)) {
	case 0:
		return ENDED_WELL;
	case 1:
		return CUT_SHORT;
	default:
		return FAILED;
	}
}

static int
load_and_serve(const struct command_line *line, struct usher_server *server)
{
	int result = load(server, line);

	tell_problems(line->task, server, result);
	if (result != 0)
		return FAILED;
	return line->task == TASK_SERVE ? serve(server) : check(line, server);
}

int
main(int argc, char **argv)
{
	struct command_line line = { .file = NULL };
	struct usher_server_options options;
	struct usher_server *server;
	int status = parse_command_line(&line, argc, argv);

	if (status >= 0)
		return status;
	usher_server_options_init(&options);
	options.report = line.report;
	options.arguments = argv;
	server = usher_server_new(&options);
	if (server)
		status = load_and_serve(&line, server);
	else
		usher_log(USHER_LOG_ERROR, "no memory for the server");
	usher_server_free(server);
	return server ? status : FAILED;
}
