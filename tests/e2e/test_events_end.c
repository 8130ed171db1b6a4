/* How event streams end: by age, by a stop, by a disk that fails; and where the next one begins. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <string.h>

#include "lib/api_client.h"
#include "lib/machine.h"
#include "lib/rawsock.h"
#include "lib/stream.h"

#define ANSWERED "\"type\":\"answer.received\""
#define HELLO "\"type\":\"hello\""
#define BYE_AGE "{\"type\":\"bye\",\"reason\":\"age\"}"
#define BYE_ERROR "{\"type\":\"bye\",\"reason\":\"error\"}"
#define EXIT_IO 74

/* An old stream is ended politely, so that clients spread over daemons; it misses nothing. */
static void test_age__ends_a_stream_that_goes_on_elsewhere(void **state)
{
	CLEANUP(freep) char *last = NULL;
	struct stream *stream, *next;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	stream = stream_open(&h, NULL, NULL, NULL);
	free(harness_send(&h, "Before"));
	stream_wait(stream, ANSWERED, 1);
	machine_sleep(20 * (int64_t)USEC_PER_MINUTE);
	stream_wait(stream, "\n:\n", 1);
	assert_null(strstr(stream_text(stream), "bye"));
	machine_sleep(20 * (int64_t)USEC_PER_MINUTE);
	stream_wait_end(stream);
	assert_non_null(strstr(stream_text(stream), "data: " BYE_AGE "\n\n"));
	last = stream_last_id(stream);
	free(harness_send(&h, "Between"));
	json_object_put(harness_wait_delivered(&h, "answer.received", 2));
	next = stream_open(&h, NULL, NULL, last);
	stream_wait(next, ANSWERED, 1);
	assert_non_null(strstr(stream_text(next), "Between"));
	assert_null(strstr(stream_text(next), "Before"));
	stream_close(stream);
	stream_close(next);
	harness_stop(&h);
}

#define BIG 12 /* answers of a megabyte: more than the database keeps in memory */

/* What cannot be read ends that stream and says so; nobody else notices, and it works again. */
static void test_unreadable_database__says_bye(void **state)
{
	struct stream *live, *old, *again;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (int i = 0; i < BIG; i++) {
		CLEANUP(freep) char *thread = xasprintf("thread-%d", i);

		free(harness_send_in(&h, "Big [sim size=1000000]", thread));
	}
	json_object_put(harness_wait_delivered(&h, "answer.received", BIG));
	live = stream_open(&h, NULL, NULL, NULL);
	stream_wait(live, HELLO, 1);
	machine_set_disk(MACHINE_DISK_UNREADABLE);
	old = stream_open(&h, NULL, NULL, "1");
	stream_wait_end(old);
	assert_non_null(strstr(stream_text(old), "data: " BYE_ERROR "\n\n"));
	machine_set_disk(MACHINE_DISK_FINE);
	again = stream_open(&h, NULL, NULL, "1");
	stream_wait(again, ANSWERED, BIG);
	free(harness_send(&h, "Small"));
	stream_wait(live, "Answer to: Small", 1);
	stream_close(live);
	stream_close(old);
	stream_close(again);
	harness_stop(&h);
}

/*
 * A disk that fails to sync: nobody knows what is on it. The daemon ends, whatever is open, nobody
 * is told of success, and the next run has all that was acknowledged.
 */
static void test_failing_disk__ends_the_daemon_and_promises_nothing(void **state)
{
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *silent = api_message("Silent [sim callbacks=0]", "a");
	CLEANUP(freep) char *body = api_message("Not stored", "c");
	CLEANUP(freep) char *reply = NULL;
	CLEANUP(freep) char *late = NULL;
	struct stream *stream;
	struct harness h;
	int waiting, sent, half;
	int status;

	(void)state;
	harness_start(&h, NULL);
	id = harness_send_in(&h, "Stored [sim callbacks=0]", "b");
	json_object_put(harness_wait_state(&h, id, "waiting"));
	stream = stream_open(&h, NULL, NULL, NULL);
	stream_wait(stream, HELLO, 1);
	waiting = api_send_raw(&h, silent, "Prefer: wait=60");
	half = rawsock_connect(h.daemon.port);
	rawsock_send_text(half, "POST /v1/messages HTTP/1.1\r\nHost: a\r\n");
	json_object_put(sim_wait(&h.sim, "submit", 2));

	machine_set_disk(MACHINE_DISK_FAILS);
	sent = api_send_raw(&h, body, NULL);
	status = process_wait(&h.daemon.process);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_IO);
	stream_wait_end(stream);
	/* No word, or one that is true: nothing was stored, and the message of the wait was,
	 * before. */
	reply = api_receive(sent);
	assert_true(reply[0] == '\0' || strncmp(reply, "HTTP/1.1 503", 12) == 0);
	late = api_receive(waiting);
	assert_true(late[0] == '\0' || strncmp(late, "HTTP/1.1 202", 12) == 0);
	close(half);

	machine_set_disk(MACHINE_DISK_FINE);
	daemon_start(&h.daemon);
	json_object_put(harness_wait_state(&h, id, "waiting"));
	free(harness_send(&h, "Works again"));
	json_object_put(
		receiver_wait(&h.receiver, "/body/data/answer/text", "Answer to: Works again", 1));
	stream_close(stream);
	harness_stop(&h);
}

static void test_garbage_positions__are_refused(void **state)
{
	static const char *const bad[] = {
		"x",
		"-1",
		"5x",
		"0x10",
		"1e3",
		"1.5",
		"5 6",
		"--1",
		"\xef\xbc\x95",
		"99999999999999999999",
		"9223372036854775808",
	};
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP(freep) char *header = xasprintf("Last-Event-ID: %s", bad[i]);

		api_expect(&h, &(struct api_call){ .path = "/v1/events", .header = header }, 400,
			   "bad_parameter");
	}
	api_expect(&h, &(struct api_call){ .path = "/v1/events?after=%20x" }, 400, "bad_parameter");
	harness_stop(&h);
}

/* One that takes nothing does not hold up a stop for longer than is allowed. */
static void test_sigterm__does_not_wait_for_who_does_not_read(void **state)
{
	static const struct harness_options options = {
		.maaxd = "shutdown_timeout = 500ms\n",
		.public = "idle_timeout = 10m\n",
	};
	static const char request[] = "GET /v1/events?after=1 HTTP/1.1\r\nHost: test\r\n"
				      "Authorization: Bearer " HARNESS_KEY "\r\n\r\n";
	const int size = 4096;
	struct sockaddr_in address = { .sin_family = AF_INET };
	CLEANUP(closep) int deaf = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	for (int i = 0; i < 4; i++) {
		CLEANUP(freep) char *thread = xasprintf("thread-%d", i);

		free(harness_send_in(&h, "Long [sim size=100000]", thread));
	}
	json_object_put(harness_wait_delivered(&h, "answer.received", 4));
	address.sin_port = htons(h.daemon.port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(deaf, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	assert_int_equal(connect(deaf, (const struct sockaddr *)&address, sizeof(address)), 0);
	rawsock_send_text(deaf, request);
	free(rawsock_read(deaf, HELLO));
	daemon_stop(&h.daemon);
	harness_stop(&h);
}

int main(void)
{
#define MACHINE_TEST(name) cmocka_unit_test_setup_teardown(name, machine_setup, machine_teardown)
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_age__ends_a_stream_that_goes_on_elsewhere),
		MACHINE_TEST(test_unreadable_database__says_bye),
		MACHINE_TEST(test_failing_disk__ends_the_daemon_and_promises_nothing),
		cmocka_unit_test(test_garbage_positions__are_refused),
		cmocka_unit_test(test_sigterm__does_not_wait_for_who_does_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
