/* /healthz, /readyz, /metrics and /openapi.json. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "api/api.h"
#include "api/openapi.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/metrics.h"
#include "store/db.h"
#include "store/messages.h"

#define MAX_METRICS (4 * MIB)
#define MAX_DUE_AGE \
	USEC_PER_MINUTE /* due work that has waited so long means the loop does not keep up */

/* The process answers: no I/O. */
void api_healthz(struct http_request *request, void *ctx)
{
	(void)ctx;
	http_reply_json(request, 200, xstrdup("{\"status\":\"ok\"}"));
}

int api_oldest_due(struct api *api, usec_t *ret_age)
{
	const struct core *core = api->core;
	usec_t now = clock_now();

	*ret_age = 0;
	for (size_t i = 0; i < core->config->ai_count; i++) {
		usec_t due_at;
		int r = messages_next_due(core->db, core->config->ais[i].name, &due_at);

		if (r < 0)
			return r;
		if (due_at < now)
			*ret_age = usec_max(*ret_age, now - due_at);
	}
	return 0;
}

static bool add_check(struct json_object *checks, const char *name, bool is_good,
		      const char *detail)
{
	json_put_string(checks, name, is_good ? "ok" : detail);
	return is_good;
}

void api_readyz(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	struct json_object *object = json_object_new_object();
	struct json_object *checks = json_object_new_object();
	usec_t age = 0;
	bool is_ready = true;

	is_ready &= add_check(checks, "running", !api->core->is_stopping, "the daemon is stopping");
	is_ready &=
		add_check(checks, "database", db_probe(api->core->db) == 0, "it cannot be written");
	is_ready &= add_check(checks, "disk", !api->core->is_disk_low,
			      "less than disk_reserve is free");
	is_ready &= add_check(checks, "queue", api_oldest_due(api, &age) == 0 && age < MAX_DUE_AGE,
			      "messages that are due have waited for more than a minute");
	json_put_string(object, "status", is_ready ? "ready" : "not ready");
	json_put(object, "checks", checks);
	json_put(object, "oldest_due_seconds", json_object_new_double((double)age / USEC_PER_SEC));
	http_reply_json(request, is_ready ? 200 : 503, json_format(object, NULL));
	json_object_put(object);
}

void api_metrics(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	CLEANUP(buf_done) struct buf text = BUF_INIT(MAX_METRICS);

	if (metrics_format(api->core->metrics, &text) < 0) {
		http_reply_unavailable(request, "the metrics are longer than they may be");
		return;
	}
	http_reply(request, 200, "text/plain; version=0.0.4; charset=utf-8", text.data, text.len);
}

void api_openapi(struct http_request *request, void *ctx)
{
	const char *known = http_header(request, "If-None-Match");

	(void)ctx;
	http_add_header(request, "ETag", openapi_etag);
	/* Kept, but asked for each time: an upgrade shows at once. */
	http_add_header(request, "Cache-Control", "no-cache");
	if (known && (streq(known, "*") || strstr(known, openapi_etag)))
		http_reply(request, 304, NULL, NULL, 0);
	else
		http_reply(request, 200, "application/json", openapi_text, openapi_len);
}
