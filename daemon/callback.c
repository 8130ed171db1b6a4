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

/* What a URL may bring. */
struct bounds {
	unsigned bodies;
	uint64_t bytes;
};

static const struct bounds token_bounds = { CALLBACK_MAX_BODIES, CALLBACK_MAX_BYTES };
static const struct bounds emergency_bounds = { CALLBACK_EMERGENCY_BODIES,
						CALLBACK_EMERGENCY_BYTES };

static int64_t ids_since(usec_t age)
{
	return ids_floor(clock_now() - age);
}

static int count_stored(struct core *core, const struct callback_request *request,
			struct callbacks_stored *ret_stored)
{
	if (request->ai)
		return callbacks_stored_ai(core->db, request->ai,
					   ids_since(CALLBACK_EMERGENCY_WINDOW), ret_stored);
	return callbacks_stored(core->db, request->message, request->kind, ret_stored);
}

static int find_same(struct core *core, const struct callback_request *request,
		     const uint8_t digest[static CALLBACK_DIGEST_SIZE])
{
	int64_t id;

	if (request->ai)
		return callbacks_same_ai(core->db, request->ai,
					 ids_since(CALLBACK_EMERGENCY_REPEAT), digest, &id);
	return callbacks_same(core->db, request->message, request->kind, digest, &id);
}

/* Whether the URL may bring another receipt, and whether its bytes are new (*ret_store_body). */
static int check_bounds(struct core *core, const struct callback_request *request,
			const uint8_t digest[static CALLBACK_DIGEST_SIZE], bool *ret_store_body)
{
	const struct bounds *bounds = request->ai ? &emergency_bounds : &token_bounds;
	struct callbacks_stored stored;
	int r = count_stored(core, request, &stored);

	if (r < 0)
		return r;
	*ret_store_body = true;
	if (stored.count == 0)
		return CALLBACK_STORED;
	if (stored.count >= CALLBACK_MAX_RECEIPTS)
		return CALLBACK_TOO_MANY;
	r = find_same(core, request, digest);
	if (r < 0)
		return r;
	if (r > 0) {
		*ret_store_body = false;
		return CALLBACK_STORED;
	}
	if (stored.bodies >= bounds->bodies || stored.bytes + request->body_len > bounds->bytes)
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
	r = check_bounds(core, request, callback.digest, &callback.has_body);
	if (r != CALLBACK_STORED)
		return r;
	r = callbacks_insert(core->db, &callback);
	if (r < 0)
		return r;
	wake(core->wake, TOPIC_CALLBACK, callback.id);
	*ret_id = callback.id;
	return CALLBACK_STORED;
}
