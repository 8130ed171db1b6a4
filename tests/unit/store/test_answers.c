/* Tests of the rows of answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "lib/store_fixture.h"
#include "store/answers.h"

/* A conversation 1 with the messages 2 and 3 for answers to belong to. */
static struct db *db_with_messages(void **state)
{
	struct db *db = store_db(state);

	store_add_conversation(db, 1);
	store_add_message(db, 2, 1, MESSAGE_WAITING);
	store_add_message(db, 3, 1, MESSAGE_WAITING);
	return db;
}

static struct answer make(int64_t id, int64_t message, const char *text)
{
	return (struct answer){
		.id = id,
		.conversation = 1,
		.message = message,
		.text = TEXT(text),
		.ai = TEXT("sales"),
		.received_at = 1000,
	};
}

static void insert(struct db *db, struct answer answer)
{
	assert_int_equal(answers_insert(db, &answer), 1);
}

static void test_get__returns_every_field(void **state)
{
	struct db *db = db_with_messages(state);
	struct answer in = make(10, 2, "Hello\nthere");
	CLEANUP(answer_done) struct answer out = { 0 };

	in.kind = ANSWER_FOLLOWUP;
	in.seq = 4;
	in.html = TEXT("<p>Hello</p>");
	in.is_late = true;
	in.is_extra = true;
	in.is_heuristic = true;
	in.history_state = HISTORY_FETCHED;
	in.history = TEXT("{}");
	in.history_size = 2;
	insert(db, in);
	assert_int_equal(answers_get(db, 10, &out), 1);
	assert_int_equal(out.id, 10);
	assert_int_equal(out.conversation, 1);
	assert_int_equal(out.message, 2);
	assert_int_equal(out.callback, 0);
	assert_int_equal(out.kind, ANSWER_FOLLOWUP);
	assert_int_equal(out.seq, 4);
	assert_string_equal(out.text, "Hello\nthere");
	assert_string_equal(out.html, "<p>Hello</p>");
	assert_true(out.is_late);
	assert_true(out.is_extra);
	assert_true(out.is_heuristic);
	assert_string_equal(out.ai, "sales");
	assert_int_equal(out.history_state, HISTORY_FETCHED);
	assert_int_equal(out.history_size, 2);
	assert_memory_equal(out.history, "{}", 2);
	assert_int_equal(out.received_at, 1000);
}

static void test_get__an_emergency_may_belong_to_nothing(void **state)
{
	struct db *db = store_db(state);
	struct answer in = make(10, 0, NULL);
	CLEANUP(answer_done) struct answer out = { 0 };

	in.conversation = 0;
	in.kind = ANSWER_EMERGENCY;
	insert(db, in);
	assert_int_equal(answers_get(db, 10, &out), 1);
	assert_int_equal(out.conversation, 0);
	assert_int_equal(out.message, 0);
	assert_null(out.text);
	assert_null(out.history);
	assert_int_equal(out.history_state, HISTORY_NONE);
	assert_int_equal(answers_get(db, 11, &out), 0);
}

/* Its message may have gone before, by age; its conversation never does. */
static void test_insert__needs_its_conversation(void **state)
{
	struct db *db = db_with_messages(state);
	struct answer in = make(10, 404, "x");

	in.conversation = 404;
	assert_int_equal(answers_insert(db, &in), -EINVAL);
	in.conversation = 1;
	assert_int_equal(answers_insert(db, &in), 1);
}

static void test_same__compares_message_kind_and_text(void **state)
{
	struct db *db = db_with_messages(state);
	struct answer loose = make(11, 0, "loose");
	struct answer html = make(12, 2, "Hi");

	insert(db, make(10, 2, "yes"));
	insert(db, loose);
	html.original = (char *)"<p>Hi</p>";
	insert(db, html);
	/* judged on what came, not on what was made of it */
	assert_int_equal(answers_same(db, 1, 2, ANSWER_ANSWER, "<p>Hi</p>"), 1);
	assert_int_equal(answers_same(db, 1, 2, ANSWER_ANSWER, "<p>Hi</p> "), 0);
	assert_int_equal(answers_same(db, 1, 2, ANSWER_ANSWER, "Hi"), 0);
	assert_int_equal(answers_same(db, 1, 2, ANSWER_ANSWER, "yes"), 1);
	assert_int_equal(answers_same(db, 1, 2, ANSWER_ANSWER, "yes "), 0);
	assert_int_equal(answers_same(db, 1, 2, ANSWER_FOLLOWUP, "yes"), 0);
	assert_int_equal(answers_same(db, 1, 3, ANSWER_ANSWER, "yes"), 0);
	assert_int_equal(answers_same(db, 2, 2, ANSWER_ANSWER, "yes"), 0);
	assert_int_equal(answers_same(db, 1, 0, ANSWER_ANSWER, "loose"), 1);
}

static void test_of_message__is_oldest_first_without_history(void **state)
{
	struct db *db = db_with_messages(state);
	struct answer first = make(10, 2, "one");
	struct answer page[2];

	first.history = TEXT("big");
	first.history_size = 3;
	insert(db, make(11, 2, "two"));
	insert(db, first);
	insert(db, make(12, 3, "three"));
	insert(db, make(13, 2, "four"));
	assert_int_equal(answers_of_message(db, 1, 2, 2, page), 2);
	assert_int_equal(page[0].id, 10);
	assert_null(page[0].history);
	assert_int_equal(page[1].id, 11);
	for (int i = 0; i < 2; i++)
		answer_done(&page[i]);
}

static void test_unused_extra__is_the_newest_until_it_settles(void **state)
{
	struct db *db = db_with_messages(state);
	CLEANUP(answer_done) struct answer out = { 0 };

	insert(db, make(10, 2, "first"));
	assert_int_equal(answers_unused_extra(db, 1, &out), 0);
	for (int64_t id = 11; id <= 12; id++) {
		struct answer extra = make(id, 2, "more");

		extra.is_extra = true;
		insert(db, extra);
	}
	assert_int_equal(answers_unused_extra(db, 1, &out), 1);
	assert_int_equal(out.id, 12);
	answer_done(&out);
	assert_int_equal(answers_set_heuristic(db, 12), 1);
	assert_int_equal(answers_unused_extra(db, 1, &out), 1);
	assert_int_equal(out.id, 11);
	answer_done(&out);
	assert_int_equal(answers_unused_extra(db, 2, &out), 0);
	assert_int_equal(answers_set_heuristic(db, 404), 0);
}

static void test_history__is_pending_until_it_is_set(void **state)
{
	struct db *db = db_with_messages(state);
	CLEANUP(answer_done) struct answer out = { 0 };
	int64_t ids[3];

	for (int64_t id = 10; id <= 12; id++) {
		struct answer answer = make(id, 0, "help");

		answer.kind = ANSWER_EMERGENCY;
		answer.history_state = id == 11 ? HISTORY_NONE : HISTORY_PENDING;
		insert(db, answer);
	}
	assert_int_equal(answers_history_pending(db, 0, 3, ids), 2);
	assert_int_equal(ids[0], 10);
	assert_int_equal(ids[1], 12);
	assert_int_equal(answers_history_pending(db, 10, 3, ids), 1);
	assert_int_equal(answers_set_history(db, 10, HISTORY_FETCHED, "[1,2]", 5), 1);
	assert_int_equal(answers_set_history(db, 12, HISTORY_FAILED, NULL, 0), 1);
	assert_int_equal(answers_history_pending(db, 0, 3, ids), 0);
	assert_int_equal(answers_get(db, 10, &out), 1);
	assert_int_equal(out.history_state, HISTORY_FETCHED);
	assert_int_equal(out.history_size, 5);
	assert_memory_equal(out.history, "[1,2]", 5);
}

static void test_kind_name__is_the_word_of_the_table(void **state)
{
	(void)state;
	assert_string_equal(answer_kind_name(ANSWER_ANSWER), "answer");
	assert_string_equal(answer_kind_name(ANSWER_FOLLOWUP), "followup");
	assert_string_equal(answer_kind_name(ANSWER_EMERGENCY), "emergency");
	assert_string_equal(answer_kind_name(ANSWER_NOTICE), "notice");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup_unit, store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_get__returns_every_field),
		TEST(test_get__an_emergency_may_belong_to_nothing),
		TEST(test_insert__needs_its_conversation),
		TEST(test_same__compares_message_kind_and_text),
		TEST(test_of_message__is_oldest_first_without_history),
		TEST(test_unused_extra__is_the_newest_until_it_settles),
		TEST(test_history__is_pending_until_it_is_set),
		cmocka_unit_test(test_kind_name__is_the_word_of_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
