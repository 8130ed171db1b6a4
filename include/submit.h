/*
 * Submit: messages go to Maax, at most one of a conversation at a time, in order.
 *
 * What a try can end in, and what follows (DESIGN.md section 7):
 *
 *   2xx                      waiting
 *   400 413 422              failed
 *   401                      queued; the AI is held: one message every hold_probe,
 *                            until one is accepted
 *   403 404 405 3xx          queued; three different messages in a row hold the AI
 *                            likewise
 *   429 5xx, no connection   queued, again by submit_schedule; after 429 or a time-out
 *                            by a step of at least 10 s, after Retry-After not before it
 *                            says (within retry_after_max)
 *   cut off or timed out     waiting and uncertain: after uncertain_wait without a
 *     once it was sent       callback it is queued once more, with the same URLs
 *   submit_max_age is over   failed, when it is its turn
 *
 * A message found in `submitting` at start may have been sent: uncertain. A verdict that cannot be
 * written (a full disk) stays in memory, with its claim, until it can be.
 */
#ifndef MAAXD_SUBMIT_H
#define MAAXD_SUBMIT_H

#include "core.h"

struct submit;

MUST_CHECK int submit_new(struct core *core, struct submit **ret_submit);
struct submit *submit_free(struct submit *submit);

/* Takes over what a run before this one left, and starts. 0 or negative errno. */
MUST_CHECK int submit_start(struct submit *submit);

/* wake_fn for TOPIC_MESSAGE_DUE, after the commit. */
void submit_woken(int64_t message, void *ctx);
/* wake_fn for TOPIC_SLOT_FREE, before the commit: the conversation's next message becomes due. */
void submit_slot_free(int64_t conversation, void *ctx);

/* After a reload: AIs may be new or gone, a held one gets its probe at once. */
void submit_reload(struct submit *submit);

/* Requests under way, and verdicts not written yet: a stop waits for them. */
size_t submit_running(const struct submit *submit);

#endif
