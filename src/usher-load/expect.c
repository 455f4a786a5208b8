/* SPDX-License-Identifier: MIT */
#include "usher-load/expect.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void
allow(struct expect *expect, unsigned first, unsigned last)
{
	for (unsigned status = first; status <= last; status++)
		expect->statuses[status >> 6] |= UINT64_C(1) << (status & 63);
}

void
expect_init(struct expect *expect)
{
	*expect = (struct expect){ 0 };
	allow(expect, 200, 399);
}

/* "404" or "4xx". */
static int
parse_status(struct expect *expect, struct slice word)
{
	uint64_t status;

	if (word.len != 3 || word.data[0] < '1' || word.data[0] > '9')
		return -EINVAL;
	if (slice_equals_nocase(slice_from(word, 1), SLICE("xx"))) {
		unsigned first = (unsigned)(word.data[0] - '0') * 100;

		allow(expect, first, first + 99);
		return 0;
	}
	if (slice_to_u64(word, &status) != 0)
		return -EINVAL;
	allow(expect, (unsigned)status, (unsigned)status);
	return 0;
}

int
expect_parse_statuses(struct expect *expect, struct slice list)
{
	struct expect parsed = *expect;
	struct slice word;

	memset(parsed.statuses, 0, sizeof(parsed.statuses));
	parsed.has_status = false;
	while (slice_next_element(&list, &word)) {
		if (parse_status(&parsed, word) != 0)
			return -EINVAL;
		parsed.has_status = true;
	}
	if (!parsed.has_status)
		return -EINVAL;
	*expect = parsed;
	return 0;
}

static int
digest_of(int fd, uint8_t ret_digest[SHA256_BYTES])
{
	struct sha256 hash;
	char piece[16384];
	ssize_t size;

	sha256_init(&hash);
	while ((size = read(fd, piece, sizeof(piece))) > 0)
		sha256_take(&hash, piece, (size_t)size);
	if (size < 0)
		return -errno;
	sha256_finish(&hash, ret_digest);
	return 0;
}

static int
digest_of_file(const char *path, uint8_t ret_digest[SHA256_BYTES])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result;

	if (fd < 0)
		return -errno;
	result = digest_of(fd, ret_digest);
	(void)close(fd);
	return result;
}

int
expect_parse_digest(struct expect *expect, const char *value)
{
	int result;

	if (value[0] == '@')
		result = digest_of_file(value + 1, expect->digest);
	else
		result = sha256_parse(slice_of(value), expect->digest);
	if (result == 0)
		expect->has_digest = true;
	return result;
}
