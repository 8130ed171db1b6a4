/* The admin API, and what a person does by hand: keys, pauses, notices, cancels. Replays:
 * test_replay.c. */
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
#include "lib/stream.h"

/* ---- status ---- */

static void test_status__tells_what_happened_and_what_is_wrong(void **state)
{
	CLEANUP(json_putp) struct json_object *fresh = NULL;
	CLEANUP(json_putp) struct json_object *after = NULL;
	CLEANUP(json_putp) struct json_object *held = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	fresh = admin_call(&h, "GET", "/admin/v1/status", NULL, 200);
	assert_true(json_path_is(fresh, "/health", "healthy"));
	assert_true(json_path_is(fresh, "/maax/last_submit", NULL));
	assert_true(json_path_is(fresh, "/maax/answer_wait/p50_seconds", NULL));
	assert_int_equal(json_path_int(fresh, "/messages/total"), 0);
	assert_true(json_path_int(fresh, "/pid") > 0);

	id = harness_send(&h, "Hello");
	json_object_put(harness_wait_state(&h, id, "answered"));
	json_object_put(harness_wait_delivered(&h, "answer.received", 1));
	after = admin_call(&h, "GET", "/admin/v1/status", NULL, 200);
	assert_int_equal(json_path_int(after, "/messages/answered"), 1);
	assert_int_equal(json_path_int(after, "/callbacks/matched"), 1);
	assert_int_equal(json_path_int(after, "/maax/last_submit/status"), 200);
	assert_int_equal(json_path_int(after, "/maax/answer_wait/count"), 1);
	assert_non_null(json_path(after, "/maax/answer_wait/p95_seconds"));
	assert_non_null(json_path(after, "/maax/last_answer_at"));
	assert_true(json_path_is(after, "/destinations/0/name", "desk"));

	admin_post(&h, "/admin/v1/destinations/desk/hold", "{\"reason\":\"the desk moves\"}", 200);
	held = admin_call(&h, "GET", "/admin/v1/status", NULL, 200);
	assert_true(json_path_is(held, "/health", "degraded"));
	assert_true(json_path_is(held, "/reasons/0/code", "destination_held"));
	assert_true(json_path_is(held, "/destinations/0/hold/reason", "the desk moves"));
	harness_stop(&h);
}

/* ---- keys ---- */

static char *add_key(struct harness *h, char **ret_id)
{
	CLEANUP(json_putp)
	struct json_object *made = admin_call(h, "POST", "/admin/v1/keys",
					      "{\"source\":\"crm\",\"label\":\"staging\"}", 200);

	*ret_id = xstrdup(json_path(made, "/key/id"));
	return xstrdup(json_path(made, "/key/key"));
}

static void test_keys__work_beside_the_file_until_revoked(void **state)
{
	CLEANUP(json_putp) struct json_object *list = NULL;
	CLEANUP(freep) char *listed = NULL;
	CLEANUP(freep) char *key = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	key = add_key(&h, &id);
	api_expect(&h, &(struct api_call){ .key = key }, 200, NULL);
	api_expect(&h, &(struct api_call){ .key = NULL }, 200, NULL);
	daemon_reload(&h.daemon);
	api_expect(&h, &(struct api_call){ .key = key }, 200, NULL);
	daemon_stop(&h.daemon);
	daemon_start(&h.daemon);
	api_expect(&h, &(struct api_call){ .key = key }, 200, NULL);

	list = admin_call(&h, "GET", "/admin/v1/keys", NULL, 200);
	assert_true(json_path_is(list, "/data/0/label", "staging"));
	assert_true(json_path_is(list, "/data/0/source", "crm"));
	listed = json_format(list, NULL);
	assert_null(strstr(listed, key));
	admin_act(&h, "keys", id, "revoke", NULL, 200);
	api_expect(&h, &(struct api_call){ .key = key }, 401, "unauthorized");
	api_expect(&h, &(struct api_call){ .key = NULL }, 200, NULL);
	admin_act(&h, "keys", id, "revoke", NULL, 404);
	harness_stop(&h);
}

static void test_keys__of_no_source_or_in_a_dry_run_are_not_made(void **state)
{
	CLEANUP(json_putp) struct json_object *dry = NULL;
	CLEANUP(json_putp) struct json_object *list = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	admin_post(&h, "/admin/v1/keys", "{\"source\":\"nobody\"}", 422);
	admin_post(&h, "/admin/v1/keys", "{}", 422);
	admin_post(&h, "/admin/v1/keys", "{\"source\":\"crm\",\"label\":\"\"}", 400);
	dry = admin_call(&h, "POST", "/admin/v1/keys", "{\"source\":\"crm\",\"dry_run\":true}",
			 200);
	assert_true(json_path_is(dry, "/key/key", NULL));
	list = admin_call(&h, "GET", "/admin/v1/keys", NULL, 200);
	assert_int_equal(json_path_len(list, "/data"), 0);
	harness_stop(&h);
}

/* ---- a person takes over ---- */

static void test_pause__keeps_messages_until_unpaused(void **state)
{
	CLEANUP(json_putp) struct json_object *list = NULL;
	CLEANUP(json_putp) struct json_object *submits = NULL;
	CLEANUP(freep) char *conversation = NULL;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	CLEANUP(freep) char *third = NULL;
	CLEANUP(freep) char *other = NULL;
	CLEANUP(freep) char *path = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	first = harness_send_in(&h, "One", "ann");
	json_object_put(harness_wait_state(&h, first, "answered"));
	conversation = api_conversation_of(&h, first);
	path = xasprintf("/v1/conversations/%s/pause", conversation);
	api_expect(
		&h,
		&(struct api_call){ .path = path, .body = "{\"reason\":\"Bob writes himself\"}" },
		200, NULL);
	api_expect(&h, &(struct api_call){ .path = path, .body = "{}" }, 409, "not_possible");
	second = harness_send_in(&h, "Two", "ann");
	third = harness_send_in(&h, "Three", "ann");
	other = harness_send_in(&h, "Other", "eve");
	json_object_put(harness_wait_state(&h, other, "answered"));
	assert_true(admin_is_state(&h, second, "queued"));
	list = admin_call(&h, "GET", "/admin/v1/conversations?paused=1", NULL, 200);
	assert_int_equal(json_path_len(list, "/data"), 1);
	assert_true(json_path_is(list, "/data/0/id", conversation));
	assert_true(json_path_is(list, "/data/0/pause_reason", "Bob writes himself"));

	daemon_stop(&h.daemon);
	daemon_start(&h.daemon);
	json_object_put(harness_wait_state(&h, third, "queued"));
	admin_act(&h, "conversations", conversation, "unpause", NULL, 200);
	json_object_put(harness_wait_state(&h, third, "answered"));
	assert_true(admin_is_state(&h, second, "answered"));
	submits = sim_log(&h.sim, "submit");
	assert_int_equal(json_object_array_length(submits), 4);
	admin_act(&h, "conversations", conversation, "unpause", NULL, 409);
	harness_stop(&h);
}

static void test_pause__catches_a_message_between_two_tries(void **state)
{
	CLEANUP(freep) char *conversation = NULL;
	CLEANUP(freep) char *other = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	sim_script(&h.sim, "* reply=503");
	id = harness_send_in(&h, "One", "ann");
	json_object_put(sim_wait(&h.sim, "submit", 1));
	conversation = api_conversation_of(&h, id);
	admin_act(&h, "conversations", conversation, "pause", NULL, 200);
	sim_script(&h.sim, "");
	other = harness_send_in(&h, "Other", "eve");
	json_object_put(harness_wait_state(&h, other, "answered"));
	/* Its schedule has no step above 200 ms, so by now it was due. */
	other = (free(other), harness_send_in(&h, "Later [sim delay=500ms]", "eve"));
	json_object_put(harness_wait_state(&h, other, "answered"));
	assert_true(admin_is_state(&h, id, "queued"));
	admin_act(&h, "conversations", conversation, "unpause", NULL, 200);
	json_object_put(harness_wait_state(&h, id, "answered"));
	harness_stop(&h);
}

static void test_emergency__pauses_where_the_source_wants_it(void **state)
{
	const struct harness_options options = { .source = "pause_on_emergency = on" };
	CLEANUP(json_putp) struct json_object *reply = NULL;
	CLEANUP(json_putp) struct json_object *list = NULL;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	first = harness_send_in(&h, "One", "ann");
	json_object_put(harness_wait_state(&h, first, "answered"));
	reply = admin_call(&h, "POST", "/admin/v1/simulate", "{\"kind\":\"emergency\"}", 200);
	assert_int_equal(json_path_int(reply, "/replies/0/status"), 200);
	json_object_put(harness_wait_delivered(&h, "emergency.received", 1));
	list = admin_call(&h, "GET", "/admin/v1/conversations?paused=1&contact=ANN@example.org",
			  NULL, 200);
	assert_true(json_path_is(list, "/data/0/pause_reason", "an emergency came"));
	second = harness_send_in(&h, "Two", "ann");
	assert_true(admin_is_state(&h, second, "queued"));
	harness_stop(&h);
}

static void test_notice__is_delivered_and_settles_nothing(void **state)
{
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(json_putp) struct json_object *story = NULL;
	CLEANUP(freep) char *conversation = NULL;
	CLEANUP(freep) char *path = NULL;
	CLEANUP(freep) char *id = NULL;
	struct stream *stream;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	stream = stream_open(&h, NULL, NULL, NULL);
	id = harness_send(&h, "Hello [sim callbacks=0]");
	json_object_put(harness_wait_state(&h, id, "waiting"));
	conversation = api_conversation_of(&h, id);
	path = xasprintf("/v1/conversations/%s/answers", conversation);
	api_expect(&h, &(struct api_call){ .path = path, .body = "{\"text\":\"I am Bob.\"}" }, 200,
		   NULL);
	log = harness_wait_delivered(&h, "answer.received", 1);
	assert_true(json_path_is(json_select(log, "/body/type", "answer.received", 0),
				 "/body/data/answer/kind", "notice"));
	assert_true(json_path_is(json_select(log, "/body/type", "answer.received", 0),
				 "/body/data/answer/text", "I am Bob."));
	assert_true(json_path_is(json_select(log, "/body/type", "answer.received", 0),
				 "/body/data/message/id", id));
	stream_wait(stream, "I am Bob.", 1);
	story = harness_message(&h, id);
	assert_true(json_path_is(story, "/message/state", "waiting"));
	assert_true(json_path_is(story, "/message/answers/0/kind", "notice"));
	api_expect(
		&h,
		&(struct api_call){ .path = path, .body = "{\"text\":\"Done.\",\"settle\":true}" },
		200, NULL);
	assert_true(admin_is_state(&h, id, "cancelled"));
	stream_close(stream);
	harness_stop(&h);
}

static void test_notice__is_checked(void **state)
{
	static const char *const bodies[] = {
		"{}", "{\"text\":\" \"}", "{\"text\":5}", "{\"text\":\"x\",\"html\":\"<b>x</b>\"}",
		"{\"text\":\"x\",\"message\":\"msg_0000000000001\"}"
	};
	CLEANUP(freep) char *conversation = NULL;
	CLEANUP(freep) char *path = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	api_start_two(&h, NULL);
	id = harness_send(&h, "Hello");
	conversation = api_conversation_of(&h, id);
	path = xasprintf("/v1/conversations/%s/answers", conversation);
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++)
		api_expect(&h, &(struct api_call){ .path = path, .body = bodies[i] }, 422,
			   "invalid");
	api_expect(&h, &(struct api_call){ .path = path, .body = "[]" }, 400, "bad_json");
	api_expect(
		&h,
		&(struct api_call){ .key = API_SHOP_KEY, .path = path, .body = "{\"text\":\"x\"}" },
		404, "not_found");
	harness_stop(&h);
}

/* ---- cancel, hold, retry ---- */

static void test_cancel__lets_the_next_one_go_and_a_late_answer_counts(void **state)
{
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	first = harness_send_in(&h, "One [sim delay=1500ms]", "ann");
	json_object_put(harness_wait_state(&h, first, "waiting"));
	second = harness_send_in(&h, "Two", "ann");
	assert_true(admin_is_state(&h, second, "queued"));
	admin_act(&h, "messages", first, "cancel", NULL, 200);
	json_object_put(harness_wait_state(&h, second, "answered"));
	json_object_put(harness_wait_state(&h, first, "answered"));
	admin_act(&h, "messages", first, "cancel", NULL, 409);
	admin_act(&h, "messages", "msg_0000000000001", "cancel", NULL, 404);
	harness_stop(&h);
}

static void test_cancel__while_it_is_being_submitted(void **state)
{
	CLEANUP(json_putp) struct json_object *story = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	id = harness_send(&h, "One [sim reply-delay=1s callbacks=0]");
	json_object_put(harness_wait_state(&h, id, "submitting"));
	admin_act(&h, "messages", id, "cancel", NULL, 200);
	WAIT_FOR((json_object_put(story), story = harness_message(&h, id),
		  json_path_len(story, "/message/attempts") == 1));
	assert_true(json_path_is(story, "/message/state", "cancelled"));
	assert_int_equal(json_path_int(story, "/message/submits"), 1);
	harness_stop(&h);
}

static void test_hold__keeps_deliveries_until_resumed(void **state)
{
	CLEANUP(freep) char *delivery = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	admin_post(&h, "/admin/v1/destinations/desk/hold?dry_run=1", "{}", 200);
	admin_post(&h, "/admin/v1/destinations/desk/resume", "{}", 404);
	admin_post(&h, "/admin/v1/destinations/desk/hold", "{}", 200);
	admin_post(&h, "/admin/v1/destinations/nobody/hold", "{}", 404);
	id = harness_send(&h, "Hello");
	json_object_put(harness_wait_state(&h, id, "answered"));
	delivery = admin_wait_listed(&h, "/admin/v1/deliveries?state=pending");
	admin_post(&h, "/admin/v1/destinations/desk/resume", "{}", 200);
	json_object_put(harness_wait_delivered(&h, "answer.received", 1));
	admin_act(&h, "deliveries", delivery, "cancel", NULL, 409);
	harness_stop(&h);
}

static void test_retry__does_not_wait_for_the_schedule(void **state)
{
	const struct harness_options options = { .maax = "submit_schedule = 0s 1h",
						 .destination = "retry_schedule = 0s 1h" };
	CLEANUP(json_putp) struct json_object *all = NULL;
	CLEANUP(freep) char *pending = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	sim_script(&h.sim, "* reply=503");
	receiver_script(&h.receiver, "{\"status\":500,\"times\":1}");
	id = harness_send(&h, "Hello");
	json_object_put(sim_wait(&h.sim, "submit", 1));
	WAIT_FOR(({
		CLEANUP(json_putp) struct json_object *story = harness_message(&h, id);

		json_path_len(story, "/message/attempts") == 1;
	}));
	sim_script(&h.sim, "");
	admin_act(&h, "messages", id, "retry", NULL, 200);
	json_object_put(harness_wait_state(&h, id, "answered"));
	pending = admin_wait_listed(&h, "/admin/v1/deliveries?state=pending");
	WAIT_FOR(({
		CLEANUP(json_putp) struct json_object *story = harness_message(&h, id);

		json_path_len(story, "/message/attempts") == 3 &&
			json_path_is(story, "/message/deliveries/0/state", "pending");
	}));
	all = admin_call(&h, "POST", "/admin/v1/retry", "{}", 200);
	assert_int_equal(json_path_int(all, "/deliveries"), 1);
	json_object_put(harness_wait_delivered(&h, "answer.received", 2));
	admin_act(&h, "messages", id, "retry", NULL, 409);
	harness_stop(&h);
}

static void test_held__is_let_go_by_a_retry(void **state)
{
	const struct harness_options options = { .source = "limit_conversation = 1/h" };
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	first = harness_send_in(&h, "One", "ann");
	second = harness_send_in(&h, "Two", "ann");
	assert_true(admin_is_state(&h, second, "held"));
	admin_act(&h, "messages", second, "retry", NULL, 200);
	json_object_put(harness_wait_state(&h, second, "answered"));
	harness_stop(&h);
}

/* ---- callbacks ---- */

static void test_unmatched__is_attached_or_dropped(void **state)
{
	CLEANUP(json_putp) struct json_object *shown = NULL;
	CLEANUP(json_putp) struct json_object *story = NULL;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	CLEANUP(freep) char *path = NULL;
	CLEANUP(freep) char *body = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	id = harness_send(&h, "Hello [sim callbacks=0]");
	json_object_put(harness_wait_state(&h, id, "waiting"));
	admin_post(&h, "/admin/v1/simulate", "{\"kind\":\"unknown\",\"text\":\"stray\"}", 200);
	first = admin_wait_listed(&h, "/admin/v1/callbacks");
	path = xasprintf("/admin/v1/callbacks/%s", first);
	shown = admin_call(&h, "GET", path, NULL, 200);
	assert_true(json_path_is(shown, "/callback/body", "{\"message_content\":\"stray\"}"));
	admin_act(&h, "callbacks", first, "attach", "{\"message\":\"msg_0000000000001\"}", 404);
	admin_act(&h, "callbacks", first, "attach", "{}", 422);
	body = xasprintf("{\"message\":\"%s\"}", id);
	admin_act(&h, "callbacks", first, "attach", body, 200);
	story = harness_wait_state(&h, id, "answered");
	assert_true(json_path_is(story, "/message/answers/0/text", "stray"));

	admin_post(&h, "/admin/v1/simulate", "{\"kind\":\"unknown\"}", 200);
	second = admin_wait_listed(&h, "/admin/v1/callbacks");
	admin_act(&h, "callbacks", second, "drop", NULL, 200);
	admin_act(&h, "callbacks", second, "drop", NULL, 409);
	free(admin_wait_listed(&h, "/admin/v1/callbacks?state=dropped"));
	admin_act(&h, "callbacks", second, "replay", NULL, 200);
	free(admin_wait_listed(&h, "/admin/v1/callbacks?state=unmatched"));
	harness_stop(&h);
}

static void test_simulate__goes_the_real_way(void **state)
{
	CLEANUP(json_putp) struct json_object *reply = NULL;
	CLEANUP(json_putp) struct json_object *story = NULL;
	CLEANUP(freep) char *body = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	admin_post(&h, "/admin/v1/simulate", "{\"kind\":\"answer\"}", 404);
	admin_post(&h, "/admin/v1/simulate", "{\"kind\":\"nonsense\"}", 400);
	id = harness_send(&h, "Hello [sim callbacks=0]");
	json_object_put(harness_wait_state(&h, id, "waiting"));
	body = xasprintf("{\"kind\":\"answer\",\"message\":\"%s\",\"text\":\"Yes.\",\"dup\":true}",
			 id);
	reply = admin_call(&h, "POST", "/admin/v1/simulate", body, 200);
	assert_int_equal(json_path_len(reply, "/replies"), 2);
	assert_int_equal(json_path_int(reply, "/replies/1/status"), 200);
	story = harness_wait_state(&h, id, "answered");
	assert_true(json_path_is(story, "/message/answers/0/text", "Yes."));
	assert_int_equal(json_count(json_at(story, "/message/timeline"), "/state", "duplicate"), 1);
	harness_stop(&h);
}

/* ---- lists and events ---- */

static void test_messages__are_filtered(void **state)
{
	static const struct {
		const char *query;
		size_t count;
	} cases[] = {
		{ "", 3 },
		{ "?source=shop", 1 },
		{ "?source=nobody", 0 },
		{ "?state=answered", 3 },
		{ "?state=failed", 0 },
		{ "?contact=eve@example.org", 1 },
		{ "?since=2026-01-01T00:00:00Z", 3 },
		{ "?until=2026-01-01T00:00:00Z", 0 },
		{ "?source=crm&contact=Ann@Example.org", 1 },
		{ "?limit=2", 2 },
	};
	CLEANUP(json_putp) struct json_object *page = NULL;
	CLEANUP(json_putp) struct json_object *rest = NULL;
	CLEANUP(freep) char *conversation = NULL;
	CLEANUP(freep) char *path = NULL;
	CLEANUP(freep) char *ids[3] = { NULL };
	struct harness h;

	(void)state;
	api_start_two(&h, NULL);
	ids[0] = harness_send_in(&h, "One", "ann");
	ids[1] = harness_send_in(&h, "Two", "eve");
	ids[2] = api_send_as(&h, API_SHOP_KEY, "Three", "bob");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(freep) char *query = xasprintf("/admin/v1/messages%s", cases[i].query);

		WAIT_FOR(({
			CLEANUP(json_putp)
			struct json_object *list = admin_call(&h, "GET", query, NULL, 200);

			json_path_len(list, "/data") == cases[i].count;
		}));
	}
	page = admin_call(&h, "GET", "/admin/v1/messages?limit=2", NULL, 200);
	path = xasprintf("/admin/v1/messages?limit=2&cursor=%s", json_path(page, "/next_cursor"));
	rest = admin_call(&h, "GET", path, NULL, 200);
	assert_int_equal(json_path_len(rest, "/data"), 1);
	assert_true(json_path_is(rest, "/data/0/id", ids[0]));
	conversation = api_conversation_of(&h, ids[1]);
	free(path);
	path = xasprintf("/admin/v1/messages?conversation=%s", conversation);
	json_object_put(rest);
	rest = admin_call(&h, "GET", path, NULL, 200);
	assert_int_equal(json_path_len(rest, "/data"), 1);
	json_object_put(admin_call(&h, "GET", "/admin/v1/messages?state=nonsense", NULL, 400));
	json_object_put(admin_call(&h, "GET", "/admin/v1/messages?since=yesterday", NULL, 400));
	for (size_t i = 1; i < 3; i++)
		free(ids[i]);
	harness_stop(&h);
}

static void test_events__are_of_all_sources(void **state)
{
	CLEANUP(json_putp) struct json_object *all = NULL;
	CLEANUP(json_putp) struct json_object *shop = NULL;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	struct harness h;

	(void)state;
	api_start_two(&h, NULL);
	first = harness_send_in(&h, "One", "ann");
	second = api_send_as(&h, API_SHOP_KEY, "Two", "bob");
	json_object_put(harness_wait_delivered(&h, "answer.received", 2));
	all = admin_call(&h, "GET", "/admin/v1/events?limit=64", NULL, 200);
	assert_true(json_count(json_at(all, "/data"), "/source", "crm") > 3);
	assert_true(json_count(json_at(all, "/data"), "/source", "shop") > 3);
	assert_non_null(json_path(all, "/data/0/id"));
	shop = admin_call(&h, "GET", "/admin/v1/events?source=shop", NULL, 200);
	assert_int_equal(json_count(json_at(shop, "/data"), "/source", "crm"), 0);
	json_object_put(admin_call(&h, "GET", "/admin/v1/events?limit=0", NULL, 400));
	harness_stop(&h);
}

static void test_send__is_the_api_for_any_source(void **state)
{
	static const char body[] = "{\"source\":\"%s\",\"message_content\":\"Hello\","
				   "\"platform\":\"website\",\"prospect_info\":"
				   "{\"first_name\":\"A\",\"email\":\"a@example.org\"}}";
	CLEANUP(freep) char *good = xasprintf("%.*s%s%s", 11, body, "crm", body + 13);
	CLEANUP(freep) char *bad = xasprintf("%.*s%s%s", 11, body, "nobody", body + 13);
	CLEANUP(json_putp) struct json_object *reply = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	reply = admin_call(&h, "POST", "/admin/v1/messages", good, 202);
	json_object_put(harness_wait_state(&h, json_path(reply, "/message/id"), "answered"));
	admin_post(&h, "/admin/v1/messages", bad, 422);
	admin_post(&h, "/admin/v1/messages", "{\"message_content\":\"x\"}", 422);
	admin_post(&h, "/admin/v1/messages", "x", 400);
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status__tells_what_happened_and_what_is_wrong),
		cmocka_unit_test(test_keys__work_beside_the_file_until_revoked),
		cmocka_unit_test(test_keys__of_no_source_or_in_a_dry_run_are_not_made),
		cmocka_unit_test(test_pause__keeps_messages_until_unpaused),
		cmocka_unit_test(test_pause__catches_a_message_between_two_tries),
		cmocka_unit_test(test_emergency__pauses_where_the_source_wants_it),
		cmocka_unit_test(test_notice__is_delivered_and_settles_nothing),
		cmocka_unit_test(test_notice__is_checked),
		cmocka_unit_test(test_cancel__lets_the_next_one_go_and_a_late_answer_counts),
		cmocka_unit_test(test_cancel__while_it_is_being_submitted),
		cmocka_unit_test(test_hold__keeps_deliveries_until_resumed),
		cmocka_unit_test(test_retry__does_not_wait_for_the_schedule),
		cmocka_unit_test(test_held__is_let_go_by_a_retry),
		cmocka_unit_test(test_unmatched__is_attached_or_dropped),
		cmocka_unit_test(test_simulate__goes_the_real_way),
		cmocka_unit_test(test_messages__are_filtered),
		cmocka_unit_test(test_events__are_of_all_sources),
		cmocka_unit_test(test_send__is_the_api_for_any_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
