/* SPDX-License-Identifier: MIT
 *
 * scene: the site, its grounds, and the roles.
 */
#include "scene.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* A drain and its clients have ended long before that. */
#define PATIENCE_US (INT64_C(20) * 1000000)

/* Longer than any round trip here, and the emulated ones. */
#define FIN_LATE_US 10000

#define IPV4 "address = \"127.0.0.1\" port = 0"
#define IPV6 "address = \"::1\" port = 0"
#define UNIX "address = \"unix:@dir@/socket\""

const struct ground grounds[] = {
	{ "IPv4", IPV4, 1, 0, true },
	{ "IPv4, a FIN is seen late", IPV4, 1, FIN_LATE_US, true },
	{ "IPv4, two loops", IPV4, 2, 0, true },
	{ "IPv6", IPV6, 1, 0, true },
	{ "IPv6, two loops, a FIN is seen late", IPV6, 2, FIN_LATE_US, true },
	{ "Unix", UNIX, 1, 0, false },
	{ "Unix, two loops, a FIN is seen late", UNIX, 2, FIN_LATE_US, false },
};
const int ground_count = sizeof(grounds) / sizeof(grounds[0]);

/* --- Roles ---------------------------------------------------------------------- */

#define HELLO                                                       \
	{                                                           \
		.line = "GET /hello", .wanted = { 200, "hello\n" }, \
	}
#define HELLO_AND_CLOSE                                                  \
	{                                                                \
		.line = "GET /hello", .fields = "Connection: close\r\n", \
		.wanted = { 200, "hello\n" },                            \
	}
#define UPLOAD_LEN 120000u

static const struct load_request hello[] = { HELLO };
static const struct load_request hello_and_close[] = { HELLO_AND_CLOSE };
static const struct load_request pages[] = {
	HELLO,
	{ .line = "GET /page", .wanted = { 200, .pattern_len = SCENE_PAGE_LEN } },
	HELLO,
	{ .line = "POST /echo", .body_len = 3000, .wanted = { 200, .pattern_len = 3000 } },
};
static const struct load_request download[] = {
	{ .line = "GET /big", .wanted = { 200, .pattern_len = SCENE_BIG_LEN } },
	HELLO,
};
static const struct load_request upload[] = {
	{ .line = "POST /echo",
	    .body_len = UPLOAD_LEN,
	    .wanted = { 200, .pattern_len = UPLOAD_LEN } },
	HELLO,
};
static const struct load_request chunked[] = {
	{ .line = "POST /echo",
	    .body_len = UPLOAD_LEN,
	    .chunk_len = 997,
	    .wanted = { 200, .pattern_len = UPLOAD_LEN } },
	HELLO,
};

#define REQUESTS(list) .requests = (list), .request_count = sizeof(list) / sizeof((list)[0])

const struct load_role keep_alive_role = {
	.name = "keep-alive", REQUESTS(pages), .then = LOAD_THEN_AGAIN, .think_max_us = 20000
};
const struct load_role idle_role = { .name = "idle", REQUESTS(hello), .then = LOAD_THEN_SILENT };
const struct load_role download_role = { .name = "download",
	REQUESTS(download),
	.then = LOAD_THEN_AGAIN,
	.again_from = 1,
	.think_max_us = 20000,
	.receive_buffer = 16384,
	.hold = LOAD_HOLDS_UNTIL_RELEASE,
	.hold_read = 100000,
	.reading = { 32768, 10000 } };
const struct load_role upload_role = { .name = "upload",
	REQUESTS(upload),
	.then = LOAD_THEN_AGAIN,
	.again_from = 1,
	.think_max_us = 20000,
	.hold = LOAD_HOLDS_UNTIL_RELEASE,
	.hold_sent = UPLOAD_LEN / 2,
	.sending = { 2000, 20000 } };
const struct load_role chunked_role = { .name = "chunked upload",
	REQUESTS(chunked),
	.then = LOAD_THEN_AGAIN,
	.again_from = 1,
	.think_max_us = 20000,
	.hold = LOAD_HOLDS_UNTIL_RELEASE,
	.hold_sent = UPLOAD_LEN / 2,
	.sending = { 2000, 20000 } };
const struct load_role newcomer_role = {
	.name = "newcomer", REQUESTS(hello_and_close), .then = LOAD_THEN_LEAVES
};
const struct load_role passer_by_role = {
	.name = "passer-by", REQUESTS(hello), .then = LOAD_THEN_LEAVES
};
const struct load_role queued_role = {
	.name = "queued", REQUESTS(hello), .then = LOAD_THEN_SILENT
};

/* --- The site ------------------------------------------------------------------- */

static void
put_pattern_file(const char *path, size_t len)
{
	char *data = malloc(len);

	if (!data)
		abort();
	fill_pattern(data, len, 0);
	put_file_bytes(path, data, len);
	free(data);
}

char *
scene_config(const struct ground *ground, const char *more)
{
	struct bytes text = { 0 };

	put_pattern_file("www/big", SCENE_BIG_LEN);
	put_pattern_file("www/page", SCENE_PAGE_LEN);
	bytes_put_format(&text, "loops = %u\n", ground->loops);
	bytes_put_format(&text, "listener \"web\" { %s service = \"site\" }\n", ground->listener);
	bytes_put_string(&text,
	    "service \"site\" {\n"
	    "	route \"/\"      { files = \"@dir@/www\" }\n"
	    "	route \"/hello\" { respond = 200  body = \"hello\\n\" }\n"
	    "	route \"/echo\"  { echo = true }\n"
	    "}\n" CONNECTIONS_LOG);
	bytes_put_string(&text, more);
	return text.data;
}

struct scene
scene_open(const struct ground *ground, const char *more, uint64_t seed)
{
	struct scene scene = { .ground = ground };
	struct load_options options = { .seed = seed, .fin_late_us = ground->fin_late_us };
	char *config = scene_config(ground, more);

	wire_about(ground->name);
	scene.usherd = life_start(config);
	free(config);
	options.endpoint = usherd_endpoint(scene.usherd, "web");
	scene.load = load_new(&options);
	scene.before = counters_read();
	return scene;
}

void
scene_terminate(struct scene *scene)
{
	load_drain_begins(scene->load);
	usherd_signal(scene->usherd, SIGTERM);
}

void
scene_run_to_end(struct scene *scene)
{
	struct bytes text = { 0 };

	load_run_to_end(scene->load, PATIENCE_US);
	load_describe(scene->load, &text);
	(void)fprintf(stderr, "%s: %s", scene->ground->name, bytes_string(&text));
	bytes_free(&text);
}

void
scene_close(struct scene *scene)
{
	load_expect_nothing_lost(scene->load);
	life_expect_whole_end(scene->usherd);
	expect_counters_of_leavers(&scene->before,
	    scene->ground->is_tcp ? load_count(scene->load, LOAD_REFUSED) + scene->refused_apart
				  : 0);
}
