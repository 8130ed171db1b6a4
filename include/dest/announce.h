/*
 * What the outside is told: lines of the timeline, and a delivery for each destination that wants
 * to know. Routing is resolved here, when the thing happens: `destinations`, `events`, `delay` (of
 * answers and follow-ups). only_if is tested when the delivery is due (deliver.h). All functions
 * need an open unit; 0 or negative errno.
 */
#ifndef MAAXD_DEST_ANNOUNCE_H
#define MAAXD_DEST_ANNOUNCE_H

#include "core.h"
#include "options.h"
#include "store/alerts.h"
#include "store/answers.h"
#include "store/callbacks.h"
#include "store/conversations.h"
#include "store/messages.h"

/* The message's state, as it is now, with a word of why (NULL: none). Wakes those who wait for it.
 */
MUST_CHECK int announce_state(const struct core *core, const struct message *message,
			      const char *detail);

/* `type` happened to a message (EVENT_OVERDUE, EVENT_FAILED). */
MUST_CHECK int announce_message(const struct core *core, enum event_type type,
				const struct message *message, const char *detail);

/*
 * An answer, follow-up or emergency. `conversation` may be NULL for an emergency that matched none:
 * it then goes to all destinations of sources of its AI, as one whose source has left the
 * configuration does. `delay`: how long deliveries wait at
 * least, for what is still being fetched.
 */
MUST_CHECK int announce_answer(const struct core *core, const struct answer *answer,
			       const struct conversation *conversation, usec_t delay);

/*
 * A callback for a message of the drop-in API is relayed to its caller as it came, whatever it
 * turned out to be; nothing happens for other messages. Once for each callback with a body of its
 * own.
 */
MUST_CHECK int announce_callback(const struct core *core, const struct callback *callback,
				 const struct message *message);

/* `type` ("conversation.paused", "conversation.unpaused") happened to a conversation: a line of the
 * timeline, nothing is delivered. */
MUST_CHECK int announce_conversation(const struct core *core,
				     const struct conversation *conversation, const char *type,
				     const char *detail);

#define ANNOUNCE_ALERT_RAISED "alert.raised"
#define ANNOUNCE_ALERT_CLEARED "alert.cleared"

/*
 * An alert began or ended (`type`): alert_destinations are told, whatever their `events` and
 * `delay`, but for the one that the alert is about (`except`; NULL: none). No line of the timeline.
 */
MUST_CHECK int announce_alert(const struct core *core, const char *type, const struct alert *alert,
			      const char *except);

#endif
