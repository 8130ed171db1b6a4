/* Makes JSON of rows. See payload.h. */
#include "payload.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/ids.h"
#include "base/json.h"
#include "mapping.h"
#include "options.h"
#include "store/callbacks.h"
#include "store/conversations.h"
#include "store/messages.h"

static void put_seq(struct json_object *object, int64_t seq)
{
	if (seq)
		json_put_int(object, "seq", seq);
	else
		json_put(object, "seq", NULL);
}

/* A column that holds JSON, or else a text; null when it is NULL. */
static void put_text_as_json(struct json_object *object, const char *key, const void *data,
			     size_t len)
{
	struct json_object *value = NULL;
	const char *why;

	if (data && json_parse(data, len, &value, &why) < 0) {
		CLEANUP(freep) char *text = json_clean_text(data, len);

		value = json_object_new_string(text);
	}
	json_put(object, key, value);
}

static struct json_object *conversation_json(const struct conversation *conversation)
{
	struct json_object *object = json_object_new_object();

	json_put_id(object, "id", ID_CONVERSATION, conversation->id);
	json_put_string(object, "key", conversation->key);
	json_put_string(object, "conversation_id", conversation->conversation_id);
	json_put_string(object, "prospect_id", conversation->prospect_id);
	json_put_string(object, "platform", conversation->platform);
	return object;
}

static struct json_object *message_json(const struct message *message)
{
	struct json_object *object = json_object_new_object();

	json_put_id(object, "id", ID_MESSAGE, message->id);
	put_seq(object, message->seq);
	json_put_string(object, "message_content", message->message_content);
	put_text_as_json(object, "metadata", message->metadata,
			 message->metadata ? strlen(message->metadata) : 0);
	put_text_as_json(object, "prospect_info", message->prospect_info,
			 strlen(message->prospect_info));
	json_put_string(object, "state", message_state_name(message->state));
	json_put_string(object, "reason", message->reason);
	json_put_time(object, "created_at", message->created_at);
	return object;
}

static int put_raw(const struct core *core, struct json_object *object, int64_t callback_id)
{
	CLEANUP(callback_done) struct callback callback = { 0 };
	int r = callback_id ? callbacks_get(core->db, callback_id, &callback) : 0;

	if (r < 0)
		return r;
	json_put(object, "raw", r > 0 ? mapping_raw(&callback) : NULL);
	return 0;
}

int payload_answer(const struct core *core, const struct answer *answer, bool with_raw,
		   struct json_object **ret_answer)
{
	CLEANUP(json_putp) struct json_object *object = json_object_new_object();
	int r;

	json_put_id(object, "id", ID_ANSWER, answer->id);
	put_seq(object, answer->seq);
	json_put_string(object, "kind", answer_kind_name(answer->kind));
	json_put_string(object, "text", answer->text);
	json_put_string(object, "html", answer->html);
	json_put_bool(object, "late", answer->is_late);
	json_put_bool(object, "extra", answer->is_extra);
	json_put_bool(object, "heuristic", answer->is_heuristic);
	json_put_time(object, "received_at", answer->received_at);
	if (with_raw) {
		r = put_raw(core, object, answer->callback);
		if (r < 0)
			return r;
		if (answer->kind == ANSWER_EMERGENCY)
			put_text_as_json(object, "history", answer->history, answer->history_size);
	}
	*ret_answer = TAKE(object);
	return 0;
}

static int put_answer(const struct core *core, struct json_object *data, int64_t id)
{
	CLEANUP(answer_done) struct answer answer = { 0 };
	struct json_object *object = NULL;
	int r = id ? answers_get(core->db, id, &answer) : 0;

	if (r > 0)
		r = payload_answer(core, &answer, true, &object);
	if (r < 0)
		return r;
	json_put(data, "answer", object);
	return object ? 1 : 0;
}

/* What the source has customers told when no answer comes in time. */
static const char *overdue_text(const struct core *core, const struct payload_subject *subject,
				const char *name)
{
	const struct config_source *source;

	if (!name || !streq(subject->type, event_type_name(EVENT_OVERDUE)))
		return NULL;
	source = config_source(core->config, name);
	return source ? source->overdue_text : NULL;
}

static struct json_object *alert_data(const char *alert)
{
	static const char *const absent[] = { "source", "conversation", "message", "answer",
					      "overdue_text" };
	struct json_object *data = json_object_new_object();

	for (size_t i = 0; i < ARRAY_SIZE(absent); i++)
		json_put(data, absent[i], NULL);
	put_text_as_json(data, "alert", alert, strlen(alert));
	return data;
}

int payload_data(const struct core *core, const struct payload_subject *subject,
		 struct json_object **ret_data)
{
	CLEANUP(json_putp) struct json_object *data = json_object_new_object();
	CLEANUP(conversation_done) struct conversation conversation = { 0 };
	CLEANUP(message_done) struct message message = { 0 };
	int has_conversation = 0;
	int has_message = 0;
	int has_answer;

	if (subject->alert) {
		*ret_data = alert_data(subject->alert);
		return 0;
	}
	if (subject->conversation)
		has_conversation =
			conversations_get(core->db, subject->conversation, &conversation);
	if (has_conversation < 0)
		return has_conversation;
	if (subject->message)
		has_message = messages_get(core->db, subject->message, &message);
	if (has_message < 0)
		return has_message;
	json_put_string(data, "source", has_conversation ? conversation.source : NULL);
	json_put(data, "conversation", has_conversation ? conversation_json(&conversation) : NULL);
	json_put(data, "message", has_message ? message_json(&message) : NULL);
	has_answer = put_answer(core, data, subject->answer);
	if (has_answer < 0)
		return has_answer;
	if (!has_conversation && !has_message && !has_answer)
		return -ENOENT;
	json_put_string(data, "overdue_text", overdue_text(core, subject, conversation.source));
	*ret_data = TAKE(data);
	return 0;
}
