/* Tests of the rows of deliveries: fields, moves, what is due, the order, counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "lib/store_fixture.h"
#include "store/deliveries.h"

static struct delivery make(int64_t id, const char *destination, usec_t due_at)
{
	return (struct delivery){
		.id = id,
		.type = TEXT("answer.received"),
		.destination = TEXT(destination),
		.conversation = 1,
		.message = 2,
		.is_ordered = true,
		.due_at = due_at,
		.created_at = (usec_t)id * 10,
	};
}

static void insert(struct db *db, struct delivery delivery)
{
	assert_int_equal(deliveries_insert(db, &delivery), 1);
}

static void test_get__returns_every_field(void **state)
{
	struct db *db = store_db(state);
	struct delivery in = {
		.id = 7,
		.type = TEXT("emergency.received"),
		.destination = TEXT("desk"),
		.source = TEXT("crm"),
		.conversation = 1,
		.message = 2,
		.answer = 3,
		.callback = 10,
		.state = DELIVERY_DEAD,
		.is_ordered = true,
		.due_at = 4,
		.tries = 5,
		.run = 6,
		.reason = TEXT("410"),
		.created_at = 8,
		.finished_at = 9,
	};
	CLEANUP(delivery_done) struct delivery out = { 0 };

	insert(db, in);
	assert_int_equal(deliveries_get(db, 7, &out), 1);
	assert_int_equal(out.id, 7);
	assert_string_equal(out.type, "emergency.received");
	assert_string_equal(out.destination, "desk");
	assert_string_equal(out.source, "crm");
	assert_int_equal(out.conversation, 1);
	assert_int_equal(out.message, 2);
	assert_int_equal(out.answer, 3);
	assert_int_equal(out.callback, 10);
	assert_int_equal(out.state, DELIVERY_DEAD);
	assert_true(out.is_ordered);
	assert_int_equal(out.due_at, 4);
	assert_int_equal(out.tries, 5);
	assert_int_equal(out.run, 6);
	assert_string_equal(out.reason, "410");
	assert_int_equal(out.created_at, 8);
	assert_int_equal(out.finished_at, 9);
}

static void test_get__keeps_never_and_nothing(void **state)
{
	struct db *db = store_db(state);
	CLEANUP(delivery_done) struct delivery out = { 0 };

	insert(db, make(7, "desk", USEC_NEVER));
	assert_int_equal(deliveries_get(db, 7, &out), 1);
	assert_true(out.due_at == USEC_NEVER);
	assert_int_equal(out.finished_at, 0);
	assert_null(out.source);
	assert_null(out.reason);
	assert_int_equal(deliveries_get(db, 8, &out), 0);
}

static void test_move__writes_the_fields_that_change(void **state)
{
	struct db *db = store_db(state);
	struct delivery delivery = make(7, "desk", 1);
	CLEANUP(delivery_done) struct delivery out = { 0 };

	insert(db, delivery);
	delivery.due_at = 20;
	delivery.tries = 3;
	delivery.run = 99;
	delivery.reason = TEXT("503");
	delivery.finished_at = 30;
	assert_int_equal(deliveries_move(db, &delivery, DELIVERY_SENDING), 1);
	assert_int_equal(delivery.state, DELIVERY_SENDING);
	assert_int_equal(deliveries_get(db, 7, &out), 1);
	assert_int_equal(out.state, DELIVERY_SENDING);
	assert_int_equal(out.due_at, 20);
	assert_int_equal(out.tries, 3);
	assert_int_equal(out.run, 99);
	assert_string_equal(out.reason, "503");
	assert_int_equal(out.finished_at, 30);
}

static void test_move__asks_the_table_and_the_row(void **state)
{
	struct db *db = store_db(state);
	struct delivery first = make(7, "desk", 1);
	struct delivery second = first;

	insert(db, first);
	assert_int_equal(deliveries_move(db, &first, DELIVERY_DELIVERED), -EPERM);
	assert_int_equal(deliveries_move(db, &first, DELIVERY_SENDING), 1);
	assert_int_equal(deliveries_move(db, &second, DELIVERY_SENDING), 0);
	assert_int_equal(second.state, DELIVERY_PENDING);
}

static void test_update__leaves_the_state(void **state)
{
	struct db *db = store_db(state);
	struct delivery delivery = make(7, "desk", 1);
	CLEANUP(delivery_done) struct delivery out = { 0 };

	insert(db, delivery);
	delivery.state = DELIVERY_DEAD;
	delivery.due_at = 50;
	delivery.reason = TEXT("the destination is gone");
	assert_int_equal(deliveries_update(db, &delivery), 1);
	assert_int_equal(deliveries_get(db, 7, &out), 1);
	assert_int_equal(out.state, DELIVERY_PENDING);
	assert_int_equal(out.due_at, 50);
	assert_string_equal(out.reason, "the destination is gone");
}

static void test_due__is_pending_of_the_destination_in_order(void **state)
{
	struct db *db = store_db(state);
	struct delivery sending = make(13, "desk", 50);
	int64_t ids[4];
	usec_t at = 0;

	assert_int_equal(deliveries_next_due(db, "desk", &at), 0);
	assert_true(at == USEC_NEVER);
	sending.state = DELIVERY_SENDING;
	insert(db, make(10, "desk", 300));
	insert(db, make(11, "desk", 200));
	insert(db, make(12, "mail", 100));
	insert(db, sending);
	assert_int_equal(deliveries_next_due(db, "desk", &at), 0);
	assert_int_equal(at, 200);
	assert_int_equal(deliveries_due(db, "desk", 199, 4, ids), 0);
	assert_int_equal(deliveries_due(db, "desk", 300, 4, ids), 2);
	assert_int_equal(ids[0], 11);
	assert_int_equal(ids[1], 10);
	assert_int_equal(deliveries_due(db, "desk", 300, 1, ids), 1);
}

static void test_release__makes_untried_emergencies_of_the_answer_due(void **state)
{
	struct db *db = store_db(state);
	struct delivery waiting = make(10, "desk", 900);
	struct delivery tried = make(11, "mail", 900);
	struct delivery other = make(12, "desk", 900);
	int64_t ids[4];

	waiting.type = tried.type = other.type = TEXT("emergency.received");
	waiting.answer = tried.answer = 5;
	other.answer = 6;
	tried.tries = 1;
	insert(db, waiting);
	insert(db, tried);
	insert(db, other);
	assert_int_equal(deliveries_release(db, 5, 100), 1);
	assert_int_equal(deliveries_due(db, "desk", 100, 4, ids), 1);
	assert_int_equal(ids[0], 10);
	assert_int_equal(deliveries_due(db, "mail", 100, 4, ids), 0);
}

static void done_all(struct delivery *deliveries, int count)
{
	for (int i = 0; i < count; i++)
		delivery_done(&deliveries[i]);
}

static void test_open__is_ordered_and_unfinished(void **state)
{
	struct db *db = store_db(state);
	struct delivery loose = make(12, "desk", 1);
	struct delivery finished = make(13, "desk", 1);
	struct delivery sending = make(14, "desk", 1);
	struct delivery open[4];

	loose.is_ordered = false;
	finished.state = DELIVERY_DELIVERED;
	sending.state = DELIVERY_SENDING;
	insert(db, make(10, "desk", 1));
	insert(db, make(11, "mail", 1));
	insert(db, loose);
	insert(db, finished);
	insert(db, sending);
	assert_int_equal(deliveries_open(db, 1, "desk", 0, 4, open), 2);
	assert_int_equal(open[0].id, 10);
	assert_int_equal(open[1].id, 14);
	done_all(open, 2);
	assert_int_equal(deliveries_open(db, 1, "desk", 10, 4, open), 1);
	assert_int_equal(open[0].id, 14);
	done_all(open, 1);
	assert_int_equal(deliveries_open(db, 2, "desk", 0, 4, open), 0);
}

static void test_orphans__are_of_other_runs(void **state)
{
	struct db *db = store_db(state);
	int64_t ids[4];

	for (int64_t run = 1; run <= 2; run++) {
		struct delivery delivery = make(10 + run, "desk", 1);

		delivery.run = run;
		delivery.state = DELIVERY_SENDING;
		insert(db, delivery);
	}
	assert_int_equal(deliveries_orphans(db, 2, 4, ids), 1);
	assert_int_equal(ids[0], 11);
	assert_int_equal(deliveries_orphans(db, 3, 4, ids), 2);
}

static void test_of_message__is_oldest_first(void **state)
{
	struct db *db = store_db(state);
	struct delivery other = make(12, "desk", 1);
	struct delivery page[4];

	other.message = 3;
	insert(db, make(11, "mail", 1));
	insert(db, make(10, "desk", 1));
	insert(db, other);
	assert_int_equal(deliveries_of_message(db, 2, 4, page), 2);
	assert_int_equal(page[0].id, 10);
	assert_int_equal(page[1].id, 11);
	done_all(page, 2);
}

static void test_destinations__names_each_once(void **state)
{
	struct db *db = store_db(state);
	struct delivery dead = make(20, "gone", 1);
	char *names[4] = { 0 };

	assert_int_equal(deliveries_destinations(db, 4, names), 0);
	dead.state = DELIVERY_DEAD;
	insert(db, dead);
	for (int64_t id = 10; id < 16; id++)
		insert(db, make(id, id % 2 ? "mail" : "desk", 1));
	assert_int_equal(deliveries_destinations(db, 4, names), 2);
	assert_string_equal(names[0], "desk");
	assert_string_equal(names[1], "mail");
	free(names[0]);
	free(names[1]);
	assert_int_equal(deliveries_destinations(db, 1, names), 1);
	free(names[0]);
	assert_int_equal(deliveries_next_destination(db, "desk", &names[0]), 1);
	assert_string_equal(names[0], "mail");
	free(names[0]);
	assert_int_equal(deliveries_next_destination(db, "mail", &names[0]), 0);
}

static void test_count__is_per_destination(void **state)
{
	struct db *db = store_db(state);
	struct delivery dead = make(9, "desk", 1);
	struct deliveries_counts counts;

	dead.state = DELIVERY_DEAD;
	insert(db, dead);
	insert(db, make(12, "desk", 1));
	insert(db, make(11, "desk", 5));
	insert(db, make(10, "mail", 1));
	assert_int_equal(deliveries_count(db, "desk", &counts), 0);
	assert_int_equal(counts.pending, 2);
	assert_int_equal(counts.dead, 1);
	assert_int_equal(counts.oldest_at, 110);
	assert_int_equal(deliveries_count(db, "none", &counts), 0);
	assert_int_equal(counts.pending, 0);
	assert_int_equal(counts.dead, 0);
	assert_int_equal(counts.oldest_at, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup_unit, store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_get__returns_every_field),
		TEST(test_get__keeps_never_and_nothing),
		TEST(test_move__writes_the_fields_that_change),
		TEST(test_move__asks_the_table_and_the_row),
		TEST(test_update__leaves_the_state),
		TEST(test_due__is_pending_of_the_destination_in_order),
		TEST(test_release__makes_untried_emergencies_of_the_answer_due),
		TEST(test_open__is_ordered_and_unfinished),
		TEST(test_orphans__are_of_other_runs),
		TEST(test_of_message__is_oldest_first),
		TEST(test_destinations__names_each_once),
		TEST(test_count__is_per_destination),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
