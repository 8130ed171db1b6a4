/* /openapi.json: on every listener, for anyone, and kept by clients until it differs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lib/harness.h"

/* One request without a key; `known` is an ETag or NULL. */
static void ask(struct harness *h, const char *method, const char *known, bool is_admin,
		struct http_answer *ret_answer)
{
	CLEANUP(freep) char *header = known ? xasprintf("If-None-Match: %s", known) : NULL;
	CLEANUP(freep) char *url = xasprintf("%s/openapi.json", h->public_url);
	const char *const headers[] = { header, NULL };
	const struct http_call call = {
		.method = method,
		.url = url,
		.unix_socket = is_admin ? h->admin_socket : NULL,
		.headers = headers,
	};

	http_do(&call, ret_answer);
}

static void test_document__is_on_every_listener(void **state)
{
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (int i = 0; i < 2; i++) {
		CLEANUP(http_answer_done) struct http_answer answer;
		CLEANUP(freep) char *type = NULL;

		ask(&h, "GET", NULL, i == 1, &answer);
		type = http_answer_header(&answer, "Content-Type");
		assert_int_equal(answer.status, 200);
		assert_true(json_path_is(answer.json, "/openapi", "3.1.0"));
		assert_true(json_path_is(answer.json, "/info/version", MAAXD_VERSION));
		assert_string_equal(type, "application/json");
	}
	harness_stop(&h);
}

static void test_document__is_sent_once(void **state)
{
	CLEANUP(http_answer_done) struct http_answer first, same, listed, other, head;
	CLEANUP(freep) char *list = NULL;
	CLEANUP(freep) char *etag = NULL;
	CLEANUP(freep) char *same_etag = NULL;
	CLEANUP(freep) char *control = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	ask(&h, "GET", NULL, false, &first);
	etag = http_answer_header(&first, "ETag");
	assert_non_null(etag);
	assert_int_equal(etag[0], '"');
	control = http_answer_header(&first, "Cache-Control");
	assert_string_equal(control, "no-cache");

	ask(&h, "GET", etag, false, &same);
	assert_int_equal(same.status, 304);
	assert_int_equal(same.body.len, 0);
	same_etag = http_answer_header(&same, "ETag");
	assert_string_equal(same_etag, etag);
	list = xasprintf("\"old\", W/%s", etag);
	ask(&h, "GET", list, false, &listed);
	assert_int_equal(listed.status, 304);
	ask(&h, "GET", "\"old\"", false, &other);
	assert_int_equal(other.status, 200);
	ask(&h, "HEAD", NULL, false, &head);
	assert_int_equal(head.status, 200);
	assert_int_equal(head.body.len, 0);
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_document__is_on_every_listener),
		cmocka_unit_test(test_document__is_sent_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
