/* Tests of the rows of inbound: raw bytes as they came, moves, repeats, lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "lib/store_fixture.h"
#include "store/erase.h"
#include "store/inbound.h"
#include "store/retention.h"

static struct inbound request(int64_t id, const char *source, const char *dedupe)
{
	return (struct inbound){
		.id = id,
		.source = TEXT(source),
		.method = TEXT("POST"),
		.dedupe = TEXT(dedupe),
		.received_at = 1000,
		.body = TEXT("hello"),
		.body_size = 5,
	};
}

static void insert(struct db *db, struct inbound inbound)
{
	assert_int_equal(inbound_insert(db, &inbound), 1);
}

static void move(struct db *db, int64_t id, enum inbound_state to, int64_t message)
{
	CLEANUP(inbound_done) struct inbound inbound = { 0 };

	assert_int_equal(inbound_get(db, id, &inbound), 1);
	inbound.message = message;
	assert_int_equal(inbound_move(db, &inbound, to), 1);
}

static void test_get__returns_every_field(void **state)
{
	struct db *db = store_db(state);
	const uint8_t body[] = { 'a', 0, 0xff, '"', 0 };
	struct inbound in = {
		.id = 3,
		.source = TEXT("sms"),
		.state = INBOUND_UNMAPPED,
		.message = 4,
		.method = TEXT("PUT"),
		.content_type = TEXT("text/plain"),
		.query = TEXT("a=1"),
		.dedupe = TEXT("SM1"),
		.reason = TEXT("no text"),
		.received_at = 77,
		.body_size = sizeof(body),
		.body = (void *)body,
	};
	CLEANUP(inbound_done) struct inbound out = { 0 };

	insert(db, in);
	assert_int_equal(inbound_get(db, 3, &out), 1);
	assert_string_equal(out.source, "sms");
	assert_int_equal(out.state, INBOUND_UNMAPPED);
	assert_int_equal(out.message, 4);
	assert_string_equal(out.method, "PUT");
	assert_string_equal(out.content_type, "text/plain");
	assert_string_equal(out.query, "a=1");
	assert_string_equal(out.dedupe, "SM1");
	assert_string_equal(out.reason, "no text");
	assert_int_equal(out.received_at, 77);
	assert_int_equal(out.body_size, sizeof(body));
	assert_memory_equal(out.body, body, sizeof(body));
	assert_int_equal(inbound_get(db, 4, &out), 0);
}

static void test_move__needs_the_state_it_was_in(void **state)
{
	struct db *db = store_db(state);
	CLEANUP(inbound_done) struct inbound first = { 0 };
	CLEANUP(inbound_done) struct inbound stale = { 0 };

	insert(db, request(1, "sms", NULL));
	assert_int_equal(inbound_get(db, 1, &first), 1);
	assert_int_equal(inbound_get(db, 1, &stale), 1);
	assert_int_equal(inbound_move(db, &first, INBOUND_UNMAPPED), 1);
	assert_int_equal(inbound_move(db, &stale, INBOUND_DROPPED), 0);
	assert_int_equal(inbound_move(db, &first, INBOUND_RECEIVED), -EPERM);
	first.message = 9;
	assert_int_equal(inbound_move(db, &first, INBOUND_ACCEPTED), 1);
	assert_int_equal(inbound_move(db, &first, INBOUND_DROPPED), -EPERM);
}

static void test_repeats__are_found_within_their_time_and_source(void **state)
{
	struct db *db = store_db(state);
	const struct inbound last = request(50, "sms", "A");
	const struct inbound other = request(50, "mail", "A");
	int64_t id = 0;

	insert(db, request(10, "sms", "A"));
	insert(db, request(20, "sms", "A"));
	insert(db, request(30, "sms", "B"));
	insert(db, request(40, "sms", NULL));
	assert_int_equal(inbound_twin(db, &last, 0, 99, &id), 0);
	assert_int_equal(inbound_known(db, "sms", "A", &id), 0);
	move(db, 20, INBOUND_ACCEPTED, 7);
	assert_int_equal(inbound_twin(db, &last, 0, 99, &id), 1);
	assert_int_equal(id, 20);
	assert_int_equal(inbound_twin(db, &last, 21, 99, &id), 0);
	assert_int_equal(inbound_twin(db, &last, 0, 19, &id), 0);
	assert_int_equal(inbound_twin(db, &other, 0, 99, &id), 0);
	assert_int_equal(inbound_known(db, "sms", "A", &id), 1);
	assert_int_equal(id, 7);
	assert_int_equal(inbound_known(db, "sms", "B", &id), 0);
}

static void test_count__stops_at_the_limit(void **state)
{
	struct db *db = store_db(state);

	for (int64_t id = 1; id <= 5; id++)
		insert(db, request(id, "sms", NULL));
	insert(db, request(6, "other", NULL));
	assert_int_equal(inbound_count_source(db, "sms", 0, 100), 5);
	assert_int_equal(inbound_count_source(db, "sms", 4, 100), 2);
	assert_int_equal(inbound_count_source(db, "sms", 0, 3), 3);
}

/* The ids of a list as text, "5 3 ". */
static char *list_text(struct db *db, const char *source, int which, int64_t before)
{
	const struct inbound_filter filter = { source, which };
	struct inbound rows[10] = { 0 };
	int count = inbound_list(db, &filter, before, ARRAY_SIZE(rows), rows);
	char *text = xstrdup("");

	assert_true(count >= 0);
	for (int i = 0; i < count; i++) {
		CLEANUP(freep) char *head = text;

		text = xasprintf("%s%d ", head, (int)rows[i].id);
		assert_null(rows[i].body);
		assert_int_equal(rows[i].body_size, 5);
		inbound_done(&rows[i]);
	}
	return text;
}

static void assert_list(struct db *db, const char *source, int which, int64_t before,
			const char *expected)
{
	CLEANUP(freep) char *text = list_text(db, source, which, before);

	assert_string_equal(text, expected);
}

static void test_lists__by_source_and_state(void **state)
{
	struct db *db = store_db(state);
	const struct inbound_filter received = { NULL, INBOUND_RECEIVED };
	const struct inbound_filter unmapped = { "a", INBOUND_UNMAPPED };
	int64_t ids[10];

	for (int64_t id = 1; id <= 8; id++)
		insert(db, request(id, id % 2 ? "a" : "b", NULL));
	move(db, 1, INBOUND_ACCEPTED, 11);
	move(db, 2, INBOUND_ACCEPTED, 12);
	move(db, 3, INBOUND_UNMAPPED, 0);
	move(db, 4, INBOUND_UNMAPPED, 0);
	move(db, 5, INBOUND_UNMAPPED, 0);
	assert_list(db, NULL, -1, INT64_MAX, "8 7 6 5 4 3 2 1 ");
	assert_list(db, "a", -1, 7, "5 3 1 ");
	assert_list(db, NULL, INBOUND_ACCEPTED, INT64_MAX, "2 1 ");
	assert_list(db, "b", INBOUND_ACCEPTED, INT64_MAX, "2 ");
	assert_list(db, NULL, INBOUND_UNMAPPED, INT64_MAX, "5 4 3 ");
	assert_list(db, "a", INBOUND_UNMAPPED, INT64_MAX, "5 3 ");
	assert_int_equal(inbound_ids(db, &received, 6, 10, ids), 2);
	assert_int_equal(ids[0], 7);
	assert_int_equal(inbound_ids(db, &unmapped, 0, 10, ids), 2);
	assert_int_equal(ids[1], 5);
}

static void test_story__names_what_became_a_message(void **state)
{
	struct db *db = store_db(state);
	struct inbound rows[2] = { 0 };

	insert(db, request(1, "a", NULL));
	move(db, 1, INBOUND_ACCEPTED, 11);
	assert_int_equal(inbound_of_message(db, 11, 2, rows), 1);
	assert_int_equal(rows[0].id, 1);
	inbound_done(&rows[0]);
	assert_int_equal(inbound_of_message(db, 12, 2, rows), 0);
}

static void sweep(struct db *db, enum retention_sweep what)
{
	struct retention_step step = { 0 };

	assert_int_equal(retention_step(db, what, 0, 100, 100, &step), 0);
}

static void test_age__takes_the_bytes_then_the_row(void **state)
{
	struct db *db = store_db(state);
	CLEANUP(inbound_done) struct inbound purged = { 0 };
	CLEANUP(inbound_done) struct inbound kept = { 0 };

	insert(db, request(1, "a", NULL));
	insert(db, request(2, "a", NULL));
	move(db, 1, INBOUND_UNMAPPED, 0);
	sweep(db, RETENTION_PURGE_INBOUND);
	assert_int_equal(inbound_get(db, 1, &purged), 1);
	assert_null(purged.body);
	assert_int_equal(inbound_get(db, 2, &kept), 1);
	assert_non_null(kept.body);
	sweep(db, RETENTION_DELETE_INBOUND);
	assert_int_equal(inbound_count_source(db, "a", 0, 10), 1);
}

static void test_erase__takes_what_became_the_messages(void **state)
{
	struct db *db = store_db(state);

	store_add_conversation(db, 5);
	store_add_message(db, 11, 5, MESSAGE_ANSWERED);
	insert(db, request(1, "a", NULL));
	insert(db, request(2, "a", NULL));
	move(db, 1, INBOUND_ACCEPTED, 11);
	assert_true(erase_conversation(db, 5) >= 0);
	assert_list(db, "a", -1, INT64_MAX, "2 ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup_unit, store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_get__returns_every_field),
		TEST(test_move__needs_the_state_it_was_in),
		TEST(test_repeats__are_found_within_their_time_and_source),
		TEST(test_count__stops_at_the_limit),
		TEST(test_lists__by_source_and_state),
		TEST(test_age__takes_the_bytes_then_the_row),
		TEST(test_erase__takes_what_became_the_messages),
		TEST(test_story__names_what_became_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
