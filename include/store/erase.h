/*
 * Erasing what is known of a person: whole conversations, with everything that hangs on them.
 * Conventions: store/conversations.h.
 */
#ifndef MAAXD_STORE_ERASE_H
#define MAAXD_STORE_ERASE_H

#include "store/db.h"

/* Conversations with id > after that have a contact value (lower case), oldest first. The number.
 */
MUST_CHECK int erase_find(struct db *db, const char *contact, int64_t after, unsigned limit,
			  int64_t *ret_ids);

/* How much hangs on a conversation; counting stops at DB_COUNT_MAX. 0 or negative errno. */
struct erase_count {
	int64_t messages;
	int64_t answers;
};
MUST_CHECK int erase_count(struct db *db, int64_t conversation, struct erase_count *ret_count);

/*
 * Deletes a conversation: messages, answers, callbacks, deliveries, attempts, events, contacts.
 * What is under way for it finds no row any more, and its messages are noted as erased: a callback
 * that still comes for one is not kept (erase_has()). Needs an open unit. 1 deleted, 0 there is
 * none.
 */
MUST_CHECK int erase_conversation(struct db *db, int64_t conversation);

/* 1 when that message was erased. */
MUST_CHECK int erase_has(struct db *db, int64_t message);

#endif
