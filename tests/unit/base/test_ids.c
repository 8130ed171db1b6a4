/* base/ids: order, uniqueness whatever the clock does, and the text form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/ids.h"

#define SOME_DAY ((usec_t)1790000000 * USEC_PER_SEC)
#define PER_MSEC (INT64_C(1) << 22)

static int reset(void **state)
{
	(void)state;
	clock_fake(0);
	ids_seed(0, 0);
	return 0;
}

static int node_of(int64_t id)
{
	return (int)(id >> 12 & 1023);
}

static void test_ids_next__grows_when_the_clock_stands_or_goes_back(void **state)
{
	int64_t last = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		int64_t id;

		clock_fake(i < 10000 ? SOME_DAY : SOME_DAY - USEC_PER_DAY);
		id = ids_next();
		assert_true(id > last);
		last = id;
	}
}

static void test_ids_next__says_its_time_and_node(void **state)
{
	int64_t id;

	(void)state;
	clock_fake(SOME_DAY + 7 * USEC_PER_MSEC);
	ids_seed(513, 0);
	id = ids_next();
	assert_int_equal(ids_time(id), SOME_DAY + 7 * USEC_PER_MSEC);
	assert_int_equal(node_of(id), 513);
	assert_int_equal(id & 4095, 0);
	assert_int_equal(ids_next(), id + 1);
}

static void test_ids_next__stays_with_its_node_when_a_millisecond_is_full(void **state)
{
	int64_t id = 0;

	(void)state;
	clock_fake(SOME_DAY);
	ids_seed(5, 0);
	for (int i = 0; i < 4097; i++)
		id = ids_next();
	assert_int_equal(node_of(id), 5);
	assert_int_equal(ids_time(id), SOME_DAY + USEC_PER_MSEC);
}

static void test_ids_next__follows_the_seed(void **state)
{
	int64_t future;

	(void)state;
	clock_fake(SOME_DAY);
	future = ids_floor(SOME_DAY + USEC_PER_HOUR) | 9 << 12 | 17;
	ids_seed(9, future);
	assert_int_equal(ids_next(), future + 1);
	ids_seed(10, future); /* a greater node: later in the same millisecond */
	assert_int_equal(ids_next(), ids_floor(SOME_DAY + USEC_PER_HOUR) | 10 << 12);
	ids_seed(8, future); /* a smaller one: the next millisecond */
	assert_int_equal(ids_next(), (ids_floor(SOME_DAY + USEC_PER_HOUR) + PER_MSEC) | 8 << 12);
}

static void test_ids_next__holds_at_the_ends(void **state)
{
	(void)state;
	clock_fake(1); /* before 2025 */
	ids_seed(0, -5);
	assert_int_equal(ids_next(), 1);
	ids_seed(0, INT64_MAX);
	assert_true(ids_next() == INT64_MAX);
	ids_seed(1023, INT64_MAX);
	assert_true(ids_next() == INT64_MAX);
}

static void test_ids_floor__bounds_the_ids_of_a_time(void **state)
{
	int64_t id;

	(void)state;
	clock_fake(SOME_DAY + 999);
	ids_seed(0, 0);
	id = ids_next();
	assert_int_equal(ids_floor(SOME_DAY), id);
	assert_true(ids_floor(SOME_DAY + USEC_PER_MSEC) > id);
	assert_true(ids_floor(SOME_DAY - 1) < id);
	assert_int_equal(ids_floor(0), 0);
	assert_true(ids_floor(USEC_NEVER) > 0);
	assert_int_equal(ids_time(ids_floor(SOME_DAY)), SOME_DAY);
	assert_int_equal(ids_time(0), ids_time(-1));
}

static void test_ids_format__has_a_prefix_for_each_kind(void **state)
{
	static const struct {
		enum id_kind kind;
		const char *text;
	} cases[] = {
		{ ID_CONVERSATION, "cnv_000000000001z" }, { ID_MESSAGE, "msg_000000000001z" },
		{ ID_ANSWER, "ans_000000000001z" },	  { ID_CALLBACK, "cb_000000000001z" },
		{ ID_DELIVERY, "dlv_000000000001z" },	  { ID_ATTEMPT, "att_000000000001z" },
		{ ID_KEY, "key_000000000001z" },
	};
	char text[IDS_TEXT_SIZE];

	(void)state;
	assert_int_equal(ARRAY_SIZE(cases), ID_KIND_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(ids_format(cases[i].kind, 63, text), cases[i].text);
	assert_string_equal(ids_format(ID_MESSAGE, INT64_MAX, text), "msg_7zzzzzzzzzzzz");
}

static void test_ids_format__sorts_as_the_numbers_do(void **state)
{
	static const int64_t ids[] = { 0,	  1,	     9,		10,	  31,
				       32,	  1023,	     1024,	1 << 20,  INT32_MAX,
				       1LL << 40, 1LL << 60, 1LL << 62, INT64_MAX };
	char before[IDS_TEXT_SIZE] = "", text[IDS_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		assert_true(strcmp(before, ids_format(ID_MESSAGE, ids[i], text)) < 0);
		memcpy(before, text, sizeof(before));
	}
}

static void test_ids_parse__reads_what_format_wrote(void **state)
{
	static const int64_t ids[] = { 0, 1, 0x0123456789abcdef, INT64_MAX };

	(void)state;
	for (int kind = 0; kind < ID_KIND_MAX; kind++) {
		for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
			char text[IDS_TEXT_SIZE];
			int64_t id = -1;

			ids_format((enum id_kind)kind, ids[i], text);
			assert_int_equal(ids_parse((enum id_kind)kind, text, strlen(text), &id), 0);
			assert_true(id == ids[i]);
		}
	}
}

static void test_ids_parse__forgives_case_and_look_alikes(void **state)
{
	int64_t a = 0, b = 0;

	(void)state;
	assert_int_equal(ids_parse(ID_MESSAGE, "msg_01111abcdez10", 17, &a), 0);
	assert_int_equal(ids_parse(ID_MESSAGE, "MSG_oIiLlABcdEZ1O", 17, &b), 0);
	assert_true(a == b && a > 0);
}

static void test_ids_parse__refuses_what_is_no_id(void **state)
{
	static const char *const bad[] = {
		"",
		"msg_",
		"msg_000000000001",   /* short */
		"msg_00000000000011", /* long */
		"cnv_0000000000011",  /* another kind */
		"msg-0000000000011",
		"msg_000000000001u", /* not a digit */
		"msg_000000000001-",
		"msg_000000000001 ",
		"msg_8000000000000", /* 64 bits */
		"msg_z000000000000",
		"msg_00000000000\xc3\xa9",
	};
	int64_t id = 77;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(ids_parse(ID_MESSAGE, bad[i], strlen(bad[i]), &id), -EINVAL);
	assert_int_equal(ids_parse(ID_MESSAGE, "msg_0000\0000000001", 17, &id), -EINVAL);
	assert_int_equal(id, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_ids_next__grows_when_the_clock_stands_or_goes_back,
					  reset),
		cmocka_unit_test_teardown(test_ids_next__says_its_time_and_node, reset),
		cmocka_unit_test_teardown(
			test_ids_next__stays_with_its_node_when_a_millisecond_is_full, reset),
		cmocka_unit_test_teardown(test_ids_next__follows_the_seed, reset),
		cmocka_unit_test_teardown(test_ids_next__holds_at_the_ends, reset),
		cmocka_unit_test_teardown(test_ids_floor__bounds_the_ids_of_a_time, reset),
		cmocka_unit_test(test_ids_format__has_a_prefix_for_each_kind),
		cmocka_unit_test(test_ids_format__sorts_as_the_numbers_do),
		cmocka_unit_test(test_ids_parse__reads_what_format_wrote),
		cmocka_unit_test(test_ids_parse__forgives_case_and_look_alikes),
		cmocka_unit_test(test_ids_parse__refuses_what_is_no_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
