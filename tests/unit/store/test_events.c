/* Tests of the rows of the timeline. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "lib/store_fixture.h"
#include "store/events.h"

static void insert(struct db *db, int64_t id, int64_t message)
{
	struct event event = { .id = id, .type = TEXT("message.state"), .message = message };

	assert_int_equal(events_insert(db, &event), 1);
}

static void done_all(struct event *events, int count)
{
	for (int i = 0; i < count; i++)
		event_done(&events[i]);
}

static void test_insert__keeps_every_field(void **state)
{
	struct db *db = store_db(state);
	struct event in = {
		.id = 1,
		.type = TEXT("answer.received"),
		.source = TEXT("crm"),
		.conversation = 2,
		.message = 3,
		.answer = 4,
		.seq = 5,
		.state = TEXT("answered"),
		.detail = TEXT("in words"),
	};
	CLEANUP(event_done) struct event out = { 0 };

	assert_int_equal(events_insert(db, &in), 1);
	assert_int_equal(events_after(db, 0, 1, &out), 1);
	assert_int_equal(out.id, 1);
	assert_string_equal(out.type, "answer.received");
	assert_string_equal(out.source, "crm");
	assert_int_equal(out.conversation, 2);
	assert_int_equal(out.message, 3);
	assert_int_equal(out.answer, 4);
	assert_int_equal(out.seq, 5);
	assert_string_equal(out.state, "answered");
	assert_string_equal(out.detail, "in words");
	assert_int_equal(events_insert(db, &in), -EEXIST);
}

static void test_of_message__is_oldest_first(void **state)
{
	struct db *db = store_db(state);
	struct event page[3];

	insert(db, 1, 9);
	insert(db, 2, 8);
	insert(db, 3, 9);
	insert(db, 4, 9);
	assert_int_equal(events_of_message(db, 9, 2, page), 2);
	assert_int_equal(page[0].id, 1);
	assert_int_equal(page[1].id, 3);
	assert_null(page[0].source);
	assert_null(page[0].state);
	done_all(page, 2);
}

static void test_after__goes_on_where_it_stopped(void **state)
{
	struct db *db = store_db(state);
	struct event page[2];
	int64_t last = 0, seen = 0;
	int count;

	for (int64_t id = 1; id <= 5; id++)
		insert(db, id * 10, id);
	while ((count = events_after(db, last, 2, page)) > 0) {
		assert_true(page[0].id > last);
		last = page[count - 1].id;
		seen += count;
		done_all(page, count);
	}
	assert_int_equal(count, 0);
	assert_int_equal(seen, 5);
	assert_int_equal(last, 50);
}

static void test_first_and_last__are_the_edges(void **state)
{
	struct db *db = store_db(state);
	int64_t first = -1, last = -1;

	assert_int_equal(events_first(db, &first), 0);
	assert_int_equal(events_last(db, &last), 0);
	assert_int_equal(first, 0);
	assert_int_equal(last, 0);
	insert(db, 20, 1);
	insert(db, 10, 1);
	insert(db, 30, 1);
	assert_int_equal(events_first(db, &first), 0);
	assert_int_equal(events_last(db, &last), 0);
	assert_int_equal(first, 10);
	assert_int_equal(last, 30);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup_unit, store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_insert__keeps_every_field),
		TEST(test_of_message__is_oldest_first),
		TEST(test_after__goes_on_where_it_stopped),
		TEST(test_first_and_last__are_the_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
