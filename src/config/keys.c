/* SPDX-License-Identifier: MIT
 *
 * keys: the rows. A row's first seven columns are: section, type, name, member,
 * default, least and greatest value; the rest is named.
 */
#include "config/keys.h"

#include "base/clock.h"
#include "base/panic.h"

#include <errno.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define AT(type, member) offsetof(struct config_##type, member)

#define SECOND CLOCK_SECOND_US
#define MILLISECOND (CLOCK_SECOND_US / 1000)
#define HOUR (3600 * CLOCK_SECOND_US)
#define DAY (24 * HOUR)
#define KIB (INT64_C(1) << 10)
#define MIB (INT64_C(1) << 20)
#define GIB (INT64_C(1) << 30)
#define TIB (INT64_C(1) << 40)

#define FILES KEY_KIND_BIT(CONFIG_ROUTE_FILES)
#define REDIRECT KEY_KIND_BIT(CONFIG_ROUTE_REDIRECT)
#define RESPOND KEY_KIND_BIT(CONFIG_ROUTE_RESPOND)
#define ECHO KEY_KIND_BIT(CONFIG_ROUTE_ECHO)
#define HEALTH KEY_KIND_BIT(CONFIG_ROUTE_HEALTH)

/* Words of choices stand in the order of their enum. */
static const char *const protocol_words[] = { "http", "echo", "discard", NULL };
static const char *const peer_fin_words[] = { "finish", "abort", NULL };
static const char *const access_format_words[] = { "off", "combined", "json", "text", NULL };
static const char *const landlock_words[] = { "off", "on", "strict", NULL };
static const char *const autoindex_words[] = { "off", "html", "json", NULL };
static const char *const overload_words[] = { "queue", "503", NULL };
static const char *const health_words[] = { "live", "ready", NULL };
static const char *const on_term_words[] = { "drain", "keep", NULL };
static const char *const log_level_words[] = { "error", "warning", "info", "debug", NULL };
static const char *const transport_words[] = { "tcp", "mptcp", "sctp", "unix", "seqpacket", NULL };

static const struct key top_keys[] = {
	{ KEYS_TOP, KEY_INT, "loops", offsetof(struct config, loops), "1", 0, 256,
	    .unit = "threads", .help = "Event loops, each a thread; 0: one for each processor." },
	{ KEYS_TOP, KEY_STRING, "admin", offsetof(struct config, admin), "", .needs_restart = true,
	    .help = "Unix socket of the admin service, unix:/path; empty: none." },
	{ KEYS_TOP, KEY_STRING, "admin_readonly", offsetof(struct config, admin_readonly), "",
	    .needs_restart = true,
	    .help = "ADDRESS:PORT where its figures may be read; empty: none." },
	{ KEYS_TOP, KEY_STRING, "user", offsetof(struct config, user), "", .needs_restart = true,
	    .help = "Whom root becomes once it has bound; empty: it stays." },
	{ KEYS_TOP, KEY_BOOL, "no_new_privileges", offsetof(struct config, no_new_privileges),
	    "true", .needs_restart = true,
	    .help = "Give up for good what programs with set-user-ID would give." },
	{ KEYS_TOP, KEY_CHOICE, "landlock", offsetof(struct config, landlock), "on",
	    .words = landlock_words, .needs_restart = true,
	    .help = "Confine the process to the files it needs; strict: to the roots alone." },
};

static const struct key listener_keys[] = {
	{ KEYS_LISTENER, KEY_STRING, "address", AT(listener, address), "127.0.0.1",
	    .help = "IPv4 or IPv6 address, host name, \"*\" for both families, or unix:/path." },
	{ KEYS_LISTENER, KEY_INT, "port", AT(listener, port), "8080", 0, 65535,
	    .help = "Port; 0: the kernel chooses one." },
	{ KEYS_LISTENER, KEY_WORD, "transport", AT(listener, transport), "tcp",
	    .words = transport_words, .help = "Transport; tcp with a unix: address means unix." },
	{ KEYS_LISTENER, KEY_INT, "backlog", AT(listener, backlog), "4096", 1, 65535,
	    .unit = "connections", .help = "Length of the accept queue." },
	{ KEYS_LISTENER, KEY_LIST, "service", AT(listener, services), NULL,
	    .help = "Names of the services that answer; several are told apart by host." },
	{ KEYS_LISTENER, KEY_CHOICE, "on_peer_fin", AT(listener, on_peer_fin), "finish",
	    .words = peer_fin_words,
	    .help = "Whether a client's FIN lets its request finish or aborts it." },
	{ KEYS_LISTENER, KEY_BOOL, "nodelay", AT(listener, nodelay), "true",
	    .help = "Send small segments at once: TCP_NODELAY." },
	{ KEYS_LISTENER, KEY_BOOL, "keepalive", AT(listener, keepalive), "true",
	    .help = "Probe silent peers: SO_KEEPALIVE." },
	{ KEYS_LISTENER, KEY_DURATION, "keepalive_idle", AT(listener, keepalive_idle_us), "60s",
	    SECOND, 32767 * SECOND, .step = SECOND, .help = "Silence before the first probe." },
	{ KEYS_LISTENER, KEY_DURATION, "keepalive_interval", AT(listener, keepalive_interval_us),
	    "10s", SECOND, 32767 * SECOND, .step = SECOND, .help = "Time between two probes." },
	{ KEYS_LISTENER, KEY_INT, "keepalive_count", AT(listener, keepalive_count), "6", 1, 127,
	    .unit = "probes", .help = "Probes without an answer before the peer is given up." },
	{ KEYS_LISTENER, KEY_DURATION, "user_timeout", AT(listener, user_timeout_us), "0", 0, DAY,
	    .step = MILLISECOND,
	    .help =
		"How long sent data may stay unacknowledged: TCP_USER_TIMEOUT; 0: as the system." },
	{ KEYS_LISTENER, KEY_DURATION, "defer_accept", AT(listener, defer_accept_us), "0", 0, HOUR,
	    .step = SECOND,
	    .help = "Accept only once data has come, waiting so long: TCP_DEFER_ACCEPT; 0: off." },
	{ KEYS_LISTENER, KEY_INT, "fastopen", AT(listener, fastopen), "0", 0, 65535,
	    .unit = "connections", .help = "Length of the TCP_FASTOPEN queue; 0: off." },
	{ KEYS_LISTENER, KEY_BOOL, "reuse_port", AT(listener, reuse_port), "false",
	    .help = "Share the port with other processes: SO_REUSEPORT." },
	{ KEYS_LISTENER, KEY_BOOL, "v6only", AT(listener, v6only), "false",
	    .help = "Keep an IPv6 wildcard address off IPv4: IPV6_V6ONLY." },
	{ KEYS_LISTENER, KEY_SIZE, "send_buffer", AT(listener, send_buffer), "0", 0, GIB,
	    .help = "SO_SNDBUF of each connection; 0: the system's." },
	{ KEYS_LISTENER, KEY_SIZE, "receive_buffer", AT(listener, receive_buffer), "0", 0, GIB,
	    .help = "SO_RCVBUF of each connection; 0: the system's." },
	{ KEYS_LISTENER, KEY_MODE, "mode", AT(listener, mode), "0666", 0, 0777,
	    .help = "Permissions of a Unix socket, in octal." },
	{ KEYS_LISTENER, KEY_STRING, "owner", AT(listener, owner), "",
	    .help = "Owner of a Unix socket, by name or number; empty: whoever runs usherd." },
	{ KEYS_LISTENER, KEY_STRING, "group", AT(listener, group), "",
	    .help = "Group of a Unix socket, by name or number; empty: that of usherd." },
};

static const struct key service_keys[] = {
	{ KEYS_SERVICE, KEY_CHOICE, "protocol", AT(service, protocol), "http",
	    .words = protocol_words, .help = "Protocol spoken: HTTP/1.1, or echo or discard." },
	{ KEYS_SERVICE, KEY_LIST, "host", AT(service, hosts), "",
	    .help = "Host names served; empty: every host that no other service has." },
	{ KEYS_SERVICE, KEY_BOOL, "server_header", AT(service, server_header), "true",
	    .help = "Send the field Server in answers." },
	{ KEYS_SERVICE, KEY_STRING, "mime_types", AT(service, mime_types), "",
	    .help = "File of media types, as mime.types; empty: the built-in table." },
};

static const struct key route_keys[] = {
	{ KEYS_ROUTE, KEY_STRING, "files", AT(route, files), NULL, .kinds = FILES,
	    .names_kind = true, .help = "Serve the files of this directory." },
	{ KEYS_ROUTE, KEY_STRING, "redirect", AT(route, redirect), NULL, .kinds = REDIRECT,
	    .names_kind = true,
	    .help = "Redirect to this target; one that ends in / keeps what follows the prefix." },
	{ KEYS_ROUTE, KEY_INT, "respond", AT(route, respond), NULL, 200, 599, .kinds = RESPOND,
	    .names_kind = true, .help = "Answer with this status and `body`." },
	{ KEYS_ROUTE, KEY_BOOL, "echo", AT(route, echo), NULL, .kinds = ECHO, .names_kind = true,
	    .help = "Send the request's body back." },
	{ KEYS_ROUTE, KEY_CHOICE, "health", AT(route, health), NULL, .words = health_words,
	    .kinds = HEALTH, .names_kind = true,
	    .help = "Say whether the server lives, or is ready for requests." },
	{ KEYS_ROUTE, KEY_LIST, "index", AT(route, index), "index.html", .kinds = FILES,
	    .help = "Files that answer for a directory; the first that exists does." },
	{ KEYS_ROUTE, KEY_CHOICE, "autoindex", AT(route, autoindex), "off",
	    .words = autoindex_words, .kinds = FILES,
	    .help = "List directories without an index file." },
	{ KEYS_ROUTE, KEY_STRING, "try", AT(route, try_file), "", .kinds = FILES,
	    .help = "Path below the root answered where no file is found; empty: 404." },
	{ KEYS_ROUTE, KEY_BOOL, "dotfiles", AT(route, dotfiles), "false", .kinds = FILES,
	    .help = "Serve files and directories whose name begins with a dot." },
	{ KEYS_ROUTE, KEY_BOOL, "precompressed", AT(route, precompressed), "true", .kinds = FILES,
	    .help = "Serve the .br, .zst or .gz sibling of a file to clients that take it." },
	{ KEYS_ROUTE, KEY_INT, "status", AT(route, status), "308", 301, 308, .kinds = REDIRECT,
	    .help = "Status of a redirect: 301, 302, 303, 307 or 308." },
	{ KEYS_ROUTE, KEY_STRING, "body", AT(route, body), "", .kinds = RESPOND, .is_text = true,
	    .help = "Body of the answer." },
	{ KEYS_ROUTE, KEY_STRING, "type", AT(route, type), "text/plain; charset=utf-8",
	    .max = CONFIG_MEDIA_TYPE_MAX, .kinds = RESPOND, .help = "Media type of the body." },
	{ KEYS_ROUTE, KEY_STRING, "cache_control", AT(route, cache_control), "",
	    .max = CONFIG_CACHE_CONTROL_MAX, .kinds = FILES | REDIRECT | RESPOND | ECHO,
	    .help = "Value of the field Cache-Control; empty: none is sent." },
};

static const struct key error_page_keys[] = {
	{ KEYS_ERROR_PAGE, KEY_STRING, "file", AT(error_page, file), NULL,
	    .help = "File that is the body of the answer; its type goes by its name." },
};

static const struct key timeouts_keys[] = {
	{ KEYS_TIMEOUTS, KEY_DURATION, "idle", AT(timeouts, idle_us), "60s", MILLISECOND, DAY,
	    .help = "Silence between two requests." },
	{ KEYS_TIMEOUTS, KEY_DURATION, "park", AT(timeouts, park_us), "5s", 0, DAY,
	    .help = "Silence after which a connection gives its memory back; 0: never." },
	{ KEYS_TIMEOUTS, KEY_DURATION, "head", AT(timeouts, head_us), "10s", MILLISECOND, DAY,
	    .help = "From a request's first byte to the end of its head." },
	{ KEYS_TIMEOUTS, KEY_DURATION, "body", AT(timeouts, body_us), "30s", MILLISECOND, DAY,
	    .help = "Silence within the body of a request." },
	{ KEYS_TIMEOUTS, KEY_DURATION, "write", AT(timeouts, write_us), "30s", MILLISECOND, DAY,
	    .help = "Without a byte of the answer taken by the client." },
	{ KEYS_TIMEOUTS, KEY_DURATION, "linger", AT(timeouts, linger_us), "5s", MILLISECOND, HOUR,
	    .help = "From our FIN to the client's." },
};

static const struct key limits_keys[] = {
	{ KEYS_LIMITS, KEY_INT, "connections", AT(limits, connections), "10000", 1, 10000000,
	    .unit = "connections", .help = "Connections at once; see `overload` for the rest." },
	{ KEYS_LIMITS, KEY_CHOICE, "overload", AT(limits, overload), "queue",
	    .words = overload_words,
	    .help = "Beyond connections or memory: queue, clients wait; 503, they are told so." },
	{ KEYS_LIMITS, KEY_SIZE, "memory", AT(limits, memory), "0", 0, TIB,
	    .help = "Memory in connections, buffers and file caches; 0: no limit." },
	{ KEYS_LIMITS, KEY_INT, "connections_per_address", AT(limits, connections_per_address), "0",
	    0, 10000000, .unit = "connections",
	    .help = "Connections of one client address at once; 0: no limit." },
	{ KEYS_LIMITS, KEY_INT, "requests_per_second_per_address",
	    AT(limits, requests_per_second_per_address), "0", 0, 1000000, .unit = "requests",
	    .help = "Requests of one client address; more are answered with 429; 0: no limit." },
	{ KEYS_LIMITS, KEY_INT, "request_burst", AT(limits, request_burst), "100", 1, 1000000,
	    .unit = "requests",
	    .help = "Requests of one address at once, before that rate counts." },
	{ KEYS_LIMITS, KEY_INT, "address_prefix_v6", AT(limits, address_prefix_v6), "64", 16, 128,
	    .unit = "bits", .help = "How much of an IPv6 address tells two clients apart." },
	{ KEYS_LIMITS, KEY_INT, "remembered_addresses", AT(limits, remembered_addresses), "10000",
	    0, 10000000, .unit = "addresses",
	    .help = "Addresses without a connection whose rate is remembered." },
	{ KEYS_LIMITS, KEY_SIZE, "min_rate", AT(limits, min_rate), "0", 0, GIB,
	    .help = "Bytes a second of a client that is waited for; slower ones end; 0: any." },
	{ KEYS_LIMITS, KEY_DURATION, "min_rate_window", AT(limits, min_rate_window_us), "10s",
	    SECOND, HOUR, .step = SECOND, .help = "Time over which min_rate is measured." },
	{ KEYS_LIMITS, KEY_SIZE, "head_bytes", AT(limits, head_bytes), "16k", 256, MIB,
	    .help = "Head of a request; more is answered with 431." },
	{ KEYS_LIMITS, KEY_SIZE, "target_bytes", AT(limits, target_bytes), "8k", 16, MIB,
	    .help = "Target of a request; more is answered with 414." },
	{ KEYS_LIMITS, KEY_INT, "fields", AT(limits, fields), "100", 1, 10000, .unit = "fields",
	    .help = "Header fields of a request; more are answered with 431." },
	{ KEYS_LIMITS, KEY_SIZE, "body_bytes", AT(limits, body_bytes), "1m", 0, TIB,
	    .help = "Body of a request; more is answered with 413." },
	{ KEYS_LIMITS, KEY_INT, "requests_per_connection", AT(limits, requests_per_connection), "0",
	    0, 1000000000, .unit = "requests",
	    .help = "Requests before a connection is ended; 0: no limit." },
	{ KEYS_LIMITS, KEY_SIZE, "output_bytes", AT(limits, output_bytes), "256k", 4 * KIB, GIB,
	    .help = "Output waiting on a connection before its input is paused." },
	{ KEYS_LIMITS, KEY_SIZE, "linger_bytes", AT(limits, linger_bytes), "1m", 0, TIB,
	    .help = "Input discarded after our FIN." },
	{ KEYS_LIMITS, KEY_INT, "lingering", AT(limits, lingering), "1000", 1, 10000000,
	    .unit = "connections", .help = "Connections that may linger at once." },
	{ KEYS_LIMITS, KEY_INT, "file_cache_entries", AT(limits, file_cache_entries), "1024", 0,
	    1000000, .unit = "files", .help = "Files remembered by each loop; 0: none." },
	{ KEYS_LIMITS, KEY_SIZE, "file_cache_bytes", AT(limits, file_cache_bytes), "16m", 0,
	    64 * GIB, .help = "Bodies of small files kept in memory by each loop." },
};

static const struct key drain_keys[] = {
	{ KEYS_DRAIN, KEY_DURATION, "notice", AT(drain, notice_us), "0", 0, HOUR,
	    .help = "How long readiness answers 503 while all is still served." },
	{ KEYS_DRAIN, KEY_DURATION, "idle_grace", AT(drain, idle_grace_us), "1s", 0, HOUR,
	    .help = "Time for one more request on an idle connection." },
	{ KEYS_DRAIN, KEY_DURATION, "deadline", AT(drain, deadline_us), "30s", MILLISECOND, DAY,
	    .help = "Connections left after it are cut." },
};

static const struct key upgrade_keys[] = {
	{ KEYS_UPGRADE, KEY_DURATION, "timeout", AT(upgrade, timeout_us), "30s", SECOND, HOUR,
	    .help = "How long a successor may take until it serves." },
};

static const struct key store_keys[] = {
	{ KEYS_STORE, KEY_INT, "connections", AT(store, connections), "10000", 0, 10000000,
	    .unit = "connections",
	    .help = "Idle connections that outlive a restart; 0: none, they are drained." },
	{ KEYS_STORE, KEY_CHOICE, "on_term", AT(store, on_term), "drain", .words = on_term_words,
	    .help = "What SIGTERM means where there is a store: a stop, or a restart." },
};

static const struct key log_keys[] = {
	{ KEYS_LOG, KEY_CHOICE, "level", AT(log, level), "info", .words = log_level_words,
	    .help = "Least important lines that are logged." },
	{ KEYS_LOG, KEY_STRING, "target", AT(log, target), "stderr",
	    .help = "Where they go: stderr, syslog, syslog:SOCKET, or a file." },
	{ KEYS_LOG, KEY_STRING, "access", AT(log, access), "-",
	    .help = "File of the access log; -: standard output." },
	{ KEYS_LOG, KEY_CHOICE, "access_format", AT(log, access_format), "combined",
	    .words = access_format_words, .help = "Form of its lines." },
	{ KEYS_LOG, KEY_LIST, "access_fields", AT(log, access_fields), "",
	    .help = "What a line of json or text tells, in this order; empty: the usual." },
	{ KEYS_LOG, KEY_STRING, "connections", AT(log, connections), "",
	    .help = "File of the connections' log, how each ended; empty: none." },
	{ KEYS_LOG, KEY_LIST, "connection_fields", AT(log, connection_fields), "",
	    .help = "What a line of it tells, in this order; empty: the usual." },
};

#define ROWS(table) .keys = (table), .key_count = COUNT(table)
#define STRUCT(type) .size = sizeof(struct config_##type), .places_offset = AT(type, places)

static const struct key_section_info sections[KEYS_SECTION_COUNT] = {
	[KEYS_TOP] = { "", KEYS_TOP, NULL, ROWS(top_keys), .size = sizeof(struct config),
	    .places_offset = offsetof(struct config, places), .help = "The whole file." },
	[KEYS_LISTENER] = { "listener", KEYS_TOP, "NAME", ROWS(listener_keys), STRUCT(listener),
	    .help = "An address that is listened on." },
	[KEYS_SERVICE] = { "service", KEYS_TOP, "NAME", ROWS(service_keys), STRUCT(service),
	    .help = "What answers on listeners that name it." },
	[KEYS_ROUTE] = { "route", KEYS_SERVICE, "PREFIX", ROWS(route_keys), STRUCT(route),
	    .help = "What answers for paths that begin with the prefix; the longest wins." },
	[KEYS_ERROR_PAGE] = { "error_page", KEYS_SERVICE, "STATUS", ROWS(error_page_keys),
	    STRUCT(error_page), .help = "The body of error answers of a status." },
	[KEYS_TIMEOUTS] = { "timeouts", KEYS_TOP, NULL, ROWS(timeouts_keys), STRUCT(timeouts),
	    .member_offset = offsetof(struct config, timeouts),
	    .help = "How long a connection is waited for." },
	[KEYS_LIMITS] = { "limits", KEYS_TOP, NULL, ROWS(limits_keys), STRUCT(limits),
	    .member_offset = offsetof(struct config, limits),
	    .help = "How much clients may ask for." },
	[KEYS_DRAIN] = { "drain", KEYS_TOP, NULL, ROWS(drain_keys), STRUCT(drain),
	    .member_offset = offsetof(struct config, drain), .help = "The orderly way out." },
	[KEYS_UPGRADE] = { "upgrade", KEYS_TOP, NULL, ROWS(upgrade_keys), STRUCT(upgrade),
	    .member_offset = offsetof(struct config, upgrade),
	    .help = "Another process takes this one's place." },
	[KEYS_STORE] = { "store", KEYS_TOP, NULL, ROWS(store_keys), STRUCT(store),
	    .member_offset = offsetof(struct config, store),
	    .help = "What the service manager keeps from one process to the next." },
	[KEYS_LOG] = { "log", KEYS_TOP, NULL, ROWS(log_keys), STRUCT(log),
	    .member_offset = offsetof(struct config, log), .help = "What is written down." },
};

const struct key_section_info *
keys_section(enum key_section section)
{
	must(section < KEYS_SECTION_COUNT);
	return &sections[section];
}

const struct key *
keys_find(enum key_section section, const char *name)
{
	const struct key_section_info *info = keys_section(section);

	for (size_t i = 0; i < info->key_count; i++)
		if (strcmp(info->keys[i].name, name) == 0)
			return &info->keys[i];
	return NULL;
}

int
keys_find_section(enum key_section parent, const char *name, enum key_section *ret_section)
{
	for (enum key_section i = KEYS_TOP + 1; i < KEYS_SECTION_COUNT; i++)
		if (sections[i].parent == parent && strcmp(sections[i].name, name) == 0) {
			*ret_section = i;
			return 0;
		}
	return -ENOENT;
}

const char *
keys_nearest(enum key_section section, const char *name)
{
	const struct key_section_info *info = keys_section(section);
	const char *words[COUNT(listener_keys) + KEYS_SECTION_COUNT + 1];
	size_t count = 0;

	must(info->key_count <= COUNT(listener_keys));
	for (size_t i = 0; i < info->key_count; i++)
		words[count++] = info->keys[i].name;
	for (enum key_section i = KEYS_TOP + 1; i < KEYS_SECTION_COUNT; i++)
		if (sections[i].parent == section)
			words[count++] = sections[i].name;
	words[count++] = "include";
	return text_nearest_word(name, words, count);
}

size_t
keys_index(const struct key *key)
{
	return (size_t)(key - keys_section(key->section)->keys);
}

struct config_place
keys_place(enum key_section section, const void *object, const char *key)
{
	const struct key_section_info *info = keys_section(section);
	const struct config_place *places;
	const struct key *row = key ? keys_find(section, key) : NULL;

	must(row || !key);
	memcpy(&places, (const char *)object + info->places_offset, sizeof(places));
	if (!places)
		return (struct config_place){ 0 };
	if (row && places[keys_index(row)].file)
		return places[keys_index(row)];
	return places[info->key_count];
}
