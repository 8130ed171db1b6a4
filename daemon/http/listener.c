/*
 * One listener: a libmicrohttpd daemon in external epoll mode. Its epoll fd is watched by the loop,
 * and whoever runs it re-arms the loop's timer afterwards: libmicrohttpd's epoll set is
 * edge-triggered, so what it left for later would otherwise wait for the next packet.
 */
#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/internal.h"

#define CONNECTION_MEMORY (32 * KIB)

/* Rounds of MHD_run() in a row while it has something ready; a resumed request needs two. */
#define MAX_ROUNDS 8

static void log_from_library(void *ctx, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static void log_from_library(void *ctx, const char *format, va_list args)
{
	const struct http_listener *listener = ctx;
	char text[256];

	if (!log_is_on(LOG_LEVEL_DEBUG))
		return;
	vsnprintf(text, sizeof(text), format, args);
	log_debug("libmicrohttpd: %s listener=%s", text, listener->name);
}

static unsigned idle_seconds(const struct http_listener_params *params)
{
	usec_t seconds = (params->idle_timeout + USEC_PER_SEC - 1) / USEC_PER_SEC;

	return (unsigned)usec_max(1, usec_min(seconds, INT_MAX));
}

static struct MHD_Daemon *start_daemon(struct http_listener *listener)
{
	const struct http_listener_params *params = &listener->params;

	return MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
		http_exchange_step, listener, MHD_OPTION_EXTERNAL_LOGGER, log_from_library,
		listener, MHD_OPTION_LISTEN_SOCKET, params->fd, MHD_OPTION_CONNECTION_LIMIT,
		params->max_connections, MHD_OPTION_CONNECTION_TIMEOUT, idle_seconds(params),
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, MHD_OPTION_URI_LOG_CALLBACK,
		http_exchange_start, listener, MHD_OPTION_NOTIFY_COMPLETED, http_exchange_end,
		listener, MHD_OPTION_NOTIFY_CONNECTION, http_connection_notify, listener,
		MHD_OPTION_END);
}

/* Runs the daemon once. True when it has more to do at once; else *ret_wait_at is when. */
static bool run_once(struct http_listener *listener, usec_t *ret_wait_at)
{
	MHD_UNSIGNED_LONG_LONG wait_ms = 0;

	listener->wants_run = false;
	if (MHD_run(listener->daemon) != MHD_YES)
		log_debug("libmicrohttpd could not run listener=%s", listener->name);
	if (listener->wants_run)
		return true;
	*ret_wait_at = USEC_NEVER;
	if (MHD_get_timeout(listener->daemon, &wait_ms) != MHD_YES)
		return false;
	*ret_wait_at = clock_now() + (usec_t)wait_ms * USEC_PER_MSEC;
	return wait_ms == 0;
}

void http_listener_run(struct http_listener *listener)
{
	usec_t wait_at = USEC_NEVER;

	for (unsigned round = 0; round < MAX_ROUNDS; round++) {
		if (run_once(listener, &wait_at))
			continue;
		/* An armed timer that fires too early only costs a look, so it is left alone. */
		if (wait_at != USEC_NEVER)
			loop_set_timer_earlier(listener->timer, wait_at);
		return;
	}
	loop_set_timer_earlier(listener->timer, clock_now()); /* others first */
}

static void on_io(int fd, uint32_t events, void *ctx)
{
	(void)fd;
	(void)events;
	http_listener_run(ctx);
}

static void on_timer(void *ctx)
{
	http_listener_run(ctx);
}

static int watch_daemon(struct http_listener *listener)
{
	struct loop *loop = listener->server->params.loop;
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD);

	int r = loop_add_io(loop, info->epoll_fd, EPOLLIN, on_io, listener, &listener->io);
	if (r < 0)
		return r;
	return loop_add_timer(loop, on_timer, listener, &listener->timer);
}

/* The sources go first: the daemon's epoll fd is closed with it. The socket stays open. */
static void stop_daemon(struct http_listener *listener)
{
	listener->io = loop_source_free(listener->io);
	listener->timer = loop_source_free(listener->timer);
	http_listener_quiesce(listener);
	MHD_stop_daemon(listener->daemon);
}

static struct http_listener *forget(struct http_listener *listener)
{
	free(listener->name);
	free(listener);
	return NULL;
}

int http_listener_new(struct http_server *server, const struct http_listener_params *params,
		      struct http_listener **ret_listener)
{
	struct http_listener *listener = xnew(struct http_listener);

	listener->server = server;
	listener->params = *params;
	listener->name = xstrdup(params->name);
	listener->params.name = listener->name;
	TAILQ_INIT(&listener->connections);
	listener->daemon = start_daemon(listener);
	if (!listener->daemon) {
		forget(listener);
		return -EINVAL;
	}

	int r = watch_daemon(listener);
	if (r == 0) {
		http_listener_run(listener); /* puts the socket into the epoll set */
		*ret_listener = listener;
		return 0;
	}
	stop_daemon(listener);
	forget(listener);
	return r;
}

/* libmicrohttpd panics when it is stopped with anything suspended. */
static void resume_all(struct http_listener *listener)
{
	struct http_connection *connection;

	TAILQ_FOREACH(connection, &listener->connections, link)
	{
		struct http_request *request = connection->request;

		if (request && request->is_suspended) {
			request->is_suspended = false;
			MHD_resume_connection(request->mhd);
		}
	}
}

struct http_listener *http_listener_free(struct http_listener *listener)
{
	resume_all(listener);
	stop_daemon(listener);
	close(listener->params.fd);
	return forget(listener);
}

void http_listener_quiesce(struct http_listener *listener)
{
	if (listener->is_quiesced)
		return;
	listener->is_quiesced = true;
	MHD_quiesce_daemon(listener->daemon);
}
