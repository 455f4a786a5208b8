/* SPDX-License-Identifier: MIT
 *
 * Tests of net/listen_socket: the files of Unix sockets.
 */
#include "net/listen_socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "listening.h"

static char error[SENTENCE_MAX];
static struct place place;

static void
set_up(void)
{
	place_make(&place);
}

static void
tear_down(void)
{
	place_remove(&place);
}

static void
close_socket(struct listen_socket *socket)
{
	listen_socket_unlink(socket);
	client_close(&socket->fd);
}

/* --- Unix sockets ------------------------------------------------------------ */

START_TEST(a_unix_socket_has_the_mode_of_its_configuration)
{
	struct config_listener config = plain_listener(_i ? "seqpacket" : "unix", place.address);
	struct listen_socket socket;
	struct stat status;

	config.mode = 0642;
	socket = open_listening(&config);
	ck_assert_int_eq(lstat(place.path, &status), 0);
	ck_assert(S_ISSOCK(status.st_mode));
	ck_assert_uint_eq(status.st_mode & 07777, 0642);
	close_socket(&socket);
	ck_assert_int_eq(access(place.path, F_OK), -1);
}
END_TEST

START_TEST(a_unix_socket_may_be_given_to_an_owner)
{
	static char owner[] = "12345";
	static char group[] = "54321";
	struct config_listener config = plain_listener("unix", place.address);
	struct listen_socket socket;
	struct stat status;

	config.owner = owner;
	config.group = group;
	if (geteuid() != 0) {
		ck_assert_int_eq(try_listening(&config, &socket, error), -EPERM);
		ck_assert_int_eq(access(place.path, F_OK), -1);
		return;
	}
	socket = open_listening(&config);
	ck_assert_int_eq(lstat(place.path, &status), 0);
	ck_assert_uint_eq(status.st_uid, 12345);
	ck_assert_uint_eq(status.st_gid, 54321);
	close_socket(&socket);
}
END_TEST

START_TEST(an_owner_whom_nobody_knows_is_told_and_nothing_is_left)
{
	static char nobodies[][16] = { "no such user", "-1", "4294967295", "4294967296", "",
		"12x" };
	struct config_listener config = plain_listener("unix", place.address);
	struct listen_socket socket;
	size_t descriptors = count_descriptors();

	if (_i % 2)
		config.owner = nobodies[_i / 2];
	else
		config.group = nobodies[_i / 2];
	ck_assert_int_lt(try_listening(&config, &socket, error), 0);
	ck_assert_ptr_nonnull(strstr(error, _i % 2 ? "owner" : "group"));
	ck_assert_int_eq(access(place.path, F_OK), -1);
	ck_assert_uint_eq(count_descriptors(), descriptors);
}
END_TEST

START_TEST(a_stale_socket_is_replaced)
{
	static const char *const pairs[][2] = { { "unix", "unix" }, { "seqpacket", "seqpacket" },
		{ "unix", "seqpacket" } };
	struct config_listener config = plain_listener(pairs[_i][0], place.address);
	struct listen_socket socket = open_listening(&config);
	int client;

	client_close(&socket.fd); /* as a process that dies */
	config = plain_listener(pairs[_i][1], place.address);
	socket = open_listening(&config);
	client = connect_to(&socket);
	client_close(&client);
	close_socket(&socket);
}
END_TEST

START_TEST(a_live_socket_is_refused)
{
	static const char *const transports[] = { "unix", "seqpacket" };
	struct config_listener config = plain_listener(transports[_i / 2], place.address);
	struct listen_socket first = open_listening(&config);
	struct listen_socket second;
	int client;

	config = plain_listener(transports[_i % 2], place.address);
	ck_assert_int_eq(try_listening(&config, &second, error), -EADDRINUSE);
	ck_assert_ptr_nonnull(strstr(error, "another process listens there"));
	client = connect_to(&first);
	client_close(&client);
	close_socket(&first);
}
END_TEST

/* Its queue is full, so that a further connect(2) says EAGAIN. */
START_TEST(a_live_socket_that_is_busy_is_refused)
{
	struct config_listener config = plain_listener("unix", place.address);
	struct listen_socket first;
	struct listen_socket second;
	int clients[2];

	config.backlog = 1;
	first = open_listening(&config);
	for (int i = 0; i < COUNT(clients); i++)
		clients[i] = connect_to(&first);
	ck_assert_int_eq(try_listening(&config, &second, error), -EADDRINUSE);
	for (int i = 0; i < COUNT(clients); i++)
		client_close(&clients[i]);
	close_socket(&first);
}
END_TEST

START_TEST(a_file_that_is_no_socket_is_left_alone)
{
	struct config_listener config = plain_listener("unix", place.address);
	struct listen_socket socket;
	struct stat status;
	int fd;

	if (_i == 0)
		fd = open(place.path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	else
		fd = symlink("elsewhere", place.path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(try_listening(&config, &socket, error), -EADDRINUSE);
	ck_assert_int_eq(lstat(place.path, &status), 0);
	ck_assert(_i == 0 ? S_ISREG(status.st_mode) : S_ISLNK(status.st_mode));
	if (_i == 0)
		client_close(&fd);
}
END_TEST

START_TEST(a_file_that_another_put_there_meanwhile_is_left_alone)
{
	struct config_listener config = plain_listener("unix", place.address);
	struct listen_socket first = open_listening(&config);
	struct listen_socket second;
	int client;

	ck_assert_int_eq(unlink(place.path), 0);
	second = open_listening(&config);
	listen_socket_unlink(&first);
	client = connect_to(&second);
	client_close(&client);
	client_close(&first.fd);
	close_socket(&second);
	ck_assert_int_eq(access(place.path, F_OK), -1);
}
END_TEST

START_TEST(a_file_that_is_gone_already_is_no_matter)
{
	struct config_listener config = plain_listener("unix", place.address);
	struct listen_socket socket = open_listening(&config);

	ck_assert_int_eq(unlink(place.path), 0);
	close_socket(&socket);
}
END_TEST

START_TEST(a_directory_that_is_missing_is_told)
{
	static char nowhere[] = "unix:/nonexistent/s";
	struct config_listener config = plain_listener("unix", nowhere);
	struct listen_socket socket;

	ck_assert_int_eq(try_listening(&config, &socket, error), -ENOENT);
	ck_assert_ptr_nonnull(strstr(error, "bind to unix:/nonexistent/s"));
}
END_TEST

START_TEST(an_abstract_name_has_no_file)
{
	char name[64];
	struct text text = text_over(name, sizeof(name));
	struct config_listener config;
	struct listen_socket first;
	struct listen_socket second;
	int client;

	text_put_format(&text, "unix:@usher-test-%ld", (long)getpid());
	config = plain_listener("unix", text_string(&text));
	first = open_listening(&config);
	client = connect_to(&first);
	ck_assert_int_eq(try_listening(&config, &second, error), -EADDRINUSE);
	client_close(&client);
	close_socket(&first);
}
END_TEST

static void
add_unix(Suite *suite)
{
	TCase *files = tcase_create("Unix sockets");

	tcase_add_checked_fixture(files, set_up, tear_down);
	tcase_add_loop_test(files, a_unix_socket_has_the_mode_of_its_configuration, 0, 2);
	tcase_add_test(files, a_unix_socket_may_be_given_to_an_owner);
	tcase_add_loop_test(files, an_owner_whom_nobody_knows_is_told_and_nothing_is_left, 0, 12);
	tcase_add_loop_test(files, a_stale_socket_is_replaced, 0, 3);
	tcase_add_loop_test(files, a_live_socket_is_refused, 0, 4);
	tcase_add_test(files, a_live_socket_that_is_busy_is_refused);
	tcase_add_loop_test(files, a_file_that_is_no_socket_is_left_alone, 0, 2);
	tcase_add_test(files, a_file_that_another_put_there_meanwhile_is_left_alone);
	tcase_add_test(files, a_file_that_is_gone_already_is_no_matter);
	tcase_add_test(files, a_directory_that_is_missing_is_told);
	tcase_add_test(files, an_abstract_name_has_no_file);
	suite_add_tcase(suite, files);
}

int
main(void)
{
	Suite *suite = suite_create("net/listen_unix");

	add_unix(suite);
	return run_suite(suite);
}
