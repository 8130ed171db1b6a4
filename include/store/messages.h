/* Rows of messages. Conventions: store/conversations.h. */
#ifndef MAAXD_STORE_MESSAGES_H
#define MAAXD_STORE_MESSAGES_H

#include "store/db.h"
#include "store/states.h"

struct message {
	int64_t id;
	int64_t conversation;
	char *source;
	int64_t seq;
	enum message_state state;
	char *ai;
	char *platform;
	char *message_content;
	char *prospect_info; /* JSON object */
	char *service_type;  /* NULL: the [ai]'s */
	char *output_format; /* NULL: the [ai]'s, else by platform */
	char *metadata;	     /* JSON object or NULL */
	usec_t created_at;
	usec_t due_at;	     /* 0: none */
	usec_t deadline_at;  /* 0: none */
	usec_t overdue_at;   /* 0: not overdue */
	usec_t submitted_at; /* 0: never */
	unsigned submits;    /* that may have reached Maax */
	unsigned tries;	     /* refused ones since it was queued */
	bool is_uncertain;
	bool was_resent;
	unsigned answers;
	char *incoming_message_id;
	int64_t run;
	char *reason;
	usec_t replayed_at;	 /* 0: never */
	char *send_response_url; /* the caller's own, of the drop-in API; NULL: none */
	char *followup_url;
};

void message_done(struct message *message);

MUST_CHECK int messages_insert(struct db *db, const struct message *message);
MUST_CHECK int messages_get(struct db *db, int64_t id, struct message *ret_message);

/*
 * The one function that moves a message's state. It checks the transition table (-EPERM: a bug of
 * the caller) and requires the row to be in `message->state`: 1 moved, 0 it was not. On success all
 * the fields that change with a state are written from `message` (due_at, deadline_at, overdue_at,
 * submitted_at, submits, tries, is_uncertain, was_resent, answers, incoming_message_id, run,
 * reason, replayed_at) and message->state is `to`.
 */
MUST_CHECK int messages_move(struct db *db, struct message *message, enum message_state to);
/* messages_move() of a message that leaves Maax: the slot of its conversation, if it had it, is
 * free afterwards. 0; negative errno, -EIO when it was not in that state any more. */
MUST_CHECK int messages_move_out(struct db *db, struct message *message, enum message_state to);
/* Writes the same fields without a move. */
MUST_CHECK int messages_update(struct db *db, const struct message *message);

/* Up to `limit` ids of queued messages of an AI that are due, by due_at. The number, or negative
 * errno. */
MUST_CHECK int messages_due(struct db *db, const char *ai, usec_t now, unsigned limit,
			    int64_t *ret_ids);
/* The earliest due_at of an AI's queued messages, and of uncertain ones; USEC_NEVER when none. 0 or
 * errno. */
MUST_CHECK int messages_next_due(struct db *db, const char *ai, usec_t *ret_at);
MUST_CHECK int messages_uncertain_due(struct db *db, usec_t now, unsigned limit, int64_t *ret_ids);
MUST_CHECK int messages_next_uncertain_due(struct db *db, usec_t *ret_at);
/* The oldest queued message of a conversation: 1 with its id, 0 none. */
MUST_CHECK int messages_first_queued(struct db *db, int64_t conversation, int64_t *ret_id);
/* Messages that another run left in `submitting`. The number. */
MUST_CHECK int messages_orphans(struct db *db, int64_t run, unsigned limit, int64_t *ret_ids);
MUST_CHECK int messages_deadline_due(struct db *db, usec_t now, unsigned limit, int64_t *ret_ids);
MUST_CHECK int messages_next_deadline(struct db *db, usec_t *ret_at);

/* Messages of a conversation (or source) with id ≥ since, counted up to `limit`. */
MUST_CHECK int messages_count_conversation(struct db *db, int64_t conversation, int64_t since,
					   unsigned limit);
MUST_CHECK int messages_count_source(struct db *db, const char *source, int64_t since,
				     unsigned limit);

/* Up to `limit` of a source with id < before, newest first. The number. */
MUST_CHECK int messages_list(struct db *db, const char *source, int64_t before, unsigned limit,
			     struct message *ret_messages);
/* Which rows a walk gives; what is NULL or 0 does not matter. */
struct message_filter {
	const char *state;
	const char *source;
	const char *contact; /* lower case */
	int64_t conversation;
	int64_t since; /* least id */
};

/* As conversations_walk(). */
MUST_CHECK int messages_walk(struct db *db, const struct message_filter *filter, int64_t before,
			     unsigned limit, struct message *ret_messages, int64_t *ret_next);
/* Up to `limit` open messages of a conversation, oldest first. The number. */
MUST_CHECK int messages_open(struct db *db, int64_t conversation, unsigned limit,
			     struct message *ret_messages);
/* The newest message of a conversation: 1 with its id, 0 none. */
MUST_CHECK int messages_newest(struct db *db, int64_t conversation, int64_t *ret_id);

/* Up to `limit` of a conversation with id > after, oldest first. The number. */
MUST_CHECK int messages_of_conversation(struct db *db, int64_t conversation, int64_t after,
					unsigned limit, struct message *ret_messages);

/* For gauges: how many messages are queued, being submitted, waited for; at most DB_COUNT_MAX. */
struct messages_open_counts {
	int64_t queued;
	int64_t submitting;
	int64_t with_deadline; /* open and not overdue yet */
};
MUST_CHECK int messages_count_open(struct db *db, struct messages_open_counts *ret_counts);

#endif
