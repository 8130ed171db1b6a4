/* /v1/messages: accept, show, list. */
#include <errno.h>
#include <json-c/json.h>

#include "api/accept.h"
#include "api/message_input.h"
#include "api/waits.h"

/* One POST under way. */
struct post {
	struct accept accept; /* must be first */
	unsigned wait;
};

/* At once, or the request waits. */
static void reply_accepted(struct accept *accept, int64_t message, const char *response)
{
	const struct post *post = (struct post *)accept;
	struct wait_order order = {
		.message = message,
		.kind = WAIT_ANSWER,
		.length = post->wait * USEC_PER_SEC,
	};

	if (post->wait == 0)
		api_reply(accept->api, accept->request, 202, xstrdup(response));
	else
		waits_add(accept->api->waits, accept->request, &order);
}

void api_messages_accept(struct api *api, struct http_request *request,
			 const struct config_source *source)
{
	struct post post = {
		.accept = { .api = api,
			    .request = request,
			    .source = source,
			    .reply = reply_accepted },
		.wait = api_prefer_wait(request),
	};
	CLEANUP(message_input_done) struct message_input input = { 0 };
	CLEANUP(freep) char *errors = NULL;
	size_t len;
	const void *body = http_body(request, &len);
	int r;

	if (accept_begin(&post.accept, body, len)) {
		r = message_input_parse(api->core->config, post.accept.source, body, len, &input,
					&errors);
		if (r == -EBADMSG)
			http_reply_problem(request, 400, "bad_json", errors, NULL);
		else if (r < 0)
			http_reply_problem(request, 422, "invalid",
					   "some fields are wrong: see errors", errors);
		else
			accept_message(&post.accept, &input.request);
	}
	accept_done(&post.accept);
}

void api_messages_post(struct http_request *request, void *ctx)
{
	const struct config_source *source = api_source(ctx, request);

	if (source)
		api_messages_accept(ctx, request, source);
}

void api_messages_get(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	CLEANUP(message_done) struct message message = { 0 };
	const struct config_source *source = api_source(api, request);
	int64_t id;
	int r;

	if (!source || !api_path_id(request, 0, ID_MESSAGE, &id))
		return;
	r = messages_get(api->core->db, id, &message);
	if (r > 0 && !streq(message.source, source->name))
		r = 0;
	api_reply_story(api, request, r, &message);
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
