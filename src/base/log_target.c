/* SPDX-License-Identifier: MIT
 *
 * log_target: a table of levels, a prefix for each form, and a socket to syslog
 * that is opened again when the daemon behind it was restarted.
 */
#include "base/log_target.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define SYSLOG_NAME "syslog"
#define SYSLOG_SOCKET "/dev/log"
#define SYSLOG_RETRY_US CLOCK_SECOND_US

static const struct {
	const char *colour;   /* ECMA-48 8.3.117, or empty */
	const char *priority; /* sd-daemon(3) */
	const char *syslog;   /* RFC 5424 6.2.1: facility daemon (3) * 8 + severity */
} marks[] = {
	[LOG_LEVEL_ERROR] = { "\x1b[31m", "<3>", "<27>" },
	[LOG_LEVEL_WARNING] = { "\x1b[33m", "<4>", "<28>" },
	[LOG_LEVEL_INFO] = { "", "<6>", "<30>" },
	[LOG_LEVEL_DEBUG] = { "", "<7>", "<31>" },
};

/* --- Standard error ----------------------------------------------------------- */

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
log_target_open_stderr(struct log_target *target)
{
	target->is_file = false;
	target->syslog_fd = -1;
	target->form = LOG_FORM_PLAIN;
	if (is_journal())
		target->form = LOG_FORM_JOURNAL;
	else if (isatty(STDERR_FILENO))
		target->form = LOG_FORM_COLOUR;
	outlet_borrow(&target->outlet, STDERR_FILENO);
}

/* --- Syslog -------------------------------------------------------------------- */

/* The socket that a name of syslog means, or NULL. */
static const char *
syslog_socket(const char *name)
{
	const size_t len = sizeof(SYSLOG_NAME) - 1;

	if (strncmp(name, SYSLOG_NAME, len) != 0)
		return NULL;
	if (name[len] == '\0')
		return SYSLOG_SOCKET;
	return name[len] == ':' && name[len + 1] == '/' ? name + len + 1 : NULL;
}

static int
connect_syslog(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int error;
	int fd;

	if (len >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, len);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	error = errno;
	(void)close(fd);
	return -error;
}

static void
open_syslog_again(struct log_target *target)
{
	const int64_t now_us = clock_monotonic_us();

	if (now_us < target->syslog_retry_us)
		return;
	target->syslog_retry_us = now_us + SYSLOG_RETRY_US;
	if (target->syslog_fd >= 0)
		(void)close(target->syslog_fd);
	target->syslog_fd = connect_syslog(target->path);
}

/* A restarted daemon has another socket under the same name: then send(2) says
 * ECONNREFUSED or ENOTCONN. */
static bool
send_to_syslog(struct log_target *target, const struct text *line)
{
	for (int attempt = 0; attempt < 2; attempt++) {
		if (target->syslog_fd >= 0 &&
		    send(target->syslog_fd, line->data, line->len, MSG_DONTWAIT | MSG_NOSIGNAL) >=
			0)
			return true;
		if (target->syslog_fd >= 0 && (errno == EAGAIN || errno == ENOBUFS))
			return false;
		open_syslog_again(target);
	}
	return false;
}

/* --- Files --------------------------------------------------------------------- */

int
log_target_reopen(struct log_target *target, struct text *ret_error)
{
	int fd;

	if (!target->is_file)
		return 0;
	fd = outlet_open_file(target->path, ret_error);
	if (fd < 0)
		return fd;
	outlet_replace(&target->outlet, fd);
	return 1;
}

/* --- All ----------------------------------------------------------------------- */

int
log_target_check(const char *name)
{
	const char *path = syslog_socket(name);

	if (strcmp(name, "stderr") == 0 || path || name[0] == '/')
		return strlen(path ? path : name) < LOG_TARGET_PATH_MAX ? 0 : -EINVAL;
	return -EINVAL;
}

static int
open_syslog(struct log_target *target, struct text *ret_error)
{
	target->form = LOG_FORM_SYSLOG;
	target->syslog_retry_us = 0;
	target->syslog_fd = connect_syslog(target->path);
	if (target->syslog_fd >= 0)
		return 0;
	text_put_format(ret_error, "no syslog daemon can be reached at %s: %s", target->path,
	    strerror(-target->syslog_fd));
	return target->syslog_fd;
}

int
log_target_open(struct log_target *target, const char *name, struct text *ret_error)
{
	const char *path = syslog_socket(name);
	int fd;

	if (log_target_check(name) != 0) {
		text_put_format(ret_error, "\"%s\" is no target of a log", name);
		return -EINVAL;
	}
	if (strcmp(name, "stderr") == 0) {
		log_target_open_stderr(target);
		return 0;
	}
	*target = (struct log_target){ .is_file = !path, .syslog_fd = -1 };
	memcpy(target->path, path ? path : name, strlen(path ? path : name));
	if (path)
		return open_syslog(target, ret_error);
	fd = outlet_open_file(name, ret_error);
	if (fd < 0)
		return fd;
	outlet_take(&target->outlet, fd);
	return 0;
}

void
log_target_close(struct log_target *target)
{
	if (target->form != LOG_FORM_SYSLOG)
		outlet_done(&target->outlet);
	else if (target->syslog_fd >= 0)
		(void)close(target->syslog_fd);
	target->syslog_fd = -1;
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

/* As syslog(3) writes it: local time without a year (RFC 3164 4.1.2), which every
 * daemon behind /dev/log reads. */
static void
put_syslog_prefix(struct text *line, enum log_level level)
{
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov", "Dec" };
	time_t seconds = (time_t)(clock_wall_us() / CLOCK_SECOND_US);
	struct tm local;

	(void)localtime_r(&seconds, &local);
	text_put_format(line, "%s%s %2d %02d:%02d:%02d %s[%d]: ", marks[level].syslog,
	    months[local.tm_mon], local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec,
	    program_invocation_short_name, (int)getpid());
}

void
log_target_put_prefix(const struct log_target *target, struct text *line, enum log_level level)
{
	bool has_colour = target->form == LOG_FORM_COLOUR && marks[level].colour[0] != '\0';

	if (target->form == LOG_FORM_JOURNAL) {
		text_put_string(line, marks[level].priority);
		return;
	}
	if (target->form == LOG_FORM_SYSLOG) {
		put_syslog_prefix(line, level);
		return;
	}
	put_time(line);
	text_put_char(line, ' ');
	if (has_colour)
		text_put_string(line, marks[level].colour);
	text_put_string(line, log_level_name(level));
	if (has_colour)
		text_put_string(line, "\x1b[0m");
	text_put_string(line, ": ");
}

bool
log_target_write(struct log_target *target, struct text *line)
{
	if (target->form == LOG_FORM_SYSLOG)
		return send_to_syslog(target, line);
	line->data[line->len++] = '\n';
	return outlet_write(&target->outlet, line->data, line->len) > 0;
}
