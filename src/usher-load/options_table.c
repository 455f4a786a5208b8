/* SPDX-License-Identifier: MIT */
#include "usher-load/options_table.h"

#include "usher-load/options.h"

#define AT(member) .offset = offsetof(struct options, member)
#define COUNTED(member) .count_offset = offsetof(struct options, member)

const struct option_row option_rows[] = {
	{ "How much", "connections", 'c', "N", OPTION_COUNT, AT(connections), .least = 1,
	    .most = 1000000, .help = "connections in all (10)" },
	{ NULL, "threads", 't', "N", OPTION_COUNT, AT(threads), .least = 1, .most = 256,
	    .help = "threads, a loop each (1)" },
	{ NULL, "duration", 'd', "TIME", OPTION_DURATION, AT(duration_us), .least = 1,
	    .help = "how long: 30s, 2m, 500ms; a bare number is seconds (10s)" },
	{ NULL, "requests", 'n', "N", OPTION_COUNT, AT(requests), .least = 1, .most = UINT64_MAX,
	    .help = "so many requests instead, or until -d is over if both are given" },
	{ NULL, "rate", 'R', "N", OPTION_COUNT, AT(rate), .least = 1, .most = 100000000,
	    .help = "requests per second in all, whether answers come or not (open loop);\n"
		    "latency then counts from the moment the request was due" },
	{ NULL, "arrivals", 0, "KIND", OPTION_STRING, AT(arrivals),
	    .help = "with -R: constant intervals, or poisson (constant)" },
	{ NULL, "seed", 0, "N", OPTION_COUNT, AT(seed), .least = 0, .most = UINT64_MAX,
	    .help = "for all that is random: the same seed, the same run (1)" },

	{ "How", "pipeline", 'p', "N", OPTION_COUNT, AT(pipeline), .least = 1, .most = 1024,
	    .help = "requests in flight on each connection (1)" },
	{ NULL, "think", 0, "TIME", OPTION_STRING, AT(think),
	    .help = "wait so long after each answer: 50ms, or 0-50ms at random" },
	{ NULL, "close", 0, NULL, OPTION_FLAG, AT(is_close),
	    .help = "a connection for each request, with Connection: close" },
	{ NULL, "idle", 0, "N", OPTION_COUNT, AT(idle), .least = 0, .most = 1000000,
	    .help = "so many more connections that are used once and then kept" },
	{ NULL, "slow-read", 0, "RATE", OPTION_SIZE, AT(slow_read), .least = 1,
	    .most = UINT64_C(1) << 40, .help = "each connection reads so many bytes a second" },
	{ NULL, "slow-write", 0, "RATE", OPTION_SIZE, AT(slow_write), .least = 1,
	    .most = UINT64_C(1) << 40, .help = "each connection sends so many bytes a second" },
	{ NULL, "timeout", 'T', "TIME", OPTION_DURATION, AT(timeout_us), .least = 1,
	    .help = "for a whole answer (10s); the connection is then given up" },
	{ NULL, "connect-timeout", 0, "TIME", OPTION_DURATION, AT(connect_timeout_us), .least = 1,
	    .help = "for a connection to be made (as --timeout)" },

	{ "What", "method", 'X', "NAME", OPTION_STRING, AT(method),
	    .help = "GET, or POST with --body" },
	{ NULL, "header", 'H', "LINE", OPTION_LIST, AT(headers), COUNTED(header_count),
	    .most = OPTIONS_HEADERS_MAX, .help = "\"Name: value\", may be given several times" },
	{ NULL, "body", 0, "FILE", OPTION_STRING, AT(body_file),
	    .help = "the file's bytes as the body of each request" },
	{ NULL, "request-file", 0, "FILE", OPTION_STRING, AT(request_file),
	    .help = "a mix of requests; a line is: WEIGHT METHOD PATH\n"
		    "[status=LIST] [sha256=HEX] [body=FILE]" },
	{ NULL, "echo", 0, "BYTES", OPTION_SIZE, AT(echo_bytes), .least = 1, .most = 1 << 20,
	    .help = "no HTTP: send messages of so many bytes to a service that\n"
		    "echoes, and compare each byte that comes back" },

	{ "Where", "transport", 0, "NAME", OPTION_STRING, AT(transport),
	    .help = "tcp, mptcp, sctp, unix or seqpacket (as the URL says)" },
	{ NULL, "source", 0, "ADDRESS", OPTION_LIST, AT(sources), COUNTED(source_count),
	    .most = OPTIONS_SOURCES_MAX,
	    .help = "connect from there, in turn where several are given; 127.0.0.2-127.0.0.9\n"
		    "are eight: each has some 28,000 ports" },
	{ NULL, "allow-remote", 0, NULL, OPTION_FLAG, AT(allow_remote),
	    .help = "the target may be a public address: you have its owner's consent" },

	{ "What for", "expect-status", 0, "LIST", OPTION_STRING, AT(expect_status),
	    .help = "200,304 or 2xx: any other status is a failure (exit 1)" },
	{ NULL, "expect-body", 0, "HASH", OPTION_STRING, AT(expect_body),
	    .help = "the SHA-256 of the body, or @FILE: another body is a failure" },
	{ NULL, "expect-no-loss", 0, NULL, OPTION_FLAG, AT(expect_no_loss),
	    .help = "any request lost, any connection refused is a failure" },
	{ NULL, "during", 0, "COMMAND", OPTION_STRING, AT(during),
	    .help = "run it in mid-run (sh -c) and report before, during and after:\n"
		    "proves, or disproves, that a reload loses nothing" },
	{ NULL, "during-at", 0, "TIME", OPTION_DURATION, AT(during_at_us), .least = 1,
	    .help = "when (after a third of the duration)" },
	{ NULL, "settle", 0, "TIME", OPTION_DURATION, AT(settle_us), .least = 0,
	    .help = "how long after the command's end is still \"during\" (1s)" },

	{ "Output", "latency", 'L', NULL, OPTION_FLAG, AT(is_latency),
	    .help = "accepted for wrk's sake: the latency is always shown in detail" },
	{ NULL, "json", 0, "FILE", OPTION_STRING, AT(json),
	    .help = "all of it as JSON; - is standard output, in place of the table" },
	{ NULL, "csv", 0, "FILE", OPTION_STRING, AT(csv), .help = "the time line, a row a second" },
	{ NULL, "plot", 0, "FILE", OPTION_STRING, AT(plot),
	    .help = "an SVG picture: distribution of the latency, and the time line" },
	{ NULL, "quiet", 'q', NULL, OPTION_FLAG, AT(is_quiet), .help = "no progress line" },
	{ NULL, "version", 'V', NULL, OPTION_VERSION, .help = "print the version and exit" },
	{ NULL, "help", 'h', NULL, OPTION_HELP, .help = "print this and exit" },
	{ NULL, "script", 's', "FILE", OPTION_REFUSED,
	    .help = "usher-load runs no Lua scripts: --request-file mixes requests, -X -H --body "
		    "shape them" },
};

const size_t option_row_count = sizeof(option_rows) / sizeof(option_rows[0]);
