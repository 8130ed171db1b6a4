/* Tests of what age takes away, and of erasing: what goes, and what stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lib/store_fixture.h"
#include "store/answers.h"
#include "store/attempts.h"
#include "store/callbacks.h"
#include "store/conversations.h"
#include "store/deliveries.h"
#include "store/erase.h"
#include "store/events.h"
#include "store/idempotency.h"
#include "store/retention.h"

/* One row of each table for a message: ids are the message's times ten, and up. */
static void add_callback(struct db *db, int64_t id, int64_t message, enum callback_state state)
{
	struct callback callback = {
		.id = id,
		.kind = CALLBACK_ANSWER,
		.state = state,
		.message = message,
		.method = TEXT("POST"),
		.query = TEXT("a=1"),
		.body = TEXT("{}"),
		.body_size = 2,
		.has_body = true,
	};

	assert_int_equal(callbacks_insert(db, &callback), 1);
}

static void add_answer(struct db *db, int64_t id, int64_t message, int64_t callback)
{
	struct answer answer = {
		.id = id,
		.conversation = 1,
		.message = message,
		.callback = callback,
		.kind = message ? ANSWER_ANSWER : ANSWER_EMERGENCY,
		.seq = 1,
		.text = TEXT("yes"),
		.html = TEXT("<p>yes</p>"),
		.ai = TEXT("sales"),
	};

	assert_int_equal(answers_insert(db, &answer), 1);
}

static void add_attempt(struct db *db, int64_t id, int64_t message, int64_t answer)
{
	struct attempt attempt = {
		.id = id,
		.kind = ATTEMPT_DELIVER,
		.message = message,
		.answer = answer,
		.detail = TEXT("HTTP 200"),
		.response = TEXT("ok"),
		.response_size = 2,
	};

	assert_int_equal(attempts_insert(db, &attempt), 1);
}

static void add_delivery(struct db *db, int64_t id, int64_t message, enum delivery_state state)
{
	struct delivery delivery = {
		.id = id,
		.type = TEXT("answer.received"),
		.destination = TEXT("desk"),
		.conversation = 1,
		.message = message,
		.answer = message ? 0 : 33,
		.state = state,
	};

	assert_int_equal(deliveries_insert(db, &delivery), 1);
}

static void add_event(struct db *db, int64_t id, int64_t message)
{
	struct event event = {
		.id = id, .type = TEXT("message.state"), .conversation = 1, .message = message
	};

	assert_int_equal(events_insert(db, &event), 1);
}

/* A whole sweep in steps of two; the rows it changed. */
static unsigned sweep(struct db *db, enum retention_sweep what, int64_t before)
{
	struct retention_step step = { 0 };
	unsigned changed = 0;
	int64_t after = 0;

	do {
		assert_int_equal(retention_step(db, what, after, before, 2, &step), 0);
		assert_true(step.last == 0 || (step.last > after && step.last < before));
		changed += step.changed;
		after = step.last;
	} while (step.last);
	return changed;
}

static bool has_message(struct db *db, int64_t id)
{
	CLEANUP(message_done) struct message message = { 0 };
	int r = messages_get(db, id, &message);

	assert_true(r >= 0);
	return r > 0;
}

static void test_purge__leaves_the_row(void **state)
{
	struct db *db = store_db(state);
	CLEANUP(callback_done) struct callback old = { 0 };
	CLEANUP(callback_done) struct callback young = { 0 };
	CLEANUP(attempt_done) struct attempt attempt = { 0 };

	for (int64_t id = 1; id <= 5; id++)
		add_callback(db, id, 9, CALLBACK_MATCHED);
	add_callback(db, 6, 9,
		     CALLBACK_RECEIVED); /* not understood yet: its bytes are all there is */
	add_callback(db, 7, 9, CALLBACK_MATCHED);
	add_attempt(db, 1, 9, 0);
	assert_int_equal(sweep(db, RETENTION_PURGE_CALLBACKS, 7), 5);
	assert_int_equal(sweep(db, RETENTION_PURGE_CALLBACKS, 7), 0);
	assert_int_equal(callbacks_get(db, 5, &old), 1);
	assert_false(old.has_body);
	assert_null(old.query);
	assert_int_equal(old.body_size, 2);
	assert_int_equal(callbacks_get(db, 6, &young), 1);
	assert_true(young.has_body);
	assert_int_equal(sweep(db, RETENTION_PURGE_ATTEMPTS, 7), 1);
	assert_int_equal(attempts_of_message(db, 9, 1, &attempt), 1);
	assert_null(attempt.response);
	assert_string_equal(attempt.detail, "HTTP 200");
}

static void test_redact__takes_the_texts_of_what_is_settled(void **state)
{
	struct db *db = store_db(state);
	CLEANUP(message_done) struct message settled = { 0 };
	CLEANUP(message_done) struct message open = { 0 };
	CLEANUP(answer_done) struct answer answer = { 0 };
	CLEANUP(conversation_done) struct conversation found = { 0 };

	store_add_conversation(db, 1);
	assert_int_equal(contacts_insert(db, 1, "ada@example.org"), 1);
	store_add_message(db, 1, 1, MESSAGE_ANSWERED);
	store_add_message(db, 2, 1, MESSAGE_WAITING);
	add_answer(db, 3, 1, 0);
	assert_int_equal(sweep(db, RETENTION_REDACT_MESSAGES, 10), 1);
	assert_int_equal(sweep(db, RETENTION_REDACT_ANSWERS, 10), 1);
	/* one text of the conversation is left, and so is whose it is */
	assert_int_equal(sweep(db, RETENTION_REDACT_CONTACTS, 10), 0);
	assert_int_equal(messages_get(db, 1, &settled), 1);
	assert_string_equal(settled.message_content, "");
	assert_string_equal(settled.prospect_info, "{}");
	assert_int_equal(messages_get(db, 2, &open), 1);
	assert_string_equal(open.message_content, "hello");
	assert_int_equal(answers_get(db, 3, &answer), 1);
	assert_null(answer.text);
	assert_null(answer.html);
	assert_int_equal(messages_move(db, &open, MESSAGE_ANSWERED), 1);
	assert_int_equal(sweep(db, RETENTION_REDACT_MESSAGES, 10), 1);
	assert_int_equal(sweep(db, RETENTION_REDACT_CONTACTS, 10), 1);
	assert_int_equal(conversations_by_contact(db, "ada@example.org", "sales", &found), 0);
}

static void test_delete__keeps_what_is_still_to_be_done(void **state)
{
	static const enum message_state states[] = { MESSAGE_QUEUED, MESSAGE_SUBMITTING,
						     MESSAGE_WAITING };
	struct db *db = store_db(state);

	store_add_conversation(db, 1);
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		store_add_message(db, (int64_t)i + 1, 1, states[i]);
	store_add_message(db, 4, 1, MESSAGE_ANSWERED);
	store_add_message(db, 5, 1, MESSAGE_HELD);
	store_add_message(db, 20, 1, MESSAGE_ANSWERED);
	add_delivery(db, 6, 4, DELIVERY_PENDING);
	add_delivery(db, 7, 4, DELIVERY_SENDING);
	add_delivery(db, 8, 4, DELIVERY_DEAD);
	add_callback(db, 9, 4, CALLBACK_RECEIVED);
	add_callback(db, 10, 4, CALLBACK_MATCHED);
	assert_int_equal(sweep(db, RETENTION_DELETE_DELIVERIES, 15), 1);
	assert_int_equal(sweep(db, RETENTION_DELETE_CALLBACKS, 15), 1);
	assert_int_equal(sweep(db, RETENTION_DELETE_MESSAGES, 15), 2);
	assert_true(has_message(db, 1) && has_message(db, 2) && has_message(db, 3));
	assert_false(has_message(db, 4) || has_message(db, 5));
	assert_true(has_message(db, 20));
	assert_int_equal(sweep(db, RETENTION_DELETE_CONVERSATIONS, 15), 0);
	assert_true(store_has_conversation(db, 1));
}

static void test_delete__leaves_no_empty_conversation(void **state)
{
	struct db *db = store_db(state);
	int64_t oldest = 0;

	store_add_conversation(db, 1);
	store_add_conversation(db, 2);
	assert_int_equal(contacts_insert(db, 1, "ada@example.org"), 1);
	store_add_message(db, 3, 1, MESSAGE_ANSWERED);
	add_answer(db, 4, 3, 0);
	add_event(db, 5, 3);
	add_attempt(db, 6, 3, 0);
	assert_int_equal(retention_oldest(db, 0, &oldest), 0);
	assert_int_equal(oldest, 3);
	assert_int_equal(sweep(db, RETENTION_DELETE_ATTEMPTS, 10), 1);
	assert_int_equal(sweep(db, RETENTION_DELETE_EVENTS, 10), 1);
	assert_int_equal(sweep(db, RETENTION_DELETE_ANSWERS, 10), 1);
	assert_int_equal(sweep(db, RETENTION_DELETE_MESSAGES, 10), 1);
	assert_int_equal(sweep(db, RETENTION_DELETE_CONVERSATIONS, 2), 1);
	assert_false(store_has_conversation(db, 1));
	assert_true(store_has_conversation(db, 2)); /* too young */
	assert_int_equal(retention_oldest(db, 0, &oldest), 0);
	assert_int_equal(oldest, INT64_MAX);
}

/* An answer whose message went before it stands alone until its own age comes. */
static void test_delete__follow_up_outlives_its_message(void **state)
{
	struct db *db = store_db(state);

	store_add_conversation(db, 1);
	store_add_message(db, 2, 1, MESSAGE_ANSWERED);
	add_answer(db, 30, 2, 0);
	assert_int_equal(sweep(db, RETENTION_DELETE_MESSAGES, 10), 1);
	assert_int_equal(sweep(db, RETENTION_DELETE_CONVERSATIONS, 10), 0);
	assert_int_equal(sweep(db, RETENTION_DELETE_ANSWERS, 40), 1);
	assert_int_equal(sweep(db, RETENTION_DELETE_CONVERSATIONS, 10), 1);
}

static void test_shrink__gives_pages_back(void **state)
{
	struct store_fixture *fixture = *state;
	struct db *db = fixture->db;
	CLEANUP(freep) char *big = xcalloc(1, 100 * KIB);
	struct callback callback = {
		.kind = CALLBACK_ANSWER,
		.state = CALLBACK_MATCHED,
		.message = 9,
		.method = TEXT("POST"),
		.body = big,
		.body_size = 100 * KIB,
		.has_body = true,
	};
	struct retention_sizes before, freed, after;
	int pages = 0;
	int r;

	for (callback.id = 1; callback.id <= 20; callback.id++)
		assert_int_equal(callbacks_insert(db, &callback), 1);
	assert_int_equal(retention_sizes(db, &before), 0);
	assert_int_equal(sweep(db, RETENTION_PURGE_CALLBACKS, 100), 20);
	assert_int_equal(retention_sizes(db, &freed), 0);
	assert_true(freed.free_bytes > 1 * MIB);
	assert_true(freed.used_bytes + 1 * MIB < before.used_bytes);
	while ((r = retention_shrink(db)) > 0)
		pages += r;
	assert_int_equal(r, 0);
	assert_int_equal((uint64_t)pages * 4096, freed.free_bytes);
	assert_int_equal(retention_sizes(db, &after), 0);
	assert_int_equal(after.free_bytes, 0);
	assert_int_equal(after.used_bytes, freed.used_bytes);
	store_commit(db);
	fixture->db = db_close(db);
	assert_int_equal(store_pragma(fixture->path, "PRAGMA page_count"), after.used_bytes / 4096);
}

/* ---- erasing ---- */

static void test_erase__takes_everything_of_a_conversation(void **state)
{
	struct db *db = store_db(state);
	int64_t ids[4];
	struct event event;
	struct attempt attempt;
	struct delivery delivery;
	CLEANUP(callback_done) struct callback callback = { 0 };
	CLEANUP(answer_done) struct answer answer = { 0 };
	CLEANUP(idempotency_done) struct idempotency row = { 0 };
	struct idempotency reply = {
		.source = TEXT("crm"),
		.key = TEXT("ada-1"),
		.message = 10,
		.response = TEXT("{}"),
	};

	store_add_conversation(db, 1);
	store_add_conversation(db, 2);
	assert_int_equal(contacts_insert(db, 1, "ada@example.org"), 1);
	assert_int_equal(contacts_insert(db, 2, "bob@example.org"), 1);
	store_add_message(db, 10, 1, MESSAGE_WAITING);
	store_add_message(db, 11, 2, MESSAGE_ANSWERED);
	for (int64_t message = 10; message <= 11; message++) {
		add_callback(db, message + 10, message, CALLBACK_MATCHED);
		add_attempt(db, message + 20, message, 0);
		add_delivery(db, message + 30, message, DELIVERY_PENDING);
		add_event(db, message + 40, message);
	}
	add_answer(db, 32, 10, 20);
	/* an emergency of the first conversation */
	add_callback(db, 60, 0, CALLBACK_MATCHED);
	add_answer(db, 33, 0, 60);
	add_attempt(db, 61, 0, 33);
	add_delivery(db, 62, 0, DELIVERY_PENDING);
	add_event(db, 63, 0);
	assert_int_equal(idempotency_insert(db, &reply), 1);

	assert_int_equal(erase_find(db, "ada@example.org", 0, 4, ids), 1);
	assert_int_equal(ids[0], 1);
	assert_int_equal(erase_conversation(db, 1), 1);
	assert_int_equal(erase_conversation(db, 1), 0);
	assert_int_equal(erase_find(db, "ada@example.org", 0, 4, ids), 0);
	assert_false(store_has_conversation(db, 1));
	assert_false(has_message(db, 10));
	assert_int_equal(callbacks_get(db, 20, &callback), 0);
	assert_int_equal(callbacks_get(db, 60, &callback), 0);
	assert_int_equal(answers_get(db, 32, &answer), 0);
	assert_int_equal(answers_get(db, 33, &answer), 0);
	assert_int_equal(attempts_of_message(db, 10, 1, &attempt), 0);
	assert_int_equal(deliveries_of_message(db, 10, 1, &delivery), 0);
	assert_int_equal(deliveries_get(db, 62, &delivery), 0);
	assert_int_equal(idempotency_get(db, "crm", "ada-1", &row), 0);
	assert_int_equal(events_of_message(db, 10, 1, &event), 0);
	/* events of the conversation that name no message */
	assert_int_equal(events_after(db, 60, 1, &event), 0);

	assert_true(store_has_conversation(db, 2));
	assert_true(has_message(db, 11));
	assert_int_equal(callbacks_get(db, 21, &callback), 1);
	assert_int_equal(events_of_message(db, 11, 1, &event), 1);
	event_done(&event);
	assert_int_equal(erase_has(db, 10), 1);
	assert_int_equal(erase_has(db, 11), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup_unit, store_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_purge__leaves_the_row),
		TEST(test_redact__takes_the_texts_of_what_is_settled),
		TEST(test_delete__keeps_what_is_still_to_be_done),
		TEST(test_delete__leaves_no_empty_conversation),
		TEST(test_delete__follow_up_outlives_its_message),
		TEST(test_shrink__gives_pages_back),
		TEST(test_erase__takes_everything_of_a_conversation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
