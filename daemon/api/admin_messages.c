/* /admin/v1/messages: list with filters, show, send, cancel, retry. Replay: admin_replay.c. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "api/admin.h"
#include "base/json.h"
#include "operator.h"

#define RETRY_MAX 250 /* of each queue, in one request */

/* False: 400 was replied. */
static bool read_conversation(struct http_request *request, int64_t *ret_id)
{
	CLEANUP(freep) char *text = http_query_get(request, "conversation");

	*ret_id = 0;
	if (!text || ids_parse(ID_CONVERSATION, text, strlen(text), ret_id) == 0)
		return true;
	admin_refuse(request, "conversation is an id: cnv_…");
	return false;
}

void api_admin_messages(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	CLEANUP(freep) char *state = http_query_get(request, "state");
	CLEANUP(freep) char *source = http_query_get(request, "source");
	CLEANUP(freep) char *contact = admin_contact(request);
	struct message_filter filter = { .state = state, .source = source, .contact = contact };
	struct json_object *array;
	struct message *messages;
	struct admin_page page;
	int64_t next = 0;
	int count;

	if (!admin_page(request, ID_MESSAGE, &page) ||
	    !read_conversation(request, &filter.conversation))
		return;
	if (state && message_state_parse(state) < 0) {
		admin_refuse(request, "state is one of held, queued, submitting, waiting, "
				      "answered, overdue, failed, cancelled");
		return;
	}
	/* A message is younger than its conversation. */
	filter.since = filter.conversation > page.since ? filter.conversation : page.since;
	array = json_object_new_array();
	messages = xcalloc(page.limit, sizeof(*messages));
	count = messages_walk(api->core->db, &filter, page.before, page.limit, messages, &next);
	for (int i = 0; i < count; i++) {
		json_object_array_add(array, api_render_message(&messages[i]));
		message_done(&messages[i]);
	}
	free(messages);
	admin_reply_page(api, request, array, count, ID_MESSAGE, next);
}

void api_admin_message(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	CLEANUP(message_done) struct message message = { 0 };
	int64_t id;

	if (admin_path_id(request, ID_MESSAGE, "message", &id))
		api_reply_story(api, request, messages_get(api->core->db, id, &message), &message);
}

/* The source that a body names, or the only one there is. NULL: a reply was made. */
static const struct config_source *body_source(struct api *api, struct http_request *request)
{
	const struct config *config = api->core->config;
	CLEANUP(json_putp) struct json_object *body = NULL;
	const struct config_source *source = NULL;
	const char *name, *why = NULL;
	size_t len;
	const void *data = http_body(request, &len);

	if (json_parse(data, len, &body, &why) < 0) {
		http_reply_problem(request, 400, "bad_json", why, NULL);
		return NULL;
	}
	name = json_get_string(body, "source");
	if (name)
		source = config_source(config, name);
	else if (config->source_count == 1)
		source = &config->sources[0];
	if (!source)
		http_reply_problem(request, 422, "invalid", "some fields are wrong",
				   "[{\"field\":\"/source\",\"detail\":\"name a [source] of the "
				   "configuration\"}]");
	return source;
}

/* As POST /v1/messages, for any source. */
void api_admin_messages_post(struct http_request *request, void *ctx)
{
	const struct config_source *source = body_source(ctx, request);

	if (source)
		api_messages_accept(ctx, request, source);
}

/* ---- actions ---- */

typedef int message_fn(struct admin_action *action, struct message *message);

struct single {
	int64_t id;
	message_fn *fn;
};

static int run_single(struct admin_action *action, void *ctx)
{
	const struct single *single = ctx;
	CLEANUP(message_done) struct message message = { 0 };
	int r = messages_get(action->api->core->db, single->id, &message);

	action->missing = "message";
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	r = single->fn(action, &message);
	if (r > 0)
		json_put(action->object, "message", api_render_message(&message));
	return r;
}

static int cancel(struct admin_action *action, struct message *message)
{
	return operator_cancel(action->api->core, message, "cancelled by an operator",
			       &action->why);
}

/* The message itself, or what of it waits to be delivered. */
static int retry(struct admin_action *action, struct message *message)
{
	struct core *core = action->api->core;
	struct delivery *deliveries = xcalloc(RETRY_MAX, sizeof(*deliveries));
	int count = deliveries_of_message(core->db, message->id, RETRY_MAX, deliveries);
	int done = operator_retry(core, message, &action->why);
	const char *why;
	int r = count < 0 ? count : done;

	for (int i = 0; i < count; i++) {
		if (r >= 0 && deliveries[i].state == DELIVERY_PENDING) {
			r = operator_retry_delivery(core, &deliveries[i], &why);
			done += r > 0;
		}
		delivery_done(&deliveries[i]);
	}
	free(deliveries);
	return r < 0 ? r : done > 0;
}

static void handle(struct http_request *request, struct api *api, message_fn *fn)
{
	CLEANUP(admin_action_done) struct admin_action action = { 0 };
	struct single single = { .fn = fn };

	if (admin_path_id(request, ID_MESSAGE, "message", &single.id) &&
	    admin_action_begin(&action, api, request))
		admin_action_run(&action, run_single, &single);
}

void api_admin_message_cancel(struct http_request *request, void *ctx)
{
	handle(request, ctx, cancel);
}

void api_admin_message_retry(struct http_request *request, void *ctx)
{
	handle(request, ctx, retry);
}

/* ---- everything that waits for a later try ---- */

static int retry_messages(struct core *core, const char *ai, int64_t *count)
{
	int64_t ids[RETRY_MAX];
	int found = messages_due(core->db, ai, INT64_MAX, RETRY_MAX, ids);
	const char *why;
	int r = found < 0 ? found : 0;

	for (int i = 0; i < found && r >= 0; i++) {
		CLEANUP(message_done) struct message message = { 0 };

		r = messages_get(core->db, ids[i], &message);
		if (r > 0)
			r = operator_retry(core, &message, &why);
		*count += r > 0;
	}
	return r;
}

static int retry_deliveries(struct core *core, const char *destination, int64_t *count)
{
	int64_t ids[RETRY_MAX];
	int found = deliveries_due(core->db, destination, INT64_MAX, RETRY_MAX, ids);
	const char *why;
	int r = found < 0 ? found : 0;

	for (int i = 0; i < found && r >= 0; i++) {
		CLEANUP(delivery_done) struct delivery delivery = { 0 };

		r = deliveries_get(core->db, ids[i], &delivery);
		if (r > 0)
			r = operator_retry_delivery(core, &delivery, &why);
		*count += r > 0;
	}
	return r;
}

static int retry_all(struct admin_action *action, void *ctx)
{
	struct core *core = action->api->core;
	const struct config *config = core->config;
	const char *only = json_get_string(action->body, "destination");
	int64_t messages = 0, deliveries = 0;
	int r = 0;

	(void)ctx;
	action->missing = "destination";
	if (only && !config_destination(config, only))
		return -ENOENT;
	for (size_t i = 0; r >= 0 && !only && i < config->ai_count; i++)
		r = retry_messages(core, config->ais[i].name, &messages);
	for (size_t i = 0; r >= 0 && i < config->destination_count; i++)
		if (!only || streq(only, config->destinations[i].name))
			r = retry_deliveries(core, config->destinations[i].name, &deliveries);
	json_put_int(action->object, "messages", messages);
	json_put_int(action->object, "deliveries", deliveries);
	return r < 0 ? r : 1;
}

void api_admin_retry(struct http_request *request, void *ctx)
{
	CLEANUP(admin_action_done) struct admin_action action = { 0 };

	if (admin_action_begin(&action, ctx, request))
		admin_action_run(&action, retry_all, NULL);
}
