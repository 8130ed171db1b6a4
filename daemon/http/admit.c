/*
 * What a request must pass at its header, before any of its body is read. The checks are a list, in
 * the order of the header comment of server.h; the first that replies ends it.
 */
#include <assert.h>
#include <microhttpd.h>
#include <stdint.h>
#include <string.h>

#include "http/internal.h"

/* A check returns false after it has replied. */
typedef bool check_fn(struct http_request *request, const char *version);

static bool check_draining(struct http_request *request, const char *version)
{
	(void)version;
	if (!request->server->is_draining)
		return true;
	request->must_close = true;
	http_reply_unavailable(request, "The server is stopping; not stored, send it again.");
	return false;
}

/* What comes after a request that is not understood cannot be trusted to be the next one. */
static bool refuse_malformed(struct http_request *request, const char *why)
{
	request->must_close = true;
	http_reply_problem(request, MHD_HTTP_BAD_REQUEST, "bad_request", why, NULL);
	return false;
}

static bool check_target(struct http_request *request, const char *version)
{
	const char *why = hygiene_check_target(request->target);

	(void)version;
	if (!why && !hygiene_split_target(request->target, &request->path, &request->query))
		why = "The request target must be a path, or a URL with one.";
	return why ? refuse_malformed(request, why) : true;
}

static bool check_headers(struct http_request *request, const char *version)
{
	const char *why = NULL;

	switch (hygiene_check_headers(request->headers, request->header_count, version, &why)) {
	case HYGIENE_FINE:
		return true;
	case HYGIENE_BAD:
		return refuse_malformed(request, why);
	case HYGIENE_NOT_IMPLEMENTED:
		break;
	}
	request->must_close = true;
	http_reply_problem(request, MHD_HTTP_NOT_IMPLEMENTED, "not_implemented", why, NULL);
	return false;
}

static bool check_route(struct http_request *request, const char *version)
{
	const struct http_server_params *params = &request->server->params;
	struct http_route_table table = { params->routes, params->route_count };
	unsigned serve = request->connection->listener->params.serve;

	(void)version;
	switch (http_match(&table, serve, request->method, request->path, strlen(request->path),
			   &request->matched)) {
	case HTTP_MATCH_FOUND:
		request->body = BUF_INIT(request->matched.route->max_body);
		return true;
	case HTTP_MATCH_NO_PATH:
		http_reply_problem(request, MHD_HTTP_NOT_FOUND, "not_found",
				   "There is nothing at this path.", NULL);
		return false;
	case HTTP_MATCH_NO_METHOD:
		break;
	}
	http_add_header(request, "Allow", request->matched.allow);
	http_reply_problem(request, MHD_HTTP_METHOD_NOT_ALLOWED, "method_not_allowed",
			   "This path does not take the method; Allow names those it takes.", NULL);
	return false;
}

bool http_request_has_body(const struct http_request *request, size_t *ret_length)
{
	const char *length = http_header(request, "Content-Length");

	if (length) {
		/* libmicrohttpd has seen that it is a number; one too large reads as ULLONG_MAX */
		unsigned long long value = strtoull(length, NULL, 10);

		*ret_length = value < SIZE_MAX ? (size_t)value : SIZE_MAX;
		return value > 0;
	}
	*ret_length = SIZE_MAX;
	return http_header(request, "Transfer-Encoding") != NULL;
}

static bool check_type(struct http_request *request, const char *version)
{
	const char *want = request->matched.route->content_type;
	const char *have = http_header(request, "Content-Type");
	size_t length = 0;

	(void)version;
	if (!want || !http_request_has_body(request, &length))
		return true;
	if (have && hygiene_is_media_type(have, want))
		return true;

	CLEANUP(freep) char *detail = xasprintf("The Content-Type of the body must be %s.", want);
	http_reply_problem(request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type",
			   detail, NULL);
	return false;
}

static bool check_length(struct http_request *request, const char *version)
{
	size_t max = request->matched.route->max_body;
	size_t length = 0;

	(void)version;
	if (!http_request_has_body(request, &length) || length == SIZE_MAX || length <= max)
		return true;

	CLEANUP(freep)
	char *detail =
		xasprintf("The body has %zu bytes; this path takes at most %zu.", length, max);
	request->must_close = true;
	http_reply_problem(request, MHD_HTTP_CONTENT_TOO_LARGE, "body_too_long", detail, NULL);
	return false;
}

static bool check_memory(struct http_request *request, const char *version)
{
	const struct http_server *server = request->server;
	size_t length = 0;

	(void)version;
	if (!http_request_has_body(request, &length))
		return true;
	if (length == SIZE_MAX)
		length = 1;
	if (server->body_memory + length <= server->params.max_body_memory)
		return true;
	http_reply_unavailable(request, "Too many bodies are arriving; not stored, send it again.");
	return false;
}

static bool check_authorized(struct http_request *request, const char *version)
{
	const struct http_hooks *hooks = &request->server->params.hooks;

	(void)version;
	if (!hooks->authorize || hooks->authorize(request, request->matched.route, hooks->ctx))
		return true;
	assert(request->has_replied);
	return false;
}

void http_request_admit(struct http_request *request, const char *version)
{
	static check_fn *const checks[] = {
		check_draining, check_target, check_headers, check_route,
		check_type,	check_length, check_memory,  check_authorized,
	};

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		if (!checks[i](request, version))
			return;
	}
}
