/* /admin/v1/conversations: list and show. Pause, unpause and answers: takeover.c. */
#include <json-c/json.h>

#include "api/admin.h"
#include "base/json.h"

void api_admin_conversations(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	CLEANUP(freep) char *source = http_query_get(request, "source");
	CLEANUP(freep) char *contact = admin_contact(request);
	CLEANUP(freep) char *paused = http_query_get(request, "paused");
	struct conversation_filter filter = { .source = source, .contact = contact };
	struct conversation *conversations;
	struct json_object *array;
	struct admin_page page;
	int64_t next = 0;
	int count;

	if (!admin_page(request, ID_CONVERSATION, &page))
		return;
	filter.is_paused = paused && (streq(paused, "1") || streq(paused, "true"));
	filter.since = page.since;
	array = json_object_new_array();
	conversations = xcalloc(page.limit, sizeof(*conversations));
	count = conversations_walk(api->core->db, &filter, page.before, page.limit, conversations,
				   &next);
	for (int i = 0; i < count; i++) {
		json_object_array_add(array, api_render_conversation(&conversations[i]));
		conversation_done(&conversations[i]);
	}
	free(conversations);
	admin_reply_page(api, request, array, count, ID_CONVERSATION, next);
}

/* False: a reply was made. */
static bool get_any(struct api *api, struct http_request *request,
		    struct conversation *ret_conversation)
{
	int64_t id;
	int r;

	if (!admin_path_id(request, ID_CONVERSATION, "conversation", &id))
		return false;
	r = conversations_get(api->core->db, id, ret_conversation);
	if (r < 0)
		api_reply_store_error(request, r);
	if (r == 0)
		api_reply_not_found(request, "conversation");
	return r > 0;
}

void api_admin_conversation(struct http_request *request, void *ctx)
{
	CLEANUP(conversation_done) struct conversation conversation = { 0 };
	struct json_object *object;

	if (!get_any(ctx, request, &conversation))
		return;
	object = json_object_new_object();
	json_put(object, "conversation", api_render_conversation(&conversation));
	api_reply_object(ctx, request, 200, object);
}

void api_admin_conversation_messages(struct http_request *request, void *ctx)
{
	CLEANUP(conversation_done) struct conversation conversation = { 0 };

	if (get_any(ctx, request, &conversation))
		api_conversations_reply_messages(ctx, request, conversation.id);
}
