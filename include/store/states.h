/* The states of messages, callbacks and deliveries, and who may go where. */
#ifndef MAAXD_STORE_STATES_H
#define MAAXD_STORE_STATES_H

#include "base/base.h"

/*
 * held ─▶ queued ─▶ submitting ─▶ waiting ─▶ answered
 *           ▲ ▲          │  │         ├────▶ overdue ─▶ answered
 *           │ └─ retry ──┘  └─▶ failed│            any open state ─▶ cancelled
 *           └── uncertain, once ──────┘   submitting ─▶ answered: the callback may beat the reply
 * queued, failed, cancelled ─▶ answered: it had arrived after all
 * queued ─▶ waiting: a callback without a text came, so Maax has it
 * queued ─▶ failed: not accepted for too long
 * overdue, failed, cancelled ─▶ queued: an operator's replay of the submit
 */
enum message_state {
	MESSAGE_HELD, /* not to be submitted until somebody decides: a limit, identity incomplete */
	MESSAGE_QUEUED,	    /* waits for its turn, or for Maax */
	MESSAGE_SUBMITTING, /* a request is under way */
	MESSAGE_WAITING,    /* Maax has it, or may have it */
	MESSAGE_ANSWERED,
	MESSAGE_OVERDUE, /* no answer within answer_deadline; one still counts */
	MESSAGE_FAILED,	 /* Maax refused it, or could not be reached for submit_max_age */
	MESSAGE_CANCELLED,
	MESSAGE_STATE_MAX
};

/*
 * received ─▶ matched | duplicate | unmatched | unmapped
 * unmatched, unmapped ─▶ received: a replay, or attached to a message by hand; it is correlated
 * again unmatched, unmapped ─▶ dropped: an operator has seen it and wants it no more; it is kept
 * dropped ─▶ received: an operator thought better of it
 */
enum callback_state {
	CALLBACK_RECEIVED, /* stored, not correlated: correlating failed, or is about to happen */
	CALLBACK_MATCHED,
	CALLBACK_DUPLICATE,
	CALLBACK_UNMATCHED, /* no message or conversation is known for it */
	CALLBACK_UNMAPPED,  /* no text was found in it */
	CALLBACK_DROPPED,   /* set aside by an operator */
	CALLBACK_STATE_MAX
};

/*
 * pending ─▶ sending ─▶ delivered | pending (again later) | dead
 * pending ─▶ dead; dead ─▶ pending: a replay; pending, sending ─▶ cancelled
 */
enum delivery_state {
	DELIVERY_PENDING,
	DELIVERY_SENDING,
	DELIVERY_DELIVERED,
	DELIVERY_DEAD, /* given up */
	DELIVERY_CANCELLED,
	DELIVERY_STATE_MAX
};

/* What came of a try, as in every mailer; UNCERTAIN: it may have arrived. */
enum outcome { OUTCOME_OK, OUTCOME_TEMPFAIL, OUTCOME_PERMFAIL, OUTCOME_UNCERTAIN, OUTCOME_MAX };

const char *message_state_name(enum message_state state);
const char *callback_state_name(enum callback_state state);
const char *delivery_state_name(enum delivery_state state);
const char *outcome_name(enum outcome outcome);

/* The state of that name, or -EINVAL. */
int message_state_parse(const char *name);
int callback_state_parse(const char *name);
int delivery_state_parse(const char *name);
int outcome_parse(const char *name);

/* Whether the transition tables allow it. */
bool message_may_move(enum message_state from, enum message_state to);
bool callback_may_move(enum callback_state from, enum callback_state to);
bool delivery_may_move(enum delivery_state from, enum delivery_state to);

/* Open: held, queued, submitting, waiting or overdue: not settled yet, and can be cancelled. */
bool message_is_open(enum message_state state);

#endif
