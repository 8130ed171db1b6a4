/*
 * Replies: the one place where bodies and headers become a libmicrohttpd response. Nothing is sent
 * here; the request's next step queues it.
 */
#include <assert.h>
#include <microhttpd.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "http/internal.h"

#define RETRY_AFTER "5"

static const char *find_own(const struct http_request *request, const char *name)
{
	const struct http_reply_header *header;

	STAILQ_FOREACH(header, &request->reply_headers, link)
	{
		if (strcasecmp(header->name, name) == 0)
			return header->value;
	}
	return NULL;
}

void http_add_header(struct http_request *request, const char *name, const char *value)
{
	size_t name_len = strlen(name), value_len = strlen(value);
	struct http_reply_header *header;

	assert(!request->has_replied);
	if (!hygiene_is_token(name, name_len) || !hygiene_is_value(value, value_len))
		return;
	header = xcalloc(1, sizeof(*header) + name_len + value_len + 2);
	memcpy(header->name, name, name_len + 1);
	memcpy(header->name + name_len + 1, value, value_len + 1);
	header->value = header->name + name_len + 1;
	STAILQ_INSERT_TAIL(&request->reply_headers, header, link);
}

/* What every reply says unless its handler said otherwise. */
static void add_default_headers(const struct http_request *request, struct MHD_Response *response)
{
	static const struct {
		const char *name;
		const char *value;
	} defaults[] = {
		{ "Cache-Control", "no-store" },
		{ "Referrer-Policy", "no-referrer" },
		{ "X-Content-Type-Options", "nosniff" },
	};

	MHD_add_response_header(response, "X-Request-Id", request->id);
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
		if (!find_own(request, defaults[i].name))
			MHD_add_response_header(response, defaults[i].name, defaults[i].value);
	}
	if (request->must_close || request->server->is_draining)
		MHD_add_response_header(response, "Connection", "close");
}

/* `response` is taken; NULL (no memory for one) closes the connection without a reply. */
void http_request_give_reply(struct http_request *request, int status, const char *content_type,
			     struct MHD_Response *response)
{
	const struct http_reply_header *header;

	assert(!request->has_replied);
	request->has_replied = true;
	request->status = response ? status : 0;
	request->response = response;
	if (response) {
		if (content_type)
			MHD_add_response_header(response, "Content-Type", content_type);
		STAILQ_FOREACH(header, &request->reply_headers, link)
		MHD_add_response_header(response, header->name, header->value);
		add_default_headers(request, response);
	}
	http_request_resume_later(request);
}

void http_reply(struct http_request *request, int status, const char *content_type,
		const void *body, size_t len)
{
	/* libmicrohttpd takes a pointer to non-const, and copies */
	void *data = len > 0 ? (void *)(uintptr_t)body : NULL;
	enum MHD_ResponseMemoryMode mode = len > 0 ? MHD_RESPMEM_MUST_COPY : MHD_RESPMEM_PERSISTENT;

	http_request_give_reply(request, status, content_type,
				MHD_create_response_from_buffer(len, data, mode));
}

static void reply_text(struct http_request *request, int status, const char *content_type,
		       char *text)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);

	if (!response)
		free(text);
	http_request_give_reply(request, status, content_type, response);
}

void http_reply_json(struct http_request *request, int status, char *json)
{
	reply_text(request, status, "application/json", json);
}

void http_reply_problem(struct http_request *request, int status, const char *code,
			const char *detail, const char *errors)
{
	CLEANUP(json_putp) struct json_object *problem = json_object_new_object();
	struct json_object *list = NULL;
	const char *why = NULL;

	json_put_string(problem, "type", "about:blank");
	json_put_string(problem, "title", MHD_get_reason_phrase_for((unsigned)status));
	json_put_int(problem, "status", status);
	json_put_string(problem, "code", code);
	json_put_string(problem, "detail", detail);
	json_put_string(problem, "request_id", request->id);
	if (errors && json_parse(errors, strlen(errors), &list, &why) == 0)
		json_put(problem, "errors", list);
	reply_text(request, status, "application/problem+json", json_format(problem, NULL));
}

void http_reply_unavailable(struct http_request *request, const char *detail)
{
	http_add_header(request, "Retry-After", RETRY_AFTER);
	http_reply_problem(request, MHD_HTTP_SERVICE_UNAVAILABLE, "unavailable",
			   detail ? detail : "Not stored; send it again.", NULL);
}
