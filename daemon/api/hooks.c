/*
 * /in/{source}/{secret}: where other systems bring messages. As lenient as a Zapier catch hook; the
 * secret has been checked before any body was read (auth.c). What is stored is answered as the
 * source says, whatever becomes of it: the sender can do nothing about a mapping.
 */
#include <json-c/json.h>
#include <string.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/template.h"
#include "hook_sign.h"
#include "intake_inbound.h"
#include "store/db.h"

#define MAX_REPLY (64 * KIB)

/* One that comes twice is none: nobody can say which of them was signed. */
static const char *get_header(const char *name, const void *ctx)
{
	return http_header_count(ctx, name) == 1 ? http_header(ctx, name) : NULL;
}

/* False when the signature is wrong, and 401 has been replied. Nothing is stored then. */
static bool check_signature(struct api *api, struct http_request *request,
			    const struct config_source *source, const struct hook_request *hook)
{
	const char *why = NULL;

	if (hook_verify(api->core->config, source, hook, (int64_t)(clock_wall() / USEC_PER_SEC),
			&why) == 0)
		return true;
	metric_add(api->hooks_refused, 1);
	log_warning("peer: request at a hook refused: %s source=%s request=%s", why, source->name,
		    http_request_id(request));
	if (source->signature == SIGNATURE_BASIC)
		http_add_header(request, "WWW-Authenticate", "Basic realm=\"maaxd\"");
	http_reply_problem(request, 401, "bad_signature",
			   "the request is not signed as this source wants it", NULL);
	return false;
}

/* What reply_body can name. */
static struct json_object *reply_object(const struct inbound *row)
{
	struct json_object *object = json_object_new_object();
	char text[IDS_TEXT_SIZE];

	json_put_string(object, "id", ids_format(ID_INBOUND, row->id, text));
	json_put_string(object, "state", inbound_state_name(row->state));
	json_put_string(object, "message",
			row->message ? ids_format(ID_MESSAGE, row->message, text) : NULL);
	return object;
}

static void reply_stored(struct api *api, struct http_request *request,
			 const struct config_source *source, const struct inbound *row)
{
	CLEANUP(json_putp) struct json_object *object = reply_object(row);
	CLEANUP(freep) char *why = NULL;
	CLEANUP(freep) char *text = NULL;

	if (template_render(source->reply_body, object, MAX_REPLY, &text, &why) < 0)
		text = xstrdup(
			""); /* it names what is not there: the request is stored all the same */
	api_reply_body(api, request, (int)source->reply_status, source->reply_content_type, text,
		       strlen(text));
}

/* An enum intake_raw_result or negative errno; the unit is closed. */
static int store(struct api *api, const struct intake_raw *raw, struct inbound *ret_row,
		 usec_t *ret_retry_after)
{
	struct db *db = api->core->db;
	int r = unit_begin(db);

	if (r < 0)
		return r;
	r = intake_inbound_store(api->inbound, raw, ret_row, ret_retry_after);
	if (r != INTAKE_RAW_STORED) {
		unit_abort(db);
		return r;
	}
	r = unit_commit(db);
	return r < 0 ? r : INTAKE_RAW_STORED;
}

static void accept_hook(struct api *api, struct http_request *request,
			const struct config_source *source, const struct hook_request *hook)
{
	const struct intake_raw raw = {
		.source = source,
		.method = http_method(request),
		.content_type = hook->content_type,
		.query = hook->query,
		.dedupe = hook_dedupe(source, hook),
		.body = hook->body,
		.body_len = hook->body_len,
	};
	CLEANUP(inbound_done) struct inbound row = { 0 };
	usec_t retry_after = 0;
	int r = store(api, &raw, &row, &retry_after);

	if (r < 0)
		api_reply_store_error(request, r);
	else if (r == INTAKE_RAW_LIMITED)
		api_reply_limited(request, retry_after);
	else
		reply_stored(api, request, source, &row);
}

void api_hook(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	const struct config_source *source = api_hook_source(api, request);
	const char *content_type = http_header(request, "Content-Type");
	struct hook_request hook = {
		.path = http_path(request),
		.query = http_query(request),
		.content_type = content_type ? content_type : "",
		.header = get_header,
		.ctx = request,
	};

	if (!source)
		return;
	hook.body = http_body(request, &hook.body_len);
	if (api_is_probe(request))
		http_reply_json(request, 200, xstrdup("{\"status\":\"success\"}"));
	else if (!check_signature(api, request, source, &hook))
		return;
	else if (api->core->is_disk_low)
		http_reply_unavailable(request,
				       "less than disk_reserve is free: nothing was stored");
	else
		accept_hook(api, request, source, &hook);
}
