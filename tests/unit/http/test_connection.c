/* Connections: kept, pipelined, many at once, too slow, and the graceful stop. */
#include "fixture.h"

static void on_request_drain(struct http_request *request, void *ctx)
{
	struct fixture *f = ctx;

	f->drained_count++;
	http_reply(request, 202, NULL, NULL, 0);
}

static void keep_waiting_until_drain(struct http_request *request, void *ctx)
{
	http_on_drain(request, on_request_drain, ctx);
	keep_waiting(request, ctx);
}

static const struct http_route routes[] = {
	{ "GET", "/hello", 1, 0, 0, reply_hello, NULL },
	{ "POST", "/echo", 1, 0, 128 * KIB, reply_echo, NULL },
	{ "GET", "/wait", 1, 0, 0, keep_waiting, NULL },
	{ "GET", "/wait-drain", 1, 0, 0, keep_waiting_until_drain, NULL },
};

static int set_up(void **state)
{
	struct fixture *f = xnew(struct fixture);

	fixture_open(f, routes, ARRAY_SIZE(routes), &fixture_listener, 4 * MIB);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fixture_close(*state);
	free(*state);
	return 0;
}

/* ---- connections ---- */

static void test_connection__is_kept_and_takes_pipelined_requests(void **state)
{
	struct fixture *f = *state;
	struct client c = client_open(f);

	client_send(f, &c,
		    "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n"
		    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none"
		    "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
		    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\ntwo");
	for (int i = 0; i < 4; i++) {
		static const char *const bodies[] = { "not_found", "one", "hello", "two" };
		struct reply reply = client_read(f, &c);

		assert_non_null(strstr(reply.body, bodies[i]));
		reply_done(&reply);
	}
	assert_int_equal(http_server_connections(f->server), 1);
	assert_int_equal(f->finished_count, 4);
	client_close(&c);
	wait_for_idle(f);
}

static void test_connection__pipelined_behind_a_late_reply(void **state)
{
	struct fixture *f = *state;
	struct client c = client_open(f);
	struct reply reply;

	client_send(f, &c,
		    "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"
		    "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
	wait_for_waiting(f, 1);
	client_step(f, &c);
	assert_int_equal(c.in.len, 0);
	assert_false(http_has_replied(f->waiting[0]));
	http_reply(f->waiting[0], 200, NULL, "late", 4);
	assert_true(http_has_replied(f->waiting[0]));
	assert_true(http_server_wants_pump(f->server));
	reply = client_read(f, &c);
	assert_string_equal(reply.body, "late");
	reply_done(&reply);
	reply = client_read(f, &c);
	assert_string_equal(reply.body, "hello");
	reply_done(&reply);
	client_close(&c);
}

static void test_connection__client_that_left_a_waiting_request_is_survived(void **state)
{
	struct fixture *f = *state;
	struct client c = client_open(f);

	client_send(f, &c, "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
	wait_for_waiting(f, 1);
	client_close(&c);
	http_reply_unavailable(f->waiting[0], NULL);
	wait_for_idle(f);
	assert_int_equal(f->finished_status, 503);
}

static void test_connection__many_at_once_are_served(void **state)
{
	static const size_t counts[] = { 127, 128, 129, 256 };
	struct fixture *f = *state;

	for (size_t n = 0; n < ARRAY_SIZE(counts); n++) {
		struct client clients[256];
		size_t count = counts[n];

		f->waiting_count = 0;
		for (size_t i = 0; i < count; i++) {
			clients[i] = client_open(f);
			client_send(f, &clients[i], "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
		}
		wait_for_waiting(f, count);
		for (size_t i = 0; i < count; i++)
			http_reply(f->waiting[i], 200, NULL, "late", 4);
		for (size_t i = 0; i < count; i++) {
			struct reply reply = client_read(f, &clients[i]);

			assert_int_equal(reply.status, 200);
			reply_done(&reply);
		}
		/* and all at once on connections that are open already */
		for (size_t i = 0; i < count; i++)
			client_send(f, &clients[i], "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
		for (size_t i = 0; i < count; i++) {
			struct reply reply = client_read(f, &clients[i]);

			assert_int_equal(reply.status, 200);
			reply_done(&reply);
			client_close(&clients[i]);
		}
	}
	wait_for_idle(f);
}

static void test_connection__beyond_the_limit_wait_their_turn(void **state)
{
	struct fixture *f = xnew(struct fixture);
	struct http_listener_params listener = fixture_listener;
	struct client first, second;
	struct reply reply;

	(void)state;
	listener.max_connections = 1;
	fixture_open(f, routes, ARRAY_SIZE(routes), &listener, MIB);
	first = client_open(f);
	client_send(f, &first, "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
	wait_for_waiting(f, 1);
	second = client_open(f);
	client_send(f, &second, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
	for (int i = 0; i < 20; i++)
		client_step(f, &second);
	assert_int_equal(second.in.len, 0);
	assert_int_equal(http_server_connections(f->server), 1);
	http_reply(f->waiting[0], 200, NULL, NULL, 0);
	reply = client_read(f, &first);
	assert_int_equal(reply.status, 200);
	reply_done(&reply);
	client_close(&first);
	reply = client_read(f, &second);
	assert_int_equal(reply.status, 200);
	reply_done(&reply);
	client_close(&second);
	fixture_close(f);
	free(f);
}

/* Sends `start`, then byte after byte until the server cuts the connection. */
static void drip(struct fixture *f, const char *start)
{
	struct client c = client_open(f);
	usec_t end = clock_boottime() + DEADLINE;

	client_send(f, &c, start);
	while (!c.is_eof) {
		client_send(f, &c, "x");
		client_step(f, &c);
		assert_true(clock_boottime() < end);
	}
	client_close(&c);
}

static void test_connection__dripping_requests_are_cut_off(void **state)
{
	struct fixture *f = xnew(struct fixture);
	struct http_listener_params listener = fixture_listener;

	(void)state;
	listener.request_timeout = 50 * USEC_PER_MSEC;
	fixture_open(f, routes, ARRAY_SIZE(routes), &listener, MIB);
	drip(f, "GET /");				       /* in the request line */
	drip(f, "GET /hello HTTP/1.1\r\nHost: a\r\nX-Slow: "); /* in the header */
	drip(f, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
	fixture_close(f);
	free(f);
}

static void test_connection__idle_one_is_closed(void **state)
{
	struct fixture *f = xnew(struct fixture);
	struct http_listener_params listener = fixture_listener;
	struct client c;
	struct reply reply;

	(void)state;
	listener.idle_timeout = 1;
	fixture_open(f, routes, ARRAY_SIZE(routes), &listener, MIB);
	c = client_open(f);
	client_send(f, &c, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
	reply = client_read(f, &c);
	assert_int_equal(reply.status, 200);
	reply_done(&reply);
	client_wait_eof(f, &c);
	wait_for_idle(f);
	client_close(&c);
	fixture_close(f);
	free(f);
}

/* ---- the end ---- */

static void test_drain__closes_idle_and_ends_waiting_requests(void **state)
{
	struct fixture *f = *state;
	struct client idle = client_open(f), waiting = client_open(f), kept = client_open(f);
	struct reply reply;

	client_send(f, &idle, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
	reply = client_read(f, &idle);
	reply_done(&reply);
	client_send(f, &kept, "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
	wait_for_waiting(f, 1);
	client_send(f, &waiting, "GET /wait-drain HTTP/1.1\r\nHost: a\r\n\r\n");
	wait_for_waiting(f, 2);
	assert_false(http_server_is_draining(f->server));
	http_server_drain(f->server);
	assert_true(http_server_is_draining(f->server));
	assert_int_equal(f->drained_count, 1);
	reply = client_read(f, &waiting);
	assert_int_equal(reply.status, 202);
	assert_string_equal(reply_header(&reply, "Connection"), "close");
	reply_done(&reply);
	client_wait_eof(f, &waiting);
	client_wait_eof(f, &idle);
	assert_false(http_server_is_idle(f->server));
	/* one that waits for something short still gets its reply */
	http_reply(f->waiting[0], 200, NULL, "done", 4);
	reply = client_read(f, &kept);
	assert_string_equal(reply.body, "done");
	reply_done(&reply);
	wait_for_idle(f);
	client_close(&idle);
	client_close(&waiting);
	client_close(&kept);
}

static void test_drain__new_requests_get_503(void **state)
{
	struct fixture *f = *state;
	struct client begun = client_open(f), quick = client_open(f);
	struct reply reply;

	client_send(f, &begun, "GET /hello HTTP/1.1\r\nHo");
	client_send(f, &quick, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
	reply = client_read(f, &quick);
	reply_done(&reply);
	/* in the kernel, not yet read, when the drain begins */
	static const char request[] = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";
	assert_true(send(quick.fd, request, strlen(request), 0) > 0);
	http_server_drain(f->server);
	client_send(f, &begun, "st: a\r\n\r\n");
	reply = client_read(f, &begun);
	assert_int_equal(reply.status, 503);
	assert_true(strlen(reply_header(&reply, "Retry-After")) > 0);
	assert_string_equal(reply_header(&reply, "Connection"), "close");
	reply_done(&reply);
	reply = client_read(f, &quick);
	assert_int_equal(reply.status, 503);
	reply_done(&reply);
	wait_for_idle(f);
	client_close(&begun);
	client_close(&quick);
}

static void test_drain__leaves_the_listening_socket_alone(void **state)
{
	struct fixture *f = *state;
	struct client late;

	http_server_drain(f->server);
	late = client_open(f); /* connects: it waits in the backlog for whoever listens next */
	client_send(f, &late, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
	for (int i = 0; i < 20; i++)
		client_step(f, &late);
	assert_false(late.is_eof);
	assert_int_equal(late.in.len, 0);
	assert_true(http_server_is_idle(f->server));
	client_close(&late);
}

static void test_abort__ends_everything(void **state)
{
	struct fixture *f = *state;
	struct client waiting = client_open(f), begun = client_open(f);
	struct reply reply;

	client_send(f, &begun, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
	client_send(f, &waiting, "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
	wait_for_waiting(f, 1);
	http_server_drain(f->server);
	for (int i = 0; i < 20; i++)
		client_step(f, &waiting);
	assert_int_equal(http_server_connections(f->server), 2);
	http_server_abort(f->server);
	reply = client_read(f, &waiting);
	assert_int_equal(reply.status, 503);
	reply_done(&reply);
	client_wait_eof(f, &begun);
	wait_for_idle(f);
	client_close(&waiting);
	client_close(&begun);
}

static void test_free__survives_requests_that_still_wait(void **state)
{
	struct fixture *f = *state;
	struct client c = client_open(f);

	client_send(f, &c, "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
	wait_for_waiting(f, 1);
	f->server = http_server_free(f->server);
	assert_int_equal(f->finished_count, 1);
	client_close(&c);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SERVER(test_connection__is_kept_and_takes_pipelined_requests),
		WITH_SERVER(test_connection__pipelined_behind_a_late_reply),
		WITH_SERVER(test_connection__client_that_left_a_waiting_request_is_survived),
		WITH_SERVER(test_connection__many_at_once_are_served),
		cmocka_unit_test(test_connection__beyond_the_limit_wait_their_turn),
		cmocka_unit_test(test_connection__dripping_requests_are_cut_off),
		cmocka_unit_test(test_connection__idle_one_is_closed),
		WITH_SERVER(test_drain__closes_idle_and_ends_waiting_requests),
		WITH_SERVER(test_drain__new_requests_get_503),
		WITH_SERVER(test_drain__leaves_the_listening_socket_alone),
		WITH_SERVER(test_abort__ends_everything),
		WITH_SERVER(test_free__survives_requests_that_still_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
