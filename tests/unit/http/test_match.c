/* The route matcher: paths, parameters, methods, listeners. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "http/match.h"

static const struct http_route routes[] = {
	{ "GET", "/", 1, 0, 0, NULL, NULL },
	{ "GET|POST", "/v1/messages", 1, 0, 0, NULL, NULL },
	{ "GET", "/v1/messages/{id}", 1, 0, 0, NULL, NULL },
	{ "DELETE", "/v1/messages/{id}", 1, 0, 0, NULL, NULL },
	{ "POST", "/in/{source}/{secret}", 1, 0, 0, NULL, NULL },
	{ "POST", "/api/v2/outgoing-messages/", 1, 0, 0, NULL, NULL },
	{ "GET", "/metrics", 2, 0, 0, NULL, NULL },
};

static const struct http_route_table table = { routes, ARRAY_SIZE(routes) };

static enum http_match match(const char *method, const char *path, struct http_matched *matched)
{
	return http_match(&table, 1, method, path, strlen(path), matched);
}

static void expect_found(const char *method, const char *path, size_t index)
{
	struct http_matched matched;

	assert_int_equal(match(method, path, &matched), HTTP_MATCH_FOUND);
	assert_ptr_equal(matched.route, &routes[index]);
	assert_string_equal(matched.allow, "");
}

static void test_match__finds_routes_with_and_without_slash(void **state)
{
	(void)state;
	expect_found("GET", "/", 0);
	expect_found("POST", "/v1/messages", 1);
	expect_found("GET", "/v1/messages/", 1);
	expect_found("POST", "/api/v2/outgoing-messages", 5);
	expect_found("POST", "/api/v2/outgoing-messages/", 5);
}

static void test_match__gives_parameters(void **state)
{
	struct http_matched matched;

	(void)state;
	assert_int_equal(match("POST", "/in/shop/s3cr%20t/", &matched), HTTP_MATCH_FOUND);
	assert_int_equal(matched.param_count, 2);
	assert_int_equal(matched.params[0].len, 4);
	assert_memory_equal(matched.params[0].value, "shop", 4);
	assert_int_equal(matched.params[1].len, 8);
	assert_memory_equal(matched.params[1].value, "s3cr%20t", 8);
}

static void test_match__reads_no_further_than_the_path(void **state)
{
	struct http_matched matched;

	(void)state;
	assert_int_equal(http_match(&table, 1, "GET", "/v1/messages/a/b", 14, &matched),
			 HTTP_MATCH_FOUND);
	assert_int_equal(matched.params[0].len, 1);
}

static void test_match__tells_404(void **state)
{
	static const char *const paths[] = {
		"/v1",
		"/v1/messages/a/b",
		"/v1/messages//",
		"/v1//messages",
		"//",
		"/v1/messagesx",
		"/v1/message",
		"/in/shop",
		"/metrics",
		"*",
		"",
		"v1/messages",
	};
	struct http_matched matched;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (match("GET", paths[i], &matched) != HTTP_MATCH_NO_PATH)
			fail_msg("%s was found", paths[i]);
		assert_null(matched.route);
		assert_int_equal(matched.param_count, 0);
	}
}

static void test_match__tells_405_with_all_methods(void **state)
{
	struct http_matched matched;

	(void)state;
	assert_int_equal(match("PUT", "/v1/messages/x", &matched), HTTP_MATCH_NO_METHOD);
	assert_string_equal(matched.allow, "GET, HEAD, DELETE");
	assert_int_equal(match("PUT", "/v1/messages", &matched), HTTP_MATCH_NO_METHOD);
	assert_string_equal(matched.allow, "GET, HEAD, POST");
	assert_int_equal(match("get", "/v1/messages", &matched), HTTP_MATCH_NO_METHOD);
	assert_int_equal(match("GE", "/v1/messages", &matched), HTTP_MATCH_NO_METHOD);
	assert_int_equal(match("GET|POST", "/v1/messages", &matched), HTTP_MATCH_NO_METHOD);
}

static void test_match__later_row_with_the_method_wins_over_405(void **state)
{
	(void)state;
	expect_found("DELETE", "/v1/messages/x", 3);
}

static void test_match__head_is_get(void **state)
{
	struct http_matched matched;

	(void)state;
	expect_found("HEAD", "/v1/messages/x", 2);
	assert_int_equal(match("HEAD", "/in/a/b", &matched), HTTP_MATCH_NO_METHOD);
}

static void test_match__knows_only_the_routes_of_the_listener(void **state)
{
	struct http_matched matched;

	(void)state;
	assert_int_equal(http_match(&table, 2, "GET", "/metrics", 8, &matched), HTTP_MATCH_FOUND);
	assert_int_equal(http_match(&table, 2, "GET", "/", 1, &matched), HTTP_MATCH_NO_PATH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match__finds_routes_with_and_without_slash),
		cmocka_unit_test(test_match__gives_parameters),
		cmocka_unit_test(test_match__reads_no_further_than_the_path),
		cmocka_unit_test(test_match__tells_404),
		cmocka_unit_test(test_match__tells_405_with_all_methods),
		cmocka_unit_test(test_match__later_row_with_the_method_wins_over_405),
		cmocka_unit_test(test_match__head_is_get),
		cmocka_unit_test(test_match__knows_only_the_routes_of_the_listener),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
