/*
 * /cb/…: what Maax calls. As lenient as a Zapier catch hook: any method, any content type, 2 MiB.
 * Whatever is stored is answered 200, also a duplicate and what nobody can read; the sender can do
 * nothing about either.
 */
#include "callback.h"

#include <json-c/json.h>
#include <string.h>

#include "api/api.h"
#include "base/json.h"
#include "base/tokens.h"
#include "store/db.h"

static void reply_stored(struct api *api, struct http_request *request, int64_t id)
{
	char text[IDS_TEXT_SIZE];

	/* What a Zapier hook answers, so that a sender grown up against one finds what it knows. */
	api_reply(api, request, 200,
		  xasprintf("{\"status\":\"success\",\"id\":\"%s\"}",
			    ids_format(ID_CALLBACK, id, text)));
}

static void accept_callback(struct api *api, struct http_request *request,
			    struct callback_request *callback)
{
	struct db *db = api->core->db;
	const char *content_type = http_header(request, "Content-Type");
	int64_t id = 0;
	int r;

	callback->method = http_method(request);
	callback->content_type = content_type ? content_type : "";
	callback->query = http_query(request);
	callback->body = http_body(request, &callback->body_len);
	if (api_is_probe(request)) {
		http_reply_json(request, 200, xstrdup("{\"status\":\"success\"}"));
		return;
	}
	r = unit_begin(db);
	if (r == 0) {
		r = callback_store(api->core, callback, &id);
		if (r != CALLBACK_STORED)
			unit_abort(db);
		else
			r = unit_commit(db);
	}
	if (r < 0) {
		api_reply_store_error(request, r);
	} else if (r == CALLBACK_TOO_MANY) {
		http_add_header(request, "Retry-After", "3600");
		http_reply_problem(request, 429, "too_many_callbacks",
				   "this URL has brought more than it may; nothing was stored",
				   NULL);
	} else {
		reply_stored(api, request, id);
	}
}

void api_callback_answer(struct http_request *request, void *ctx)
{
	struct callback_request callback = { .kind = CALLBACK_ANSWER };

	if (api_token_message(request, &callback.message))
		accept_callback(ctx, request, &callback);
}

void api_callback_followup(struct http_request *request, void *ctx)
{
	struct callback_request callback = { .kind = CALLBACK_FOLLOWUP };

	if (api_token_message(request, &callback.message))
		accept_callback(ctx, request, &callback);
}

void api_callback_emergency(struct http_request *request, void *ctx)
{
	const struct http_param *token = http_param(request, 0);
	const char *dot = memchr(token->value, '.', token->len);
	CLEANUP(freep) char *ai = xstrndup(token->value, dot ? (size_t)(dot - token->value) : 0);
	struct callback_request callback = { .kind = CALLBACK_EMERGENCY, .ai = ai };

	accept_callback(ctx, request, &callback);
}
