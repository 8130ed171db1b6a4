/* maaxctl pause, unpause and answer: a person takes a conversation over. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "ctl/action.h"

#define MAX_TEXT (64 * KIB)

/* Of the conversation that is the first argument. */
static int act(struct ctl *ctl, const char *verb, struct json_object *body, const char *done)
{
	const struct action_on_id action = {
		.prefix = "cnv_",
		.given = ctl->arguments[0],
		.collection = "conversations",
		.verb = verb,
		.done = done,
	};

	return action_post_on_id(ctl, &action, body);
}

int ctl_pause(struct ctl *ctl)
{
	CLEANUP(json_putp) struct json_object *body = json_object_new_object();

	if (ctl_option(ctl, "reason"))
		json_put_string(body, "reason", ctl_option(ctl, "reason"));
	return act(ctl, "pause", body, "paused; its messages wait until it is unpaused");
}

int ctl_unpause(struct ctl *ctl)
{
	CLEANUP(json_putp) struct json_object *body = json_object_new_object();

	return act(ctl, "unpause", body, "unpaused; what waited goes to Maax, in order");
}

/* The text of the second argument, or standard input for "-". False: it has been said. */
static bool read_text(const struct ctl *ctl, struct buf *text)
{
	char chunk[4096];
	size_t got;
	int r = 0;

	if (!streq(ctl->arguments[1], "-"))
		return buf_add_text(text, ctl->arguments[1]) == 0;
	while (r == 0 && (got = fread(chunk, 1, sizeof(chunk), stdin)) > 0)
		r = buf_add(text, chunk, got);
	if (r == 0 && !ferror(stdin))
		return true;
	IGNORE(ctl_fail(CTL_FAILED, "standard input: %s",
			r < 0 ? "longer than an answer may be"
			      : strerror(errno))); /* false says it */
	return false;
}

int ctl_answer(struct ctl *ctl)
{
	CLEANUP(json_putp) struct json_object *body = json_object_new_object();
	CLEANUP(buf_done) struct buf text = BUF_INIT(MAX_TEXT);
	CLEANUP(freep) char *message = NULL;
	const char *id = ctl_option(ctl, "msg");
	int r = id ? ctl_find_id(ctl, "msg_", id, &message) : CTL_OK;

	if (r != CTL_OK)
		return r;
	if (!read_text(ctl, &text))
		return CTL_FAILED;
	json_put_string(body, "text", buf_text(&text));
	if (message)
		json_put_string(body, "message", message);
	json_put_bool(body, "settle", ctl_has(ctl, "settle"));
	return act(ctl, "answers", body, "answered; it is on its way to the destinations");
}
