/*
 * Replays: one message's, or everything that a filter finds. A stage is done again from its rows:
 *
 *   map      unmapped and unmatched callbacks, with today's configuration
 *   deliver  dead deliveries, with their ids; delivered ones as new deliveries, when asked to
 *   submit   overdue, failed and cancelled messages: Maax may be asked twice
 *
 * Without a stage a message's failed one is replayed, but never its submit.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "api/admin.h"
#include "base/json.h"
#include "operator.h"

#define MAX_ROWS 200 /* of one message */
#define MAX_BULK 250 /* of one request */

enum stage { STAGE_AUTO, STAGE_MAP, STAGE_DELIVER, STAGE_SUBMIT };

static const char *const stage_names[] = {
	[STAGE_AUTO] = "auto",
	[STAGE_MAP] = "map",
	[STAGE_DELIVER] = "deliver",
	[STAGE_SUBMIT] = "submit",
};

struct replay {
	struct admin_action *action;
	struct core *core;
	int64_t id; /* of the message; 0: by filter */
	enum stage stage;
	bool again;		    /* also what was delivered */
	struct json_object *filter; /* borrowed; NULL: none */
	struct admin_page page;
	struct json_object *done;    /* what was replayed: ids */
	struct json_object *skipped; /* {"id","reason"} */
	int64_t next;		     /* where the next request begins; 0: this was all */
	enum id_kind next_kind;
};

/* Notes what came of one row. 0 or negative errno. */
static int note(struct replay *replay, enum id_kind kind, int64_t id, int result, const char *why)
{
	char text[IDS_TEXT_SIZE];
	struct json_object *object;

	if (result < 0)
		return result;
	ids_format(kind, id, text);
	if (result > 0) {
		json_object_array_add(replay->done, json_object_new_string(text));
		return 0;
	}
	object = json_object_new_object();
	json_put_string(object, "id", text);
	json_put_string(object, "reason", why);
	json_object_array_add(replay->skipped, object);
	return 0;
}

static size_t done_count(const struct replay *replay)
{
	return json_object_array_length(replay->done);
}

/* ---- one message ---- */

static int map_message(struct replay *replay)
{
	struct callback *callbacks = xcalloc(MAX_ROWS, sizeof(*callbacks));
	int count = callbacks_of_message(replay->core->db, replay->id, MAX_ROWS, callbacks);
	int r = count < 0 ? count : 0;

	for (int i = 0; i < count; i++) {
		struct callback *callback = &callbacks[i];
		const char *why = NULL;

		if (r == 0 &&
		    (callback->state == CALLBACK_UNMAPPED || callback->state == CALLBACK_UNMATCHED))
			r = note(replay, ID_CALLBACK, callback->id,
				 operator_map(replay->core, callback, &why), why);
		callback_done(callback);
	}
	free(callbacks);
	return r;
}

static int deliver_row(struct replay *replay, struct delivery *delivery)
{
	const char *why = NULL;
	int64_t id;
	int r = operator_deliver(replay->core, delivery, &id, &why);

	return note(replay, ID_DELIVERY, r > 0 ? id : delivery->id, r, why);
}

/* Those of a message that are in one state. */
static int deliver_state(struct replay *replay, enum delivery_state state)
{
	struct delivery *deliveries = xcalloc(MAX_ROWS, sizeof(*deliveries));
	int count = deliveries_of_message(replay->core->db, replay->id, MAX_ROWS, deliveries);
	int r = count < 0 ? count : 0;

	for (int i = 0; i < count; i++) {
		if (r == 0 && deliveries[i].state == state)
			r = deliver_row(replay, &deliveries[i]);
		delivery_done(&deliveries[i]);
	}
	free(deliveries);
	return r;
}

/* What is dead; when nothing is, or when asked to, what was delivered. */
static int deliver_message(struct replay *replay)
{
	int r = deliver_state(replay, DELIVERY_DEAD);

	if (r == 0 && (done_count(replay) == 0 || replay->again))
		r = deliver_state(replay, DELIVERY_DELIVERED);
	return r;
}

static int submit_row(struct replay *replay, struct message *message)
{
	const char *why = NULL;
	int r = operator_submit(replay->core, message, &why);

	if (r == 0)
		replay->action->why = why;
	return note(replay, ID_MESSAGE, message->id, r, why);
}

static int auto_message(struct replay *replay)
{
	int r = map_message(replay);

	if (r < 0 || done_count(replay) > 0) {
		replay->stage = STAGE_MAP;
		return r;
	}
	replay->stage = STAGE_DELIVER;
	return deliver_state(replay, DELIVERY_DEAD);
}

static int replay_message(struct replay *replay)
{
	CLEANUP(message_done) struct message message = { 0 };
	int r = messages_get(replay->core->db, replay->id, &message);

	replay->action->missing = "message";
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	switch (replay->stage) {
	case STAGE_MAP:
		replay->action->why = "none of its callbacks is unmapped or unmatched";
		return map_message(replay);
	case STAGE_DELIVER:
		replay->action->why = "it has no delivery that is dead or was delivered";
		return deliver_message(replay);
	case STAGE_SUBMIT:
		return submit_row(replay, &message);
	case STAGE_AUTO:
		break;
	}
	replay->action->why = "nothing of it failed after its submit; to send it to Maax again, or "
			      "to deliver it again, name the stage";
	return auto_message(replay);
}

/* ---- by filter ---- */

static const char *filter_text(const struct replay *replay, const char *key)
{
	return replay->filter ? json_get_string(replay->filter, key) : NULL;
}

static int map_all(struct replay *replay)
{
	const char *state = filter_text(replay, "state");
	bool is_unmatched = state && streq(state, "unmatched");
	struct callback *callbacks = xcalloc(MAX_BULK, sizeof(*callbacks));
	int count = callbacks_list(replay->core->db,
				   is_unmatched ? CALLBACK_UNMATCHED : CALLBACK_UNMAPPED,
				   replay->page.before, MAX_BULK, callbacks);
	int r = count < 0 ? count : 0;

	for (int i = 0; i < count; i++) {
		const char *why = NULL;
		int64_t id = callbacks[i].id;

		if (r == 0 && id >= replay->page.since)
			r = note(replay, ID_CALLBACK, id,
				 operator_map(replay->core, &callbacks[i], &why), why);
		replay->next = count == MAX_BULK && id >= replay->page.since ? id : 0;
		callback_done(&callbacks[i]);
	}
	free(callbacks);
	replay->next_kind = ID_CALLBACK;
	return r;
}

static int deliver_all(struct replay *replay)
{
	struct delivery_filter filter = {
		.state = replay->again ? "delivered" : "dead",
		.destination = filter_text(replay, "destination"),
		.source = filter_text(replay, "source"),
		.since = replay->page.since,
	};
	struct delivery *deliveries = xcalloc(MAX_BULK, sizeof(*deliveries));
	int count = deliveries_walk(replay->core->db, &filter, replay->page.before, MAX_BULK,
				    deliveries, &replay->next);
	int r = count < 0 ? count : 0;

	for (int i = 0; i < count; i++) {
		if (r == 0)
			r = deliver_row(replay, &deliveries[i]);
		delivery_done(&deliveries[i]);
	}
	free(deliveries);
	replay->next_kind = ID_DELIVERY;
	return r;
}

static int submit_all(struct replay *replay)
{
	const char *state = filter_text(replay, "state");
	struct message_filter filter = {
		.state = state ? state : "failed",
		.source = filter_text(replay, "source"),
		.contact = filter_text(replay, "contact"),
		.since = replay->page.since,
	};
	struct message *messages = xcalloc(MAX_BULK, sizeof(*messages));
	int count = messages_walk(replay->core->db, &filter, replay->page.before, MAX_BULK,
				  messages, &replay->next);
	int r = count < 0 ? count : 0;

	for (int i = 0; i < count; i++) {
		if (r == 0)
			r = submit_row(replay, &messages[i]);
		message_done(&messages[i]);
	}
	free(messages);
	replay->next_kind = ID_MESSAGE;
	return r;
}

static int replay_all(struct replay *replay)
{
	switch (replay->stage) {
	case STAGE_MAP:
		return map_all(replay);
	case STAGE_DELIVER:
		return deliver_all(replay);
	case STAGE_SUBMIT:
		return submit_all(replay);
	case STAGE_AUTO:
		break;
	}
	admin_refuse(replay->action->request, "stage is one of map, deliver, submit");
	return 0;
}

/* ---- requests ---- */

static int run(struct admin_action *action, void *ctx)
{
	struct replay *replay = ctx;
	char text[IDS_TEXT_SIZE];
	int r = replay->id ? replay_message(replay) : replay_all(replay);

	if (r < 0 || http_has_replied(action->request))
		return r;
	if (replay->id && done_count(replay) == 0)
		return 0;
	json_put_string(action->object, "stage", stage_names[replay->stage]);
	json_put(action->object, "replayed", json_object_get(replay->done));
	json_put(action->object, "skipped", json_object_get(replay->skipped));
	if (!replay->id)
		json_put_string(action->object, "next_cursor",
				replay->next ? ids_format(replay->next_kind, replay->next, text)
					     : NULL);
	json_put_string(action->object, "warning",
			replay->stage == STAGE_SUBMIT
				? "Maax has no idempotency key: what had reached it is asked twice"
				: NULL);
	return 1;
}

static bool read_stage(struct replay *replay)
{
	const char *name = json_get_string(replay->action->body, "stage");

	for (unsigned i = 0; name && i < ARRAY_SIZE(stage_names); i++) {
		if (streq(name, stage_names[i])) {
			replay->stage = (enum stage)i;
			return true;
		}
	}
	if (!name)
		return true;
	admin_refuse(replay->action->request, "stage is one of map, deliver, submit");
	return false;
}

static bool read_filter(struct replay *replay)
{
	static const enum id_kind kinds[] = {
		[STAGE_AUTO] = ID_MESSAGE,
		[STAGE_MAP] = ID_CALLBACK,
		[STAGE_DELIVER] = ID_DELIVERY,
		[STAGE_SUBMIT] = ID_MESSAGE,
	};
	const char *state;

	json_object_object_get_ex(replay->action->body, "filter", &replay->filter);
	if (!admin_filter_page(replay->action->request, replay->filter, kinds[replay->stage],
			       &replay->page))
		return false;
	state = filter_text(replay, "state");
	if (replay->stage != STAGE_SUBMIT || !state || message_state_parse(state) >= 0)
		return true;
	admin_refuse(replay->action->request, "state is one of overdue, failed, cancelled");
	return false;
}

static void handle(struct http_request *request, struct api *api, int64_t id)
{
	CLEANUP(admin_action_done) struct admin_action action = { 0 };
	CLEANUP(json_putp) struct json_object *done = json_object_new_array();
	CLEANUP(json_putp) struct json_object *skipped = json_object_new_array();
	struct replay replay = {
		.action = &action, .core = api->core, .id = id, .done = done, .skipped = skipped
	};
	struct json_object *again = NULL;

	if (!admin_action_begin(&action, api, request) || !read_stage(&replay))
		return;
	json_object_object_get_ex(action.body, "again", &again);
	replay.again = json_object_get_boolean(again);
	if (id || read_filter(&replay))
		admin_action_run(&action, run, &replay);
}

void api_admin_message_replay(struct http_request *request, void *ctx)
{
	int64_t id;

	if (admin_path_id(request, ID_MESSAGE, "message", &id))
		handle(request, ctx, id);
}

void api_admin_replay(struct http_request *request, void *ctx)
{
	handle(request, ctx, 0);
}
