/* SPDX-License-Identifier: MIT */
#include "statuses.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static const char form[] =
    "{\"version\":\"0.1.0\",\"pid\":12,\"state\":\"serving\",\"uptime_s\":%f,"
    "\"started\":\"2026-11-22T21:00:00Z\","
    "\"config\":{\"file\":\"/etc/usher/usher.conf\",\"generation\":1,\"generations\":1,"
    "\"loaded\":\"2026-11-22T21:00:00Z\",\"last_reload\":null},"
    "\"connections\":{\"open\":9,\"busy\":2,\"idle\":5,\"parked\":0,\"flushing\":1,"
    "\"lingering\":1,\"limit\":1000,\"accepted\":%u},"
    "\"limits\":{\"memory_used\":16777216,\"memory\":67108864,\"memory_shortages\":0,"
    "\"memory_short_loops\":0,\"connections_full\":0,\"connections_full_loops\":0,"
    "\"requests_refused_rate\":0,\"requests_refused_memory\":0,\"addresses\":3},"
    "\"requests\":{\"total\":%u,\"in_flight\":2,\"by_class\":{\"none\":0,\"1xx\":0,\"2xx\":%u,"
    "\"3xx\":0,\"4xx\":0,\"5xx\":0},\"bytes_in\":%u,\"bytes_out\":%u,"
    "\"duration\":{\"count\":%u,\"sum_s\":1.5,\"p50_s\":0.0005,\"p90_s\":0.001,"
    "\"p99_s\":0.009,\"p999_s\":0.0099,\"buckets\":[{\"le_s\":0.001,\"count\":%u},"
    "{\"le_s\":0.01,\"count\":%u},{\"le_s\":null,\"count\":%u}]}},"
    "\"endings\":{\"total\":%u,\"by_cause\":{\"client_closed\":%u,\"peer_left\":0},"
    "\"by_first_fin\":{\"none\":0,\"ours\":0,\"peer\":%u},\"resets_sent\":0,"
    "\"resets_received\":0},"
    "\"listeners\":[{\"name\":\"web\",\"address\":\"127.0.0.1:8080\",\"transport\":\"tcp\","
    "\"state\":\"accepting\",\"paused\":[],\"backlog\":128,\"queue\":{\"length\":%u,"
    "\"peak\":64,\"limit\":128,\"drops\":0,\"full\":0},\"accepted\":%u,\"refused\":0,"
    "\"open\":9}],"
    "\"loops\":[{\"index\":0,\"answered\":true,\"busy_s\":%f,\"connections\":4},"
    "{\"index\":1,\"answered\":false,\"busy_s\":1.0,\"connections\":5}],"
    "\"log\":{\"level\":\"info\",\"lost_lines\":0},"
    "\"drain\":{\"step\":\"none\",\"since_s\":0.0,\"deadline_s\":30.0},"
    "\"process\":{\"user_s\":%f,\"system_s\":0.0,\"resident_bytes\":1048576,\"open_fds\":20,"
    "\"max_fds\":4096,\"threads\":3}}";

struct snapshot
status_of(double uptime_s, unsigned requests, unsigned queue)
{
	struct snapshot snapshot;
	unsigned n = requests;
	char *json;

	ck_assert_int_gt(asprintf(&json, form, uptime_s, n, n, n, n * 100, n * 1024, n, n / 10 * 9,
			     n, n, n / 2, n / 2, n / 2, queue, n, uptime_s / 4, uptime_s / 2),
	    0);
	snapshot = status_from(json);
	free(json);
	return snapshot;
}

struct snapshot
status_from(const char *json)
{
	struct snapshot snapshot;
	json_t *root = json_loads(json, 0, NULL);

	ck_assert_ptr_nonnull(root);
	ck_assert_int_eq(snapshot_read(&snapshot, root), 0);
	json_decref(root);
	return snapshot;
}
