/* Actions over the admin API. See action.h. */
#include "ctl/action.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "ctl/client.h"
#include "ctl/output.h"

int action_post(struct ctl *ctl, const struct action *action, struct json_object *body)
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	bool is_dry = ctl_has(ctl, "dry-run");
	int r;

	json_put_bool(body, "dry_run", is_dry);
	r = client_call(ctl, "POST", action->path, body, &reply);
	if (r != CTL_OK)
		return r;
	if (ctl->is_json)
		output_json(reply.json);
	else
		printf("%s%s: %s\n", is_dry ? "would be done: " : "", action->what, action->done);
	return CTL_OK;
}

int action_post_on_id(struct ctl *ctl, const struct action_on_id *action, struct json_object *body)
{
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *path = NULL;
	int r = ctl_find_id(ctl, action->prefix, action->given, &id);

	if (r != CTL_OK)
		return r;
	path = xasprintf("/admin/v1/%s/%s/%s", action->collection, id, action->verb);
	return action_post(ctl, &(struct action){ path, id, action->done }, body);
}

int action_check_destination(const char *name)
{
	if (name[0] == '\0' || name[strcspn(name, "/?#% ")] != '\0')
		return ctl_fail(CTL_NOT_FOUND, "there is no destination \"%s\"", name);
	return CTL_OK;
}
