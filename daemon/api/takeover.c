/*
 * A person takes over: pause and unpause a conversation, and answer by hand; for the source's own
 * key (/v1) and for the operator (/admin/v1).
 *
 * {"text": …} is required of an answer. "message" says which message it goes with, the newest of
 * the conversation without it: destinations find what they thread by there. An answer by hand
 * settles nothing: Maax's own still comes. With "settle": true, the conversation's open messages up
 * to that one are cancelled as well, so that nothing waits for Maax any more; what it says all the
 * same is still delivered.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "api/admin.h"
#include "base/json.h"
#include "operator.h"
#include "payload.h"

#define MAX_REASON 200
#define MAX_SETTLED 100 /* open messages that one answer cancels */

struct takeover {
	int64_t id;
	const struct config_source
		*owner; /* the caller's source; NULL: an operator, who sees all */
	int (*fn)(struct admin_action *action, struct takeover *takeover);
	struct conversation conversation;
	int64_t message; /* of an answer; 0: none */
};

static int run(struct admin_action *action, void *ctx)
{
	struct takeover *takeover = ctx;
	struct conversation *conversation = &takeover->conversation;
	int r = conversations_get(action->api->core->db, takeover->id, conversation);

	action->missing = "conversation";
	if (r < 0)
		return r;
	if (r == 0 || (takeover->owner && !streq(conversation->source, takeover->owner->name)))
		return -ENOENT;
	return takeover->fn(action, takeover);
}

static void refuse_field(struct admin_action *action, const char *field, const char *detail)
{
	CLEANUP(freep)
	char *errors = xasprintf("[{\"field\":\"/%s\",\"detail\":\"%s\"}]", field, detail);

	http_reply_problem(action->request, 422, "invalid", "some fields are wrong: see errors",
			   errors);
}

/* False: 422 was replied. */
static bool check_members(struct admin_action *action, const char *const *names, size_t count)
{
	json_object_object_foreach(action->body, key, value)
	{
		bool is_known = streq(key, "dry_run");

		(void)value;
		for (size_t i = 0; i < count; i++)
			is_known |= streq(key, names[i]);
		if (is_known)
			continue;
		refuse_field(action, "", "there is a field that is not known here");
		return false;
	}
	return true;
}

/* ---- pause ---- */

/* The row as it is now. */
static int put_conversation(struct admin_action *action, int64_t id)
{
	CLEANUP(conversation_done) struct conversation conversation = { 0 };
	int r = conversations_get(action->api->core->db, id, &conversation);

	if (r > 0)
		json_put(action->object, "conversation", api_render_conversation(&conversation));
	return r;
}

static int pause_it(struct admin_action *action, struct takeover *takeover)
{
	static const char *const names[] = { "reason" };
	const char *reason = json_get_string(action->body, "reason");
	int r;

	if (!check_members(action, names, ARRAY_SIZE(names)))
		return 0;
	if (!reason || !reason[0])
		reason = "paused by a person";
	if (strlen(reason) > MAX_REASON) {
		refuse_field(action, "reason", "send at most 200 bytes");
		return 0;
	}
	r = operator_pause(action->api->core, &takeover->conversation, reason, &action->why);
	return r > 0 ? put_conversation(action, takeover->id) : r;
}

static int unpause_it(struct admin_action *action, struct takeover *takeover)
{
	int r = operator_unpause(action->api->core, &takeover->conversation, &action->why);

	return r > 0 ? put_conversation(action, takeover->id) : r;
}

/* ---- answers ---- */

/* The text, or NULL: 422 was replied. */
static const char *read_text(struct admin_action *action, const struct takeover *takeover)
{
	const struct config_source *source =
		config_source(action->api->core->config, takeover->conversation.source);
	size_t max = source ? source->max_text : 64 * KIB;
	struct json_object *value = NULL;
	const char *text;
	size_t len;

	json_object_object_get_ex(action->body, "text", &value);
	if (!json_object_is_type(value, json_type_string)) {
		refuse_field(action, "text", "it is required, and a string");
		return NULL;
	}
	text = json_object_get_string(value);
	len = (size_t)json_object_get_string_len(value);
	if (len > max || strlen(text) != len || text[strspn(text, " \t\r\n")] == '\0') {
		refuse_field(action, "text",
			     len > max ? "it is longer than max_text"
				       : "it is empty, or holds a NUL character");
		return NULL;
	}
	return text;
}

/* The message that an answer goes with. 1, 0 after replying, or negative errno. */
static int read_message(struct admin_action *action, struct takeover *takeover)
{
	const char *text = json_get_string(action->body, "message");
	CLEANUP(message_done) struct message message = { 0 };
	struct db *db = action->api->core->db;
	int64_t id = 0;
	int r;

	if (!text) {
		r = messages_newest(db, takeover->id, &takeover->message);
		return r < 0 ? r : 1;
	}
	r = ids_parse(ID_MESSAGE, text, strlen(text), &id) == 0 ? messages_get(db, id, &message)
								: 0;
	if (r < 0)
		return r;
	if (r == 0 || message.conversation != takeover->id) {
		refuse_field(action, "message", "it is no message of this conversation");
		return 0;
	}
	takeover->message = id;
	return 1;
}

/* Nothing waits for Maax any more. */
static int settle(struct admin_action *action, const struct takeover *takeover)
{
	struct core *core = action->api->core;
	struct message *messages = xcalloc(MAX_SETTLED, sizeof(*messages));
	int count = messages_open(core->db, takeover->id, MAX_SETTLED, messages);
	const char *why;
	int r = count < 0 ? count : 0;

	for (int i = 0; i < count; i++) {
		if (r >= 0 && messages[i].id <= takeover->message)
			r = operator_cancel(core, &messages[i], "answered by a person", &why);
		message_done(&messages[i]);
	}
	free(messages);
	return r;
}

static int answer_it(struct admin_action *action, struct takeover *takeover)
{
	static const char *const names[] = { "text", "message", "settle" };
	CLEANUP(answer_done) struct answer answer = { 0 };
	struct core *core = action->api->core;
	struct json_object *object = NULL;
	struct json_object *value = NULL;
	const char *text;
	int r;

	if (!check_members(action, names, ARRAY_SIZE(names)))
		return 0;
	text = read_text(action, takeover);
	if (!text)
		return 0;
	r = read_message(action, takeover);
	if (r > 0 && json_object_object_get_ex(action->body, "settle", &value) &&
	    json_object_get_boolean(value))
		r = settle(action, takeover) < 0 ? -EIO : 1;
	if (r > 0)
		r = operator_answer(core, &takeover->conversation, takeover->message, text,
				    &answer);
	if (r > 0)
		r = payload_answer(core, &answer, false, &object) < 0 ? -EIO : 1;
	if (r <= 0)
		return r;
	json_put_id(object, "conversation", ID_CONVERSATION, takeover->id);
	json_put_id(object, "message", ID_MESSAGE, takeover->message);
	json_put(action->object, "answer", object);
	return 1;
}

/* ---- routes ---- */

static void handle(struct http_request *request, struct api *api, struct takeover takeover)
{
	CLEANUP(admin_action_done) struct admin_action action = { 0 };

	if (admin_path_id(request, ID_CONVERSATION, "conversation", &takeover.id) &&
	    admin_action_begin(&action, api, request))
		admin_action_run(&action, run, &takeover);
	conversation_done(&takeover.conversation);
}

/* For the key's own source. */
static void handle_own(struct http_request *request, struct api *api, struct takeover takeover)
{
	takeover.owner = api_source(api, request);
	if (takeover.owner)
		handle(request, api, takeover);
}

void api_conversations_pause(struct http_request *request, void *ctx)
{
	handle_own(request, ctx, (struct takeover){ .fn = pause_it });
}

void api_conversations_unpause(struct http_request *request, void *ctx)
{
	handle_own(request, ctx, (struct takeover){ .fn = unpause_it });
}

void api_conversations_answer(struct http_request *request, void *ctx)
{
	handle_own(request, ctx, (struct takeover){ .fn = answer_it });
}

void api_admin_pause(struct http_request *request, void *ctx)
{
	handle(request, ctx, (struct takeover){ .fn = pause_it });
}

void api_admin_unpause(struct http_request *request, void *ctx)
{
	handle(request, ctx, (struct takeover){ .fn = unpause_it });
}

void api_admin_answer(struct http_request *request, void *ctx)
{
	handle(request, ctx, (struct takeover){ .fn = answer_it });
}
