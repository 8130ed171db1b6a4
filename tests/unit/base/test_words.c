/* base/words: the splitter, lengths, sizes, rates and "did you mean". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/words.h"

static void test_words_split__splits_at_blanks_and_honours_quotes(void **state)
{
	static const struct {
		const char *text;
		const char *word[4];
	} cases[] = {
		{ "", { NULL } },
		{ " \t ", { NULL } },
		{ "one", { "one" } },
		{ "  one  two\tthree ", { "one", "two", "three" } },
		{ "a b c", { "a", "b", "c" } },
		{ "\"two words\" x", { "two words", "x" } },
		{ "a\"b c\"d", { "ab cd" } },
		{ "\"\" x", { "", "x" } },
		{ "\\\"a\\ b\\\\", { "\"a b\\" } },
		{ "\"a\\\"b\"", { "a\"b" } },
		{ "x\\ny", { "xny" } },
		{ "grüße #/Reply%20Text", { "grüße", "#/Reply%20Text" } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(words_done) struct words words = { 0 };
		const char *why = NULL;
		size_t count = 0;

		assert_int_equal(words_split(cases[i].text, &words, &why), 0);
		for (; cases[i].word[count]; count++) {
			assert_non_null(words.word[count]);
			assert_string_equal(words.word[count], cases[i].word[count]);
		}
		assert_int_equal(words.count, count);
		assert_null(words.word[count]);
	}
}

static void test_words_split__refuses_open_ends(void **state)
{
	static const char *const bad[] = { "\"", "a \"b c", "a\\", "\"a\\", "a \"b\" \"" };
	struct words words = { .count = 77 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const char *why = NULL;

		assert_int_equal(words_split(bad[i], &words, &why), -EINVAL);
		assert_non_null(why);
	}
	assert_int_equal(words.count, 77);
}

static void test_words_has__compares_whole_words(void **state)
{
	CLEANUP(words_done) struct words words = { 0 };
	const char *why;

	(void)state;
	assert_int_equal(words_split("answer followup", &words, &why), 0);
	assert_true(words_has(&words, "followup"));
	assert_false(words_has(&words, "follow"));
	words_done(&words);
	assert_false(words_has(&words, "followup"));
}

static void test_words_duration__reads_each_unit(void **state)
{
	static const struct {
		const char *text;
		usec_t length;
	} cases[] = {
		{ "0", 0 },
		{ "0s", 0 },
		{ "500ms", 500 * USEC_PER_MSEC },
		{ "15s", 15 * USEC_PER_SEC },
		{ "2m", 2 * USEC_PER_MINUTE },
		{ "24h", USEC_PER_DAY },
		{ "7d", 7 * USEC_PER_DAY },
		{ "36500d", 36500 * USEC_PER_DAY },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		usec_t length = 1;

		assert_int_equal(words_duration(cases[i].text, &length), 0);
		assert_int_equal(length, cases[i].length);
	}
}

static void test_words_duration__refuses_the_rest(void **state)
{
	static const char *const bad[] = {
		"",
		"s",
		"15",
		"15 s",
		" 15s",
		"15s ",
		"-1s",
		"+1s",
		"1.5s",
		"15S",
		"15sec",
		"1h30m",
		"0x1s",
		"36501d",
		"18446744073709551616s",
		"18446744073709551615s",
		"18446744073709551615ms",
	};
	usec_t length = 77;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(words_duration(bad[i], &length), -EINVAL);
	assert_int_equal(length, 77);
}

static void test_words_size__reads_each_unit(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} cases[] = {
		{ "0", 0 },	     { "512", 512 },	   { "16K", 16 * KIB },
		{ "64M", 64 * MIB }, { "1G", 1024 * MIB }, { "18446744073709551615", UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t bytes = 1;

		assert_int_equal(words_size(cases[i].text, &bytes), 0);
		assert_true(bytes == cases[i].bytes);
	}
}

static void test_words_size__refuses_the_rest(void **state)
{
	static const char *const bad[] = { "",
					   "K",
					   "1 K",
					   "1k",
					   "1KB",
					   "-1",
					   "1.5M",
					   "1T",
					   " 1",
					   "18446744073709551616",
					   "18014398509481984K" };
	uint64_t bytes = 77;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(words_size(bad[i], &bytes), -EINVAL);
	assert_int_equal(bytes, 77);
}

static void test_words_rate__reads_each_unit_and_off(void **state)
{
	static const struct {
		const char *text;
		uint64_t count;
		usec_t window;
	} cases[] = {
		{ "5/s", 5, USEC_PER_SEC },
		{ "60/m", 60, USEC_PER_MINUTE },
		{ "20/h", 20, USEC_PER_HOUR },
		{ "2000/d", 2000, USEC_PER_DAY },
		{ "off", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t count = 1;
		usec_t window = 1;

		assert_int_equal(words_rate(cases[i].text, &count, &window), 0);
		assert_int_equal(count, cases[i].count);
		assert_int_equal(window, cases[i].window);
	}
}

static void test_words_rate__refuses_the_rest(void **state)
{
	static const char *const bad[] = { "",	  "20",	  "20/",   "/h",  "20/w",
					   "0/h", "-1/h", "20 /h", "OFF", "20/hour" };
	uint64_t count = 77;
	usec_t window = 77;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(words_rate(bad[i], &count, &window), -EINVAL);
	assert_int_equal(count, 77);
	assert_int_equal(window, 77);
}

static void test_words_closest__finds_slips(void **state)
{
	static const char *const names[] = { "listen", "serve", "base_url", "api_key_file",
					     "answer_deadline" };
	static const struct {
		const char *text, *name;
	} cases[] = {
		{ "listen", "listen" },
		{ "lisetn", "listen" }, /* swapped: one edit */
		{ "lsiten", "listen" },
		{ "lissen", "listen" },
		{ "lsietn", "listen" }, /* two */
		{ "listne_", "listen" },
		{ "baseurl", "base_url" },
		{ "api_key", NULL }, /* five letters are missing of seven */
		{ "answr_deadlin", "answer_deadline" },
		{ "xyz", NULL },
		{ "", NULL },
		{ "se", NULL },
		{ "srv", NULL }, /* two edits, but one is a third */
		{ "serv", "serve" },
	};
	char longest[100];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *name = words_closest(cases[i].text, names, ARRAY_SIZE(names));

		assert_true((name == NULL) == (cases[i].name == NULL));
		if (name)
			assert_string_equal(name, cases[i].name);
	}
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_null(words_closest(longest, names, ARRAY_SIZE(names)));
	assert_null(words_closest("listen", names, 0));
}

static void test_words_closest__prefers_the_nearest_and_skips_what_is_too_long(void **state)
{
	static const char *const names[] = {
		"timeouts_", "timeout",
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	};

	(void)state;
	assert_string_equal(words_closest("timeouts", names, ARRAY_SIZE(names)), "timeouts_");
	assert_string_equal(words_closest("timeot", names, ARRAY_SIZE(names)), "timeout");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_split__splits_at_blanks_and_honours_quotes),
		cmocka_unit_test(test_words_split__refuses_open_ends),
		cmocka_unit_test(test_words_has__compares_whole_words),
		cmocka_unit_test(test_words_duration__reads_each_unit),
		cmocka_unit_test(test_words_duration__refuses_the_rest),
		cmocka_unit_test(test_words_size__reads_each_unit),
		cmocka_unit_test(test_words_size__refuses_the_rest),
		cmocka_unit_test(test_words_rate__reads_each_unit_and_off),
		cmocka_unit_test(test_words_rate__refuses_the_rest),
		cmocka_unit_test(test_words_closest__finds_slips),
		cmocka_unit_test(
			test_words_closest__prefers_the_nearest_and_skips_what_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
