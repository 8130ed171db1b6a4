/* Callbacks come in. See callback.h. */
#include "callback.h"

#include <string.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/sign.h"
#include "base/wake.h"

/* What makes two receipts the same: content type, query and body. Hashed apart, so none can pose as
 * another. */
static void make_digest(const struct callback_request *request,
			uint8_t out[static CALLBACK_DIGEST_SIZE])
{
	uint8_t parts[3][SIGN_SHA256_SIZE];
	uint8_t digest[SIGN_SHA256_SIZE];

	sign_sha256(request->content_type, strlen(request->content_type), parts[0]);
	sign_sha256(request->query, strlen(request->query), parts[1]);
	sign_sha256(request->body, request->body_len, parts[2]);
	sign_sha256(parts, sizeof(parts), digest);
	memcpy(out, digest, CALLBACK_DIGEST_SIZE);
}

/* Whether the token may bring another receipt, and whether its bytes are new (*ret_store_body). */
static int check_bounds(struct core *core, const struct callback_request *request,
			const uint8_t digest[static CALLBACK_DIGEST_SIZE], bool *ret_store_body)
{
	struct callbacks_stored stored;
	int64_t same = 0;
	int r = callbacks_stored(core->db, request->message, request->kind, &stored);

	if (r < 0)
		return r;
	*ret_store_body = true;
	if (stored.count == 0)
		return CALLBACK_STORED;
	if (stored.count >= CALLBACK_MAX_RECEIPTS)
		return CALLBACK_TOO_MANY;
	r = callbacks_same(core->db, request->message, request->kind, digest, &same);
	if (r < 0)
		return r;
	if (r > 0) {
		*ret_store_body = false;
		return CALLBACK_STORED;
	}
	if (stored.bodies >= CALLBACK_MAX_BODIES ||
	    stored.bytes + request->body_len > CALLBACK_MAX_BYTES)
		return CALLBACK_TOO_MANY;
	return CALLBACK_STORED;
}

int callback_store(struct core *core, const struct callback_request *request, int64_t *ret_id)
{
	struct callback callback = {
		.id = ids_next(),
		.kind = request->kind,
		.state = CALLBACK_RECEIVED,
		.message = request->message,
		.ai = (char *)request->ai,
		.method = (char *)request->method,
		.content_type = request->content_type[0] ? (char *)request->content_type : NULL,
		.query = request->query[0] ? (char *)request->query : NULL,
		.body = (void *)request->body,
		.body_size = request->body_len,
		.has_body = true,
		.received_at = clock_now(),
	};
	int r;

	make_digest(request, callback.digest);
	if (request->message) {
		r = check_bounds(core, request, callback.digest, &callback.has_body);
		if (r != CALLBACK_STORED)
			return r;
	}
	r = callbacks_insert(core->db, &callback);
	if (r < 0)
		return r;
	wake(core->wake, TOPIC_CALLBACK, callback.id);
	*ret_id = callback.id;
	return CALLBACK_STORED;
}
