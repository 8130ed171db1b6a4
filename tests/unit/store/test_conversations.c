/* Tests of the rows of conversations and contacts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "lib/store_fixture.h"
#include "store/conversations.h"

static void insert_keyed(struct db *db, int64_t id, const char *source, const char *key)
{
	struct conversation conversation = {
		.id = id,
		.source = TEXT(source),
		.key = TEXT(key),
		.ai = TEXT("sales"),
		.platform = TEXT("sms"),
		.created_at = 1,
	};

	assert_int_equal(conversations_insert(db, &conversation), 1);
}

static void test_get__returns_every_field(void **state)
{
	struct db *db = store_db(state);
	struct conversation in = {
		.id = 42,
		.source = TEXT("crm"),
		.key = TEXT("thread-1"),
		.ai = TEXT("sales"),
		.platform = TEXT("email"),
		.seq = 7,
		.in_flight = 43,
		.slot_until = 5000000,
		.conversation_id = TEXT("maax-c"),
		.prospect_id = TEXT("maax-p"),
		.created_at = 1735689600000001,
	};
	CLEANUP(conversation_done) struct conversation out = { 0 };

	assert_int_equal(conversations_insert(db, &in), 1);
	assert_int_equal(conversations_get(db, 42, &out), 1);
	assert_int_equal(out.id, 42);
	assert_string_equal(out.source, "crm");
	assert_string_equal(out.key, "thread-1");
	assert_string_equal(out.ai, "sales");
	assert_string_equal(out.platform, "email");
	assert_int_equal(out.seq, 7);
	assert_int_equal(out.in_flight, 43);
	assert_int_equal(out.slot_until, 5000000);
	assert_string_equal(out.conversation_id, "maax-c");
	assert_string_equal(out.prospect_id, "maax-p");
	assert_int_equal(out.created_at, 1735689600000001);
}

static void test_get__absent_things_are_null_and_zero(void **state)
{
	struct db *db = store_db(state);
	CLEANUP(conversation_done) struct conversation out = { .id = -1 };

	assert_int_equal(conversations_get(db, 1, &out), 0);
	assert_int_equal(out.id, -1);
	store_add_conversation(db, 1);
	assert_int_equal(conversations_get(db, 1, &out), 1);
	assert_null(out.key);
	assert_null(out.conversation_id);
	assert_null(out.prospect_id);
	assert_int_equal(out.in_flight, 0);
	assert_int_equal(out.slot_until, 0);
}

static void test_by_key__is_per_source(void **state)
{
	struct db *db = store_db(state);
	CLEANUP(conversation_done) struct conversation out = { 0 };
	struct conversation twice = { .id = 4,
				      .source = TEXT("crm"),
				      .key = TEXT("k"),
				      .ai = TEXT("a"),
				      .platform = TEXT("sms"),
				      .created_at = 1 };

	insert_keyed(db, 1, "crm", "k");
	insert_keyed(db, 2, "shop", "k");
	insert_keyed(db, 3, "shop", NULL);
	assert_int_equal(conversations_by_key(db, "shop", "k", &out), 1);
	assert_int_equal(out.id, 2);
	assert_int_equal(conversations_insert(db, &twice), -EEXIST);
	conversation_done(&out);
	assert_int_equal(conversations_by_key(db, "shop", "other", &out), 0);
}

/* As store_add_conversation(), of another AI. */
static void add_of_other_ai(struct db *db, int64_t id)
{
	const struct conversation conversation = {
		.id = id,
		.source = TEXT("shop"),
		.ai = TEXT("support"),
		.platform = TEXT("website"),
		.created_at = 1,
	};

	assert_int_equal(conversations_insert(db, &conversation), 1);
}

static void test_by_conversation_id__is_the_newest_of_that_ai(void **state)
{
	struct db *db = store_db(state);
	CLEANUP(conversation_done) struct conversation out = { 0 };

	for (int64_t id = 1; id <= 3; id++)
		store_add_conversation(db, id);
	assert_int_equal(conversations_pin(db, 2, "c-1", NULL), 1);
	assert_int_equal(conversations_pin(db, 1, "c-1", NULL), 1);
	add_of_other_ai(db, 4);
	assert_int_equal(conversations_pin(db, 4, "c-1", NULL), 1);
	assert_int_equal(conversations_by_conversation_id(db, "c-1", "sales", &out), 1);
	assert_int_equal(out.id, 2);
	conversation_done(&out);
	assert_int_equal(conversations_by_conversation_id(db, "c-2", "sales", &out), 0);
	assert_int_equal(conversations_by_conversation_id(db, "c-1", "nobody", &out), 0);

	assert_int_equal(conversations_of_source(db, "crm", "c-1", &out), 1);
	assert_int_equal(out.id, 2);
	conversation_done(&out);
	assert_int_equal(conversations_of_source(db, "shop", "c-1", &out), 1);
	assert_int_equal(out.id, 4);
	conversation_done(&out);
	assert_int_equal(conversations_of_source(db, "desk", "c-1", &out), 0);
	assert_int_equal(conversations_of_source(db, "crm", "c-2", &out), 0);
}

static void test_by_contact__is_the_newest_of_that_ai(void **state)
{
	struct db *db = store_db(state);
	CLEANUP(conversation_done) struct conversation out = { 0 };

	for (int64_t id = 1; id <= 3; id++)
		store_add_conversation(db, id);
	assert_int_equal(contacts_insert(db, 2, "ann@x.example"), 1);
	assert_int_equal(contacts_insert(db, 1, "ann@x.example"), 1);
	assert_int_equal(contacts_insert(db, 3, "+4912345"), 1);
	assert_int_equal(contacts_insert(db, 2, "ann@x.example"), 0); /* there already: fine */
	add_of_other_ai(db, 4);
	assert_int_equal(contacts_insert(db, 4, "ann@x.example"), 1);
	assert_int_equal(conversations_by_contact(db, "ann@x.example", "sales", &out), 1);
	assert_int_equal(out.id, 2);
	conversation_done(&out);
	assert_int_equal(conversations_by_contact(db, "ann@x.example", "support", &out), 1);
	assert_int_equal(out.id, 4);
	conversation_done(&out);
	assert_int_equal(conversations_by_contact(db, "+4912345", "support", &out), 0);
	assert_int_equal(conversations_by_contact(db, "bob@x.example", "sales", &out), 0);
	assert_int_equal(contacts_insert(db, 404, "ann@x.example"), -EINVAL);
}

static void test_list__pages_newest_first(void **state)
{
	struct db *db = store_db(state);
	struct conversation page[2];

	for (int64_t id = 1; id <= 5; id++)
		insert_keyed(db, id, id == 3 ? "shop" : "crm", NULL);
	assert_int_equal(conversations_list(db, "crm", INT64_MAX, 2, page), 2);
	assert_int_equal(page[0].id, 5);
	assert_int_equal(page[1].id, 4);
	for (int i = 0; i < 2; i++)
		conversation_done(&page[i]);
	assert_int_equal(conversations_list(db, "crm", 4, 2, page), 2);
	assert_int_equal(page[0].id, 2);
	assert_int_equal(page[1].id, 1);
	for (int i = 0; i < 2; i++)
		conversation_done(&page[i]);
	assert_int_equal(conversations_list(db, "crm", 1, 2, page), 0);
}

static void test_next_seq__counts_up(void **state)
{
	struct db *db = store_db(state);
	int64_t seq = -1;

	assert_int_equal(conversations_next_seq(db, 1, &seq), 0);
	assert_int_equal(seq, -1);
	store_add_conversation(db, 1);
	for (int64_t expected = 1; expected <= 3; expected++) {
		assert_int_equal(conversations_next_seq(db, 1, &seq), 1);
		assert_int_equal(seq, expected);
	}
}

static void test_next_seq__is_taken_back_with_its_unit(void **state)
{
	struct db *db = store_db(state);
	int64_t seq;

	store_add_conversation(db, 1);
	store_begin(db);
	assert_int_equal(conversations_next_seq(db, 1, &seq), 1);
	unit_abort(db);
	assert_int_equal(conversations_next_seq(db, 1, &seq), 1);
	assert_int_equal(seq, 1);
}

static void test_pin__keeps_what_is_pinned(void **state)
{
	struct db *db = store_db(state);
	CLEANUP(conversation_done) struct conversation out = { 0 };

	store_add_conversation(db, 1);
	assert_int_equal(conversations_pin(db, 1, NULL, NULL), 0);
	assert_int_equal(conversations_pin(db, 1, "c-1", NULL), 1);
	assert_int_equal(conversations_pin(db, 1, "c-2", NULL), 0);
	assert_int_equal(conversations_pin(db, 1, "c-2", "p-1"), 1);
	assert_int_equal(conversations_pin(db, 1, "c-3", "p-2"), 0);
	assert_int_equal(conversations_get(db, 1, &out), 1);
	assert_string_equal(out.conversation_id, "c-1");
	assert_string_equal(out.prospect_id, "p-1");
}

static void test_update__writes_all_that_changes(void **state)
{
	struct db *db = store_db(state);
	CLEANUP(conversation_done) struct conversation row = { 0 };
	CLEANUP(conversation_done) struct conversation out = { 0 };
	struct conversation none = { .id = 404 };

	store_add_conversation(db, 1);
	assert_int_equal(conversations_get(db, 1, &row), 1);
	row.seq = 7;
	row.in_flight = 10;
	row.slot_until = 500;
	row.conversation_id = xstrdup("c-1");
	row.prospect_id = xstrdup("p-1");
	assert_int_equal(conversations_update(db, &row), 1);
	assert_int_equal(conversations_get(db, 1, &out), 1);
	assert_int_equal(out.seq, 7);
	assert_int_equal(out.in_flight, 10);
	assert_int_equal(out.slot_until, 500);
	assert_string_equal(out.conversation_id, "c-1");
	assert_string_equal(out.prospect_id, "p-1");
	assert_string_equal(out.source, row.source);
	assert_int_equal(conversations_update(db, &none), 0);

	row.in_flight = 0;
	row.slot_until = 0;
	assert_int_equal(conversations_update(db, &row), 1);
	assert_int_equal(conversations_take_slot(db, 1, 11, 500), 1);
}

static void test_slot__has_one_holder(void **state)
{
	struct db *db = store_db(state);

	store_add_conversation(db, 1);
	assert_int_equal(conversations_take_slot(db, 1, 10, USEC_NEVER), 1);
	assert_int_equal(conversations_take_slot(db, 1, 11, 500), 0);
	assert_int_equal(conversations_take_slot(db, 1, 10, 500), 1);
	assert_int_equal(conversations_free_slot(db, 1, 11), 0);
	assert_int_equal(conversations_free_slot(db, 1, 10), 1);
	assert_int_equal(conversations_free_slot(db, 1, 10), 0);
	assert_int_equal(conversations_take_slot(db, 1, 11, 500), 1);
	assert_int_equal(conversations_take_slot(db, 404, 11, 500), 0);
}

static void test_slot__is_due_when_its_time_has_come(void **state)
{
	struct db *db = store_db(state);
	struct conversation due[3];
	usec_t at = 0;

	assert_int_equal(conversations_next_slot_due(db, &at), 0);
	assert_true(at == USEC_NEVER);
	for (int64_t id = 1; id <= 4; id++)
		store_add_conversation(db, id);
	assert_int_equal(conversations_take_slot(db, 1, 11, 300), 1);
	assert_int_equal(conversations_take_slot(db, 2, 12, 200), 1);
	assert_int_equal(conversations_take_slot(db, 3, 13, USEC_NEVER), 1);
	assert_int_equal(conversations_next_slot_due(db, &at), 0);
	assert_int_equal(at, 200);
	assert_int_equal(conversations_slot_due(db, 199, 3, due), 0);
	assert_int_equal(conversations_slot_due(db, 300, 3, due), 2);
	assert_int_equal(due[0].id, 2);
	assert_int_equal(due[0].in_flight, 12);
	assert_int_equal(due[1].id, 1);
	assert_null(due[0].source);
	assert_int_equal(conversations_slot_due(db, 300, 1, due), 1);
	assert_int_equal(due[0].id, 2);
}

static void test_insert__bounds_the_key(void **state)
{
	struct db *db = store_db(state);
	char key[258];
	struct conversation conversation = { .id = 1,
					     .source = TEXT("crm"),
					     .key = key,
					     .ai = TEXT("a"),
					     .platform = TEXT("sms"),
					     .created_at = 1 };

	memset(key, 'k', sizeof(key));
	key[257] = '\0';
	assert_int_equal(conversations_insert(db, &conversation), -EINVAL);
	key[256] = '\0';
	assert_int_equal(conversations_insert(db, &conversation), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup_unit, store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_get__returns_every_field),
		TEST(test_get__absent_things_are_null_and_zero),
		TEST(test_by_key__is_per_source),
		TEST(test_by_conversation_id__is_the_newest_of_that_ai),
		TEST(test_by_contact__is_the_newest_of_that_ai),
		TEST(test_list__pages_newest_first),
		TEST(test_next_seq__counts_up),
		TEST(test_next_seq__is_taken_back_with_its_unit),
		TEST(test_pin__keeps_what_is_pinned),
		TEST(test_update__writes_all_that_changes),
		TEST(test_slot__has_one_holder),
		TEST(test_slot__is_due_when_its_time_has_come),
		TEST(test_insert__bounds_the_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
