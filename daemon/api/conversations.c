/* /v1/conversations: show, list, and the messages of one. Pause and answers: takeover.c. */
#include <errno.h>
#include <json-c/json.h>

#include "api/api.h"
#include "base/json.h"
#include "payload.h"
#include "store/answers.h"

#define MAX_ANSWERS 100 /* of one message in a list */

/* The conversation of the path, if it is the caller's. False: a reply was made. */
static bool get_own(struct api *api, struct http_request *request,
		    struct conversation *ret_conversation)
{
	const struct config_source *source = api_source(api, request);
	int64_t id;
	int r;

	if (!source || !api_path_id(request, 0, ID_CONVERSATION, &id))
		return false;
	r = conversations_get(api->core->db, id, ret_conversation);
	if (r < 0)
		api_reply_store_error(request, r);
	else if (r == 0 || !streq(ret_conversation->source, source->name))
		api_reply_not_found(request, "conversation");
	else
		return true;
	return false;
}

void api_conversations_get(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	CLEANUP(conversation_done) struct conversation conversation = { 0 };
	struct json_object *object;

	if (!get_own(api, request, &conversation))
		return;
	object = json_object_new_object();
	json_put(object, "conversation", api_render_conversation(&conversation));
	api_reply_object(api, request, 200, object);
}

/* One conversation by the caller's own key, as a list of at most one. */
static void list_by_key(struct api *api, struct http_request *request, const char *source,
			const char *key)
{
	CLEANUP(conversation_done) struct conversation conversation = { 0 };
	struct json_object *array;
	int r = conversations_by_key(api->core->db, source, key, &conversation);

	if (r < 0) {
		api_reply_store_error(request, r);
		return;
	}
	array = json_object_new_array();
	if (r > 0)
		json_object_array_add(array, api_render_conversation(&conversation));
	api_reply_list(api, request, array, r, NULL);
}

void api_conversations_list(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	const struct config_source *source = api_source(api, request);
	CLEANUP(freep) char *key = NULL;
	struct conversation *conversations;
	struct json_object *array;
	char next[IDS_TEXT_SIZE];
	unsigned limit;
	int64_t cursor;
	int count;

	if (!source || !api_list_parameters(request, ID_CONVERSATION, &limit, &cursor))
		return;
	key = http_query_get(request, "conversation_key");
	if (key) {
		list_by_key(api, request, source->name, key);
		return;
	}
	conversations = xcalloc(limit, sizeof(*conversations));
	count = conversations_list(api->core->db, source->name, cursor ? cursor : INT64_MAX, limit,
				   conversations);
	array = json_object_new_array();
	for (int i = 0; i < count; i++) {
		json_object_array_add(array, api_render_conversation(&conversations[i]));
		ids_format(ID_CONVERSATION, conversations[i].id, next);
		conversation_done(&conversations[i]);
	}
	free(conversations);
	api_reply_list(api, request, array, count, (unsigned)count == limit ? next : NULL);
}

/* A message with its answers. 0 or negative errno. */
static int add_message(struct api *api, const struct message *message, struct json_object *array)
{
	struct json_object *object = api_render_message(message);
	struct json_object *list = json_object_new_array();
	struct answer *answers = xcalloc(MAX_ANSWERS, sizeof(*answers));
	int count = answers_of_message(api->core->db, message->conversation, message->id,
				       MAX_ANSWERS, answers);
	int r = count < 0 ? count : 0;

	for (int i = 0; i < count; i++) {
		struct json_object *answer = NULL;

		if (r == 0)
			r = payload_answer(api->core, &answers[i], false, &answer);
		if (answer)
			json_object_array_add(list, answer);
		answer_done(&answers[i]);
	}
	free(answers);
	json_put(object, "answers", list);
	json_object_array_add(array, object);
	return r;
}

void api_conversations_reply_messages(struct api *api, struct http_request *request,
				      int64_t conversation)
{
	struct json_object *array;
	struct message *messages;
	char next[IDS_TEXT_SIZE];
	unsigned limit;
	int64_t cursor;
	int count;
	int r;

	if (!api_list_parameters(request, ID_MESSAGE, &limit, &cursor))
		return;
	messages = xcalloc(limit, sizeof(*messages));
	count = messages_of_conversation(api->core->db, conversation, cursor, limit, messages);
	r = count < 0 ? count : 0;
	array = json_object_new_array();
	for (int i = 0; i < count; i++) {
		if (r == 0)
			r = add_message(api, &messages[i], array);
		ids_format(ID_MESSAGE, messages[i].id, next);
		message_done(&messages[i]);
	}
	free(messages);
	api_reply_list(api, request, array, r, (unsigned)count == limit ? next : NULL);
}

void api_conversations_messages(struct http_request *request, void *ctx)
{
	CLEANUP(conversation_done) struct conversation conversation = { 0 };

	if (get_own(ctx, request, &conversation))
		api_conversations_reply_messages(ctx, request, conversation.id);
}
