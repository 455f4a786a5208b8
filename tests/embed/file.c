/* SPDX-License-Identifier: MIT
 *
 * file: a server that is configured by a file, with a service and a route of the program's
 * own on top: what is served, and what a reload changes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "local.h"
#include "served.h"

START_TEST(a_file_is_served_with_what_the_program_adds_of_its_own)
{
	struct served served;

	served_make(&served);
	served_write(&served, WEB RAW HERE QUIET);
	ck_assert_str_eq(usher_server_origin(served.server), "(program)");
	served_add_own(&served);
	ck_assert_int_eq(served_load(&served), 0);
	ck_assert_str_eq(usher_server_origin(served.server), served.path);
	ck_assert_int_eq(usher_server_listen(served.server, "127.0.0.1:0", "site"), 0);
	served_begin(&served);
	served_expect(&served, 0, GET("/"), "\r\n\r\nfile");
	served_expect(&served, 0, GET("/own"), "\r\n\r\n0 own");
	served_expect(&served, 1, "back", "back");
	served_expect(&served, 2, GET("/own"), "\r\n\r\n0 own");
	ck_assert_int_eq(served_load(&served), USHER_WRONG_STATE);
	ck_assert_int_eq(usher_server_print(served.server, stdout), USHER_WRONG_STATE);
	ck_assert_int_eq(usher_server_check(served.server), USHER_WRONG_STATE);
	ck_assert_int_eq(usher_server_reopen_logs(served.server), 0);
	ck_assert_int_eq(usher_server_upgrade(served.server), USHER_WRONG_STATE);
	served_end(&served);
}
END_TEST

START_TEST(a_reload_serves_the_new_file_and_what_the_program_adds)
{
	struct served served;

	served_make(&served);
	served_write(&served, WEB RAW HERE QUIET "limits { body_bytes = 9 }\n");
	served_add_own(&served);
	ck_assert_int_eq(usher_server_set(served.server, "limits.fields", "7"), 0);
	ck_assert_int_eq(served_load(&served), 0);
	ck_assert_int_eq(usher_server_reload(served.server), USHER_WRONG_STATE);
	served_begin(&served);
	served_expect(&served, 0, POST_TEN("/own"), "HTTP/1.1 413 ");
	served_expect(&served, 0, GET("/own"), "\r\n\r\n0 own");
	served_write(&served, RAW WEB THERE QUIET "limits { fields = 1 }\n");
	served_reload(&served);
	ck_assert(served.is_ok);
	ck_assert_uint_eq(served.generation, 2);
	served_expect(&served, 0, "back", "back");
	served_expect(&served, 1, GET("/"), "\r\n\r\nnew");
	served_expect(&served, 1, POST_TEN("/own"), "\r\n\r\n10 own");
	served_end(&served);
}
END_TEST

START_TEST(a_reload_that_fails_tells_why_and_changes_nothing)
{
	struct served served;

	served_make(&served);
	served_write(&served, WEB HERE QUIET);
	served_add_own(&served);
	ck_assert_int_eq(served_load(&served), 0);
	served_begin(&served);
	served_write(&served, WEB HERE QUIET "nonsense = 1\n");
	served_reload(&served);
	ck_assert(!served.is_ok);
	ck_assert_uint_eq(served.generation, 1);
	ck_assert_ptr_nonnull(strstr(served.error, "nonsense"));
	served_write(&served, WEB HERE QUIET "service \"mirror\" { protocol = echo }\n");
	served_reload(&served);
	ck_assert(!served.is_ok);
	ck_assert_str_eq(served.error, "service mirror: there is one of that name already");
	served_expect(&served, 0, GET("/own"), "\r\n\r\n0 own");
	served_end(&served);
}
END_TEST

/* Asks from beside what may be asked from any thread while loops come and go. */
static void *
look(void *arg)
{
	struct usher_server_figures figures = { .size = sizeof(figures) };
	struct served *served = arg;
	bool is_ended = false;
	char address[64];

	while (!is_ended) {
		ck_assert_int_eq(usher_server_figures(served->server, &figures), 0);
		ck_assert_int_gt(
		    usher_server_address(served->server, 0, address, sizeof(address)), 0);
		ck_assert_int_eq(pthread_mutex_lock(&served->lock), 0);
		is_ended = served->reloads >= 4;
		ck_assert_int_eq(pthread_mutex_unlock(&served->lock), 0);
	}
	return NULL;
}

START_TEST(loops_come_and_go_while_others_ask_for_figures)
{
	static const char *const files[] = { WEB HERE QUIET "loops = 3\n",
		WEB HERE QUIET "loops = 1\n", WEB HERE QUIET "loops = 2\n",
		WEB HERE QUIET "loops = 1\n" };
	struct served served;
	pthread_t beside;

	served_make(&served);
	served_write(&served, files[1]);
	served_add_own(&served);
	ck_assert_int_eq(served_load(&served), 0);
	served_begin(&served);
	ck_assert_int_eq(pthread_create(&beside, NULL, look, &served), 0);
	for (size_t i = 0; i < 4; i++) {
		served_write(&served, files[i]);
		served_reload(&served);
		ck_assert_msg(served.is_ok, "%s", served.error);
		served_expect(&served, 0, GET("/own"), "\r\n\r\n0 own");
	}
	ck_assert_int_eq(pthread_join(beside, NULL), 0);
	served_end(&served);
}
END_TEST

START_TEST(what_is_printed_is_the_file_and_names_what_is_the_programs)
{
	static char text[65536];
	FILE *stream = fmemopen(text, sizeof(text), "w");
	struct served served;

	served_make(&served);
	served_write(&served, WEB RAW HERE);
	served_add_own(&served);
	ck_assert_int_eq(usher_server_set(served.server, "drain.deadline", "7s"), 0);
	ck_assert_int_eq(served_load(&served), 0);
	ck_assert_int_eq(usher_server_print(served.server, stream), 0);
	ck_assert_int_eq(fclose(stream), 0);
	ck_assert_ptr_nonnull(strstr(text, "body = \"file\""));
	ck_assert_ptr_nonnull(strstr(text, "deadline = \"7s\""));
	ck_assert_ptr_nonnull(strstr(text, "# the program's: route \"/own\"\n"));
	ck_assert_ptr_nonnull(strstr(text, "# the program's: service \"mirror\"\n"));

	/* It is a file that can be loaded, and the program adds its own again. */
	served_write(&served, text);
	ck_assert_int_eq(served_load(&served), 0);
	ck_assert_int_eq(usher_server_check(served.server), 0);
	served_free(&served);
}
END_TEST

START_TEST(addresses_of_a_source_take_the_place_of_the_files_listeners)
{
	const char *const addresses[] = { "127.0.0.1:0" };
	struct served served;
	struct usher_source source = { .size = sizeof(source),
		.file = served.path,
		.addresses = addresses,
		.address_count = 1 };
	char room[64];

	served_make(&served);
	served_write(&served, WEB RAW HERE QUIET);
	served_add_own(&served);
	ck_assert_int_eq(usher_server_load(served.server, &source), 0);
	served_begin(&served);
	served_expect(&served, 0, GET("/"), "\r\n\r\nfile");
	ck_assert_int_eq(
	    usher_server_address(served.server, 1, room, sizeof(room)), USHER_NOT_FOUND);
	served_end(&served);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("file");
	TCase *files = tcase_create("files");

	tcase_set_timeout(files, 2 * SERVED_WAIT_S);
	suite_add_tcase(suite, files);
	tcase_add_test(files, a_file_is_served_with_what_the_program_adds_of_its_own);
	tcase_add_test(files, a_reload_serves_the_new_file_and_what_the_program_adds);
	tcase_add_test(files, a_reload_that_fails_tells_why_and_changes_nothing);
	tcase_add_test(files, loops_come_and_go_while_others_ask_for_figures);
	tcase_add_test(files, what_is_printed_is_the_file_and_names_what_is_the_programs);
	tcase_add_test(files, addresses_of_a_source_take_the_place_of_the_files_listeners);
	return run_suite(suite);
}
