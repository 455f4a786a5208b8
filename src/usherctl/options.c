/* SPDX-License-Identifier: MIT
 *
 * options: getopt_long(3), which lets options stand before and behind the verb.
 */
#include "usherctl/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "usherctl/ask.h"
#include "usherctl/verbs.h"
#include "version.h"

#define DEFAULT_ADDRESS "unix:/run/usher/admin.sock"
#define TIMEOUT_US (5 * CLOCK_SECOND_US)
#define RELOAD_TIMEOUT_US (60 * CLOCK_SECOND_US)
#define INTERVAL_US CLOCK_SECOND_US
#define INTERVAL_MIN_US (CLOCK_SECOND_US / 10)
#define LIMIT_DEFAULT 1000
#define LIMIT_MAX 100000
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Values of options that have no letter. */
enum {
	SHORT_MAX = 256,
	OPT_JSON,
	OPT_TIMEOUT,
	OPT_STATE,
	OPT_SORT,
	OPT_LIMIT,
	OPT_WHY,
	OPT_WAIT,
	OPT_ONCE,
	OPT_INTERVAL,
	OPT_PROC
};

static const struct verb verbs[] = {
	{ "status", NULL, OPTION_JSON, TIMEOUT_US, verb_status,
	    "what it is, what it does, how it fares" },
	{ "listeners", NULL, OPTION_JSON, TIMEOUT_US, verb_listeners,
	    "where it listens, and how full the accept queues are" },
	{ "connections", NULL, OPTION_JSON | OPTION_STATE | OPTION_SORT | OPTION_LIMIT, TIMEOUT_US,
	    verb_connections, "who is connected" },
	{ "drain", NULL, OPTION_JSON | OPTION_WHY, TIMEOUT_US, verb_drain,
	    "see all connections out, and wait until it has ended" },
	{ "reload", NULL, OPTION_JSON, RELOAD_TIMEOUT_US, verb_reload,
	    "take the configuration again, and say what changed" },
	{ "stop", NULL, OPTION_JSON | OPTION_WAIT, TIMEOUT_US, verb_stop,
	    "end it at once: what is open is cut" },
	{ "check", "FILE", OPTION_JSON, TIMEOUT_US, verb_check,
	    "is this configuration right? (needs no usherd)" },
	{ "log-level", "LEVEL", OPTION_JSON, TIMEOUT_US, verb_log_level,
	    "log up to error, warning, info or debug" },
	{ "top", NULL, OPTION_ONCE | OPTION_INTERVAL, TIMEOUT_US, verb_top,
	    "the live view; q quits" },
	{ "doctor", NULL, OPTION_JSON | OPTION_PROC, TIMEOUT_US, verb_doctor,
	    "does this machine allow what is configured?" },
};

static const char help_options[] =
    "\n"
    "  -s, --socket ADDRESS   where usherd's admin interface is: unix:/path or host:port;\n"
    "                         without it $USHER_ADMIN, else " DEFAULT_ADDRESS "\n"
    "      --json             print what usherd answered, for programs\n"
    "      --timeout TIME     wait so long for an answer (5s; reload: 60s); of drain and\n"
    "                         stop --wait: for the end\n"
    "      --state STATE      connections: only busy, idle, parked, flushing or lingering\n"
    "      --sort FIELD       connections: by id, age, idle, requests, bytes_in, bytes_out\n"
    "                         or unsent\n"
    "      --limit NUMBER     connections: at most so many (1000)\n"
    "      --why              drain: start nothing; list who keeps the drain from its end\n"
    "      --wait             stop: wait until it has ended\n"
    "      --interval TIME    top: between two frames (1s)\n"
    "      --once             top: one frame, as text\n"
    "  -V, --version          print the version and exit\n"
    "  -h, --help             print this and exit\n"
    "\n"
    "exit status: 0 done; 1 usherd refused, or the verdict is no; 2 the command line is\n"
    "             wrong; 3 nobody is there; 4 no answer in time, or not usherd's\n"
    "\n"
    "See usherctl(8).\n";

static const struct option long_options[] = {
	{ "socket", required_argument, NULL, 's' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "state", required_argument, NULL, OPT_STATE },
	{ "sort", required_argument, NULL, OPT_SORT },
	{ "limit", required_argument, NULL, OPT_LIMIT },
	{ "why", no_argument, NULL, OPT_WHY },
	{ "wait", no_argument, NULL, OPT_WAIT },
	{ "interval", required_argument, NULL, OPT_INTERVAL },
	{ "once", no_argument, NULL, OPT_ONCE },
	{ "proc", required_argument, NULL, OPT_PROC }, /* for tests */
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char *const states[] = { "busy", "idle", "parked", "flushing", "lingering" };
static const char *const sorts[] = { "id", "age", "idle", "requests", "bytes_in", "bytes_out",
	"unsent" };

/* While the command line is read. */
struct reading {
	struct command *command;
	unsigned given; /* bits of options */
};

static int
usage(const char *message, const char *subject)
{
	if (message)
		(void)fprintf(stderr, "usherctl: %s%s\n", message, subject ? subject : "");
	(void)fputs("usherctl: `usherctl --help` lists verbs and options\n", stderr);
	return CTL_USAGE;
}

static int
print_version(void)
{
	return puts("usherctl " USHER_VERSION) >= 0 && fflush(stdout) == 0 ? CTL_OK : CTL_FAILED;
}

static int
print_help(void)
{
	(void)fputs("usherctl - asks and steers a running usherd\n"
		    "\n"
		    "usage: usherctl [OPTION]... VERB\n"
		    "\n",
	    stdout);
	for (size_t i = 0; i < COUNT(verbs); i++)
		(void)printf("  %s %-*s %s\n", verbs[i].name, (int)(18 - strlen(verbs[i].name)),
		    verbs[i].argument ? verbs[i].argument : "", verbs[i].help);
	(void)fputs(help_options, stdout);
	return fflush(stdout) == 0 && !ferror(stdout) ? CTL_OK : CTL_FAILED;
}

/* A duration with its unit, or whole seconds. */
static int
take_time(const char *name, const char *value, int64_t min_us, int64_t *ret_us)
{
	uint64_t seconds;
	int64_t us;

	if (slice_to_u64(slice_of(value), &seconds) == 0 && seconds < 1000000)
		us = (int64_t)seconds * CLOCK_SECOND_US;
	else if (text_parse_duration_us(value, &us) != 0)
		us = -1;
	if (us < min_us || us > 1000000 * CLOCK_SECOND_US)
		return usage(name, " is a time, such as 5s or 500ms");
	*ret_us = us;
	return -1;
}

static int
take_word(const char *message, const char *value, const char *const *words, size_t count,
    const char **ret_word)
{
	const char *nearest = text_nearest_word(value, words, count);

	for (size_t i = 0; i < count; i++) {
		if (strcmp(value, words[i]) != 0)
			continue;
		*ret_word = words[i];
		return -1;
	}
	(void)fprintf(stderr, "usherctl: %s%s%s%s%s\n", message, value,
	    nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
	return usage(NULL, NULL);
}

static int
take_limit(struct reading *reading, const char *value)
{
	if (slice_to_u64(slice_of(value), &reading->command->limit) != 0 ||
	    reading->command->limit == 0 || reading->command->limit > LIMIT_MAX)
		return usage("--limit is a number from 1 to 100000, and not ", value);
	reading->given |= OPTION_LIMIT;
	return -1;
}

/* Options that are nothing but switches. */
static bool
take_switch(struct reading *reading, int option)
{
	const struct {
		int option;
		unsigned bit;
		bool *member;
	} switches[] = {
		{ OPT_JSON, OPTION_JSON, &reading->command->wants_json },
		{ OPT_WHY, OPTION_WHY, &reading->command->wants_why },
		{ OPT_WAIT, OPTION_WAIT, &reading->command->wants_wait },
		{ OPT_ONCE, OPTION_ONCE, &reading->command->wants_once },
	};

	for (size_t i = 0; i < COUNT(switches); i++) {
		if (switches[i].option != option)
			continue;
		*switches[i].member = true;
		reading->given |= switches[i].bit;
		return true;
	}
	return false;
}

static int
take_option(struct reading *reading, int option, const char *value)
{
	struct command *command = reading->command;

	if (take_switch(reading, option))
		return -1;
	switch (option) {
	case 's':
		command->client.address = value;
		return -1;
	case OPT_TIMEOUT:
		command->has_timeout = true;
		return take_time("--timeout", value, 1, &command->client.timeout_us);
	case OPT_INTERVAL:
		reading->given |= OPTION_INTERVAL;
		return take_time("--interval", value, INTERVAL_MIN_US, &command->interval_us);
	case OPT_STATE:
		reading->given |= OPTION_STATE;
		return take_word("no state of a connection is called ", value, states,
		    COUNT(states), &command->state);
	case OPT_SORT:
		reading->given |= OPTION_SORT;
		return take_word(
		    "connections are not sorted by ", value, sorts, COUNT(sorts), &command->sort);
	case OPT_LIMIT:
		return take_limit(reading, value);
	case OPT_PROC:
		reading->given |= OPTION_PROC;
		command->proc = value;
		return -1;
	case 'V':
		return print_version();
	case 'h':
		return print_help();
	default:
		return usage(NULL, NULL);
	}
}

static int
find_verb(struct command *command, const char *name)
{
	const char *names[COUNT(verbs)];
	const char *found;
	int status;

	for (size_t i = 0; i < COUNT(verbs); i++)
		names[i] = verbs[i].name;
	status = take_word("there is no verb ", name, names, COUNT(names), &found);
	for (size_t i = 0; status < 0 && i < COUNT(verbs); i++)
		if (names[i] == found)
			command->verb = &verbs[i];
	return status;
}

/* Options that the verb does not know are refused by name. */
static int
take_options_of(const struct reading *reading, const struct verb *verb)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {
		{ OPTION_STATE, "state" },
		{ OPTION_SORT, "sort" },
		{ OPTION_LIMIT, "limit" },
		{ OPTION_WHY, "why" },
		{ OPTION_WAIT, "wait" },
		{ OPTION_ONCE, "once" },
		{ OPTION_INTERVAL, "interval" },
		{ OPTION_JSON, "json" },
		{ OPTION_PROC, "proc" },
	};
	const unsigned foreign = reading->given & ~verb->options;

	for (size_t i = 0; i < COUNT(names); i++) {
		if (!(foreign & names[i].bit))
			continue;
		(void)fprintf(stderr, "usherctl: the verb %s has no option --%s\n", verb->name,
		    names[i].name);
		return usage(NULL, NULL);
	}
	return -1;
}

/* The verb and what it takes. */
static int
take_words(struct reading *reading, int argc, char **argv)
{
	struct command *command = reading->command;
	int status;

	if (optind == argc)
		return usage("a verb is missing, such as status", NULL);
	status = find_verb(command, argv[optind++]);
	if (status >= 0)
		return status;
	if (command->verb->argument && optind < argc)
		command->argument = argv[optind++];
	else if (command->verb->argument)
		return usage("this verb needs a ", command->verb->argument);
	if (optind < argc)
		return usage("too many arguments, from here on: ", argv[optind]);
	return take_options_of(reading, command->verb);
}

int
options_read(struct command *ret_command, int argc, char **argv)
{
	const char *address = getenv("USHER_ADMIN");
	struct command command = { .client = { .interrupt_fd = -1 },
		.interval_us = INTERVAL_US,
		.limit = LIMIT_DEFAULT,
		.proc = "/proc" };
	struct reading reading = { .command = &command };
	int option, status;

	command.client.address = address && *address ? address : DEFAULT_ADDRESS;
	while ((option = getopt_long(argc, argv, "s:Vh", long_options, NULL)) != -1) {
		status = take_option(&reading, option, optarg);
		if (status >= 0)
			return status;
	}
	status = take_words(&reading, argc, argv);
	if (status >= 0)
		return status;
	if (!command.has_timeout)
		command.client.timeout_us = command.verb->timeout_us;
	look_read(&command.look, STDOUT_FILENO);
	*ret_command = command;
	return -1;
}
