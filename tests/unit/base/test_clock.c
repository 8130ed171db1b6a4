/* base/clock: the steady clock, its twin on CLOCK_BOOTTIME, and RFC 3339. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

static int use_real_clock(void **state)
{
	(void)state;
	clock_fake(0);
	return 0;
}

static void test_clock_now__is_near_the_wall_clock_and_never_goes_back(void **state)
{
	usec_t before = clock_now(), wall = clock_wall();
	usec_t apart = usec_max(before, wall) - usec_min(before, wall);

	(void)state;
	/* An hour: the test machine's clock may be stepped meanwhile, but the epoch is the same. */
	assert_true(apart < USEC_PER_HOUR);
	for (int i = 0; i < 1000; i++) {
		usec_t now = clock_now();

		assert_true(now >= before);
		before = now;
	}
}

static void test_clock_to_boottime__names_the_same_moment(void **state)
{
	usec_t before = clock_boottime();
	usec_t now = clock_to_boottime(clock_now());
	usec_t after = clock_boottime();

	(void)state;
	assert_in_range(now, before, after);
}

static void test_clock_to_boottime__keeps_distances(void **state)
{
	usec_t at = clock_now();

	(void)state;
	assert_int_equal(clock_to_boottime(at + 1234567) - clock_to_boottime(at), 1234567);
}

static void test_clock_to_boottime__holds_at_both_ends(void **state)
{
	(void)state;
	assert_true(clock_to_boottime(USEC_NEVER) == USEC_NEVER);
	assert_int_equal(clock_to_boottime(0), 0);
	clock_fake(1);
	assert_true(clock_to_boottime(USEC_NEVER - 1) == USEC_NEVER);
}

static void test_clock_fake__stops_the_time_until_taken_back(void **state)
{
	(void)state;
	clock_fake(42 * USEC_PER_SEC);
	assert_int_equal(clock_now(), 42 * USEC_PER_SEC);
	assert_int_equal(clock_now(), 42 * USEC_PER_SEC);
	assert_true(clock_wall() > 42 * USEC_PER_SEC);
	clock_fake(0);
	assert_true(clock_now() > 42 * USEC_PER_SEC);
}

static void test_clock_fake__makes_due_what_is_due_by_it(void **state)
{
	(void)state;
	clock_fake(1000 * USEC_PER_SEC);
	assert_true(clock_to_boottime(999 * USEC_PER_SEC) <= clock_boottime());
	assert_true(clock_to_boottime(1000 * USEC_PER_SEC) <= clock_boottime());
	assert_true(clock_to_boottime(1000 * USEC_PER_SEC + USEC_PER_DAY) > clock_boottime());
}

/* Moves the clock of this program for good: the last of the tests that look at it. */
static void test_clock_not_before__goes_on_from_a_later_moment(void **state)
{
	usec_t before = clock_now();
	usec_t later = before + USEC_PER_HOUR;
	usec_t boottime, at;

	(void)state;
	assert_int_equal(clock_not_before(before), 0);
	assert_true(clock_now() < later);
	assert_in_range(clock_not_before(later), USEC_PER_HOUR - USEC_PER_MINUTE, USEC_PER_HOUR);
	assert_in_range(clock_now(), later, later + USEC_PER_MINUTE);
	assert_in_range(clock_wall(), before - USEC_PER_MINUTE, before + USEC_PER_MINUTE);
	boottime = clock_boottime();
	at = clock_to_boottime(clock_now());
	assert_in_range(at, boottime, clock_boottime());
	assert_int_equal(clock_not_before(later), 0);
}

static void test_clock_format__is_rfc_3339_with_milliseconds(void **state)
{
	char text[CLOCK_RFC3339_SIZE];

	(void)state;
	assert_string_equal(clock_format(0, text), "1970-01-01T00:00:00.000Z");
	assert_string_equal(clock_format(1735689600000000, text), "2025-01-01T00:00:00.000Z");
	assert_string_equal(clock_format(1709210096789999, text), "2024-02-29T12:34:56.789Z");
	assert_ptr_equal(clock_format(0, text), text);
}

static void test_clock_format__holds_at_the_last_year_it_can_say(void **state)
{
	char text[CLOCK_RFC3339_SIZE];

	(void)state;
	clock_format(USEC_NEVER, text);
	text[sizeof("9999-12-31T23:59:59.") - 1] = '\0';
	assert_string_equal(text, "9999-12-31T23:59:59.");
}

static void test_clock_parse__reads_rfc_3339(void **state)
{
	static const struct {
		const char *text, *utc; /* NULL: refused */
	} cases[] = {
		{ "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z" },
		{ "2026-01-02T03:04:05.5Z", "2026-01-02T03:04:05.500Z" },
		{ "2026-01-02T03:04:05.123456789z", "2026-01-02T03:04:05.123Z" },
		{ "2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05.000Z" },
		{ "2026-01-02T03:04:05-00:30", "2026-01-02T03:34:05.000Z" },
		{ "2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z" },
		{ "2026-02-29T00:00:00Z", NULL },
		{ "2026-13-01T00:00:00Z", NULL },
		{ "2026-01-02", NULL },
		{ "2026-01-02T03:04:05", NULL },
		{ "2026-01-02 03:04:05Z", NULL },
		{ "2026-01-02T24:00:00Z", NULL },
		{ "2026-01-02T03:04:05Zx", NULL },
		{ "2026-01-02T03:04:05+2:00", NULL },
		{ "1969-12-31T23:59:59Z", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[CLOCK_RFC3339_SIZE];
		usec_t at = 0;
		int r = clock_parse(cases[i].text, &at);

		if (!cases[i].utc && r == 0)
			fail_msg("%s was taken", cases[i].text);
		if (cases[i].utc && (r < 0 || !streq(clock_format(at, text), cases[i].utc)))
			fail_msg("%s: not %s", cases[i].text, cases[i].utc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clock_now__is_near_the_wall_clock_and_never_goes_back),
		cmocka_unit_test(test_clock_to_boottime__names_the_same_moment),
		cmocka_unit_test(test_clock_to_boottime__keeps_distances),
		cmocka_unit_test_teardown(test_clock_to_boottime__holds_at_both_ends,
					  use_real_clock),
		cmocka_unit_test_teardown(test_clock_fake__stops_the_time_until_taken_back,
					  use_real_clock),
		cmocka_unit_test_teardown(test_clock_fake__makes_due_what_is_due_by_it,
					  use_real_clock),
		cmocka_unit_test(test_clock_not_before__goes_on_from_a_later_moment),
		cmocka_unit_test(test_clock_format__is_rfc_3339_with_milliseconds),
		cmocka_unit_test(test_clock_format__holds_at_the_last_year_it_can_say),
		cmocka_unit_test(test_clock_parse__reads_rfc_3339),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
