/* SPDX-License-Identifier: MIT
 *
 * The corpus: tests/corpus/accept and reject, one request per file, each in all
 * cuts. The name of a file in reject begins with the status it deserves. Its
 * limits are replay_default_limits.
 */
#include <dirent.h>
#include <stdio.h>

#include "replay.h"
#include "support.h"

enum { FILE_BYTES_MAX = 65536, ACCEPT_FILES_MIN = 25, REJECT_FILES_MIN = 40 };

struct corpus {
	char directory[4096];
	struct dirent **entries;
	int count;
};

static struct corpus accept_corpus;
static struct corpus reject_corpus;

static int
is_request_file(const struct dirent *entry)
{
	return slice_ends_with(slice_of(entry->d_name), SLICE(".http"));
}

static void
corpus_open(struct corpus *corpus, const char *part)
{
	const char *root = getenv("CORPUS");

	snprintf(corpus->directory, sizeof(corpus->directory), "%s/%s",
	    root ? root : "tests/corpus", part);
	corpus->count = scandir(corpus->directory, &corpus->entries, is_request_file, alphasort);
	if (corpus->count < 0) {
		perror(corpus->directory);
		exit(EXIT_FAILURE);
	}
}

static void
corpus_close(struct corpus *corpus)
{
	while (corpus->count > 0)
		free(corpus->entries[--corpus->count]);
	free(corpus->entries);
}

/* Replays the file numbered `index`; `*ret_len` is its size. */
static struct replay_outcome
replay_file(const struct corpus *corpus, int index, size_t *ret_len)
{
	const char *name = corpus->entries[index]->d_name;
	struct replay_outcome outcome;
	char path[8192];
	char *data = malloc(FILE_BYTES_MAX);
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", corpus->directory, name);
	file = fopen(path, "rb");
	ck_assert_msg(file && data, "%s cannot be read", path);
	*ret_len = fread(data, 1, FILE_BYTES_MAX, file);
	fclose(file);
	ck_assert_uint_lt(*ret_len, FILE_BYTES_MAX);
	outcome =
	    replay_in_all_cuts(name, (struct slice){ data, *ret_len }, &replay_default_limits);
	free(data);
	return outcome;
}

START_TEST(a_good_request_is_accepted_to_its_last_byte)
{
	size_t len;
	struct replay_outcome outcome = replay_file(&accept_corpus, _i, &len);
	const char *name = accept_corpus.entries[_i]->d_name;

	ck_assert_msg(outcome.is_complete, "%s: %d (%s)", name, outcome.status, outcome.reason);
	ck_assert_msg(outcome.consumed == len, "%s: %zu of %zu bytes", name, outcome.consumed, len);
	replay_outcome_done(&outcome);
}
END_TEST

START_TEST(a_bad_request_is_refused_with_the_status_in_its_name)
{
	size_t len;
	struct replay_outcome outcome = replay_file(&reject_corpus, _i, &len);
	const char *name = reject_corpus.entries[_i]->d_name;

	ck_assert_msg(outcome.status == strtol(name, NULL, 10), "%s: %d (%s)", name, outcome.status,
	    outcome.reason);
	if (getenv("CORPUS_VERBOSE"))
		printf("%s: %s\n", name, outcome.reason);
	replay_outcome_done(&outcome);
}
END_TEST

START_TEST(the_corpus_is_there)
{
	ck_assert_int_ge(accept_corpus.count, ACCEPT_FILES_MIN);
	ck_assert_int_ge(reject_corpus.count, REJECT_FILES_MIN);
}
END_TEST

static Suite *
suite(void)
{
	Suite *suite = suite_create("http/corpus");
	TCase *tcase = tcase_create("corpus");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, the_corpus_is_there);
	tcase_add_loop_test(
	    tcase, a_good_request_is_accepted_to_its_last_byte, 0, accept_corpus.count);
	tcase_add_loop_test(
	    tcase, a_bad_request_is_refused_with_the_status_in_its_name, 0, reject_corpus.count);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	int status;

	corpus_open(&accept_corpus, "accept");
	corpus_open(&reject_corpus, "reject");
	status = run_suite(suite());
	corpus_close(&accept_corpus);
	corpus_close(&reject_corpus);
	return status;
}
