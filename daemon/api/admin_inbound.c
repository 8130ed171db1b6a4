/*
 * /admin/v1/inbound: what came in at hooks and by mail, as it came, and what became of it; and
 * /admin/v1/sources/{name}/ingest, where maaxctl brings a mail.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "api/api.h"
#include "base/json.h"
#include "base/sign.h"
#include "intake_inbound.h"
#include "store/db.h"

#define REPLAY_STEP 50 /* requests that one call maps again */

static struct json_object *render(const struct inbound *row)
{
	struct json_object *object = json_object_new_object();
	char text[IDS_TEXT_SIZE];

	json_put_string(object, "id", ids_format(ID_INBOUND, row->id, text));
	json_put_string(object, "source", row->source);
	json_put_string(object, "state", inbound_state_name(row->state));
	json_put_string(object, "reason", row->reason);
	json_put_string(object, "message",
			row->message ? ids_format(ID_MESSAGE, row->message, text) : NULL);
	json_put_string(object, "method", row->method);
	json_put_string(object, "content_type", row->content_type);
	json_put_string(object, "query", row->query);
	json_put_string(object, "dedupe", row->dedupe);
	json_put_int(object, "size", (int64_t)row->body_size);
	json_put_time(object, "received_at", row->received_at);
	return object;
}

/* {"inbound":{…}} */
static void reply_row(struct api *api, struct http_request *request, const struct inbound *row)
{
	struct json_object *object = json_object_new_object();

	json_put(object, "inbound", render(row));
	api_reply_object(api, request, 200, object);
}

/* The parameters state and source. False when they are wrong, and 400 has been replied. */
static bool read_filter(struct http_request *request, struct inbound_filter *filter)
{
	CLEANUP(freep) char *state = http_query_get(request, "state");

	filter->source = http_query_get(request, "source");
	filter->state = state ? inbound_state_parse(state) : -1;
	if (!state || filter->state >= 0)
		return true;
	http_reply_problem(request, 400, "bad_parameter",
			   "state is one of received, accepted, dropped, unmapped", NULL);
	return false;
}

static void filter_done(struct inbound_filter *filter)
{
	free((char *)filter->source);
}

void api_inbound_list(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	CLEANUP(filter_done) struct inbound_filter filter = { 0 };
	struct json_object *array;
	struct inbound *rows;
	char next[IDS_TEXT_SIZE];
	unsigned limit;
	int64_t cursor;
	int count;

	if (!read_filter(request, &filter) ||
	    !api_list_parameters(request, ID_INBOUND, &limit, &cursor))
		return;
	rows = xcalloc(limit, sizeof(*rows));
	count = inbound_list(api->core->db, &filter, cursor ? cursor : INT64_MAX, limit, rows);
	array = json_object_new_array();
	for (int i = 0; i < count; i++) {
		json_object_array_add(array, render(&rows[i]));
		ids_format(ID_INBOUND, rows[i].id, next);
		inbound_done(&rows[i]);
	}
	free(rows);
	api_reply_list(api, request, array, count, (unsigned)count == limit ? next : NULL);
}

/* With the body: as text where it is text, else in base64. */
void api_inbound_get(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	CLEANUP(inbound_done) struct inbound row = { 0 };
	struct json_object *outer, *object;
	int64_t id;
	int r;

	if (!api_path_id(request, 0, ID_INBOUND, &id))
		return;
	r = inbound_get(api->core->db, id, &row);
	if (r <= 0) {
		if (r < 0)
			api_reply_store_error(request, r);
		else
			api_reply_not_found(request, "inbound request");
		return;
	}
	object = render(&row);
	if (!row.body) {
		json_put(object, "body", NULL); /* purged by age */
	} else if (json_is_utf8(row.body, row.body_size)) {
		json_put(object, "body", json_object_new_string_len(row.body, (int)row.body_size));
	} else {
		CLEANUP(freep) char *text = sign_base64(row.body, row.body_size);

		json_put_string(object, "body_base64", text);
	}
	outer = json_object_new_object();
	json_put(outer, "inbound", object);
	api_reply_object(api, request, 200, outer);
}

/* ---- by hand ---- */

typedef int by_hand_fn(struct intake_inbound *inbound, int64_t id, struct inbound *ret_row);

static void do_by_hand(struct api *api, struct http_request *request, by_hand_fn *fn)
{
	CLEANUP(inbound_done) struct inbound row = { 0 };
	struct db *db = api->core->db;
	int64_t id;
	int r;

	if (!api_path_id(request, 0, ID_INBOUND, &id))
		return;
	r = unit_begin(db);
	if (r == 0)
		r = unit_end(db, fn(api->inbound, id, &row));
	if (r == 0)
		api_reply_not_found(request, "inbound request");
	else if (r == -EPERM)
		http_reply_problem(request, 409, "not_possible",
				   "it has become a message already, or its bytes were purged "
				   "by age",
				   NULL);
	else if (r < 0)
		api_reply_store_error(request, r);
	else
		reply_row(api, request, &row);
}

void api_inbound_replay(struct http_request *request, void *ctx)
{
	do_by_hand(ctx, request, intake_inbound_replay);
}

void api_inbound_drop(struct http_request *request, void *ctx)
{
	do_by_hand(ctx, request, intake_inbound_drop);
}

/* How many of a step went where. */
struct replayed {
	int64_t count[INBOUND_STATE_MAX];
	int64_t last;
};

/* Each in a unit of its own: one that fails costs the others nothing. 0 or negative errno. */
static int replay_step(struct api *api, const int64_t *ids, int count, struct replayed *done)
{
	struct db *db = api->core->db;

	for (int i = 0; i < count; i++) {
		CLEANUP(inbound_done) struct inbound row = { 0 };
		int r = unit_begin(db);

		if (r == 0)
			r = unit_end(db, intake_inbound_replay(api->inbound, ids[i], &row));
		if (r < 0 && r != -EPERM) /* one whose bytes are gone stays as it is */
			return r;
		if (r > 0)
			done->count[row.state]++;
		done->last = ids[i];
	}
	return 0;
}

static void reply_replayed(struct api *api, struct http_request *request,
			   const struct replayed *done, bool is_more)
{
	struct json_object *object = json_object_new_object();
	char text[IDS_TEXT_SIZE];

	for (int i = INBOUND_ACCEPTED; i < INBOUND_STATE_MAX; i++)
		json_put_int(object, inbound_state_name((enum inbound_state)i), done->count[i]);
	json_put_string(object, "next_cursor",
			is_more ? ids_format(ID_INBOUND, done->last, text) : NULL);
	api_reply_object(api, request, 200, object);
}

/*
 * POST /admin/v1/inbound/replay?state=unmapped&source=NAME, oldest first, REPLAY_STEP at a time:
 * {"accepted","dropped","unmapped","next_cursor"}; with a next_cursor there is more to do.
 */
void api_inbound_replay_all(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	CLEANUP(filter_done) struct inbound_filter filter = { 0 };
	struct replayed done = { 0 };
	int64_t ids[REPLAY_STEP];
	int64_t cursor;
	unsigned limit;
	int count, r;

	if (!read_filter(request, &filter) ||
	    !api_list_parameters(request, ID_INBOUND, &limit, &cursor))
		return;
	if (filter.state < 0 || filter.state == INBOUND_ACCEPTED) {
		http_reply_problem(request, 400, "bad_parameter",
				   "state is one of received, dropped, unmapped", NULL);
		return;
	}
	count = inbound_ids(api->core->db, &filter, cursor, REPLAY_STEP, ids);
	r = count < 0 ? count : replay_step(api, ids, count, &done);
	if (r < 0)
		api_reply_store_error(request, r);
	else
		reply_replayed(api, request, &done, count == REPLAY_STEP);
}

/* ---- mails ---- */

static void ingest(struct api *api, struct http_request *request,
		   const struct config_source *source)
{
	struct intake_raw raw = { .source = source,
				  .method = INBOUND_METHOD_MAIL,
				  .content_type = "message/rfc822",
				  .query = "" };
	CLEANUP(inbound_done) struct inbound row = { 0 };
	struct db *db = api->core->db;
	usec_t retry_after = 0;
	int r = unit_begin(db);

	raw.body = http_body(request, &raw.body_len);
	if (r == 0) {
		r = intake_inbound_store(api->inbound, &raw, &row, &retry_after);
		if (r != INTAKE_RAW_STORED)
			unit_abort(db);
		else
			r = unit_commit(db);
	}
	if (r < 0)
		api_reply_store_error(request, r);
	else if (r == INTAKE_RAW_LIMITED)
		api_reply_limited(request, retry_after);
	else
		reply_row(api, request, &row);
}

void api_inbound_ingest(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	const struct http_param *param = http_param(request, 0);
	CLEANUP(freep) char *name = xstrndup(param->value, param->len);
	const struct config_source *source = config_source(api->core->config, name);
	size_t len;

	http_body(request, &len);
	if (!source || source->kind != SOURCE_MAIL)
		api_reply_not_found(request, "source of kind mail");
	else if (len == 0)
		http_reply_problem(request, 400, "no_mail", "the body is the mail as it came",
				   NULL);
	else if (api->core->is_disk_low)
		http_reply_unavailable(request,
				       "less than disk_reserve is free: nothing was stored");
	else
		ingest(api, request, source);
}
