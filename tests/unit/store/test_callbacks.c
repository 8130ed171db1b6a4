/* Tests of the rows of callbacks: raw bytes as they came, moves, what a token has stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "lib/store_fixture.h"
#include "store/callbacks.h"

/* A receipt with a body of its own: the digest is of the id's last byte. */
static struct callback receipt(int64_t id, int64_t message, const char *body)
{
	struct callback callback = {
		.id = id,
		.kind = CALLBACK_ANSWER,
		.message = message,
		.method = TEXT("POST"),
		.body = TEXT(body),
		.body_size = strlen(body),
		.has_body = true,
		.received_at = 1000,
	};

	callback.digest[0] = (uint8_t)id;
	return callback;
}

static void insert(struct db *db, struct callback callback)
{
	assert_int_equal(callbacks_insert(db, &callback), 1);
}

static void test_get__returns_every_field(void **state)
{
	struct db *db = store_db(state);
	const uint8_t body[] = { 'a', 0, 0xff, '"', 0 };
	struct callback in = {
		.id = 3,
		.kind = CALLBACK_EMERGENCY,
		.state = CALLBACK_UNMAPPED,
		.message = 4,
		.ai = TEXT("sales"),
		.answer = 5,
		.method = TEXT("PUT"),
		.content_type = TEXT("application/json"),
		.query = TEXT("a=1&b=2"),
		.body = (void *)body,
		.body_size = sizeof(body),
		.has_body = true,
		.digest = { 1, 2, 3, 0, 5 },
		.reason = TEXT("no text"),
		.received_at = 77,
	};
	CLEANUP(callback_done) struct callback out = { 0 };

	assert_int_equal(callbacks_insert(db, &in), 1);
	assert_int_equal(callbacks_get(db, 3, &out), 1);
	assert_int_equal(out.id, 3);
	assert_int_equal(out.kind, CALLBACK_EMERGENCY);
	assert_int_equal(out.state, CALLBACK_UNMAPPED);
	assert_int_equal(out.message, 4);
	assert_string_equal(out.ai, "sales");
	assert_int_equal(out.answer, 5);
	assert_string_equal(out.method, "PUT");
	assert_string_equal(out.content_type, "application/json");
	assert_string_equal(out.query, "a=1&b=2");
	assert_true(out.has_body);
	assert_int_equal(out.body_size, sizeof(body));
	assert_memory_equal(out.body, body, sizeof(body));
	assert_memory_equal(out.digest, in.digest, sizeof(in.digest));
	assert_string_equal(out.reason, "no text");
	assert_int_equal(out.received_at, 77);
}

static void test_get__an_empty_body_is_a_body(void **state)
{
	struct db *db = store_db(state);
	struct callback in = receipt(1, 0, "");
	CLEANUP(callback_done) struct callback out = { 0 };

	in.body = NULL;
	insert(db, in);
	assert_int_equal(callbacks_get(db, 1, &out), 1);
	assert_true(out.has_body);
	assert_int_equal(out.body_size, 0);
	assert_int_equal(out.message, 0);
	assert_null(out.content_type);
}

static void test_get__a_repeat_has_a_size_but_no_body(void **state)
{
	struct db *db = store_db(state);
	struct callback in = receipt(1, 9, "hello");
	CLEANUP(callback_done) struct callback out = { 0 };

	in.has_body = false;
	insert(db, in);
	assert_int_equal(callbacks_get(db, 1, &out), 1);
	assert_false(out.has_body);
	assert_null(out.body);
	assert_int_equal(out.body_size, 5);
}

static void test_get__keeps_a_big_body_whole(void **state)
{
	struct store_fixture *fixture = *state;
	size_t size = 2 * MIB;
	CLEANUP(freep) uint8_t *body = xcalloc(size, 1);
	struct callback in = receipt(1, 9, "");
	CLEANUP(callback_done) struct callback out = { 0 };

	for (size_t i = 0; i < size; i++)
		body[i] = (uint8_t)(i * 31 + i / 251);
	in.body = body;
	in.body_size = size;
	insert(fixture->db, in);
	store_commit(fixture->db);
	store_reopen(fixture);
	assert_int_equal(callbacks_get(fixture->db, 1, &out), 1);
	assert_int_equal(out.body_size, size);
	assert_memory_equal(out.body, body, size);
}

static void test_move__writes_answer_and_reason(void **state)
{
	struct db *db = store_db(state);
	CLEANUP(callback_done) struct callback callback = { 0 };
	CLEANUP(callback_done) struct callback out = { 0 };

	insert(db, receipt(1, 9, "x"));
	assert_int_equal(callbacks_get(db, 1, &callback), 1);
	callback.reason = xstrdup("no text found");
	assert_int_equal(callbacks_move(db, &callback, CALLBACK_UNMAPPED), 1);
	assert_int_equal(callback.state, CALLBACK_UNMAPPED);
	callback.answer = 12;
	callback.message = 10;
	free(callback.reason);
	callback.reason = NULL;
	assert_int_equal(callbacks_move(db, &callback, CALLBACK_RECEIVED), 1);
	assert_int_equal(callbacks_move(db, &callback, CALLBACK_MATCHED), 1);
	assert_int_equal(callbacks_get(db, 1, &out), 1);
	assert_int_equal(out.state, CALLBACK_MATCHED);
	assert_int_equal(out.answer, 12);
	assert_int_equal(out.message, 10);
	assert_null(out.reason);
	assert_int_equal(out.body_size, 1);
	assert_int_equal(callbacks_move(db, &callback, CALLBACK_RECEIVED), -EPERM);
}

static void test_move__finds_nothing_when_the_row_is_elsewhere(void **state)
{
	struct db *db = store_db(state);
	struct callback first = receipt(1, 9, "x");
	struct callback second = first;

	insert(db, first);
	assert_int_equal(callbacks_move(db, &first, CALLBACK_MATCHED), 1);
	assert_int_equal(callbacks_move(db, &second, CALLBACK_DUPLICATE), 0);
	assert_int_equal(second.state, CALLBACK_RECEIVED);
}

static void test_stored__counts_one_token_and_kind(void **state)
{
	struct db *db = store_db(state);
	struct callback repeat = receipt(3, 9, "abc");
	struct callback followup = receipt(4, 9, "abcdef");
	struct callbacks_stored stored;

	assert_int_equal(callbacks_stored(db, 9, CALLBACK_ANSWER, &stored), 0);
	assert_int_equal(stored.count, 0);
	assert_int_equal(stored.bytes, 0);
	repeat.has_body = false;
	followup.kind = CALLBACK_FOLLOWUP;
	insert(db, receipt(1, 9, "abc"));
	insert(db, receipt(2, 9, "defg"));
	insert(db, repeat);
	insert(db, followup);
	insert(db, receipt(5, 8, "other"));
	assert_int_equal(callbacks_stored(db, 9, CALLBACK_ANSWER, &stored), 0);
	assert_int_equal(stored.count, 3);
	assert_int_equal(stored.bodies, 2);
	assert_int_equal(stored.bytes, 7);
}

static void test_same__is_the_first_with_a_body(void **state)
{
	struct db *db = store_db(state);
	struct callback first = receipt(1, 9, "abc");
	struct callback repeat = receipt(2, 9, "abc");
	int64_t id = -1;

	memcpy(repeat.digest, first.digest, sizeof(first.digest));
	repeat.has_body = false;
	assert_int_equal(callbacks_same(db, 9, CALLBACK_ANSWER, first.digest, &id), 0);
	insert(db, repeat);
	assert_int_equal(callbacks_same(db, 9, CALLBACK_ANSWER, first.digest, &id), 0);
	insert(db, first);
	assert_int_equal(callbacks_same(db, 9, CALLBACK_ANSWER, first.digest, &id), 1);
	assert_int_equal(id, 1);
	assert_int_equal(callbacks_same(db, 9, CALLBACK_FOLLOWUP, first.digest, &id), 0);
	assert_int_equal(callbacks_same(db, 8, CALLBACK_ANSWER, first.digest, &id), 0);
}

static void done_all(struct callback *callbacks, int count)
{
	for (int i = 0; i < count; i++)
		callback_done(&callbacks[i]);
}

static void insert_in_state(struct db *db, int64_t id, enum callback_state state)
{
	struct callback callback = receipt(id, 9, "body");

	callback.state = state;
	insert(db, callback);
}

static void test_list__pages_every_state_newest_first(void **state)
{
	struct db *db = store_db(state);
	struct callback page[4];

	for (int64_t id = 1; id <= 2 * CALLBACK_STATE_MAX; id++)
		insert_in_state(db, id, (enum callback_state)(id % CALLBACK_STATE_MAX));
	for (int i = 0; i < CALLBACK_STATE_MAX; i++) {
		assert_int_equal(callbacks_list(db, i, INT64_MAX, 4, page), 2);
		assert_int_equal(page[0].id, i ? CALLBACK_STATE_MAX + i : 2 * CALLBACK_STATE_MAX);
		assert_int_equal(page[1].id, i ? i : CALLBACK_STATE_MAX);
		assert_int_equal(page[0].state, i);
		assert_true(page[0].has_body);
		assert_null(page[0].body);
		assert_int_equal(page[0].body_size, 4);
		done_all(page, 2);
		assert_int_equal(callbacks_list(db, i, CALLBACK_STATE_MAX + 1, 4, page), 1);
		done_all(page, 1);
	}
}

static void test_of_message__is_oldest_first(void **state)
{
	struct db *db = store_db(state);
	struct callback page[2];

	for (int64_t id = 1; id <= 3; id++)
		insert(db, receipt(id, 9, "body"));
	insert(db, receipt(4, 8, "body"));
	assert_int_equal(callbacks_of_message(db, 9, 2, page), 2);
	assert_int_equal(page[0].id, 1);
	assert_int_equal(page[1].id, 2);
	done_all(page, 2);
}

static void test_uncorrelated__is_what_is_still_received(void **state)
{
	struct db *db = store_db(state);
	int64_t ids[4];

	insert_in_state(db, 1, CALLBACK_RECEIVED);
	insert_in_state(db, 2, CALLBACK_MATCHED);
	insert_in_state(db, 3, CALLBACK_UNMAPPED);
	insert_in_state(db, 4, CALLBACK_RECEIVED);
	assert_int_equal(callbacks_uncorrelated(db, 0, 4, ids), 2);
	assert_int_equal(ids[0], 1);
	assert_int_equal(ids[1], 4);
	assert_int_equal(callbacks_uncorrelated(db, 1, 4, ids), 1);
	assert_int_equal(callbacks_uncorrelated(db, 0, 1, ids), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup_unit, store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_get__returns_every_field),
		TEST(test_get__an_empty_body_is_a_body),
		TEST(test_get__a_repeat_has_a_size_but_no_body),
		TEST(test_get__keeps_a_big_body_whole),
		TEST(test_move__writes_answer_and_reason),
		TEST(test_move__finds_nothing_when_the_row_is_elsewhere),
		TEST(test_stored__counts_one_token_and_kind),
		TEST(test_same__is_the_first_with_a_body),
		TEST(test_list__pages_every_state_newest_first),
		TEST(test_of_message__is_oldest_first),
		TEST(test_uncorrelated__is_what_is_still_received),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
