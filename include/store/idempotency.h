/* Rows of idempotency: replies to requests that carried an Idempotency-Key. Conventions:
 * store/conversations.h. */
#ifndef MAAXD_STORE_IDEMPOTENCY_H
#define MAAXD_STORE_IDEMPOTENCY_H

#include "base/sign.h"
#include "store/db.h"

struct idempotency {
	char *source;
	char *key;
	uint8_t fingerprint[SIGN_SHA256_SIZE]; /* of the request's body */
	int64_t message;
	char *response; /* JSON text that was replied */
	usec_t created_at;
};

void idempotency_done(struct idempotency *row);
/* -EEXIST when the source has used that key. */
MUST_CHECK int idempotency_insert(struct db *db, const struct idempotency *row);
MUST_CHECK int idempotency_get(struct db *db, const char *source, const char *key,
			       struct idempotency *ret_row);
/* Deletes up to `limit` rows made before `before`. The number. */
MUST_CHECK int idempotency_prune(struct db *db, usec_t before, unsigned limit);

#endif
