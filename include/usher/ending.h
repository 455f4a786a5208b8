/* SPDX-License-Identifier: MIT */
/**
 * @file
 *
 * ending: how a connection ended. Every connection ends with one cause; usherd(8) lists
 * them.
 *
 * Made and owned by the library; valid during the call that it is handed to. Members may
 * be added at the end.
 *
 * Thread: the loop's of the connection.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Who sent the first FIN. */
enum usher_fin {
	USHER_FIN_NONE, /**< nobody */
	USHER_FIN_OURS, /**< the server */
	USHER_FIN_PEERS /**< the client */
};

/** How a connection ended. */
struct usher_ending {
	const char *cause;        /**< a word: "client_closed", "drained", "reset_by_peer" … */
	const char *sentence;     /**< the same for people */
	bool is_fault;            /**< it took something from somebody */
	enum usher_fin first_fin; /**< who began */
	bool reset_sent;          /**< the kernel sent a RST for us */
	bool reset_received;      /**< the peer's was seen */
	uint64_t bytes_in;        /**< received */
	uint64_t bytes_out;       /**< taken by the kernel, not necessarily by the peer */
	uint64_t bytes_unsent;    /**< what was to be sent and was not */
	uint64_t requests;        /**< of HTTP */
	int64_t age_ms;           /**< from the first function to the end */
};
