/* base/retry: schedules, the jitter, and what a peer may ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "base/retry.h"

#define STEPS_16 "1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s "

static void test_retry_parse__reads_the_default_schedule(void **state)
{
	struct retry_schedule schedule;
	const char *why = NULL;

	(void)state;
	assert_int_equal(retry_parse("0s 2s 10s  1m\t5m 30m 2h 500ms 1d", &schedule, &why), 0);
	assert_int_equal(schedule.count, 9);
	assert_int_equal(schedule.step[0], 0);
	assert_int_equal(schedule.step[1], 2 * USEC_PER_SEC);
	assert_int_equal(schedule.step[3], USEC_PER_MINUTE);
	assert_int_equal(schedule.step[6], 2 * USEC_PER_HOUR);
	assert_int_equal(schedule.step[7], 500 * USEC_PER_MSEC);
	assert_int_equal(schedule.step[8], USEC_PER_DAY);
	assert_null(why);
}

static void test_retry_parse__refuses_and_says_why(void **state)
{
	static const char *const bad[] = {
		"",
		"   ",
		"2",
		"2s x",
		"2s -1s",
		"1s 2s,3s",
		"\"1s",
		"99999999999999999999s",
		STEPS_16 STEPS_16 "1s",
	};
	struct retry_schedule schedule = { .count = 7 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const char *why = NULL;

		assert_int_equal(retry_parse(bad[i], &schedule, &why), -EINVAL);
		assert_non_null(why);
	}
	assert_int_equal(schedule.count, 7);
}

static void test_retry_parse__takes_32_steps(void **state)
{
	struct retry_schedule schedule;
	const char *why;

	(void)state;
	assert_int_equal(retry_parse(STEPS_16 STEPS_16, &schedule, &why), 0);
	assert_int_equal(schedule.count, RETRY_MAX_STEPS);
}

static void test_retry_delay__walks_the_schedule(void **state)
{
	struct retry_schedule schedule = {
		.step = { 0, 10 * USEC_PER_SEC, 1000 * USEC_PER_SEC },
		.count = 3,
	};

	(void)state;
	assert_int_equal(retry_delay(&schedule, 0, false), 0);
	assert_in_range(retry_delay(&schedule, 1, false), 8 * USEC_PER_SEC, 12 * USEC_PER_SEC);
	assert_in_range(retry_delay(&schedule, 2, false), 800 * USEC_PER_SEC, 1200 * USEC_PER_SEC);
}

static void test_retry_delay__ends_or_repeats_the_last_step(void **state)
{
	struct retry_schedule schedule = { .step = { 0, 10 * USEC_PER_SEC }, .count = 2 };
	struct retry_schedule empty = { .count = 0 };

	(void)state;
	assert_true(retry_delay(&schedule, 2, false) == USEC_NEVER);
	assert_true(retry_delay(&schedule, UINT32_MAX, false) == USEC_NEVER);
	assert_in_range(retry_delay(&schedule, 2, true), 8 * USEC_PER_SEC, 12 * USEC_PER_SEC);
	assert_in_range(retry_delay(&schedule, UINT32_MAX, true), 8 * USEC_PER_SEC,
			12 * USEC_PER_SEC);
	assert_true(retry_delay(&empty, 0, true) == USEC_NEVER);
}

static void test_retry_delay_least__passes_over_shorter_steps(void **state)
{
	struct retry_schedule schedule;
	const char *why;

	(void)state;
	assert_int_equal(retry_parse("0s 2s 10s 100s", &schedule, &why), 0);
	assert_in_range(retry_delay_least(&schedule, 1, false, 10 * USEC_PER_SEC), 8 * USEC_PER_SEC,
			12 * USEC_PER_SEC);
	assert_in_range(retry_delay_least(&schedule, 3, false, 10 * USEC_PER_SEC),
			80 * USEC_PER_SEC, 120 * USEC_PER_SEC);
	/* no step is long enough: the last one */
	assert_in_range(retry_delay_least(&schedule, 0, false, 1000 * USEC_PER_SEC),
			80 * USEC_PER_SEC, 120 * USEC_PER_SEC);
	assert_true(retry_delay_least(&schedule, 4, false, 0) == USEC_NEVER);
	assert_in_range(retry_delay_least(&schedule, 4, true, 0), 80 * USEC_PER_SEC,
			120 * USEC_PER_SEC);
}

static void test_retry_jitter__spreads_over_the_whole_range(void **state)
{
	unsigned tenth[10] = { 0 };

	(void)state;
	for (int i = 0; i < 2000; i++) {
		usec_t delay = retry_jitter(1000000);

		assert_in_range(delay, 800000, 1200000);
		tenth[usec_min((delay - 800000) / 40000, 9)]++;
	}
	/* 200 are expected in each; fewer than 100 has a chance below 1e-12. */
	for (size_t i = 0; i < ARRAY_SIZE(tenth); i++)
		assert_true(tenth[i] > 100);
}

static void test_retry_jitter__leaves_the_ends(void **state)
{
	(void)state;
	assert_int_equal(retry_jitter(0), 0);
	assert_int_equal(retry_jitter(4), 4);
	assert_true(retry_jitter(USEC_NEVER) == USEC_NEVER);
}

static void test_retry_after__is_held_between_our_delay_and_the_most(void **state)
{
	(void)state;
	assert_int_equal(retry_after(10, 0, 100), 10);
	assert_int_equal(retry_after(10, 5, 100), 10);
	assert_int_equal(retry_after(10, 50, 100), 50);
	assert_int_equal(retry_after(10, 500, 100), 100);
	assert_int_equal(retry_after(10, USEC_NEVER, 100), 100);
	assert_int_equal(retry_after(200, 500, 100), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_retry_parse__reads_the_default_schedule),
		cmocka_unit_test(test_retry_parse__refuses_and_says_why),
		cmocka_unit_test(test_retry_parse__takes_32_steps),
		cmocka_unit_test(test_retry_delay__walks_the_schedule),
		cmocka_unit_test(test_retry_delay__ends_or_repeats_the_last_step),
		cmocka_unit_test(test_retry_delay_least__passes_over_shorter_steps),
		cmocka_unit_test(test_retry_jitter__spreads_over_the_whole_range),
		cmocka_unit_test(test_retry_jitter__leaves_the_ends),
		cmocka_unit_test(test_retry_after__is_held_between_our_delay_and_the_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
