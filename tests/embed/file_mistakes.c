/* SPDX-License-Identifier: MIT
 *
 * file_mistakes: how mistakes in a file, and in the calls of usher/file.h, are told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "local.h"
#include "served.h"

START_TEST(what_is_wrong_with_a_file_is_told_line_by_line)
{
	char wanted[128];
	struct served served;
	bool is_warning = true;

	served_make(&served);
	served_write(&served, WEB HERE "\nnonsense = 1\nlimits { fields = none }\n");
	ck_assert_int_eq(served_load(&served), USHER_INVALID);
	(void)snprintf(wanted, sizeof(wanted), "%s:4: ", served.path);
	ck_assert_ptr_nonnull(strstr(usher_server_problem(served.server, 0, &is_warning), wanted));
	ck_assert(!is_warning);
	(void)snprintf(wanted, sizeof(wanted), "%s:5: ", served.path);
	ck_assert_ptr_nonnull(strstr(usher_server_problem(served.server, 1, NULL), wanted));
	ck_assert_ptr_null(usher_server_problem(served.server, 2, NULL));
	ck_assert_ptr_nonnull(strstr(usher_server_error(served.server), wanted));
	ck_assert_str_eq(usher_server_origin(served.server), "(program)");

	/* Its service is nobody's. */
	served_write(&served, WEB RAW HERE);
	ck_assert_int_eq(served_load(&served), 0);
	ck_assert_int_eq(usher_server_check(served.server), USHER_INVALID);
	(void)snprintf(wanted, sizeof(wanted), "%s:2: [listener raw]", served.path);
	ck_assert_ptr_nonnull(strstr(usher_server_problem(served.server, 0, NULL), wanted));
	ck_assert_int_eq(usher_server_start(served.server), USHER_INVALID);

	/* Now it is the program's. */
	ck_assert_int_eq(usher_server_add_stream(served.server, "mirror", &served_mirror, NULL), 0);
	ck_assert_int_eq(usher_server_check(served.server), 0);
	served_free(&served);
}
END_TEST

START_TEST(a_name_that_the_file_has_cannot_be_the_programs)
{
	struct served served;

	served_make(&served);
	served_write(&served, WEB HERE);
	ck_assert_int_eq(served_load(&served), 0);
	ck_assert_int_eq(
	    usher_server_add_stream(served.server, "site", &served_mirror, NULL), USHER_EXISTS);
	ck_assert_int_eq(
	    usher_server_route(served.server, "site", "/", &served_http, NULL), USHER_EXISTS);
	ck_assert_int_eq(usher_server_route(served.server, "site", "/a", &served_http, NULL), 0);
	served_write(&served, WEB "service \"site\" { route \"/a\" { echo = true } }\n");
	ck_assert_int_eq(served_load(&served), USHER_INVALID);
	ck_assert_str_eq(usher_server_problem(served.server, 0, NULL),
	    "service site, route /a: there is one of that name already");
	served_free(&served);
}
END_TEST

START_TEST(a_source_that_is_none_is_refused)
{
	const char *const addresses[] = { NULL };
	struct usher_source source = { .size = sizeof(source), .file = "/nonexistent/usher.conf" };
	struct usher_server *server = usher_server_new(NULL);

	ck_assert_int_eq(usher_server_load(server, NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_load(NULL, &source), USHER_INVALID);
	ck_assert_int_eq(usher_server_load(server, &source), -ENOENT);
	ck_assert_ptr_nonnull(strstr(usher_server_error(server), "/nonexistent/usher.conf"));
	source.addresses = addresses;
	source.address_count = 1;
	ck_assert_int_eq(usher_server_load(server, &source), USHER_INVALID);
	source.address_count = 0;
	source.may_be_missing = true;
	ck_assert_int_eq(usher_server_load(server, &source), 0);
	ck_assert_str_eq(usher_server_origin(server), "(built in)");
	source.size = 1;
	ck_assert_int_eq(usher_server_load(server, &source), USHER_INVALID);
	ck_assert_int_eq(usher_server_print(server, NULL), USHER_INVALID);
	ck_assert_int_eq(usher_server_reload(server), USHER_WRONG_STATE);
	ck_assert_int_eq(usher_server_reload(NULL), USHER_INVALID);
	usher_server_free(server);
}
END_TEST

/* What cannot be bound takes the configuration with it. */
START_TEST(a_server_that_did_not_start_is_told_so_by_every_call)
{
	struct usher_server *server = usher_server_new(NULL);

	ck_assert_int_eq(usher_server_add_stream(server, "mirror", &served_mirror, NULL), 0);
	ck_assert_int_eq(usher_server_listen(server, "192.0.2.1:0", "mirror"), 0);
	ck_assert_int_lt(usher_server_start(server), 0);
	ck_assert_ptr_nonnull(strstr(usher_server_error(server), "192.0.2.1"));
	ck_assert_int_eq(usher_server_start(server), USHER_WRONG_STATE);
	ck_assert_int_eq(usher_server_set(server, "loops", "1"), USHER_WRONG_STATE);
	ck_assert_int_eq(usher_server_listen(server, ":0", "mirror"), USHER_WRONG_STATE);
	ck_assert_int_eq(
	    usher_server_add_stream(server, "s", &served_mirror, NULL), USHER_WRONG_STATE);
	ck_assert_int_eq(
	    usher_server_route(server, "h", "/", &served_http, NULL), USHER_WRONG_STATE);
	ck_assert_int_eq(usher_server_drain(server), USHER_WRONG_STATE);
	ck_assert_str_eq(usher_server_origin(server), "");
	usher_server_free(server);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("file_mistakes");
	TCase *files = tcase_create("files");

	tcase_set_timeout(files, 2 * SERVED_WAIT_S);
	suite_add_tcase(suite, files);
	tcase_add_test(files, what_is_wrong_with_a_file_is_told_line_by_line);
	tcase_add_test(files, a_name_that_the_file_has_cannot_be_the_programs);
	tcase_add_test(files, a_source_that_is_none_is_refused);
	tcase_add_test(files, a_server_that_did_not_start_is_told_so_by_every_call);
	return run_suite(suite);
}
