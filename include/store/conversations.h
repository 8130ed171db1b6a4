/*
 * Rows of conversations and their contacts. As everywhere in store/: 1 found or changed, 0 none,
 * negative errno on failure; strings in a row read are the caller's (conversation_done()); writes
 * need an open unit.
 */
#ifndef MAAXD_STORE_CONVERSATIONS_H
#define MAAXD_STORE_CONVERSATIONS_H

#include "store/db.h"

struct conversation {
	int64_t id;
	char *source;
	char *key; /* NULL without */
	char *ai;
	char *platform;
	int64_t seq;
	int64_t in_flight;     /* message that holds the slot; 0: free */
	usec_t slot_until;     /* 0: none */
	char *conversation_id; /* Maax's; NULL until known */
	char *prospect_id;
	usec_t created_at;
	usec_t paused_at;   /* 0: not paused */
	char *pause_reason; /* NULL: not paused */
};

void conversation_done(struct conversation *conversation);

MUST_CHECK int conversations_insert(struct db *db, const struct conversation *conversation);
MUST_CHECK int conversations_get(struct db *db, int64_t id, struct conversation *ret_conversation);
MUST_CHECK int conversations_by_key(struct db *db, const char *source, const char *key,
				    struct conversation *ret_conversation);
/* The newest of an [ai] with this id of Maax's. Two accounts at Maax may use the same id. */
MUST_CHECK int conversations_by_conversation_id(struct db *db, const char *conversation_id,
						const char *ai,
						struct conversation *ret_conversation);
/* The same among those of one source. */
MUST_CHECK int conversations_of_source(struct db *db, const char *source,
				       const char *conversation_id,
				       struct conversation *ret_conversation);
/* The newest of an [ai] that has this contact value (lower case). */
MUST_CHECK int conversations_by_contact(struct db *db, const char *value, const char *ai,
					struct conversation *ret_conversation);
/* Up to `limit` of a source with id < before (INT64_MAX: from the newest), newest first. The
 * number. */
MUST_CHECK int conversations_list(struct db *db, const char *source, int64_t before, unsigned limit,
				  struct conversation *ret_conversations);

/* Writes seq, the slot and Maax's ids, all at once. The caller has read the row in the same unit.
 */
MUST_CHECK int conversations_update(struct db *db, const struct conversation *conversation);

/* Which rows a walk gives; what is NULL or 0 does not matter. */
struct conversation_filter {
	const char *source;
	const char *contact; /* lower case */
	bool is_paused;
	int64_t since; /* least id */
};

/*
 * A page of a walk from the newest to the oldest: up to `limit` rows with id < before that pass the
 * filter. It looks at DB_WALK_MAX rows at most; *ret_next is the `before` of the next page, or 0
 * when there is nothing more to look at. The number.
 */
MUST_CHECK int conversations_walk(struct db *db, const struct conversation_filter *filter,
				  int64_t before, unsigned limit,
				  struct conversation *ret_conversations, int64_t *ret_next);

/* A person takes over, or gives it back: 1, or 0 when it was so already. */
MUST_CHECK int conversations_pause(struct db *db, int64_t id, usec_t at, const char *reason);
MUST_CHECK int conversations_unpause(struct db *db, int64_t id);

/* Takes the next seq. */
MUST_CHECK int conversations_next_seq(struct db *db, int64_t id, int64_t *ret_seq);
/* Pins Maax's ids; a NULL, and one that is pinned already, stays as it is. 1 when something was
 * pinned. */
MUST_CHECK int conversations_pin(struct db *db, int64_t id, const char *conversation_id,
				 const char *prospect_id);

/* Gives the slot to a message until `until` (USEC_NEVER while it is being submitted). 0 when
 * another has it. */
MUST_CHECK int conversations_take_slot(struct db *db, int64_t id, int64_t message, usec_t until);
/* Frees the slot if `message` has it. 1 when it had. */
MUST_CHECK int conversations_free_slot(struct db *db, int64_t id, int64_t message);
/* Up to `limit` conversations whose slot_until has passed: id and in_flight are filled. The number.
 */
MUST_CHECK int conversations_slot_due(struct db *db, usec_t now, unsigned limit,
				      struct conversation *ret_conversations);
MUST_CHECK int conversations_next_slot_due(struct db *db,
					   usec_t *ret_at); /* USEC_NEVER when none; 0 or errno */

/* For gauges: conversations with a message at Maax, and those with one whose answer is overdue;
 * each at most DB_COUNT_MAX. */
struct conversations_open_counts {
	int64_t pending;
	int64_t overdue;
};
MUST_CHECK int conversations_count_open(struct db *db,
					struct conversations_open_counts *ret_counts);

/* Adds a contact value; one that is there already is fine. */
MUST_CHECK int contacts_insert(struct db *db, int64_t conversation, const char *value);

#endif
