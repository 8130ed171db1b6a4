/* /admin/v1/urls, config and holds: what is configured, and what is held. */
#include <json-c/json.h>

#include "api/admin.h"
#include "base/json.h"
#include "maax.h"
#include "store/holds.h"

#define MAX_CONFIG (1 * MIB)
#define MAX_HOLDS 256

/* The static URL of each AI for Maax's dashboard. */
void api_admin_urls(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	const struct config *config = api->core->config;
	struct json_object *object = json_object_new_object();
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < config->ai_count; i++) {
		struct json_object *entry = json_object_new_object();
		CLEANUP(freep)
		char *url = maax_callback_url(config, api->core->tokens, MAAX_PURPOSE_EMERGENCY,
					      config->ais[i].name);

		json_put_string(entry, "ai", config->ais[i].name);
		json_put_string(entry, "emergency_url", url);
		json_object_array_add(array, entry);
	}
	json_put(object, "urls", array);
	api_reply_object(api, request, 200, object);
}

/* The configuration in force, without secrets, as an INI file. */
void api_admin_config(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	CLEANUP(buf_done) struct buf text = BUF_INIT(MAX_CONFIG);

	if (config_print(api->core->config, &text) < 0)
		http_reply_unavailable(request, "the configuration is longer than can be shown");
	else
		http_reply(request, 200, "text/plain; charset=utf-8", text.data, text.len);
}

void api_admin_holds(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	struct hold *holds = xcalloc(MAX_HOLDS, sizeof(*holds));
	struct json_object *array = json_object_new_array();
	int count = holds_list(api->core->db, MAX_HOLDS, holds);

	for (int i = 0; i < count; i++) {
		struct json_object *object = json_object_new_object();

		json_put_string(object, "kind", hold_kind_name(holds[i].kind));
		json_put_string(object, "name", holds[i].name);
		json_put_string(object, "reason", holds[i].reason);
		json_put_time(object, "since", holds[i].since);
		json_object_array_add(array, object);
		hold_done(&holds[i]);
	}
	free(holds);
	api_reply_list(api, request, array, count, NULL);
}
