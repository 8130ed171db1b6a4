/* The address guard, from outside: URLs that callers of the drop-in API must not reach. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lib/bad_hosts.h"
#include "lib/dropin_client.h"

#include "base/buf.h"
#include "base/guard.h"

/* Sends a message whose answer is to go to a URL. */
static void send_to(const struct harness *h, const char *url, const char *text,
		    struct http_answer *ret_answer)
{
	CLEANUP(json_putp) struct json_object *body = dropin_body(text, "ann", h->receiver.url);

	json_put_string(body, "send_response_url", url);
	json_put_string(body, "followup_url", url);
	dropin_call(h, &(struct dropin_call){ .body = body }, ret_answer);
}

/* The detail of the first try to deliver a message; the caller's. */
static char *first_try(struct harness *h, const char *id)
{
	CLEANUP(json_putp) struct json_object *story = harness_message(h, id);
	struct json_object *attempts = json_at(story, "/message/attempts");

	return xstrdup_null(json_path(json_select(attempts, "/kind", "deliver", 0), "/detail"));
}

/* Literal addresses are refused when they come, names when they have been looked up. */
static void test_spellings__are_refused_end_to_end(void **state)
{
	const struct harness_options options = { .source = "destinations =\n"
							   "relay_allow = 10.99.0.0/16" };
	const char *refusal = guard_explain(GUARD_BAD_ADDRESS);
	const char *port;
	struct harness h;
	size_t names = 0;
	CLEANUP(json_putp) struct json_object *log = NULL;

	(void)state;
	dropin_start(&h, &options);
	port = strrchr(h.receiver.url, ':') + 1;
	for (size_t i = 0; i < bad_host_count; i++) {
		CLEANUP(freep) char *url = xasprintf("http://%s:%s/hook", bad_hosts[i], port);
		CLEANUP(http_answer_done) struct http_answer answer;
		CLEANUP(freep) char *id = NULL;
		CLEANUP(freep) char *detail = NULL;

		send_to(&h, url, "Hello", &answer);
		if (answer.status == 400) {
			if (!json_path_is(answer.json, "/errors/0/field", "/send_response_url") ||
			    !json_path_is(answer.json, "/errors/0/detail", refusal))
				fail_msg("%s: %s", bad_hosts[i], buf_text(&answer.body));
			continue;
		}
		names++;
		id = http_answer_header(&answer, "X-Maaxd-Message");
		WAIT_FOR((free(detail), detail = first_try(&h, id)));
		if (!streq(detail, refusal))
			fail_msg("%s: %s", bad_hosts[i], detail);
	}
	assert_true(names > 0 && names < 10);
	log = receiver_log(&h.receiver);
	assert_int_equal(json_object_array_length(log), 0);
	harness_stop(&h);
}

static void expect(const struct harness *h, const char *url, int status, const char *detail)
{
	CLEANUP(http_answer_done) struct http_answer answer;

	send_to(h, url, "Hello [sim callbacks=0]", &answer);
	if (answer.status != status || !json_path_is(answer.json, "/errors/0/detail", detail))
		fail_msg("%s: %d %s", url, answer.status, buf_text(&answer.body));
}

static void test_defaults__https_to_public_addresses(void **state)
{
	const struct harness_options options = { .maax = "submit_timeout = 200ms" };
	struct harness h;
	CLEANUP(freep) char *long_url = xcalloc(1, 2101);

	(void)state;
	harness_start(&h, &options);
	memset(long_url, 'a', 2100);
	memcpy(long_url, "https://example.org/", 20);
	expect(&h, "https://192.0.2.1/x", 400, guard_explain(GUARD_BAD_ADDRESS));
	expect(&h, "https://[::1]/x", 400, guard_explain(GUARD_BAD_ADDRESS));
	expect(&h, "http://example.org/x", 400, guard_explain(GUARD_BAD_SCHEME));
	expect(&h, "https://example.org:8443/x", 400, guard_explain(GUARD_BAD_PORT));
	expect(&h, "https://8.8.8.8:22/x", 400, guard_explain(GUARD_BAD_PORT));
	expect(&h, "https://ann:secret@example.org/", 400, "a user name or password in the URL");
	expect(&h, "https://example.org/#a", 400, "a fragment (#) in the URL");
	expect(&h, "file:///etc/passwd", 400, "the URL does not start with http:// or https://");
	expect(&h, long_url, 400, "it has 2100 bytes; send at most 2048");
	expect(&h, "https://example.org/x", 200, NULL);
	expect(&h, "https://8.8.8.8/x", 200, NULL);
	harness_stop(&h);
}

/* A name may lead to an allowed network; a redirect from there leads nowhere. */
static void test_allow_list__lets_a_name_pass_and_no_redirect(void **state)
{
	const struct harness_options options = { .source = "destinations =\n"
							   "relay_allow = 127.0.0.1 ::1" };
	struct harness h;
	CLEANUP(freep) char *url = NULL;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *what = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(http_answer_done) struct http_answer answer;

	(void)state;
	dropin_start(&h, &options);
	receiver_script(&h.receiver, "{\"status\":307}");
	url = xasprintf("http://localhost:%s/hook", strrchr(h.receiver.url, ':') + 1);
	send_to(&h, url, "Hello", &answer);
	assert_int_equal(answer.status, 200);
	id = http_answer_header(&answer, "X-Maaxd-Message");
	WAIT_FOR((free(what), what = dropin_delivery(&h, id, "/state")) &&
		 streq(what, "delivered"));
	log = receiver_log(&h.receiver);
	assert_int_equal(json_count(log, "/path", "/hook"), 2);
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spellings__are_refused_end_to_end),
		cmocka_unit_test(test_defaults__https_to_public_addresses),
		cmocka_unit_test(test_allow_list__lets_a_name_pass_and_no_redirect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
