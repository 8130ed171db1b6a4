/* GET /v1/events: what a stream tells, to whom, and what becomes of it when something breaks. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <string.h>

#include "lib/api_client.h"
#include "lib/rawsock.h"
#include "lib/stream.h"

#define ANSWERED "\"type\":\"answer.received\""
#define FOLLOWED_UP "\"type\":\"followup.received\""
#define HELLO "\"type\":\"hello\""
#define RESET "\"type\":\"reset\""
#define BYE "\"type\":\"bye\""

/* ---- what it says ---- */

static void expect_header(const struct stream *stream, const char *line)
{
	if (!strcasestr(stream_headers(stream), line))
		fail_msg("no %s in %s", line, stream_headers(stream));
}

static void test_stream__tells_the_whole_line_as_it_happens(void **state)
{
	CLEANUP(freep) char *id = NULL;
	CLEANUP(json_putp) struct json_object *frames = NULL;
	struct json_object *answer;
	struct stream *stream;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	stream = stream_open(&h, NULL, NULL, NULL);
	expect_header(stream, "HTTP/1.1 200");
	expect_header(stream, "\r\nContent-Type: text/event-stream");
	expect_header(stream, "\r\nCache-Control: no-store");
	expect_header(stream, "\r\nX-Accel-Buffering: no");
	stream_wait(stream, HELLO, 1);
	id = harness_send(&h, "Hello [sim followup=200ms]");
	stream_wait(stream, FOLLOWED_UP, 1);
	frames = stream_frames(stream);
	assert_int_equal(json_count(frames, "/data/type", "hello"), 1);
	assert_int_equal(json_count(frames, "/data/state", "queued"), 1);
	assert_int_equal(json_count(frames, "/data/state", "waiting"), 1);
	assert_int_equal(json_count(frames, "/data/state", "answered"), 1);
	answer = json_select(frames, "/data/type", "answer.received", 0);
	assert_non_null(answer);
	assert_true(json_path_is(answer, "/data/message/id", id));
	assert_true(json_path_is(answer, "/data/source", "crm"));
	assert_true(json_path_is(answer, "/data/answer/kind", "answer"));
	assert_true(json_path_is(answer, "/data/answer/text", "Answer to: Hello"));
	assert_non_null(json_path(answer, "/data/answer/raw"));
	answer = json_select(frames, "/data/type", "followup.received", 0);
	assert_true(json_path_is(answer, "/data/answer/kind", "followup"));
	assert_null(strstr(stream_text(stream), "event:"));
	stream_close(stream);
	harness_stop(&h);
}

/* Numbers that only grow, on all that is durable and on nothing else. */
static void expect_ids(const struct stream *stream, const char *after)
{
	CLEANUP(json_putp) struct json_object *frames = stream_frames(stream);
	int64_t last = after ? strtoll(after, NULL, 10) : 0;

	for (size_t i = 0; i < json_object_array_length(frames); i++) {
		struct json_object *frame = json_object_array_get_idx(frames, i);
		const char *type = json_path(frame, "/data/type");
		const char *id = json_path(frame, "/id");

		if (streq(type, "hello") || streq(type, "reset") || streq(type, "bye")) {
			assert_null(id);
			continue;
		}
		assert_non_null(id);
		assert_true(strtoll(id, NULL, 10) > last);
		last = strtoll(id, NULL, 10);
	}
}

static void test_failed_and_overdue__are_told(void **state)
{
	const struct harness_options options = { .maax = "answer_deadline = 300ms" };
	CLEANUP(json_putp) struct json_object *frames = NULL;
	struct stream *stream;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	stream = stream_open(&h, NULL, NULL, NULL);
	stream_wait(stream, HELLO, 1);
	free(harness_send_in(&h, "No [sim reply=422]", "a"));
	free(harness_send_in(&h, "Silence [sim callbacks=0]", "b"));
	stream_wait(stream, "\"type\":\"message.failed\"", 1);
	stream_wait(stream, "\"type\":\"answer.overdue\"", 1);
	frames = stream_frames(stream);
	assert_true(json_path_is(json_select(frames, "/data/type", "answer.overdue", 0),
				 "/data/answer", NULL));
	expect_ids(stream, NULL);
	stream_close(stream);
	harness_stop(&h);
}

/* ---- resuming ---- */

/*
 * Two clients: one is there all the time, the other is cut off by a kill and comes back. Both have
 * seen the same, each once.
 */
static void test_last_event_id__misses_nothing_and_repeats_nothing(void **state)
{
	CLEANUP(freep) char *cut_at = NULL;
	CLEANUP(freep) char *end = NULL;
	CLEANUP(freep) char *whole = NULL;
	CLEANUP(freep) char *rest = NULL;
	struct stream *before, *after, *all, *none;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	before = stream_open(&h, NULL, NULL, NULL);
	stream_wait(before, HELLO, 1);
	for (int i = 0; i < 3; i++)
		free(harness_send_in(&h, "Before", i % 2 ? "a" : "b"));
	stream_wait(before, ANSWERED, 2);
	cut_at = stream_last_id(before);
	json_object_put(harness_wait_delivered(&h, "answer.received", 3));
	daemon_kill(&h.daemon);
	stream_wait_end(before);
	daemon_start(&h.daemon);
	free(harness_send(&h, "Between"));
	json_object_put(harness_wait_delivered(&h, "answer.received", 4));

	after = stream_open(&h, NULL, NULL, cut_at);
	all = stream_open(&h, "/v1/events?after=1", NULL, NULL);
	free(harness_send(&h, "After"));
	stream_wait(all, ANSWERED, 5);
	stream_wait(all, "\"state\":\"answered\"", 5);
	end = stream_last_id(all);
	whole = xasprintf("id: %s\n", cut_at);
	rest = xasprintf("id: %s\n", end);
	stream_wait(after, rest, 1);
	expect_ids(all, NULL);
	expect_ids(after, cut_at);

	/* From the cut on, the one who came back has what the other has, byte for byte. */
	assert_non_null(strstr(stream_text(all), whole));
	assert_string_equal(strstr(strstr(stream_text(all), whole) + 1, "id: "),
			    strstr(stream_text(after), "id: "));

	none = stream_open(&h, NULL, NULL, end);
	free(harness_send(&h, "Last"));
	stream_wait(none, ANSWERED, 1);
	expect_ids(none, end);
	assert_null(strstr(stream_text(none), "After"));
	stream_close(none);
	stream_close(before);
	stream_close(after);
	stream_close(all);
	harness_stop(&h);
}

static void test_unknown_id__is_told_to_start_again(void **state)
{
	struct stream *stream;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	free(harness_send(&h, "Old"));
	json_object_put(harness_wait_delivered(&h, "answer.received", 1));
	stream = stream_open(&h, NULL, NULL, "9000000000000000000");
	stream_wait(stream, RESET, 1);
	free(harness_send(&h, "New"));
	stream_wait(stream, ANSWERED, 1);
	assert_null(strstr(stream_text(stream), "Old"));
	stream_close(stream);
	harness_stop(&h);
}

#define LONG_TEXTS 30

/* More than may ever wait for one client: the replay must go at the client's pace. */
static void test_long_replay__arrives_whole(void **state)
{
	CLEANUP(freep) char *text = xcalloc(15 * KIB + 1, 1);
	struct stream *stream;
	struct harness h;

	(void)state;
	memset(text, 'x', 15 * KIB);
	harness_start(&h, NULL);
	for (int i = 0; i < LONG_TEXTS; i++) {
		CLEANUP(freep) char *thread = xasprintf("thread-%d", i);

		free(harness_send_in(&h, text, thread));
	}
	json_object_put(harness_wait_delivered(&h, "answer.received", LONG_TEXTS));
	stream = stream_open(&h, NULL, NULL, "1");
	stream_wait(stream, ANSWERED, LONG_TEXTS);
	expect_ids(stream, NULL);
	stream_close(stream);
	harness_stop(&h);
}

/* More at once than may wait for one client, but it reads: it is not the one to be dropped. */
static void test_burst__reaches_a_reader_whole(void **state)
{
	CLEANUP(freep) char *text = xcalloc(15 * KIB + 1, 1);
	int fds[LONG_TEXTS];
	struct stream *stream;
	struct harness h;

	(void)state;
	memset(text, 'x', 15 * KIB);
	harness_start(&h, NULL);
	stream = stream_open(&h, NULL, NULL, NULL);
	stream_wait(stream, HELLO, 1);
	process_signal(&h.daemon.process, SIGSTOP);
	for (int i = 0; i < LONG_TEXTS; i++) {
		CLEANUP(freep) char *thread = xasprintf("thread-%d", i);
		CLEANUP(freep) char *body = api_message(text, thread);

		fds[i] = api_send_raw(&h, body, NULL);
	}
	process_signal(&h.daemon.process, SIGCONT);
	for (int i = 0; i < LONG_TEXTS; i++)
		free(api_receive(fds[i]));
	stream_wait(stream, ANSWERED, LONG_TEXTS);
	expect_ids(stream, NULL);
	stream_close(stream);
	harness_stop(&h);
}

/* An answer longer than the whole queue of a client must not cut everybody off again and again. */
static void test_huge_answer__does_not_end_the_stream(void **state)
{
	CLEANUP(json_putp) struct json_object *frames = NULL;
	CLEANUP(freep) char *id = NULL;
	struct json_object *huge;
	struct stream *live, *late;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	live = stream_open(&h, NULL, NULL, NULL);
	stream_wait(live, HELLO, 1);
	id = harness_send_in(&h, "Huge [sim size=1000000]", "a");
	stream_wait(live, ANSWERED, 1);
	free(harness_send_in(&h, "Small", "b"));
	stream_wait(live, ANSWERED, 2);
	late = stream_open(&h, NULL, NULL, "1");
	stream_wait(late, ANSWERED, 2);
	frames = stream_frames(late);
	huge = json_select(frames, "/data/type", "answer.received", 0);
	assert_true(json_path_is(huge, "/data/message/id", id));
	assert_true(json_path_bool(huge, "/data/truncated"));
	assert_non_null(json_path(huge, "/data/answer/id"));
	assert_true(json_path_is(json_select(frames, "/data/type", "answer.received", 1),
				 "/data/answer/text", "Answer to: Small"));
	stream_close(live);
	stream_close(late);
	harness_stop(&h);
}

/* ---- whose events ---- */

static void test_other_sources_and_conversations__are_not_seen(void **state)
{
	CLEANUP(freep) char *message = NULL;
	CLEANUP(freep) char *conversation = NULL;
	CLEANUP(freep) char *path = NULL;
	struct stream *crm, *shop, *one, *replayed;
	struct harness h;

	(void)state;
	api_start_two(&h, NULL);
	message = harness_send_in(&h, "Opening", "mine");
	conversation = api_conversation_of(&h, message);
	path = xasprintf("/v1/events?conversation=%s", conversation);
	json_object_put(harness_wait_state(&h, message, "answered"));
	crm = stream_open(&h, NULL, NULL, NULL);
	shop = stream_open(&h, NULL, API_SHOP_KEY, NULL);
	one = stream_open(&h, path, NULL, NULL);
	stream_wait(crm, HELLO, 1);
	stream_wait(shop, HELLO, 1);
	stream_wait(one, HELLO, 1);
	free(api_send_as(&h, API_SHOP_KEY, "Of the shop", "mine"));
	free(harness_send_in(&h, "Another thread", "other"));
	stream_wait(crm, ANSWERED, 1);
	stream_wait(shop, ANSWERED, 1);
	free(harness_send_in(&h, "This thread", "mine"));
	stream_wait(crm, ANSWERED, 2);
	stream_wait(one, ANSWERED, 1);
	replayed = stream_open(&h, NULL, API_SHOP_KEY, "1");
	stream_wait(replayed, ANSWERED, 1);

	assert_null(strstr(stream_text(crm), "Of the shop"));
	assert_null(strstr(stream_text(shop), "thread"));
	assert_null(strstr(stream_text(replayed), "thread"));
	assert_null(strstr(stream_text(replayed), "Opening"));
	assert_null(strstr(stream_text(one), "Another thread"));
	assert_non_null(strstr(stream_text(one), "This thread"));
	stream_close(crm);
	stream_close(shop);
	stream_close(one);
	stream_close(replayed);
	harness_stop(&h);
}

static void test_bad_positions__are_refused(void **state)
{
	static const char *const bad[] = { "Last-Event-ID: x", "Last-Event-ID: -1",
					   "Last-Event-ID: 99999999999999999999" };
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		api_expect(&h, &(struct api_call){ .path = "/v1/events", .header = bad[i] }, 400,
			   "bad_parameter");
	harness_stop(&h);
}

/* ---- ends ---- */

static void test_max_streams__the_next_one_is_sent_away_politely(void **state)
{
	const struct harness_options options = { .public = "max_streams = 2" };
	struct stream *first, *second, *third, *fourth;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	first = stream_open(&h, NULL, NULL, NULL);
	second = stream_open(&h, NULL, NULL, NULL);
	third = stream_open(&h, NULL, NULL, NULL);
	stream_wait_end(third);
	assert_non_null(strstr(stream_headers(third), "HTTP/1.1 200"));
	assert_non_null(strcasestr(stream_headers(third), "Content-Type: text/event-stream"));
	assert_non_null(strstr(stream_text(third), "retry: 30000\n"));
	assert_non_null(strstr(stream_text(third), BYE));

	/* One that ends makes room; everything else is served meanwhile. */
	free(harness_send(&h, "Hello"));
	stream_wait(first, ANSWERED, 1);
	stream_wait(second, ANSWERED, 1);
	stream_close(second);
	for (;;) {
		fourth = stream_open(&h, NULL, NULL, NULL);
		stream_wait(fourth, "\n\n", 1);
		if (strstr(stream_text(fourth), HELLO))
			break;
		stream_close(fourth);
		/* The leaving is noticed at the next write to it. */
		free(harness_send(&h, "Again"));
	}
	stream_close(first);
	stream_close(third);
	stream_close(fourth);
	harness_stop(&h);
}

static void test_sigterm__says_bye(void **state)
{
	struct stream *streams[20];
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(streams); i++) {
		streams[i] = stream_open(&h, NULL, NULL, NULL);
		stream_wait(streams[i], HELLO, 1);
	}
	daemon_stop(&h.daemon);
	for (size_t i = 0; i < ARRAY_SIZE(streams); i++) {
		stream_wait_end(streams[i]);
		assert_non_null(strstr(stream_text(streams[i]), BYE));
		assert_non_null(strstr(stream_text(streams[i]), "retry: 2000\n"));
		stream_close(streams[i]);
	}
	harness_stop(&h);
}

static void test_heartbeat__keeps_an_idle_stream_alive(void **state)
{
	/* Shorter than the heartbeat: an idle stream is no idle connection. */
	const struct harness_options options = { .public = "idle_timeout = 2s" };
	struct stream *stream;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	stream = stream_open(&h, NULL, NULL, NULL);
	stream_wait(stream, HELLO, 1);
	stream_wait(stream, "\n:\n", 1);
	free(harness_send(&h, "Still there?"));
	stream_wait(stream, ANSWERED, 1);
	stream_close(stream);
	harness_stop(&h);
}

/* ---- a client that does not read ---- */

/* With a receive buffer so small that what is sent piles up at the daemon. */
static int open_deaf(const struct harness *h)
{
	static const char request[] = "GET /v1/events HTTP/1.1\r\nHost: test\r\n"
				      "Authorization: Bearer " HARNESS_KEY "\r\n\r\n";
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(h->daemon.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int size = 4096;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	rawsock_send_text(fd, request);
	return fd;
}

static bool has_clients(struct harness *h, const char *count)
{
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(freep) char *line = xasprintf("\nmaaxd_sse_clients %s\n", count);

	harness_admin(h, "GET", "/metrics", NULL, &answer);
	return strstr(buf_text(&answer.body), line) != NULL;
}

static void test_client_that_does_not_read__is_cut_off_while_others_go_on(void **state)
{
	const struct harness_options options = { .source = "max_text = 64K",
						 .public = "idle_timeout = 1s",
						 .maaxd = "log_level = info" };
	CLEANUP(freep) char *text = xcalloc(60 * KIB + 1, 1);
	struct stream *reader;
	struct harness h;
	int deaf;

	(void)state;
	memset(text, 'x', 60 * KIB);
	harness_start(&h, &options);
	deaf = open_deaf(&h);
	reader = stream_open(&h, NULL, NULL, NULL);
	WAIT_FOR(has_clients(&h, "2"));
	for (size_t i = 1; !has_clients(&h, "1"); i++) {
		CLEANUP(freep) char *thread = xasprintf("thread-%zu", i);

		assert_in_range(i, 1, 400);
		free(harness_send_in(&h, text, thread));
		stream_wait(reader, ANSWERED, i);
	}
	free(harness_send(&h, "Afterwards"));
	stream_wait(reader, "Answer to: Afterwards", 1);
	expect_ids(reader, NULL);
	close(deaf);
	stream_close(reader);
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stream__tells_the_whole_line_as_it_happens),
		cmocka_unit_test(test_failed_and_overdue__are_told),
		cmocka_unit_test(test_last_event_id__misses_nothing_and_repeats_nothing),
		cmocka_unit_test(test_unknown_id__is_told_to_start_again),
		cmocka_unit_test(test_long_replay__arrives_whole),
		cmocka_unit_test(test_burst__reaches_a_reader_whole),
		cmocka_unit_test(test_huge_answer__does_not_end_the_stream),
		cmocka_unit_test(test_other_sources_and_conversations__are_not_seen),
		cmocka_unit_test(test_bad_positions__are_refused),
		cmocka_unit_test(test_max_streams__the_next_one_is_sent_away_politely),
		cmocka_unit_test(test_sigterm__says_bye),
		cmocka_unit_test(test_heartbeat__keeps_an_idle_stream_alive),
		cmocka_unit_test(test_client_that_does_not_read__is_cut_off_while_others_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
