/*
 * What a person does to rows by hand: cancel, try again, replay a stage, take a conversation over.
 * The stages notice by a wake, as ever; none of them is called.
 *
 * All functions need an open unit. 1 done; 0 not possible now, with *ret_why (static text for the
 * person) and nothing changed; negative errno.
 */
#ifndef MAAXD_OPERATOR_H
#define MAAXD_OPERATOR_H

#include "core.h"
#include "store/answers.h"
#include "store/callbacks.h"
#include "store/conversations.h"
#include "store/deliveries.h"
#include "store/messages.h"

/* ---- messages ---- */

/* From any open state. A request that is under way is not called back: an answer that comes all the
 * same still counts. `reason` is kept with the message. */
MUST_CHECK int operator_cancel(struct core *core, struct message *message, const char *reason,
			       const char **ret_why);
/* Queued and waiting for a later try: now. Held: let go, into the queue. */
MUST_CHECK int operator_retry(struct core *core, struct message *message, const char **ret_why);
/* Replays the submit of an overdue, failed or cancelled message: with a new deadline, as if it had
 * just come. Maax has no idempotency key, so it may be asked twice. */
MUST_CHECK int operator_submit(struct core *core, struct message *message, const char **ret_why);

/* ---- callbacks ---- */

/* Replays the mapping of an unmatched, unmapped or dropped one with today's configuration. An
 * emergency was delivered the first time already, and is again. */
MUST_CHECK int operator_map(struct core *core, struct callback *callback, const char **ret_why);
/* The same, as a callback on that message's URL. */
MUST_CHECK int operator_attach(struct core *core, struct callback *callback,
			       const struct message *message, const char **ret_why);
/* It is kept, and bothers nobody any more. */
MUST_CHECK int operator_drop(struct core *core, struct callback *callback, const char **ret_why);

/* ---- deliveries ---- */

/*
 * Replays a delivery. A dead one is pending again and keeps its id, so a receiver that knows it
 * drops the repeat; one that was delivered or cancelled is sent as a new one, with a new webhook-id
 * (*ret_id).
 */
MUST_CHECK int operator_deliver(struct core *core, struct delivery *delivery, int64_t *ret_id,
				const char **ret_why);
/* Pending and waiting for a later try: now. */
MUST_CHECK int operator_retry_delivery(struct core *core, struct delivery *delivery,
				       const char **ret_why);
/* Pending or being sent; the next of its conversation may go then. */
MUST_CHECK int operator_cancel_delivery(struct core *core, struct delivery *delivery,
					const char **ret_why);

/* ---- conversations ---- */

/* A person takes over: its messages stay queued, and are submitted in order once it is unpaused.
 * Deadlines and deliveries go on. */
MUST_CHECK int operator_pause(struct core *core, const struct conversation *conversation,
			      const char *reason, const char **ret_why);
MUST_CHECK int operator_unpause(struct core *core, const struct conversation *conversation,
				const char **ret_why);

/*
 * A notice: an answer that a person wrote, delivered as any answer of the conversation. It settles
 * nothing. `message` is what it goes with (0: none); *ret_answer is the caller's. 1 or errno.
 */
MUST_CHECK int operator_answer(struct core *core, const struct conversation *conversation,
			       int64_t message, const char *text, struct answer *ret_answer);

/* Sets *ret_why and gives 0. */
int operator_refuse(const char **ret_why, const char *why);

#endif
