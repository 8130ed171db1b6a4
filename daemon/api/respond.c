/* Replies that wait for the commit, and what lists and paths have in common. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "api/api.h"
#include "api/request_headers.h"
#include "base/json.h"
#include "base/log.h"
#include "store/db.h"

struct pending_reply {
	struct http_request *request;
	int status;
	char *json;	    /* the body; NULL: the bytes below */
	char *content_type; /* NULL: none */
	void *data;
	size_t len;
};

static void free_reply(struct pending_reply *reply)
{
	free(reply->json);
	free(reply->content_type);
	free(reply->data);
	free(reply);
}

static void send_reply(void *ctx)
{
	struct pending_reply *reply = ctx;

	if (reply->json)
		http_reply_json(reply->request, reply->status, TAKE(reply->json));
	else
		http_reply(reply->request, reply->status, reply->content_type, reply->data,
			   reply->len);
	free_reply(reply);
}

static void refuse_reply(void *ctx)
{
	struct pending_reply *reply = ctx;

	http_reply_unavailable(reply->request, "it could not be stored: send it again");
	free_reply(reply);
}

void api_reply(struct api *api, struct http_request *request, int status, char *json)
{
	struct db *db = api->core->db;
	struct pending_reply *reply;

	if (!db_batch_is_open(db)) {
		http_reply_json(request, status, json);
		return;
	}
	reply = xnew(struct pending_reply);
	reply->request = request;
	reply->status = status;
	reply->json = json;
	on_commit(db, send_reply, reply);
	on_abort(db, refuse_reply, reply);
}

void api_reply_body(struct api *api, struct http_request *request, int status,
		    const char *content_type, const void *data, size_t len)
{
	struct db *db = api->core->db;
	struct pending_reply *reply;

	if (!db_batch_is_open(db)) {
		http_reply(request, status, content_type, data, len);
		return;
	}
	reply = xnew(struct pending_reply);
	reply->request = request;
	reply->status = status;
	reply->content_type = xstrdup_null(content_type);
	reply->data = xcalloc(1, len + 1);
	if (len > 0)
		memcpy(reply->data, data, len);
	reply->len = len;
	on_commit(db, send_reply, reply);
	on_abort(db, refuse_reply, reply);
}

void api_reply_object(struct api *api, struct http_request *request, int status,
		      struct json_object *object)
{
	api_reply(api, request, status, json_format(object, NULL));
	json_object_put(object);
}

void api_reply_list(struct api *api, struct http_request *request, struct json_object *array,
		    int result, const char *next)
{
	struct json_object *object;

	if (result < 0) {
		json_object_put(array);
		api_reply_store_error(request, result);
		return;
	}
	object = json_object_new_object();
	json_put(object, "data", array);
	json_put_string(object, "next_cursor", next);
	api_reply_object(api, request, 200, object);
}

void api_reply_store_error(struct http_request *request, int error)
{
	log_error("the database refused a request: %s request=%s", strerror(-error),
		  http_request_id(request));
	http_reply_unavailable(request, error == -ENOSPC
						? "the disk is full: nothing was stored"
						: "the database failed: nothing was stored");
}

void api_reply_not_found(struct http_request *request, const char *what)
{
	CLEANUP(freep) char *detail = xasprintf("there is no such %s", what);

	http_reply_problem(request, 404, "not_found", detail, NULL);
}

bool api_path_id(struct http_request *request, size_t index, enum id_kind kind, int64_t *ret_id)
{
	const struct http_param *param = http_param(request, index);

	if (ids_parse(kind, param->value, param->len, ret_id) == 0)
		return true;
	api_reply_not_found(request, kind == ID_MESSAGE ? "message" : "conversation");
	return false;
}

bool api_list_parameters(struct http_request *request, enum id_kind kind, unsigned *ret_limit,
			 int64_t *ret_cursor)
{
	CLEANUP(freep) char *limit = http_query_get(request, "limit");
	CLEANUP(freep) char *cursor = http_query_get(request, "cursor");

	*ret_limit = API_LIST_DEFAULT;
	*ret_cursor = 0;
	if (limit) {
		char *end;
		long number = strtol(limit, &end, 10);

		if (end == limit || *end != '\0' || number < 1 || number > API_LIST_MAX) {
			http_reply_problem(request, 400, "bad_parameter",
					   "limit is a number from 1 to 250", NULL);
			return false;
		}
		*ret_limit = (unsigned)number;
	}
	if (cursor && ids_parse(kind, cursor, strlen(cursor), ret_cursor) < 0) {
		http_reply_problem(request, 400, "bad_parameter",
				   "cursor is the next_cursor of an earlier page of this list",
				   NULL);
		return false;
	}
	return true;
}

unsigned api_prefer_wait(const struct http_request *request)
{
	unsigned seconds = 0;
	const char *header;

	for (unsigned i = 0; (header = http_header_at(request, "Prefer", i)); i++)
		if (request_headers_wait(header, API_WAIT_MAX, &seconds))
			break;
	return seconds;
}
