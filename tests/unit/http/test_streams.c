/* Streams: delivery, back-pressure, and that each ends exactly once, whoever ends it. */
#include "fixture.h"

#include "http/streams.h"

#define MAX_QUEUE (256 * KIB)

struct probe {
	struct fixture *fixture;
	struct http_stream *stream;
	int start_result;
	size_t drained_count;
	size_t drain_count;
	size_t closed_count;
	bool is_sending; /* inside http_stream_send() */
	size_t refills;	 /* pieces that on_drained sends */
};

static int send_text(struct probe *probe, const char *text)
{
	int r;

	probe->is_sending = true;
	r = http_stream_send(probe->stream, text, strlen(text));
	probe->is_sending = false;
	return r;
}

static void on_drained(void *ctx)
{
	struct probe *probe = ctx;

	assert_false(probe->is_sending);
	assert_int_equal(http_stream_queued(probe->stream), 0);
	probe->drained_count++;
	if (probe->refills > 0) {
		probe->refills--;
		assert_int_equal(send_text(probe, "refill;"), 0);
	}
}

static void on_drain(void *ctx)
{
	struct probe *probe = ctx;

	probe->drain_count++;
	if (http_stream_queued(probe->stream) == 0)
		assert_int_equal(send_text(probe, "bye"), 0);
	http_stream_end(probe->stream);
}

static void on_closed(void *ctx)
{
	struct probe *probe = ctx;

	probe->closed_count++;
	probe->stream = NULL;
}

static void start(struct http_request *request, void *ctx)
{
	struct fixture *f = ctx;
	struct probe *probe = f->user;
	const struct http_stream_hooks hooks = {
		.on_drained = on_drained,
		.on_drain = on_drain,
		.on_closed = on_closed,
		.ctx = probe,
	};

	http_add_header(request, "X-Accel-Buffering", "no");
	probe->start_result =
		http_stream_start(request, "text/event-stream", MAX_QUEUE, &hooks, &probe->stream);
	if (probe->start_result < 0)
		http_reply_unavailable(request, "Too many streams.");
}

static void start_plain(struct http_request *request, void *ctx)
{
	static const struct http_stream_hooks none = { 0 };
	struct fixture *f = ctx;
	struct probe *probe = f->user;

	assert_int_equal(http_stream_start(request, "text/plain", 100, &none, &probe->stream), 0);
}

static const struct http_route routes[] = {
	{ "GET", "/stream", 1, 0, 0, start, NULL },
	{ "GET", "/plain", 1, 0, 0, start_plain, NULL },
	{ "GET", "/later", 1, 0, 0, keep_waiting, NULL },
};

static int set_up(void **state)
{
	struct probe *probe = xnew(struct probe);
	struct http_listener_params listener = fixture_listener;

	listener.max_streams = 2;
	probe->fixture = xnew(struct fixture);
	probe->fixture->user = probe;
	fixture_open(probe->fixture, routes, ARRAY_SIZE(routes), &listener, MIB);
	*state = probe;
	return 0;
}

static int tear_down(void **state)
{
	struct probe *probe = *state;

	fixture_close(probe->fixture);
	free(probe->fixture);
	free(probe);
	return 0;
}

/* Opens a stream at `path` and reads its head. */
static struct client open_stream(struct probe *probe, const char *path)
{
	struct client c = client_open(probe->fixture);
	CLEANUP(freep) char *request = xasprintf("GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);

	client_send(probe->fixture, &c, request);
	client_wait_text(probe->fixture, &c, "\r\n\r\n");
	return c;
}

static void wait_closed(struct probe *probe, size_t count)
{
	usec_t end = clock_boottime() + DEADLINE;

	while (probe->closed_count < count) {
		fixture_turn(probe->fixture, -1);
		assert_true(clock_boottime() < end);
	}
}

static void test_stream__delivers_what_is_sent_late(void **state)
{
	struct probe *probe = *state;
	struct fixture *f = probe->fixture;
	struct client c = open_stream(probe, "/stream");

	assert_non_null(strstr(buf_text(&c.in), "HTTP/1.1 200 "));
	assert_non_null(strstr(buf_text(&c.in), "Content-Type: text/event-stream\r\n"));
	assert_non_null(strstr(buf_text(&c.in), "X-Accel-Buffering: no\r\n"));
	assert_non_null(strstr(buf_text(&c.in), "Transfer-Encoding: chunked\r\n"));
	assert_int_equal(http_server_streams(f->server), 1);
	for (int i = 0; i < 3; i++) {
		CLEANUP(freep) char *text = xasprintf("data: %d\n\n", i);

		client_step(f, &c); /* it rests in between */
		assert_int_equal(send_text(probe, text), 0);
		assert_int_equal(http_stream_queued(probe->stream), strlen(text));
		assert_true(http_server_wants_pump(f->server));
		client_wait_text(f, &c, text);
	}
	assert_true(probe->drained_count > 0);
	http_stream_end(probe->stream);
	client_wait_text(f, &c, "\r\n0\r\n\r\n");
	wait_closed(probe, 1);
	assert_int_equal(http_server_streams(f->server), 0);
	client_close(&c);
}

static void test_stream__connection_is_kept_after_its_end(void **state)
{
	struct probe *probe = *state;
	struct fixture *f = probe->fixture;
	struct client c = open_stream(probe, "/stream");

	assert_int_equal(send_text(probe, "last"), 0);
	http_stream_end(probe->stream);
	client_wait_text(f, &c, "4\r\nlast\r\n0\r\n\r\n");
	buf_clear(&c.in);
	client_send(f, &c, "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
	client_wait_text(f, &c, "404");
	assert_int_equal(probe->closed_count, 1);
	client_close(&c);
}

static void test_stream__on_drained_may_send_more(void **state)
{
	struct probe *probe = *state;
	struct client c = open_stream(probe, "/stream");

	probe->refills = 3;
	assert_int_equal(send_text(probe, "first;"), 0);
	client_wait_text(probe->fixture, &c,
			 "first;\r\n7\r\nrefill;\r\n7\r\nrefill;\r\n7\r\nrefill;\r\n");
	while (probe->drained_count < 4)
		client_step(probe->fixture, &c);
	assert_int_equal(probe->refills, 0);
	client_close(&c);
}

static void test_stream__may_start_after_the_handler(void **state)
{
	struct probe *probe = *state;
	struct fixture *f = probe->fixture;
	struct client c = client_open(f);

	client_send(f, &c, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
	wait_for_waiting(f, 1);
	start(f->waiting[0], f);
	assert_int_equal(probe->start_result, 0);
	assert_int_equal(send_text(probe, "hello"), 0);
	client_wait_text(f, &c, "5\r\nhello\r\n");
	client_close(&c);
}

static void test_stream__slow_client_is_told_and_dropped(void **state)
{
	struct probe *probe = *state;
	struct fixture *f = probe->fixture;
	struct client c = open_stream(probe, "/stream");
	CLEANUP(freep) char *piece = xcalloc(1, 10001);
	usec_t end = clock_boottime() + DEADLINE;
	int r = 0;

	memset(piece, 'x', 10000);
	while (r == 0) { /* the client reads nothing: the kernel's buffers fill, then ours */
		fixture_turn(f, -1);
		for (int i = 0; i < 10 && r == 0; i++)
			r = send_text(probe, piece);
		assert_true(http_stream_queued(probe->stream) <= MAX_QUEUE);
		assert_true(clock_boottime() < end);
	}
	assert_int_equal(r, -ENOBUFS);
	http_stream_drop(probe->stream);
	assert_int_equal(send_text(probe, "x"), -ENOBUFS);
	http_stream_drop(probe->stream);
	wait_closed(probe, 1);
	client_wait_eof(f, &c);
	client_close(&c);
}

static void test_stream__idle_one_is_dropped_at_once(void **state)
{
	struct probe *probe = *state;
	struct client c = open_stream(probe, "/stream");

	client_step(probe->fixture, &c);
	http_stream_drop(probe->stream);
	client_wait_eof(probe->fixture, &c);
	wait_closed(probe, 1);
	client_close(&c);
}

static void test_stream__client_that_left_is_found_by_sending(void **state)
{
	struct probe *probe = *state;
	struct client c = open_stream(probe, "/stream");
	usec_t end = clock_boottime() + DEADLINE;

	client_close(&c);
	while (probe->closed_count == 0) {
		if (probe->stream)
			assert_int_equal(send_text(probe, ":\n\n"), 0);
		fixture_turn(probe->fixture, -1);
		assert_true(clock_boottime() < end);
	}
	assert_int_equal(probe->closed_count, 1);
}

static void test_stream__number_is_bounded(void **state)
{
	struct probe *probe = *state;
	struct fixture *f = probe->fixture;
	struct client one = open_stream(probe, "/plain"), two = open_stream(probe, "/plain");
	struct http_stream *second = probe->stream;
	struct reply reply = ask(f, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");

	assert_int_equal(probe->start_result, -EBUSY);
	assert_int_equal(reply.status, 503);
	reply_done(&reply);
	http_stream_end(second);
	client_wait_text(f, &two, "\r\n0\r\n\r\n");
	client_close(&two);
	two = open_stream(probe, "/stream");
	assert_int_equal(probe->start_result, 0);
	client_close(&one);
	client_close(&two);
}

static void test_stream__head_and_old_http_end_too(void **state)
{
	struct probe *probe = *state;
	struct fixture *f = probe->fixture;
	struct client c = client_open(f);
	struct reply reply;

	client_send(f, &c, "HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n");
	reply = client_read_kind(f, &c, false);
	assert_int_equal(reply.status, 200);
	reply_done(&reply);
	wait_closed(probe, 1);
	client_close(&c);

	c = client_open(f);
	client_send(f, &c, "GET /stream HTTP/1.0\r\n\r\n");
	client_wait_text(f, &c, "\r\n\r\n");
	assert_int_equal(send_text(probe, "plain text"), 0);
	client_wait_text(f, &c, "\r\n\r\nplain text");
	http_stream_end(probe->stream);
	client_wait_eof(f, &c);
	wait_closed(probe, 2);
	client_close(&c);
}

static void test_drain__lets_a_stream_say_goodbye(void **state)
{
	struct probe *probe = *state;
	struct fixture *f = probe->fixture;
	struct client c = open_stream(probe, "/stream"), plain;
	struct http_stream *stream = probe->stream;

	plain = open_stream(probe, "/plain");
	probe->stream = stream;
	http_server_drain(f->server);
	http_server_drain(f->server);
	assert_int_equal(probe->drain_count, 1);
	client_wait_text(f, &c, "3\r\nbye\r\n0\r\n\r\n");
	client_wait_eof(f, &c);
	client_wait_text(f, &plain, "\r\n\r\n0\r\n\r\n");
	client_wait_eof(f, &plain);
	wait_closed(probe, 1);
	wait_for_idle(f);
	assert_int_equal(probe->closed_count, 1);
	client_close(&c);
	client_close(&plain);
}

static void test_abort__drops_a_stream_that_is_not_read(void **state)
{
	struct probe *probe = *state;
	struct fixture *f = probe->fixture;
	struct client c = open_stream(probe, "/stream");
	CLEANUP(freep) char *piece = xcalloc(1, 10001);
	usec_t end = clock_boottime() + DEADLINE;

	memset(piece, 'x', 10000);
	while (send_text(probe, piece) == 0) {
		fixture_turn(f, -1);
		assert_true(clock_boottime() < end);
	}
	http_server_drain(f->server); /* it ends, but what is queued is never taken */
	for (int i = 0; i < 20; i++)
		fixture_turn(f, -1);
	assert_int_equal(probe->closed_count, 0);
	http_server_abort(f->server);
	wait_closed(probe, 1);
	client_wait_eof(f, &c);
	client_close(&c);
}

static void test_free__closes_streams_once(void **state)
{
	struct probe *probe = *state;
	struct client c = open_stream(probe, "/stream");

	client_step(probe->fixture, &c);
	probe->fixture->server = http_server_free(probe->fixture->server);
	assert_int_equal(probe->closed_count, 1);
	client_close(&c);
}

static bool has_work(void *ctx)
{
	struct fixture *f = ctx;

	return http_server_wants_pump(f->server);
}

static void set_true(void *ctx)
{
	*(bool *)ctx = true;
}

/* The loop sleeps beside an idle stream and a waiting request: a quarter of a second of it takes
 * a handful of turns, not thousands. */
static void test_loop__sleeps_beside_idle_streams(void **state)
{
	struct probe *probe = *state;
	struct fixture *f = probe->fixture;
	struct client c = open_stream(probe, "/stream"), waiting = client_open(f);
	struct loop_source *timer = NULL;
	bool is_over = false;
	size_t turns = 0;

	client_send(f, &waiting, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
	wait_for_waiting(f, 1);
	loop_set_batch(f->loop, (struct loop_batch){ has_work, fixture_flush, f });
	assert_int_equal(loop_add_timer(f->loop, set_true, &is_over, &timer), 0);
	loop_set_timer(timer, clock_now() + 250 * USEC_PER_MSEC);
	while (!is_over) {
		assert_int_equal(loop_turn(f->loop), 0);
		turns++;
	}
	assert_true(turns < 20);
	loop_source_free(timer);
	client_close(&c);
	client_close(&waiting);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SERVER(test_stream__delivers_what_is_sent_late),
		WITH_SERVER(test_stream__connection_is_kept_after_its_end),
		WITH_SERVER(test_stream__on_drained_may_send_more),
		WITH_SERVER(test_stream__may_start_after_the_handler),
		WITH_SERVER(test_stream__slow_client_is_told_and_dropped),
		WITH_SERVER(test_stream__idle_one_is_dropped_at_once),
		WITH_SERVER(test_stream__client_that_left_is_found_by_sending),
		WITH_SERVER(test_stream__number_is_bounded),
		WITH_SERVER(test_stream__head_and_old_http_end_too),
		WITH_SERVER(test_drain__lets_a_stream_say_goodbye),
		WITH_SERVER(test_abort__drops_a_stream_that_is_not_read),
		WITH_SERVER(test_free__closes_streams_once),
		WITH_SERVER(test_loop__sleeps_beside_idle_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
