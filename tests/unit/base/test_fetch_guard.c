/* Guarded requests: no spelling of an address leads past the guard, nor does a kept connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/fetch.h"
#include "base/guard.h"
#include "base/loop.h"
#include "fetch_world.h"
#include "lib/bad_hosts.h"

static int setup(void **state)
{
	int r = world_setup(state);
	struct world *world = *state;
	fetcher_free(world->fetcher);
	assert_int_equal(fetcher_new_guarded(world->loop, 4, &world->fetcher), 0);
	return r;
}

/* A guard that lets http to the server's port pass, and no network. */
static struct guard guard_of(const struct world *world)
{
	return (struct guard){
		.ports = { (uint16_t)world->server.port },
		.port_count = 1,
		.allows_http = true,
	};
}

static void allow(struct guard *guard, const char *network)
{
	const char *why;
	assert_int_equal(
		guard_parse_network(network, &guard->networks[guard->network_count++], &why), 0);
}

static void test_spellings__are_all_refused(void **state)
{
	struct world *world = *state;
	const struct guard guard = guard_of(world);
	assert_true(bad_host_count >= 60);
	for (size_t i = 0; i < bad_host_count; i++) {
		CLEANUP(freep)
		char *url = xasprintf("http://%s:%u/x", bad_hosts[i], world->server.port);
		struct fetch_request request = post_to(url);
		request.guard = &guard;
		struct fetched outcome = run(world, &request);
		assert_failed(&outcome, FETCH_UNSENT, false);
		if (!streq(outcome.detail, guard_explain(GUARD_BAD_ADDRESS)))
			fail_msg("%s: %s", bad_hosts[i], outcome.detail);
	}
	assert_int_equal(world->server.connections, 0);
}

/* Names that only a resolver knows may not be found here; what matters is that nothing is reached.
 */
static void test_odd_spellings__reach_nothing(void **state)
{
	static const char *const odd[] = {
		"127.0.0.1.", "localhost.", "127。0。0。1",
		"①②⑦.⓪.⓪.①",  "[::1%25lo]", "[127.0.0.1]",
	};
	struct world *world = *state;
	const struct guard guard = guard_of(world);
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		CLEANUP(freep) char *url = xasprintf("http://%s:%u/x", odd[i], world->server.port);
		struct fetch_request request = post_to(url);
		struct fetched outcome = { .world = world };
		request.guard = &guard;
		if (fetch_start(world->fetcher, &request, keep, &outcome, &outcome.fetch) < 0)
			continue;
		turn_until_idle(world);
		assert_int_equal(outcome.result.error, FETCH_UNSENT);
	}
	assert_int_equal(world->server.connections, 0);
}

static void test_allowed_network__is_reached(void **state)
{
	struct world *world = *state;
	struct guard guard = guard_of(world);
	struct fetch_request request = post_to(world->url);
	allow(&guard, "127.0.0.0/8");
	request.guard = &guard;
	struct fetched outcome = run(world, &request);
	assert_done(&outcome, 200, false);
	assert_string_equal(outcome.body, "ok");
}

static void test_kept_connection__is_checked_again(void **state)
{
	struct world *world = *state;
	struct guard guard = guard_of(world);
	struct guard strict = guard_of(world);
	struct fetch_request request = post_to(world->url);
	allow(&guard, "127.0.0.1");
	request.guard = &guard;
	request.fresh_connection = false;
	for (int i = 0; i < 2; i++) {
		struct fetched outcome = run(world, &request);
		assert_done(&outcome, 200, false);
	}
	assert_int_equal(world->server.connections, 1);

	request.guard = &strict;
	struct fetched outcome = run(world, &request);
	assert_failed(&outcome, FETCH_UNSENT, false);
	assert_string_equal(outcome.detail, guard_explain(GUARD_BAD_ADDRESS));
	assert_int_equal(world->server.requests, 2);
}

static void test_port_and_scheme__are_checked(void **state)
{
	struct world *world = *state;
	struct guard guard = guard_of(world);
	struct fetch_request request = post_to(world->url);
	allow(&guard, "127.0.0.1");
	request.guard = &guard;
	guard.ports[0] = 443;
	struct fetched outcome = run(world, &request);
	assert_failed(&outcome, FETCH_UNSENT, false);
	assert_string_equal(outcome.detail, guard_explain(GUARD_BAD_PORT));

	guard = guard_of(world);
	allow(&guard, "127.0.0.1");
	guard.allows_http = false;
	outcome = run(world, &request);
	assert_failed(&outcome, FETCH_UNSENT, false);
	assert_int_equal(world->server.connections, 0);
}

static void test_redirect__is_not_followed(void **state)
{
	struct world *world = *state;
	struct guard guard = guard_of(world);
	struct fetch_request request = post_to(world->url);
	world->server.script.reply = "HTTP/1.1 307 Away\r\nLocation: http://127.0.0.1/\r\n"
				     "Content-Length: 0\r\n\r\n";
	allow(&guard, "127.0.0.1");
	request.guard = &guard;
	struct fetched outcome = run(world, &request);
	assert_done(&outcome, 307, false);
	assert_int_equal(world->server.requests, 1);
}

static void test_proxy_of_the_environment__is_not_used(void **state)
{
	struct world *world = *state;
	const struct guard guard = guard_of(world);
	CLEANUP(freep) char *proxy = xasprintf("http://127.0.0.1:%u", world->server.port);
	setenv("http_proxy", proxy, 1);
	setenv("ALL_PROXY", proxy, 1);
	CLEANUP(freep) char *url = xasprintf("http://10.0.0.1:%u/x", world->server.port);
	struct fetch_request request = post_to(url);
	request.guard = &guard;
	struct fetched outcome = run(world, &request);
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
	assert_failed(&outcome, FETCH_UNSENT, false);
	assert_int_equal(world->server.connections, 0);
}

static void test_detail__names_no_address(void **state)
{
	struct world *world = *state;
	struct guard guard = guard_of(world);
	struct fetch_request request = post_to(world->url);
	allow(&guard, "127.0.0.1");
	request.guard = &guard;
	server_close(&world->server);
	struct fetched outcome = run(world, &request);
	assert_failed(&outcome, FETCH_UNSENT, false);
	assert_null(strstr(outcome.detail, "127.0.0.1"));
}

static void test_fetchers__take_only_their_own(void **state)
{
	struct world *world = *state;
	const struct guard guard = guard_of(world);
	struct fetch_request request = post_to(world->url);
	struct fetch *fetch = NULL;
	struct fetcher *open = NULL;
	assert_int_equal(fetch_start(world->fetcher, &request, keep, NULL, &fetch), -EINVAL);
	assert_int_equal(fetcher_new(world->loop, 1, &open), 0);
	request.guard = &guard;
	assert_int_equal(fetch_start(open, &request, keep, NULL, &fetch), -EINVAL);
	fetcher_free(open);
}

static void test_parse_url__reads_as_curl_does(void **state)
{
	static const struct {
		const char *url, *host;
		uint16_t port;
		bool is_https;
	} rows[] = {
		{ "https://Hooks.Example.org/a?b", "hooks.example.org", 443, true },
		{ "http://example.org", "example.org", 80, false },
		{ "HTTPS://example.org:8443/", "example.org", 8443, true },
		{ "http://0x7f.1/", "127.0.0.1", 80, false },
		{ "http://2130706433:81/", "127.0.0.1", 81, false },
		{ "https://[::1]:9/", "::1", 9, true },
		{ "https://[::FFFF:127.0.0.1]/", "::ffff:127.0.0.1", 443, true },
	};
	struct fetch_url url;
	const char *why;
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(fetch_parse_url(rows[i].url, &url, &why), 0);
		assert_string_equal(url.host, rows[i].host);
		assert_int_equal(url.port, rows[i].port);
		assert_int_equal(url.is_https, rows[i].is_https);
		fetch_url_done(&url);
	}
	assert_int_equal(fetch_parse_url("https://a:b@example.org/", &url, &why), -EINVAL);
	assert_int_equal(fetch_parse_url("ftp://example.org/", &url, &why), -EINVAL);
	assert_int_equal(fetch_parse_url("https://example.org:99999/", &url, &why), -EINVAL);
}

#define GUARDED(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		GUARDED(test_spellings__are_all_refused),
		GUARDED(test_odd_spellings__reach_nothing),
		GUARDED(test_allowed_network__is_reached),
		GUARDED(test_kept_connection__is_checked_again),
		GUARDED(test_port_and_scheme__are_checked),
		GUARDED(test_redirect__is_not_followed),
		GUARDED(test_proxy_of_the_environment__is_not_used),
		GUARDED(test_detail__names_no_address),
		GUARDED(test_fetchers__take_only_their_own),
		cmocka_unit_test(test_parse_url__reads_as_curl_does),
	};
	return cmocka_run_group_tests(tests, world_group_setup, NULL);
}
