/* SPDX-License-Identifier: MIT
 *
 * replay: main of a fuzz target without a fuzzing engine: hands it each file of
 * the directories in argv, whole and every beginning of it. What a fuzzer found
 * once stays found.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
read_file(const char *path, uint8_t *ret_bytes)
{
	FILE *file = fopen(path, "rb");
	size_t got;

	if (!file)
		return 0;
	got = fread(ret_bytes, 1, INPUT_MAX, file);
	(void)fclose(file);
	return got;
}

/* Each input stands in memory of just its size, so that reading beyond it is
 * seen. */
static void
try_beginnings(const uint8_t *bytes, size_t size)
{
	size_t step = size > 4096 ? 97 : 1;

	for (size_t len = size % step; len <= size; len += step) {
		uint8_t *exact = malloc(len ? len : 1);

		if (!exact)
			abort();
		memcpy(exact, bytes, len);
		(void)LLVMFuzzerTestOneInput(exact, len);
		free(exact);
	}
}

static unsigned
replay_directory(const char *name)
{
	static uint8_t bytes[INPUT_MAX];
	DIR *directory = opendir(name);
	struct dirent *entry;
	unsigned count = 0;
	char path[4096];

	while (directory && (entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", name, entry->d_name);
		try_beginnings(bytes, read_file(path, bytes));
		count++;
	}
	if (directory)
		(void)closedir(directory);
	return count;
}

int
main(int argc, char **argv)
{
	unsigned count = 0;

	for (int i = 1; i < argc; i++)
		count += replay_directory(argv[i]);
	(void)printf("%u inputs replayed\n", count);
	return count > 0 ? 0 : 1;
}
