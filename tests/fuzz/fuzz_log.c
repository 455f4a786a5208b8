/* SPDX-License-Identifier: MIT
 *
 * fuzz_log: whatever a client sends, each line of a log is one line: of JSON, or
 * of the combined form, which can be taken apart again. The first byte chooses the
 * peer, the rest is a request.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/json.h"
#include "base/outlet.h"
#include "base/panic.h"
#include "fuzz.h"
#include "http/escape.h"
#include "http/head.h"
#include "protocol/access_log.h"

#define INPUT_MAX 16384

static const struct http_head_limits head_limits = { INPUT_MAX, INPUT_MAX, 64 };

static int
hex(char c)
{
	const char *digits = "0123456789ABCDEF";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* What http_escape_log wrote reads back as `value`, and is plain in itself. */
static void
check_escaped(struct slice escaped, struct slice value)
{
	size_t at = 0;

	for (size_t i = 0; i < escaped.len; i++, at++) {
		char c = escaped.data[i];

		must(c >= ' ' && c <= '~' && c != '"' && at < value.len);
		if (c == '\\') {
			must(escaped.len - i >= 4 && escaped.data[i + 1] == 'x');
			c = (char)(hex(escaped.data[i + 2]) * 16 + hex(escaped.data[i + 3]));
			i += 3;
		}
		must(c == value.data[at]);
	}
	must(at == value.len);
}

static void
try_escapes(struct slice value)
{
	static char room[6 * INPUT_MAX + 64];
	struct text text = text_over(room, sizeof(room));
	struct json json;

	http_escape_log(&text, value);
	must(!text.is_truncated);
	check_escaped(text_slice(&text), value);
	text = text_over(room, sizeof(room));
	json = json_over(&text);
	json_begin(&json, NULL);
	json_string(&json, "value", value);
	json_string(&json, "half", slice_first(value, value.len / 2));
	json_end(&json);
	must(text.is_truncated || fuzz_is_json(text_slice(&text)));
	text = text_over(room, sizeof(room));
	text_put_html(&text, value);
	must(!memchr(room, '<', text.len) && !memchr(room, '"', text.len));
}

static struct peer
choose_peer(uint8_t choice)
{
	struct peer peer = { .in = { .sin_family = AF_INET, .sin_addr.s_addr = choice } };

	if (choice % 3 == 1)
		peer = (struct peer){ .in6 = { .sin6_family = AF_INET6,
					  .sin6_addr.s6_addr = { 0x20, 1, choice } } };
	if (choice % 3 == 2)
		peer = (struct peer){ .un = { .family = AF_UNIX, .pid = choice, .uid = choice } };
	return peer;
}

/* Quotation marks come in pairs: three quoted fields, no more. */
static void
check_combined(struct slice line)
{
	size_t quotes = 0;

	for (size_t i = 0; i < line.len; i++) {
		must(line.data[i] >= ' ' && line.data[i] <= '~');
		quotes += line.data[i] == '"';
	}
	must(quotes == 6);
}

static void
check_line(int fd, enum config_access_format format)
{
	static char room[65536];
	ssize_t got = pread(fd, room, sizeof(room), 0);
	struct slice line = { room, got > 0 ? (size_t)got : 0 };

	must(line.len > 1 && line.data[line.len - 1] == '\n');
	line.len--;
	must(!memchr(line.data, '\n', line.len));
	if (format == CONFIG_ACCESS_JSON)
		must(fuzz_is_json(line));
	else
		check_combined(line);
}

static void
try_line(const struct http_head *head, uint8_t choice, enum config_access_format format)
{
	const struct peer peer = choose_peer(choice);
	const struct access_record record = { .listener = "web",
		.peer = &peer,
		.conn_id = choice,
		.head = head,
		.status = head ? 200 : 400,
		.bytes = choice,
		.request_number = 1,
		.time_seconds = 1700000000,
		.ending = choice & 1 ? "peer_left" : NULL };
	const struct config_log config = { .access_format = format };
	int fd = memfd_create("log", MFD_CLOEXEC);
	static struct outlet outlet;
	struct access_log log;

	must(fd >= 0);
	outlet_borrow(&outlet, fd);
	must(access_log_init(&log, &outlet, &config) == 0);
	access_log_put(&log, &record);
	access_log_done(&log);
	outlet_done(&outlet);
	check_line(fd, format);
	(void)close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = { (const char *)data, size < INPUT_MAX ? size : INPUT_MAX };
	uint8_t choice = fuzz_take_byte(&input);
	struct http_head *head = http_head_new(&head_limits);
	const struct http_head *settled = NULL;

	must(head);
	try_escapes(input);
	if (input.len > 0 && http_head_feed(head, input.data, input.len) == HTTP_HEAD_DONE &&
	    http_head_settle(head, input.data) == HTTP_HEAD_DONE)
		settled = head;
	try_line(settled, choice, CONFIG_ACCESS_JSON);
	try_line(settled, choice, CONFIG_ACCESS_COMBINED);
	http_head_free(head);
	return 0;
}
