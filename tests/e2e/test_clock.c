/* A wall clock that is stepped by an hour, forth and back, while the daemon runs and between two
 * runs, and a machine that sleeps: no timer is lost, none fires twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lib/harness.h"
#include "lib/machine.h"

#include "base/clock.h"

#define HOUR ((int64_t)USEC_PER_HOUR)
#define DEADLINE (3 * USEC_PER_SEC)
#define SIGNATURE_AGE 120 /* seconds that a signature may be old here, on a slow machine */

static const struct harness_options options = {
	.maax = "answer_deadline = 3s\nsubmit_schedule = 0s 1s\n",
	.destination = "retry_schedule = 0s 1s 1s 1s\n",
};

/* Signed with the wall clock as it is after the step, as the receiver, stepped too, has found. */
static void check_signature(struct json_object *delivery, int64_t step)
{
	const int64_t now = (int64_t)(clock_wall() / USEC_PER_SEC) + step / (int64_t)USEC_PER_SEC;
	const char *text = json_path(delivery, "/headers/webhook-timestamp");
	int64_t timestamp;

	assert_non_null(text);
	timestamp = strtoll(text, NULL, 10);
	assert_true(json_path_bool(delivery, "/verified"));
	if (timestamp < now - SIGNATURE_AGE || timestamp > now + SIGNATURE_AGE)
		fail_msg("webhook-timestamp %s, the wall clock says %lld", text, (long long)now);
}

/* Three timers are armed: a submit's retry, a delivery's retry, and a deadline. */
struct armed {
	char *retried;
	char *delivered;
	char *silent;
	usec_t silent_since; /* CLOCK_BOOTTIME */
};

static size_t submits_of(struct harness *h, const char *text)
{
	CLEANUP(json_putp) struct json_object *submits = sim_log(&h->sim, "submit");
	size_t count = 0;

	for (size_t i = 0; i < json_object_array_length(submits); i++) {
		const char *content =
			json_path(json_object_array_get_idx(submits, i), "/body/message_content");

		count += content && strncmp(content, text, strlen(text)) == 0;
	}
	return count;
}

static void arm(struct harness *h, unsigned round, struct armed *armed)
{
	CLEANUP(freep) char *retried = xasprintf("Retried-%u [sim reply=503 times=1]", round);
	CLEANUP(freep) char *delivered = xasprintf("Delivered-%u", round);
	CLEANUP(freep) char *silent = xasprintf("Silent-%u [sim callbacks=0]", round);
	CLEANUP(freep)
	char *step = xasprintf("{\"status\":500,\"times\":1,\"match\":\"%s\"}", delivered);
	CLEANUP(freep) char *retried_start = xasprintf("Retried-%u ", round);

	receiver_script(&h->receiver, step);
	armed->silent_since = clock_boottime();
	armed->silent = harness_send_in(h, silent, "silent");
	armed->delivered = harness_send_in(h, delivered, "delivered");
	armed->retried = harness_send_in(h, retried, "retried");
	json_object_put(receiver_wait(&h->receiver, "/status", "500", round + 1));
	WAIT_FOR(submits_of(h, retried_start) == 1);
	json_object_put(harness_wait_state(h, armed->silent, "waiting"));
}

static void disarm(struct armed *armed)
{
	free(armed->retried);
	free(armed->delivered);
	free(armed->silent);
}

static size_t count_of(struct json_object *log, const char *type, const char *message)
{
	size_t count = 0;

	for (size_t i = 0; i < json_object_array_length(log); i++) {
		struct json_object *line = json_object_array_get_idx(log, i);

		count += json_path_is(line, "/body/type", type) &&
			 json_path_is(line, "/body/data/message/id", message);
	}
	return count;
}

static bool has_delivery(struct harness *h, const char *type, const char *message, size_t count)
{
	CLEANUP(json_putp) struct json_object *log = receiver_log(&h->receiver);

	return count_of(log, type, message) >= count;
}

/* All three fire, once each; what is sent afterwards takes its whole way, with a greater id. */
static void check_fired(struct harness *h, const struct armed *armed, int64_t step)
{
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(freep) char *later = NULL;

	WAIT_FOR(has_delivery(h, "answer.received", armed->delivered, 2));
	WAIT_FOR(has_delivery(h, "answer.received", armed->retried, 1));
	WAIT_FOR(has_delivery(h, "answer.overdue", armed->silent, 1));
	later = harness_send(h, "Later");
	assert_true(strcmp(later, armed->retried) > 0);
	WAIT_FOR(has_delivery(h, "answer.received", later, 1));
	log = receiver_log(&h->receiver);
	assert_int_equal(count_of(log, "answer.overdue", armed->silent), 1);
	assert_int_equal(count_of(log, "answer.received", armed->retried), 1);
	assert_int_equal(count_of(log, "answer.received", armed->delivered), 2);
	check_signature(json_object_array_get_idx(log, json_object_array_length(log) - 1), step);
}

static void test_step_while_running__moves_no_timer(void **state)
{
	static const int64_t steps[] = { HOUR, 0, -HOUR, 0 };
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	for (unsigned i = 0; i < ARRAY_SIZE(steps); i++) {
		struct armed armed;

		arm(&h, i, &armed);
		machine_step_clock(steps[i]);
		WAIT_FOR(has_delivery(&h, "answer.overdue", armed.silent, 1));
		assert_true(clock_boottime() >= armed.silent_since + DEADLINE);
		check_fired(&h, &armed, steps[i]);
		disarm(&armed);
	}
	harness_stop(&h);
}

/*
 * A run that begins behind the last one goes on from where that one was; one that begins ahead has
 * no way to tell a step from an hour's sleep, and what has become due by it fires at once.
 */
static void test_step_between_runs__loses_and_doubles_nothing(void **state)
{
	static const int64_t steps[] = { -HOUR, 0, HOUR, 0 };
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	for (unsigned i = 0; i < ARRAY_SIZE(steps); i++) {
		struct armed armed;

		arm(&h, i, &armed);
		daemon_kill(&h.daemon);
		machine_step_clock(steps[i]);
		daemon_start(&h.daemon);
		check_fired(&h, &armed, steps[i]);
		disarm(&armed);
	}
	harness_stop(&h);
}

/* A suspended machine: its time has passed, and what was due in it is due once. */
static void test_sleep__makes_due_what_was_due_in_it(void **state)
{
	static const struct harness_options patient = {
		.maax = "answer_deadline = 30m\nsubmit_schedule = 0s 10m\n",
		.destination = "retry_schedule = 0s 10m 10m 10m\n",
	};
	struct harness h;

	(void)state;
	harness_start(&h, &patient);
	for (unsigned i = 0; i < 2; i++) {
		struct armed armed;

		arm(&h, i, &armed);
		machine_sleep(HOUR);
		check_fired(&h, &armed, (i + 1) * HOUR);
		disarm(&armed);
	}
	harness_stop(&h);
}

int main(void)
{
#define MACHINE_TEST(name) cmocka_unit_test_setup_teardown(name, machine_setup, machine_teardown)
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_step_while_running__moves_no_timer),
		MACHINE_TEST(test_step_between_runs__loses_and_doubles_nothing),
		MACHINE_TEST(test_sleep__makes_due_what_was_due_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
