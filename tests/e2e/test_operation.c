/* What an operator meets: destinations that fail, reloads, keys that are lost, a full disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/harness.h"

static bool has_delivery(struct harness *h, const char *id, const char *delivery_state)
{
	CLEANUP(json_putp) struct json_object *story = harness_message(h, id);

	return json_path_is(story, "/message/deliveries/0/state", delivery_state);
}

static void test_delivery__is_retried_with_the_same_id_and_new_time(void **state)
{
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	receiver_script(&h.receiver, "{\"status\":500,\"times\":2,\"body\":\"broken\"}");
	id = harness_send(&h, "Hello");
	WAIT_FOR(has_delivery(&h, id, "delivered"));
	log = receiver_log(&h.receiver);
	assert_int_equal(json_object_array_length(log), 3);
	assert_true(json_path_is(json_object_array_get_idx(log, 2), "/webhook_id",
				 json_path(json_object_array_get_idx(log, 0), "/webhook_id")));
	for (size_t i = 0; i < 3; i++)
		assert_true(json_path_bool(json_object_array_get_idx(log, i), "/verified"));
	harness_stop(&h);
}

static void test_delivery__is_dead_at_the_end_of_its_schedule(void **state)
{
	static const struct harness_options options = { .destination =
								"retry_schedule = 0s 20ms\n" };
	CLEANUP(freep) char *id = NULL;
	CLEANUP(json_putp) struct json_object *story = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	receiver_script(&h.receiver, "{\"status\":503,\"times\":9,\"body\":\"later\"}");
	id = harness_send(&h, "Hello");
	WAIT_FOR(has_delivery(&h, id, "dead"));
	story = harness_message(&h, id);
	assert_int_equal(json_path_int(story, "/message/deliveries/0/tries"), 2);
	assert_int_equal(json_count(json_at(story, "/message/attempts"), "/response", "later"), 2);
	harness_stop(&h);
}

static void test_gone__holds_the_destination_until_it_is_resumed(void **state)
{
	CLEANUP(freep) char *id = NULL;
	struct http_answer answer;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	receiver_script(&h.receiver, "{\"status\":410,\"times\":1}");
	id = harness_send(&h, "Hello");
	json_object_put(receiver_wait(&h.receiver, NULL, NULL, 1));
	WAIT_FOR(has_delivery(&h, id, "pending"));
	daemon_kill(&h.daemon);
	daemon_start(&h.daemon);
	harness_admin(&h, "GET", "/admin/v1/holds", NULL, &answer);
	assert_true(json_path_is(answer.json, "/data/0/name", "desk"));
	http_answer_done(&answer);
	harness_admin(&h, "POST", "/admin/v1/destinations/desk/resume", "", &answer);
	assert_int_equal(answer.status, 200);
	http_answer_done(&answer);
	WAIT_FOR(has_delivery(&h, id, "delivered"));
	harness_stop(&h);
}

/* A stuck first delivery holds the second back for order_hold, and no longer. */
static void test_order__a_stuck_one_holds_the_next_for_order_hold(void **state)
{
	static const struct harness_options options = {
		.destination = "retry_schedule = 0s 60s\norder_hold = 300ms\n"
	};
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	receiver_script(&h.receiver, "{\"status\":500,\"times\":1}");
	first = harness_send_in(&h, "One", "a");
	json_object_put(receiver_wait(&h.receiver, NULL, NULL, 1));
	second = harness_send_in(&h, "Two", "a");
	WAIT_FOR(has_delivery(&h, second, "delivered"));
	assert_true(has_delivery(&h, first, "pending"));
	harness_stop(&h);
}

static void test_reload__swaps_whole_or_not_at_all(void **state)
{
	static const struct harness_options broken = { .source = "nonsense = 1\n" };
	static const struct harness_options good = { .maax = "answer_deadline = 9s\n" };
	CLEANUP(freep) char *log = NULL;
	CLEANUP(freep) char *id = NULL;
	struct http_answer answer;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	harness_configure(&h, &broken);
	daemon_reload(&h.daemon);
	log = daemon_log(&h.daemon);
	assert_non_null(strstr(log, "nonsense"));
	assert_non_null(strstr(log, "reload refused"));
	id = harness_send(&h, "Still here");
	json_object_put(harness_wait_state(&h, id, "answered"));
	harness_configure(&h, &good);
	daemon_reload(&h.daemon);
	harness_admin(&h, "GET", "/admin/v1/config", NULL, &answer);
	assert_non_null(strstr(buf_text(&answer.body), "answer_deadline = 9s"));
	assert_null(strstr(buf_text(&answer.body), HARNESS_MAAX_KEY));
	http_answer_done(&answer);
	harness_stop(&h);
}

static void test_lost_keys__refuse_the_start(void **state)
{
	CLEANUP(freep) char *path = NULL;
	CLEANUP(freep) char *moved = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	daemon_stop(&h.daemon);
	path = xasprintf("%s/state/callback-keys", h.dir);
	moved = xasprintf("%s/moved", h.dir);
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(daemon_start_failing(&h.daemon), 78);
	assert_int_equal(rename(moved, path), 0);
	daemon_start(&h.daemon);
	harness_stop(&h);
}

/* Neither texts nor secrets, at debug level, after a whole story. */
static void test_log__tells_no_secrets(void **state)
{
	CLEANUP(freep) char *log = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	id = harness_send(&h, "Confidential-words [sim followup=50ms]");
	json_object_put(harness_wait_delivered(&h, "followup.received", 1));
	log = daemon_log(&h.daemon);
	assert_non_null(strstr(log, id));
	assert_null(strstr(log, "Confidential"));
	assert_null(strstr(log, HARNESS_KEY));
	assert_null(strstr(log, HARNESS_MAAX_KEY));
	assert_null(strstr(log, "whsec_"));
	assert_null(strstr(log, "/cb/answer/msg"));
	harness_stop(&h);
}

static void test_low_disk__refuses_messages_and_takes_callbacks(void **state)
{
	static const struct harness_options options = { .maaxd = "disk_reserve = 1000G\n" };
	struct http_answer answer;
	struct harness h;
	CLEANUP(freep) char *ready = NULL;

	(void)state;
	harness_start(&h, &options);
	ready = xasprintf("%s/readyz", h.public_url);
	http_get(ready, &answer);
	assert_int_equal(answer.status, 503);
	http_answer_done(&answer);
	harness_api(&h, "POST", "/v1/messages", "{}", &answer);
	assert_int_equal(answer.status, 503);
	http_answer_done(&answer);
	harness_stop(&h);
}

/* Fills the file system with a file until nothing fits. */
static void fill(const char *path)
{
	static const char block[64 * 1024];
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	while (fwrite(block, 1, sizeof(block), file) == sizeof(block) && fflush(file) == 0) {
	}
	fclose(file);
}

static int post_status(struct harness *h, const char *body)
{
	struct http_answer answer;
	int status;

	harness_api(h, "POST", "/v1/messages", body, &answer);
	status = answer.status;
	http_answer_done(&answer);
	return status;
}

static void test_full_disk__is_503_and_recovers_by_itself(void **state)
{
	static const struct harness_options options = { .maaxd = "disk_reserve = 0\n" };
	CLEANUP(json_putp) struct json_object *object = harness_message_body("Hello", NULL);
	CLEANUP(freep) char *body = json_format(object, NULL);
	CLEANUP(freep) char *dir = NULL;
	CLEANUP(freep) char *filler = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	/* a mount of our own, seen by this process and its children only */
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		printf("skipped: test_full_disk: a private tmpfs needs root\n");
		skip();
	}
	harness_prepare(&h, &options);
	dir = xasprintf("%s/state", h.dir);
	IGNORE(mkdir(dir, 0700)); /* it may be there already */
	assert_int_equal(mount("tmpfs", dir, "tmpfs", 0, "size=6m,mode=700"), 0);
	daemon_start(&h.daemon);
	id = harness_send(&h, "Before");
	json_object_put(harness_wait_state(&h, id, "answered"));
	filler = xasprintf("%s/filler", dir);
	fill(filler);
	WAIT_FOR(post_status(&h, body) == 503);
	assert_int_equal(unlink(filler), 0);
	WAIT_FOR(post_status(&h, body) == 202);
	json_object_put(harness_wait_state(&h, id, "answered"));
	daemon_stop(&h.daemon);
	assert_int_equal(umount2(dir, MNT_DETACH), 0);
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delivery__is_retried_with_the_same_id_and_new_time),
		cmocka_unit_test(test_delivery__is_dead_at_the_end_of_its_schedule),
		cmocka_unit_test(test_gone__holds_the_destination_until_it_is_resumed),
		cmocka_unit_test(test_order__a_stuck_one_holds_the_next_for_order_hold),
		cmocka_unit_test(test_reload__swaps_whole_or_not_at_all),
		cmocka_unit_test(test_lost_keys__refuse_the_start),
		cmocka_unit_test(test_log__tells_no_secrets),
		cmocka_unit_test(test_low_disk__refuses_messages_and_takes_callbacks),
		cmocka_unit_test(test_full_disk__is_503_and_recovers_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
