/* The HTTP client: how an exchange can fail, and several at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/fetch.h"
#include "base/loop.h"
#include "fetch_world.h"

/* ---- failures: had anything left? ---- */

static void test_refused_connection__is_unsent(void **state)
{
	struct world *world = *state;
	server_close(&world->server);
	struct fetch_request request = post_to(world->url);
	struct fetched outcome = run(world, &request);
	assert_failed(&outcome, FETCH_UNSENT, false);
}

static void test_failed_tls__is_unsent(void **state)
{
	struct world *world = *state;
	world->server.script.manner = RESET;
	CLEANUP(freep) char *url = xasprintf("https://127.0.0.1:%u/x", world->server.port);
	struct fetch_request request = post_to(url);
	struct fetched outcome = run(world, &request);
	assert_failed(&outcome, FETCH_UNSENT, false);
	assert_int_equal(world->server.connections, 1);
}

static void test_stalled_tls__ends_by_connect_timeout_unsent(void **state)
{
	struct world *world = *state;
	CLEANUP(freep) char *url = xasprintf("https://127.0.0.1:%u/x", world->server.port);
	struct fetch_request request = post_to(url);
	request.connect_timeout = SOON;
	struct fetched outcome = run(world, &request);
	assert_failed(&outcome, FETCH_UNSENT, true);
}

static void test_missing_ca_file__is_unsent(void **state)
{
	struct world *world = *state;
	CLEANUP(freep) char *url = xasprintf("https://127.0.0.1:%u/x", world->server.port);
	struct fetch_request request = post_to(url);
	request.ca_file = "/nonexistent/ca.pem";
	struct fetched outcome = run(world, &request);
	assert_failed(&outcome, FETCH_UNSENT, false);
	assert_int_equal(world->server.requests, 0);
}

static void test_stalled_reply__is_uncertain_and_timed_out(void **state)
{
	struct world *world = *state;
	world->server.script.manner = STALL;
	struct fetch_request request = post_to(world->url);
	request.timeout = SOON;
	struct fetched outcome = run(world, &request);
	/* On a starved machine the time may be over before the connection stands. */
	if (world->server.requests == 0 && outcome.result.error == FETCH_UNSENT)
		return;
	assert_failed(&outcome, FETCH_UNCERTAIN, true);
	assert_true(outcome.result.elapsed >= SOON);
}

static void test_reset__is_uncertain(void **state)
{
	struct world *world = *state;
	world->server.script.manner = RESET;
	struct fetch_request request = post_to(world->url);
	struct fetched outcome = run(world, &request);
	assert_failed(&outcome, FETCH_UNCERTAIN, false);
	assert_int_equal(world->server.requests, 1);
}

static void test_broken_body__is_uncertain_below_the_ceiling(void **state)
{
	struct world *world = *state;
	world->server.script.manner = ANSWER_AND_CLOSE;
	world->server.script.reply = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabcde";
	struct fetch_request request = post_to(world->url);
	struct fetched outcome = run(world, &request);
	assert_failed(&outcome, FETCH_UNCERTAIN, false);

	request.max_response = 5;
	outcome = run(world, &request);
	assert_done(&outcome, 200, true);
	assert_string_equal(outcome.body, "abcde");

	/* Headers alone are no reply, though no byte of the body was wanted. */
	world->server.script.reply = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n";
	request.max_response = 0;
	outcome = run(world, &request);
	assert_failed(&outcome, FETCH_UNCERTAIN, false);
}

/* The fact that fresh_connection is for, and then the cure. */
static void test_dead_connection__repeats_a_post_unless_fresh(void **state)
{
	struct world *world = *state;
	world->server.script.manner = RESET_SECOND;
	struct fetch_request request = post_to(world->url);
	request.fresh_connection = false;
	struct fetched outcome = run(world, &request);
	assert_done(&outcome, 200, false);
	outcome = run(world, &request); /* on the kept connection, which dies under it */
	assert_done(&outcome, 200, false);
	assert_int_equal(world->server.requests, 3);
	assert_int_equal(world->server.connections, 2);

	world->server.requests = 0;
	request.fresh_connection = true;
	outcome = run(world, &request);
	assert_done(&outcome, 200, false);
	outcome = run(world, &request);
	assert_failed(&outcome, FETCH_UNCERTAIN, false);
	assert_int_equal(world->server.requests, 2);
	assert_int_equal(world->server.connections, 4);
}

/* ---- several at once ---- */

static void test_connection__is_reused_when_allowed(void **state)
{
	struct world *world = *state;
	struct fetch_request request = post_to(world->url);
	request.fresh_connection = false;
	for (int i = 0; i < 3; i++) {
		struct fetched outcome = run(world, &request);
		assert_done(&outcome, 200, false);
	}
	assert_int_equal(world->server.requests, 3);
	assert_int_equal(world->server.connections, 1);
}

static void test_max_connections__queues_the_rest(void **state)
{
	struct world *world = *state;
	struct fetch_request request = post_to(world->url);
	struct fetched outcomes[10] = { 0 };
	request.fresh_connection = false;
	for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++)
		start(world, &request, keep, &outcomes[i]);
	assert_int_equal(fetcher_running(world->fetcher), 10);
	turn_until_idle(world);
	for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++)
		assert_done(&outcomes[i], 200, false);
	assert_true(world->server.connections <= 4);
}

static void test_timeout__also_ends_a_queued_one(void **state)
{
	struct world *world = *state;
	world->server.script.manner = STALL;
	struct fetch_request request = post_to(world->url);
	struct fetched stalled[4] = { 0 };
	for (size_t i = 0; i < ARRAY_SIZE(stalled); i++)
		start(world, &request, keep, &stalled[i]);
	while (world->server.requests < ARRAY_SIZE(stalled))
		assert_int_equal(loop_turn(world->loop), 0);

	struct fetched queued = { 0 };
	request.timeout = SOON;
	start(world, &request, keep, &queued);
	while (queued.calls == 0)
		assert_int_equal(loop_turn(world->loop), 0);
	assert_failed(&queued, FETCH_UNSENT, true);
	assert_int_equal(fetcher_running(world->fetcher), ARRAY_SIZE(stalled));
	assert_int_equal(stalled[0].calls, 0);
}

static void test_cancel__calls_nothing(void **state)
{
	struct world *world = *state;
	struct fetch_request request = post_to(world->url);
	struct fetched at_once = { 0 }, running = { 0 }, other = { 0 };
	start(world, &request, keep, &at_once);
	fetch_cancel(at_once.fetch);

	world->server.script.manner = STALL;
	start(world, &request, keep, &running);
	while (world->server.requests == 0)
		assert_int_equal(loop_turn(world->loop), 0);
	fetch_cancel(running.fetch);
	assert_int_equal(fetcher_running(world->fetcher), 0);

	world->server.script.manner = ANSWER;
	other = run(world, &request);
	assert_done(&other, 200, false);
	assert_int_equal(at_once.calls, 0);
	assert_int_equal(running.calls, 0);
}

static void keep_and_cancel_other(const struct fetch_result *result, void *ctx)
{
	struct fetched *outcome = ctx;
	keep(result, ctx);
	fetch_cancel(outcome->other->fetch);
	fetch_cancel(outcome->fetch); /* itself: nothing happens */
}

static void test_cancel__works_on_one_that_is_done_but_not_reported(void **state)
{
	struct world *world = *state;
	world->server.script.manner = STALL;
	struct fetch_request request = post_to(world->url);
	request.timeout = SOON;
	struct fetched first = { 0 }, second = { 0 };
	first.other = &second;
	second.other = &first;
	/* Both run out of time within the same millisecond, so in the same call of curl. */
	start(world, &request, keep_and_cancel_other, &first);
	start(world, &request, keep_and_cancel_other, &second);
	turn_until_idle(world);
	assert_int_equal(first.calls + second.calls, 1);
}

static void keep_and_start_other(const struct fetch_result *result, void *ctx)
{
	struct fetched *outcome = ctx;
	keep(result, ctx);
	struct fetch_request request = post_to(outcome->world->url);
	if (outcome->other)
		start(outcome->world, &request, keep_and_start_other, outcome->other);
}

static void test_start__works_from_on_done(void **state)
{
	struct world *world = *state;
	struct fetched third = { 0 };
	struct fetched second = { .other = &third };
	struct fetched first = { .other = &second };
	struct fetch_request request = post_to(world->url);
	start(world, &request, keep_and_start_other, &first);
	turn_until_idle(world);
	assert_done(&first, 200, false);
	assert_done(&second, 200, false);
	assert_done(&third, 200, false);
}

static void test_fetcher_free__cancels_without_callbacks(void **state)
{
	struct world *world = *state;
	world->server.script.manner = STALL;
	struct fetch_request request = post_to(world->url);
	struct fetched outcomes[6] = { 0 };
	for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++)
		start(world, &request, keep, &outcomes[i]);
	while (world->server.requests < 4)
		assert_int_equal(loop_turn(world->loop), 0);
	world->fetcher = fetcher_free(world->fetcher);
	for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++)
		assert_int_equal(outcomes[i].calls, 0);
	assert_null(fetcher_free(NULL));
}

static void test_version__names_the_library(void **state)
{
	(void)state;
	assert_non_null(strstr(fetch_version(), "libcurl/"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_refused_connection__is_unsent),
		WORLD_TEST(test_failed_tls__is_unsent),
		WORLD_TEST(test_stalled_tls__ends_by_connect_timeout_unsent),
		WORLD_TEST(test_missing_ca_file__is_unsent),
		WORLD_TEST(test_stalled_reply__is_uncertain_and_timed_out),
		WORLD_TEST(test_reset__is_uncertain),
		WORLD_TEST(test_broken_body__is_uncertain_below_the_ceiling),
		WORLD_TEST(test_dead_connection__repeats_a_post_unless_fresh),
		WORLD_TEST(test_connection__is_reused_when_allowed),
		WORLD_TEST(test_max_connections__queues_the_rest),
		WORLD_TEST(test_timeout__also_ends_a_queued_one),
		WORLD_TEST(test_cancel__calls_nothing),
		WORLD_TEST(test_cancel__works_on_one_that_is_done_but_not_reported),
		WORLD_TEST(test_start__works_from_on_done),
		WORLD_TEST(test_fetcher_free__cancels_without_callbacks),
		cmocka_unit_test(test_version__names_the_library),
	};
	return cmocka_run_group_tests(tests, world_group_setup, NULL);
}
