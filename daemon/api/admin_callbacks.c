/* /admin/v1/callbacks: the raw receipts; attach, drop, map again. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "api/admin.h"
#include "base/json.h"
#include "base/sign.h"
#include "mapping.h"
#include "operator.h"

static struct json_object *render_callback(const struct callback *callback)
{
	struct json_object *object = json_object_new_object();

	json_put_id(object, "id", ID_CALLBACK, callback->id);
	json_put_string(object, "kind", callback_kind_name(callback->kind));
	json_put_string(object, "state", callback_state_name(callback->state));
	json_put_id(object, "message", ID_MESSAGE, callback->message);
	json_put_string(object, "ai", callback->ai);
	json_put_id(object, "answer", ID_ANSWER, callback->answer);
	json_put_string(object, "method", callback->method);
	json_put_string(object, "content_type", callback->content_type);
	json_put_int(object, "size", (int64_t)callback->body_size);
	json_put_string(object, "reason", callback->reason);
	json_put_time(object, "received_at", callback->received_at);
	return object;
}

/* ?state=unmatched (default): what needs a person's eye, newest first. */
void api_admin_callbacks(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	CLEANUP(freep) char *name = http_query_get(request, "state");
	int state = name ? callback_state_parse(name) : CALLBACK_UNMATCHED;
	struct callback *callbacks;
	struct json_object *array;
	struct admin_page page;
	int64_t next = 0;
	int count;

	if (!admin_page(request, ID_CALLBACK, &page))
		return;
	if (state < 0) {
		admin_refuse(request, "state is one of received, matched, duplicate, unmatched, "
				      "unmapped, dropped");
		return;
	}
	callbacks = xcalloc(page.limit, sizeof(*callbacks));
	count = callbacks_list(api->core->db, (enum callback_state)state, page.before, page.limit,
			       callbacks);
	array = json_object_new_array();
	for (int i = 0; i < count; i++) {
		if (callbacks[i].id >= page.since) {
			json_object_array_add(array, render_callback(&callbacks[i]));
			next = (unsigned)count == page.limit ? callbacks[i].id : 0;
		} else {
			next = 0;
		}
		callback_done(&callbacks[i]);
	}
	free(callbacks);
	admin_reply_page(api, request, array, count, ID_CALLBACK, next);
}

/* The bytes as they came: as text when they are that, else in base64. */
static void put_body(struct json_object *object, const struct callback *callback)
{
	bool is_text = callback->body && json_is_utf8(callback->body, callback->body_size);
	CLEANUP(freep) char *base64 = NULL;

	if (callback->body && !is_text)
		base64 = sign_base64(callback->body, callback->body_size);
	json_put_string(object, "query", callback->query);
	json_put(object, "body",
		 is_text ? json_object_new_string_len(callback->body, (int)callback->body_size)
			 : NULL);
	json_put_string(object, "body_base64", base64);
	json_put_bool(object, "repeated", !callback->has_body);
}

struct json_object *admin_render_callback(const struct callback *callback)
{
	struct json_object *object = render_callback(callback);

	put_body(object, callback);
	return object;
}

void api_admin_callback(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	CLEANUP(callback_done) struct callback callback = { 0 };
	struct json_object *outer;
	int64_t id;
	int r;

	if (!admin_path_id(request, ID_CALLBACK, "callback", &id))
		return;
	r = callbacks_get(api->core->db, id, &callback);
	if (r < 0) {
		api_reply_store_error(request, r);
		return;
	}
	if (r == 0) {
		api_reply_not_found(request, "callback");
		return;
	}
	outer = json_object_new_object();
	json_put(outer, "callback", admin_render_callback(&callback));
	api_reply_object(api, request, 200, outer);
}

/* ---- actions ---- */

typedef int callback_fn(struct admin_action *action, struct callback *callback);

struct single {
	int64_t id;
	callback_fn *fn;
};

static int run_single(struct admin_action *action, void *ctx)
{
	const struct single *single = ctx;
	CLEANUP(callback_done) struct callback callback = { 0 };
	int r = callbacks_get(action->api->core->db, single->id, &callback);

	action->missing = "callback";
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	r = single->fn(action, &callback);
	if (r > 0)
		json_put(action->object, "callback", render_callback(&callback));
	return r;
}

static int attach(struct admin_action *action, struct callback *callback)
{
	const char *text = json_get_string(action->body, "message");
	CLEANUP(message_done) struct message message = { 0 };
	struct core *core = action->api->core;
	int64_t id;
	int r;

	if (!text || ids_parse(ID_MESSAGE, text, strlen(text), &id) < 0) {
		http_reply_problem(
			action->request, 422, "invalid", "some fields are wrong",
			"[{\"field\":\"/message\",\"detail\":\"name a message: msg_…\"}]");
		return 0;
	}
	r = messages_get(core->db, id, &message);
	action->missing = "message";
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	return operator_attach(core, callback, &message, &action->why);
}

static int drop(struct admin_action *action, struct callback *callback)
{
	return operator_drop(action->api->core, callback, &action->why);
}

static int replay(struct admin_action *action, struct callback *callback)
{
	return operator_map(action->api->core, callback, &action->why);
}

static void handle(struct http_request *request, struct api *api, callback_fn *fn)
{
	CLEANUP(admin_action_done) struct admin_action action = { 0 };
	struct single single = { .fn = fn };

	if (admin_path_id(request, ID_CALLBACK, "callback", &single.id) &&
	    admin_action_begin(&action, api, request))
		admin_action_run(&action, run_single, &single);
}

void api_admin_callback_attach(struct http_request *request, void *ctx)
{
	handle(request, ctx, attach);
}

void api_admin_callback_drop(struct http_request *request, void *ctx)
{
	handle(request, ctx, drop);
}

void api_admin_callback_replay(struct http_request *request, void *ctx)
{
	handle(request, ctx, replay);
}
