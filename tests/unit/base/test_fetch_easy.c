/* The HTTP client: what is sent, what is kept of the reply, which URLs are good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fetch.h"
#include "fetch_world.h"

/* ---- the request ---- */

static void test_post__sends_what_was_asked_and_nothing_of_curls(void **state)
{
	struct world *world = *state;
	const char *const headers[] = { "X-Key: a b", "User-Agent: maaxd", NULL };
	struct fetch_request request = post_to(world->url);
	request.headers = headers;
	world->server.script.reply = "HTTP/1.1 202 Accepted\r\nContent-Type: text/plain\r\n"
				     "Content-Length: 5\r\n\r\nhello";
	struct fetched outcome = run(world, &request);
	assert_done(&outcome, 202, false);
	assert_string_equal(outcome.body, "hello");
	assert_string_equal(outcome.content_type, "text/plain");
	assert_true(outcome.result.elapsed > 0);
	assert_true(outcome.result.retry_after == 0);

	const char *sent = world->server.last;
	assert_ptr_equal(strstr(sent, "POST /x HTTP/1.1\r\n"), sent);
	assert_non_null(strstr(sent, "\r\nX-Key: a b\r\n"));
	assert_non_null(strstr(sent, "\r\nContent-Length: 5\r\n"));
	assert_non_null(strstr(sent, "\r\n\r\nhello"));
	assert_null(strcasestr(sent, "Expect:"));
	assert_null(strcasestr(sent, "Content-Type:"));
	assert_null(strcasestr(sent, "Accept-Encoding:"));
}

static void test_post__sends_a_large_body_without_waiting(void **state)
{
	struct world *world = *state;
	char body[2000];
	memset(body, 'b', sizeof(body));
	const char *const headers[] = { "content-type: application/json", NULL };
	struct fetch_request request = post_to(world->url);
	request.headers = headers;
	request.body = body;
	request.body_len = sizeof(body);
	struct fetched outcome = { 0 };
	start(world, &request, keep, &outcome);
	memset(body, 'x', sizeof(body)); /* it has been copied */
	turn_until_idle(world);
	assert_done(&outcome, 200, false);
	assert_null(strcasestr(world->server.last, "Expect:"));
	assert_non_null(strstr(world->server.last, "\r\ncontent-type: application/json\r\n"));
	assert_null(strstr(world->server.last, "\r\nContent-Type:"));
	assert_non_null(strstr(world->server.last, "\r\n\r\nbbbb"));
}

static void test_method__decides_what_is_sent_and_expected(void **state)
{
	struct world *world = *state;
	static const struct {
		const char *method;
		size_t body_len;
		const char *line;
		const char *length;
	} cases[] = {
		{ "GET", 0, "GET /x HTTP/1.1\r\n", NULL },
		{ "DELETE", 0, "DELETE /x HTTP/1.1\r\n", NULL },
		{ "POST", 0, "POST /x HTTP/1.1\r\n", "\r\nContent-Length: 0\r\n" },
		{ "PUT", 5, "PUT /x HTTP/1.1\r\n", "\r\nContent-Length: 5\r\n" },
		{ "HEAD", 0, "HEAD /x HTTP/1.1\r\n", NULL },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fetch_request request = post_to(world->url);
		request.method = cases[i].method;
		request.body_len = cases[i].body_len;
		bool is_head = streq(cases[i].method, "HEAD");
		if (is_head)
			world->server.script.reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
		struct fetched outcome = run(world, &request);
		assert_done(&outcome, 200, false);
		assert_string_equal(outcome.body, is_head ? "" : "ok");
		const char *sent = world->server.last;
		assert_ptr_equal(strstr(sent, cases[i].line), sent);
		assert_non_null(strstr(sent, cases[i].length ? cases[i].length : "\r\n\r\n"));
		if (!cases[i].length)
			assert_null(strcasestr(sent, "Content-Length"));
	}
}

static void test_start__refuses_what_is_unusable(void **state)
{
	struct world *world = *state;
	static const char *const bad_headers[] = {
		"no colon", ": no name", "Two words: x", "X: a\r\nY: b", "X: \x01", "X:", "X:  ",
	};
	struct fetch *fetch = NULL;
	struct fetch_request request = post_to(world->url);
	for (size_t i = 0; i < ARRAY_SIZE(bad_headers); i++) {
		const char *const headers[] = { "Fine: x", bad_headers[i], NULL };
		request.headers = headers;
		assert_int_equal(fetch_start(world->fetcher, &request, keep, NULL, &fetch),
				 -EINVAL);
	}
	request = post_to("file:///etc/passwd");
	assert_int_equal(fetch_start(world->fetcher, &request, keep, NULL, &fetch), -EINVAL);
	request = post_to(world->url);
	request.method = "GET /y HTTP/1.1\r\nX: ";
	assert_int_equal(fetch_start(world->fetcher, &request, keep, NULL, &fetch), -EINVAL);
	request.method = "";
	assert_int_equal(fetch_start(world->fetcher, &request, keep, NULL, &fetch), -EINVAL);
	assert_null(fetch);
	assert_int_equal(fetcher_running(world->fetcher), 0);
}

static void test_proxy__of_the_environment_is_not_used(void **state)
{
	struct world *world = *state;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	struct fetch_request request = post_to(world->url);
	struct fetched outcome = run(world, &request);
	unsetenv("http_proxy");
	assert_done(&outcome, 200, false);
}

/* ---- the reply ---- */

static void test_redirect__is_not_followed(void **state)
{
	struct world *world = *state;
	CLEANUP(freep)
	char *reply = xasprintf("HTTP/1.1 307 Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
				world->url);
	world->server.script.reply = reply;
	struct fetch_request request = post_to(world->url);
	struct fetched outcome = run(world, &request);
	assert_done(&outcome, 307, false);
	assert_int_equal(world->server.requests, 1);
}

static void test_retry_after__is_read_and_bounded(void **state)
{
	struct world *world = *state;
	static const struct {
		const char *value;
		usec_t wanted;
	} cases[] = {
		{ "7", 7 * USEC_PER_SEC },
		{ "0", 0 },
		{ "-5", 0 },
		{ "soon", 0 },
		{ "Wed, 21 Oct 2015 07:28:00 GMT", 0 },
		{ "9223372036854775807", 365 * USEC_PER_DAY },
		{ "99999999999999999999999", 0 },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(freep)
		char *reply = xasprintf("HTTP/1.1 503 Busy\r\nRetry-After: %s\r\n"
					"Content-Length: 0\r\n\r\n",
					cases[i].value);
		world->server.script.reply = reply;
		struct fetch_request request = post_to(world->url);
		struct fetched outcome = run(world, &request);
		assert_done(&outcome, 503, false);
		if (outcome.result.retry_after != cases[i].wanted)
			fail_msg("Retry-After: %s gave %llu", cases[i].value,
				 (unsigned long long)outcome.result.retry_after);
	}
}

static void test_max_response__keeps_that_much(void **state)
{
	struct world *world = *state;
	static const struct {
		size_t max;
		const char *body;
		bool truncated;
	} cases[] = {
		{ 6, "abcde", false }, { 5, "abcde", false }, { 3, "abc", true }, { 0, "", true }
	};
	world->server.script.reply = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde";
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fetch_request request = post_to(world->url);
		request.max_response = cases[i].max;
		struct fetched outcome = run(world, &request);
		assert_done(&outcome, 200, cases[i].truncated);
		assert_string_equal(outcome.body, cases[i].body);
	}
}

static void test_flood__ends_the_transfer_as_done(void **state)
{
	struct world *world = *state;
	world->server.script.reply = "HTTP/1.1 200 OK\r\n\r\nstart";
	world->server.script.flood = 64 * MIB;
	struct fetch_request request = post_to(world->url);
	request.max_response = 5;
	struct fetched outcome = run(world, &request);
	assert_done(&outcome, 200, true);
	assert_string_equal(outcome.body, "start");
	assert_true(world->server.flooded < 64 * MIB); /* the rest was not waited for */
}

static void test_headers__without_end_are_cut_off(void **state)
{
	struct world *world = *state;
	CLEANUP(buf_done) struct buf reply = BUF_INIT(MIB);
	assert_int_equal(buf_add_text(&reply, "HTTP/1.1 200 OK\r\n"), 0);
	for (int i = 0; i < 3000; i++)
		assert_int_equal(buf_add_format(&reply, "X-%d: aaaaaaaaaaaaaaaaaaaa\r\n", i), 0);
	world->server.script.reply = buf_text(&reply);
	struct fetch_request request = post_to(world->url);
	struct fetched outcome = run(world, &request);
	assert_failed(&outcome, FETCH_UNCERTAIN, false);
}

/* ---- URLs ---- */

static void test_check_url__takes_http_and_https_with_a_host(void **state)
{
	(void)state;
	static const char *const good[] = {
		"http://example.org",	  "https://example.org/", "HTTPS://example.org:8443/a?b=c",
		"http://127.0.0.1:1/x@y", "http://[::1]:8080/",	  "https://a.b/%20?u=http://x",
	};
	const char *why = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(fetch_check_url(good[i], &why), 0);
	assert_null(why);
}

static void test_check_url__says_what_is_wrong(void **state)
{
	(void)state;
	static const struct {
		const char *url;
		const char *why;
	} cases[] = {
		{ "", "the URL does not start with http:// or https://" },
		{ "example.org/x", "the URL does not start with http:// or https://" },
		{ "ftp://example.org", "the URL does not start with http:// or https://" },
		{ "file:///etc/passwd", "the URL does not start with http:// or https://" },
		{ "http:example.org", "the URL does not start with http:// or https://" },
		{ "http://", "no host in the URL" },
		{ "https:///x", "no host in the URL" },
		{ "http://?x", "no host in the URL" },
		{ "http://:80/", "not a valid URL" },
		{ "http://a:99999/", "not a valid URL" },
		{ "http://[::1/", "not a valid URL" },
		{ "http://u@a/", "a user name or password in the URL" },
		{ "http://u:p@a/", "a user name or password in the URL" },
		{ "http://:p@a/", "a user name or password in the URL" },
		{ "http://a/#b", "a fragment (#) in the URL" },
		{ "http://a/#", "a fragment (#) in the URL" },
		{ "http://a/ b", "a blank or control character in the URL" },
		{ "http://a/\r\nX: y", "a blank or control character in the URL" },
		{ " http://a/", "a blank or control character in the URL" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *why = NULL;
		if (fetch_check_url(cases[i].url, &why) != -EINVAL)
			fail_msg("accepted: %s", cases[i].url);
		assert_string_equal(why, cases[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_post__sends_what_was_asked_and_nothing_of_curls),
		WORLD_TEST(test_post__sends_a_large_body_without_waiting),
		WORLD_TEST(test_method__decides_what_is_sent_and_expected),
		WORLD_TEST(test_start__refuses_what_is_unusable),
		WORLD_TEST(test_proxy__of_the_environment_is_not_used),
		WORLD_TEST(test_redirect__is_not_followed),
		WORLD_TEST(test_retry_after__is_read_and_bounded),
		WORLD_TEST(test_max_response__keeps_that_much),
		WORLD_TEST(test_flood__ends_the_transfer_as_done),
		WORLD_TEST(test_headers__without_end_are_cut_off),
		cmocka_unit_test(test_check_url__takes_http_and_https_with_a_host),
		cmocka_unit_test(test_check_url__says_what_is_wrong),
	};
	return cmocka_run_group_tests(tests, world_group_setup, NULL);
}
