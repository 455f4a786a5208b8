/* SPDX-License-Identifier: MIT
 *
 * inspect: what the log and /proc tell of a daemon: where it listens, how much
 * memory it holds, whether something went wrong in it.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "usherd.h"

/* The words between `before` and `after`, copied into `ret_words`. */
static void
words_between(const char *text, const char *before, const char *after, char *ret_words, size_t size)
{
	const char *start = strstr(text, before);
	const char *end = start ? strstr(start + strlen(before), after) : NULL;

	if (!end)
		wire_fail("the log has no line with: %s", before);
	start += strlen(before);
	(void)snprintf(ret_words, size, "%.*s", (int)(end - start), start);
}

static void
set_transport(struct endpoint *endpoint, const char *transport)
{
	endpoint->type = strcmp(transport, "seqpacket") == 0 ? SOCK_SEQPACKET : SOCK_STREAM;
	if (strcmp(transport, "mptcp") == 0)
		endpoint->protocol = IPPROTO_MPTCP;
	else if (strcmp(transport, "sctp") == 0)
		endpoint->protocol = IPPROTO_SCTP;
	else
		endpoint->protocol = 0;
}

struct endpoint
usherd_endpoint(struct usherd *usherd, const char *listener)
{
	struct endpoint endpoint = { 0 };
	char before[128], words[256], transport[32];
	struct slice host;
	uint16_t port;
	const char *log = usherd_log(usherd);

	(void)snprintf(before, sizeof(before), "listener %s: listening on ", listener);
	words_between(log, before, " (", words, sizeof(words));
	words_between(strstr(log, before), " (", ")", transport, sizeof(transport));
	if (address_split(words, &host, &port) < 0 ||
	    address_parse(host, port, &endpoint.address) < 0)
		wire_fail("not an address: %s", words);
	set_transport(&endpoint, transport);
	return endpoint;
}

const char *
usherd_listener_name(struct usherd *usherd, unsigned index)
{
	static char name[128];
	const char *line = usherd_log(usherd);

	for (unsigned i = 0; line && (line = strstr(line, "info: listener ")); i++, line++)
		if (i == index) {
			words_between(line, "info: listener ", ": listening", name, sizeof(name));
			return name;
		}
	wire_fail("there are not more than %u listeners", index);
}

long
usherd_memory_kib(const struct usherd *usherd, const char *name)
{
	struct bytes status = { 0 };
	char path[64];
	const char *line;
	long kib;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)usherd_pid(usherd));
	if (bytes_put_file(&status, path) < 0 || !(line = strstr(bytes_string(&status), name)))
		wire_fail("%s does not tell %s", path, name);
	kib = strtol(line + strlen(name) + 1, NULL, 10);
	bytes_free(&status);
	return kib;
}

void
usherd_check_log(const char *log)
{
	static const char *const bad_words[] = { "panic", "AddressSanitizer", "LeakSanitizer",
		"ThreadSanitizer", "UndefinedBehaviorSanitizer",
		"runtime error:", "MemorySanitizer", "[warn]", "[err]" };

	for (size_t i = 0; i < sizeof(bad_words) / sizeof(bad_words[0]); i++)
		if (strstr(log, bad_words[i])) {
			(void)fprintf(stderr, "%s\n", log);
			wire_fail("the log says: %s", bad_words[i]);
		}
}
