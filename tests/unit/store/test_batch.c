/* Tests of units, the batch they make, and the actions that wait for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "lib/store_fixture.h"
#include "store/conversations.h"

static void test_unit__commit_is_in_the_batch_and_flush_runs_its_actions(void **state)
{
	struct db *db = store_db(state);

	assert_false(db_batch_is_open(db));
	store_begin(db);
	assert_true(unit_is_open(db));
	assert_true(db_batch_is_open(db));
	store_add_conversation(db, 1);
	store_trace_pair(db, "a", "A");
	store_trace_pair(db, "b", "B");
	assert_int_equal(unit_commit(db), 0);
	assert_false(unit_is_open(db));
	assert_string_equal(store_trace(), "");
	assert_int_equal(db_flush(db), 0);
	assert_string_equal(store_trace(), "ab");
	assert_false(db_batch_is_open(db));
	assert_int_equal(db_flush(db), 0);
	assert_string_equal(store_trace(), "ab");
}

static void test_unit__abort_takes_back_only_itself(void **state)
{
	struct db *db = store_db(state);

	store_begin(db);
	store_add_conversation(db, 1);
	store_trace_pair(db, "a", "A");
	assert_int_equal(unit_commit(db), 0);
	store_begin(db);
	store_add_conversation(db, 2);
	store_trace_pair(db, "b", "B");
	store_trace_pair(db, "c", "C");
	unit_abort(db);
	assert_string_equal(store_trace(), "BC");
	store_begin(db);
	store_add_conversation(db, 3);
	store_trace_pair(db, "d", "D");
	store_commit(db);
	assert_string_equal(store_trace(), "BCad");
	assert_true(store_has_conversation(db, 1));
	assert_false(store_has_conversation(db, 2));
	assert_true(store_has_conversation(db, 3));
}

static void test_unit__inner_abort_leaves_the_outer(void **state)
{
	struct db *db = store_db(state);

	store_begin(db);
	store_add_conversation(db, 1);
	store_trace_pair(db, "a", "A");
	store_begin(db);
	store_add_conversation(db, 2);
	store_trace_pair(db, "b", "B");
	unit_abort(db);
	assert_true(unit_is_open(db));
	store_trace_pair(db, "c", "C");
	store_commit(db);
	assert_string_equal(store_trace(), "Bac");
	assert_true(store_has_conversation(db, 1));
	assert_false(store_has_conversation(db, 2));
}

static void test_unit__outer_abort_takes_the_inner_with_it(void **state)
{
	struct db *db = store_db(state);

	store_begin(db);
	store_trace_pair(db, "a", "A");
	store_begin(db);
	store_begin(db);
	store_add_conversation(db, 2);
	store_trace_pair(db, "b", "B");
	assert_int_equal(unit_commit(db), 0);
	assert_int_equal(unit_commit(db), 0);
	unit_abort(db);
	assert_int_equal(db_flush(db), 0);
	assert_string_equal(store_trace(), "AB");
	assert_false(store_has_conversation(db, 2));
}

static void test_unit__failed_statement_leaves_the_batch_alive(void **state)
{
	struct db *db = store_db(state);
	struct conversation twice = { .id = 1,
				      .source = TEXT("crm"),
				      .ai = TEXT("sales"),
				      .platform = TEXT("sms"),
				      .created_at = 1 };
	struct message orphan = { .id = 5,
				  .conversation = 404,
				  .source = TEXT("crm"),
				  .ai = TEXT("sales"),
				  .platform = TEXT("sms"),
				  .message_content = TEXT("x"),
				  .prospect_info = TEXT("{}"),
				  .created_at = 1 };

	store_begin(db);
	store_add_conversation(db, 1);
	assert_int_equal(unit_commit(db), 0);
	store_begin(db);
	assert_int_equal(conversations_insert(db, &twice), -EEXIST);
	unit_abort(db);
	store_begin(db);
	assert_int_equal(messages_insert(db, &orphan), -EINVAL); /* foreign keys are on */
	unit_abort(db);
	store_begin(db);
	store_add_conversation(db, 2);
	store_commit(db);
	assert_true(store_has_conversation(db, 1));
	assert_true(store_has_conversation(db, 2));
}

static void test_unit_end__follows_the_result(void **state)
{
	struct db *db = store_db(state);

	store_begin(db);
	store_add_conversation(db, 1);
	assert_int_equal(unit_end(db, -EPERM), -EPERM);
	store_begin(db);
	store_add_conversation(db, 2);
	assert_int_equal(unit_end(db, 7), 7);
	assert_false(unit_is_open(db));
	assert_int_equal(db_flush(db), 0);
	assert_false(store_has_conversation(db, 1));
	assert_true(store_has_conversation(db, 2));
}

static void test_actions__without_a_batch(void **state)
{
	struct db *db = store_db(state);

	store_trace_pair(db, "a", "A");
	assert_string_equal(store_trace(), "a");
	store_begin(db);
	store_commit(db);
	assert_string_equal(store_trace(), "a");
}

static void test_actions__between_units_wait_for_the_batch(void **state)
{
	struct db *db = store_db(state);

	store_begin(db);
	store_add_conversation(db, 1);
	assert_int_equal(unit_commit(db), 0);
	store_trace_pair(db, "a", "A");
	store_begin(db);
	unit_abort(db);
	assert_string_equal(store_trace(), "");
	assert_int_equal(db_flush(db), 0);
	assert_string_equal(store_trace(), "a");
}

/* More than the list's first size, so that it grows while units come and go. */
static void test_actions__are_not_limited_in_number(void **state)
{
	struct db *db = store_db(state);
	int counter = 0;

	store_begin(db);
	for (int i = 0; i < 1000; i++) {
		store_begin(db);
		on_abort(db, store_trace_add, TEXT("x"));
		assert_int_equal(unit_commit(db), 0);
		counter++;
	}
	on_commit(db, store_trace_add, TEXT("a"));
	store_commit(db);
	assert_int_equal(counter, 1000);
	assert_string_equal(store_trace(), "a");
}

static struct db *action_db;

static void write_more(void *ctx)
{
	store_trace_add(ctx);
	store_begin(action_db);
	store_add_conversation(action_db, 2);
	on_commit(action_db, store_trace_add, TEXT("2"));
	assert_int_equal(unit_commit(action_db), 0);
}

static void test_actions__may_open_the_next_batch(void **state)
{
	struct db *db = store_db(state);

	action_db = db;
	store_begin(db);
	store_add_conversation(db, 1);
	on_commit(db, write_more, TEXT("1"));
	assert_int_equal(unit_commit(db), 0);
	assert_int_equal(db_flush(db), 0);
	assert_string_equal(store_trace(), "1");
	assert_true(db_batch_is_open(db));
	assert_int_equal(db_flush(db), 0);
	assert_string_equal(store_trace(), "12");
	assert_true(store_has_conversation(db, 2));
}

static void test_close__finishes_the_batch_and_takes_back_an_open_unit(void **state)
{
	struct store_fixture *fixture = *state;

	store_begin(fixture->db);
	store_add_conversation(fixture->db, 1);
	store_trace_pair(fixture->db, "a", "A");
	assert_int_equal(unit_commit(fixture->db), 0);
	store_begin(fixture->db);
	store_add_conversation(fixture->db, 2);
	store_trace_pair(fixture->db, "b", "B");
	store_reopen(fixture);
	assert_string_equal(store_trace(), "Ba");
	assert_true(store_has_conversation(fixture->db, 1));
	assert_false(store_has_conversation(fixture->db, 2));
}

static void count_commit(usec_t length, void *ctx)
{
	assert_true(length < USEC_PER_HOUR);
	++*(int *)ctx;
}

static void test_stats__count_units_and_batches(void **state)
{
	struct db *db = store_db(state);
	struct db_stats stats;
	int commits = 0;

	db_on_commit_time(db, count_commit, &commits);
	store_begin(db);
	store_begin(db);
	store_add_conversation(db, 1);
	assert_int_equal(unit_commit(db), 0);
	assert_int_equal(unit_commit(db), 0);
	store_begin(db);
	unit_abort(db);
	store_begin(db);
	store_commit(db);
	db_get_stats(db, &stats);
	assert_int_equal(stats.units, 2);
	assert_int_equal(stats.commits, 1);
	assert_int_equal(stats.aborts, 0);
	assert_true(stats.wal_bytes > 0);
	assert_true(stats.file_bytes >= 4096);
	assert_int_equal(commits, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup, store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_unit__commit_is_in_the_batch_and_flush_runs_its_actions),
		TEST(test_unit__abort_takes_back_only_itself),
		TEST(test_unit__inner_abort_leaves_the_outer),
		TEST(test_unit__outer_abort_takes_the_inner_with_it),
		TEST(test_unit__failed_statement_leaves_the_batch_alive),
		TEST(test_unit_end__follows_the_result),
		TEST(test_actions__without_a_batch),
		TEST(test_actions__between_units_wait_for_the_batch),
		TEST(test_actions__are_not_limited_in_number),
		TEST(test_actions__may_open_the_next_batch),
		TEST(test_close__finishes_the_batch_and_takes_back_an_open_unit),
		TEST(test_stats__count_units_and_batches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
