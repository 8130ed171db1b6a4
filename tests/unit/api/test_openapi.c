/* api/openapi: the document and the route table tell of the same methods and paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <json-c/json.h>
#include <string.h>

#include "api/api.h"
#include "api/openapi.h"
#include "api/routes.h"
#include "base/json.h"
#include "lib/json_path.h"

static struct json_object *document(void)
{
	struct json_object *root = NULL;
	const char *why = NULL;

	if (json_parse(openapi_text, openapi_len, &root, &why) < 0)
		fail_msg("openapi.json: %s", why);
	return root;
}

/* Whether a path of the document is a pattern of the table, which has no slash at its end. */
static bool is_pattern(const char *path, const char *pattern)
{
	size_t len = strlen(path);

	if (len > 1 && path[len - 1] == '/')
		len--;
	return len == strlen(pattern) && memcmp(path, pattern, len) == 0;
}

static bool has_method(const struct http_route *route, const char *method)
{
	CLEANUP(freep) char *list = xasprintf("|%s|", route->method);
	CLEANUP(freep) char *word = xasprintf("|%s|", method);

	return strcasestr(list, word) != NULL;
}

/* The route of an operation, or NULL. */
static const struct http_route *find_route(const char *path, const char *method)
{
	for (size_t i = 0; i < api_route_count; i++)
		if (is_pattern(path, api_routes[i].pattern) && has_method(&api_routes[i], method))
			return &api_routes[i];
	return NULL;
}

static bool is_method(const char *key)
{
	static const char *const names[] = { "get",	"put",	"post",	 "delete",
					     "options", "head", "patch", "trace" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (streq(names[i], key))
			return true;
	return false;
}

/* The name of the only scheme that each auth has in the document; NULL: none is asked for. */
static const char *scheme_of(int auth)
{
	switch ((enum api_auth)auth) {
	case API_AUTH_BEARER:
		return "sourceKey";
	case API_AUTH_MAAX:
		return "maaxKey";
	case API_AUTH_ADMIN:
		return "adminHeader";
	case API_AUTH_METRICS:
		return "adminToken";
	case API_AUTH_NONE:
	case API_AUTH_ANSWER:
	case API_AUTH_FOLLOWUP:
	case API_AUTH_EMERGENCY:
	case API_AUTH_HOOK:
		break;
	}
	return NULL;
}

static void check_operation(const char *path, const char *method, struct json_object *operation)
{
	const struct http_route *route = find_route(path, method);
	struct json_object *security = NULL;
	struct json_object *first;
	const char *scheme;

	if (!route)
		fail_msg("openapi.json has %s %s, the route table has not", method, path);
	if (!json_object_object_get_ex(operation, "security", &security))
		fail_msg("%s %s: no security in openapi.json", method, path);
	scheme = scheme_of(route->auth);
	first = json_object_array_get_idx(security, 0);
	if (scheme ? !json_object_object_get_ex(first, scheme, NULL) : first != NULL)
		fail_msg("%s %s: security is not that of the route table", method, path);
}

static void test_document__has_nothing_but_routes(void **state)
{
	CLEANUP(json_putp) struct json_object *root = document();

	(void)state;
	json_object_object_foreach(json_at(root, "/paths"), path, item)
	{
		json_object_object_foreach(item, key, operation)
		{
			if (is_method(key))
				check_operation(path, key, operation);
		}
	}
}

/* How many operations of the document belong to a route, one for each of its methods. */
static size_t count_operations(struct json_object *paths, const struct http_route *route)
{
	size_t count = 0;

	json_object_object_foreach(paths, path, item)
	{
		json_object_object_foreach(item, key, operation)
		{
			(void)operation;
			if (is_method(key) && find_route(path, key) == route)
				count++;
		}
	}
	return count;
}

static void test_document__has_every_route(void **state)
{
	CLEANUP(json_putp) struct json_object *root = document();
	struct json_object *paths = json_at(root, "/paths");

	(void)state;
	for (size_t i = 0; i < api_route_count; i++) {
		const struct http_route *route = &api_routes[i];
		size_t methods = 1;

		for (const char *c = route->method; *c; c++)
			methods += *c == '|';
		if (count_operations(paths, route) != methods)
			fail_msg("openapi.json lacks a method of %s %s", route->method,
				 route->pattern);
	}
}

static void test_document__has_a_webhook_for_every_type(void **state)
{
	static const char *const types[] = { "answer.received",	   "followup.received",
					     "emergency.received", "answer.overdue",
					     "message.failed",	   "alert.raised",
					     "alert.cleared" };
	CLEANUP(json_putp) struct json_object *root = document();
	struct json_object *webhooks = json_at(root, "/webhooks");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (!json_object_object_get_ex(webhooks, types[i], NULL))
			fail_msg("openapi.json has no webhook %s", types[i]);
	assert_int_equal(json_object_object_length(webhooks), ARRAY_SIZE(types));
}

static void test_document__has_our_version(void **state)
{
	CLEANUP(json_putp) struct json_object *root = document();

	(void)state;
	assert_true(json_path_is(root, "/info/version", MAAXD_VERSION));
	assert_null(strstr(openapi_text, "@VERSION@"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_document__has_nothing_but_routes),
		cmocka_unit_test(test_document__has_every_route),
		cmocka_unit_test(test_document__has_a_webhook_for_every_type),
		cmocka_unit_test(test_document__has_our_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
