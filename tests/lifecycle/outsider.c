/* SPDX-License-Identifier: MIT
 *
 * outsider: its command line, and its sign that it is at work: a file, which the
 * command of --during makes.
 */
#include "outsider.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARGS_MAX 24
#define PATH_SIZE 512
#define POSTED_LEN 3000u

static void
put_url(char *url, size_t size, const struct address *address)
{
	char room[ADDRESS_TEXT_MAX];
	struct text text = text_over(room, sizeof(room));

	address_put(&text, address);
	(void)snprintf(url, size, address_is_unix(address) ? "%s:/hello" : "http://%s/hello",
	    text_string(&text));
}

static void
put_sign(char *path, const char *name)
{
	(void)snprintf(path, PATH_SIZE, "%s/%s.works", place_dir(), name);
}

bool
outsider_may_come(const struct scene *scene)
{
	return usherd_endpoint(scene->usherd, "web").address.any.sa_family != AF_INET6;
}

struct loader *
outsider_start(
    const struct scene *scene, const char *name, unsigned network, const char *const *args)
{
	char sign[PATH_SIZE], command[PATH_SIZE + 8], url[PATH_SIZE], sources[64];
	const struct endpoint endpoint = usherd_endpoint(scene->usherd, "web");
	const char *all[ARGS_MAX] = { "-d", "60s", "--during-at", "300ms", "--settle", "0",
		"--during", command };
	size_t count = 8;

	put_sign(sign, name);
	(void)unlink(sign);
	(void)snprintf(command, sizeof(command), "touch %s", sign);
	put_url(url, sizeof(url), &endpoint.address);
	(void)snprintf(sources, sizeof(sources), "127.%u.0.1-127.%u.4.0", network, network);
	if (!address_is_unix(&endpoint.address)) {
		all[count++] = "--source";
		all[count++] = sources;
	}
	for (; *args; args++) {
		if (count == ARGS_MAX - 2)
			wire_fail("too many arguments");
		all[count++] = *args;
	}
	all[count] = url;
	return loader_start(all);
}

static bool
has_sign(const struct load *load, void *arg)
{
	(void)load;
	return access(arg, F_OK) == 0;
}

void
outsider_await(const struct scene *scene, const char *name)
{
	char sign[PATH_SIZE];

	put_sign(sign, name);
	load_run_until(scene->load, has_sign, sign, name);
}

void
outsider_end(struct loader *loader)
{
	loader_signal(loader, SIGINT);
	loader_expect_exit(loader, 0);
	loader_expect_no_other(loader,
	    ARGS("answered", "connections_closed", "connections_refused", "connections_fin_idle"));
}

void
outsider_put_pages(const char *path)
{
	char posted[POSTED_LEN], *mix;

	fill_pattern(posted, sizeof(posted), 0);
	put_file_bytes("posted", posted, sizeof(posted));
	put_file("hello", "hello\n");
	mix = place_expand("2 GET /hello status=200 sha256=@@dir@/hello\n"
			   "1 GET /page status=200 sha256=@@dir@/www/page\n"
			   "1 POST /echo status=200 body=@dir@/posted sha256=@@dir@/posted\n");
	put_file(path, mix);
	free(mix);
}
