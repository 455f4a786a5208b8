/* SPDX-License-Identifier: MIT */
#include "server/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/sockinfo.h"
#include "server/emigration.h"

#define LENGTH_BYTES ((size_t)4)
#define COOKIE_BYTES ((size_t)8)

/* --- Writing ---------------------------------------------------------------------- */

int
ledger_new(void)
{
	const int fd = memfd_create("usher-connections", MFD_CLOEXEC);

	return fd >= 0 ? fd : -errno;
}

static size_t
put_number(char *room, uint64_t number, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		room[i] = (char)(number >> 8 * i);
	return bytes;
}

static int
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		const ssize_t written = write(fd, bytes, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		bytes += written;
		len -= (size_t)written;
	}
	return 0;
}

int
ledger_append(int ledger, const struct emigrants *emigrants)
{
	const size_t most = LENGTH_BYTES + HANDOVER_MESSAGE_MAX + COOKIE_BYTES * HANDOVER_BATCH_MAX;
	const struct handover_message message = { .type = HANDOVER_CONNECTIONS,
		.batch = emigrants->batch };
	char *record = malloc(most);
	size_t len;
	int result;

	if (!record)
		return -ENOMEM;
	len = handover_encode(&message, record + LENGTH_BYTES);
	if (len == 0) {
		free(record);
		return -EMSGSIZE;
	}
	len += put_number(record, len, LENGTH_BYTES);
	for (uint32_t i = 0; i < emigrants->batch.count; i++)
		len += put_number(record + len, sockinfo_cookie(emigrants->fds[i]), COOKIE_BYTES);
	result = write_all(ledger, record, len);
	free(record);
	return result;
}

/* --- Reading ---------------------------------------------------------------------- */

static bool
read_all(int fd, char *bytes, size_t len)
{
	size_t done = 0;

	while (done < len) {
		const ssize_t got = pread(fd, bytes + done, len - done, (off_t)done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		done += (size_t)got;
	}
	return true;
}

char *
ledger_read(int ledger, size_t *ret_len)
{
	struct stat status;
	char *bytes;

	if (fstat(ledger, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size <= 0 ||
	    (uintmax_t)status.st_size > LEDGER_MAX)
		return NULL;
	bytes = malloc((size_t)status.st_size);
	if (bytes && read_all(ledger, bytes, (size_t)status.st_size)) {
		*ret_len = (size_t)status.st_size;
		return bytes;
	}
	free(bytes);
	return NULL;
}

static uint64_t
take_number(struct slice *rest, size_t bytes)
{
	uint64_t number = 0;

	for (size_t i = 0; i < bytes; i++)
		number |= (uint64_t)(unsigned char)rest->data[i] << 8 * i;
	*rest = slice_from(*rest, bytes);
	return number;
}

int
ledger_next(struct slice *rest, struct ledger_record *record)
{
	struct slice left = *rest;
	unsigned version;
	uint64_t len;

	if (left.len == 0)
		return -ENOENT;
	if (left.len < LENGTH_BYTES)
		return -EPROTO;
	len = take_number(&left, LENGTH_BYTES);
	if (len > left.len || len > HANDOVER_MESSAGE_MAX ||
	    handover_decode(slice_first(left, len), &record->message, &version) != 0 ||
	    record->message.type != HANDOVER_CONNECTIONS)
		return -EPROTO;
	left = slice_from(left, len);
	if (left.len < COOKIE_BYTES * record->message.batch.count)
		return -EPROTO;
	for (uint32_t i = 0; i < record->message.batch.count; i++)
		record->cookies[i] = take_number(&left, COOKIE_BYTES);
	*rest = left;
	return 0;
}
