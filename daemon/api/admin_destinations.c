/* /admin/v1/destinations: how each one fares, hold and resume. */
#include <errno.h>
#include <json-c/json.h>

#include "api/admin.h"
#include "base/clock.h"
#include "base/json.h"
#include "deliver.h"
#include "store/deliveries.h"
#include "store/holds.h"

#define MAX_HOLDS 256
#define MAX_NAMES 256
#define MAX_REASON 200

static const struct hold *find_hold(const struct hold *holds, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (holds[i].kind == HOLD_DESTINATION && streq(holds[i].name, name))
			return &holds[i];
	return NULL;
}

static struct json_object *render_hold(const struct hold *hold)
{
	struct json_object *object;

	if (!hold)
		return NULL;
	object = json_object_new_object();
	json_put_string(object, "reason", hold->reason);
	json_put_time(object, "since", hold->since);
	return object;
}

static int add_destination(struct api *api, const char *name, const struct hold *hold,
			   struct json_object *array)
{
	const struct config_destination *destination = config_destination(api->core->config, name);
	struct deliveries_counts counts;
	struct json_object *object;
	usec_t due_at;
	int r = deliveries_count(api->core->db, name, &counts);

	if (r == 0)
		r = deliveries_next_due(api->core->db, name, &due_at);
	if (r < 0)
		return r;
	object = json_object_new_object();
	json_put_string(object, "name", name);
	json_put_bool(object, "configured", destination != NULL);
	json_put_string(object, "url", destination ? destination->url : NULL);
	json_put_int(object, "pending", counts.pending);
	json_put_int(object, "dead", counts.dead);
	json_put_time(object, "oldest_pending_at", counts.oldest_at);
	json_put_time(object, "next_try_at", due_at == USEC_NEVER ? 0 : due_at);
	json_put(object, "hold", render_hold(hold));
	json_object_array_add(array, object);
	return 0;
}

/* Names that pending deliveries have and the configuration has not. */
static int add_missing(struct api *api, struct json_object *array)
{
	char *names[MAX_NAMES];
	int count = deliveries_destinations(api->core->db, MAX_NAMES, names);
	int r = count < 0 ? count : 0;

	for (int i = 0; i < count; i++) {
		if (r == 0 && !config_destination(api->core->config, names[i]))
			r = add_destination(api, names[i], NULL, array);
		free(names[i]);
	}
	return r;
}

int api_render_destinations(struct api *api, struct json_object *array)
{
	const struct config *config = api->core->config;
	struct hold *holds = xcalloc(MAX_HOLDS, sizeof(*holds));
	int count = holds_list(api->core->db, MAX_HOLDS, holds);
	int r = count < 0 ? count : 0;

	for (size_t i = 0; r == 0 && i < config->destination_count; i++) {
		const char *name = config->destinations[i].name;

		r = add_destination(api, name, find_hold(holds, count, name), array);
	}
	for (int i = 0; i < count; i++)
		hold_done(&holds[i]);
	free(holds);
	return r < 0 ? r : add_missing(api, array);
}

void api_admin_destinations(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	struct json_object *array = json_object_new_array();
	int r = api_render_destinations(api, array);

	api_reply_list(api, request, array, r, NULL);
}

static char *path_name(struct http_request *request)
{
	const struct http_param *param = http_param(request, 0);

	return xstrndup(param->value, param->len);
}

static int hold(struct admin_action *action, void *ctx)
{
	const char *name = ctx;
	const char *reason = json_get_string(action->body, "reason");
	int r;

	action->missing = "destination";
	if (!config_destination(action->api->core->config, name))
		return -ENOENT;
	if (!reason || !reason[0])
		reason = "held by an operator";
	if (strlen(reason) > MAX_REASON) {
		admin_refuse(action->request, "reason has at most 200 bytes");
		return 0;
	}
	json_put_string(action->object, "status", "held");
	r = action->is_dry ? 1 : deliver_hold(action->api->deliver, name, reason);
	return r < 0 ? r : 1;
}

static int resume(struct admin_action *action, void *ctx)
{
	action->missing = "hold of a destination";
	json_put_string(action->object, "status", "resumed");
	if (action->is_dry)
		return 1;
	return deliver_resume(action->api->deliver, ctx) ?: -ENOENT;
}

void api_admin_hold(struct http_request *request, void *ctx)
{
	CLEANUP(admin_action_done) struct admin_action action = { 0 };
	CLEANUP(freep) char *name = path_name(request);

	if (admin_action_begin(&action, ctx, request))
		admin_action_run(&action, hold, name);
}

void api_admin_resume(struct http_request *request, void *ctx)
{
	CLEANUP(admin_action_done) struct admin_action action = { 0 };
	CLEANUP(freep) char *name = path_name(request);

	if (admin_action_begin(&action, ctx, request))
		admin_action_run(&action, resume, name);
}
