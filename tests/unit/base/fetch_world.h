/*
 * A small HTTP server on the tests' own loop, which does as its script says: answers, stalls,
 * resets, floods. All on the loopback interface, on a port the system chooses. cmocka.h comes
 * first.
 */
#ifndef MAAXD_TESTS_FETCH_WORLD_H
#define MAAXD_TESTS_FETCH_WORLD_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fetch.h"
#include "base/loop.h"

#define LONG_ENOUGH (60 * USEC_PER_SEC) /* never reached by a test that works */
#define SOON (100 * USEC_PER_MSEC)
#define MAX_CONNS 16

enum manner { ANSWER, ANSWER_AND_CLOSE, STALL, RESET, RESET_SECOND };

struct script {
	enum manner manner;
	const char *reply;
	size_t flood; /* bytes that follow the reply */
};

struct conn {
	struct server *server;
	struct loop_source *source;
	int fd;
	struct buf in;
	size_t flood_left;
};

struct server {
	struct loop *loop;
	struct loop_source *source;
	int fd;
	unsigned port;
	struct script script;
	struct conn conns[MAX_CONNS];
	unsigned connections;
	unsigned requests;
	size_t flooded;
	char last[4096]; /* the newest request */
};

struct world {
	struct loop *loop;
	struct fetcher *fetcher;
	struct server server;
	char url[64];
};

/* What on_done was told, kept. */
struct fetched {
	struct world *world;
	unsigned calls;
	struct fetch_result result;
	char body[256];
	char detail[256];
	char content_type[64];
	struct fetch *fetch;
	struct fetched *other; /* to cancel or to start from on_done */
};

/* ---- the server ---- */

static inline void conn_close(struct conn *conn, bool reset)
{
	if (reset) {
		struct linger linger = { .l_onoff = 1 };
		assert_int_equal(
			setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
	}
	conn->source = loop_source_free(conn->source);
	close(conn->fd);
	buf_done(&conn->in);
}

static inline void conn_flood(struct conn *conn)
{
	static const char bytes[16384];
	while (conn->flood_left > 0) {
		size_t len = conn->flood_left < sizeof(bytes) ? conn->flood_left : sizeof(bytes);
		ssize_t sent = send(conn->fd, bytes, len, MSG_NOSIGNAL);
		if (sent < 0 && errno == EAGAIN) {
			assert_int_equal(loop_set_io_events(conn->source, EPOLLIN | EPOLLOUT), 0);
			return;
		}
		if (sent < 0) {
			conn_close(conn, false);
			return;
		}
		conn->flood_left -= (size_t)sent;
		conn->server->flooded += (size_t)sent;
	}
	assert_int_equal(loop_set_io_events(conn->source, EPOLLIN), 0);
	if (conn->server->script.manner == ANSWER_AND_CLOSE)
		conn_close(conn, false);
}

static inline void conn_answer(struct conn *conn)
{
	const struct script *script = &conn->server->script;
	if (script->manner == STALL)
		return;
	bool is_second = conn->server->requests == 2;
	if (script->manner == RESET || (script->manner == RESET_SECOND && is_second)) {
		conn_close(conn, true);
		return;
	}
	ssize_t len = (ssize_t)strlen(script->reply);
	assert_int_equal(send(conn->fd, script->reply, (size_t)len, MSG_NOSIGNAL), len);
	conn->flood_left = script->flood;
	conn_flood(conn);
}

/* The length of the whole request at the start of the input, or 0 while it is not complete. */
static inline size_t request_len(const struct buf *in)
{
	const char *text = buf_text(in);
	const char *end = strstr(text, "\r\n\r\n");
	if (!end)
		return 0;
	size_t len = (size_t)(end - text) + 4;
	const char *header = strcasestr(text, "\r\nContent-Length:");
	if (header && header < end)
		len += strtoul(header + strlen("\r\nContent-Length:"), NULL, 10);
	return in->len >= len ? len : 0;
}

static inline void on_conn(int fd, uint32_t events, void *ctx)
{
	struct conn *conn = ctx;
	struct server *server = conn->server;
	if (events & EPOLLOUT) {
		conn_flood(conn);
		return;
	}
	char bytes[2048];
	ssize_t len = recv(fd, bytes, sizeof(bytes), 0);
	if (len <= 0) {
		conn_close(conn, false);
		return;
	}
	assert_int_equal(buf_add(&conn->in, bytes, (size_t)len), 0);
	bool is_tls = conn->in.data[0] == 0x16;
	size_t request = request_len(&conn->in);
	if (is_tls && server->script.manner == RESET) {
		conn_close(conn, true);
	} else if (request > 0) {
		server->requests++;
		assert_true(request < sizeof(server->last));
		memcpy(server->last, conn->in.data, request);
		server->last[request] = '\0';
		buf_drop(&conn->in, request);
		conn_answer(conn);
	}
}

static inline void on_accept(int listen_fd, uint32_t events, void *ctx)
{
	(void)events;
	struct server *server = ctx;
	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_true(fd >= 0);
	assert_true(server->connections < MAX_CONNS);
	struct conn *conn = &server->conns[server->connections++];
	*conn = (struct conn){ .server = server, .fd = fd, .in = BUF_INIT(MIB) };
	assert_int_equal(loop_add_io(server->loop, fd, EPOLLIN, on_conn, conn, &conn->source), 0);
}

static inline void server_open(struct server *server, struct loop *loop)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	socklen_t len = sizeof(address);
	server->loop = loop;
	server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(server->fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(server->fd, 16), 0);
	assert_int_equal(getsockname(server->fd, (struct sockaddr *)&address, &len), 0);
	server->port = ntohs(address.sin_port);
	assert_int_equal(loop_add_io(loop, server->fd, EPOLLIN, on_accept, server, &server->source),
			 0);
}

static inline void server_close(struct server *server)
{
	for (unsigned i = 0; i < server->connections; i++) {
		if (server->conns[i].source)
			conn_close(&server->conns[i], false);
	}
	if (server->source)
		close(server->fd);
	server->source = loop_source_free(server->source);
}

/* ---- the tests' own tools ---- */

static inline int world_setup(void **state)
{
	struct world *world = xnew(struct world);
	assert_int_equal(loop_new(&world->loop), 0);
	assert_int_equal(fetcher_new(world->loop, 4, &world->fetcher), 0);
	server_open(&world->server, world->loop);
	world->server.script.reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
	CLEANUP(freep) char *url = xasprintf("http://127.0.0.1:%u/x", world->server.port);
	assert_true(strlen(url) < sizeof(world->url));
	memcpy(world->url, url, strlen(url));
	*state = world;
	return 0;
}

static inline int world_teardown(void **state)
{
	struct world *world = *state;
	assert_null(fetcher_free(world->fetcher));
	server_close(&world->server);
	assert_null(loop_free(world->loop));
	free(world);
	return 0;
}

static inline struct fetch_request post_to(const char *url)
{
	return (struct fetch_request){
		.method = "POST",
		.url = url,
		.body = "hello",
		.body_len = 5,
		.timeout = LONG_ENOUGH,
		.connect_timeout = LONG_ENOUGH,
		.max_response = 200,
		.fresh_connection = true,
	};
}

static inline void keep_text(char *out, size_t size, const char *text, size_t len)
{
	len = len < size - 1 ? len : size - 1;
	memcpy(out, text, len);
	out[len] = '\0';
}

static inline void keep(const struct fetch_result *result, void *ctx)
{
	struct fetched *outcome = ctx;
	outcome->calls++;
	outcome->result = *result;
	assert_non_null(result->body);
	assert_non_null(result->detail);
	assert_non_null(result->content_type);
	keep_text(outcome->body, sizeof(outcome->body), result->body, result->body_len);
	keep_text(outcome->detail, sizeof(outcome->detail), result->detail, strlen(result->detail));
	keep_text(outcome->content_type, sizeof(outcome->content_type), result->content_type,
		  strlen(result->content_type));
}

static inline void start(struct world *world, const struct fetch_request *request,
			 fetch_fn *on_done, struct fetched *outcome)
{
	outcome->world = world;
	assert_int_equal(fetch_start(world->fetcher, request, on_done, outcome, &outcome->fetch),
			 0);
	assert_int_equal(outcome->calls, 0); /* never from inside fetch_start() */
}

static inline void turn_until_idle(struct world *world)
{
	while (fetcher_running(world->fetcher) > 0)
		assert_int_equal(loop_turn(world->loop), 0);
}

static inline struct fetched run(struct world *world, const struct fetch_request *request)
{
	struct fetched outcome = { 0 };
	start(world, request, keep, &outcome);
	turn_until_idle(world);
	assert_int_equal(outcome.calls, 1);
	return outcome;
}

static inline void assert_failed(const struct fetched *outcome, enum fetch_error error,
				 bool timed_out)
{
	assert_int_equal(outcome->result.error, error);
	assert_int_equal(outcome->result.status, 0);
	assert_int_equal(outcome->result.timed_out, timed_out);
	assert_string_equal(outcome->body, "");
	assert_string_not_equal(outcome->detail, "");
}

static inline void assert_done(const struct fetched *outcome, int status, bool truncated)
{
	assert_int_equal(outcome->result.error, FETCH_DONE);
	assert_int_equal(outcome->result.status, status);
	assert_int_equal(outcome->result.truncated, truncated);
}

static inline int world_group_setup(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	fetch_global_init();
	return 0;
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

#endif
