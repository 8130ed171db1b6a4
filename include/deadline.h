/*
 * Deadline: silence is an event. Once, answer_deadline after a message was accepted and in whatever
 * open state it is, `answer.overdue` is announced; the state `overdue` is reached from `waiting`
 * only. The conversation's slot is freed answer_deadline after the last submit. A late answer still
 * counts.
 *
 * Before a waiting message becomes overdue, an extra answer of its conversation may settle it: one
 * that came when its own token had brought more answers than it had submits (Maax answered on an
 * older URL).
 *
 * On failure (the database cannot write) the step is repeated STORE_RETRY later; nothing is
 * skipped.
 */
#ifndef MAAXD_DEADLINE_H
#define MAAXD_DEADLINE_H

#include "core.h"

struct deadline;

MUST_CHECK int deadline_new(struct core *core, struct deadline **ret_deadline);
struct deadline *deadline_free(struct deadline *deadline);
void deadline_start(struct deadline *deadline);

/* wake_fn for TOPIC_DEADLINE, after the commit. */
void deadline_woken(int64_t message, void *ctx);

#endif
