/*
 * The control interface under /sim/: the journal, the script, and callbacks on demand.
 */
#include "sim.h"

#include "base/buf.h"

/* A callback that was asked for; its result is the reply to the request. */
struct manual {
	struct sim *sim;
	struct exchange *exchange;
	const char *kind;
	struct outgoing *outgoing; /* borrowed from the engine */
	struct manual *next, *prev;
};

static void manual_free(struct manual *manual)
{
	if (manual->prev)
		manual->prev->next = manual->next;
	else
		manual->sim->manuals = manual->next;
	if (manual->next)
		manual->next->prev = manual->prev;
	free(manual);
}

void control_free(struct sim *sim)
{
	while (sim->manuals)
		manual_free(sim->manuals);
}

static void on_manual_done(const struct outgoing_result *result, void *ctx)
{
	struct manual *manual = ctx;
	struct json_object *root = json_object_new_object();

	answers_record(manual->sim, manual->kind, manual->outgoing, result, 0);
	json_put_int(root, "status", result->status);
	json_put_string(root, "body", json_is_utf8(result->body, result->len) ? result->body : "");
	json_put_string(root, "error", result->error);
	exchange_reply_json(manual->exchange, 200, root);
	manual_free(manual);
}

static void send_manual(struct sim *sim, struct exchange *exchange, const char *kind,
			struct outgoing *outgoing)
{
	struct manual *manual = xnew(struct manual);

	manual->sim = sim;
	manual->exchange = exchange;
	manual->kind = kind;
	manual->outgoing = outgoing;
	manual->next = sim->manuals;
	if (sim->manuals)
		sim->manuals->prev = manual;
	sim->manuals = manual;
	outgoing->on_done = on_manual_done;
	outgoing->ctx = manual;
	engine_send(sim->engine, outgoing);
}

/* A JSON object as the body of a control request; else answers 400 and gives NULL. */
static struct json_object *read_object(struct exchange *exchange)
{
	struct json_object *root = NULL;
	const char *why = "an object is needed";
	size_t len;
	const char *body = exchange_body(exchange, &len);

	if (len == 0)
		return json_object_new_object();
	if (json_parse(body, len, &root, &why) == 0 && json_object_is_type(root, json_type_object))
		return root;
	json_object_put(root);
	exchange_reply_error(exchange, 400, "the body: %s", why);
	return NULL;
}

/* The body to send: a string as it is, anything else as JSON, of an emergency a default. */
static char *manual_body(struct json_object *root, bool is_emergency)
{
	struct json_object *body = NULL;

	json_object_object_get_ex(root, "body", &body);
	if (json_object_is_type(body, json_type_string))
		return xstrdup(json_object_get_string(body));
	if (body)
		return json_format(body, NULL);
	return xstrdup(is_emergency ? "{\"message_content\":\"Help is needed\"}" : "");
}

static void serve_callback(struct sim *sim, struct exchange *exchange, bool is_emergency)
{
	CLEANUP(json_putp) struct json_object *root = read_object(exchange);
	CLEANUP(freep) char *body = NULL;
	struct json_object *chunked = NULL;
	struct outgoing *outgoing;
	const char *url, *method, *type;

	if (!root)
		return;
	url = json_get_string(root, "url");
	if (!url && is_emergency)
		url = sim->emergency_url;
	if (!url) {
		exchange_reply_error(exchange, 400, "url is missing");
		return;
	}
	method = json_get_string(root, "method");
	type = json_get_string(root, "content_type");
	if (!type && !json_object_object_get_ex(root, "content_type", NULL))
		type = "application/json";
	body = manual_body(root, is_emergency);
	outgoing = outgoing_new(method ? method : "POST", url, type);
	json_object_object_get_ex(root, "chunked", &chunked);
	outgoing->chunked = json_object_get_boolean(chunked);
	IGNORE(buf_add_text(&outgoing->body, body)); /* smaller than the request that brought it */
	send_manual(sim, exchange, is_emergency ? "emergency" : "manual", outgoing);
}

static void serve_script(struct sim *sim, struct exchange *exchange)
{
	char error[BEHAVIOUR_MAX_ERROR];
	size_t len;

	if (script_set_rules(sim->script, exchange_body(exchange, &len), error) < 0)
		exchange_reply_error(exchange, 400, "%s", error);
	else
		exchange_reply_json(exchange, 200, json_object_new_object());
}

static void serve_default(struct sim *sim, struct exchange *exchange)
{
	char error[BEHAVIOUR_MAX_ERROR];
	size_t len;

	if (script_set_default(sim->script, exchange_body(exchange, &len), error) < 0)
		exchange_reply_error(exchange, 400, "%s", error);
	else
		exchange_reply_json(exchange, 200, json_object_new_object());
}

static void serve_emergency_url(struct sim *sim, struct exchange *exchange)
{
	size_t len;
	const char *body = exchange_body(exchange, &len);

	free(sim->emergency_url);
	sim->emergency_url = xstrndup(body, strcspn(body, "\r\n"));
	exchange_reply_json(exchange, 200, json_object_new_object());
}

static void serve_stats(struct sim *sim, struct exchange *exchange)
{
	struct json_object *root = json_object_new_object();

	json_put_int(root, "submits", sim->counts.submits);
	json_put_int(root, "accepted", sim->counts.accepted);
	json_put_int(root, "callbacks", sim->counts.callbacks);
	json_put_int(root, "callbacks_ok", sim->counts.callbacks_ok);
	json_put_int(root, "callbacks_lost", sim->counts.callbacks_lost);
	json_put_bool(root, "is_idle", sim->jobs == NULL);
	exchange_reply_json(exchange, 200, root);
}

static void serve_log(struct sim *sim, struct exchange *exchange)
{
	journal_serve(sim->journal, exchange);
}

static void serve_manual(struct sim *sim, struct exchange *exchange)
{
	serve_callback(sim, exchange, false);
}

static void serve_emergency(struct sim *sim, struct exchange *exchange)
{
	serve_callback(sim, exchange, true);
}

static const struct {
	const char *method, *path;
	void (*serve)(struct sim *sim, struct exchange *exchange);
} routes[] = {
	{ "GET", "/sim/log", serve_log },
	{ "GET", "/sim/stats", serve_stats },
	{ "POST", "/sim/script", serve_script },
	{ "POST", "/sim/default", serve_default },
	{ "POST", "/sim/callback", serve_manual },
	{ "POST", "/sim/emergency", serve_emergency },
	{ "POST", "/sim/emergency-url", serve_emergency_url },
};

void control_serve(struct sim *sim, struct exchange *exchange)
{
	for (size_t i = 0; i < ARRAY_SIZE(routes); i++) {
		if (streq(routes[i].method, exchange_method(exchange)) &&
		    streq(routes[i].path, exchange_path(exchange))) {
			routes[i].serve(sim, exchange);
			return;
		}
	}
	exchange_reply_error(exchange, 404, "no such control");
}
