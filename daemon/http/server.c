/* The server as a whole: its listeners, the pump that hands replies on, and its end. */
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>

#include "base/sign.h"
#include "http/internal.h"

static void on_sweep(void *ctx)
{
	http_connections_sweep(ctx);
}

int http_server_new(const struct http_server_params *params, struct http_server **ret_server)
{
	struct http_server *server = xnew(struct http_server);

	server->params = *params;
	TAILQ_INIT(&server->listeners);
	TAILQ_INIT(&server->ready);
	sign_random(&server->id_seed, sizeof(server->id_seed));

	int r = loop_add_timer(params->loop, on_sweep, server, &server->sweep_timer);
	if (r < 0) {
		free(server);
		return r;
	}
	http_stats_init(server);
	*ret_server = server;
	return 0;
}

struct http_server *http_server_free(struct http_server *server)
{
	if (!server)
		return NULL;
	http_server_abort(server);
	http_server_pump(server); /* the last replies, as far as the sockets take them */
	while (!TAILQ_EMPTY(&server->listeners)) {
		struct http_listener *listener = TAILQ_FIRST(&server->listeners);

		TAILQ_REMOVE(&server->listeners, listener, link);
		http_listener_free(listener);
	}
	loop_source_free(server->sweep_timer);
	http_stats_done(server);
	free(server);
	return NULL;
}

/* A socket from a service manager may block, and then accept() would stop the whole loop. */
static int set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0;
}

int http_server_listen(struct http_server *server, const struct http_listener_params *params)
{
	struct http_listener *listener;

	if (params->max_connections == 0 || server->is_draining)
		return -EINVAL;

	int r = set_nonblocking(params->fd);
	if (r < 0)
		return r;
	r = http_listener_new(server, params, &listener);
	if (r < 0)
		return r;
	TAILQ_INSERT_TAIL(&server->listeners, listener, link);
	return 0;
}

void http_server_pump(struct http_server *server)
{
	struct http_listener *listener;
	struct http_request *request;

	while ((request = TAILQ_FIRST(&server->ready))) {
		TAILQ_REMOVE(&server->ready, request, ready_link);
		request->is_ready = false;
		request->is_suspended = false;
		MHD_resume_connection(request->mhd);
		request->connection->listener->wants_run = true;
	}
	TAILQ_FOREACH(listener, &server->listeners, link)
	{
		if (listener->wants_run)
			http_listener_run(listener);
	}
}

bool http_server_wants_pump(const struct http_server *server)
{
	return !TAILQ_EMPTY(&server->ready);
}

void http_server_drain(struct http_server *server)
{
	struct http_listener *listener;
	struct http_connection *connection;

	if (server->is_draining)
		return;
	server->is_draining = true;
	TAILQ_FOREACH(listener, &server->listeners, link)
	{
		http_listener_quiesce(listener);
		TAILQ_FOREACH(connection, &listener->connections, link)
		{
			http_connection_close_if_idle(connection);
			if (connection->request)
				http_request_drain(connection->request);
		}
	}
}

bool http_server_is_draining(const struct http_server *server)
{
	return server->is_draining;
}

bool http_server_is_idle(const struct http_server *server)
{
	return server->connection_count == 0;
}

static void abort_connection(struct http_connection *connection)
{
	struct http_request *request = connection->request;

	if (request && request->stream)
		http_stream_drop(request->stream);
	else if (connection->phase != HTTP_PHASE_WAITING)
		http_connection_cut(connection);
	else if (request && !request->has_replied)
		http_reply_unavailable(request, "The server is stopping; send it again.");
}

void http_server_abort(struct http_server *server)
{
	struct http_listener *listener;
	struct http_connection *connection;

	http_server_drain(server);
	TAILQ_FOREACH(listener, &server->listeners, link)
	{
		TAILQ_FOREACH(connection, &listener->connections, link)
		abort_connection(connection);
	}
}

size_t http_server_connections(const struct http_server *server)
{
	return server->connection_count;
}

size_t http_server_streams(const struct http_server *server)
{
	return server->stream_count;
}
