/* /v1/messages: accept, show, list. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "api/api.h"
#include "api/message_input.h"
#include "api/request_headers.h"
#include "api/waits.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/sign.h"
#include "intake.h"
#include "store/idempotency.h"

/* One POST under way. */
struct post {
	struct api *api;
	struct http_request *request;
	const struct config_source *source;
	char *key; /* Idempotency-Key; NULL: none */
	uint8_t fingerprint[SIGN_SHA256_SIZE];
	unsigned wait;
	struct message message; /* what was stored */
	char *response;
};

static void post_done(struct post *post)
{
	free(post->key);
	message_done(&post->message);
	free(post->response);
}

/* False when the Idempotency-Key is unusable, and 400 has been replied. */
static bool read_key(struct post *post)
{
	const char *header = http_header(post->request, "Idempotency-Key");

	if (!header)
		return true;
	if (http_header_count(post->request, "Idempotency-Key") == 1)
		post->key = request_headers_idempotency_key(header);
	if (post->key)
		return true;
	http_reply_problem(post->request, 400, "bad_idempotency_key",
			   "send Idempotency-Key once, with 1 to 255 printable characters", NULL);
	return false;
}

/* A wait that begins when the message is on disk. */
struct later {
	struct api *api;
	struct http_request *request;
	int64_t message;
	unsigned wait;
};

static void start_wait(void *ctx)
{
	struct later *later = ctx;

	waits_add(later->api->waits, later->request, later->message, later->wait);
	free(later);
}

static void refuse_wait(void *ctx)
{
	struct later *later = ctx;

	http_reply_unavailable(later->request, "it could not be stored: send it again");
	free(later);
}

/* Replies at once, or lets the request wait. Its unit is committed, the batch is not. */
static void reply_accepted(struct post *post, int64_t message, const char *response)
{
	struct later *later;

	if (post->wait == 0) {
		api_reply(post->api, post->request, 202, xstrdup(response));
		return;
	}
	later = xnew(struct later);
	*later = (struct later){
		.api = post->api, .request = post->request, .message = message, .wait = post->wait
	};
	on_commit(post->api->core->db, start_wait, later);
	if (db_batch_is_open(post->api->core->db))
		on_abort(post->api->core->db, refuse_wait, later);
}

/* 1 when the key has been used before and a reply was made, 0 when it is new, negative errno. */
static int replay(struct post *post)
{
	CLEANUP(idempotency_done) struct idempotency row = { 0 };
	int r = idempotency_get(post->api->core->db, post->source->name, post->key, &row);

	if (r <= 0)
		return r;
	if (memcmp(row.fingerprint, post->fingerprint, sizeof(row.fingerprint)) != 0) {
		http_reply_problem(
			post->request, 422, "idempotency_key_reused",
			"this Idempotency-Key came with another body before; use a new key", NULL);
		return 1;
	}
	reply_accepted(post, row.message, row.response);
	return 1;
}

static int remember(struct post *post)
{
	struct idempotency row = {
		.source = post->source->name,
		.key = post->key,
		.message = post->message.id,
		.response = post->response,
		.created_at = clock_now(),
	};

	memcpy(row.fingerprint, post->fingerprint, sizeof(row.fingerprint));
	return post->key ? idempotency_insert(post->api->core->db, &row) : 0;
}

/* Stores in one unit. An enum intake_result or negative errno; the unit is closed. */
static int store(struct post *post, const struct message_input *input, usec_t *ret_retry_after)
{
	struct db *db = post->api->core->db;
	struct json_object *object;
	int r = unit_begin(db);

	if (r < 0)
		return r;
	r = intake_store(post->api->intake, &input->request, &post->message, ret_retry_after);
	if (r != INTAKE_STORED) {
		unit_abort(db);
		return r;
	}
	object = api_render_accepted(&post->message);
	post->response = json_format(object, NULL);
	json_object_put(object);
	r = unit_end(db, remember(post));
	return r < 0 ? r : INTAKE_STORED;
}

static void accept_message(struct post *post, const struct message_input *input)
{
	usec_t retry_after = 0;
	int r = store(post, input, &retry_after);

	if (r < 0)
		api_reply_store_error(post->request, r);
	else if (r == INTAKE_LIMITED)
		api_reply_limited(post->request, retry_after);
	else if (r == INTAKE_NO_CONVERSATION)
		http_reply_problem(post->request, 422, "invalid",
				   "the conversation is not one of this source",
				   "[{\"field\":\"/conversation\",\"detail\":\"there is no such "
				   "conversation\"}]");
	else
		reply_accepted(post, post->message.id, post->response);
}

/* 0 to go on; anything else: a reply was made. */
static int check_before(struct post *post, const void *body, size_t len)
{
	int r;

	if (!read_key(post))
		return 1;
	if (post->key) {
		sign_sha256(body, len, post->fingerprint);
		r = replay(post);
		if (r < 0)
			api_reply_store_error(post->request, r);
		if (r != 0)
			return r;
	}
	if (!post->api->core->is_disk_low)
		return 0;
	http_reply_unavailable(post->request, "less than disk_reserve is free: nothing was stored");
	return 1;
}

void api_messages_post(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	CLEANUP(post_done) struct post post = { .api = api, .request = request };
	CLEANUP(message_input_done) struct message_input input = { 0 };
	CLEANUP(freep) char *errors = NULL;
	size_t len;
	const void *body = http_body(request, &len);
	int r;

	post.source = api_source(api, request);
	post.wait = api_prefer_wait(request);
	if (!post.source || check_before(&post, body, len) != 0)
		return;
	r = message_input_parse(api->core->config, post.source, body, len, &input, &errors);
	if (r == -EBADMSG)
		http_reply_problem(request, 400, "bad_json", errors, NULL);
	else if (r < 0)
		http_reply_problem(request, 422, "invalid", "some fields are wrong: see errors",
				   errors);
	else
		accept_message(&post, &input);
}

void api_messages_get(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	CLEANUP(message_done) struct message message = { 0 };
	const struct config_source *source = api_source(api, request);
	struct json_object *object = NULL;
	int64_t id;
	int r;

	if (!source || !api_path_id(request, 0, ID_MESSAGE, &id))
		return;
	r = messages_get(api->core->db, id, &message);
	if (r == 0 || (r > 0 && !streq(message.source, source->name))) {
		api_reply_not_found(request, "message");
		return;
	}
	if (r > 0)
		r = api_render_story(api, &message, &object);
	if (r < 0)
		api_reply_store_error(request, r);
	else
		api_reply_object(api, request, 200, object);
}

void api_messages_list(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	const struct config_source *source = api_source(api, request);
	struct json_object *array = json_object_new_array();
	struct message *messages = NULL;
	char next[IDS_TEXT_SIZE];
	unsigned limit;
	int64_t cursor;
	int count = 0;

	if (!source || !api_list_parameters(request, ID_MESSAGE, &limit, &cursor)) {
		json_object_put(array);
		return;
	}
	messages = xcalloc(limit, sizeof(*messages));
	count = messages_list(api->core->db, source->name, cursor ? cursor : INT64_MAX, limit,
			      messages);
	for (int i = 0; i < count; i++) {
		json_object_array_add(array, api_render_message(&messages[i]));
		ids_format(ID_MESSAGE, messages[i].id, next);
		message_done(&messages[i]);
	}
	free(messages);
	api_reply_list(api, request, array, count, (unsigned)count == limit ? next : NULL);
}
