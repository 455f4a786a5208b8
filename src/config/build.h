/* SPDX-License-Identifier: MIT
 *
 * build: a configuration that a program makes, piece by piece, in place of a file.
 *
 * What is not set is at its default, by the table of keys; so are range and form of
 * what is. The result is checked (config/check) and served as one from a file.
 *
 * Thread: that of whoever makes it.
 */
#pragma once

#include "config/config.h"
#include "config/errors.h"
#include "config/keys.h"

/* Nothing but the sections that every configuration has, at their defaults. The caller
 * frees it with config_free. 0, or -ENOMEM. */
int config_new(struct config **ret_config) __attribute__((warn_unused_result));

/* Sets a key of a section without title by its name as manuals write it: "loops",
 * "timeouts.idle"; the value as in a file, without quotes. 0; -ENOENT: there is no such
 * key; -EINVAL: not that value; -ENOMEM. `problem` has a sentence for the first two. */
int config_set(struct config *config, const char *name, const char *value, struct text *problem)
    __attribute__((warn_unused_result));

/* The same for a key whose value is a number, in the unit of its member. -EINVAL where
 * it is out of range. */
int config_set_number(struct config *config, enum key_section section, const char *key,
    int64_t number, struct text *problem) __attribute__((warn_unused_result));

/* The default of such a key. */
int64_t config_default_number(enum key_section section, const char *key);

/* Sets a key of a listener, as config_set. */
int config_set_listener(struct config_listener *listener, const char *key, const char *value,
    struct text *problem) __attribute__((warn_unused_result));

/* Adds a listener on `address` (see address_split) with the name and for the service
 * `service`; the second and further ones of a service have a number behind their name.
 * `ret_listener` is valid until the next is added. 0, -ENOMEM, or -EINVAL with the reason
 * in `errors`. */
int config_add_listener(struct config *config, const char *address, const char *service,
    struct config_listener **ret_listener, struct config_errors *errors)
    __attribute__((warn_unused_result));

/* Adds a service without routes; `ret_service` is valid until the next is added. 0,
 * -EEXIST where there is one of that name, -ENOMEM. */
int config_add_service(struct config *config, const char *name, enum config_protocol,
    struct config_service **ret_service) __attribute__((warn_unused_result));

/* The service of that name, or NULL. */
struct config_service *config_find_service(struct config *config, const char *name);

/* Adds a route; `ret_route` is valid until the next is added to the service. 0, -EEXIST
 * where there is one of that prefix, -ENOMEM. */
int config_add_route(struct config_service *service, const char *prefix, enum config_route_kind,
    struct config_route **ret_route) __attribute__((warn_unused_result));

/* Sets a key of a route, as config_set. */
int config_set_route(struct config_route *route, const char *key, const char *value,
    struct text *problem) __attribute__((warn_unused_result));
