/*
 * Commands: the payload as JSON on the standard input of a program of the operator's, run without a
 * shell. In its environment: MAAXD_DELIVERY (the same in every try), MAAXD_TYPE, MAAXD_SOURCE,
 * MAAXD_CONVERSATION, MAAXD_MESSAGE (empty where there is none), PATH, HOME and LANG. How it ends,
 * and within which bounds: base/child.h.
 *
 *   exit 0                      OK
 *   exit 75 (EX_TEMPFAIL)       TEMPFAIL
 *   any other exit status       PERMFAIL
 *   a signal, its time is up    TEMPFAIL, a slow one
 *   it prints too much          PERMFAIL
 *   it cannot be started        TEMPFAIL: an operator mends it
 */
#ifndef MAAXD_DEST_COMMAND_H
#define MAAXD_DEST_COMMAND_H

#include "dest/destination.h"

struct child_result;

extern const struct destination_ops command_ops;

/* What the end of a command means; the verdict is the caller's. */
void command_judge(const struct child_result *result, struct verdict *ret_verdict);

#endif
