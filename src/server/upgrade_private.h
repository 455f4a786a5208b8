/* SPDX-License-Identifier: MIT
 *
 * upgrade_private: what the files of the upgrade share among themselves (see upgrade.h).
 *
 *   upgrade.c       from the beginning to the end
 *   upgrade_send.c  what the successor is sent: sockets, connections
 *   upgrade_words.c what it says on standard error
 *
 * Thread: the main one.
 */
#pragma once

#include "server/handover_link.h"
#include "server/serving.h"
#include "server/upgrade.h"
#include "server/upgrade_words.h"

struct event;

enum upgrade_phase { UPGRADE_IDLE, UPGRADE_STARTING, UPGRADE_HANDING, UPGRADE_LEAVING };

/* A batch that was collected, and until the successor has taken it. */
struct sending {
	struct emigrants *emigrants; /* owned; NULL: none */
	bool is_sent;
};

struct upgrade {
	struct upgrade_options options;
	enum upgrade_phase phase;
	pid_t pid;
	int link;              /* owned; -1: none */
	struct event *reading; /* owned */
	struct event *writing; /* owned; while the link is full */
	struct event *overdue; /* owned; while it starts */
	struct upgrade_words words;
	struct handover_offer *offers; /* owned: sockets, in the order in which they are sent */
	size_t offer_count;
	size_t offers_sent; /* with the hello */
	struct sending sending[SERVING_ALL_MAX];
	uint64_t batches;
	struct handover_letter *letter; /* owned: room */
};

/* --- upgrade_send.c --------------------------------------------------------------- */

/* Describes every socket. 0; -ENOMEM; -E2BIG: there are too many. */
int upgrade_make_offers(struct upgrade *) __attribute__((warn_unused_result));
/* Sends what the link takes now; the rest when it takes more. */
void upgrade_send_all(struct upgrade *);
/* Takes from each loop the batch that it has, if its last one was taken. */
void upgrade_collect(struct upgrade *);
/* Whether nothing is left, and nothing on its way. */
bool upgrade_is_empty(const struct upgrade *);
/* The successor has taken the batch of that number: its loop may make the next. */
void upgrade_note_taken(struct upgrade *, uint64_t number);
/* There is no successor any more: the loops get their connections back. */
void upgrade_take_back(struct upgrade *);
/* Tells a loop what becomes of its sockets. 0, or -ENOMEM. */
int upgrade_order_loop(struct upgrade *, const struct handover_ready *, unsigned loop)
    __attribute__((warn_unused_result));
