/* maaxctl retry-now, cancel, hold, resume: what waits, and what shall not. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ctl/client.h"
#include "ctl/output.h"
#include "ctl/text.h"

/* POSTs an action with reason and dry_run; prints the reply as JSON, or what was done. */
static int act(struct ctl *ctl, const char *path, const char *done)
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	CLEANUP(json_putp) struct json_object *body = json_object_new_object();
	int r;

	if (ctl_option(ctl, "reason"))
		json_put_string(body, "reason", ctl_option(ctl, "reason"));
	if (ctl_option(ctl, "destination"))
		json_put_string(body, "destination", ctl_option(ctl, "destination"));
	json_put_bool(body, "dry_run", ctl_has(ctl, "dry-run"));
	r = client_call(ctl, "POST", path, body, &reply);
	if (r != CTL_OK)
		return r;
	if (ctl->is_json)
		output_json(reply.json);
	else if (json_at(reply.json, "/deliveries"))
		printf("%s%lld messages and %lld deliveries are tried now\n",
		       ctl_has(ctl, "dry-run") ? "would be done: " : "",
		       (long long)output_int(reply.json, "/messages"),
		       (long long)output_int(reply.json, "/deliveries"));
	else
		printf("%s%s\n", ctl_has(ctl, "dry-run") ? "would be done: " : "", done);
	return CTL_OK;
}

/* The action of a message or a delivery. */
static int act_on_id(struct ctl *ctl, const char *verb, const char *done)
{
	bool is_delivery = strncasecmp(ctl->arguments[0], "dlv_", 4) == 0;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *path = NULL;
	CLEANUP(freep) char *text = NULL;
	int r = ctl_find_id(ctl, is_delivery ? "dlv_" : "msg_", ctl->arguments[0], &id);

	if (r != CTL_OK)
		return r;
	path = xasprintf("/admin/v1/%s/%s/%s", is_delivery ? "deliveries" : "messages", id, verb);
	text = xasprintf("%s: %s", id, done);
	return act(ctl, path, text);
}

/* The action of a destination, whose name goes into a path as it is. */
static int act_on_destination(struct ctl *ctl, const char *verb, const char *done)
{
	const char *name = ctl->arguments[0];
	CLEANUP(freep) char *path = NULL;
	CLEANUP(freep) char *text = NULL;

	if (name[0] == '\0' || name[strcspn(name, "/?#% ")] != '\0')
		return ctl_fail(CTL_NOT_FOUND, "there is no destination \"%s\"", name);
	path = xasprintf("/admin/v1/destinations/%s/%s", name, verb);
	text = xasprintf("%s: %s", name, done);
	return act(ctl, path, text);
}

int ctl_retry_now(struct ctl *ctl)
{
	if (ctl->count > 0)
		return act_on_id(ctl, "retry", "tried now");
	return act(ctl, "/admin/v1/retry", "tried now");
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
