/* /admin/v1/alerts: what is wrong now, and since when. */
#include <json-c/json.h>

#include "alerts.h"
#include "api/api.h"
#include "base/json.h"
#include "store/alerts.h"

int api_render_alerts(struct api *api, struct json_object *array)
{
	struct alert *alerts = xcalloc(ALERTS_MAX, sizeof(*alerts));
	int count = alerts_list(api->core->db, ALERTS_MAX, alerts);

	for (int i = 0; i < count; i++) {
		struct json_object *object = json_object_new_object();

		json_put_string(object, "kind", alerts[i].kind);
		json_put_string(object, "name", alerts[i].name[0] ? alerts[i].name : NULL);
		json_put_string(object, "reason", alerts[i].reason);
		json_put_time(object, "since", alerts[i].since);
		json_object_array_add(array, object);
		alert_done(&alerts[i]);
	}
	free(alerts);
	return count;
}

void api_admin_alerts(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	struct json_object *array = json_object_new_array();
	int r = api_render_alerts(api, array);

	api_reply_list(api, request, array, r, NULL);
}
