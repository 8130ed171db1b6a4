/*
 * Names of the states, and the tables of who may go where: the only place that decides it. The
 * drawing is in store/states.h.
 */
#include "store/states.h"

#include "store/stmt.h"

#define TO(state) (1U << (state))

static const char *const message_names[MESSAGE_STATE_MAX] = {
	[MESSAGE_HELD] = "held",
	[MESSAGE_QUEUED] = "queued",
	[MESSAGE_SUBMITTING] = "submitting",
	[MESSAGE_WAITING] = "waiting",
	[MESSAGE_ANSWERED] = "answered",
	[MESSAGE_OVERDUE] = "overdue",
	[MESSAGE_FAILED] = "failed",
	[MESSAGE_CANCELLED] = "cancelled",
};

static const char *const callback_names[CALLBACK_STATE_MAX] = {
	[CALLBACK_RECEIVED] = "received",   [CALLBACK_MATCHED] = "matched",
	[CALLBACK_DUPLICATE] = "duplicate", [CALLBACK_UNMATCHED] = "unmatched",
	[CALLBACK_UNMAPPED] = "unmapped",   [CALLBACK_DROPPED] = "dropped",
};

static const char *const delivery_names[DELIVERY_STATE_MAX] = {
	[DELIVERY_PENDING] = "pending",	    [DELIVERY_SENDING] = "sending",
	[DELIVERY_DELIVERED] = "delivered", [DELIVERY_DEAD] = "dead",
	[DELIVERY_CANCELLED] = "cancelled",
};

static const char *const outcome_names[OUTCOME_MAX] = {
	[OUTCOME_OK] = "OK",
	[OUTCOME_TEMPFAIL] = "TEMPFAIL",
	[OUTCOME_PERMFAIL] = "PERMFAIL",
	[OUTCOME_UNCERTAIN] = "UNCERTAIN",
};

/*
 * An answer counts wherever it finds its message: back in the queue after an uncertain submit,
 * given up, cancelled. Only `answered` is final: what comes then is an extra answer, not a move.
 */
static const unsigned message_moves[MESSAGE_STATE_MAX] = {
	[MESSAGE_HELD] = TO(MESSAGE_QUEUED) | TO(MESSAGE_CANCELLED),
	[MESSAGE_QUEUED] = TO(MESSAGE_SUBMITTING) | TO(MESSAGE_WAITING) | TO(MESSAGE_ANSWERED) |
			   TO(MESSAGE_FAILED) | TO(MESSAGE_CANCELLED),
	[MESSAGE_SUBMITTING] = TO(MESSAGE_QUEUED) | TO(MESSAGE_WAITING) | TO(MESSAGE_ANSWERED) |
			       TO(MESSAGE_FAILED) | TO(MESSAGE_CANCELLED),
	[MESSAGE_WAITING] = TO(MESSAGE_QUEUED) | TO(MESSAGE_ANSWERED) | TO(MESSAGE_OVERDUE) |
			    TO(MESSAGE_CANCELLED),
	[MESSAGE_ANSWERED] = 0,
	/* From here on, queued is a replay. */
	[MESSAGE_OVERDUE] = TO(MESSAGE_ANSWERED) | TO(MESSAGE_CANCELLED) | TO(MESSAGE_QUEUED),
	[MESSAGE_FAILED] = TO(MESSAGE_ANSWERED) | TO(MESSAGE_QUEUED),
	[MESSAGE_CANCELLED] = TO(MESSAGE_ANSWERED) | TO(MESSAGE_QUEUED),
};

/* What is unmapped or unmatched is received again by a replay, and then correlated like new. */
static const unsigned callback_moves[CALLBACK_STATE_MAX] = {
	[CALLBACK_RECEIVED] = TO(CALLBACK_MATCHED) | TO(CALLBACK_DUPLICATE) |
			      TO(CALLBACK_UNMATCHED) | TO(CALLBACK_UNMAPPED),
	[CALLBACK_MATCHED] = 0,
	[CALLBACK_DUPLICATE] = 0,
	[CALLBACK_UNMATCHED] = TO(CALLBACK_RECEIVED) | TO(CALLBACK_DROPPED),
	[CALLBACK_UNMAPPED] = TO(CALLBACK_RECEIVED) | TO(CALLBACK_DROPPED),
	[CALLBACK_DROPPED] = TO(CALLBACK_RECEIVED),
};

static const unsigned delivery_moves[DELIVERY_STATE_MAX] = {
	[DELIVERY_PENDING] = TO(DELIVERY_SENDING) | TO(DELIVERY_DEAD) | TO(DELIVERY_CANCELLED),
	[DELIVERY_SENDING] = TO(DELIVERY_DELIVERED) | TO(DELIVERY_PENDING) | TO(DELIVERY_DEAD) |
			     TO(DELIVERY_CANCELLED),
	[DELIVERY_DELIVERED] = 0,
	[DELIVERY_DEAD] = TO(DELIVERY_PENDING), /* by a replay */
	[DELIVERY_CANCELLED] = 0,
};

const char *message_state_name(enum message_state state)
{
	return message_names[state];
}

const char *callback_state_name(enum callback_state state)
{
	return callback_names[state];
}

const char *delivery_state_name(enum delivery_state state)
{
	return delivery_names[state];
}

const char *outcome_name(enum outcome outcome)
{
	return outcome_names[outcome];
}

int message_state_parse(const char *name)
{
	return names_find(message_names, MESSAGE_STATE_MAX, name);
}

int callback_state_parse(const char *name)
{
	return names_find(callback_names, CALLBACK_STATE_MAX, name);
}

int delivery_state_parse(const char *name)
{
	return names_find(delivery_names, DELIVERY_STATE_MAX, name);
}

int outcome_parse(const char *name)
{
	return names_find(outcome_names, OUTCOME_MAX, name);
}

bool message_may_move(enum message_state from, enum message_state to)
{
	return message_moves[from] & TO(to);
}

bool callback_may_move(enum callback_state from, enum callback_state to)
{
	return callback_moves[from] & TO(to);
}

bool delivery_may_move(enum delivery_state from, enum delivery_state to)
{
	return delivery_moves[from] & TO(to);
}

/* As the drawing has it: from any open state an operator may cancel. */
bool message_is_open(enum message_state state)
{
	return message_may_move(state, MESSAGE_CANCELLED);
}
