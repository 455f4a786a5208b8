/* SPDX-License-Identifier: MIT
 *
 * wire: the frame around the tests of a program.
 */
#include "wire.h"

#include <stdlib.h>

#include "ctl.h"
#include "fake_admin.h"
#include "loader.h"
#include "terminal.h"

static void
after_test(void)
{
	client_end_all();
	loader_end_all();
	terminal_end_all();
	ctl_end_all();
	fake_admin_end_all();
	usherd_end_all();
	place_leave();
}

TCase *
wire_case(Suite *suite, const char *name, int timeout_s)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, NULL, after_test);
	tcase_set_timeout(tcase, wire_is_sanitized() ? 4 * timeout_s : timeout_s);
	suite_add_tcase(suite, tcase);
	return tcase;
}

int
wire_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	place_open();
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	place_close();
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

void
send_request(struct client *client, const char *method, const char *target, const char *fields)
{
	struct bytes request = { 0 };

	bytes_put_format(
	    &request, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", method, target, fields);
	send_bytes(client, request.data, request.len);
	bytes_free(&request);
}

void
send_get(struct client *client, const char *target)
{
	send_request(client, "GET", target, "");
}
