/* SPDX-License-Identifier: MIT
 *
 * plan: one step for each part of the command line, in an order in which each may rely on
 * those before it.
 */
#include "usher-load/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "usher-load/exit.h"
#include "usher-load/target.h"

#define US_NS 1000

/* What several steps need. */
struct making {
	struct plan *plan;
	const struct options *options;
	struct request_parts parts; /* of every request */
	char *body;                 /* owned */
	struct text *error;
	int exit_status;
};

static int
refuse(struct making *making, const char *sentence)
{
	text_put_string(making->error, sentence);
	making->exit_status = EXIT_USAGE;
	return -EINVAL;
}

/* "10-50ms": the unit may be written once. */
static int
parse_range(const char *value, int64_t *ret_least_us, int64_t *ret_most_us)
{
	const char *dash = strchr(value, '-');
	const char *most = dash ? dash + 1 : value;
	const char *unit = most + strspn(most, "0123456789");
	char room[64];
	struct text least = text_over(room, sizeof(room));

	text_put(&least, (struct slice){ value, dash ? (size_t)(dash - value) : strlen(value) });
	if (dash && dash > value && dash[-1] >= '0' && dash[-1] <= '9')
		text_put_string(&least, unit);
	if (least.is_truncated || text_parse_duration_us(text_string(&least), ret_least_us) != 0)
		return -EINVAL;
	return text_parse_duration_us(most, ret_most_us);
}

static int
take_think(struct making *making)
{
	const char *value = making->options->think;
	int64_t least_us = 0, most_us = 0;

	if (!value)
		return 0;
	if (parse_range(value, &least_us, &most_us) != 0 || least_us > most_us)
		return refuse(making, "--think: write 50ms, or 0-50ms");
	making->plan->think_least_ns = least_us * US_NS;
	making->plan->think_most_ns = most_us * US_NS;
	return 0;
}

static int
take_arrivals(struct making *making)
{
	const struct options *options = making->options;

	making->plan->rate = (double)options->rate;
	making->plan->is_poisson = strcmp(options->arrivals, "poisson") == 0;
	if (!making->plan->is_poisson && strcmp(options->arrivals, "constant") != 0)
		return refuse(making, "--arrivals: constant, or poisson");
	if (options->rate > 0 && options->think)
		return refuse(making,
		    "-R and --think exclude each other: the rate says when requests are due");
	if (making->plan->is_poisson && options->rate == 0)
		return refuse(making, "--arrivals poisson needs a rate (-R)");
	return 0;
}

static int
check_together(struct making *making)
{
	const struct options *options = making->options;

	if (options->threads > options->connections)
		return refuse(making, "fewer connections than threads: each thread needs one (-c)");
	if (options->is_close && options->pipeline > 1)
		return refuse(making,
		    "--close and --pipeline exclude each other: after the first answer "
		    "the connection ends");
	if (options->body_file && options->request_file)
		return refuse(
		    making, "--body and --request-file exclude each other: write body=FILE there");
	if (options->method && options->request_file)
		return refuse(
		    making, "-X and --request-file exclude each other: a line names its method");
	if (options->echo_bytes == 0)
		return 0;
	if (options->request_file || options->body_file || options->method ||
	    options->header_count > 0 || options->expect_status || options->expect_body)
		return refuse(making,
		    "--echo speaks no HTTP: -X -H --body --request-file --expect-status "
		    "--expect-body do not go with it");
	return 0;
}

static int
take_amounts(struct making *making)
{
	const struct options *options = making->options;
	struct plan *plan = making->plan;

	plan->threads = (unsigned)options->threads;
	plan->connections = (unsigned)options->connections;
	plan->idle = (unsigned)options->idle;
	plan->pipeline = (unsigned)options->pipeline;
	plan->max_requests = options->requests;
	plan->duration_ns = options->duration_us * US_NS;
	if (plan->duration_ns == 0 && plan->max_requests == 0)
		plan->duration_ns = INT64_C(10000000000);
	plan->timeout_ns = options->timeout_us * US_NS;
	plan->connect_timeout_ns = options->connect_timeout_us > 0
	    ? options->connect_timeout_us * US_NS
	    : plan->timeout_ns;
	plan->seed = options->seed;
	plan->is_close = options->is_close;
	plan->slow_read = options->slow_read;
	plan->slow_write = options->slow_write;
	plan->echo_bytes = (size_t)options->echo_bytes;
	return 0;
}

static int
take_during(struct making *making)
{
	const struct options *options = making->options;
	struct plan *plan = making->plan;

	plan->during = options->during;
	plan->settle_ns = options->settle_us * US_NS;
	plan->during_at_ns = options->during_at_us * US_NS;
	if (!plan->during)
		return 0;
	if (plan->duration_ns == 0)
		return refuse(
		    making, "--during needs a duration (-d): the command runs in its midst");
	if (plan->during_at_ns == 0)
		plan->during_at_ns = plan->duration_ns / 3;
	if (plan->during_at_ns >= plan->duration_ns)
		return refuse(making, "--during-at is after the end of the run (-d)");
	return 0;
}

static int
take_expectations(struct making *making)
{
	const struct options *options = making->options;
	struct expect *expect = &making->parts.expect;
	int result;

	expect_init(expect);
	making->plan->expects_status = options->expect_status != NULL;
	making->plan->expects_body = options->expect_body != NULL;
	making->plan->expects_no_loss = options->expect_no_loss;
	if (options->expect_status &&
	    expect_parse_statuses(expect, slice_of(options->expect_status)) != 0)
		return refuse(making, "--expect-status: write 200, 2xx, or 200,304");
	if (!options->expect_body)
		return 0;
	result = expect_parse_digest(expect, options->expect_body);
	if (result == -EINVAL)
		return refuse(making,
		    "--expect-body: write 64 hexadecimal digits, as sha256sum prints, or @FILE");
	if (result != 0)
		text_put_format(
		    making->error, "--expect-body %s: %s", options->expect_body, strerror(-result));
	return result;
}

static int
take_request(struct making *making)
{
	const struct options *options = making->options;
	struct request_parts *parts = &making->parts;
	int result;

	parts->weight = 1;
	parts->says_close = options->is_close;
	parts->headers = options->headers;
	parts->header_count = options->header_count;
	parts->method = options->method ? options->method : options->body_file ? "POST" : "GET";
	if (strcmp(parts->method, "CONNECT") == 0)
		return refuse(making, "-X CONNECT makes a tunnel, and usher-load uses none");
	if (!options->body_file)
		return 0;
	result = request_read_file(options->body_file, &making->body, &parts->body_len);
	parts->body = making->body;
	if (result != 0)
		text_put_format(
		    making->error, "--body %s: %s", options->body_file, strerror(-result));
	return result;
}

static int
take_sources(struct making *making)
{
	const struct options *options = making->options;

	for (size_t i = 0; i < options->source_count; i++)
		if (source_add(&making->plan->sources, options->sources[i], making->error) != 0) {
			making->exit_status = EXIT_USAGE;
			return -EINVAL;
		}
	return 0;
}

/* One of the other family would not connect, which is no fault of the server. */
static int
check_sources(struct making *making, const struct address *target)
{
	const struct source_list *sources = &making->plan->sources;

	for (size_t i = 0; i < sources->count && !address_is_unix(target); i++)
		if (sources->addresses[i].any.sa_family != target->any.sa_family)
			return refuse(making,
			    "--source: of IPv4 and IPv6 it has to be the same as the target's");
	return 0;
}

/* The target of that host and authority, or the next free one. NULL: there is none. */
static struct plan_target *
place_for(struct plan *plan, const struct target_url *url)
{
	for (size_t i = 0; i < plan->target_count; i++)
		if (strcmp(plan->targets[i].authority, url->authority) == 0 &&
		    strcmp(plan->targets[i].host, url->host) == 0)
			return &plan->targets[i];
	return plan->target_count < PLAN_TARGETS_MAX ? &plan->targets[plan->target_count] : NULL;
}

/* What this machine's kernel does not have is better said once than counted as a failure of
 * each connection. */
static int
try_transport(struct making *making, const struct plan_target *target)
{
	int fd = transport_socket(target->transport, &target->address, making->error);

	if (fd < 0)
		return fd;
	(void)close(fd);
	return 0;
}

static int
open_target(struct making *making, struct plan_target *target, const struct target_url *parsed)
{
	const struct options *options = making->options;
	int result;

	target->transport = transport_for(options->transport, parsed->host);
	if (!target->transport)
		return refuse(making, "--transport: tcp, mptcp, sctp, unix or seqpacket");
	if (target->transport->keeps_messages && options->echo_bytes == 0)
		return refuse(making, "HTTP needs a stream: seqpacket goes with --echo only");
	result = target_resolve(
	    parsed, target->transport, options->allow_remote, &target->address, making->error);
	if (result == -EPERM || result == -EINVAL)
		making->exit_status = EXIT_USAGE;
	memcpy(target->authority, parsed->authority, sizeof(target->authority));
	memcpy(target->host, parsed->host, sizeof(target->host));
	if (result == 0)
		result = check_sources(making, &target->address);
	return result == 0 ? try_transport(making, target) : result;
}

static int
add_requests(struct making *making, struct plan_target *target, const struct target_url *parsed)
{
	int result;

	making->parts.authority = target->authority;
	making->parts.path = parsed->path;
	if (making->options->echo_bytes > 0)
		return 0;
	if (making->options->request_file)
		result = request_mix_read(
		    &target->mix, making->options->request_file, &making->parts, making->error);
	else
		result = request_mix_add(&target->mix, &making->parts, making->error);
	if (result == -EINVAL)
		making->exit_status = EXIT_USAGE;
	/* A line of the file may demand what the command line does not. */
	for (size_t i = 0; result == 0 && i < target->mix.count; i++) {
		making->plan->expects_status |= target->mix.items[i].expect.has_status;
		making->plan->expects_body |= target->mix.items[i].expect.has_digest;
	}
	return result;
}

static int
take_url(struct making *making, const char *url)
{
	struct plan *plan = making->plan;
	struct target_url parsed;
	struct plan_target *target;
	int result = 0;

	if (target_parse(url, &parsed, making->error) != 0) {
		making->exit_status = EXIT_USAGE;
		return -EINVAL;
	}
	if (parsed.path[0] == '\0' && making->options->echo_bytes == 0)
		return refuse(making, "a tcp:// URL is for --echo: HTTP wants http://HOST:PORT/");
	target = place_for(plan, &parsed);
	if (!target)
		return refuse(making, "more than 16 hosts");
	if (target == &plan->targets[plan->target_count]) {
		result = open_target(making, target, &parsed);
		plan->target_count++;
	}
	return result == 0 ? add_requests(making, target, &parsed) : result;
}

static int
take_urls(struct making *making)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < making->options->url_count; i++)
		result = take_url(making, making->options->urls[i]);
	if (result == 0 && making->plan->target_count > making->plan->connections)
		return refuse(making, "fewer connections than hosts (-c)");
	return result;
}

int
plan_make(struct plan *plan, const struct options *options, int *ret_exit, struct text *ret_error)
{
	static int (*const steps[])(struct making *) = { take_amounts, take_think, take_arrivals,
		check_together, take_during, take_expectations, take_request, take_sources,
		take_urls };
	struct making making = {
		.plan = plan,
		.options = options,
		.error = ret_error,
		.exit_status = EXIT_CANNOT,
	};
	int result = 0;

	memset(plan, 0, sizeof(*plan));
	for (size_t i = 0; result == 0 && i < sizeof(steps) / sizeof(steps[0]); i++)
		result = steps[i](&making);
	free(making.body);
	if (result != 0)
		plan_done(plan);
	*ret_exit = making.exit_status;
	return result;
}

void
plan_done(struct plan *plan)
{
	for (size_t i = 0; i < plan->target_count; i++)
		request_mix_done(&plan->targets[i].mix);
	plan->target_count = 0;
}
