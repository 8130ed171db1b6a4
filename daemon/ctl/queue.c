/* maaxctl retry-now, cancel, hold, resume: what waits, and what shall not. */
#include <stdio.h>
#include <strings.h>

#include "base/json.h"
#include "ctl/action.h"
#include "ctl/client.h"
#include "ctl/output.h"

static struct json_object *make_body(const struct ctl *ctl)
{
	static const char *const options[] = { "reason", "destination" };
	struct json_object *body = json_object_new_object();

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (ctl_option(ctl, options[i]))
			json_put_string(body, options[i], ctl_option(ctl, options[i]));
	return body;
}

/* The action of a message or a delivery. */
static int act_on_id(struct ctl *ctl, const char *verb, const char *done)
{
	CLEANUP(json_putp) struct json_object *body = make_body(ctl);
	bool is_delivery = strncasecmp(ctl->arguments[0], "dlv_", 4) == 0;
	const struct action_on_id action = {
		.prefix = is_delivery ? "dlv_" : "msg_",
		.given = ctl->arguments[0],
		.collection = is_delivery ? "deliveries" : "messages",
		.verb = verb,
		.done = done,
	};

	return action_post_on_id(ctl, &action, body);
}

static int act_on_destination(struct ctl *ctl, const char *verb, const char *done)
{
	CLEANUP(json_putp) struct json_object *body = make_body(ctl);
	const char *name = ctl->arguments[0];
	CLEANUP(freep) char *path = xasprintf("/admin/v1/destinations/%s/%s", name, verb);
	int r = action_check_destination(name);

	return r == CTL_OK ? action_post(ctl, &(struct action){ path, name, done }, body) : r;
}

static int retry_all(struct ctl *ctl)
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	CLEANUP(json_putp) struct json_object *body = make_body(ctl);
	bool is_dry = ctl_has(ctl, "dry-run");
	int r;

	json_put_bool(body, "dry_run", is_dry);
	r = client_call(ctl, "POST", "/admin/v1/retry", body, &reply);
	if (r != CTL_OK)
		return r;
	if (ctl->is_json)
		output_json(reply.json);
	else
		printf("%s%lld messages and %lld deliveries are tried now\n",
		       is_dry ? "would be done: " : "",
		       (long long)output_int(reply.json, "/messages"),
		       (long long)output_int(reply.json, "/deliveries"));
	return CTL_OK;
}

int ctl_retry_now(struct ctl *ctl)
{
	return ctl->count > 0 ? act_on_id(ctl, "retry", "tried now") : retry_all(ctl);
}

int ctl_cancel(struct ctl *ctl)
{
	return act_on_id(ctl, "cancel", "cancelled");
}

int ctl_hold(struct ctl *ctl)
{
	return act_on_destination(ctl, "hold", "held");
}

int ctl_resume(struct ctl *ctl)
{
	return act_on_destination(ctl, "resume", "resumed");
}
