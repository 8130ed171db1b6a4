/* base/buf: growth, the ceiling, and that a refused append changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/buf.h"

static void test_buf_text__is_empty_before_the_first_byte(void **state)
{
	struct buf buf = BUF_INIT(10);

	(void)state;
	assert_string_equal(buf_text(&buf), "");
	assert_null(buf.data);
	buf_done(&buf);
}

static void test_buf_add__joins_and_terminates(void **state)
{
	CLEANUP(buf_done) struct buf buf = BUF_INIT(100);

	(void)state;
	assert_int_equal(buf_add(&buf, "ab\0c", 4), 0);
	assert_int_equal(buf_add_text(&buf, "de"), 0);
	assert_int_equal(buf_add(&buf, NULL, 0), 0);
	assert_int_equal(buf.len, 6);
	assert_memory_equal(buf.data, "ab\0cde", 7);
}

static void test_buf_add__fills_to_the_ceiling_and_not_beyond(void **state)
{
	CLEANUP(buf_done) struct buf buf = BUF_INIT(5);

	(void)state;
	assert_int_equal(buf_add(&buf, "abc", 3), 0);
	assert_int_equal(buf_add(&buf, "def", 3), -E2BIG);
	assert_string_equal(buf_text(&buf), "abc");
	assert_int_equal(buf_add(&buf, "de", 2), 0);
	assert_string_equal(buf_text(&buf), "abcde");
	assert_int_equal(buf_add(&buf, "x", 1), -E2BIG);
	assert_int_equal(buf.size, 6);
}

static void test_buf_add__refuses_lengths_that_would_wrap(void **state)
{
	CLEANUP(buf_done) struct buf buf = BUF_INIT(SIZE_MAX);

	(void)state;
	assert_int_equal(buf_add_text(&buf, "abc"), 0);
	assert_int_equal(buf_add(&buf, "x", SIZE_MAX), -E2BIG);
	assert_int_equal(buf_add(&buf, "x", SIZE_MAX - 3), -E2BIG);
	assert_string_equal(buf_text(&buf), "abc");
}

static void test_buf_add__allocates_seldom(void **state)
{
	CLEANUP(buf_done) struct buf buf = BUF_INIT(MIB);
	size_t allocations = 0, size = 0;

	(void)state;
	for (size_t i = 0; i < MIB; i++) {
		assert_int_equal(buf_add(&buf, "x", 1), 0);
		if (buf.size != size)
			allocations++;
		size = buf.size;
	}
	assert_int_equal(buf.len, MIB);
	assert_true(allocations < 20);
}

static void test_buf_add__takes_a_big_piece_at_once(void **state)
{
	CLEANUP(buf_done) struct buf buf = BUF_INIT(MIB);
	CLEANUP(freep) char *big = xcalloc(100 * KIB, 1);

	(void)state;
	assert_int_equal(buf_add_text(&buf, "x"), 0);
	assert_int_equal(buf_add(&buf, big, 100 * KIB), 0);
	assert_int_equal(buf.len, 100 * KIB + 1);
	assert_memory_equal(buf.data + 1, big, 100 * KIB);
}

static void test_buf_add_format__appends(void **state)
{
	CLEANUP(buf_done) struct buf buf = BUF_INIT(100);

	(void)state;
	assert_int_equal(buf_add_format(&buf, "%s=%d", "a", 1), 0);
	assert_int_equal(buf_add_format(&buf, " %s", "b"), 0);
	assert_int_equal(buf_add_format(&buf, "%s", ""), 0);
	assert_string_equal(buf_text(&buf), "a=1 b");
}

static void test_buf_add_format__leaves_the_content_when_too_long(void **state)
{
	CLEANUP(buf_done) struct buf buf = BUF_INIT(8);

	(void)state;
	assert_int_equal(buf_add_text(&buf, "abc"), 0);
	assert_int_equal(buf_add_format(&buf, "%d", 123456), -E2BIG);
	assert_string_equal(buf_text(&buf), "abc");
	assert_int_equal(buf.len, 3);
	assert_int_equal(buf_add_format(&buf, "%d", 12345), 0);
	assert_string_equal(buf_text(&buf), "abc12345");
}

static void test_buf_drop__takes_from_the_front(void **state)
{
	CLEANUP(buf_done) struct buf buf = BUF_INIT(100);

	(void)state;
	buf_drop(&buf, 3);
	assert_int_equal(buf_add_text(&buf, "abcdef"), 0);
	buf_drop(&buf, 0);
	buf_drop(&buf, 2);
	assert_string_equal(buf_text(&buf), "cdef");
	assert_int_equal(buf.len, 4);
	buf_drop(&buf, 99);
	assert_string_equal(buf_text(&buf), "");
	assert_int_equal(buf.len, 0);
}

static void test_buf_clear__keeps_the_memory(void **state)
{
	CLEANUP(buf_done) struct buf buf = BUF_INIT(100);
	const char *data;

	(void)state;
	assert_int_equal(buf_add_text(&buf, "abc"), 0);
	data = buf.data;
	buf_clear(&buf);
	assert_string_equal(buf_text(&buf), "");
	assert_int_equal(buf_add_text(&buf, "d"), 0);
	assert_ptr_equal(buf.data, data);
	assert_string_equal(buf_text(&buf), "d");
}

static void test_buf_take__hands_over_and_empties(void **state)
{
	CLEANUP(buf_done) struct buf buf = BUF_INIT(3);
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;

	(void)state;
	assert_int_equal(buf_add_text(&buf, "abc"), 0);
	first = buf_take(&buf);
	second = buf_take(&buf);
	assert_string_equal(first, "abc");
	assert_string_equal(second, "");
	assert_int_equal(buf_add_text(&buf, "abcd"), -E2BIG);
	assert_int_equal(buf_add_text(&buf, "def"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buf_text__is_empty_before_the_first_byte),
		cmocka_unit_test(test_buf_add__joins_and_terminates),
		cmocka_unit_test(test_buf_add__fills_to_the_ceiling_and_not_beyond),
		cmocka_unit_test(test_buf_add__refuses_lengths_that_would_wrap),
		cmocka_unit_test(test_buf_add__allocates_seldom),
		cmocka_unit_test(test_buf_add__takes_a_big_piece_at_once),
		cmocka_unit_test(test_buf_add_format__appends),
		cmocka_unit_test(test_buf_add_format__leaves_the_content_when_too_long),
		cmocka_unit_test(test_buf_drop__takes_from_the_front),
		cmocka_unit_test(test_buf_clear__keeps_the_memory),
		cmocka_unit_test(test_buf_take__hands_over_and_empties),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
