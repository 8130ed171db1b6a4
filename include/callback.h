/*
 * Callback: the raw bytes of a verified callback become a row, before anybody looks at them.
 *
 * On failure: bytes the token has brought before are noted without storing them again; a token that
 * has brought CALLBACK_MAX_BODIES different ones, or CALLBACK_MAX_BYTES of them, is refused; a
 * database that cannot store is a negative errno, nothing was stored, and the sender must hear 503.
 *
 * The URL for emergencies is static and serves for years, so its bounds are those of the last
 * CALLBACK_EMERGENCY_WINDOW, and the same bytes are a repeat for CALLBACK_EMERGENCY_REPEAT only: a
 * person may call for help twice in the same words.
 */
#ifndef MAAXD_CALLBACK_H
#define MAAXD_CALLBACK_H

#include "core.h"
#include "store/callbacks.h"

#define CALLBACK_MAX_BODIES 32
#define CALLBACK_MAX_RECEIPTS 1000 /* repeats included */
#define CALLBACK_MAX_BYTES (8 * MIB)
#define CALLBACK_EMERGENCY_WINDOW USEC_PER_HOUR
#define CALLBACK_EMERGENCY_REPEAT (10 * USEC_PER_MINUTE)
#define CALLBACK_EMERGENCY_BODIES 120
#define CALLBACK_EMERGENCY_BYTES (32 * MIB)

/* All strings are borrowed. */
struct callback_request {
	enum callback_kind kind;
	int64_t message; /* of the token; 0 for emergencies */
	const char *ai;	 /* of an emergency's URL, else NULL */
	const char *method;
	const char *content_type; /* "" when none */
	const char *query;	  /* "" when none */
	const void *body;
	size_t body_len;
};

enum callback_result { CALLBACK_STORED, CALLBACK_TOO_MANY };

/* Stores a callback. Needs an open unit. An enum callback_result with *ret_id, or negative errno.
 */
MUST_CHECK int callback_store(struct core *core, const struct callback_request *request,
			      int64_t *ret_id);

#endif
