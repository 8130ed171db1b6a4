/* Rows of attempts: HTTP calls that were made. Conventions: store/conversations.h. */
#ifndef MAAXD_STORE_ATTEMPTS_H
#define MAAXD_STORE_ATTEMPTS_H

#include "store/db.h"
#include "store/states.h"

#define ATTEMPT_MAX_RESPONSE (64 * KIB) /* bytes that a row holds */
#define ATTEMPT_EXCERPT (16 * KIB)	/* and how many of them do for people */

enum attempt_kind { ATTEMPT_SUBMIT, ATTEMPT_DELIVER, ATTEMPT_HISTORY, ATTEMPT_KIND_MAX };
const char *attempt_kind_name(enum attempt_kind kind);

struct attempt {
	int64_t id;
	enum attempt_kind kind;
	int64_t message;  /* 0: none */
	int64_t delivery; /* 0: none */
	int64_t answer;	  /* 0: none */
	enum outcome outcome;
	int status; /* 0: no reply */
	char *detail;
	char *content_type; /* of Maax's reply to a submit; else NULL */
	void *response;	    /* NULL: none; at most ATTEMPT_MAX_RESPONSE bytes are stored */
	size_t response_size;
	usec_t started_at;
	usec_t finished_at;
};

void attempt_done(struct attempt *attempt);

MUST_CHECK int attempts_insert(struct db *db, const struct attempt *attempt);
MUST_CHECK int attempts_of_message(struct db *db, int64_t message, unsigned limit,
				   struct attempt *ret_attempts); /* oldest first; the number */

/* Maax's own reply to a submit of a message, the latest one that settled it (2xx, or a refusal for
 * good): 1, 0 none. */
MUST_CHECK int attempts_reply(struct db *db, int64_t message, struct attempt *ret_attempt);

#endif
