/* Callbacks of the drop-in API: they reach the caller's URLs as Maax sent them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lib/dropin_client.h"

#include "base/buf.h"

#define ANSWER "/hook/answer"
#define FOLLOWUP "/hook/followup"

/* Nothing but relays comes to the receiver. */
static const struct harness_options relays_only = { .source = "destinations =" };

/* The query of a URL, "" when none. */
static const char *query_of(const char *url)
{
	const char *mark = url ? strchr(url, '?') : NULL;

	return mark ? mark + 1 : "";
}

/* The receiver got what the sim had sent. */
static void assert_same(const char *name, struct json_object *sent, struct json_object *got)
{
	const char *type = json_path(sent, "/content_type");

	if (!json_path_is(got, "/method", json_path(sent, "/method")) ||
	    !json_path_is(got, "/sha256", json_path(sent, "/sha256")) ||
	    !json_path_is(got, "/query", query_of(json_path(sent, "/url"))) ||
	    !json_path_is(got, "/headers/Content-Type", type) || !json_path_bool(got, "/verified"))
		fail_msg("%s: sent %s, got %s", name, json_object_to_json_string(sent),
			 json_object_to_json_string(got));
}

static void test_shapes__are_relayed_byte_for_byte(void **state)
{
	static const char *const shapes[] = {
		"shape=flat",
		"shape=nested",
		"shape=form",
		"shape=multipart",
		"shape=text",
		"shape=json-string",
		"shape=array",
		"shape=bom",
		"shape=xml",
		"shape=garbage",
		"shape=empty",
		"shape=unknown-fields",
		"method=GET",
		"method=PUT",
		"method=PUT shape=text",
		"content-type=none",
		"chunked",
		"shape=form chunked",
		"size=1000000",
		"content-type=application/vnd.maax+json;v=2",
	};
	struct harness h;

	(void)state;
	dropin_start(&h, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		CLEANUP(freep) char *text = xasprintf("Shape %zu [sim %s]", i, shapes[i]);
		CLEANUP(freep) char *contact = xasprintf("ann%zu", i);
		CLEANUP(json_putp) struct json_object *log = NULL;
		CLEANUP(json_putp) struct json_object *sent = NULL;

		free(dropin_send(&h, text, contact));
		log = dropin_wait(&h.receiver, ANSWER, i + 1);
		sent = sim_wait(&h.sim, "callback", i + 1);
		assert_same(shapes[i], json_object_array_get_idx(sent, i),
			    json_select(log, "/path", ANSWER, i));
	}
	harness_stop(&h);
}

static void test_followups__go_to_their_own_url_in_order(void **state)
{
	struct harness h;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;

	(void)state;
	dropin_start(&h, NULL);
	id = dropin_send(&h, "Hello [sim followup=100ms,200ms]", "ann");
	log = dropin_wait(&h.receiver, FOLLOWUP, 2);
	assert_true(json_path_is(json_select(log, "/path", ANSWER, 0), "/body/message_content",
				 "Answer to: Hello"));
	assert_true(json_path_is(json_select(log, "/path", FOLLOWUP, 0), "/body/message_content",
				 "Follow-up 1 to: Hello"));
	assert_true(json_path_is(json_select(log, "/path", FOLLOWUP, 1), "/body/message_content",
				 "Follow-up 2 to: Hello"));
	harness_stop(&h);
}

static void test_query_of_the_url__stays_before_that_of_the_callback(void **state)
{
	struct harness h;
	CLEANUP(json_putp) struct json_object *body = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(freep) char *url = NULL;
	const char *query;

	(void)state;
	dropin_start(&h, NULL);
	url = xasprintf("%s" ANSWER "?zap=1&key=a%%20b", h.receiver.url);
	body = dropin_body("Hello [sim method=GET]", "ann", h.receiver.url);
	json_put_string(body, "send_response_url", url);
	dropin_call(&h, &(struct dropin_call){ .body = body }, &answer);
	assert_int_equal(answer.status, 200);
	log = dropin_wait(&h.receiver, ANSWER, 1);
	query = json_path(json_select(log, "/path", ANSWER, 0), "/query");
	assert_non_null(query);
	assert_ptr_equal(strstr(query, "zap=1&key=a%20b&message_content=Answer"), query);
	harness_stop(&h);
}

/* Repeats are relayed once, another answer too; both beside the source's own destination. */
static void test_repeats__once_and_extras_too(void **state)
{
	struct harness h;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *marker = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;

	(void)state;
	dropin_start(&h, NULL);
	id = dropin_send(&h, "Hello [sim callbacks=3 extra]", "ann");
	json_object_put(dropin_wait(&h.receiver, ANSWER, 2));
	marker = dropin_send(&h, "Later", "bob");
	log = dropin_wait(&h.receiver, ANSWER, 3);
	assert_int_equal(json_count(log, "/path", ANSWER), 3);
	assert_true(json_path_is(json_select(log, "/path", ANSWER, 0), "/body/message_content",
				 "Answer to: Hello"));
	assert_true(json_path_is(json_select(log, "/path", ANSWER, 1), "/body/message_content",
				 "Another answer to: Hello"));
	assert_true(json_path_is(json_select(log, "/path", ANSWER, 2), "/body/message_content",
				 "Answer to: Later"));
	json_object_put(harness_wait_delivered(&h, "answer.received", 3));
	harness_stop(&h);
}

/* The bytes differ by a field nobody maps, the text is the same: a duplicate here, news to them. */
static void test_same_text_in_other_bytes__is_relayed(void **state)
{
	struct harness h;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(json_putp) struct json_object *submits = NULL;
	CLEANUP(json_putp) struct json_object *request = json_object_new_object();
	CLEANUP(json_putp) struct json_object *story = NULL;

	(void)state;
	dropin_start(&h, NULL);
	id = dropin_send(&h, "Hello", "ann");
	json_object_put(dropin_wait(&h.receiver, ANSWER, 1));
	submits = sim_log(&h.sim, "submit");
	json_put_string(
		request, "url",
		json_path(json_object_array_get_idx(submits, 0), "/body/send_response_url"));
	json_put_string(request, "body", "{\"message_content\":\"Answer to: Hello\",\"n\":2}");
	assert_int_equal(sim_callback(&h.sim, request), 200);
	log = dropin_wait(&h.receiver, ANSWER, 2);
	assert_true(json_path_is(json_select(log, "/path", ANSWER, 1), "/body/n", "2"));
	story = harness_message(&h, id);
	assert_int_equal(json_path_len(story, "/message/answers"), 1);
	harness_stop(&h);
}

static void test_failures__are_tried_again_with_the_same_id(void **state)
{
	struct harness h;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *tries = NULL;
	CLEANUP(freep) char *destination = NULL;
	CLEANUP(freep) char *expected = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;
	const char *first;

	(void)state;
	dropin_start(&h, &relays_only);
	receiver_script(&h.receiver, "[{\"status\":500,\"times\":2},{\"reset\":true}]");
	id = dropin_send(&h, "Hello [sim shape=flat]", "ann");
	log = dropin_wait(&h.receiver, ANSWER, 4);
	first = json_path(json_select(log, "/path", ANSWER, 0), "/webhook_id");
	for (size_t i = 0; i < 4; i++)
		assert_true(
			json_path_is(json_select(log, "/path", ANSWER, i), "/webhook_id", first));
	assert_true(json_path_bool(json_select(log, "/path", ANSWER, 3), "/verified"));
	WAIT_FOR((free(tries), tries = dropin_delivery(&h, id, "/state")) &&
		 streq(tries, "delivered"));
	destination = dropin_delivery(&h, id, "/destination");
	expected = xasprintf("@caller:crm:%s", h.receiver.url + strlen("http://"));
	assert_string_equal(destination, expected);
	harness_stop(&h);
}

static void test_gone__ends_this_delivery_only(void **state)
{
	struct harness h;
	CLEANUP(freep) char *gone = NULL;
	CLEANUP(freep) char *next = NULL;
	CLEANUP(freep) char *what = NULL;
	CLEANUP(http_answer_done) struct http_answer holds;

	(void)state;
	dropin_start(&h, &relays_only);
	receiver_script(&h.receiver, "{\"status\":410}");
	gone = dropin_send(&h, "Gone", "ann");
	WAIT_FOR((free(what), what = dropin_delivery(&h, gone, "/state")) && streq(what, "dead"));
	next = dropin_send(&h, "Next", "ann");
	WAIT_FOR((free(what), what = dropin_delivery(&h, next, "/state")) &&
		 streq(what, "delivered"));
	harness_admin(&h, "GET", "/admin/v1/holds", NULL, &holds);
	assert_int_equal(holds.status, 200);
	assert_int_equal(json_path_len(holds.json, "/data"), 0);
	harness_stop(&h);
}

static void test_restart__delivers_what_was_left(void **state)
{
	const struct harness_options options = {
		.source = "destinations =\nrelay_schedule = 0s 300ms 300ms 300ms "
			  "300ms 300ms 300ms 300ms 300ms 300ms"
	};
	struct harness h;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *what = NULL;

	(void)state;
	dropin_start(&h, &options);
	receiver_script(&h.receiver, "{\"status\":500,\"times\":2}");
	id = dropin_send(&h, "Hello", "ann");
	json_object_put(dropin_wait(&h.receiver, ANSWER, 1));
	daemon_kill(&h.daemon);
	daemon_start(&h.daemon);
	WAIT_FOR((free(what), what = dropin_delivery(&h, id, "/state")) &&
		 streq(what, "delivered"));
	harness_stop(&h);
}

/* A reload takes the source's rights away, and gives them back. */
static void test_reload__waits_for_the_source(void **state)
{
	const struct harness_options refused = { .source = "relay_allow = 10.0.0.0/8" };
	struct harness h;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *what = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;

	(void)state;
	dropin_start(&h, NULL);
	id = dropin_send(&h, "Hello [sim delay=1s]", "ann");
	dropin_configure(&h, &refused, NULL);
	daemon_reload(&h.daemon);
	WAIT_FOR((free(what), what = dropin_delivery(&h, id, "/reason")) &&
		 strstr(what, "relay_allow"));
	log = receiver_log(&h.receiver);
	assert_int_equal(json_count(log, "/path", ANSWER), 0);
	dropin_configure(&h, NULL, NULL);
	daemon_reload(&h.daemon);
	WAIT_FOR((free(what), what = dropin_delivery(&h, id, "/state")) &&
		 streq(what, "delivered"));
	harness_stop(&h);
}

static void stop_other(struct peer *other)
{
	peer_stop(other);
	peer_done(other);
}

static void test_slow_host__keeps_nobody_else_waiting(void **state)
{
	struct harness h;
	struct peer slow;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *what = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;
	const char *const arguments[] = { "--secret", HARNESS_SECRET, NULL };

	(void)state;
	harness_prepare(&h, NULL);
	receiver_start(&slow, h.dir, arguments);
	dropin_configure(&h, NULL, &slow);
	daemon_start(&h.daemon);
	receiver_script(&slow, "{\"delay_ms\":4000,\"times\":100}");
	for (int i = 0; i < 12; i++) {
		CLEANUP(freep) char *contact = xasprintf("slow%d", i);
		CLEANUP(json_putp)
		struct json_object *body = dropin_body("Slow", contact, slow.url);
		CLEANUP(http_answer_done) struct http_answer answer;

		dropin_call(&h, &(struct dropin_call){ .body = body }, &answer);
		assert_int_equal(answer.status, 200);
	}
	json_object_put(dropin_wait(&slow, ANSWER, 4));
	id = dropin_send(&h, "Fast", "fast");
	WAIT_FOR((free(what), what = dropin_delivery(&h, id, "/state")) &&
		 streq(what, "delivered"));
	/* Four at a time: were it not so, the fast one would have come after the rest. */
	log = receiver_log(&slow);
	assert_true(json_count(log, "/path", ANSWER) < 12);
	stop_other(&slow);
	daemon_kill(&h.daemon);
	harness_stop(&h);
}

/* More hosts than are looked at in one step. */
static void test_many_hosts__all_get_theirs(void **state)
{
	enum { HOSTS = 150 };
	struct harness h;
	struct peer all;
	const char *const arguments[] = { "--listen", "0.0.0.0:0", "--secret", HARNESS_SECRET,
					  NULL };
	CLEANUP(freep) char *port = NULL;

	(void)state;
	harness_prepare(&h, NULL);
	receiver_start(&all, h.dir, arguments);
	port = xstrdup(strrchr(all.url, ':') + 1);
	dropin_configure(&h, NULL, &all);
	daemon_start(&h.daemon);
	for (int i = 0; i < HOSTS; i++) {
		CLEANUP(freep) char *contact = xasprintf("host%d", i);
		CLEANUP(freep)
		char *base = xasprintf("http://127.0.1.%d:%s", i + 1, port);
		CLEANUP(json_putp)
		struct json_object *body = dropin_body("Hello [sim delay=1s]", contact, base);
		CLEANUP(http_answer_done) struct http_answer answer;

		dropin_call(&h, &(struct dropin_call){ .body = body }, &answer);
		assert_int_equal(answer.status, 200);
	}
	json_object_put(dropin_wait(&all, ANSWER, HOSTS));
	stop_other(&all);
	harness_stop(&h);
}

static void test_without_a_secret__is_not_signed(void **state)
{
	const struct harness_options options = { .source = "# no secret_file" };
	struct harness h;
	struct peer open;
	CLEANUP(json_putp) struct json_object *body = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(http_answer_done) struct http_answer answer;
	struct json_object *got;

	(void)state;
	harness_prepare(&h, NULL);
	receiver_start(&open, h.dir, NULL);
	dropin_configure(&h, &options, &open);
	daemon_start(&h.daemon);
	body = dropin_body("Hello", "ann", open.url);
	dropin_call(&h, &(struct dropin_call){ .body = body }, &answer);
	assert_int_equal(answer.status, 200);
	log = dropin_wait(&open, ANSWER, 1);
	got = json_select(log, "/path", ANSWER, 0);
	assert_non_null(json_path(got, "/webhook_id"));
	assert_null(json_path(got, "/headers/webhook-signature"));
	stop_other(&open);
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes__are_relayed_byte_for_byte),
		cmocka_unit_test(test_followups__go_to_their_own_url_in_order),
		cmocka_unit_test(test_query_of_the_url__stays_before_that_of_the_callback),
		cmocka_unit_test(test_repeats__once_and_extras_too),
		cmocka_unit_test(test_same_text_in_other_bytes__is_relayed),
		cmocka_unit_test(test_failures__are_tried_again_with_the_same_id),
		cmocka_unit_test(test_gone__ends_this_delivery_only),
		cmocka_unit_test(test_restart__delivers_what_was_left),
		cmocka_unit_test(test_reload__waits_for_the_source),
		cmocka_unit_test(test_slow_host__keeps_nobody_else_waiting),
		cmocka_unit_test(test_many_hosts__all_get_theirs),
		cmocka_unit_test(test_without_a_secret__is_not_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
