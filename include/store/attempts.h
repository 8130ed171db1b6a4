/* Rows of attempts: HTTP calls that were made. Conventions: store/conversations.h. */
#ifndef MAAXD_STORE_ATTEMPTS_H
#define MAAXD_STORE_ATTEMPTS_H

#include "store/db.h"
#include "store/states.h"

#define ATTEMPT_MAX_RESPONSE (16 * KIB)

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
	void *response; /* NULL: none; at most ATTEMPT_MAX_RESPONSE bytes are stored */
	size_t response_size;
	usec_t started_at;
	usec_t finished_at;
};

void attempt_done(struct attempt *attempt);

MUST_CHECK int attempts_insert(struct db *db, const struct attempt *attempt);
MUST_CHECK int attempts_of_message(struct db *db, int64_t message, unsigned limit,
				   struct attempt *ret_attempts); /* oldest first; the number */

#endif
