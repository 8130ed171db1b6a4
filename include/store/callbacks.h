/* Rows of callbacks, the raw receipts. Conventions: store/conversations.h. */
#ifndef MAAXD_STORE_CALLBACKS_H
#define MAAXD_STORE_CALLBACKS_H

#include "store/db.h"
#include "store/states.h"

#define CALLBACK_DIGEST_SIZE 16

enum callback_kind { CALLBACK_ANSWER, CALLBACK_FOLLOWUP, CALLBACK_EMERGENCY, CALLBACK_KIND_MAX };
const char *callback_kind_name(enum callback_kind kind); /* "answer" … */

struct callback {
	int64_t id;
	enum callback_kind kind;
	enum callback_state state;
	int64_t message; /* 0: none */
	char *ai;	 /* of an emergency, else NULL */
	int64_t answer;	 /* 0: none */
	char *method;
	char *content_type; /* NULL: none */
	char *query;	    /* NULL: none */
	void *body;	    /* NULL when repeated, and in lists */
	size_t body_size;
	bool has_body; /* false when repeated: the bytes are in an earlier row */
	uint8_t digest[CALLBACK_DIGEST_SIZE];
	char *reason;
	usec_t received_at;
};

void callback_done(struct callback *callback);

MUST_CHECK int callbacks_insert(struct db *db, const struct callback *callback);
MUST_CHECK int callbacks_get(struct db *db, int64_t id, struct callback *ret_callback);
/* The one function that moves a callback's state; writes message, answer and reason with it. As
 * messages_move(). */
MUST_CHECK int callbacks_move(struct db *db, struct callback *callback, enum callback_state to);

/* Drops the raw query and body of a receipt. */
MUST_CHECK int callbacks_purge(struct db *db, int64_t id);

/* How many bodies and bytes a message's token of a kind has stored; counting stops at
 * CALLBACKS_STORED_MAX receipts. */
#define CALLBACKS_STORED_MAX 1000
struct callbacks_stored {
	unsigned count; /* all receipts */
	unsigned bodies;
	uint64_t bytes;
};
MUST_CHECK int callbacks_stored(struct db *db, int64_t message, enum callback_kind kind,
				struct callbacks_stored *ret_stored); /* 0 or errno */
/* 1 with the id of a receipt of this token with the same digest and a body, 0 none. */
MUST_CHECK int callbacks_same(struct db *db, int64_t message, enum callback_kind kind,
			      const uint8_t digest[static CALLBACK_DIGEST_SIZE], int64_t *ret_id);
/* The same of the URL of an [ai] for emergencies, of receipts with id >= since. */
MUST_CHECK int callbacks_stored_ai(struct db *db, const char *ai, int64_t since,
				   struct callbacks_stored *ret_stored);
MUST_CHECK int callbacks_same_ai(struct db *db, const char *ai, int64_t since,
				 const uint8_t digest[static CALLBACK_DIGEST_SIZE],
				 int64_t *ret_id);
/* The receipts of a message, oldest first, without bodies. The number. */
MUST_CHECK int callbacks_of_message(struct db *db, int64_t message, unsigned limit,
				    struct callback *ret_callbacks);
/* Receipts in a state with id < before, newest first, without bodies. The number. */
MUST_CHECK int callbacks_list(struct db *db, enum callback_state state, int64_t before,
			      unsigned limit, struct callback *ret_callbacks);
/* Ids of receipts still in `received` with id > after, oldest first. The number. */
MUST_CHECK int callbacks_uncorrelated(struct db *db, int64_t after, unsigned limit,
				      int64_t *ret_ids);

#endif
