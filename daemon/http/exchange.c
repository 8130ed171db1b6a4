/*
 * The course of one request, as libmicrohttpd tells it: the request line (http_exchange_start), the
 * header, each piece of body and the end of it (all http_exchange_step), and the end of the reply
 * or of the connection (http_exchange_end).
 *
 * A reply queued at the header call ends the connection, one queued after the body keeps it; so a
 * refusal waits for the end of a small body and comes at once before a large one.
 */
#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <string.h>

#include "base/clock.h"
#include "http/internal.h"

/* As much of an unwanted body is read to keep the connection, or to get a reply through. */
#define DISCARD_MAX (64 * KIB)

void *http_exchange_start(void *cls, const char *target, struct MHD_Connection *mhd)
{
	struct http_connection *connection = http_connection_of(mhd);

	(void)cls;
	assert(!connection->request);
	http_connection_enter(connection, HTTP_PHASE_READING);
	return http_request_new(connection, mhd, target);
}

static enum MHD_Result queue_reply(struct http_request *request)
{
	struct MHD_Response *response = TAKE(request->response);
	enum MHD_Result result;

	if (!response)
		return MHD_NO; /* there was no memory for one: close */
	http_connection_enter(request->connection,
			      request->stream ? HTTP_PHASE_STREAM : HTTP_PHASE_SENDING);
	result = MHD_queue_response(request->mhd, (unsigned)request->status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result begin(struct http_request *request, const char *method, const char *version)
{
	size_t length = 0;

	request->is_begun = true;
	request->method = method;
	http_request_read_headers(request);
	http_request_set_id(request);
	http_request_admit(request, version);
	if (!request->has_replied)
		return MHD_YES;
	if (request->must_close)
		return queue_reply(request);
	if (http_request_has_body(request, &length) &&
	    (length > DISCARD_MAX || http_header(request, "Expect")))
		return queue_reply(request);
	return MHD_YES;
}

/* A body that cannot be kept: what there is of it is let go, and the reply waits for its end. */
static void refuse_body(struct http_request *request, int error)
{
	http_request_drop_body(request);
	if (error == -E2BIG)
		http_reply_problem(request, MHD_HTTP_CONTENT_TOO_LARGE, "body_too_long",
				   "The body is longer than this path takes.", NULL);
	else
		http_reply_unavailable(request,
				       "Too many bodies are arriving; not stored, send it again.");
}

static int keep_body(struct http_request *request, const char *data, size_t len)
{
	struct http_server *server = request->server;

	int r = buf_add(&request->body, data, len);
	if (r < 0)
		return r;
	request->body_counted += len;
	server->body_memory += len;
	return server->body_memory > server->params.max_body_memory ? -ENOMEM : 0;
}

static enum MHD_Result take_body(struct http_request *request, const char *data, size_t len)
{
	usec_t limit = request->connection->listener->params.request_timeout;

	if (clock_now() > request->started_at + limit)
		return MHD_NO;
	if (request->has_replied) {
		request->discarded += len;
		return request->discarded <= DISCARD_MAX ? MHD_YES : MHD_NO;
	}

	int r = keep_body(request, data, len);
	if (r < 0)
		refuse_body(request, r);
	return MHD_YES;
}

static void run_handler(struct http_request *request)
{
	const struct http_server *server = request->server;

	request->is_handled = true;
	http_connection_enter(request->connection, HTTP_PHASE_WAITING);
	request->matched.route->handler(request, server->params.hooks.ctx);
	if (server->is_draining)
		http_request_drain(request);
}

/* The request is complete, or was resumed because it has its reply. */
static enum MHD_Result finish(struct http_request *request)
{
	if (!request->has_replied && !request->is_handled)
		run_handler(request);
	if (request->has_replied)
		return queue_reply(request);
	request->is_suspended = true;
	MHD_suspend_connection(request->mhd);
	return MHD_YES;
}

/* NOLINTNEXTLINE(readability-function-size): eight parameters, as libmicrohttpd calls it */
enum MHD_Result http_exchange_step(void *cls, struct MHD_Connection *mhd, const char *url,
				   const char *method, const char *version, const char *data,
				   size_t *data_len, void **request_ctx)
{
	struct http_request *request = *request_ctx;
	size_t len = *data_len;

	(void)cls;
	(void)mhd;
	(void)url; /* decoded, and cut at a %00: `target` counts */
	if (!request->is_begun)
		return begin(request, method, version);
	if (len == 0)
		return finish(request);
	*data_len = 0;
	return take_body(request, data, len);
}

/* What was replied: by us, or by libmicrohttpd (a malformed chunk). 0 when nothing was. */
static int replied_status(const struct http_request *request)
{
	const union MHD_ConnectionInfo *info;

	if (request->has_replied)
		return request->status;
	info = MHD_get_connection_info(request->mhd, MHD_CONNECTION_INFO_HTTP_STATUS);
	return info ? (int)info->http_status : 0;
}

void http_exchange_end(void *cls, struct MHD_Connection *mhd, void **request_ctx,
		       enum MHD_RequestTerminationCode code)
{
	struct http_request *request = *request_ctx;
	struct http_connection *connection = http_connection_of(mhd);
	const struct http_server *server = connection->listener->server;

	(void)cls;
	(void)code;
	*request_ctx = NULL;
	if (!request)
		return;
	if (request->is_begun) {
		int status = replied_status(request);
		usec_t elapsed = clock_now() - request->started_at;

		http_stats_count(request, status, elapsed);
		if (server->params.hooks.finished)
			server->params.hooks.finished(request, status, elapsed,
						      server->params.hooks.ctx);
	}
	http_request_free(request);
	http_connection_enter(connection, HTTP_PHASE_IDLE);
	if (server->is_draining)
		http_connection_close_if_idle(connection);
}
