/* SPDX-License-Identifier: MIT
 *
 * usherctl_status: what a daemon that a test plays says of itself.
 */
#pragma once

/* An answer to GET /status; `drain` is the step, "none" while it serves. */
#define STATUS_OF(state, uptime, requests, drain, queue)                                         \
	"{\"version\":\"0.1.0\",\"pid\":4194305,\"state\":\"" state "\",\"uptime_s\":" uptime    \
	",\"started\":\"2026-11-22T21:00:00Z\",\"config\":{\"file\":\"/etc/usher.conf\","        \
	"\"generation\":3,\"generations\":1,\"loaded\":\"2026-11-22T21:00:00Z\","                \
	"\"last_reload\":null},\"connections\":{\"open\":3,\"busy\":1,\"idle\":2,\"limit\":"     \
	"100,\"accepted\":" requests "},\"requests\":{\"total\":" requests ",\"in_flight\":"     \
	"1,\"by_class\":{\"2xx\":" requests "}},\"endings\":{\"total\":7,\"by_cause\":"          \
	"{\"client_closed\":7}},\"listeners\":[" LISTENER_OF(                                    \
	    queue) "],\"loops\":[{"                                                              \
		   "\"index\":0,\"answered\":true,\"busy_s\":0.5}],\"log\":{\"level\":\"info\"," \
		   "\"lost_lines\":0},\"drain\":{\"step\":\"" drain                              \
		   "\",\"since_s\":1.5,\"deadline_s\":"                                          \
		   "30.0},\"process\":{\"max_fds\":4096}}"

#define LISTENER_OF(queue)                                                                    \
	"{\"name\":\"web\",\"address\":\"127.0.0.1:8080\",\"transport\":\"tcp\",\"state\":"   \
	"\"accepting\",\"paused\":[],\"backlog\":128,\"queue\":{\"length\":" queue            \
	",\"peak\":64,\"limit\":128,\"drops\":0,\"full\":0},\"accepted\":1000,\"refused\":0," \
	"\"open\":3}"

#define SERVING STATUS_OF("serving", "10.0", "1000", "none", "32")
#define DRAINING STATUS_OF("draining", "11.0", "1000", "grace", "0")
