/* What the routes of /admin/v1/ share. See admin.h. */
#include "api/admin.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "store/db.h"

void admin_refuse(struct http_request *request, const char *detail)
{
	http_reply_problem(request, 400, "bad_parameter", detail, NULL);
}

/* ---- actions ---- */

void admin_action_done(struct admin_action *action)
{
	json_object_put(action->body);
	json_object_put(action->object);
}

static bool is_true(const char *text)
{
	return text && (streq(text, "1") || streq(text, "true"));
}

bool admin_action_begin(struct admin_action *action, struct api *api, struct http_request *request)
{
	CLEANUP(freep) char *dry = http_query_get(request, "dry_run");
	struct json_object *value = NULL;
	const char *why = NULL;
	size_t len;
	const void *body = http_body(request, &len);

	*action = (struct admin_action){ .api = api, .request = request, .is_dry = is_true(dry) };
	action->object = json_object_new_object();
	if (len == 0) {
		action->body = json_object_new_object();
		return true;
	}
	if (json_parse(body, len, &action->body, &why) < 0 ||
	    !json_object_is_type(action->body, json_type_object)) {
		http_reply_problem(request, 400, "bad_json",
				   why ? why : "the body must be a JSON object", NULL);
		return false;
	}
	if (json_object_object_get_ex(action->body, "dry_run", &value))
		action->is_dry |= json_object_get_boolean(value);
	return true;
}

/* The end of the unit; a dry run leaves nothing. */
static int finish(struct admin_action *action, int result)
{
	struct db *db = action->api->core->db;

	if (!action->is_dry)
		return unit_end(db, result);
	unit_abort(db);
	return result;
}

void admin_action_run(struct admin_action *action, admin_fn *fn, void *ctx)
{
	struct api *api = action->api;
	int r = unit_begin(api->core->db);

	if (r == 0)
		r = finish(action, fn(action, ctx));
	if (http_has_replied(action->request))
		return;
	if (r > 0 && !action->is_dry)
		log_notice("by hand: %s %s", http_method(action->request),
			   http_path(action->request));
	if (r == -ENOENT)
		api_reply_not_found(action->request, action->missing ? action->missing : "thing");
	else if (r < 0)
		api_reply_store_error(action->request, r);
	else if (r == 0)
		http_reply_problem(action->request, 409, "not_possible",
				   action->why ? action->why : "it is not possible now", NULL);
	else {
		json_put_bool(action->object, "dry_run", action->is_dry);
		api_reply_object(api, action->request, 200, TAKE(action->object));
	}
}

/* ---- parameters ---- */

bool admin_path_id(struct http_request *request, enum id_kind kind, const char *what,
		   int64_t *ret_id)
{
	const struct http_param *param = http_param(request, 0);

	if (ids_parse(kind, param->value, param->len, ret_id) == 0)
		return true;
	api_reply_not_found(request, what);
	return false;
}

char *admin_contact_key(const char *text)
{
	const char *blanks = " \t\r\n";
	char *contact;
	size_t len;

	text += strspn(text, blanks);
	len = strlen(text);
	while (len > 0 && strchr(blanks, text[len - 1]))
		len--;
	contact = xstrndup(text, len);
	for (char *c = contact; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 32);
	return contact;
}

char *admin_contact(const struct http_request *request)
{
	CLEANUP(freep) char *text = http_query_get(request, "contact");

	return text ? admin_contact_key(text) : NULL;
}

/* False: 400 was replied. Without a text *ret_id stays. */
static bool read_time(struct http_request *request, const char *text, int64_t *ret_id)
{
	usec_t at;

	if (!text)
		return true;
	if (clock_parse(text, &at) < 0) {
		admin_refuse(request, "since and until are RFC 3339 times: 2026-01-02T03:04:05Z");
		return false;
	}
	*ret_id = ids_floor(at);
	return true;
}

static bool read_query_time(struct http_request *request, const char *name, int64_t *ret_id)
{
	CLEANUP(freep) char *text = http_query_get(request, name);

	return read_time(request, text, ret_id);
}

/* `until` and a cursor: the earlier one counts. */
static void limit_before(struct admin_page *page, int64_t until)
{
	if (page->before == 0 || until < page->before)
		page->before = until;
}

bool admin_page(struct http_request *request, enum id_kind kind, struct admin_page *ret_page)
{
	int64_t until = INT64_MAX;

	ret_page->since = 0;
	if (!api_list_parameters(request, kind, &ret_page->limit, &ret_page->before) ||
	    !read_query_time(request, "since", &ret_page->since) ||
	    !read_query_time(request, "until", &until))
		return false;
	limit_before(ret_page, until);
	return true;
}

bool admin_filter_page(struct http_request *request, struct json_object *filter, enum id_kind kind,
		       struct admin_page *page)
{
	const char *cursor = json_get_string(filter, "cursor");
	int64_t until = INT64_MAX;

	*page = (struct admin_page){ .limit = API_LIST_MAX, .before = INT64_MAX };
	if (cursor && ids_parse(kind, cursor, strlen(cursor), &page->before) < 0) {
		admin_refuse(request, "cursor is the next_cursor of an earlier reply to this");
		return false;
	}
	if (!read_time(request, json_get_string(filter, "since"), &page->since) ||
	    !read_time(request, json_get_string(filter, "until"), &until))
		return false;
	limit_before(page, until);
	return true;
}

void admin_reply_page(struct api *api, struct http_request *request, struct json_object *array,
		      int result, enum id_kind kind, int64_t next)
{
	char text[IDS_TEXT_SIZE];

	api_reply_list(api, request, array, result, next ? ids_format(kind, next, text) : NULL);
}
