/* /admin/v1/deliveries: list, retry, cancel, replay. */
#include <errno.h>
#include <json-c/json.h>

#include "api/admin.h"
#include "base/json.h"
#include "operator.h"

void api_admin_deliveries(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	CLEANUP(freep) char *state = http_query_get(request, "state");
	CLEANUP(freep) char *destination = http_query_get(request, "destination");
	CLEANUP(freep) char *source = http_query_get(request, "source");
	struct delivery_filter filter = { .state = state,
					  .destination = destination,
					  .source = source };
	struct json_object *array;
	struct delivery *deliveries;
	struct admin_page page;
	int64_t next = 0;
	int count;

	if (!admin_page(request, ID_DELIVERY, &page))
		return;
	if (state && delivery_state_parse(state) < 0) {
		admin_refuse(request,
			     "state is one of pending, sending, delivered, dead, cancelled");
		return;
	}
	filter.since = page.since;
	array = json_object_new_array();
	deliveries = xcalloc(page.limit, sizeof(*deliveries));
	count = deliveries_walk(api->core->db, &filter, page.before, page.limit, deliveries, &next);
	for (int i = 0; i < count; i++) {
		json_object_array_add(array, api_render_delivery(api, &deliveries[i]));
		delivery_done(&deliveries[i]);
	}
	free(deliveries);
	admin_reply_page(api, request, array, count, ID_DELIVERY, next);
}

typedef int delivery_fn(struct core *core, struct delivery *delivery, const char **ret_why);

/* One delivery, and what to do with it. */
struct single {
	int64_t id;
	delivery_fn *fn; /* NULL: replay */
};

static int run_single(struct admin_action *action, void *ctx)
{
	const struct single *single = ctx;
	CLEANUP(delivery_done) struct delivery delivery = { 0 };
	struct core *core = action->api->core;
	int64_t id = single->id;
	int r = deliveries_get(core->db, id, &delivery);

	action->missing = "delivery";
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	if (single->fn)
		r = single->fn(core, &delivery, &action->why);
	else
		r = operator_deliver(core, &delivery, &id, &action->why);
	if (r > 0) {
		delivery_done(&delivery);
		r = deliveries_get(core->db, id, &delivery);
		json_put(action->object, "delivery",
			 r > 0 ? api_render_delivery(action->api, &delivery) : NULL);
	}
	return r;
}

static void handle(struct http_request *request, struct api *api, delivery_fn *fn)
{
	CLEANUP(admin_action_done) struct admin_action action = { 0 };
	struct single single = { .fn = fn };

	if (admin_path_id(request, ID_DELIVERY, "delivery", &single.id) &&
	    admin_action_begin(&action, api, request))
		admin_action_run(&action, run_single, &single);
}

void api_admin_delivery_retry(struct http_request *request, void *ctx)
{
	handle(request, ctx, operator_retry_delivery);
}

void api_admin_delivery_cancel(struct http_request *request, void *ctx)
{
	handle(request, ctx, operator_cancel_delivery);
}

void api_admin_delivery_replay(struct http_request *request, void *ctx)
{
	handle(request, ctx, NULL);
}
