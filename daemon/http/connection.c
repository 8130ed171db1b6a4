/*
 * Connections, and the deadlines libmicrohttpd does not have: its time-out is idle time, so one
 * byte now and then would hold a connection for ever. A sweep once a second looks at all of them,
 * and only while there are any; a request pays nothing for its deadline.
 */
#include <microhttpd.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "http/internal.h"

#define SWEEP_INTERVAL USEC_PER_SEC

static void count_connections(struct http_server *server, bool is_more)
{
	if (is_more)
		server->connection_count++;
	else
		server->connection_count--;
	if (server->connection_gauge)
		metric_set(server->connection_gauge, (double)server->connection_count);
}

static struct http_connection *connection_new(struct http_listener *listener, int fd)
{
	struct http_connection *connection = xnew(struct http_connection);

	*connection = (struct http_connection){
		.listener = listener,
		.phase = HTTP_PHASE_FRESH,
		.since = clock_now(),
		.fd = fd,
	};
	TAILQ_INSERT_TAIL(&listener->connections, connection, link);
	count_connections(listener->server, true);
	loop_set_timer_earlier(listener->server->sweep_timer, connection->since + SWEEP_INTERVAL);
	return connection;
}

static void connection_free(struct http_connection *connection)
{
	struct http_listener *listener = connection->listener;

	http_request_free(connection->request); /* one that ended before its header did */
	TAILQ_REMOVE(&listener->connections, connection, link);
	/* At its limit the daemon does not listen, and takes that up again only when it next runs
	 */
	listener->wants_run = true;
	count_connections(listener->server, false);
	free(connection);
}

void http_connection_notify(void *cls, struct MHD_Connection *mhd, void **socket_ctx,
			    enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		connection_free(*socket_ctx);
		*socket_ctx = NULL;
		return;
	}

	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	*socket_ctx = connection_new(cls, info ? info->connect_fd : -1);
}

struct http_connection *http_connection_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info->socket_context;
}

void http_connection_enter(struct http_connection *connection, enum http_phase phase)
{
	connection->phase = phase;
	connection->since = clock_now();
}

/*
 * Only the reading side is shut: a request that the kernel already holds is still read, and gets
 * its 503; without one libmicrohttpd reads the end and closes.
 */
void http_connection_close_if_idle(struct http_connection *connection)
{
	if (connection->phase == HTTP_PHASE_FRESH || connection->phase == HTTP_PHASE_IDLE)
		shutdown(connection->fd, SHUT_RD);
}

void http_connection_cut(struct http_connection *connection)
{
	shutdown(connection->fd, SHUT_RDWR);
}

/*
 * How long a connection may stay in its phase. A silent one is closed by libmicrohttpd after the
 * idle time; so whoever is in IDLE or SENDING for longer has been dripping bytes.
 */
static usec_t phase_limit(const struct http_connection *connection)
{
	const struct http_listener_params *params = &connection->listener->params;

	switch (connection->phase) {
	case HTTP_PHASE_FRESH:
	case HTTP_PHASE_READING:
		return params->request_timeout;
	case HTTP_PHASE_SENDING:
	case HTTP_PHASE_IDLE:
		return params->idle_timeout + params->request_timeout;
	case HTTP_PHASE_WAITING:
	case HTTP_PHASE_STREAM:
		break;
	}
	return USEC_NEVER;
}

void http_connections_sweep(struct http_server *server)
{
	usec_t now = clock_now();
	struct http_listener *listener;
	struct http_connection *connection;

	TAILQ_FOREACH(listener, &server->listeners, link)
	{
		TAILQ_FOREACH(connection, &listener->connections, link)
		{
			usec_t limit = phase_limit(connection);

			if (limit != USEC_NEVER && now > connection->since &&
			    now - connection->since > limit)
				http_connection_cut(connection);
		}
	}
	if (server->connection_count > 0)
		loop_set_timer(server->sweep_timer, now + SWEEP_INTERVAL);
}
