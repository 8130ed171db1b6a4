/* Tests of the rows of messages: fields, moves, what is due, counts and pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "lib/store_fixture.h"
#include "store/messages.h"

/* A message in the state, read back from the table. */
static struct message make(struct db *db, int64_t id, enum message_state state)
{
	struct message message = { 0 };

	if (!store_has_conversation(db, 1))
		store_add_conversation(db, 1);
	store_add_message(db, id, 1, state);
	assert_int_equal(messages_get(db, id, &message), 1);
	return message;
}

static void set_due(struct db *db, int64_t id, usec_t due_at)
{
	CLEANUP(message_done) struct message message = { 0 };

	assert_int_equal(messages_get(db, id, &message), 1);
	message.due_at = due_at;
	assert_int_equal(messages_update(db, &message), 1);
}

static void make_due(struct db *db, int64_t id, enum message_state state, usec_t due_at)
{
	struct message message = make(db, id, state);

	message_done(&message);
	set_due(db, id, due_at);
}

static void test_get__returns_every_field(void **state)
{
	struct db *db = store_db(state);
	struct message in = {
		.id = 9,
		.conversation = 1,
		.source = TEXT("crm"),
		.seq = 3,
		.state = MESSAGE_WAITING,
		.ai = TEXT("sales"),
		.platform = TEXT("email"),
		.message_content = TEXT("Gr\xc3\xbc\xc3\x9f dich"),
		.prospect_info = TEXT("{\"email\":\"a@x.example\"}"),
		.service_type = TEXT("support"),
		.output_format = TEXT("html"),
		.metadata = TEXT("{\"a\":1}"),
		.created_at = 100,
		.due_at = 101,
		.deadline_at = 102,
		.overdue_at = 103,
		.submitted_at = 104,
		.submits = 2,
		.tries = 5,
		.is_uncertain = true,
		.was_resent = true,
		.answers = 6,
		.incoming_message_id = TEXT("in-1"),
		.run = 77,
		.reason = TEXT("why"),
		.send_response_url = TEXT("https://a.example/r"),
		.followup_url = TEXT("https://a.example/f"),
	};
	CLEANUP(message_done) struct message out = { 0 };

	store_add_conversation(db, 1);
	assert_int_equal(messages_insert(db, &in), 1);
	assert_int_equal(messages_get(db, 9, &out), 1);
	assert_int_equal(out.id, 9);
	assert_int_equal(out.conversation, 1);
	assert_string_equal(out.source, "crm");
	assert_int_equal(out.seq, 3);
	assert_int_equal(out.state, MESSAGE_WAITING);
	assert_string_equal(out.ai, "sales");
	assert_string_equal(out.platform, "email");
	assert_string_equal(out.message_content, in.message_content);
	assert_string_equal(out.prospect_info, in.prospect_info);
	assert_string_equal(out.service_type, "support");
	assert_string_equal(out.output_format, "html");
	assert_string_equal(out.metadata, "{\"a\":1}");
	assert_int_equal(out.created_at, 100);
	assert_int_equal(out.due_at, 101);
	assert_int_equal(out.deadline_at, 102);
	assert_int_equal(out.overdue_at, 103);
	assert_int_equal(out.submitted_at, 104);
	assert_int_equal(out.submits, 2);
	assert_int_equal(out.tries, 5);
	assert_true(out.is_uncertain);
	assert_true(out.was_resent);
	assert_int_equal(out.answers, 6);
	assert_string_equal(out.incoming_message_id, "in-1");
	assert_int_equal(out.run, 77);
	assert_string_equal(out.reason, "why");
	assert_string_equal(out.send_response_url, "https://a.example/r");
	assert_string_equal(out.followup_url, "https://a.example/f");
}

static void test_get__absent_things_are_null_and_zero(void **state)
{
	CLEANUP(message_done) struct message out = make(store_db(state), 5, MESSAGE_QUEUED);

	assert_null(out.service_type);
	assert_null(out.metadata);
	assert_null(out.reason);
	assert_null(out.send_response_url);
	assert_null(out.followup_url);
	assert_int_equal(out.due_at, 0);
	assert_int_equal(out.deadline_at, 0);
	assert_int_equal(out.run, 0);
	assert_false(out.is_uncertain);
}

static void test_move__writes_the_fields_that_change(void **state)
{
	struct db *db = store_db(state);
	CLEANUP(message_done) struct message message = make(db, 5, MESSAGE_QUEUED);
	CLEANUP(message_done) struct message out = { 0 };

	message.due_at = 11;
	message.deadline_at = 12;
	message.overdue_at = 13;
	message.submitted_at = 14;
	message.submits = 15;
	message.tries = 16;
	message.is_uncertain = true;
	message.was_resent = true;
	message.answers = 17;
	message.incoming_message_id = xstrdup("in-2");
	message.run = 18;
	message.reason = xstrdup("because");
	assert_int_equal(messages_move(db, &message, MESSAGE_SUBMITTING), 1);
	assert_int_equal(message.state, MESSAGE_SUBMITTING);
	assert_int_equal(messages_get(db, 5, &out), 1);
	assert_int_equal(out.state, MESSAGE_SUBMITTING);
	assert_int_equal(out.due_at, 11);
	assert_int_equal(out.deadline_at, 12);
	assert_int_equal(out.overdue_at, 13);
	assert_int_equal(out.submitted_at, 14);
	assert_int_equal(out.submits, 15);
	assert_int_equal(out.tries, 16);
	assert_true(out.is_uncertain);
	assert_true(out.was_resent);
	assert_int_equal(out.answers, 17);
	assert_string_equal(out.incoming_message_id, "in-2");
	assert_int_equal(out.run, 18);
	assert_string_equal(out.reason, "because");
	assert_string_equal(out.message_content, "hello");
}

static void test_move__refuses_what_the_table_forbids(void **state)
{
	struct db *db = store_db(state);
	CLEANUP(message_done) struct message message = make(db, 5, MESSAGE_ANSWERED);
	CLEANUP(message_done) struct message out = { 0 };

	assert_int_equal(messages_move(db, &message, MESSAGE_QUEUED), -EPERM);
	assert_int_equal(message.state, MESSAGE_ANSWERED);
	assert_int_equal(messages_get(db, 5, &out), 1);
	assert_int_equal(out.state, MESSAGE_ANSWERED);
}

static void test_move__finds_nothing_when_the_row_is_elsewhere(void **state)
{
	struct db *db = store_db(state);
	CLEANUP(message_done) struct message first = make(db, 5, MESSAGE_QUEUED);
	CLEANUP(message_done) struct message second = { 0 };

	assert_int_equal(messages_get(db, 5, &second), 1);
	assert_int_equal(messages_move(db, &first, MESSAGE_SUBMITTING), 1);
	assert_int_equal(messages_move(db, &second, MESSAGE_SUBMITTING), 0);
	assert_int_equal(second.state, MESSAGE_QUEUED);
}

static void test_update__leaves_the_state(void **state)
{
	struct db *db = store_db(state);
	CLEANUP(message_done) struct message message = make(db, 5, MESSAGE_WAITING);
	CLEANUP(message_done) struct message out = { 0 };

	message.state = MESSAGE_OVERDUE;
	message.deadline_at = 99;
	assert_int_equal(messages_update(db, &message), 1);
	assert_int_equal(messages_get(db, 5, &out), 1);
	assert_int_equal(out.state, MESSAGE_WAITING);
	assert_int_equal(out.deadline_at, 99);
	message.id = 404;
	assert_int_equal(messages_update(db, &message), 0);
}

static void test_due__is_queued_of_the_ai_in_order(void **state)
{
	struct db *db = store_db(state);
	int64_t ids[4];
	usec_t at = 0;

	assert_int_equal(messages_next_due(db, "sales", &at), 0);
	assert_true(at == USEC_NEVER);
	make_due(db, 10, MESSAGE_QUEUED, 300);
	make_due(db, 11, MESSAGE_QUEUED, 200);
	make_due(db, 12, MESSAGE_QUEUED, 0);	/* waits behind another */
	make_due(db, 13, MESSAGE_WAITING, 100); /* uncertain: another timer */
	assert_int_equal(messages_next_due(db, "sales", &at), 0);
	assert_int_equal(at, 200);
	assert_int_equal(messages_due(db, "sales", 199, 4, ids), 0);
	assert_int_equal(messages_due(db, "sales", 300, 4, ids), 2);
	assert_int_equal(ids[0], 11);
	assert_int_equal(ids[1], 10);
	assert_int_equal(messages_due(db, "sales", 300, 1, ids), 1);
	assert_int_equal(messages_due(db, "other", 300, 4, ids), 0);
}

static void test_uncertain_due__is_waiting_with_a_due_time(void **state)
{
	struct db *db = store_db(state);
	int64_t ids[4];
	usec_t at = 0;

	assert_int_equal(messages_next_uncertain_due(db, &at), 0);
	assert_true(at == USEC_NEVER);
	make_due(db, 10, MESSAGE_WAITING, 200);
	make_due(db, 11, MESSAGE_WAITING, 0);
	make_due(db, 12, MESSAGE_QUEUED, 100);
	assert_int_equal(messages_next_uncertain_due(db, &at), 0);
	assert_int_equal(at, 200);
	assert_int_equal(messages_uncertain_due(db, 199, 4, ids), 0);
	assert_int_equal(messages_uncertain_due(db, 200, 4, ids), 1);
	assert_int_equal(ids[0], 10);
}

static void test_deadline__is_in_any_state(void **state)
{
	struct db *db = store_db(state);
	CLEANUP(message_done) struct message queued = make(db, 10, MESSAGE_QUEUED);
	CLEANUP(message_done) struct message waiting = make(db, 11, MESSAGE_WAITING);
	int64_t ids[4];
	usec_t at = 0;

	assert_int_equal(messages_next_deadline(db, &at), 0);
	assert_true(at == USEC_NEVER);
	queued.deadline_at = 500;
	waiting.deadline_at = 400;
	assert_int_equal(messages_update(db, &queued), 1);
	assert_int_equal(messages_update(db, &waiting), 1);
	assert_int_equal(messages_next_deadline(db, &at), 0);
	assert_int_equal(at, 400);
	assert_int_equal(messages_deadline_due(db, 399, 4, ids), 0);
	assert_int_equal(messages_deadline_due(db, 500, 4, ids), 2);
	assert_int_equal(ids[0], 11);
	assert_int_equal(ids[1], 10);
}

static void test_first_queued__is_the_oldest(void **state)
{
	struct db *db = store_db(state);
	int64_t id = -1;

	store_add_conversation(db, 1);
	store_add_message(db, 10, 1, MESSAGE_WAITING);
	assert_int_equal(messages_first_queued(db, 1, &id), 0);
	assert_int_equal(id, -1);
	store_add_message(db, 12, 1, MESSAGE_QUEUED);
	store_add_message(db, 11, 1, MESSAGE_QUEUED);
	assert_int_equal(messages_first_queued(db, 1, &id), 1);
	assert_int_equal(id, 11);
	assert_int_equal(messages_first_queued(db, 2, &id), 0);
}

static void test_orphans__are_of_other_runs(void **state)
{
	struct db *db = store_db(state);
	int64_t ids[4];

	for (int64_t run = 1; run <= 3; run++) {
		CLEANUP(message_done) struct message message = make(db, 10 + run, MESSAGE_QUEUED);

		message.run = run;
		if (run < 3)
			assert_int_equal(messages_move(db, &message, MESSAGE_SUBMITTING), 1);
	}
	assert_int_equal(messages_orphans(db, 2, 4, ids), 1);
	assert_int_equal(ids[0], 11);
	assert_int_equal(messages_orphans(db, 3, 4, ids), 2);
}

static void test_count__stops_at_the_limit(void **state)
{
	struct db *db = store_db(state);

	store_add_conversation(db, 1);
	store_add_conversation(db, 2);
	for (int64_t id = 10; id < 15; id++)
		store_add_message(db, id, id == 14 ? 2 : 1, MESSAGE_QUEUED);
	assert_int_equal(messages_count_conversation(db, 1, 0, 100), 4);
	assert_int_equal(messages_count_conversation(db, 1, 12, 100), 2);
	assert_int_equal(messages_count_conversation(db, 1, 0, 3), 3);
	assert_int_equal(messages_count_conversation(db, 3, 0, 3), 0);
	assert_int_equal(messages_count_source(db, "crm", 0, 100), 5);
	assert_int_equal(messages_count_source(db, "crm", 13, 100), 2);
	assert_int_equal(messages_count_source(db, "crm", 0, 2), 2);
	assert_int_equal(messages_count_source(db, "shop", 0, 2), 0);
}

static void done_all(struct message *messages, int count)
{
	for (int i = 0; i < count; i++)
		message_done(&messages[i]);
}

static void test_lists__page_in_their_directions(void **state)
{
	struct db *db = store_db(state);
	struct message page[3];

	store_add_conversation(db, 1);
	store_add_conversation(db, 2);
	for (int64_t id = 10; id < 15; id++)
		store_add_message(db, id, id == 13 ? 2 : 1, MESSAGE_QUEUED);
	assert_int_equal(messages_list(db, "crm", INT64_MAX, 3, page), 3);
	assert_int_equal(page[0].id, 14);
	assert_int_equal(page[2].id, 12);
	assert_string_equal(page[2].message_content, "hello");
	done_all(page, 3);
	assert_int_equal(messages_list(db, "crm", 12, 3, page), 2);
	assert_int_equal(page[1].id, 10);
	done_all(page, 2);
	assert_int_equal(messages_of_conversation(db, 1, 0, 3, page), 3);
	assert_int_equal(page[0].id, 10);
	assert_int_equal(page[2].id, 12);
	done_all(page, 3);
	assert_int_equal(messages_of_conversation(db, 1, 12, 3, page), 1);
	assert_int_equal(page[0].id, 14);
	done_all(page, 1);
	assert_int_equal(messages_list(db, "shop", INT64_MAX, 3, page), 0);
}

static void test_count_open__counts_by_state(void **state)
{
	struct db *db = store_db(state);
	CLEANUP(message_done) struct message message = make(db, 10, MESSAGE_WAITING);
	struct messages_open_counts counts;

	message.deadline_at = 5;
	assert_int_equal(messages_update(db, &message), 1);
	store_add_message(db, 11, 1, MESSAGE_QUEUED);
	store_add_message(db, 12, 1, MESSAGE_QUEUED);
	store_add_message(db, 13, 1, MESSAGE_SUBMITTING);
	store_add_message(db, 14, 1, MESSAGE_FAILED);
	assert_int_equal(messages_count_open(db, &counts), 0);
	assert_int_equal(counts.queued, 2);
	assert_int_equal(counts.submitting, 1);
	assert_int_equal(counts.with_deadline, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup_unit, store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_get__returns_every_field),
		TEST(test_get__absent_things_are_null_and_zero),
		TEST(test_move__writes_the_fields_that_change),
		TEST(test_move__refuses_what_the_table_forbids),
		TEST(test_move__finds_nothing_when_the_row_is_elsewhere),
		TEST(test_update__leaves_the_state),
		TEST(test_due__is_queued_of_the_ai_in_order),
		TEST(test_uncertain_due__is_waiting_with_a_due_time),
		TEST(test_deadline__is_in_any_state),
		TEST(test_first_queued__is_the_oldest),
		TEST(test_orphans__are_of_other_runs),
		TEST(test_count__stops_at_the_limit),
		TEST(test_lists__page_in_their_directions),
		TEST(test_count_open__counts_by_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
