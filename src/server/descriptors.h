/* SPDX-License-Identifier: MIT
 *
 * descriptors: how many files the process may have open (getrlimit(2), RLIMIT_NOFILE),
 * and the last of them, which are no client's. Owns nothing. Thread: the main one to
 * raise, any to ask.
 */
#pragma once

/* Raises the soft limit to the hard one; the log tells of it. */
void descriptors_raise_limit(void);

/* The first descriptor that is no client's: with those from there on the admin service is
 * reachable, logs are opened anew, and a reload reads its files, however many clients
 * there are. 0: there is no limit. */
int descriptors_first_reserved(void);
