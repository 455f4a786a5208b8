/* SPDX-License-Identifier: MIT
 *
 * check: what is wrong with a configuration that only the whole of it, or the
 * machine, can tell: two listeners on one address, a service that does not
 * exist, a directory that is missing, a port that needs a privilege.
 *
 * Reads the file system, the user database and the limits of the process. Binds,
 * creates and changes nothing, and resolves no host names.
 *
 * Thread: the main one, outside the loops: it may block on a file system.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "config/errors.h"

/* Descriptors kept back for all that is not a connection. */
#define CONFIG_RESERVED_FILES 64

/* What this process may do. */
struct config_host {
	int64_t first_free_port;   /* net.ipv4.ip_unprivileged_port_start */
	bool may_bind_privileged;  /* CAP_NET_BIND_SERVICE is effective, capabilities(7) */
	uint64_t open_files_limit; /* the hard RLIMIT_NOFILE, getrlimit(2) */
};

/* Asks the kernel. What it does not tell is taken as permitted: the error of
 * bind(2) will say it then. */
void config_host_read(struct config_host *ret_host);

/* Adds every error and warning to `errors`. 0 where the configuration can be
 * used, warnings or not; -EINVAL where there is an error. */
int config_check(const struct config *config, const struct config_host *host,
    struct config_errors *errors) __attribute__((warn_unused_result));
