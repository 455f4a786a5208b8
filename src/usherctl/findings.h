/* SPDX-License-Identifier: MIT
 *
 * findings: the judgement of `usherctl doctor`: facts in, sentences out.
 *
 * Each finding says what is, what it leads to, and the command or setting that mends
 * it. Pure: no file is read, nothing is printed.
 *
 * Thread: any.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "usherctl/facts.h"

#define FINDINGS_MAX 128
#define FINDING_TEXT_MAX 320

enum severity {
	SEVERITY_OK,     /* looked at, and well */
	SEVERITY_NOTE,   /* good to know */
	SEVERITY_WARNING /* clients are or will be turned away, or something is lost */
};

struct finding {
	enum severity severity;
	const char *check;           /* what was looked at: a word for programs */
	char text[FINDING_TEXT_MAX]; /* a sentence */
	char mend[FINDING_TEXT_MAX]; /* what to do; "" */
};

struct findings {
	struct finding items[FINDINGS_MAX];
	size_t count;
	size_t left_out;
	size_t warnings; /* of all, left out or not */
};

/* "ok", "note", "warning". */
const char *severity_name(enum severity severity);

/* Judges everything. `findings` is overwritten. */
void findings_make(struct findings *findings, const struct facts *facts);

/* Its parts. */
void findings_judge_queues(struct findings *findings, const struct facts *facts);
void findings_judge_kernel(struct findings *findings, const struct facts *facts);
void findings_judge_limits(struct findings *findings, const struct facts *facts);
void findings_judge_daemon(struct findings *findings, const struct facts *facts);

/* Adds one with a text; findings_mend gives the one just added what mends it. */
void findings_add(struct findings *findings, enum severity severity, const char *check,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
void findings_mend(struct findings *findings, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether one of that check is there. */
bool findings_have(const struct findings *findings, const char *check);

/* The backlog to set for a queue whose limit was `limit` and whose peak was `peak`:
 * four times as long where it was full, else twice, as a power of two, at most
 * 65535. */
uint64_t findings_better_backlog(uint64_t limit, bool was_full);
