/* maaxctl show: the story of one message; also a conversation, or a callback as it came. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ctl/client.h"
#include "ctl/output.h"
#include "ctl/text.h"

#define MAX_SHOWN 500 /* messages of a conversation */

/* "+36.201 s" since the message came. */
static void print_offset(struct json_object *message, const char *at)
{
	usec_t length = text_between(output_raw(message, "/created_at"), at);
	char text[TEXT_TIME_SIZE], padded[TEXT_TIME_SIZE];

	if (length < 1000 * USEC_PER_SEC)
		snprintf(text, sizeof(text), "%.3f s", (double)length / USEC_PER_SEC);
	else
		text_length(length, text);
	snprintf(padded, sizeof(padded), "+%.*s", (int)sizeof(padded) - 2, text);
	printf("  %12s  ", padded);
}

static void print_head(const struct ctl *ctl, struct json_object *message)
{
	CLEANUP(freep) char *source = output_text(message, "/source");
	CLEANUP(freep) char *ai = output_text(message, "/ai");
	CLEANUP(freep) char *name = output_text(message, "/prospect_info/first_name");
	const char *state = output_raw(message, "/state");
	char at[TEXT_TIME_SIZE];

	text_put(ctl, TEXT_BOLD, "%s", output_raw(message, "/id"));
	printf("  ");
	text_put(ctl, text_state_colour(state), "%s", state);
	if (output_raw(message, "/reason")) {
		CLEANUP(freep) char *reason = output_text(message, "/reason");

		printf(": %s", reason);
	}
	printf("\n\n  Came          %s, source %s, %s, AI %s\n",
	       text_time(ctl, output_raw(message, "/created_at"), at), source,
	       output_raw(message, "/platform"), ai);
	printf("  Conversation  %s, number %lld\n", output_raw(message, "/conversation"),
	       (long long)output_int(message, "/seq"));
	printf("  From          %s", name);
	json_object_object_foreach(json_at(message, "/prospect_info"), key, value)
	{
		CLEANUP(freep) char *text = text_clean(json_object_get_string(value), 0);

		if (!streq(key, "first_name"))
			printf(", %s", text);
	}
	printf("\n");
	if (output_raw(message, "/next_try_at"))
		printf("  Next try      %s\n",
		       text_time(ctl, output_raw(message, "/next_try_at"), at));
	if (output_bool(message, "/uncertain"))
		printf("  Uncertain     the submit may or may not have reached Maax\n");
	printf("\n");
	output_block("    ", output_raw(message, "/message_content"));
}

/* ---- the timeline ---- */

static void print_state(const struct ctl *ctl, struct json_object *line)
{
	const char *state = output_raw(line, "/state");

	printf("message is ");
	text_put(ctl, text_state_colour(state), "%s", state);
}

static void print_attempt(const struct ctl *ctl, struct json_object *line, const char *what)
{
	const char *outcome = output_raw(line, "/outcome");

	printf("%s ", what);
	text_put(ctl, text_state_colour(outcome), "%s", outcome);
}

static void print_callback(const struct ctl *ctl, struct json_object *line)
{
	CLEANUP(freep) char *type = output_text(line, "/content_type");
	const char *state = output_raw(line, "/state");

	printf("%s called back: ", output_raw(line, "/kind"));
	text_put(ctl, text_state_colour(state), "%s", state);
	printf(" (%s, %s, %s, %lld bytes)", output_raw(line, "/callback"),
	       output_raw(line, "/method"), type, (long long)output_int(line, "/size"));
}

static void print_line(const struct ctl *ctl, struct json_object *message, struct json_object *line)
{
	const char *event = output_raw(line, "/event");
	const char *answer = output_raw(line, "/answer");

	print_offset(message, output_raw(line, "/at"));
	if (streq(event, "message.state"))
		print_state(ctl, line);
	else if (streq(event, "submit.attempt"))
		print_attempt(ctl, line, "submit to Maax:");
	else if (streq(event, "delivery.attempt"))
		print_attempt(ctl, line, "delivery:");
	else if (streq(event, "history.attempt"))
		print_attempt(ctl, line, "history from Maax:");
	else if (streq(event, "callback.received"))
		print_callback(ctl, line);
	else
		printf("%s", event);
	if (answer)
		printf(" (%s)", answer);
	if (output_raw(line, "/detail")) {
		CLEANUP(freep) char *detail = output_text(line, "/detail");

		printf(", %s", detail);
	}
	printf("\n");
}

static size_t array_len(struct json_object *object, const char *pointer)
{
	struct json_object *array = json_at(object, pointer);

	return array ? json_object_array_length(array) : 0;
}

static struct json_object *array_at(struct json_object *object, const char *pointer, size_t index)
{
	return json_object_array_get_idx(json_at(object, pointer), index);
}

static void print_answer(const struct ctl *ctl, struct json_object *message,
			 struct json_object *answer)
{
	const char *text = output_raw(answer, "/text");

	print_offset(message, output_raw(answer, "/received_at"));
	text_put(ctl, TEXT_BOLD, "%s", output_raw(answer, "/kind"));
	printf(" %s%s%s%s\n", output_raw(answer, "/id"),
	       output_bool(answer, "/late") ? ", late" : "",
	       output_bool(answer, "/extra") ? ", extra" : "",
	       output_bool(answer, "/heuristic") ? ", settled another message" : "");
	output_block("                  ", text ? text : "(no text was found)");
}

static void print_deliveries(const struct ctl *ctl, struct json_object *message)
{
	CLEANUP(table_done) struct table table = { .columns = 5 };
	size_t count = array_len(message, "/deliveries");

	for (size_t i = 0; i < count; i++) {
		struct json_object *row = array_at(message, "/deliveries", i);
		const char *state = output_raw(row, "/state");
		const char *next = output_raw(row, "/next_try_at");
		const char *reason = output_raw(row, "/reason");
		CLEANUP(freep) char *type = xasprintf("  %s", output_raw(row, "/type"));
		CLEANUP(freep) char *rest = NULL;
		char at[TEXT_TIME_SIZE];

		rest = xasprintf("%lld %s%s%s%s%s", (long long)output_int(row, "/tries"),
				 output_int(row, "/tries") == 1 ? "try" : "tries",
				 reason ? ", " : "", reason ? reason : "", next ? ", next " : "",
				 next ? text_clock(ctl, next, at) : "");
		table_add(&table, TEXT_PLAIN, type);
		table_add(&table, TEXT_PLAIN, output_raw(row, "/destination"));
		table_add(&table, text_state_colour(state), state);
		table_add(&table, TEXT_DIM, output_raw(row, "/id"));
		table_add(&table, TEXT_PLAIN, rest);
	}
	if (count == 0)
		printf("  none\n");
	table_print(ctl, &table);
}

static void print_heading(const struct ctl *ctl, const char *text)
{
	printf("\n");
	text_put(ctl, TEXT_BOLD, "%s", text);
	printf("\n");
}

static void print_message(const struct ctl *ctl, struct json_object *message)
{
	print_head(ctl, message);
	print_heading(ctl, "Timeline");
	for (size_t i = 0; i < array_len(message, "/timeline"); i++)
		print_line(ctl, message, array_at(message, "/timeline", i));
	print_heading(ctl, "Answers");
	for (size_t i = 0; i < array_len(message, "/answers"); i++)
		print_answer(ctl, message, array_at(message, "/answers", i));
	if (array_len(message, "/answers") == 0)
		printf("  none\n");
	print_heading(ctl, "Deliveries");
	print_deliveries(ctl, message);
}

/* ---- others ---- */

static void print_callback_body(const struct ctl *ctl, struct json_object *callback)
{
	const char *state = output_raw(callback, "/state");
	CLEANUP(freep) char *type = output_text(callback, "/content_type");
	CLEANUP(freep) char *reason = output_text(callback, "/reason");
	CLEANUP(freep) char *query = output_text(callback, "/query");
	const char *body = output_raw(callback, "/body");
	char at[TEXT_TIME_SIZE];

	text_put(ctl, TEXT_BOLD, "%s", output_raw(callback, "/id"));
	printf("  ");
	text_put(ctl, text_state_colour(state), "%s", state);
	printf("%s%s\n\n  Came     %s, %s %s, %lld bytes\n",
	       output_raw(callback, "/reason") ? ": " : "",
	       output_raw(callback, "/reason") ? reason : "",
	       text_time(ctl, output_raw(callback, "/received_at"), at),
	       output_raw(callback, "/method"), type, (long long)output_int(callback, "/size"));
	printf("  Kind     %s\n  Message  %s\n", output_raw(callback, "/kind"),
	       output_raw(callback, "/message") ?: "-");
	if (output_raw(callback, "/query"))
		printf("  Query    %s\n", query);
	printf("\n");
	if (body)
		output_block("    ", body);
	else if (output_raw(callback, "/body_base64"))
		output_block("    base64: ", output_raw(callback, "/body_base64"));
	else
		printf("    (the same bytes as an earlier one of this URL)\n");
}

static void print_turn(struct ctl *ctl, struct json_object *row, void *ctx)
{
	const char *state = output_raw(row, "/state");
	char at[TEXT_TIME_SIZE];

	(void)ctx;
	if (ctl->is_json) {
		output_json(row);
		return;
	}
	printf("\n%s  ", text_time(ctl, output_raw(row, "/created_at"), at));
	text_put(ctl, TEXT_BOLD, "customer");
	printf("  %s  ", output_raw(row, "/id"));
	text_put(ctl, text_state_colour(state), "%s", state);
	printf("\n");
	output_block("    ", output_raw(row, "/message_content"));
	for (size_t i = 0; i < array_len(row, "/answers"); i++) {
		struct json_object *answer = array_at(row, "/answers", i);

		printf("%s  ", text_time(ctl, output_raw(answer, "/received_at"), at));
		text_put(ctl, TEXT_BOLD, "%s", output_raw(answer, "/kind"));
		printf("  %s\n", output_raw(answer, "/id"));
		output_block("    ", output_raw(answer, "/text"));
	}
}

static int show_conversation(struct ctl *ctl, const char *id)
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	CLEANUP(freep) char *path = xasprintf("/admin/v1/conversations/%s", id);
	CLEANUP(freep) char *messages = xasprintf("%s/messages", path);
	struct json_object *conversation;
	CLEANUP(freep) char *key = NULL;
	int r = client_call(ctl, "GET", path, NULL, &reply);

	if (r != CTL_OK)
		return r;
	conversation = json_at(reply.json, "/conversation");
	key = output_text(conversation, "/key");
	if (ctl->is_json) {
		output_json(conversation);
	} else {
		text_put(ctl, TEXT_BOLD, "%s", id);
		printf("  source %s, %s, key %s\n", output_raw(conversation, "/source"),
		       output_raw(conversation, "/platform"), key);
		if (output_raw(conversation, "/pause_reason")) {
			CLEANUP(freep) char *reason = output_text(conversation, "/pause_reason");

			text_put(ctl, TEXT_WARN, "paused: %s", reason);
			printf("\n");
		}
	}
	return client_list(ctl, messages, MAX_SHOWN, print_turn, NULL);
}

static int show_one(struct ctl *ctl, const char *kind, const char *id, const char *member,
		    void (*print)(const struct ctl *ctl, struct json_object *object))
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	CLEANUP(freep) char *path = xasprintf("/admin/v1/%s/%s", kind, id);
	int r = client_call(ctl, "GET", path, NULL, &reply);

	if (r != CTL_OK)
		return r;
	if (ctl->is_json)
		output_json(json_at(reply.json, member));
	else
		print(ctl, json_at(reply.json, member));
	return CTL_OK;
}

int ctl_show(struct ctl *ctl)
{
	const char *text = ctl->arguments[0];
	bool is_callback = strncasecmp(text, "cb_", 3) == 0;
	bool is_conversation = strncasecmp(text, "cnv_", 4) == 0;
	CLEANUP(freep) char *id = NULL;
	int r = ctl_find_id(ctl,
			    is_callback	      ? "cb_"
			    : is_conversation ? "cnv_"
					      : "msg_",
			    text, &id);

	if (r != CTL_OK)
		return r;
	if (is_conversation)
		return show_conversation(ctl, id);
	if (is_callback)
		return show_one(ctl, "callbacks", id, "/callback", print_callback_body);
	return show_one(ctl, "messages", id, "/message", print_message);
}
