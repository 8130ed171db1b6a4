/*
 * The two documented endpoints. Which parameters are required is documented; bodies of replies and
 * errors are ASSUMPTIONS.
 */
#include <strings.h>

#include "sim.h"

#include "base/buf.h"

#define KEY_HEADER "2hd-api-key"
#define HUGE_REPLY (8 * MIB)
#define HISTORY_PREFIX "/api/v2/conversations/"

struct submission {
	struct json_object *fields; /* of the body or the query; owned */
	struct json_object *prospect_info;
	const char *text;
	const char *answer_url;
	const char *followup_url;
	char *contact;
};

static void submission_done(struct submission *submission)
{
	json_object_put(submission->fields);
	free(submission->contact);
}

static bool key_is_good(const struct sim *sim, struct exchange *exchange)
{
	const char *key = exchange_header(exchange, KEY_HEADER);

	if (!key || *key == '\0')
		return false;
	return sim->keys.count == 0 || words_has(&sim->keys, key);
}

/* --- parsing --- */

static struct json_object *read_fields(struct exchange *exchange)
{
	struct json_object *fields = NULL;
	const char *type = exchange_header(exchange, "Content-Type");
	const char *why;
	size_t len;
	const char *body = exchange_body(exchange, &len);

	if (len == 0) {
		struct json_object *info = NULL;
		const char *text;

		fields = exchange_params(exchange);
		text = json_get_string(fields, "prospect_info");
		if (text && json_parse(text, strlen(text), &info, &why) == 0)
			json_put(fields, "prospect_info", info);
		return fields;
	}
	if (!type || strncasecmp(type, "application/json", strlen("application/json")) != 0)
		return NULL;
	if (json_parse(body, len, &fields, &why) < 0)
		return NULL;
	if (!json_object_is_type(fields, json_type_object)) {
		json_object_put(fields);
		return NULL;
	}
	return fields;
}

/* One contact is required besides the first name; the last name does not count. */
static char *find_contact(struct json_object *prospect_info)
{
	static const char *const names[] = { "email", "phone", "facebook", "instagram",
					     "intercom" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct json_object *value = NULL;
		const char *text;

		json_object_object_get_ex(prospect_info, names[i], &value);
		text = value ? json_object_get_string(value) : "";
		if (*text)
			return xasprintf("%s:%s", names[i], text);
	}
	return NULL;
}

static bool has_value(struct json_object *fields, const char *name)
{
	struct json_object *value;

	return json_object_object_get_ex(fields, name, &value) && value &&
	       !streq(json_object_get_string(value), "");
}

static void check_prospect(struct submission *submission, struct json_object *problems)
{
	struct json_object *info = NULL;

	json_object_object_get_ex(submission->fields, "prospect_info", &info);
	if (!json_object_is_type(info, json_type_object)) {
		json_put_string(problems, "prospect_info", "an object is required");
		return;
	}
	submission->prospect_info = info;
	if (!json_get_string(info, "first_name"))
		json_put_string(problems, "prospect_info.first_name", "required");
	submission->contact = find_contact(info);
	if (!submission->contact)
		json_put_string(problems, "prospect_info",
				"one of email, phone, facebook, instagram, intercom is required");
}

/* The problems found, by field: an empty object when all is well. */
static struct json_object *check(struct submission *submission)
{
	static const char *const required[] = {
		"message_content", "platform",		"ai_id",
		"service_type",	   "send_response_url", "followup_url"
	};
	struct json_object *problems = json_object_new_object();
	struct json_object *fields = submission->fields;

	for (size_t i = 0; i < ARRAY_SIZE(required); i++) {
		if (!has_value(fields, required[i]))
			json_put_string(problems, required[i], "required");
	}
	submission->text = json_get_string(fields, "message_content");
	submission->answer_url = json_get_string(fields, "send_response_url");
	submission->followup_url = json_get_string(fields, "followup_url");
	if (has_value(fields, "message_content") && !submission->text)
		json_put_string(problems, "message_content", "must be a string");
	if (has_value(fields, "send_response_url") && !submission->answer_url)
		json_put_string(problems, "send_response_url", "must be a string");
	if (has_value(fields, "followup_url") && !submission->followup_url)
		json_put_string(problems, "followup_url", "must be a string");
	check_prospect(submission, problems);
	return problems;
}

/* An id that may be given as a number or, in a query, as text. */
static int64_t get_id(struct json_object *fields, const char *name)
{
	struct json_object *value;

	return json_object_object_get_ex(fields, name, &value) ? json_object_get_int64(value) : 0;
}

/* --- the reply --- */

static void record_reply(struct sim *sim, const struct behaviour *behaviour,
			 const struct sent_message *message)
{
	struct json_object *entry = json_object_new_object();
	const bool is_reset = behaviour->reset;

	json_put_int(entry, "incoming_message_id", message->incoming_message_id);
	json_put_int(entry, "status", is_reset ? 0 : behaviour->status);
	json_put_bool(entry, "reset", is_reset);
	journal_add(sim->journal, "reply", entry);
}

static struct json_object *reply_ids(const struct behaviour *behaviour,
				     const struct conversation *conversation,
				     const struct sent_message *message)
{
	struct json_object *root = json_object_new_object();

	json_put_int(root, "incoming_message_id", message->incoming_message_id);
	if (behaviour->reply_body == REPLY_BODY_IDS) {
		json_put_int(root, "conversation_id", conversation->id);
		json_put_int(root, "prospect_id", conversation->prospect_id);
	}
	return root;
}

static void write_reply_body(const struct behaviour *behaviour,
			     const struct conversation *conversation,
			     const struct sent_message *message, struct buf *out)
{
	static const char not_json[] = "<html><body>OK, but this is no JSON</body></html>";
	CLEANUP(freep) char *text = NULL;
	struct json_object *root;
	int r = 0;

	switch ((enum reply_body)behaviour->reply_body) {
	case REPLY_BODY_NONE:
		break;
	case REPLY_BODY_NOT_JSON:
		r = buf_add_text(out, not_json);
		break;
	case REPLY_BODY_HUGE:
		text = xcalloc(HUGE_REPLY, 1);
		memset(text, '[', HUGE_REPLY);
		r = buf_add(out, text, HUGE_REPLY);
		break;
	case REPLY_BODY_IDS:
	case REPLY_BODY_INCOMING_ID:
		root = reply_ids(behaviour, conversation, message);
		text = json_format(root, NULL);
		json_object_put(root);
		r = buf_add_text(out, text);
		break;
	}
	if (r < 0)
		abort();
}

void submit_reply(struct sim *sim, struct exchange *exchange, const struct behaviour *behaviour,
		  const struct conversation *conversation, const struct sent_message *message)
{
	CLEANUP(buf_done) struct buf body = BUF_INIT(HUGE_REPLY);
	struct server_reply reply = {
		.status = (int)behaviour->status,
		.retry_after = behaviour->retry_after,
		.retry_is_date = behaviour->retry_is_date,
		.reset = behaviour->reset,
	};
	static const char refused[] = "{\"detail\":\"told to refuse\"}";

	if (behaviour->status < 300) {
		write_reply_body(behaviour, conversation, message, &body);
		reply.body = body.data;
		reply.len = body.len;
	} else if (behaviour->reply_body != REPLY_BODY_NONE) {
		reply.body = refused;
		reply.len = sizeof(refused) - 1;
	}
	record_reply(sim, behaviour, message);
	exchange_reply(exchange, &reply);
}

/* --- the endpoints --- */

static void record_submit(struct sim *sim, struct exchange *exchange, struct json_object *fields,
			  const struct sent_message *message)
{
	struct json_object *entry = json_object_new_object();
	size_t len;
	const char *body = exchange_body(exchange, &len);

	sim->counts.submits++;
	json_put_string(entry, "path", exchange_path(exchange));
	json_put_string(entry, "query", exchange_query(exchange));
	json_put(entry, "headers", exchange_headers(exchange, KEY_HEADER));
	json_put_bool(entry, "key_ok", key_is_good(sim, exchange));
	if (message) {
		json_put_int(entry, "try", message->tries);
		json_put_int(entry, "incoming_message_id", message->incoming_message_id);
	}
	if (fields)
		json_put(entry, "body", json_object_get(fields));
	else
		json_put_string(entry, "raw", json_is_utf8(body, len) ? body : "(not UTF-8)");
	journal_add(sim->journal, "submit", entry);
}

static void refuse(struct sim *sim, struct exchange *exchange, struct json_object *fields,
		   struct json_object *problems)
{
	struct json_object *root = json_object_new_object();

	record_submit(sim, exchange, fields, NULL);
	json_put_string(root, "detail", "badly formatted parameters");
	json_put(root, "fields", problems);
	exchange_reply_json(exchange, 400, root);
}

static void take(struct sim *sim, struct exchange *exchange, const struct submission *submission)
{
	struct behaviour behaviour;
	CLEANUP(freep) char *text = NULL;
	char error[BEHAVIOUR_MAX_ERROR];
	struct job_start start = {
		.behaviour = &behaviour,
		.answer_url = submission->answer_url,
		.followup_url = submission->followup_url,
	};
	struct conversation *conversation =
		world_choose(sim->world, get_id(submission->fields, "conversation_id"),
			     get_id(submission->fields, "prospect_id"), submission->contact);

	start.conversation = conversation;
	start.message = world_message(sim->world, submission->answer_url);
	start.message->tries++;
	record_submit(sim, exchange, submission->fields, start.message);
	if (script_choose(sim->script, submission->text, start.message->tries, &behaviour, &text,
			  error) < 0) {
		fprintf(stderr, "maax-sim: in a message: %s\n", error);
		exchange_reply_error(exchange, 400, "maax-sim: %s", error);
		return;
	}
	json_object_put(conversation->prospect_info);
	conversation->prospect_info = json_object_get(submission->prospect_info);
	start.text = text;
	answers_start(sim, exchange, &start);
}

void submit_serve(struct sim *sim, struct exchange *exchange)
{
	CLEANUP(submission_done) struct submission submission = { 0 };
	struct json_object *problems;

	if (!streq(exchange_method(exchange), "POST")) {
		exchange_reply_error(exchange, 405, "POST only");
		return;
	}
	submission.fields = read_fields(exchange);
	if (!key_is_good(sim, exchange)) {
		record_submit(sim, exchange, submission.fields, NULL);
		exchange_reply_error(exchange, 401, "the key is not valid or not provided");
		return;
	}
	if (!submission.fields) {
		refuse(sim, exchange, NULL, json_object_new_object());
		return;
	}
	problems = check(&submission);
	if (json_object_object_length(problems) > 0) {
		refuse(sim, exchange, submission.fields, problems);
		return;
	}
	json_object_put(problems);
	take(sim, exchange, &submission);
}

static void record_history(struct sim *sim, struct exchange *exchange)
{
	struct json_object *entry = json_object_new_object();

	sim->counts.histories++;
	json_put_string(entry, "method", exchange_method(exchange));
	json_put_string(entry, "path", exchange_path(exchange));
	json_put_bool(entry, "key_ok", key_is_good(sim, exchange));
	journal_add(sim->journal, "history", entry);
}

static struct json_object *history_of(const struct conversation *conversation)
{
	struct json_object *root = json_object_new_object();

	json_put_int(root, "conversation_id", conversation->id);
	json_put_int(root, "prospect_id", conversation->prospect_id);
	json_put(root, "messages", json_object_get(conversation->history));
	return root;
}

/* True when the reply is told by a rule that fits the path; it has then been made, or never is. */
static bool history_is_told(struct sim *sim, struct exchange *exchange)
{
	CLEANUP(buf_done) struct buf body = BUF_INIT(HUGE_REPLY);
	CLEANUP(freep) char *text = NULL;
	char error[BEHAVIOUR_MAX_ERROR];
	struct behaviour behaviour;
	struct server_reply reply = { 0 };

	if (script_choose(sim->script, exchange_path(exchange), (unsigned)sim->counts.histories,
			  &behaviour, &text, error) < 0 ||
	    behaviour.stall)
		return true;
	reply.status = (int)behaviour.status;
	reply.reset = behaviour.reset;
	if (behaviour.reply_body == REPLY_BODY_HUGE || behaviour.reply_body == REPLY_BODY_NOT_JSON)
		write_reply_body(&behaviour, NULL, NULL, &body);
	else if (behaviour.status < 300 && !behaviour.reset)
		return false;
	reply.body = body.data;
	reply.len = body.len;
	exchange_reply(exchange, &reply);
	return true;
}

void history_serve(struct sim *sim, struct exchange *exchange)
{
	const char *id = exchange_path(exchange) + strlen(HISTORY_PREFIX);
	struct conversation *conversation;
	char *end;

	conversation = world_conversation(sim->world, strtoll(id, &end, 10));
	record_history(sim, exchange);
	if (!key_is_good(sim, exchange))
		exchange_reply_error(exchange, 401, "the key is not valid or not provided");
	else if (history_is_told(sim, exchange))
		return;
	else if (!streq(exchange_method(exchange), "POST") || !streq(end, "/") || !conversation)
		exchange_reply_error(exchange, 404, "no such conversation");
	else
		exchange_reply_json(exchange, 200, history_of(conversation));
}
