/* SPDX-License-Identifier: MIT
 *
 * log: builds a line on the stack and writes it whole.
 *
 * A message is one line: a control character in it is shown as '?', so that
 * nothing that slipped through unescaped can pass for a line of its own. What
 * cannot be written is lost: there is nobody to tell.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

/* Bytes of the longest line, with its newline. */
#define LINE_MAX_BYTES 2048

#define CUT_MARK "\xe2\x80\xa6" /* … */

enum form { FORM_PLAIN, FORM_COLOUR, FORM_JOURNAL };

static const struct {
	const char *name;
	const char *colour;   /* ECMA-48 8.3.117, or empty */
	const char *priority; /* sd-daemon(3) */
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", "\x1b[31m", "<3>" },
	[LOG_LEVEL_WARNING] = { "warning", "\x1b[33m", "<4>" },
	[LOG_LEVEL_INFO] = { "info", "", "<6>" },
	[LOG_LEVEL_DEBUG] = { "debug", "", "<7>" },
};

#define LEVEL_COUNT (sizeof(levels) / sizeof(levels[0]))

static _Atomic(enum log_level) current_level = LOG_LEVEL_INFO;
static _Atomic(enum form) current_form = FORM_PLAIN;

void
log_set_level(enum log_level level)
{
	atomic_store_explicit(&current_level, level, memory_order_relaxed);
}

enum log_level
log_get_level(void)
{
	return atomic_load_explicit(&current_level, memory_order_relaxed);
}

int
log_level_from_name(const char *name)
{
	for (size_t i = 0; i < LEVEL_COUNT; i++)
		if (strcmp(name, levels[i].name) == 0)
			return (int)i;
	return -1;
}

const char *
log_level_name(enum log_level level)
{
	return levels[level].name;
}

/* JOURNAL_STREAM is DEVICE:INODE of the stream given to the service, and is
 * inherited by children whose standard error may be another (systemd.exec(5)). */
static bool
is_journal(void)
{
	struct slice stream = slice_of(getenv("JOURNAL_STREAM"));
	const char *colon = stream.data ? strchr(stream.data, ':') : NULL;
	struct slice device, inode;
	uint64_t device_number, inode_number;
	struct stat status;

	if (!colon || fstat(STDERR_FILENO, &status) < 0)
		return false;
	device = (struct slice){ stream.data, (size_t)(colon - stream.data) };
	inode = slice_of(colon + 1);
	return slice_to_u64(device, &device_number) == 0 &&
	    slice_to_u64(inode, &inode_number) == 0 && device_number == status.st_dev &&
	    inode_number == status.st_ino;
}

void
log_open(void)
{
	enum form form = FORM_PLAIN;

	if (is_journal())
		form = FORM_JOURNAL;
	else if (isatty(STDERR_FILENO))
		form = FORM_COLOUR;
	atomic_store_explicit(&current_form, form, memory_order_relaxed);
}

static void
put_time(struct text *line)
{
	int64_t now_us = clock_wall_us();
	time_t seconds = (time_t)(now_us / CLOCK_SECOND_US);
	struct tm utc;

	(void)gmtime_r(&seconds, &utc);
	text_put_format(line, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900,
	    utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
	    (int)(now_us % CLOCK_SECOND_US / 1000));
}

static void
put_prefix(struct text *line, enum log_level level)
{
	enum form form = atomic_load_explicit(&current_form, memory_order_relaxed);
	bool has_colour = form == FORM_COLOUR && levels[level].colour[0] != '\0';

	if (form == FORM_JOURNAL) {
		text_put_string(line, levels[level].priority);
		return;
	}
	put_time(line);
	text_put_char(line, ' ');
	if (has_colour)
		text_put_string(line, levels[level].colour);
	text_put_string(line, levels[level].name);
	if (has_colour)
		text_put_string(line, "\x1b[0m");
	text_put_string(line, ": ");
}

static void
hide_controls(char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)data[i] < 0x20 || data[i] == 0x7f)
			data[i] = '?';
}

/* Drops the UTF-8 sequence at the end of `line`, which may have been cut. */
static void
drop_cut_sequence(struct text *line)
{
	size_t start = line->len;

	while (start > 0 && ((unsigned char)line->data[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0 && (unsigned char)line->data[start - 1] >= 0xc0)
		line->len = start - 1;
}

static void
write_line(const char *data, size_t len)
{
	ssize_t written;

	do {
		written = write(STDERR_FILENO, data, len);
	} while (written < 0 && errno == EINTR);
}

void
log_at(enum log_level level, const char *format, ...)
{
	char data[LINE_MAX_BYTES];
	struct text line = text_over(data, sizeof(data) - sizeof(CUT_MARK));
	int saved_errno = errno;
	va_list arguments;
	size_t prefix_len;

	if (level > log_get_level())
		return;
	put_prefix(&line, level);
	prefix_len = line.len;
	va_start(arguments, format);
	text_put_vformat(&line, format, arguments);
	va_end(arguments);
	hide_controls(data + prefix_len, line.len - prefix_len);
	if (line.is_truncated) {
		drop_cut_sequence(&line);
		memcpy(data + line.len, CUT_MARK, sizeof(CUT_MARK) - 1);
		line.len += sizeof(CUT_MARK) - 1;
	}
	data[line.len++] = '\n';
	write_line(data, line.len);
	errno = saved_errno;
}
