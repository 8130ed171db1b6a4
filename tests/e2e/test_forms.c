/* Answers in three forms, from Maax's markup to what a destination gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lib/harness.h"

#define MARKUP "<p onclick=x()>Hello <b>Ann</b> &amp; co</p><script>evil()</script>"

/* Sends MARKUP, which Maax will send back behind "Answer to: ", by a platform. The id, the
 * caller's.
 */
static char *send_by(struct harness *h, const char *platform, const char *format, const char *more)
{
	CLEANUP(freep) char *text = xasprintf("%s%s", MARKUP, more);
	CLEANUP(json_putp) struct json_object *message = harness_message_body(text, NULL);
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(freep) char *body = NULL;

	json_put_string(message, "platform", platform);
	if (format)
		json_put_string(message, "output_format", format);
	body = json_format(message, NULL);
	harness_api(h, "POST", "/v1/messages", body, &answer);
	assert_int_equal(answer.status, 202);
	return xstrdup(json_path(answer.json, "/message/id"));
}

static void test_html__is_made_safe_and_readable(void **state)
{
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(freep) char *id = NULL;
	struct json_object *body;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	id = send_by(&h, "email", NULL, "");
	log = harness_wait_delivered(&h, "answer.received", 1);
	body = json_at(json_object_array_get_idx(log, 0), "/body");
	assert_true(json_path_is(body, "/data/answer/text", "Answer to:\n\nHello Ann & co"));
	assert_true(json_path_is(body, "/data/answer/html",
				 "Answer to: <p>Hello <b>Ann</b> &amp; co</p>"));
	assert_non_null(strstr(json_path(body, "/data/answer/raw"), "evil()"));
	message = harness_message(&h, id);
	assert_true(
		json_path_is(message, "/message/answers/0/text", "Answer to:\n\nHello Ann & co"));
	assert_true(json_path_is(message, "/message/answers/0/html",
				 "Answer to: <p>Hello <b>Ann</b> &amp; co</p>"));
	harness_stop(&h);
}

static void test_plain_text__that_was_asked_for_stays_as_it_came(void **state)
{
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(freep) char *asked = NULL;
	CLEANUP(freep) char *usual = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	asked = send_by(&h, "email", "plain_text", "");
	usual = send_by(&h, "website", NULL, "");
	log = harness_wait_delivered(&h, "answer.received", 2);
	for (size_t i = 0; i < 2; i++) {
		struct json_object *entry = json_object_array_get_idx(log, i);

		assert_true(json_path_is(entry, "/body/data/answer/text", "Answer to: " MARKUP));
		assert_true(json_path_is(entry, "/body/data/answer/html", NULL));
	}
	harness_stop(&h);
}

static void test_repeat__is_judged_on_what_came(void **state)
{
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *last = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	id = send_by(&h, "email", NULL, " [sim callbacks=3]");
	json_object_put(sim_wait(&h.sim, "callback", 3));
	last = harness_send(&h, "Last"); /* the third has been correlated when this is answered */
	json_object_put(harness_wait_state(&h, last, "answered"));
	message = harness_message(&h, id);
	assert_int_equal(json_path_len(message, "/message/answers"), 1);
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_html__is_made_safe_and_readable),
		cmocka_unit_test(test_plain_text__that_was_asked_for_stays_as_it_came),
		cmocka_unit_test(test_repeat__is_judged_on_what_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
