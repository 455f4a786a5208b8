/* SPDX-License-Identifier: MIT
 *
 * usherd: argv in, exit status out. Reads the command line, gets a configuration
 * and checks it, and hands it to the server.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "config/check.h"
#include "config/load.h"
#include "config/print.h"
#include "server/activation.h"
#include "server/confinement.h"
#include "server/inheritance.h"
#include "server/server.h"
#include "server/upgrade.h"
#include "version.h"

#define DEFAULT_FILE USHER_SYSCONFDIR "/usher/usher.conf"
#define LISTEN_MAX 64

enum task { TASK_SERVE, TASK_CHECK, TASK_PRINT };

struct command_line {
	const char *file;      /* -c, or NULL */
	const char *directory; /* -r, or NULL */
	const char *listen[LISTEN_MAX];
	size_t listen_count;
	enum task task;
	bool is_verbose;
	bool may_bind_privileged; /* at the start: sockets are kept when the right is gone */
	struct server_options server;
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
	return SERVER_USAGE;
}

/* What --help and --version print is all there is to do, so a full disk or a
 * closed pipe is a failure. */
static int
print_and_exit(const char *text)
{
	return fputs(text, stdout) >= 0 && fflush(stdout) == 0 ? SERVER_OK : SERVER_FAILED;
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
		line->server.report = value;
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
get_config(
    const struct command_line *line, struct config **ret_config, struct config_errors *errors)
{
	const char *file = line->file;

	if (!file && !line->directory && access(DEFAULT_FILE, F_OK) == 0)
		file = DEFAULT_FILE;
	if (file)
		return config_load(file, ret_config, errors);
	return config_default(line->directory, ret_config);
}

static int
prepare(const struct command_line *line, struct config **ret_config, struct config_errors *errors)
{
	struct config_host host;
	struct config *config = NULL;
	int result = get_config(line, &config, errors);

	if (result != 0)
		return result;
	result = config_listen_on(config, line->listen, line->listen_count, errors);
	config_host_read(&host);
	host.may_bind_privileged = line->may_bind_privileged;
	if (result == 0)
		result = config_check(config, &host, errors);
	/* The rules of a predecessor are in force from the first moment on. */
	if (result == 0 && inheritance_is_offered())
		result = confinement_check(config, errors);
	if (result != 0) {
		config_free(config);
		return result;
	}
	if (line->is_verbose)
		config->log.level = LOG_LEVEL_DEBUG;
	*ret_config = config;
	return 0;
}

/* Who asks whether a file is right reads the answer, or has an editor read it:
 * such lines begin with FILE:LINE. Who starts a server finds it in the log. */
static void
tell(enum task task, bool is_warning, const char *line)
{
	if (task != TASK_SERVE)
		(void)fprintf(stderr, "%s%s\n", is_warning ? "warning: " : "", line);
	else if (is_warning)
		log_warning("%s", line);
	else
		log_error("%s", line);
}

static void
tell_errors(enum task task, const struct config_errors *errors)
{
	char room[64];
	struct text rest = text_over(room, sizeof(room));

	for (size_t i = 0; i < errors->count; i++)
		tell(task, errors->items[i].is_warning, errors->items[i].text);
	text_put_format(&rest, "… and %zu more", errors->left_out);
	if (errors->left_out > 0)
		tell(task, false, text_string(&rest));
}

/* A reload reads what was read at the start. */
static int
load_again(struct config **ret_config, struct config_errors *errors, void *arg)
{
	return prepare(arg, ret_config, errors);
}

static int
check(const struct command_line *line, struct config *config)
{
	bool is_told;

	if (line->task == TASK_PRINT)
		is_told = config_print(config, stdout) == 0;
	else
		is_told = fprintf(stderr, "%s: the configuration is right\n", config->origin) > 0;
	config_free(config);
	return is_told ? SERVER_OK : SERVER_FAILED;
}

/* Sockets that are handed over are bound already. */
static bool
may_bind_privileged(void)
{
	struct config_host host;

	config_host_read(&host);
	return host.may_bind_privileged || activation_is_offered() || inheritance_is_offered();
}

/* Variables are taken out of the environment later; a successor is to have them. NULL: no
 * memory. */
static char **
copy_environment(void)
{
	size_t count = 0;
	char **copy;

	while (environ[count])
		count++;
	copy = calloc(count + 1, sizeof(*copy));
	for (size_t i = 0; copy && i < count; i++)
		copy[i] = environ[i];
	return copy;
}

static int
serve(struct command_line *line, struct config *config, char **argv)
{
	char room[PATH_MAX];
	struct text program = text_over(room, sizeof(room));
	char **environment = copy_environment();
	int status = SERVER_FAILED;

	upgrade_find_program(argv[0], &program);
	line->server.program = room;
	line->server.arguments = argv;
	line->server.environment = environment;
	line->server.source = (struct reload_source){ load_again, line };
	if (environment)
		status = (int)server_run(config, &line->server);
	else
		config_free(config);
	free(environment);
	line->server.program = NULL;
	return status;
}

int
main(int argc, char **argv)
{
	struct command_line line = { 0 };
	struct config_errors errors;
	struct config *config = NULL;
	int status = parse_command_line(&line, argc, argv);

	if (status >= 0)
		return status;
	log_open();
	line.may_bind_privileged = may_bind_privileged();
	config_errors_init(&errors);
	status = prepare(&line, &config, &errors);
	tell_errors(line.task, &errors);
	config_errors_done(&errors);
	if (status != 0) {
		if (status == -ENOMEM)
			log_error("no memory for the configuration");
		return SERVER_FAILED;
	}
	if (line.task != TASK_SERVE)
		return check(&line, config);
	return serve(&line, config, argv);
}
