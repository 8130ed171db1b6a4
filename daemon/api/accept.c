/* Takes messages over HTTP. See accept.h. */
#include "api/accept.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "api/request_headers.h"
#include "base/clock.h"
#include "base/json.h"
#include "store/idempotency.h"

void accept_done(struct accept *accept)
{
	free(accept->key);
	message_done(&accept->message);
	free(accept->response);
}

/* False when the Idempotency-Key is unusable, and 400 has been replied. */
static bool read_key(struct accept *accept)
{
	const char *header = http_header(accept->request, "Idempotency-Key");

	if (!header)
		return true;
	if (http_header_count(accept->request, "Idempotency-Key") == 1)
		accept->key = request_headers_idempotency_key(header);
	if (accept->key)
		return true;
	http_reply_problem(accept->request, 400, "bad_idempotency_key",
			   "send Idempotency-Key once, with 1 to 255 printable characters", NULL);
	return false;
}

/* 1 when the key has been used before and a reply was made, 0 when it is new, negative errno. */
static int replay(struct accept *accept)
{
	CLEANUP(idempotency_done) struct idempotency row = { 0 };
	int r = idempotency_get(accept->api->core->db, accept->source->name, accept->key, &row);

	if (r <= 0)
		return r;
	if (memcmp(row.fingerprint, accept->fingerprint, sizeof(row.fingerprint)) != 0) {
		http_reply_problem(
			accept->request, 422, "idempotency_key_reused",
			"this Idempotency-Key came with another body before; use a new key", NULL);
		return 1;
	}
	accept->reply(accept, row.message, row.response);
	return 1;
}

static int remember(struct accept *accept)
{
	struct idempotency row = {
		.source = accept->source->name,
		.key = accept->key,
		.message = accept->message.id,
		.response = accept->response,
		.created_at = clock_now(),
	};

	memcpy(row.fingerprint, accept->fingerprint, sizeof(row.fingerprint));
	return accept->key ? idempotency_insert(accept->api->core->db, &row) : 0;
}

static void reply_limited(struct accept *accept, usec_t retry_after)
{
	char seconds[32];

	snprintf(seconds, sizeof(seconds), "%" PRIu64, retry_after / USEC_PER_SEC + 1);
	http_add_header(accept->request, "Retry-After", seconds);
	http_reply_problem(
		accept->request, 429, "rate_limited",
		"this source has reached its limit_rate or limit_day; nothing was stored", NULL);
}

/* Stores in one unit. An enum intake_result or negative errno; the unit is closed. */
static int store(struct accept *accept, const struct intake_request *request,
		 usec_t *ret_retry_after)
{
	struct db *db = accept->api->core->db;
	struct json_object *object;
	int r = unit_begin(db);

	if (r < 0)
		return r;
	r = intake_store(accept->api->intake, request, &accept->message, ret_retry_after);
	if (r != INTAKE_STORED) {
		unit_abort(db);
		return r;
	}
	object = api_render_accepted(&accept->message);
	accept->response = json_format(object, NULL);
	json_object_put(object);
	r = unit_end(db, remember(accept));
	return r < 0 ? r : INTAKE_STORED;
}

void accept_message(struct accept *accept, const struct intake_request *request)
{
	usec_t retry_after = 0;
	int r = store(accept, request, &retry_after);

	if (r < 0)
		api_reply_store_error(accept->request, r);
	else if (r == INTAKE_LIMITED)
		reply_limited(accept, retry_after);
	else if (r == INTAKE_NO_CONVERSATION)
		http_reply_problem(accept->request, 422, "invalid",
				   "the conversation is not one of this source",
				   "[{\"field\":\"/conversation\",\"detail\":\"there is no such "
				   "conversation\"}]");
	else
		accept->reply(accept, accept->message.id, accept->response);
}

bool accept_begin(struct accept *accept, const void *data, size_t len)
{
	int r = 0;

	if (!read_key(accept))
		return false;
	if (accept->key) {
		sign_sha256(data, len, accept->fingerprint);
		r = replay(accept);
	}
	if (r < 0)
		api_reply_store_error(accept->request, r);
	if (r != 0)
		return false;
	if (!accept->api->core->is_disk_low)
		return true;
	http_reply_unavailable(accept->request,
			       "less than disk_reserve is free: nothing was stored");
	return false;
}
