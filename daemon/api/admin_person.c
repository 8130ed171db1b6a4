/*
 * What is kept of one person, found by a contact value: POST /admin/v1/erase, GET /admin/v1/export.
 *
 * An erase deletes whole conversations, up to ERASE_CONVERSATIONS a request and no more once
 * ERASE_ROWS messages are counted: {"erased":[…],"more","next_cursor"}; ask again while there is
 * more. A dry run lists the same and goes on at next_cursor. Backups that were made before keep
 * what they have.
 *
 * An export is a list of conversations and of their messages' stories; its cursor is the last row:
 * "cnv_…", or "cnv_….msg_…".
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "api/admin.h"
#include "base/json.h"
#include "base/log.h"
#include "payload.h"
#include "store/answers.h"
#include "store/callbacks.h"
#include "store/erase.h"

#define ERASE_CONVERSATIONS 10
#define ERASE_ROWS 500
#define EXPORT_ROWS 50
#define EXPORT_BYTES (2 * MIB) /* of raw callbacks: the page ends behind the row that passes it */
#define MAX_ANSWERS 200	       /* of one conversation, without a message */
#define MAX_CALLBACKS 200      /* of one message */

/* ---- erase ---- */

/* Pages as they were before stand in the log until it is written over. Before the reply, unless
 * another batch is open already: then after that one. */
static void empty_log(void *ctx)
{
	struct db *db = ctx;
	int r = db_empty_log(db);

	if (r == -EBUSY)
		on_commit(db, empty_log, db);
	else if (r < 0)
		log_warning("the log could not be emptied after an erase: %s", strerror(-r));
}

struct erasing {
	const char *contact;
	int64_t after;
	struct json_object *erased;
	int64_t rows;
};

static int erase_one(struct admin_action *action, struct erasing *erasing, int64_t id)
{
	struct db *db = action->api->core->db;
	CLEANUP(conversation_done) struct conversation conversation = { 0 };
	struct erase_count count = { 0 };
	struct json_object *object;
	int r = conversations_get(db, id, &conversation);

	if (r >= 0)
		r = erase_count(db, id, &count);
	if (r == 0 && !action->is_dry)
		r = erase_conversation(db, id);
	if (r < 0)
		return r;
	object = api_render_conversation(&conversation);
	json_put_int(object, "messages", count.messages);
	json_put_int(object, "answers", count.answers);
	json_object_array_add(erasing->erased, object);
	erasing->rows += count.messages + count.answers;
	erasing->after = id;
	return 0;
}

static int erase_step(struct admin_action *action, void *ctx)
{
	struct erasing *erasing = ctx;
	int64_t ids[ERASE_CONVERSATIONS + 1];
	int count = erase_find(action->api->core->db, erasing->contact, erasing->after,
			       ARRAY_SIZE(ids), ids);
	int done = 0;
	int r = 0;

	if (count < 0)
		return count;
	while (r == 0 && done < count && done < ERASE_CONVERSATIONS && erasing->rows < ERASE_ROWS)
		r = erase_one(action, erasing, ids[done++]);
	if (r < 0)
		return r;
	if (!action->is_dry && done == count)
		on_commit(action->api->core->db, empty_log, action->api->core->db);
	json_put(action->object, "erased", json_object_get(erasing->erased));
	json_put_bool(action->object, "more", done < count);
	json_put_id(action->object, "next_cursor", ID_CONVERSATION,
		    done < count ? erasing->after : 0);
	return 1;
}

void api_admin_erase(struct http_request *request, void *ctx)
{
	CLEANUP(admin_action_done) struct admin_action action = { 0 };
	CLEANUP(json_putp) struct json_object *erased = json_object_new_array();
	CLEANUP(freep) char *contact = NULL;
	struct erasing erasing = { .erased = erased };
	const char *text, *cursor;

	if (!admin_action_begin(&action, ctx, request))
		return;
	text = json_get_string(action.body, "contact");
	cursor = json_get_string(action.body, "cursor");
	contact = admin_contact_key(text ? text : "");
	if (contact[0] == '\0')
		admin_refuse(request, "contact is an e-mail address, a phone number or the like");
	else if (cursor && ids_parse(ID_CONVERSATION, cursor, strlen(cursor), &erasing.after) < 0)
		admin_refuse(request, "cursor is the next_cursor of an earlier reply to this");
	else {
		erasing.contact = contact;
		admin_action_run(&action, erase_step, &erasing);
	}
}

/* ---- export ---- */

struct export
{
	struct api *api;
	const char *contact;
	int64_t conversation; /* that the last row belongs to */
	int64_t message;      /* the last row; 0: the conversation itself */
	struct json_object *rows;
	size_t bytes;
	bool is_at_end;
};

static void add_row(struct export *export, const char *kind, struct json_object *object)
{
	struct json_object *row = json_object_new_object();

	json_put(row, kind, object);
	json_object_array_add(export->rows, row);
}

/* Those that belong to no message: emergencies, notices. */
static int put_answers(struct export *export, struct json_object *object)
{
	struct core *core = export->api->core;
	struct json_object *array = json_object_new_array();
	struct answer *answers = xcalloc(MAX_ANSWERS, sizeof(*answers));
	int count = answers_of_message(core->db, export->conversation, 0, MAX_ANSWERS, answers);
	int r = count < 0 ? count : 0;

	for (int i = 0; i < count; i++) {
		struct json_object *answer = NULL;

		if (r == 0)
			r = payload_answer(core, &answers[i], true, &answer);
		if (answer)
			json_object_array_add(array, answer);
		answer_done(&answers[i]);
	}
	free(answers);
	json_put(object, "answers", array);
	return r;
}

/* The next conversation. 0 or negative errno. */
static int add_conversation(struct export *export)
{
	CLEANUP(conversation_done) struct conversation conversation = { 0 };
	struct db *db = export->api->core->db;
	struct json_object *object;
	int64_t id;
	int r = erase_find(db, export->contact, export->conversation, 1, &id);

	export->is_at_end = r == 0;
	if (r > 0)
		r = conversations_get(db, id, &conversation);
	if (r <= 0)
		return r;
	export->conversation = id;
	export->message = 0;
	object = api_render_conversation(&conversation);
	add_row(export, "conversation", object);
	return put_answers(export, object);
}

/* The raw receipts of a message, whole. */
static int put_callbacks(struct export *export, int64_t message, struct json_object *story)
{
	struct db *db = export->api->core->db;
	struct json_object *array = json_object_new_array();
	struct callback *callbacks = xcalloc(MAX_CALLBACKS, sizeof(*callbacks));
	int count = callbacks_of_message(db, message, MAX_CALLBACKS, callbacks);
	int r = count < 0 ? count : 0;

	for (int i = 0; i < count; i++) {
		CLEANUP(callback_done) struct callback whole = { 0 };

		if (r >= 0)
			r = callbacks_get(db, callbacks[i].id, &whole);
		if (r > 0) {
			export->bytes += whole.body_size;
			json_object_array_add(array, admin_render_callback(&whole));
		}
		callback_done(&callbacks[i]);
	}
	free(callbacks);
	json_put(story, "callbacks", array);
	return r < 0 ? r : 0;
}

/* The next message of the conversation, or the next conversation. 0 or negative errno. */
static int add_next(struct export *export)
{
	CLEANUP(message_done) struct message message = { 0 };
	struct json_object *story = NULL;
	int r = 0;

	if (export->conversation)
		r = messages_of_conversation(export->api->core->db, export->conversation,
					     export->message, 1, &message);
	if (r == 0)
		return add_conversation(export);
	if (r > 0)
		r = api_render_story(export->api, &message, &story);
	if (r < 0)
		return r;
	export->message = message.id;
	json_object_array_add(export->rows, story);
	return put_callbacks(export, message.id, json_at(story, "/message"));
}

/* False: it is none. */
static bool parse_cursor(const char *text, struct export *export)
{
	const char *dot = text ? strchr(text, '.') : NULL;
	size_t len = !text ? 0 : dot ? (size_t)(dot - text) : strlen(text);

	if (!text)
		return true;
	if (ids_parse(ID_CONVERSATION, text, len, &export->conversation) < 0)
		return false;
	return !dot || ids_parse(ID_MESSAGE, dot + 1, strlen(dot + 1), &export->message) == 0;
}

static char *format_cursor(const struct export *export)
{
	char conversation[IDS_TEXT_SIZE], message[IDS_TEXT_SIZE];

	if (export->is_at_end)
		return NULL;
	ids_format(ID_CONVERSATION, export->conversation, conversation);
	if (!export->message)
		return xstrdup(conversation);
	return xasprintf("%s.%s", conversation, ids_format(ID_MESSAGE, export->message, message));
}

void api_admin_export(struct http_request *request, void *ctx)
{
	CLEANUP(freep) char *contact = admin_contact(request);
	CLEANUP(freep) char *text = http_query_get(request, "cursor");
	CLEANUP(freep) char *next = NULL;
	struct export export = { .api = ctx, .contact = contact };
	int r = 0;

	if (!contact || contact[0] == '\0') {
		admin_refuse(request, "contact is an e-mail address, a phone number or the like");
		return;
	}
	if (!parse_cursor(text, &export)) {
		admin_refuse(request, "cursor is the next_cursor of an earlier page of this");
		return;
	}
	export.rows = json_object_new_array();
	for (unsigned i = 0; i < EXPORT_ROWS && r == 0 && !export.is_at_end; i++)
		r = export.bytes < EXPORT_BYTES ? add_next(&export) : 1;
	next = format_cursor(&export);
	api_reply_list(ctx, request, export.rows, r, next);
}
