/* SPDX-License-Identifier: MIT
 *
 * counters: what the kernel counted in this network namespace
 * (/proc/net/snmp, /proc/net/netstat; snmp_counter in the kernel's manual).
 *
 * Owns nothing. Thread: any.
 */
#pragma once

#include <stdint.h>

#include "harness/failure.h"

/* X(identifier, group in the file, name) */
#define COUNTERS(X)                                          \
	X(OUT_RESETS, "Tcp", "OutRsts")                      \
	X(ESTABLISHED_RESETS, "Tcp", "EstabResets")          \
	X(ABORT_ON_CLOSE, "TcpExt", "TCPAbortOnClose")       \
	X(ABORT_ON_DATA, "TcpExt", "TCPAbortOnData")         \
	X(ABORT_ON_TIMEOUT, "TcpExt", "TCPAbortOnTimeout")   \
	X(ABORT_ON_MEMORY, "TcpExt", "TCPAbortOnMemory")     \
	X(ABORT_ON_LINGER, "TcpExt", "TCPAbortOnLinger")     \
	X(LISTEN_OVERFLOWS, "TcpExt", "ListenOverflows")     \
	X(LISTEN_DROPS, "TcpExt", "ListenDrops")             \
	X(COOKIES_RECEIVED, "TcpExt", "SyncookiesRecv")      \
	X(FAST_OPEN_PASSIVE, "TcpExt", "TCPFastOpenPassive") \
	X(DEFERRED_DROPS, "TcpExt", "TCPDeferAcceptDrop")    \
	X(CONNECTS, "Tcp", "ActiveOpens")                    \
	X(HANDSHAKES, "Tcp", "PassiveOpens")                 \
	X(FAILED_CONNECTS, "Tcp", "AttemptFails")

enum counter {
#define X(identifier, group, name) COUNTER_##identifier,
	COUNTERS(X)
#undef X
	    COUNTER_COUNT
};

struct counters {
	uint64_t of[COUNTER_COUNT];
};

/* All of them, now. Fails the test where one is not told. */
struct counters counters_read(void);

/* How much one has grown since. */
uint64_t counter_growth(const struct counters *since, enum counter);

/* Fails the test unless, since then, exactly `resets` RSTs were sent, no
 * connection was reset or aborted, and no listener dropped a client. */
void expect_counters(const struct counters *since, uint64_t resets);

/* The same of clients among whom some were ended as they connected: a refusal that comes
 * for one who is gone is sent, and nobody's connect fails by it. At most so many RSTs
 * more than `resets` as there are connects that neither succeeded nor failed; and a few more
 * where the clients are a crowd, see counters.c. */
void expect_counters_of_leavers(const struct counters *since, uint64_t resets);

#ifndef WIRE_HARNESS
#define expect_counters(...) (WIRE_HERE(), (expect_counters)(__VA_ARGS__))
#define expect_counters_of_leavers(...) (WIRE_HERE(), (expect_counters_of_leavers)(__VA_ARGS__))
#endif
