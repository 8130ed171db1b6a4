/* A request: its life, and what handlers ask of it. */
#include <errno.h>
#include <microhttpd.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "http/internal.h"

struct http_request *http_request_new(struct http_connection *connection,
				      struct MHD_Connection *mhd, const char *target)
{
	size_t len = strlen(target); /* inside the connection's memory: bounded by it */
	struct http_request *request = xcalloc(1, sizeof(*request) + len + 1);

	request->connection = connection;
	request->server = connection->listener->server;
	request->mhd = mhd;
	request->started_at = clock_now();
	request->path = "";
	request->query = "";
	STAILQ_INIT(&request->reply_headers);
	memcpy(request->target, target, len + 1);
	connection->request = request;
	return request;
}

void http_request_drop_body(struct http_request *request)
{
	request->server->body_memory -= request->body_counted;
	request->body_counted = 0;
	buf_done(&request->body);
}

static void free_reply_headers(struct http_request *request)
{
	while (!STAILQ_EMPTY(&request->reply_headers)) {
		struct http_reply_header *header = STAILQ_FIRST(&request->reply_headers);

		STAILQ_REMOVE_HEAD(&request->reply_headers, link);
		free(header);
	}
}

struct http_request *http_request_free(struct http_request *request)
{
	if (!request)
		return NULL;
	if (request->is_ready)
		TAILQ_REMOVE(&request->server->ready, request, ready_link);
	if (request->stream)
		http_stream_close(TAKE(request->stream));
	if (request->response)
		MHD_destroy_response(request->response);
	free_reply_headers(request);
	http_request_drop_body(request);
	free(request->headers);
	request->connection->request = NULL;
	free(request);
	return NULL;
}

static enum MHD_Result keep_header(void *ctx, enum MHD_ValueKind kind, const char *name,
				   size_t name_len, const char *value, size_t value_len)
{
	struct http_request *request = ctx;

	(void)kind;
	request->headers[request->header_count++] = (struct hygiene_header){
		.name = name,
		.name_len = name_len,
		.value = value ? value : "",
		.value_len = value ? value_len : 0,
	};
	return MHD_YES;
}

/* One pass over libmicrohttpd's list; every later look-up is in this array. */
void http_request_read_headers(struct http_request *request)
{
	int count = MHD_get_connection_values_n(request->mhd, MHD_HEADER_KIND, NULL, NULL);

	if (count <= 0)
		return;
	request->headers = xcalloc((size_t)count, sizeof(*request->headers));
	MHD_get_connection_values_n(request->mhd, MHD_HEADER_KIND, keep_header, request);
}

/* splitmix64: an id must be distinct and look random; it guards nothing. */
static uint64_t next_random(struct http_server *server)
{
	uint64_t x = server->id_seed + ++server->id_count * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static void make_id(struct http_request *request)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint64_t bits = 0;

	memcpy(request->id, "req_", 4);
	for (size_t i = 0; i < 16; i++) {
		if (i % 8 == 0)
			bits = next_random(request->server);
		request->id[4 + i] = alphabet[bits & 31];
		bits >>= 5;
	}
}

void http_request_set_id(struct http_request *request)
{
	const char *given = http_header(request, "X-Request-Id");

	if (given && hygiene_is_request_id(given, strlen(given)))
		memcpy(request->id, given, strlen(given) + 1);
	else
		make_id(request);
}

void http_request_resume_later(struct http_request *request)
{
	if (!request->is_suspended || request->is_ready)
		return;
	request->is_ready = true;
	TAILQ_INSERT_TAIL(&request->server->ready, request, ready_link);
}

/*
 * Tells whoever holds the request that the server stops. One without on_drain is left alone: it
 * waits for something short, the commit of its batch say.
 */
void http_request_drain(struct http_request *request)
{
	if (request->stream)
		http_stream_drain(request->stream);
	else if (request->is_handled && !request->has_replied && request->on_drain)
		TAKE(request->on_drain)(request, request->drain_ctx);
}

void http_on_drain(struct http_request *request, http_drain_fn *fn, void *ctx)
{
	request->on_drain = fn;
	request->drain_ctx = ctx;
}

const struct http_route *http_route(const struct http_request *request)
{
	return request->matched.route;
}

const char *http_method(const struct http_request *request)
{
	return request->method;
}

const char *http_request_id(const struct http_request *request)
{
	return request->id;
}

const char *http_listener_name(const struct http_request *request)
{
	return request->connection->listener->name;
}

const char *http_path(const struct http_request *request)
{
	return request->path;
}

const struct http_param *http_param(const struct http_request *request, size_t index)
{
	static const struct http_param none = { .value = "", .len = 0 };

	return index < request->matched.param_count ? &request->matched.params[index] : &none;
}

static bool has_name(const struct hygiene_header *header, const char *name, size_t len)
{
	return header->name_len == len && strncasecmp(header->name, name, len) == 0;
}

const char *http_header_at(const struct http_request *request, const char *name, unsigned index)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < request->header_count; i++) {
		if (has_name(&request->headers[i], name, len) && index-- == 0)
			return request->headers[i].value;
	}
	return NULL;
}

const char *http_header(const struct http_request *request, const char *name)
{
	return http_header_at(request, name, 0);
}

unsigned http_header_count(const struct http_request *request, const char *name)
{
	size_t len = strlen(name);
	unsigned count = 0;

	for (size_t i = 0; i < request->header_count; i++)
		count += has_name(&request->headers[i], name, len);
	return count;
}

const char *http_query(const struct http_request *request)
{
	return request->query;
}

const void *http_body(const struct http_request *request, size_t *ret_len)
{
	*ret_len = request->body.len;
	return buf_text(&request->body);
}

bool http_has_replied(const struct http_request *request)
{
	return request->has_replied;
}

int http_peer_cred(const struct http_request *request, uid_t *ret_uid, gid_t *ret_gid,
		   pid_t *ret_pid)
{
	const struct http_connection *connection = request->connection;
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (!connection->listener->params.is_unix)
		return -ENOTSUP;
	if (getsockopt(connection->fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;
	*ret_uid = cred.uid;
	*ret_gid = cred.gid;
	*ret_pid = cred.pid;
	return 0;
}

int http_peer_file(const struct http_request *request, mode_t *ret_mode, gid_t *ret_gid)
{
	return http_socket_file(request->connection->fd, ret_mode, ret_gid);
}
