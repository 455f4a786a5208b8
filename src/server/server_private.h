/* SPDX-License-Identifier: MIT
 *
 * server_private: what the files of the server share among themselves (see server.h).
 *
 *   server.c          the order of a life
 *   server_upgrade.c  a successor takes its place
 *   server_store.c    the service manager keeps what it has for the next process
 *
 * Thread: the main one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "server/admin.h"
#include "server/bell.h"
#include "server/departure.h"
#include "server/keeping.h"
#include "server/notify.h"
#include "server/server.h"
#include "server/serving.h"
#include "server/signals.h"
#include "server/store.h"
#include "server/upgrade.h"
#include "server/watchdog.h"

#define SERVER_MAGIC UINT32_C(0x05e4e400)
#define ERROR_TEXT_MAX 1024

struct event_base;

/* Whether the service manager keeps descriptors for this process, its main one. */
enum server_keeps { SERVER_KEEPS_NOTHING, SERVER_KEEPS_PERHAPS, SERVER_KEEPS };

struct server {
	uint32_t magic;
	struct server_options options;
	struct event_base *base;
	struct notify notify;
	struct watchdog watchdog;
	struct signals signals;
	struct bell bell; /* rung by a loop that has news */
	struct serving serving;
	struct reload *reload;   /* owned */
	struct upgrade *upgrade; /* owned */
	bool is_reload_wanted;   /* asked for while another was under way */
	bool is_draining;
	bool is_told_to_leave;      /* by a signal, while it hands over */
	bool has_failed;            /* a loop ended by itself */
	bool has_served;            /* … and ended: its loops are joined */
	struct departure departure; /* while it drains */
	struct admin *admin;        /* owned */
	struct store store;
	enum server_keeps keeps;
	struct keeping keeping;
};

void server_begin_drain(struct server *);

/* --- server_upgrade.c ------------------------------------------------------------- */

/* 0, or -ENOMEM with a sentence. */
int
server_make_upgrade(struct server *, struct text *ret_error) __attribute__((warn_unused_result));
/* As admin_ops.upgrade; `arg` is the server. */
int server_begin_upgrade(const char *program, struct text *ret_error, void *arg)
    __attribute__((warn_unused_result));
/* The same for who hears no answer: a refusal is told in the log, beginning with `by`. */
void server_upgrade(struct server *, const char *by);
/* While it hands over: whether nothing more is to be done about a signal. */
bool server_pass_signal(struct server *, int number);
/* All that the predecessor had has come; `arg` is the server. */
void server_note_inheritance(void *arg);

/* --- server_store.c --------------------------------------------------------------- */

/* Asks the manager whether it has a store; if so the listening sockets go there. */
void server_find_store(struct server *);
/* There are other listening sockets than before. */
void server_sync_store(struct server *);
/* Another process is the main one from now on: only what it has `taken`, loop by loop in the
 * order of the bindings, stays there. */
void server_leave_store(struct server *, const bool *taken);
/* What is there is going to be closed for good. */
void server_clear_store(struct server *);
/* It does not, after all; `arg` is the server. */
void server_note_refused(void *arg);
/* Whether the signal is one for a restart, and that has begun. */
bool server_begin_keeping(struct server *, int number);
