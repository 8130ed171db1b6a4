/* Tests of the small tables: idempotency, holds, callback keys; and of attempts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "lib/store_fixture.h"
#include "store/attempts.h"
#include "store/callback_keys.h"
#include "store/holds.h"
#include "store/idempotency.h"

/* ---- idempotency ---- */

static struct idempotency reply(const char *source, const char *key, usec_t created_at)
{
	return (struct idempotency){
		.source = TEXT(source),
		.key = TEXT(key),
		.fingerprint = { 1, 0, 2 },
		.message = 5,
		.response = TEXT("{\"message\":{}}"),
		.created_at = created_at,
	};
}

static void insert_reply(struct db *db, const char *source, const char *key, usec_t created_at)
{
	struct idempotency row = reply(source, key, created_at);

	assert_int_equal(idempotency_insert(db, &row), 1);
}

static void test_idempotency__is_per_source(void **state)
{
	struct db *db = store_db(state);
	struct idempotency again = reply("crm", "k1", 200);
	CLEANUP(idempotency_done) struct idempotency out = { 0 };

	insert_reply(db, "crm", "k1", 100);
	assert_int_equal(idempotency_get(db, "crm", "k1", &out), 1);
	assert_string_equal(out.source, "crm");
	assert_string_equal(out.key, "k1");
	assert_memory_equal(out.fingerprint, again.fingerprint, sizeof(out.fingerprint));
	assert_int_equal(out.message, 5);
	assert_string_equal(out.response, "{\"message\":{}}");
	assert_int_equal(out.created_at, 100);
	idempotency_done(&out);
	assert_int_equal(idempotency_get(db, "shop", "k1", &out), 0);
	assert_int_equal(idempotency_insert(db, &again), -EEXIST);
}

static void test_idempotency_prune__takes_the_oldest_in_steps(void **state)
{
	struct db *db = store_db(state);
	CLEANUP(idempotency_done) struct idempotency out = { 0 };

	insert_reply(db, "crm", "k3", 300);
	insert_reply(db, "crm", "k1", 100);
	insert_reply(db, "crm", "k2", 200);
	assert_int_equal(idempotency_prune(db, 300, 1), 1);
	assert_int_equal(idempotency_get(db, "crm", "k1", &out), 0);
	assert_int_equal(idempotency_prune(db, 300, 10), 1);
	assert_int_equal(idempotency_prune(db, 300, 10), 0);
	assert_int_equal(idempotency_get(db, "crm", "k3", &out), 1);
}

/* ---- holds ---- */

static void test_holds__a_new_reason_keeps_the_time(void **state)
{
	struct db *db = store_db(state);
	struct hold hold = { HOLD_AI, TEXT("sales"), TEXT("401"), 100 };
	struct hold again = { HOLD_AI, TEXT("sales"), TEXT("403"), 200 };
	struct hold other = { HOLD_DESTINATION, TEXT("sales"), TEXT("410"), 300 };
	struct hold page[4];

	assert_int_equal(holds_list(db, 4, page), 0);
	assert_int_equal(holds_set(db, &hold), 1);
	assert_int_equal(holds_set(db, &again), 1);
	assert_int_equal(holds_set(db, &other), 1);
	assert_int_equal(holds_list(db, 4, page), 2);
	assert_int_equal(page[0].kind, HOLD_AI);
	assert_string_equal(page[0].name, "sales");
	assert_string_equal(page[0].reason, "403");
	assert_int_equal(page[0].since, 100);
	assert_int_equal(page[1].kind, HOLD_DESTINATION);
	for (int i = 0; i < 2; i++)
		hold_done(&page[i]);
}

static void test_holds_remove__takes_one_kind(void **state)
{
	struct db *db = store_db(state);
	struct hold hold = { HOLD_AI, TEXT("sales"), TEXT("401"), 100 };
	struct hold page[2];

	assert_int_equal(holds_set(db, &hold), 1);
	assert_int_equal(holds_remove(db, HOLD_DESTINATION, "sales"), 0);
	assert_int_equal(holds_remove(db, HOLD_AI, "sales"), 1);
	assert_int_equal(holds_remove(db, HOLD_AI, "sales"), 0);
	assert_int_equal(holds_list(db, 2, page), 0);
	assert_string_equal(hold_kind_name(HOLD_AI), "ai");
	assert_string_equal(hold_kind_name(HOLD_DESTINATION), "destination");
}

/* ---- callback keys ---- */

static void test_callback_keys__come_and_go(void **state)
{
	struct db *db = store_db(state);
	struct callback_key newer = { TEXT("k2aaaaaa"), { 9, 0, 9 }, 200 };
	struct callback_key older = { TEXT("k1aaaaaa"), { 1 }, 100 };
	struct callback_key page[4];

	assert_int_equal(callback_keys_insert(db, &newer), 1);
	assert_int_equal(callback_keys_insert(db, &older), 1);
	assert_int_equal(callback_keys_insert(db, &older), -EEXIST);
	assert_int_equal(callback_keys_list(db, 4, page), 2);
	assert_string_equal(page[0].id, "k1aaaaaa");
	assert_string_equal(page[1].id, "k2aaaaaa");
	assert_memory_equal(page[1].check_value, newer.check_value, sizeof(newer.check_value));
	assert_int_equal(page[1].created_at, 200);
	for (int i = 0; i < 2; i++)
		callback_key_done(&page[i]);
	assert_int_equal(callback_keys_remove(db, "k1aaaaaa"), 1);
	assert_int_equal(callback_keys_remove(db, "k1aaaaaa"), 0);
	assert_int_equal(callback_keys_list(db, 4, page), 1);
	callback_key_done(&page[0]);
}

/* ---- attempts ---- */

static void test_attempts__are_listed_oldest_first(void **state)
{
	struct db *db = store_db(state);
	struct attempt second = {
		.id = 11,
		.kind = ATTEMPT_SUBMIT,
		.message = 5,
		.outcome = OUTCOME_UNCERTAIN,
		.detail = TEXT("timed out"),
		.started_at = 3,
		.finished_at = 4,
	};
	struct attempt first = {
		.id = 10,
		.kind = ATTEMPT_DELIVER,
		.message = 5,
		.delivery = 6,
		.answer = 7,
		.outcome = OUTCOME_OK,
		.status = 200,
		.response = TEXT("ok"),
		.response_size = 2,
		.started_at = 1,
		.finished_at = 2,
	};
	struct attempt page[3];

	assert_int_equal(attempts_insert(db, &second), 1);
	assert_int_equal(attempts_insert(db, &first), 1);
	assert_int_equal(attempts_of_message(db, 5, 3, page), 2);
	assert_int_equal(page[0].id, 10);
	assert_int_equal(page[0].kind, ATTEMPT_DELIVER);
	assert_int_equal(page[0].delivery, 6);
	assert_int_equal(page[0].answer, 7);
	assert_int_equal(page[0].outcome, OUTCOME_OK);
	assert_int_equal(page[0].status, 200);
	assert_int_equal(page[0].response_size, 2);
	assert_memory_equal(page[0].response, "ok", 2);
	assert_int_equal(page[0].started_at, 1);
	assert_int_equal(page[0].finished_at, 2);
	assert_int_equal(page[1].status, 0);
	assert_int_equal(page[1].outcome, OUTCOME_UNCERTAIN);
	assert_string_equal(page[1].detail, "timed out");
	assert_null(page[1].response);
	for (int i = 0; i < 2; i++)
		attempt_done(&page[i]);
}

/* The latest submit that settled the message; tries in between tell nothing. */
static void test_attempts_reply__is_that_of_the_submit(void **state)
{
	static const struct {
		enum attempt_kind kind;
		enum outcome outcome;
		int status;
	} rows[] = {
		{ ATTEMPT_SUBMIT, OUTCOME_TEMPFAIL, 503 },
		{ ATTEMPT_SUBMIT, OUTCOME_PERMFAIL, 400 },
		{ ATTEMPT_SUBMIT, OUTCOME_OK, 202 },
		{ ATTEMPT_SUBMIT, OUTCOME_UNCERTAIN, 0 },
		{ ATTEMPT_DELIVER, OUTCOME_OK, 200 },
	};
	struct db *db = store_db(state);
	CLEANUP(attempt_done) struct attempt out = { 0 };

	assert_int_equal(attempts_reply(db, 5, &out), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct attempt attempt = {
			.id = (int64_t)i + 1,
			.kind = rows[i].kind,
			.message = 5,
			.outcome = rows[i].outcome,
			.status = rows[i].status,
			.content_type = TEXT("text/plain"),
		};

		assert_int_equal(attempts_insert(db, &attempt), 1);
	}
	assert_int_equal(attempts_reply(db, 5, &out), 1);
	assert_int_equal(out.status, 202);
	assert_string_equal(out.content_type, "text/plain");
	assert_int_equal(attempts_reply(db, 6, &out), 0);
}

static void test_attempts__keep_the_first_bytes_of_a_reply(void **state)
{
	struct db *db = store_db(state);
	size_t size = ATTEMPT_MAX_RESPONSE + 1;
	CLEANUP(freep) char *response = xcalloc(size, 1);
	struct attempt in = { .id = 1, .message = 5, .response = response, .response_size = size };
	CLEANUP(attempt_done) struct attempt out = { 0 };

	response[ATTEMPT_MAX_RESPONSE - 1] = 'z';
	assert_int_equal(attempts_insert(db, &in), 1);
	assert_int_equal(attempts_of_message(db, 5, 1, &out), 1);
	assert_int_equal(out.response_size, ATTEMPT_MAX_RESPONSE);
	assert_memory_equal(out.response, response, ATTEMPT_MAX_RESPONSE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup_unit, store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_idempotency__is_per_source),
		TEST(test_idempotency_prune__takes_the_oldest_in_steps),
		TEST(test_holds__a_new_reason_keeps_the_time),
		TEST(test_holds_remove__takes_one_kind),
		TEST(test_callback_keys__come_and_go),
		TEST(test_attempts__are_listed_oldest_first),
		TEST(test_attempts_reply__is_that_of_the_submit),
		TEST(test_attempts__keep_the_first_bytes_of_a_reply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
