/* SPDX-License-Identifier: MIT
 *
 * config: the configuration as the program sees it: read once, checked, then
 * never changed.
 *
 * Owned by whoever called config_load or config_default; freed whole by
 * config_free. Every string in it is owned by it and valid as long. Times are
 * microseconds, sizes bytes. Each member that an operator can set is a row of
 * the table in config/keys.c, which also holds its default and range; nothing
 * else in the program knows a default.
 *
 * Thread: immutable once made, so any thread may read it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"

/* Descriptors that the file cache of a loop holds at most, however many entries. */
#define CONFIG_CACHED_FILES_MAX 256

/* The last is of a program that embeds the server: no file names it. */
enum config_protocol { CONFIG_HTTP, CONFIG_ECHO, CONFIG_DISCARD, CONFIG_PROGRAM };
enum config_peer_fin { CONFIG_PEER_FIN_FINISH, CONFIG_PEER_FIN_ABORT };
enum config_access_format {
	CONFIG_ACCESS_OFF,
	CONFIG_ACCESS_COMBINED,
	CONFIG_ACCESS_JSON,
	CONFIG_ACCESS_TEXT
};
enum config_landlock { CONFIG_LANDLOCK_OFF, CONFIG_LANDLOCK_ON, CONFIG_LANDLOCK_STRICT };
enum config_autoindex { CONFIG_AUTOINDEX_OFF, CONFIG_AUTOINDEX_HTML, CONFIG_AUTOINDEX_JSON };
enum config_on_term { CONFIG_ON_TERM_DRAIN, CONFIG_ON_TERM_KEEP };
enum config_overload { CONFIG_OVERLOAD_QUEUE, CONFIG_OVERLOAD_503 };
enum config_health { CONFIG_HEALTH_LIVE, CONFIG_HEALTH_READY };
enum config_route_kind {
	CONFIG_ROUTE_FILES,
	CONFIG_ROUTE_REDIRECT,
	CONFIG_ROUTE_RESPOND,
	CONFIG_ROUTE_ECHO,
	CONFIG_ROUTE_HEALTH,
	CONFIG_ROUTE_PROGRAM /* as CONFIG_PROGRAM */
};

/* The most bytes of what ends up in the fields of an answer. */
#define CONFIG_MEDIA_TYPE_MAX 128
#define CONFIG_CACHE_CONTROL_MAX 256

/* Where something was written, for messages. `file` is NULL where nobody wrote
 * it: a default, the command line, the built-in configuration. */
struct config_place {
	const char *file; /* one of config.files */
	unsigned line;
};

/* Each section has `places`: one for each row of its section in the table of
 * keys, in that order, and a last one for the section itself; owned. Read by
 * keys_place. */

/* A list of strings: `count` of them at `items`. */
struct config_strings {
	char **items;
	size_t count;
};

struct config_listener {
	char *name;    /* listener "NAME" */
	unsigned line; /* where it stands in the file, 0 if nowhere */
	struct config_place *places;
	char *address;   /* host, "*", or unix:/path */
	int64_t port;    /* 0: the kernel chooses; unused for Unix */
	char *transport; /* a name of net/transport's table; "tcp" means unix for unix:/path */
	int64_t backlog;
	struct config_strings services; /* names; the first without hosts is the default */
	enum config_peer_fin on_peer_fin;
	/* socket options, tcp(7) and socket(7) */
	bool nodelay;
	bool keepalive;
	int64_t keepalive_idle_us; /* whole seconds */
	int64_t keepalive_interval_us;
	int64_t keepalive_count;
	int64_t user_timeout_us; /* 0: the system's; whole milliseconds */
	int64_t defer_accept_us; /* 0: off; whole seconds */
	int64_t fastopen;        /* queue length, 0: off */
	bool reuse_port;
	bool v6only;
	int64_t send_buffer;    /* 0: the system's */
	int64_t receive_buffer; /* 0: the system's */
	/* Unix sockets */
	int64_t mode; /* permission bits, an octal string in the file */
	char *owner;  /* user name or number, NULL: unchanged */
	char *group;  /* likewise */
};

struct config_route {
	char *prefix; /* route "PREFIX" */
	unsigned line;
	struct config_place *places;
	enum config_route_kind kind;
	/* files */
	char *files; /* the root directory */
	struct config_strings index;
	enum config_autoindex autoindex;
	char *try_file; /* `try`: target path answered where no file is found, or NULL */
	bool dotfiles;
	bool precompressed;  /* serve .br, .zst, .gz siblings */
	char *cache_control; /* any kind but health; NULL: no such field */
	/* redirect: a target that ends in '/' keeps what follows the prefix */
	char *redirect;
	/* redirect and respond */
	int64_t status; /* of a redirect; `respond` carries its own */
	int64_t respond;
	char *body;
	char *type;
	bool echo;
	enum config_health health;
	const void *program; /* CONFIG_ROUTE_PROGRAM: a struct handler_kind; the program's */
};

struct config_error_page {
	int64_t status; /* error_page "404" { file = "/path" } */
	unsigned line;
	struct config_place *places;
	char *file;
};

struct config_service {
	char *name; /* service "NAME" */
	unsigned line;
	struct config_place *places;
	enum config_protocol protocol;
	struct config_strings hosts; /* `host`: host names served, none: every other */
	bool server_header;
	char *mime_types; /* a mime.types file, or NULL for the built-in table */
	struct config_route *routes;
	size_t route_count;
	struct config_error_page *error_pages;
	size_t error_page_count;
	const void *program; /* CONFIG_PROGRAM: a struct service (net/conn); the program's */
};

struct config_timeouts {
	struct config_place *places;
	int64_t idle_us;   /* between two requests */
	int64_t park_us;   /* of that, before the connection is parked; 0: it is not */
	int64_t head_us;   /* from a request's first byte to its head's last */
	int64_t body_us;   /* without a byte of the body */
	int64_t write_us;  /* without a byte taken by the peer */
	int64_t linger_us; /* from our FIN to the peer's */
};

struct config_limits {
	struct config_place *places;
	int64_t connections;             /* of the whole process */
	enum config_overload overload;   /* what becomes of those beyond a limit */
	int64_t memory;                  /* of the whole process, in buffers and caches; 0: any */
	int64_t connections_per_address; /* 0: any number */
	int64_t requests_per_second_per_address; /* 0: any number */
	int64_t request_burst;                   /* of an address, at once */
	int64_t address_prefix_v6;               /* bits that tell clients apart */
	int64_t remembered_addresses;            /* without a connection */
	int64_t min_rate;                        /* bytes a second; 0: any */
	int64_t min_rate_window_us;
	int64_t head_bytes;
	int64_t target_bytes;
	int64_t fields;
	int64_t body_bytes;
	int64_t requests_per_connection; /* 0: no limit */
	int64_t output_bytes;       /* buffered for one connection before its input is paused */
	int64_t linger_bytes;       /* discarded after our FIN */
	int64_t lingering;          /* lingering connections of the whole process */
	int64_t file_cache_entries; /* per loop */
	int64_t file_cache_bytes;   /* per loop, of bodies kept in memory */
};

struct config_drain {
	struct config_place *places;
	int64_t notice_us;     /* ready answers 503, everything is still served */
	int64_t idle_grace_us; /* for one more request on an idle connection */
	int64_t deadline_us;   /* what is left then is cut */
};

struct config_upgrade {
	struct config_place *places;
	int64_t timeout_us; /* for a successor to report that it serves */
};

struct config_store {
	struct config_place *places;
	int64_t connections; /* kept at a restart */
	enum config_on_term on_term;
};

struct config_log {
	struct config_place *places;
	enum log_level level;
	char *target; /* as log_set_target takes it */
	char *access; /* "-": standard output, or a path */
	enum config_access_format access_format;
	struct config_strings access_fields; /* names of config/log_fields; none: all */
	char *connections; /* a JSON line for each connection's ending; a path, or NULL */
	struct config_strings connection_fields; /* likewise */
};

struct config {
	char *origin; /* the file it was read from; "(built in)" otherwise */
	char **files; /* each file read, included ones too; for config_place */
	size_t file_count;
	struct config_place *places;
	int64_t loops;
	char *admin;          /* unix:/path of the admin socket, or NULL */
	char *admin_readonly; /* ADDRESS:PORT for reading, or NULL */
	char *user;           /* whom to become once bound, or NULL */
	bool no_new_privileges;
	enum config_landlock landlock;
	struct config_listener *listeners;
	size_t listener_count;
	struct config_service *services;
	size_t service_count;
	struct config_timeouts timeouts;
	struct config_limits limits;
	struct config_drain drain;
	struct config_upgrade upgrade;
	struct config_store store;
	struct config_log log;
};
