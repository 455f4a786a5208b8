/* SPDX-License-Identifier: MIT
 *
 * admin_private: what the files of the admin service share among themselves (see
 * admin.h).
 *
 * Thread: the main one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "net/conn_set.h"
#include "net/listener.h"
#include "net/transport.h"
#include "protocol/http1.h"
#include "protocol/http_handler.h"
#include "server/admin.h"
#include "server/collect.h"
#include "server/serving.h"

#define ADMIN_MAGIC UINT32_C(0xad314000)
#define ADMIN_ROUTES_MAX 16
#define ADMIN_DOOR_MAGIC UINT32_C(0xad31d004)

/* One way in: the Unix socket, or the addresses for reading. */
struct admin_door {
	uint32_t magic;
	bool is_read_only;
	struct admin *admin; /* borrowed */
	struct config_listener config;
	struct http1_site site;
	struct service service;
	char name[16];
	struct listener *listeners[TRANSPORT_MAX_ADDRESSES]; /* owned */
	size_t listener_count;
};

/* What the status tells of it. */
struct admin_reload {
	bool is_ok;
	int64_t seconds;  /* wall time; 0: there was none */
	char error[1024]; /* the first one; empty: none */
};

struct admin {
	uint32_t magic;
	const struct admin_ops *ops;
	void *arg;
	struct serving *serving;         /* borrowed */
	struct inheritance *inheritance; /* borrowed while it is built */
	bool is_draining;                /* the server */
	struct list_link reloads;        /* requests that wait for a verdict */
	struct list_link upgrades;       /* likewise */
	struct admin_reload last_reload;
	struct event_base *base; /* borrowed */
	struct collect *collect; /* owned */
	struct conn_set conns;
	bool has_conns;
	struct http1_env http1;
	struct http1_counters counters;
	struct http_handler handlers[ADMIN_ROUTES_MAX];
	struct admin_door control;
	struct admin_door reading;
	size_t held_bytes;       /* of answers that are not sent yet */
	int64_t started_us;      /* monotonic */
	int64_t started_seconds; /* wall time */
	int64_t loaded_seconds;  /* … when the configuration in force was */
	bool is_finishing;
	int64_t finish_until_us;
	struct event *finish_timer; /* owned */
	struct event *room_timer;   /* owned; while all places are taken */
	void (*finished)(void *arg);
	void *finished_arg;
};

/* --- admin_routes.c ---------------------------------------------------------------- */

/* Takes a struct admin_door. */
extern const struct http_router_ops admin_router_ops;

void admin_routes_init(struct admin *);

static inline struct admin *
admin_of(const void *self)
{
	return (struct admin *)(uintptr_t)self;
}

/* Everything there is to know now; the figures of the loops as of the last round. 0, or
 * -ENOMEM. The caller calls collect_done. */
int
admin_snapshot(struct admin *, struct snapshot *ret_snapshot) __attribute__((warn_unused_result));

/* --- admin_answer.c ---------------------------------------------------------------- */

/* Of one answer. */
#define ADMIN_ANSWER_MAX ((size_t)32 << 20)
/* Fields of each answer. */
#define ADMIN_FIELDS SLICE("Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n")

/* Answers with `body`, a text that grows, which is taken. Where that was truncated, or the
 * answers in memory are too many, with 503. */
void admin_answer_text(
    struct admin *, struct http_request *, int status, struct slice type, struct text *body);

/* Answers {"error": sentence}. */
void admin_answer_error(struct http_request *, int status, const char *sentence);
/* Answers a short object. */
void admin_answer_json(struct http_request *, int status, struct slice body);

/* --- admin_verbs.c ----------------------------------------------------------------- */

/* Says in the log who asked for what. */
void admin_log_verb(const struct http_request *, const char *what);
void admin_reload_answer(const void *self, struct http_request *);
void admin_reload_gone(const void *self, struct http_request *);
void admin_upgrade_answer(const void *self, struct http_request *);
void admin_upgrade_gone(const void *self, struct http_request *);
void admin_drain_answer(const void *self, struct http_request *);
void admin_stop_answer(const void *self, struct http_request *);
void admin_log_level_answer(const void *self, struct http_request *);
