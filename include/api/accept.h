/*
 * Taking a message over HTTP, as far as it is the same for all APIs: Idempotency-Key
 * (draft-ietf-httpapi-idempotency-key-header), limits, the disk, storing in one unit.
 *
 * Replies on failure: 400 bad_idempotency_key; 422 idempotency_key_reused when the key came with
 * another request; 429 with Retry-After when a limit of the source is used up; 422 when the
 * conversation is not the source's; 503 when it cannot be stored. In all these cases nothing was.
 */
#ifndef MAAXD_API_ACCEPT_H
#define MAAXD_API_ACCEPT_H

#include "api/api.h"
#include "base/sign.h"
#include "intake.h"

/* One request under way; the first member of an API's own struct. */
struct accept {
	struct api *api;
	struct http_request *request;
	const struct config_source *source;
	/*
	 * Replies for a message that is stored, by this request or by an earlier one with the same
	 * key. Its unit is committed, the batch is not: see api_reply(), waits_add().
	 */
	void (*reply)(struct accept *accept, int64_t message, const char *response);

	char *key; /* Idempotency-Key; NULL: none */
	uint8_t fingerprint[SIGN_SHA256_SIZE];
	struct message message; /* what was stored */
	char *response;		/* 202's body */
};

void accept_done(struct accept *accept);

/* Before anything is looked at: `data` is what makes two requests the same. False: it was replied
 * to. */
bool accept_begin(struct accept *accept, const void *data, size_t len);

/* Stores the message and replies. */
void accept_message(struct accept *accept, const struct intake_request *request);

#endif
