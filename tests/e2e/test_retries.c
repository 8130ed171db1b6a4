/* When what failed is tried again: the schedules, Retry-After in both its forms and within its
 * ceiling, the long step after 429 and time-outs, and a destination that is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/harness.h"
#include "lib/rawsock.h"

#define SCHEDULE "0s 2s 10s 60s"

#define SLACK 2000 /* milliseconds, for a machine that is busy with other things */

/* Steps of the schedule with their jitter of 20 %, in milliseconds. */
#define STEP_2S 1600, 2400 + SLACK
#define STEP_10S 8000, 12000 + SLACK
/* Retry-After has no jitter; the times shown are cut to milliseconds, a date to seconds. */
#define AFTER(seconds) 1000 * (seconds)-1, 1000 * (seconds) + SLACK
#define AFTER_DATE(seconds) 1000 * (seconds)-1000 - SLACK, 1000 * (seconds) + SLACK

struct retry_case {
	const char *how; /* the far end is told to do the first time */
	unsigned least, most;
};

/* From the end of a failed try to the next one, in milliseconds. */
static void check_delay(const struct retry_case *c, struct json_object *attempt,
			struct json_object *waiting)
{
	const usec_t finished_at = json_path_time(attempt, "/finished_at");
	const usec_t next_try_at = json_path_time(waiting, "/next_try_at");
	usec_t delay;

	assert_true(finished_at > 0);
	assert_true(next_try_at >= finished_at);
	delay = (next_try_at - finished_at) / USEC_PER_MSEC;
	if (delay < c->least || delay > c->most)
		fail_msg("%s: tried again after %llu ms, expected %u to %u", c->how,
			 (unsigned long long)delay, c->least, c->most);
}

/* ---- Maax ---- */

static struct json_object *wait_failed_submit(struct harness *h, const char *id)
{
	const usec_t deadline = wait_deadline();

	for (;;) {
		struct json_object *story = harness_message(h, id);

		if (json_path_is(story, "/message/state", "queued") &&
		    json_path_len(story, "/message/attempts") > 0)
			return story;
		json_object_put(story);
		wait_a_little(deadline, "a failed submit", __FILE__, __LINE__);
	}
}

static void check_submit(struct harness *h, const struct retry_case *c)
{
	CLEANUP(freep) char *text = xasprintf("Hello [sim %s]", c->how);
	CLEANUP(freep) char *id = harness_send_in(h, text, c->how);
	CLEANUP(json_putp) struct json_object *story = wait_failed_submit(h, id);

	check_delay(c, json_at(story, "/message/attempts/0"), json_at(story, "/message"));
}

static void test_submit__waits_as_the_schedule_and_maax_have_it(void **state)
{
	static const struct harness_options options = {
		.maax = "submit_schedule = " SCHEDULE "\nretry_after_max = 30s\n",
	};
	static const struct retry_case cases[] = {
		{ "reply=503", STEP_2S },
		{ "reply=503 retry-after=1", STEP_2S },
		{ "reply=503 retry-after=20", AFTER(20) },
		{ "reply=500 retry-after=3600", AFTER(30) },
		{ "reply=503 retry-after=20 retry-date", AFTER_DATE(20) },
		{ "reply=503 retry-after=3600 retry-date", AFTER(30) },
		{ "reply=429", STEP_10S },
		{ "reply=429 retry-after=1", STEP_10S },
		{ "reply=429 retry-after=20", AFTER(20) },
		{ "reply=429 retry-after=86400", AFTER(30) },
		{ "reply=404 retry-after=3600", AFTER(30) },
	};
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_submit(&h, &cases[i]);
	harness_stop(&h);
}

/* Nobody at home is tried again soon; somebody who does not answer the door, later. */
static void test_submit__after_a_timeout_the_step_is_long(void **state)
{
	static const struct retry_case timed_out = { "time-out", STEP_10S };
	static const struct retry_case refused = { "refused", STEP_2S };
	CLEANUP(json_putp) struct json_object *first = NULL;
	CLEANUP(json_putp) struct json_object *second = NULL;
	CLEANUP(freep) char *maax = NULL;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *other = NULL;
	struct harness_options options = { 0 };
	struct harness h;
	uint16_t port;
	int deaf;

	(void)state;
	harness_prepare(&h, NULL);
	deaf = rawsock_listen(&port);
	maax = xasprintf("base_url = https://127.0.0.1:%u/api/v2\nconnect_timeout = 100ms\n"
			 "submit_schedule = " SCHEDULE "\n",
			 port);
	options.maax = maax;
	harness_configure(&h, &options);
	daemon_start(&h.daemon);
	id = harness_send_in(&h, "Stalled", "a");
	first = wait_failed_submit(&h, id);
	check_delay(&timed_out, json_at(first, "/message/attempts/0"), json_at(first, "/message"));
	close(deaf);
	other = harness_send_in(&h, "Refused", "b");
	second = wait_failed_submit(&h, other);
	check_delay(&refused, json_at(second, "/message/attempts/0"), json_at(second, "/message"));
	harness_stop(&h);
}

/* What is asked for is kept, and then it goes. */
static void test_submit__goes_after_retry_after(void **state)
{
	static const struct harness_options options = {
		.maax = "submit_schedule = 0s 10ms\nretry_after_max = 1500ms\n",
	};
	CLEANUP(json_putp) struct json_object *story = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	id = harness_send(&h, "Busy [sim reply=503 retry-after=3600 times=1]");
	story = harness_wait_state(&h, id, "answered");
	assert_true(json_path_time(story, "/message/attempts/1/started_at") >=
		    json_path_time(story, "/message/attempts/0/finished_at") +
			    1400 * USEC_PER_MSEC);
	harness_stop(&h);
}

/* ---- destinations ---- */

static struct json_object *wait_failed_delivery(struct harness *h, const char *id)
{
	const usec_t deadline = wait_deadline();

	for (;;) {
		struct json_object *story = harness_message(h, id);

		if (json_path_is(story, "/message/deliveries/0/state", "pending") &&
		    json_count(json_at(story, "/message/attempts"), "/kind", "deliver") > 0)
			return story;
		json_object_put(story);
		wait_a_little(deadline, "a failed delivery", __FILE__, __LINE__);
	}
}

static void check_delivery(struct harness *h, const struct retry_case *c, size_t number)
{
	/* Later tries of the cases before this one must not meet its step. */
	CLEANUP(freep) char *text = xasprintf("Case %zu.", number);
	CLEANUP(freep)
	char *step = xasprintf("{%s,\"times\":1,\"match\":\"%s\"}", c->how, text);
	CLEANUP(freep) char *id = NULL;
	CLEANUP(json_putp) struct json_object *story = NULL;

	receiver_script(&h->receiver, step);
	id = harness_send_in(h, text, text);
	story = wait_failed_delivery(h, id);
	check_delay(c, json_select(json_at(story, "/message/attempts"), "/kind", "deliver", 0),
		    json_at(story, "/message/deliveries/0"));
}

static void test_delivery__waits_as_the_schedule_and_the_receiver_have_it(void **state)
{
	static const struct harness_options options = {
		.destination = "retry_schedule = " SCHEDULE "\nretry_after_max = 30s\n"
			       "timeout = 300ms\nconcurrency = 32\n",
	};
	static const struct retry_case cases[] = {
		{ "\"reset\":true",
		  STEP_2S }, /* the first: curl repeats it on a reused connection */
		{ "\"status\":500", STEP_2S },
		{ "\"status\":404", STEP_2S },
		{ "\"status\":503,\"retry_after\":20", AFTER(20) },
		{ "\"status\":503,\"retry_after\":3600", AFTER(30) },
		{ "\"status\":503,\"retry_after\":20,\"retry_date\":true", AFTER_DATE(20) },
		{ "\"status\":503,\"retry_after\":3600,\"retry_date\":true", AFTER(30) },
		{ "\"status\":429", STEP_10S },
		{ "\"status\":429,\"retry_after\":20", AFTER(20) },
		{ "\"status\":429,\"retry_after\":86400", AFTER(30) },
		{ "\"delay_ms\":600", STEP_10S },
	};
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_delivery(&h, &cases[i], i);
	harness_stop(&h);
}

static bool is_delivered_to(struct harness *h, const char *id, const char *destination)
{
	CLEANUP(json_putp) struct json_object *story = harness_message(h, id);
	struct json_object *delivery =
		json_select(json_at(story, "/message/deliveries"), "/destination", destination, 0);

	return delivery && json_path_is(delivery, "/state", "delivered");
}

static bool has_hold(struct harness *h)
{
	CLEANUP(http_answer_done) struct http_answer answer;

	harness_admin(h, "GET", "/admin/v1/holds", NULL, &answer);
	return json_path_is(answer.json, "/data/0/name", "desk") &&
	       json_path_is(answer.json, "/data/0/reason", "it answered 410 Gone");
}

static int resume_status(struct harness *h)
{
	CLEANUP(http_answer_done) struct http_answer answer;

	harness_admin(h, "POST", "/admin/v1/destinations/desk/resume", "", &answer);
	return answer.status;
}

/* Two destinations with a receiver each; the text of the second section is the caller's. */
static char *start_two(struct harness *h, struct peer *other)
{
	static const char *const arguments[] = { "--secret", HARNESS_SECRET, NULL };
	struct harness_options options = { .source = "destinations = desk other\n" };
	char *more;

	harness_prepare(h, NULL);
	receiver_start(other, h->dir, arguments);
	more = xasprintf("[destination \"other\"]\nkind = webhook\nurl = %s/other\n"
			 "secret_file = %s/desk-secret\n",
			 other->url, h->dir);
	options.more = more;
	harness_configure(h, &options);
	daemon_start(&h->daemon);
	return more;
}

/* Gone: nothing more is sent there, and a reload is no pardon; other destinations go on. */
static void test_gone__nothing_is_sent_until_it_is_resumed(void **state)
{
	CLEANUP(json_putp) struct json_object *story = NULL;
	CLEANUP(json_putp) struct json_object *held = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(freep) char *more = NULL;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	CLEANUP(freep) char *third = NULL;
	struct peer other = { 0 };
	struct harness h;

	(void)state;
	more = start_two(&h, &other);
	assert_int_equal(resume_status(&h), 404);
	receiver_script(&h.receiver, "{\"status\":410,\"times\":1}");
	first = harness_send_in(&h, "First", "a");
	WAIT_FOR(has_hold(&h));
	second = harness_send_in(&h, "Second", "a");
	WAIT_FOR(is_delivered_to(&h, second, "other"));
	daemon_reload(&h.daemon);
	third = harness_send_in(&h, "Third", "a");
	WAIT_FOR(is_delivered_to(&h, third, "other"));
	held = receiver_log(&h.receiver);
	assert_int_equal(json_object_array_length(held), 1);
	story = harness_message(&h, first);
	assert_int_equal(json_count(json_at(story, "/message/attempts"), "/status", "410"), 1);
	assert_int_equal(json_count(json_at(story, "/message/attempts"), "/outcome", "PERMFAIL"),
			 1);
	assert_int_equal(resume_status(&h), 200);
	log = harness_wait_delivered(&h, "answer.received", 4);
	assert_true(json_path_is(json_object_array_get_idx(log, 1), "/webhook_id",
				 json_path(json_object_array_get_idx(log, 0), "/webhook_id")));
	assert_true(
		json_path_is(json_object_array_get_idx(log, 2), "/body/data/message/id", second));
	assert_true(
		json_path_is(json_object_array_get_idx(log, 3), "/body/data/message/id", third));
	assert_int_equal(resume_status(&h), 404);
	peer_stop(&other);
	peer_done(&other);
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_submit__waits_as_the_schedule_and_maax_have_it),
		cmocka_unit_test(test_submit__after_a_timeout_the_step_is_long),
		cmocka_unit_test(test_submit__goes_after_retry_after),
		cmocka_unit_test(test_delivery__waits_as_the_schedule_and_the_receiver_have_it),
		cmocka_unit_test(test_gone__nothing_is_sent_until_it_is_resumed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
