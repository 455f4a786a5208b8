/* SPDX-License-Identifier: MIT
 *
 * wire: all that a test over real sockets uses, and the frame around the tests of
 * a program.
 *
 *   START_TEST(a_greeting_is_answered)
 *   {
 *           struct usherd *usherd = usherd_start(SITE);
 *           struct client *client = wire_connect(usherd, "web");
 *
 *           send_text(client, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
 *           expect_response(client, 200);
 *           expect_body(client, "hello\n");
 *   }
 *   END_TEST
 *
 * After each test its clients are closed and its daemons ended; see usherd.h for
 * what they must then have said.
 *
 * Thread: a test is one thread.
 */
#pragma once

#include <check.h>

#include "client.h"
#include "failure.h"
#include "place.h"
#include "usherd.h"

/* A case, added to `suite`, whose tests are each framed as above and may take
 * `timeout_s` seconds (more under a sanitizer). */
TCase *wire_case(Suite *suite, const char *name, int timeout_s);

/* Runs the suite and frees it. The exit status of the program. */
int wire_run(Suite *suite);

/* The request "METHOD TARGET HTTP/1.1" with Host, and `fields` (whole lines). */
void send_request(struct client *, const char *method, const char *target, const char *fields);
/* The same with GET and without more fields. */
void send_get(struct client *, const char *target);

/* A listener "web" on loopback, with a port of the kernel's choice. */
#define WEB "listener \"web\" { address = \"127.0.0.1\" port = 0 service = \"site\" }\n"

/* A service for it: routes of each kind but files. */
#define ROUTES                                                         \
	"	route \"/hello\"   { respond = 200  body = \"hello\\n\" }\n" \
	"	route \"/echo\"    { echo = true }\n"                        \
	"	route \"/old/\"    { redirect = \"/new/\" }\n"               \
	"	route \"/healthz\" { health = live }\n"                      \
	"	route \"/readyz\"  { health = ready }\n"
/* Each connection's life is logged, for whoever has to read why a test failed;
 * requests are not. */
#define TRACED "log { level = debug  access_format = off }\n"
#define SITE WEB "service \"site\" {\n" ROUTES "}\n" TRACED
/* The same with the files below www/ instead. */
#define FILES(route)                                                                        \
	WEB "service \"site\" {\n	route \"/\" { files = \"@dir@/www\" " route " }\n}" \
	    "\n" TRACED

#ifndef WIRE_HARNESS
#define send_request(...) (WIRE_HERE(), (send_request)(__VA_ARGS__))
#define send_get(...) (WIRE_HERE(), (send_get)(__VA_ARGS__))
#endif
