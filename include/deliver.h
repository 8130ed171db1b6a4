/*
 * Deliver: answers and events go to destinations, at least once each, with the same webhook-id in
 * every try.
 *
 * Order: deliveries of one conversation go to a destination in sequence. One that is stuck holds
 * the later ones back for order_hold at most; one that is being sent right now is always waited
 * for. Emergencies, overdue and failed events never wait. At most `concurrency` at a time to a
 * destination; destinations never wait for each other. Each host that callers of the drop-in API
 * name is a destination in that sense, and all of them together have 64 at a time, in turn.
 *
 * A delivery whose destination has an only_if that is false for its payload is cancelled, with that
 * reason, when it is claimed, and so is visible; it counts no try.
 *
 * What a try can end in (what a kind of destination makes of a reply: dest/webhook.h …):
 *
 *   OK                  delivered
 *   TEMPFAIL            again by retry_schedule; after a slow one (429, a time-out) by a step of at
 *                       least 10 s, after Retry-After not before it says (within retry_after_max);
 *                       at the end of the schedule dead: kept, counted, to be replayed
 *   PERMFAIL            dead at once
 *   PERMFAIL and gone   pending; the destination is held until an operator resumes it
 *
 * A delivery found in `sending` at start is pending again. A destination that has left the
 * configuration keeps its deliveries pending with that reason. A verdict that cannot be written
 * stays in memory until it can be (jobs.h).
 */
#ifndef MAAXD_DELIVER_H
#define MAAXD_DELIVER_H

#include "core.h"

struct deliver;

MUST_CHECK int deliver_new(struct core *core, struct deliver **ret_deliver);
struct deliver *deliver_free(struct deliver *deliver);
MUST_CHECK int deliver_start(struct deliver *deliver);

/* wake_fn for TOPIC_DELIVERY, after the commit. */
void deliver_woken(int64_t delivery, void *ctx);

/* After a reload: destinations may be new, changed or gone; those still referenced are logged. */
void deliver_reload(struct deliver *deliver);

/* Holds a destination: its deliveries stay pending until it is resumed. 0 or negative errno. Needs
 * an open unit. */
MUST_CHECK int deliver_hold(struct deliver *deliver, const char *destination, const char *reason);

/* Ends a destination's hold: what is pending is due at once. 1, 0 when it was not held, or negative
 * errno. Needs an open unit. */
MUST_CHECK int deliver_resume(struct deliver *deliver, const char *destination);

size_t deliver_running(const struct deliver *deliver);

#endif
