/* SPDX-License-Identifier: MIT
 *
 * log_fields: the names of what a line of the access log and of the connections' log
 * can tell, which log.access_fields and log.connection_fields choose from. What each
 * means is the logs' own (protocol/access_log, server/conn_log).
 *
 * Thread: any; everything is constant.
 */
#pragma once

#include <stddef.h>

/* The most fields of a line. */
#define CONFIG_LOG_FIELDS_MAX 32

/* Identifier and name, in the order of a line whose fields nobody chose; those behind
 * LAST stand only in lines that somebody did. */
#define CONFIG_ACCESS_FIELDS(X)       \
	X(TIME, "time")               \
	X(LISTENER, "listener")       \
	X(PEER, "peer")               \
	X(CONNECTION, "connection")   \
	X(REQUEST, "request")         \
	X(METHOD, "method")           \
	X(TARGET, "target")           \
	X(VERSION, "version")         \
	X(HOST, "host")               \
	X(REFERER, "referer")         \
	X(USER_AGENT, "user_agent")   \
	X(STATUS, "status")           \
	X(BYTES, "bytes")             \
	X(DURATION_US, "duration_us") \
	X(ENDING, "ending")           \
	X(PEER_HOST, "peer_host")     \
	X(PATH, "path")               \
	X(QUERY, "query")

#define CONFIG_CONN_FIELDS(X)                           \
	X(TIME, "time")                                 \
	X(CONNECTION, "connection")                     \
	X(LISTENER, "listener")                         \
	X(PROTOCOL, "protocol")                         \
	X(PEER, "peer")                                 \
	X(CAUSE, "cause")                               \
	X(FAULT, "fault")                               \
	X(FIRST_FIN, "first_fin")                       \
	X(RESET_SENT, "reset_sent")                     \
	X(RESET_RECEIVED, "reset_received")             \
	X(REQUESTS, "requests")                         \
	X(BYTES_IN, "bytes_in")                         \
	X(BYTES_OUT, "bytes_out")                       \
	X(BYTES_UNSENT, "bytes_unsent")                 \
	X(BYTES_UNACKNOWLEDGED, "bytes_unacknowledged") \
	X(AGE_US, "age_us")                             \
	X(QUEUED_MS, "queued_ms")                       \
	X(RTT_US, "rtt_us")                             \
	X(RETRANSMITS, "retransmits")                   \
	X(PEER_HOST, "peer_host")

#define CONFIG_ACCESS_FIELD_ID(id, name) CONFIG_ACCESS_##id,
enum config_access_field {
	CONFIG_ACCESS_FIELDS(CONFIG_ACCESS_FIELD_ID) CONFIG_ACCESS_FIELD_COUNT,
	/* "header:NAME": the field NAME of the request */
	CONFIG_ACCESS_HEADER = CONFIG_ACCESS_FIELD_COUNT
};
#define CONFIG_ACCESS_LAST CONFIG_ACCESS_ENDING
#define CONFIG_ACCESS_HEADER_PREFIX "header:"

#define CONFIG_CONN_FIELD_ID(id, name) CONFIG_CONN_##id,
enum config_conn_field { CONFIG_CONN_FIELDS(CONFIG_CONN_FIELD_ID) CONFIG_CONN_FIELD_COUNT };
#define CONFIG_CONN_LAST CONFIG_CONN_RETRANSMITS

const char *config_access_field_name(enum config_access_field);
const char *config_conn_field_name(enum config_conn_field);

/* The field of that name, or -1. */
int config_access_field_find(const char *name);
int config_conn_field_find(const char *name);

/* The known name nearest to `name`, or NULL. */
const char *config_access_field_nearest(const char *name);
const char *config_conn_field_nearest(const char *name);
