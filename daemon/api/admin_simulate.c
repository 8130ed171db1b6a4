/*
 * POST /admin/v1/simulate: posts a callback to ourselves, as Maax would, under public_url: name
 * resolution, proxy, token, mapping, correlation and deliveries are the real ones.
 *
 *   {"kind": "answer"|"followup"|"emergency"|"unknown", "message": "msg_…", "text": …, "dup": true}
 *
 * Without a message the newest one is meant. `unknown` has the URL of a message that does not
 * exist. `dup` posts it twice. The reply tells what each post got.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "api/admin.h"
#include "base/fetch.h"
#include "base/json.h"
#include "maax.h"

#define TIMEOUT (15 * USEC_PER_SEC)
#define MAX_RESPONSE (4 * KIB)

static const char *const kinds[] = { "answer", "followup", "emergency", "unknown" };

/* One simulation: the request waits until all posts are done. */
struct simulation {
	struct api *api;
	struct http_request *request;
	struct fetch *fetch;
	const char *kind;
	char *url;
	char *body;
	unsigned left; /* posts still to be made */
	struct json_object *object;
	struct json_object *replies;
};

static void simulation_free(struct simulation *simulation)
{
	if (simulation->fetch)
		fetch_cancel(simulation->fetch);
	free(simulation->url);
	free(simulation->body);
	json_object_put(simulation->object);
	json_object_put(simulation->replies);
	free(simulation);
}

static void finish(struct simulation *simulation)
{
	http_on_drain(simulation->request, NULL, NULL);
	json_put(simulation->object, "replies", TAKE(simulation->replies));
	api_reply_object(simulation->api, simulation->request, 200, TAKE(simulation->object));
	simulation_free(simulation);
}

static void on_drain(struct http_request *request, void *ctx)
{
	http_reply_unavailable(request, "the daemon stops");
	simulation_free(ctx);
}

/* Notes what a post got. */
static void note(struct simulation *simulation, const struct fetch_result *result)
{
	struct json_object *object = json_object_new_object();
	CLEANUP(json_putp) struct json_object *reply = NULL;
	const char *why;

	IGNORE(json_parse(result->body, result->body_len, &reply,
			  &why)); /* a proxy's page is none */
	json_put(object, "status", result->status ? json_object_new_int(result->status) : NULL);
	json_put_string(object, "callback", json_get_string(reply, "id"));
	json_put_string(object, "error", result->status ? NULL : result->detail);
	json_object_array_add(simulation->replies, object);
	simulation->left--;
}

static void go_on(struct simulation *simulation);

static void on_done(const struct fetch_result *result, void *ctx)
{
	struct simulation *simulation = ctx;

	simulation->fetch = NULL;
	note(simulation, result);
	go_on(simulation);
}

static int start_post(struct simulation *simulation)
{
	static const char *const headers[] = { "Content-Type: application/json", NULL };
	struct fetch_request request = {
		.method = "POST",
		.url = simulation->url,
		.headers = headers,
		.body = simulation->body,
		.body_len = strlen(simulation->body),
		.timeout = TIMEOUT,
		.connect_timeout = TIMEOUT,
		.max_response = MAX_RESPONSE,
	};

	return fetch_start(simulation->api->core->dest_fetcher, &request, on_done, simulation,
			   &simulation->fetch);
}

/* The next post, or the reply when all are done. */
static void go_on(struct simulation *simulation)
{
	const struct fetch_result failed = { .error = FETCH_UNSENT,
					     .detail = "public_url is unusable",
					     .body = "" };

	while (simulation->left > 0) {
		if (start_post(simulation) == 0)
			return; /* on_done() goes on */
		note(simulation, &failed);
	}
	finish(simulation);
}

/* ---- what is posted ---- */

/* Puts a text where the mapping looks first: its members are made on the way. */
static void put_at(struct json_object *root, const struct words *pointers, const char *text)
{
	const char *at = pointers->count > 0 ? pointers->word[0] : "";

	while (text && *at == '/') {
		size_t len = strcspn(at + 1, "/");
		CLEANUP(freep) char *key = xstrndup(at + 1, len);
		struct json_object *next = NULL;

		at += 1 + len;
		if (*at != '/') {
			json_put_string(root, key, text);
			return;
		}
		if (!json_object_object_get_ex(root, key, &next)) {
			next = json_object_new_object();
			json_put(root, key, next);
		}
		root = next;
	}
}

/* An emergency names its conversation: by Maax's id, or else by the customer's address. */
static void put_subject(struct simulation *simulation, const struct message *message,
			const struct conversation *conversation, struct json_object *body)
{
	const struct config_maax *maax = &simulation->api->core->config->maax;
	CLEANUP(json_putp) struct json_object *prospect = NULL;
	const char *contact = NULL;
	const char *why;

	if (conversation->conversation_id) {
		put_at(body, &maax->map_conversation_id, conversation->conversation_id);
		return;
	}
	if (message->prospect_info)
		IGNORE(json_parse(message->prospect_info, strlen(message->prospect_info), &prospect,
				  &why)); /* ours */
	contact = json_get_string(prospect, "email");
	if (!contact)
		contact = json_get_string(prospect, "phone");
	put_at(body, &maax->map_contact, contact);
}

static void make_url(struct simulation *simulation, const struct message *message)
{
	const struct core *core = simulation->api->core;
	bool is_emergency = streq(simulation->kind, "emergency");
	bool is_unknown = streq(simulation->kind, "unknown");
	const char *purpose = is_unknown ? MAAX_PURPOSE_ANSWER : simulation->kind;
	char text[IDS_TEXT_SIZE];

	ids_format(ID_MESSAGE, is_unknown ? ids_next() : message->id, text);
	simulation->url = maax_callback_url(core->config, core->tokens, purpose,
					    is_emergency ? message->ai : text);
}

static void make_body(struct simulation *simulation, const struct message *message,
		      const struct conversation *conversation, const char *text)
{
	CLEANUP(json_putp) struct json_object *body = json_object_new_object();

	put_at(body, &simulation->api->core->config->maax.map_text,
	       text ? text : "A simulated text, made by an operator.");
	if (streq(simulation->kind, "emergency"))
		put_subject(simulation, message, conversation, body);
	simulation->body = json_format(body, NULL);
}

/* ---- the request ---- */

/* The message it is about, or the newest. 1, 0 none, negative errno. */
static int load_message(struct api *api, const char *text, struct message *ret_message,
			struct conversation *ret_conversation)
{
	const struct message_filter all = { 0 };
	struct db *db = api->core->db;
	int64_t id;
	int64_t next;
	int r = 0;

	if (!text)
		r = messages_walk(db, &all, INT64_MAX, 1, ret_message, &next);
	else if (ids_parse(ID_MESSAGE, text, strlen(text), &id) == 0)
		r = messages_get(db, id, ret_message);
	if (r > 0)
		r = conversations_get(db, ret_message->conversation, ret_conversation);
	return r;
}

static const char *find_kind(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_SIZE(kinds); i++)
		if (streq(kinds[i], name))
			return kinds[i];
	return NULL;
}

static void start(struct admin_action *action, const char *kind, const struct message *message,
		  const struct conversation *conversation)
{
	struct simulation *simulation = xnew(struct simulation);
	struct json_object *dup = NULL;

	json_object_object_get_ex(action->body, "dup", &dup);
	simulation->api = action->api;
	simulation->request = action->request;
	simulation->kind = kind;
	simulation->left = json_object_get_boolean(dup) ? 2 : 1;
	simulation->object = json_object_new_object();
	simulation->replies = json_object_new_array();
	json_put_string(simulation->object, "kind", kind);
	json_put_id(simulation->object, "message", ID_MESSAGE,
		    streq(kind, "unknown") ? 0 : message->id);
	make_url(simulation, message);
	make_body(simulation, message, conversation, json_get_string(action->body, "text"));
	http_on_drain(action->request, on_drain, simulation);
	go_on(simulation);
}

void api_admin_simulate(struct http_request *request, void *ctx)
{
	CLEANUP(admin_action_done) struct admin_action action = { 0 };
	CLEANUP(message_done) struct message message = { 0 };
	CLEANUP(conversation_done) struct conversation conversation = { 0 };
	const char *kind;
	int r;

	if (!admin_action_begin(&action, ctx, request))
		return;
	kind = find_kind(json_get_string(action.body, "kind"));
	if (!kind) {
		admin_refuse(request, "kind is one of answer, followup, emergency, unknown");
		return;
	}
	r = load_message(ctx, json_get_string(action.body, "message"), &message, &conversation);
	if (r < 0)
		api_reply_store_error(request, r);
	else if (r == 0 && !streq(kind, "unknown"))
		api_reply_not_found(request, "message");
	else
		start(&action, kind, &message, &conversation);
}
