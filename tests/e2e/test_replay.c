/* Replays: the mapping, the submit, the deliveries, of one message or of many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "lib/admin_client.h"
#include "lib/api_client.h"
#include "lib/harness.h"

#define UNMAPPED "map_text = /nowhere"

static void test_map__answers_once_the_mapping_is_mended(void **state)
{
	const struct harness_options options = { .maax = UNMAPPED };
	CLEANUP(json_putp) struct json_object *dry = NULL;
	CLEANUP(json_putp) struct json_object *done = NULL;
	CLEANUP(freep) char *callback = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	id = harness_send(&h, "Hello");
	callback = admin_wait_listed(&h, "/admin/v1/callbacks?state=unmapped");
	harness_configure(&h, NULL);
	daemon_reload(&h.daemon);
	dry = admin_call(&h, "POST", "/admin/v1/replay", "{\"stage\":\"map\",\"dry_run\":true}",
			 200);
	assert_true(json_path_is(dry, "/replayed/0", callback));
	assert_true(admin_is_state(&h, id, "waiting"));
	done = admin_act_reply(&h, "messages", id, "replay", "{}", 200);
	assert_true(json_path_is(done, "/stage", "map"));
	json_object_put(harness_wait_state(&h, id, "answered"));
	json_object_put(harness_wait_delivered(&h, "answer.received", 1));
	admin_act(&h, "messages", id, "replay", "{\"stage\":\"map\"}", 409);
	admin_act(&h, "messages", id, "replay", "{\"stage\":\"nonsense\"}", 400);
	harness_stop(&h);
}

static void test_submit__is_replayed_only_when_it_is_said(void **state)
{
	CLEANUP(json_putp) struct json_object *done = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	sim_script(&h.sim, "* reply=400");
	id = harness_send(&h, "Hello");
	json_object_put(harness_wait_state(&h, id, "failed"));
	sim_script(&h.sim, "");
	admin_act(&h, "messages", id, "replay", "{}", 409);
	done = admin_act_reply(&h, "messages", id, "replay", "{\"stage\":\"submit\"}", 200);
	assert_non_null(json_path(done, "/warning"));
	json_object_put(harness_wait_state(&h, id, "answered"));
	admin_act(&h, "messages", id, "replay", "{\"stage\":\"submit\"}", 409);
	harness_stop(&h);
}

static void test_submit__that_is_too_old_is_replayed_all_the_same(void **state)
{
	const struct harness_options options = { .maax = "submit_max_age = 300ms" };
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	sim_script(&h.sim, "* reply=503");
	id = harness_send(&h, "Hello");
	json_object_put(harness_wait_state(&h, id, "failed"));
	sim_script(&h.sim, "");
	admin_act(&h, "messages", id, "replay", "{\"stage\":\"submit\"}", 200);
	json_object_put(harness_wait_state(&h, id, "answered"));
	harness_stop(&h);
}

static void test_bulk_submit__takes_what_the_filter_finds(void **state)
{
	CLEANUP(json_putp) struct json_object *dry = NULL;
	CLEANUP(json_putp) struct json_object *done = NULL;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	sim_script(&h.sim, "* reply=400");
	first = harness_send_in(&h, "One", "ann");
	second = harness_send_in(&h, "Two", "eve");
	json_object_put(harness_wait_state(&h, first, "failed"));
	json_object_put(harness_wait_state(&h, second, "failed"));
	sim_script(&h.sim, "");
	dry = admin_call(&h, "POST", "/admin/v1/replay?dry_run=1",
			 "{\"stage\":\"submit\",\"filter\":{\"contact\":\"eve@example.org\"}}",
			 200);
	assert_int_equal(json_path_len(dry, "/replayed"), 1);
	assert_true(json_path_is(dry, "/replayed/0", second));
	assert_true(admin_is_state(&h, second, "failed"));
	admin_post(&h, "/admin/v1/replay", "{}", 400);
	admin_post(&h, "/admin/v1/replay", "{\"stage\":\"submit\",\"filter\":{\"since\":\"x\"}}",
		   400);
	admin_post(&h, "/admin/v1/replay", "{\"stage\":\"submit\",\"filter\":{\"state\":\"x\"}}",
		   400);
	done = admin_call(&h, "POST", "/admin/v1/replay",
			  "{\"stage\":\"submit\",\"filter\":{\"since\":\"2026-01-01T00:00:00Z\"}}",
			  200);
	assert_int_equal(json_path_len(done, "/replayed"), 2);
	assert_true(json_path_is(done, "/next_cursor", NULL));
	json_object_put(harness_wait_state(&h, first, "answered"));
	json_object_put(harness_wait_state(&h, second, "answered"));
	harness_stop(&h);
}

static void test_deliver__keeps_the_id_of_a_dead_one_only(void **state)
{
	const struct harness_options options = { .destination = "retry_schedule = 0s" };
	CLEANUP(json_putp) struct json_object *revived = NULL;
	CLEANUP(json_putp) struct json_object *again = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(freep) char *delivery = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	receiver_script(&h.receiver, "{\"status\":500,\"times\":1}");
	id = harness_send(&h, "Hello");
	delivery = admin_wait_listed(&h, "/admin/v1/deliveries?state=dead");
	revived = admin_call(&h, "POST", "/admin/v1/replay", "{\"stage\":\"deliver\"}", 200);
	assert_true(json_path_is(revived, "/replayed/0", delivery));
	free(admin_wait_listed(&h, "/admin/v1/deliveries?state=delivered&destination=desk"));
	admin_act(&h, "messages", id, "replay", "{}", 409);
	again = admin_act_reply(&h, "messages", id, "replay", "{\"stage\":\"deliver\"}", 200);
	assert_false(json_path_is(again, "/replayed/0", delivery));
	log = receiver_wait(&h.receiver, "/webhook_id", json_path(again, "/replayed/0"), 1);
	assert_int_equal(json_count(log, "/webhook_id", delivery), 2);
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map__answers_once_the_mapping_is_mended),
		cmocka_unit_test(test_submit__is_replayed_only_when_it_is_said),
		cmocka_unit_test(test_submit__that_is_too_old_is_replayed_all_the_same),
		cmocka_unit_test(test_bulk_submit__takes_what_the_filter_finds),
		cmocka_unit_test(test_deliver__keeps_the_id_of_a_dead_one_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
