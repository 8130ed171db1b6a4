/* maaxctl destination test NAME: a sample goes there at once. */
#include <stdio.h>
#include <string.h>

#include "ctl/action.h"
#include "ctl/client.h"
#include "ctl/output.h"
#include "ctl/text.h"

/* What the options change in the sample. False: it has been said what is wrong. */
static bool make_body(const struct ctl *ctl, struct json_object *body)
{
	struct json_object *data = json_object_new_object();
	struct json_object *message = json_object_new_object();
	struct json_object *prospect_info = json_object_new_object();
	struct json_object *metadata = NULL;
	const char *text = ctl_option(ctl, "metadata");
	const char *why = NULL;

	json_put(body, "data", data);
	json_put(data, "message", message);
	json_put(message, "prospect_info", prospect_info);
	if (ctl_option(ctl, "type"))
		json_put_string(body, "type", ctl_option(ctl, "type"));
	if (ctl_option(ctl, "email"))
		json_put_string(prospect_info, "email", ctl_option(ctl, "email"));
	if (ctl_option(ctl, "phone"))
		json_put_string(prospect_info, "phone", ctl_option(ctl, "phone"));
	if (!text)
		return true;
	if (json_parse(text, strlen(text), &metadata, &why) < 0) {
		ctl_fail(CTL_USAGE, "--metadata is no JSON: %s", why);
		return false;
	}
	json_put(message, "metadata", metadata);
	return true;
}

static void print_verdict(const struct ctl *ctl, struct json_object *reply)
{
	const char *outcome = output_raw(reply, "/outcome");
	const char *response = output_raw(reply, "/response");
	CLEANUP(freep) char *detail = output_text(reply, "/detail");

	text_put(ctl, outcome && streq(outcome, "OK") ? TEXT_GOOD : TEXT_BAD, "%s",
		 outcome ? outcome : "-");
	printf("  %s  (%lld ms)\n", detail, (long long)output_int(reply, "/elapsed_ms"));
	if (json_at(reply, "/only_if"))
		printf("only_if is %s for this sample\n",
		       output_bool(reply, "/only_if") ? "true" : "false");
	if (response)
		output_block("  ", response);
}

int ctl_destination(struct ctl *ctl)
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	CLEANUP(json_putp) struct json_object *body = json_object_new_object();
	CLEANUP(freep) char *path = NULL;
	const char *name = ctl->arguments[1];
	const char *outcome;
	int r;

	if (!streq(ctl->arguments[0], "test"))
		return ctl_fail(CTL_USAGE, "usage: maaxctl destination %s", ctl->verb->usage);
	r = action_check_destination(name);
	if (r != CTL_OK)
		return r;
	if (!make_body(ctl, body))
		return CTL_USAGE;
	path = xasprintf("/admin/v1/destinations/%s/test", name);
	r = client_call(ctl, "POST", path, body, &reply);
	if (r != CTL_OK)
		return r;
	if (ctl->is_json)
		output_json(reply.json);
	else
		print_verdict(ctl, reply.json);
	outcome = output_raw(reply.json, "/outcome");
	return outcome && streq(outcome, "OK") ? CTL_OK : CTL_FAILED;
}
