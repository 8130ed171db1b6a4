/* Rows as JSON. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "api/api.h"
#include "base/ids.h"
#include "base/json.h"
#include "payload.h"
#include "store/answers.h"
#include "store/attempts.h"
#include "store/callbacks.h"
#include "store/deliveries.h"
#include "store/events.h"
#include "store/inbound.h"

#define MAX_STORY 200	 /* rows of each kind in a message's story */
#define MAX_INBOUND 4	 /* requests that a message came from: one */
#define MAX_EXCERPT 2000 /* bytes of a reply that are shown */

static void put_json_text(struct json_object *object, const char *key, const char *text)
{
	struct json_object *value = NULL;
	const char *why;

	if (text)
		IGNORE(json_parse(text, strlen(text), &value,
				  &why)); /* ours; null if it were not */
	json_put(object, key, value);
}

struct json_object *api_render_accepted(const struct message *message)
{
	struct json_object *outer = json_object_new_object();
	struct json_object *object = json_object_new_object();

	json_put_id(object, "id", ID_MESSAGE, message->id);
	json_put_id(object, "conversation", ID_CONVERSATION, message->conversation);
	json_put_int(object, "seq", message->seq);
	json_put_string(object, "state", message_state_name(message->state));
	if (message->reason)
		json_put_string(object, "reason", message->reason);
	json_put_time(object, "created_at", message->created_at);
	json_put(outer, "message", object);
	return outer;
}

struct json_object *api_render_message(const struct message *message)
{
	struct json_object *object = json_object_new_object();

	json_put_id(object, "id", ID_MESSAGE, message->id);
	json_put_id(object, "conversation", ID_CONVERSATION, message->conversation);
	json_put_int(object, "seq", message->seq);
	json_put_string(object, "source", message->source);
	json_put_string(object, "state", message_state_name(message->state));
	json_put_string(object, "reason", message->reason);
	json_put_string(object, "ai", message->ai);
	json_put_string(object, "platform", message->platform);
	json_put_string(object, "message_content", message->message_content);
	put_json_text(object, "prospect_info", message->prospect_info);
	json_put_string(object, "service_type", message->service_type);
	json_put_string(object, "output_format", message->output_format);
	put_json_text(object, "metadata", message->metadata);
	json_put_string(object, "incoming_message_id", message->incoming_message_id);
	json_put_time(object, "created_at", message->created_at);
	json_put_time(object, "submitted_at", message->submitted_at);
	json_put_time(object, "overdue_at", message->overdue_at);
	json_put_time(object, "replayed_at", message->replayed_at);
	json_put_time(object, "next_try_at",
		      message->state == MESSAGE_QUEUED ? message->due_at : 0);
	json_put_int(object, "submits", message->submits);
	json_put_bool(object, "uncertain", message->is_uncertain);
	return object;
}

struct json_object *api_render_conversation(const struct conversation *conversation)
{
	struct json_object *object = json_object_new_object();

	json_put_id(object, "id", ID_CONVERSATION, conversation->id);
	json_put_string(object, "source", conversation->source);
	json_put_string(object, "key", conversation->key);
	json_put_string(object, "ai", conversation->ai);
	json_put_string(object, "platform", conversation->platform);
	json_put_int(object, "seq", conversation->seq);
	json_put_id(object, "in_flight", ID_MESSAGE, conversation->in_flight);
	json_put_string(object, "conversation_id", conversation->conversation_id);
	json_put_string(object, "prospect_id", conversation->prospect_id);
	json_put_time(object, "created_at", conversation->created_at);
	json_put_time(object, "paused_at", conversation->paused_at);
	json_put_string(object, "pause_reason", conversation->pause_reason);
	return object;
}

/* ---- the story ---- */

static int put_answers(struct api *api, const struct message *message, struct json_object *story)
{
	struct json_object *array = json_object_new_array();
	struct answer *answers = xcalloc(MAX_STORY, sizeof(*answers));
	int count = answers_of_message(api->core->db, message->conversation, message->id, MAX_STORY,
				       answers);
	int r = count < 0 ? count : 0;

	for (int i = 0; i < count; i++) {
		struct json_object *object = NULL;

		if (r == 0)
			r = payload_answer(api->core, &answers[i], true, &object);
		if (object)
			json_object_array_add(array, object);
		answer_done(&answers[i]);
	}
	free(answers);
	json_put(story, "answers", array);
	return r;
}

/* Lines of the timeline come from three tables; their ids, all of one series, order them. */
struct line {
	int64_t id;
	struct json_object *object;
};

struct timeline {
	struct line *lines;
	size_t count;
};

static struct json_object *add_line(struct timeline *timeline, int64_t id, usec_t at,
				    const char *event)
{
	struct json_object *object = json_object_new_object();

	json_put_time(object, "at", at);
	json_put_string(object, "event", event);
	timeline->lines = xrealloc(timeline->lines, timeline->count + 1, sizeof(*timeline->lines));
	timeline->lines[timeline->count++] = (struct line){ .id = id, .object = object };
	return object;
}

static int add_events(struct api *api, int64_t message, struct timeline *timeline)
{
	struct event *events = xcalloc(MAX_STORY, sizeof(*events));
	int count = events_of_message(api->core->db, message, MAX_STORY, events);

	for (int i = 0; i < count; i++) {
		int64_t id = events[i].id;
		struct json_object *line = add_line(timeline, id, ids_time(id), events[i].type);

		if (events[i].state)
			json_put_string(line, "state", events[i].state);
		if (events[i].answer)
			json_put_id(line, "answer", ID_ANSWER, events[i].answer);
		if (events[i].detail)
			json_put_string(line, "detail", events[i].detail);
		event_done(&events[i]);
	}
	free(events);
	return count < 0 ? count : 0;
}

static int add_callbacks(struct api *api, int64_t message, struct timeline *timeline)
{
	struct callback *callbacks = xcalloc(MAX_STORY, sizeof(*callbacks));
	int count = callbacks_of_message(api->core->db, message, MAX_STORY, callbacks);

	for (int i = 0; i < count; i++) {
		const struct callback *callback = &callbacks[i];
		struct json_object *line = add_line(timeline, callback->id, callback->received_at,
						    "callback.received");

		json_put_id(line, "callback", ID_CALLBACK, callback->id);
		json_put_string(line, "kind", callback_kind_name(callback->kind));
		json_put_string(line, "state", callback_state_name(callback->state));
		json_put_string(line, "method", callback->method);
		json_put_string(line, "content_type", callback->content_type);
		json_put_int(line, "size", (int64_t)callback->body_size);
		if (callback->reason)
			json_put_string(line, "detail", callback->reason);
		callback_done(&callbacks[i]);
	}
	free(callbacks);
	return count < 0 ? count : 0;
}

/* The request or mail that it came from. */
static int add_inbound(struct api *api, int64_t message, struct timeline *timeline)
{
	struct inbound rows[MAX_INBOUND] = { 0 };
	int count = inbound_of_message(api->core->db, message, MAX_INBOUND, rows);

	for (int i = 0; i < count; i++) {
		struct json_object *line =
			add_line(timeline, rows[i].id, rows[i].received_at, "inbound.received");

		json_put_id(line, "inbound", ID_INBOUND, rows[i].id);
		json_put_string(line, "method", rows[i].method);
		json_put_string(line, "content_type", rows[i].content_type);
		json_put_int(line, "size", (int64_t)rows[i].body_size);
		inbound_done(&rows[i]);
	}
	return count < 0 ? count : 0;
}

static const char *attempt_event(enum attempt_kind kind)
{
	static const char *const names[] = {
		[ATTEMPT_SUBMIT] = "submit.attempt",
		[ATTEMPT_DELIVER] = "delivery.attempt",
		[ATTEMPT_HISTORY] = "history.attempt",
	};

	return names[kind];
}

/* A reply's first bytes; shown only as text. */
static void put_excerpt(struct json_object *object, const struct attempt *attempt)
{
	size_t len = attempt->response_size < MAX_EXCERPT ? attempt->response_size : MAX_EXCERPT;

	/* A cut may have parted a character. */
	for (unsigned i = 0; i < 3 && len > 0 && !json_is_utf8(attempt->response, len); i++)
		len--;
	if (len > 0 && json_is_utf8(attempt->response, len))
		json_put(object, "response",
			 json_object_new_string_len(attempt->response, (int)len));
	else
		json_put(object, "response", NULL);
}

static int put_attempts(struct api *api, int64_t message, struct json_object *story,
			struct timeline *timeline)
{
	struct json_object *array = json_object_new_array();
	struct attempt *attempts = xcalloc(MAX_STORY, sizeof(*attempts));
	int count = attempts_of_message(api->core->db, message, MAX_STORY, attempts);

	for (int i = 0; i < count; i++) {
		const struct attempt *attempt = &attempts[i];
		struct json_object *line = add_line(timeline, attempt->id, attempt->finished_at,
						    attempt_event(attempt->kind));
		struct json_object *object = json_object_new_object();

		json_put_string(line, "outcome", outcome_name(attempt->outcome));
		json_put_string(line, "detail", attempt->detail);
		if (attempt->delivery)
			json_put_id(line, "delivery", ID_DELIVERY, attempt->delivery);
		json_put_id(object, "id", ID_ATTEMPT, attempt->id);
		json_put_string(object, "kind", attempt_kind_name(attempt->kind));
		json_put_id(object, "delivery", ID_DELIVERY, attempt->delivery);
		json_put_string(object, "outcome", outcome_name(attempt->outcome));
		json_put(object, "status",
			 attempt->status ? json_object_new_int(attempt->status) : NULL);
		json_put_string(object, "detail", attempt->detail);
		put_excerpt(object, attempt);
		json_put_time(object, "started_at", attempt->started_at);
		json_put_time(object, "finished_at", attempt->finished_at);
		json_object_array_add(array, object);
		attempt_done(&attempts[i]);
	}
	free(attempts);
	json_put(story, "attempts", array);
	return count < 0 ? count : 0;
}

/* Why a pending delivery does not move, when its own row cannot know. */
static const char *delivery_reason(struct api *api, const struct delivery *delivery)
{
	if (delivery->state == DELIVERY_PENDING &&
	    !config_destination(api->core->config, delivery->destination))
		return "its destination is not in the configuration";
	return delivery->reason;
}

struct json_object *api_render_delivery(struct api *api, const struct delivery *delivery)
{
	struct json_object *object = json_object_new_object();

	json_put_id(object, "id", ID_DELIVERY, delivery->id);
	json_put_string(object, "type", delivery->type);
	json_put_string(object, "destination", delivery->destination);
	json_put_string(object, "state", delivery_state_name(delivery->state));
	json_put_string(object, "source", delivery->source);
	json_put_id(object, "conversation", ID_CONVERSATION, delivery->conversation);
	json_put_id(object, "message", ID_MESSAGE, delivery->message);
	json_put_id(object, "answer", ID_ANSWER, delivery->answer);
	if (delivery->callback)
		json_put_id(object, "callback", ID_CALLBACK, delivery->callback);
	json_put_int(object, "tries", delivery->tries);
	json_put_string(object, "reason", delivery_reason(api, delivery));
	json_put_time(object, "next_try_at",
		      delivery->state == DELIVERY_PENDING ? delivery->due_at : 0);
	json_put_time(object, "created_at", delivery->created_at);
	json_put_time(object, "finished_at", delivery->finished_at);
	return object;
}

static int put_deliveries(struct api *api, int64_t message, struct json_object *story)
{
	struct json_object *array = json_object_new_array();
	struct delivery *deliveries = xcalloc(MAX_STORY, sizeof(*deliveries));
	int count = deliveries_of_message(api->core->db, message, MAX_STORY, deliveries);

	for (int i = 0; i < count; i++) {
		json_object_array_add(array, api_render_delivery(api, &deliveries[i]));
		delivery_done(&deliveries[i]);
	}
	free(deliveries);
	json_put(story, "deliveries", array);
	return count < 0 ? count : 0;
}

static int compare_lines(const void *a, const void *b)
{
	const struct line *x = a;
	const struct line *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static void put_timeline(struct json_object *story, struct timeline *timeline)
{
	struct json_object *array = json_object_new_array();

	if (timeline->count > 0)
		qsort(timeline->lines, timeline->count, sizeof(*timeline->lines), compare_lines);
	for (size_t i = 0; i < timeline->count; i++)
		json_object_array_add(array, timeline->lines[i].object);
	free(timeline->lines);
	json_put(story, "timeline", array);
}

int api_render_story(struct api *api, const struct message *message,
		     struct json_object **ret_object)
{
	CLEANUP(json_putp) struct json_object *outer = json_object_new_object();
	struct json_object *story = api_render_message(message);
	struct timeline timeline = { 0 };
	int r;

	json_put(outer, "message", story);
	r = put_answers(api, message, story);
	if (r == 0)
		r = add_events(api, message->id, &timeline);
	if (r == 0)
		r = add_inbound(api, message->id, &timeline);
	if (r == 0)
		r = add_callbacks(api, message->id, &timeline);
	if (r == 0)
		r = put_attempts(api, message->id, story, &timeline);
	if (r == 0)
		r = put_deliveries(api, message->id, story);
	put_timeline(story, &timeline);
	if (r < 0)
		return r;
	*ret_object = TAKE(outer);
	return 0;
}

void api_reply_story(struct api *api, struct http_request *request, int r,
		     const struct message *message)
{
	struct json_object *object = NULL;

	if (r == 0) {
		api_reply_not_found(request, "message");
		return;
	}
	if (r > 0)
		r = api_render_story(api, message, &object);
	if (r < 0)
		api_reply_store_error(request, r);
	else
		api_reply_object(api, request, 200, object);
}
