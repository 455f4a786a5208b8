/* SPDX-License-Identifier: MIT
 *
 * fuzz_config: any bytes as a configuration. Either it is refused, with a reason,
 * or it is loaded, can be checked, and printed; and what was printed loads again
 * and prints the same.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/panic.h"
#include "config/check.h"
#include "config/load.h"
#include "config/print.h"
#include "fuzz.h"

/* Loads bytes as from a file; the result as of config_load. */
static int
load(struct slice bytes, struct config **ret_config)
{
	struct config_errors errors;
	char path[64];
	struct text text = text_over(path, sizeof(path));
	int fd = memfd_create("config", MFD_CLOEXEC);
	int result;

	must(fd >= 0 && write(fd, bytes.data, bytes.len) == (ssize_t)bytes.len);
	text_put_format(&text, "/proc/self/fd/%d", fd);
	config_errors_init(&errors);
	result = config_load(text_string(&text), ret_config, &errors);
	must(result == 0 || errors.fault_count > 0);
	must(result != 0 || errors.fault_count == 0);
	for (size_t i = 0; i < errors.count; i++)
		for (const char *c = errors.items[i].text; *c; c++)
			must((unsigned char)*c >= ' ' && *c != '\x7f');
	config_errors_done(&errors);
	(void)close(fd);
	return result;
}

static struct slice
print(const struct config *config)
{
	char *bytes = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&bytes, &len);

	must(stream && config_print(config, stream) == 0);
	(void)fclose(stream);
	return (struct slice){ bytes, len };
}

static void
check(const struct config *config)
{
	const struct config_host host = { .first_free_port = 1024, .open_files_limit = 4096 };
	struct config_errors errors;

	config_errors_init(&errors);
	must((config_check(config, &host, &errors) == 0) == (errors.fault_count == 0));
	config_errors_done(&errors);
}

/* Comments name the file a value comes from, and each load is from another. */
static void
drop_comments(struct slice *printed)
{
	char *bytes = (char *)(uintptr_t)printed->data;
	struct slice left = *printed;
	size_t kept = 0;

	while (left.len > 0) {
		struct slice line = fuzz_take_line(&left);
		struct slice trimmed = slice_trim(line);

		if (trimmed.len > 0 && trimmed.data[0] == '#')
			continue;
		memmove(bytes + kept, line.data, line.len);
		kept += line.len;
		bytes[kept++] = '\n';
	}
	printed->len = kept;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config;
	struct config *again;
	struct slice once;
	struct slice twice;

	if (load((struct slice){ (const char *)data, size }, &config) != 0)
		return 0;
	check(config);
	once = print(config);
	must(load(once, &again) == 0);
	twice = print(again);
	drop_comments(&once);
	drop_comments(&twice);
	must(slice_equals(once, twice));
	free((void *)(uintptr_t)once.data);
	free((void *)(uintptr_t)twice.data);
	config_free(again);
	config_free(config);
	return 0;
}
