/* /admin/v1/…: what an operator asks and says. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "api/api.h"
#include "base/json.h"
#include "deliver.h"
#include "maax.h"
#include "store/callbacks.h"
#include "store/db.h"
#include "store/holds.h"

#define MAX_CONFIG (1 * MIB)
#define MAX_HOLDS 256

/* The static URL of each AI for Maax's dashboard. */
void api_admin_urls(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	const struct config *config = api->core->config;
	struct json_object *object = json_object_new_object();
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < config->ai_count; i++) {
		struct json_object *entry = json_object_new_object();
		CLEANUP(freep)
		char *url = maax_callback_url(config, api->core->tokens, MAAX_PURPOSE_EMERGENCY,
					      config->ais[i].name);

		json_put_string(entry, "ai", config->ais[i].name);
		json_put_string(entry, "emergency_url", url);
		json_object_array_add(array, entry);
	}
	json_put(object, "urls", array);
	api_reply_object(api, request, 200, object);
}

static struct json_object *render_callback(const struct callback *callback)
{
	struct json_object *object = json_object_new_object();
	char text[IDS_TEXT_SIZE];

	json_put_string(object, "id", ids_format(ID_CALLBACK, callback->id, text));
	json_put_string(object, "kind", callback_kind_name(callback->kind));
	json_put_string(object, "state", callback_state_name(callback->state));
	json_put_string(object, "message",
			callback->message ? ids_format(ID_MESSAGE, callback->message, text) : NULL);
	json_put_string(object, "ai", callback->ai);
	json_put_string(object, "answer",
			callback->answer ? ids_format(ID_ANSWER, callback->answer, text) : NULL);
	json_put_string(object, "method", callback->method);
	json_put_string(object, "content_type", callback->content_type);
	json_put_int(object, "size", (int64_t)callback->body_size);
	json_put_string(object, "reason", callback->reason);
	json_put_time(object, "received_at", callback->received_at);
	return object;
}

/* ?state=unmatched (default), unmapped or received: what needs a person's eye, newest first. */
void api_admin_callbacks(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	CLEANUP(freep) char *name = http_query_get(request, "state");
	int state = name ? callback_state_parse(name) : CALLBACK_UNMATCHED;
	struct callback *callbacks;
	struct json_object *array;
	char next[IDS_TEXT_SIZE];
	unsigned limit;
	int64_t cursor;
	int count;

	if (!api_list_parameters(request, ID_CALLBACK, &limit, &cursor))
		return;
	if (state != CALLBACK_UNMATCHED && state != CALLBACK_UNMAPPED &&
	    state != CALLBACK_RECEIVED) {
		http_reply_problem(request, 400, "bad_parameter",
				   "state is one of unmatched, unmapped, received", NULL);
		return;
	}
	callbacks = xcalloc(limit, sizeof(*callbacks));
	count = callbacks_list(api->core->db, (enum callback_state)state,
			       cursor ? cursor : INT64_MAX, limit, callbacks);
	array = json_object_new_array();
	for (int i = 0; i < count; i++) {
		json_object_array_add(array, render_callback(&callbacks[i]));
		ids_format(ID_CALLBACK, callbacks[i].id, next);
		callback_done(&callbacks[i]);
	}
	free(callbacks);
	api_reply_list(api, request, array, count, (unsigned)count == limit ? next : NULL);
}

/* The configuration in force, without secrets, as an INI file. */
void api_admin_config(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	CLEANUP(buf_done) struct buf text = BUF_INIT(MAX_CONFIG);

	if (config_print(api->core->config, &text) < 0)
		http_reply_unavailable(request, "the configuration is longer than can be shown");
	else
		http_reply(request, 200, "text/plain; charset=utf-8", text.data, text.len);
}

void api_admin_holds(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	struct hold *holds = xcalloc(MAX_HOLDS, sizeof(*holds));
	struct json_object *array = json_object_new_array();
	int count = holds_list(api->core->db, MAX_HOLDS, holds);

	for (int i = 0; i < count; i++) {
		struct json_object *object = json_object_new_object();

		json_put_string(object, "kind", holds[i].kind == HOLD_AI ? "ai" : "destination");
		json_put_string(object, "name", holds[i].name);
		json_put_string(object, "reason", holds[i].reason);
		json_put_time(object, "since", holds[i].since);
		json_object_array_add(array, object);
		hold_done(&holds[i]);
	}
	free(holds);
	api_reply_list(api, request, array, count, NULL);
}

void api_admin_resume(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	const struct http_param *param = http_param(request, 0);
	CLEANUP(freep) char *name = xstrndup(param->value, param->len);
	int r = unit_begin(api->core->db);

	if (r == 0) {
		r = deliver_resume(api->deliver, name);
		if (r <= 0)
			unit_abort(api->core->db);
		else if (unit_commit(api->core->db) < 0)
			r = -EIO;
	}
	if (r < 0)
		api_reply_store_error(request, r);
	else if (r == 0)
		api_reply_not_found(request, "hold of a destination");
	else
		api_reply(api, request, 200, xstrdup("{\"status\":\"resumed\"}"));
}
