/* base/percent: what is decoded, and what stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/percent.h"

/* The bytes of a literal, which may hold NUL, and their number. */
#define BYTES(literal) (literal), sizeof(literal) - 1

static void test_decode__in_place(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		bool is_form;
		const char *wanted;
		size_t wanted_len;
	} cases[] = {
		{ BYTES(""), true, BYTES("") },
		{ BYTES("a+b%20c"), true, BYTES("a b c") },
		{ BYTES("a+b%20c"), false, BYTES("a+b c") },
		{ BYTES("%41%4a%4A%zz"), false, BYTES("AJJ%zz") },
		{ BYTES("%"), true, BYTES("%") },
		{ BYTES("%4"), true, BYTES("%4") },
		{ BYTES("%%41"), true, BYTES("%A") },
		{ BYTES("%2541"), true, BYTES("%41") },
		{ BYTES("%2B"), true, BYTES("+") },
		{ BYTES("a%00b"), true, BYTES("a\0b") },
		{ BYTES("%ff\xff%C3%A4"), true, BYTES("\xFF\xFF\xC3\xA4") },
		{ BYTES("%4\0"), true, BYTES("%4\0") },
		{ BYTES("%-1% 1%1 "), false, BYTES("%-1% 1%1 ") },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(freep) char *text = xcalloc(cases[i].len + 1, 1);

		memcpy(text, cases[i].text, cases[i].len);
		assert_int_equal(percent_decode(text, cases[i].len, cases[i].is_form),
				 cases[i].wanted_len);
		assert_memory_equal(text, cases[i].wanted, cases[i].wanted_len + 1);
	}
}

static void test_byte__looks_no_further_than_the_text(void **state)
{
	(void)state;
	assert_int_equal(percent_byte("%41", 3), 'A');
	assert_int_equal(percent_byte("%41", 2), -1);
	assert_int_equal(percent_byte("%41", 0), -1);
	assert_int_equal(percent_byte("%00", 3), 0);
	assert_int_equal(percent_byte("x41", 3), -1);
	assert_int_equal(percent_byte("%g1", 3), -1);
	assert_int_equal(percent_byte("%1g", 3), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode__in_place),
		cmocka_unit_test(test_byte__looks_no_further_than_the_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
