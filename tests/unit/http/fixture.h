/*
 * A server on a loopback port, driven by the real loop in the test's own thread, and clients that
 * speak to it through plain non-blocking sockets. Waits are for something to happen, up to a
 * deadline that only a failing test meets.
 */
#ifndef MAAXD_TESTS_HTTP_FIXTURE_H
#define MAAXD_TESTS_HTTP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "http/server.h"

#define DEADLINE (30 * USEC_PER_SEC)
#define MAX_WAITING 512

struct fixture {
	struct loop *loop;
	struct metrics *metrics;
	struct http_server *server;
	int port;
	struct http_request *waiting[MAX_WAITING]; /* left without a reply by their handler */
	size_t waiting_count;
	size_t drained_count;  /* on_drain calls of requests */
	size_t finished_count; /* calls of the finished hook */
	int finished_status;   /* of the last */
	void *user;
};

struct client {
	int fd;
	struct buf in;
	bool is_eof;
};

struct reply {
	int status; /* 0: the connection ended before one was complete */
	char *head; /* status line and headers */
	char *body;
	size_t body_len;
};

static inline bool fixture_is_open(void *ctx)
{
	(void)ctx;
	return true; /* the loop never sleeps: the test's own poll() does */
}

static inline void fixture_flush(void *ctx)
{
	struct fixture *f = ctx;

	if (f->server && http_server_wants_pump(f->server))
		http_server_pump(f->server);
}

/* One turn of the loop; a quiet one waits a moment on `fd`, so that waiting does not spin. */
static inline void fixture_turn(struct fixture *f, int fd)
{
	struct pollfd watched = { .fd = fd, .events = POLLIN };

	assert_int_equal(loop_turn(f->loop), 0);
	poll(&watched, 1, 1);
}

static inline void fixture_finished(struct http_request *request, int status, usec_t elapsed,
				    void *ctx)
{
	struct fixture *f = ctx;

	assert_true(elapsed < DEADLINE * 10);
	assert_non_null(http_method(request));
	f->finished_count++;
	f->finished_status = status;
}

/* Handlers that several tests use. */
static inline void reply_hello(struct http_request *request, void *ctx)
{
	(void)ctx;
	http_reply(request, 200, "text/plain", "hello", 5);
}

static inline void reply_echo(struct http_request *request, void *ctx)
{
	size_t len;
	const void *body = http_body(request, &len);

	(void)ctx;
	http_reply(request, 200, "application/octet-stream", body, len);
}

static inline void keep_waiting(struct http_request *request, void *ctx)
{
	struct fixture *f = ctx;

	assert_true(f->waiting_count < MAX_WAITING);
	f->waiting[f->waiting_count++] = request;
}

#define AUTH_KEY 1

static inline bool fixture_authorize(struct http_request *request, const struct http_route *route,
				     void *ctx)
{
	const char *key = http_header(request, "Authorization");

	(void)ctx;
	if (route->auth != AUTH_KEY || (key && streq(key, "Bearer good")))
		return true;
	http_reply_problem(request, 401, "unauthorized", "No good key.", NULL);
	return false;
}

static const struct http_listener_params fixture_listener = {
	.name = "test",
	.serve = 1,
	.max_connections = 1000,
	.max_streams = 4,
	.idle_timeout = 60 * USEC_PER_SEC,
	.request_timeout = 60 * USEC_PER_SEC,
};

static inline void fixture_open(struct fixture *f, const struct http_route *routes, size_t count,
				const struct http_listener_params *like, size_t max_body_memory)
{
	struct http_listener_params listener = *like;
	struct sockaddr_in address;
	socklen_t len = sizeof(address);

	assert_int_equal(loop_new(&f->loop), 0);
	loop_set_batch(f->loop, (struct loop_batch){ fixture_is_open, fixture_flush, f });
	f->metrics = metrics_new();

	struct http_server_params params = {
		.loop = f->loop,
		.metrics = f->metrics,
		.routes = routes,
		.route_count = count,
		.max_body_memory = max_body_memory,
		.hooks = { fixture_authorize, fixture_finished, f },
	};
	assert_int_equal(http_server_new(&params, &f->server), 0);
	listener.fd = http_open_socket("127.0.0.1:0", 0);
	assert_true(listener.fd >= 0);
	assert_int_equal(getsockname(listener.fd, (struct sockaddr *)&address, &len), 0);
	f->port = ntohs(address.sin_port);
	assert_int_equal(http_server_listen(f->server, &listener), 0);
}

static inline void fixture_close(struct fixture *f)
{
	f->server = http_server_free(f->server);
	metrics_free(f->metrics);
	loop_free(f->loop);
}

static inline void wait_for_waiting(struct fixture *f, size_t count)
{
	usec_t end = clock_boottime() + DEADLINE;

	while (f->waiting_count < count) {
		fixture_turn(f, -1);
		assert_true(clock_boottime() < end);
	}
}

static inline void wait_for_idle(struct fixture *f)
{
	usec_t end = clock_boottime() + DEADLINE;

	while (!http_server_is_idle(f->server)) {
		fixture_turn(f, -1);
		assert_true(clock_boottime() < end);
	}
}

static inline struct client client_open(const struct fixture *f)
{
	struct client c = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
			    .in = BUF_INIT(16 * MIB) };
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)f->port),
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };

	assert_true(c.fd >= 0);
	assert_int_equal(connect(c.fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return c;
}

static inline void client_close(struct client *c)
{
	close(c->fd);
	buf_done(&c->in);
}

/* Reads what has arrived. */
static inline void client_receive(struct client *c)
{
	char data[16384];

	for (;;) {
		ssize_t n = recv(c->fd, data, sizeof(data), MSG_DONTWAIT);

		if (n > 0) {
			assert_int_equal(buf_add(&c->in, data, (size_t)n), 0);
			continue;
		}
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			c->is_eof = true;
		return;
	}
}

static inline void client_step(struct fixture *f, struct client *c)
{
	fixture_turn(f, c->fd);
	client_receive(c);
}

/* Sends all of it, running the server meanwhile; stops quietly when the server has closed. */
static inline void client_send_bytes(struct fixture *f, struct client *c, const void *data,
				     size_t len)
{
	const char *rest = data;

	while (len > 0) {
		ssize_t n = send(c->fd, rest, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return;
		if (n > 0) {
			rest += n;
			len -= (size_t)n;
		} else {
			client_step(f, c);
		}
	}
}

static inline void client_send(struct fixture *f, struct client *c, const char *text)
{
	client_send_bytes(f, c, text, strlen(text));
}

static inline void client_wait_eof(struct fixture *f, struct client *c)
{
	usec_t end = clock_boottime() + DEADLINE;

	while (!c->is_eof) {
		client_step(f, c);
		assert_true(clock_boottime() < end);
	}
}

static inline void client_wait_text(struct fixture *f, struct client *c, const char *text)
{
	usec_t end = clock_boottime() + DEADLINE;

	while (!strstr(buf_text(&c->in), text)) {
		client_step(f, c);
		assert_true(clock_boottime() < end);
	}
}

/* A header's value as a static text, "" when absent. */
static inline const char *reply_header(const struct reply *reply, const char *name)
{
	static char value[1024];
	const char *line = reply->head;
	size_t len = strlen(name);

	value[0] = '\0';
	while ((line = strstr(line, "\r\n"))) {
		line += 2;
		if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
			const char *start = line + len + 1 + strspn(line + len + 1, " ");

			snprintf(value, sizeof(value), "%.*s", (int)strcspn(start, "\r\n"), start);
			break;
		}
	}
	return value;
}

static inline void reply_done(struct reply *reply)
{
	free(reply->head);
	free(reply->body);
	*reply = (struct reply){ 0 };
}

/* Takes one reply off the front of what arrived. `has_body` is false after HEAD. */
static inline bool client_take_reply(struct client *c, bool has_body, struct reply *reply)
{
	const char *text = buf_text(&c->in);
	const char *end = strstr(text, "\r\n\r\n");

	if (!end)
		return false;

	size_t head_len = (size_t)(end - text) + 4;
	struct reply found = { .head = xstrndup(text, head_len) };
	const char *length = reply_header(&found, "Content-Length");

	found.body_len = has_body ? strtoul(length, NULL, 10) : 0;
	if (c->in.len < head_len + found.body_len) {
		reply_done(&found);
		return false;
	}
	found.status = (int)strtol(found.head + strlen("HTTP/1.1 "), NULL, 10);
	found.body = xstrndup(c->in.data + head_len, found.body_len);
	buf_drop(&c->in, head_len + found.body_len);
	*reply = found;
	return true;
}

static inline struct reply client_read_kind(struct fixture *f, struct client *c, bool has_body)
{
	usec_t end = clock_boottime() + DEADLINE;
	struct reply reply = { 0 };

	while (!client_take_reply(c, has_body, &reply)) {
		if (c->is_eof) {
			reply.head = xstrdup("");
			reply.body = xstrdup("");
			return reply;
		}
		client_step(f, c);
		assert_true(clock_boottime() < end);
	}
	return reply;
}

static inline struct reply client_read(struct fixture *f, struct client *c)
{
	return client_read_kind(f, c, true);
}

/* A connection of its own, one request, one reply. */
static inline struct reply ask(struct fixture *f, const char *request)
{
	struct client c = client_open(f);
	struct reply reply;

	client_send(f, &c, request);
	reply = client_read(f, &c);
	client_close(&c);
	return reply;
}

/* Asks, and checks status and a piece of the body. */
static inline void expect_reply(struct fixture *f, const char *request, int status,
				const char *piece)
{
	struct reply reply = ask(f, request);

	if (reply.status != status || !strstr(reply.body, piece))
		fail_msg("to %s\nexpected %d and %s, got %s%s", request, status, piece, reply.head,
			 reply.body);
	reply_done(&reply);
}

#endif
