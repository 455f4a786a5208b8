/* SPDX-License-Identifier: MIT
 *
 * load_private: what the files of the load share.
 *
 * Thread: the only one of the process.
 */
#pragma once

#include <event2/event.h>
#include <event2/event_struct.h>

#include "base/list.h"
#include "load/load.h"

#define LOAD_GROUPS_MAX 16
#define LOAD_READ_MAX 65536

/* A group with what only the load itself needs. */
struct load_group_entry {
	struct load_group group;
	struct load *load;
	struct event spawner; /* added while group.is_spawning */
};

struct load {
	struct list_link link; /* in the list of all loads */
	struct event_base *base;
	struct load_options options;
	struct list_link clients; /* those not ended */
	struct load_group_entry groups[LOAD_GROUPS_MAX];
	size_t group_count;
	struct event deadline;
	uint64_t random; /* state of the generator */
	bool is_draining;
	bool is_late; /* the deadline of the run is over */
	struct bytes complaints;
	char room[LOAD_READ_MAX];
};

enum client_phase {
	CLIENT_CONNECTING,
	CLIENT_ASKING,   /* a request is being sent, or its answer awaited */
	CLIENT_THINKING, /* between two requests */
	CLIENT_SILENT,   /* has no further request */
	CLIENT_LEAVING,  /* the answer said close; the server's FIN is awaited */
};

struct load_client {
	struct list_link link;
	struct load *load;
	struct load_group *group;
	const struct load_role *role;
	uint64_t number;
	int fd;
	enum client_phase phase;
	size_t at; /* index of the request */
	struct event readable;
	struct event writable;
	struct event think;
	struct event send_rest;
	struct event read_rest;
	struct event fin_seen;
	struct bytes out; /* the request */
	size_t sent;
	struct answer answer;
	bool is_first; /* the first request of the connection */
	bool is_holding;
	bool was_released;
	bool leaves_at_once; /* does not wait for the server's FIN after the last answer */
};

/* client_io.c: goes on after a hold. */
void load_client_release(struct load_client *);

/* client.c */
void load_client_start(struct load *, struct load_group *);
/* Its request has that outcome, and it is gone. */
void load_client_fail(struct load_client *, enum load_outcome, const char *why);

/* client.c, for client_io.c: what was read, to `load->room`; that it was the FIN; that
 * reading or writing failed. Each may end the client. */
void load_client_take(struct load_client *, size_t len);
void load_client_take_fin(struct load_client *);
void load_client_break(struct load_client *, int error);
void load_client_after(struct event *timer, int64_t wait_us);

/* client_io.c, for client.c. */
void load_client_assign_io(struct load_client *);
/* Sends what the role lets be sent now. May end the client. */
void load_client_send(struct load_client *);
/* Makes reading agree with what the client does. */
void load_client_update_reading(struct load_client *);

/* request.c: appends its bytes. */
void load_request_put(const struct load_request *, struct bytes *out);

/* load.c: a number from 0 to `max`. */
int64_t load_random(struct load *, int64_t max);
