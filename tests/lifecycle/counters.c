/* SPDX-License-Identifier: MIT
 *
 * counters: each group stands in two lines, one of names, one of values:
 *
 *   Tcp: RtoAlgorithm RtoMin … OutRsts …
 *   Tcp: 1 200 … 0 …
 */
#include "counters.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness/bytes.h"

static const struct {
	const char *group;
	const char *name;
} rows[COUNTER_COUNT] = {
#define X(identifier, group, name) [COUNTER_##identifier] = { group, name },
	COUNTERS(X)
#undef X
};

/* The line after `line`, or its end. */
static const char *
next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line == '\n' ? line + 1 : line;
}

/* The place of the word `name` in the line, or -1. */
static int
place_of(const char *line, const char *name)
{
	size_t len = strlen(name);
	const char *end = line + strcspn(line, "\n");

	for (int place = 0; line < end; place++) {
		size_t word = strcspn(line, " \n");

		if (word == len && memcmp(line, name, len) == 0)
			return place;
		line += word + 1;
	}
	return -1;
}

static const char *
word_at(const char *line, int place)
{
	while (place-- > 0)
		line += strcspn(line, " \n") + 1;
	return line;
}

static uint64_t
find(const char *text, const char *group, const char *name)
{
	size_t len = strlen(group);

	while (*text) {
		const char *values = next_line(text);
		int place = -1;

		if (strncmp(text, group, len) == 0 && text[len] == ':')
			place = place_of(text, name);
		if (place >= 0)
			return strtoull(word_at(values, place), NULL, 10);
		text = next_line(values);
	}
	wire_fail("the kernel does not tell %s %s", group, name);
}

struct counters
counters_read(void)
{
	struct bytes text = { 0 };
	struct counters counters;

	if (bytes_put_file(&text, "/proc/net/snmp") != 0 ||
	    bytes_put_file(&text, "/proc/net/netstat") != 0)
		wire_fail("the kernel does not tell its counters");
	for (int i = 0; i < COUNTER_COUNT; i++)
		counters.of[i] = find(bytes_string(&text), rows[i].group, rows[i].name);
	bytes_free(&text);
	return counters;
}

uint64_t
counter_growth(const struct counters *since, enum counter counter)
{
	return counters_read().of[counter] - since->of[counter];
}

/* Whatever of a group is not 0, for who has to find out why. */
static void
put_group(struct bytes *text, const char *group)
{
	struct bytes all = { 0 };
	const char *names, *values;

	if (bytes_put_file(&all, "/proc/net/netstat") != 0)
		return;
	names = strstr(bytes_string(&all), group);
	values = names ? next_line(names) : NULL;
	for (int place = 1; values && *word_at(names, place) > ' '; place++) {
		const char *name = word_at(names, place);
		const char *value = word_at(values, place);

		if (strtoull(value, NULL, 10) > 0)
			bytes_put_format(text, " %.*s=%.*s", (int)strcspn(name, " \n"), name,
			    (int)strcspn(value, " \n"), value);
		if (name[strcspn(name, " \n")] == '\n')
			break;
	}
	bytes_free(&all);
}

static void
expect_growth(
    const struct counters *since, const struct counters *now, uint64_t least, uint64_t most)
{
	struct bytes text = { 0 };
	bool is_as_wanted = true;

	for (int i = COUNTER_OUT_RESETS; i <= COUNTER_LISTEN_DROPS; i++) {
		uint64_t growth = now->of[i] - since->of[i];

		if (i == COUNTER_OUT_RESETS)
			is_as_wanted &= growth >= least && growth <= most;
		else
			is_as_wanted &= growth == 0;
		if (growth > 0)
			bytes_put_format(
			    &text, ", %s by %llu", rows[i].name, (unsigned long long)growth);
	}
	if (is_as_wanted) {
		bytes_free(&text);
		return;
	}
	bytes_put_format(&text, "; in all");
	put_group(&text, "TcpExt:");
	wire_fail("%llu to %llu RSTs were to be sent, but the kernel's counters have grown%s",
	    (unsigned long long)least, (unsigned long long)most, bytes_string(&text));
}

void
expect_counters(const struct counters *since, uint64_t resets)
{
	const struct counters now = counters_read();

	expect_growth(since, &now, resets, resets);
}

/* Where hundreds of clients leave at the same moment on two processors, an acknowledgement of
 * the server's kernel may come to a client that has just acknowledged everything and is gone;
 * its kernel answers with a RST, to a server that is in TIME-WAIT. Neither program can tell.
 * Seen: at most 19 of 920 clients, on a busy machine, with usherd as it was before and after
 * any change of its reading; no retransmission, no abort, no reset that anybody received. */
#define CROWD 500
#define CROWD_STRAY_SHARE 20

static uint64_t
strays_of(uint64_t handshakes)
{
	return handshakes >= CROWD ? handshakes / CROWD_STRAY_SHARE : 0;
}

void
expect_counters_of_leavers(const struct counters *since, uint64_t resets)
{
	const struct counters now = counters_read();
	const uint64_t ended = now.of[COUNTER_HANDSHAKES] - since->of[COUNTER_HANDSHAKES] +
	    now.of[COUNTER_FAILED_CONNECTS] - since->of[COUNTER_FAILED_CONNECTS];
	const uint64_t begun = now.of[COUNTER_CONNECTS] - since->of[COUNTER_CONNECTS];
	const uint64_t strays =
	    strays_of(now.of[COUNTER_HANDSHAKES] - since->of[COUNTER_HANDSHAKES]);

	expect_growth(since, &now, resets, resets + strays + (begun > ended ? begun - ended : 0));
}
