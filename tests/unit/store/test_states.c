/* Tests of the state names and transition tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "store/states.h"

/* The whole table as a person reads it: a row for each state, a column for each target. */
static const char *const message_table[MESSAGE_STATE_MAX] = {
	/* to:            held queued submitting waiting answered overdue failed cancelled */
	[MESSAGE_HELD] = "-+-----+",	   [MESSAGE_QUEUED] = "--+++-++",
	[MESSAGE_SUBMITTING] = "-+-++-++", [MESSAGE_WAITING] = "-+--++-+",
	[MESSAGE_ANSWERED] = "--------",   [MESSAGE_OVERDUE] = "-+--+--+",
	[MESSAGE_FAILED] = "-+--+---",	   [MESSAGE_CANCELLED] = "-+--+---",
};

static const char *const callback_table[CALLBACK_STATE_MAX] = {
	/* to:                received matched duplicate unmatched unmapped dropped */
	[CALLBACK_RECEIVED] = "-++++-",	 [CALLBACK_MATCHED] = "------",
	[CALLBACK_DUPLICATE] = "------", [CALLBACK_UNMATCHED] = "+----+",
	[CALLBACK_UNMAPPED] = "+----+",	 [CALLBACK_DROPPED] = "+-----",
};

static const char *const delivery_table[DELIVERY_STATE_MAX] = {
	/* to:               pending sending delivered dead cancelled */
	[DELIVERY_PENDING] = "-+-++",	[DELIVERY_SENDING] = "+-+++",
	[DELIVERY_DELIVERED] = "-----", [DELIVERY_DEAD] = "+----",
	[DELIVERY_CANCELLED] = "-----",
};

static void test_message_moves__follow_the_drawing(void **state)
{
	(void)state;
	for (unsigned from = 0; from < MESSAGE_STATE_MAX; from++)
		for (unsigned to = 0; to < MESSAGE_STATE_MAX; to++)
			if (message_may_move(from, to) != (message_table[from][to] == '+'))
				fail_msg("%s to %s", message_state_name(from),
					 message_state_name(to));
}

static void test_callback_moves__follow_the_drawing(void **state)
{
	(void)state;
	for (unsigned from = 0; from < CALLBACK_STATE_MAX; from++)
		for (unsigned to = 0; to < CALLBACK_STATE_MAX; to++)
			if (callback_may_move(from, to) != (callback_table[from][to] == '+'))
				fail_msg("%s to %s", callback_state_name(from),
					 callback_state_name(to));
}

static void test_delivery_moves__follow_the_drawing(void **state)
{
	(void)state;
	for (unsigned from = 0; from < DELIVERY_STATE_MAX; from++)
		for (unsigned to = 0; to < DELIVERY_STATE_MAX; to++)
			if (delivery_may_move(from, to) != (delivery_table[from][to] == '+'))
				fail_msg("%s to %s", delivery_state_name(from),
					 delivery_state_name(to));
}

static void test_names__parse_back(void **state)
{
	(void)state;
	for (int i = 0; i < MESSAGE_STATE_MAX; i++)
		assert_int_equal(message_state_parse(message_state_name(i)), i);
	for (int i = 0; i < CALLBACK_STATE_MAX; i++)
		assert_int_equal(callback_state_parse(callback_state_name(i)), i);
	for (int i = 0; i < DELIVERY_STATE_MAX; i++)
		assert_int_equal(delivery_state_parse(delivery_state_name(i)), i);
	for (int i = 0; i < OUTCOME_MAX; i++)
		assert_int_equal(outcome_parse(outcome_name(i)), i);
	assert_string_equal(message_state_name(MESSAGE_OVERDUE), "overdue");
	assert_string_equal(callback_state_name(CALLBACK_UNMAPPED), "unmapped");
	assert_string_equal(delivery_state_name(DELIVERY_DEAD), "dead");
	assert_string_equal(outcome_name(OUTCOME_TEMPFAIL), "TEMPFAIL");
}

static void test_parse__refuses_other_words(void **state)
{
	(void)state;
	assert_int_equal(message_state_parse(""), -EINVAL);
	assert_int_equal(message_state_parse("Queued"), -EINVAL);
	assert_int_equal(callback_state_parse("queued"), -EINVAL);
	assert_int_equal(delivery_state_parse("pending "), -EINVAL);
	assert_int_equal(outcome_parse("ok"), -EINVAL);
}

static void test_is_open__is_what_can_be_cancelled(void **state)
{
	(void)state;
	assert_true(message_is_open(MESSAGE_HELD));
	assert_true(message_is_open(MESSAGE_QUEUED));
	assert_true(message_is_open(MESSAGE_SUBMITTING));
	assert_true(message_is_open(MESSAGE_WAITING));
	assert_true(message_is_open(MESSAGE_OVERDUE));
	assert_false(message_is_open(MESSAGE_ANSWERED));
	assert_false(message_is_open(MESSAGE_FAILED));
	assert_false(message_is_open(MESSAGE_CANCELLED));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_message_moves__follow_the_drawing),
		cmocka_unit_test(test_callback_moves__follow_the_drawing),
		cmocka_unit_test(test_delivery_moves__follow_the_drawing),
		cmocka_unit_test(test_names__parse_back),
		cmocka_unit_test(test_parse__refuses_other_words),
		cmocka_unit_test(test_is_open__is_what_can_be_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
