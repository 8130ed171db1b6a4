/* ctl/text: what people read and write: cleaned texts, lengths, sizes, times; and the command line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/text.h"

static void test_clean__lets_nothing_move_the_cursor(void **state)
{
	static const struct {
		const char *text;
		size_t max;
		const char *clean;
	} cases[] = {
		{ "plain", 0, "plain" },
		{ "", 0, "" },
		{ "two\nlines\tand", 0, "two lines and" },
		{ "\033[31mred\a", 0, "?[31mred?" },
		{ "csi \xc2\x9b"
		  "31m",
		  0, "csi ?31m" },
		{ "turn \xe2\x80\xae back \xe2\x81\xa7", 0, "turn ? back ?" },
		{ "Grüße €", 0, "Grüße €" },
		{ "broken \xff\xc3", 0, "broken ??" },
		{ "Grüße", 4, "Grü…" },
		{ "Grüße", 5, "Grüße" },
		{ "del \x7f", 0, "del ?" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(freep) char *clean = text_clean(cases[i].text, cases[i].max);

		assert_string_equal(clean, cases[i].clean);
	}
	assert_int_equal(text_width("Grüße €"), 7);
}

static void test_length__is_short(void **state)
{
	static const struct {
		usec_t length;
		const char *text;
	} cases[] = {
		{ 400 * USEC_PER_MSEC, "0.4 s" },
		{ 0, "0 s" },
		{ 7 * USEC_PER_SEC, "7 s" },
		{ 31 * USEC_PER_SEC + 5, "31 s" },
		{ 119 * USEC_PER_SEC, "119 s" },
		{ 5 * USEC_PER_MINUTE, "5 min" },
		{ 3 * USEC_PER_HOUR + 20 * USEC_PER_MINUTE, "3 h 20 min" },
		{ 3 * USEC_PER_DAY + 4 * USEC_PER_HOUR, "3 d 4 h" },
	};
	char out[TEXT_TIME_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(text_length(cases[i].length, out), cases[i].text);
	assert_string_equal(text_size(512, out), "512 B");
	assert_string_equal(text_size(900000, out), "900 kB");
	assert_string_equal(text_size(9400000, out), "9.4 MB");
	assert_string_equal(text_size(84000000000, out), "84 GB");
	assert_int_equal(text_between("2026-01-01T00:00:00Z", "2026-01-01T00:00:01.5Z"), 1500000);
	assert_int_equal(text_between("2026-01-01T00:00:01Z", "2026-01-01T00:00:00Z"), 0);
	assert_int_equal(text_between(NULL, "2026-01-01T00:00:00Z"), 0);
}

static int set_zone(void **state)
{
	(void)state;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	return 0;
}

static void test_since__takes_what_people_write(void **state)
{
	/* Saturday noon in winter, 12:30:00 CET. */
	static const char now_text[] = "2026-11-28T11:30:00Z";
	static const struct {
		const char *text;
		bool is_utc;
		const char *utc; /* NULL: refused */
	} cases[] = {
		{ "2h", false, "2026-11-28T09:30:00.000Z" },
		{ "30m", false, "2026-11-28T11:00:00.000Z" },
		{ "7d", false, "2026-11-21T11:30:00.000Z" },
		{ "today", false, "2026-11-27T23:00:00.000Z" },
		{ "yesterday", false, "2026-11-26T23:00:00.000Z" },
		{ "yesterday", true, "2026-11-27T00:00:00.000Z" },
		{ "2026-11-01", false, "2026-10-31T23:00:00.000Z" },
		{ "2026-07-01", false, "2026-06-30T22:00:00.000Z" },
		{ "2026-07-01", true, "2026-07-01T00:00:00.000Z" },
		{ "2026-11-01 14:30", false, "2026-11-01T13:30:00.000Z" },
		{ "2026-11-01T14:30:00Z", false, "2026-11-01T14:30:00.000Z" },
		{ "2026-11-01T14:30:00", false, "2026-11-01T13:30:00.000Z" },
		{ "2026-02-30", false, NULL },
		{ "tomorrow", false, NULL },
		{ "", false, NULL },
		{ "2x", false, NULL },
		{ "99999999d", false, NULL },
		{ "-2h", false, NULL },
	};
	usec_t now = 0;

	(void)state;
	assert_int_equal(clock_parse(now_text, &now), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ctl ctl = { .is_utc = cases[i].is_utc };
		CLEANUP(freep) char *utc = NULL;
		int r = text_since(&ctl, cases[i].text, now, &utc);

		if (!cases[i].utc && r != -EINVAL)
			fail_msg("\"%s\" was taken", cases[i].text);
		if (cases[i].utc && (r < 0 || !streq(utc, cases[i].utc)))
			fail_msg("\"%s\": %s, not %s", cases[i].text, utc ? utc : "refused",
				 cases[i].utc);
	}
}

static void test_time__names_its_zone(void **state)
{
	struct ctl local = { 0 };
	struct ctl utc = { .is_utc = true };
	char out[TEXT_TIME_SIZE];

	(void)state;
	assert_string_equal(text_time(&local, "2026-11-28T11:30:00Z", out),
			    "2026-11-28 12:30:00 CET");
	assert_string_equal(text_time(&local, "2026-07-28T11:30:00Z", out),
			    "2026-07-28 13:30:00 CEST");
	assert_string_equal(text_time(&utc, "2026-11-28T11:30:00.999Z", out),
			    "2026-11-28 11:30:00 UTC");
	assert_string_equal(text_time(&utc, NULL, out), "-");
	assert_string_equal(text_time(&utc, "nonsense", out), "-");
}

static void test_parse__takes_options_anywhere(void **state)
{
	char *argv[] = { (char *)"maaxctl",	   (char *)"--utc", (char *)"list",
			 (char *)"--state=failed", (char *)"-n",    (char *)"5",
			 (char *)"--json" };
	char *bare[] = { (char *)"maaxctl", (char *)"answer", (char *)"cnv_1", (char *)"--",
			 (char *)"--text" };
	struct ctl ctl;

	(void)state;
	assert_int_equal(ctl_parse(&ctl, ARRAY_SIZE(argv), argv), CTL_OK);
	assert_string_equal(ctl.verb->name, "list");
	assert_true(ctl.is_utc && ctl.is_json);
	assert_string_equal(ctl_option(&ctl, "state"), "failed");
	assert_string_equal(ctl_option(&ctl, "limit"), "5");
	assert_null(ctl_option(&ctl, "source"));
	assert_int_equal(ctl_parse(&ctl, ARRAY_SIZE(bare), bare), CTL_OK);
	assert_string_equal(ctl.arguments[1], "--text");
}

static void test_verbs__are_whole(void **state)
{
	(void)state;
	for (const struct verb *verb = ctl_verbs; verb->name; verb++) {
		assert_non_null(verb->usage);
		assert_non_null(verb->help);
		assert_non_null(verb->run);
		assert_true(verb->min <= verb->max && verb->max <= CTL_MAX_ARGUMENTS);
		assert_true((verb->max > 0) == (verb->usage[0] != '\0'));
		for (const struct verb_option *o = verb->options; o && o->name; o++)
			assert_non_null(o->help);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean__lets_nothing_move_the_cursor),
		cmocka_unit_test(test_length__is_short),
		cmocka_unit_test(test_since__takes_what_people_write),
		cmocka_unit_test(test_time__names_its_zone),
		cmocka_unit_test(test_parse__takes_options_anywhere),
		cmocka_unit_test(test_verbs__are_whole),
	};

	return cmocka_run_group_tests(tests, set_zone, NULL);
}
