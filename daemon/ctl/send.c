/* maaxctl send and simulate: a message as a customer would send it, a callback as Maax would. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/client.h"
#include "ctl/output.h"
#include "ctl/text.h"

static struct json_object *make_message(const struct ctl *ctl)
{
	struct json_object *body = json_object_new_object();
	struct json_object *prospect = json_object_new_object();
	const char *email = ctl_option(ctl, "email");
	const char *phone = ctl_option(ctl, "phone");

	if (ctl_option(ctl, "source"))
		json_put_string(body, "source", ctl_option(ctl, "source"));
	if (ctl_option(ctl, "key"))
		json_put_string(body, "conversation_key", ctl_option(ctl, "key"));
	json_put_string(body, "message_content", ctl->arguments[0]);
	json_put_string(body, "platform", ctl_option(ctl, "platform") ?: "website");
	json_put_string(prospect, "first_name", ctl_option(ctl, "name") ?: "maaxctl");
	if (email || !phone)
		json_put_string(prospect, "email", email ? email : "maaxctl@example.org");
	if (phone)
		json_put_string(prospect, "phone", phone);
	json_put(body, "prospect_info", prospect);
	return body;
}

static int print_sent(const struct ctl *ctl, struct json_object *reply, usec_t elapsed)
{
	struct json_object *message = json_at(reply, "/message");
	const char *state = output_raw(message, "/state");
	const char *text = output_raw(message, "/answers/0/text");
	bool is_answered = state && streq(state, "answered");
	char length[TEXT_TIME_SIZE];

	if (ctl->is_json) {
		output_json(message);
	} else {
		printf("%s  ", output_raw(message, "/id"));
		text_put(ctl, text_state_colour(state), "%s", state);
		if (ctl_has(ctl, "wait"))
			printf(" after %s", text_length(elapsed, length));
		printf("\n");
		output_block("    ", text);
	}
	if (!ctl_has(ctl, "wait") || is_answered)
		return CTL_OK;
	return ctl_fail(CTL_FAILED, "no answer came: maaxctl show %s tells how far it got",
			output_raw(message, "/id"));
}

int ctl_send(struct ctl *ctl)
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	CLEANUP(json_putp) struct json_object *body = make_message(ctl);
	usec_t start = clock_boottime();
	int r = client_call_with(ctl, "POST", "/admin/v1/messages", body,
				 ctl_has(ctl, "wait") ? "Prefer: wait=90" : NULL, &reply);

	return r == CTL_OK ? print_sent(ctl, reply.json, clock_boottime() - start) : r;
}

/* ---- simulate ---- */

static int print_posts(const struct ctl *ctl, struct json_object *reply)
{
	struct json_object *posts = json_at(reply, "/replies");
	bool is_fine = true;

	for (size_t i = 0; posts && i < json_object_array_length(posts); i++) {
		struct json_object *post = json_object_array_get_idx(posts, i);
		int64_t status = output_int(post, "/status");
		CLEANUP(freep) char *error = output_text(post, "/error");

		is_fine &= status == 200;
		if (ctl->is_json)
			continue;
		printf("%s -> ", output_raw(reply, "/kind"));
		if (status)
			text_put(ctl, status == 200 ? TEXT_GOOD : TEXT_BAD, "%lld",
				 (long long)status);
		else
			text_put(ctl, TEXT_BAD, "%s", error);
		printf("  %s\n", output_raw(post, "/callback") ?: "");
	}
	if (ctl->is_json)
		output_json(reply);
	return is_fine ? CTL_OK
		       : ctl_fail(CTL_FAILED,
				  "public_url did not take it: Maax's callbacks would not arrive "
				  "either; look at the proxy in front of maaxd");
}

int ctl_simulate(struct ctl *ctl)
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	CLEANUP(json_putp) struct json_object *body = json_object_new_object();
	CLEANUP(freep) char *message = NULL;
	const char *text = ctl_option(ctl, "msg");
	int r = text ? ctl_find_id(ctl, "msg_", text, &message) : CTL_OK;

	if (r != CTL_OK)
		return r;
	json_put_string(body, "kind", ctl->arguments[0]);
	if (message)
		json_put_string(body, "message", message);
	if (ctl_option(ctl, "text"))
		json_put_string(body, "text", ctl_option(ctl, "text"));
	json_put_bool(body, "dup", ctl_has(ctl, "dup"));
	r = client_call(ctl, "POST", "/admin/v1/simulate", body, &reply);
	return r == CTL_OK ? print_posts(ctl, reply.json) : r;
}
