/* callback: raw receipts become rows, repeats keep a digest, and no token brings without end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/wake.h"
#include "callback.h"
#include "lib/stage_fixture.h"

#define MESSAGE 2

#define STAGE_TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

static struct callback_request make_request(const char *body, size_t len)
{
	return (struct callback_request){
		.kind = CALLBACK_ANSWER,
		.message = MESSAGE,
		.method = "POST",
		.content_type = "application/json",
		.query = "",
		.body = body,
		.body_len = len,
	};
}

/* Stores in a unit of its own, which a refusal aborts. An enum callback_result. */
static int store(struct stage *stage, const struct callback_request *request, int64_t *ret_id)
{
	int r;

	store_begin(stage->core.db);
	r = callback_store(&stage->core, request, ret_id);
	assert_true(r >= 0);
	if (r == CALLBACK_STORED)
		assert_int_equal(unit_commit(stage->core.db), 0);
	else
		unit_abort(stage->core.db);
	return r;
}

/* Stores what must be taken; the row, which is the caller's. */
static struct callback stored(struct stage *stage, const struct callback_request *request)
{
	struct callback row = { 0 };
	int64_t id = 0;

	assert_int_equal(store(stage, request, &id), CALLBACK_STORED);
	assert_int_equal(callbacks_get(stage->core.db, id, &row), 1);
	return row;
}

static void count(int64_t id, void *ctx)
{
	(void)id;
	++*(unsigned *)ctx;
}

static void test_store__keeps_the_bytes_as_they_came(void **state)
{
	static const char body[] = "\xFF\0not json";
	struct stage *stage = *state;
	struct callback_request request = make_request(body, sizeof(body));
	CLEANUP(callback_done) struct callback row = { 0 };
	unsigned woken = 0;

	wake_subscribe(stage->core.wake, TOPIC_CALLBACK, WAKE_BEFORE_COMMIT, count, &woken);
	request.method = "PUT";
	request.query = "a=1&b=%FF";
	row = stored(stage, &request);
	stage_flush(stage);
	assert_int_equal(woken, 1);
	assert_int_equal(row.state, CALLBACK_RECEIVED);
	assert_int_equal(row.kind, CALLBACK_ANSWER);
	assert_true(row.message == MESSAGE);
	assert_string_equal(row.method, "PUT");
	assert_string_equal(row.content_type, "application/json");
	assert_string_equal(row.query, "a=1&b=%FF");
	assert_true(row.has_body);
	assert_int_equal(row.body_size, sizeof(body));
	assert_memory_equal(row.body, body, sizeof(body));
	assert_int_equal(row.received_at, STAGE_NOW);
}

static void test_store__empty_things_are_null(void **state)
{
	struct stage *stage = *state;
	struct callback_request request = make_request("", 0);
	CLEANUP(callback_done) struct callback row = { 0 };

	request.content_type = "";
	row = stored(stage, &request);
	assert_null(row.content_type);
	assert_null(row.query);
	assert_int_equal(row.body_size, 0);
}

static void test_repeat__is_noted_without_its_bytes(void **state)
{
	struct stage *stage = *state;
	struct callback_request request = make_request("{}", 2);
	CLEANUP(callback_done) struct callback first = stored(stage, &request);
	CLEANUP(callback_done) struct callback second = { 0 };

	request.method = "PUT"; /* says nothing */
	second = stored(stage, &request);
	assert_true(first.has_body);
	assert_false(second.has_body);
	assert_null(second.body);
	assert_memory_equal(first.digest, second.digest, sizeof(first.digest));
}

static void test_digest__parts_cannot_pose_as_another(void **state)
{
	static const struct {
		const char *type, *query, *body;
	} cases[] = {
		{ "a", "b", "c" }, { "ab", "", "c" }, { "a", "", "bc" }, { "", "ab", "c" },
		{ "", "", "abc" }, { "abc", "", "" }, { "a", "bc", "" },
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct callback_request request =
			make_request(cases[i].body, strlen(cases[i].body));
		CLEANUP(callback_done) struct callback row = { 0 };

		request.content_type = cases[i].type;
		request.query = cases[i].query;
		row = stored(stage, &request);
		assert_true(row.has_body);
	}
}

/* Stores `count` different bodies of `len` bytes; the result of the last. */
static int store_many(struct stage *stage, struct callback_request *request, unsigned bodies,
		      size_t len)
{
	CLEANUP(freep) char *body = xcalloc(len, 1);
	int64_t id;
	int r = CALLBACK_STORED;

	request->body = body;
	request->body_len = len;
	for (unsigned i = 0; i < bodies; i++) {
		memcpy(body, &i, sizeof(i));
		r = store(stage, request, &id);
		stage_flush(stage);
	}
	request->body = NULL;
	return r;
}

static void test_bodies__are_bounded_in_number(void **state)
{
	struct stage *stage = *state;
	struct callback_request request = make_request("", 0);
	unsigned first = 0;
	int64_t id;

	assert_int_equal(store_many(stage, &request, CALLBACK_MAX_BODIES, 4), CALLBACK_STORED);
	assert_int_equal(store_many(stage, &request, CALLBACK_MAX_BODIES + 1, 4),
			 CALLBACK_TOO_MANY);
	/* what it brought before is still taken */
	request.body = &first;
	assert_int_equal(store(stage, &request, &id), CALLBACK_STORED);
	/* and the message's other token is another one */
	request.kind = CALLBACK_FOLLOWUP;
	assert_int_equal(store(stage, &request, &id), CALLBACK_STORED);
}

static void test_bodies__are_bounded_in_bytes(void **state)
{
	struct stage *stage = *state;
	struct callback_request request = make_request("", 0);
	int64_t id;

	assert_int_equal(store_many(stage, &request, 4, 2 * MIB), CALLBACK_STORED);
	request = make_request("x", 1);
	assert_int_equal(store(stage, &request, &id), CALLBACK_TOO_MANY);
	request = make_request("", 0);
	assert_int_equal(store(stage, &request, &id), CALLBACK_STORED);
}

static void test_repeats__are_bounded_too(void **state)
{
	struct stage *stage = *state;
	struct callback_request request = make_request("{}", 2);
	int64_t id;

	store_begin(stage->core.db);
	for (unsigned i = 0; i < CALLBACK_MAX_RECEIPTS; i++)
		assert_int_equal(callback_store(&stage->core, &request, &id), CALLBACK_STORED);
	assert_int_equal(callback_store(&stage->core, &request, &id), CALLBACK_TOO_MANY);
	store_commit(stage->core.db);
}

static void test_emergency__has_an_ai_instead_of_a_message(void **state)
{
	struct stage *stage = *state;
	struct callback_request request = make_request("{}", 2);
	CLEANUP(callback_done) struct callback row = { 0 };

	request.kind = CALLBACK_EMERGENCY;
	request.message = 0;
	request.ai = "sales";
	row = stored(stage, &request);
	assert_string_equal(row.ai, "sales");
	assert_true(row.message == 0);
	assert_true(row.has_body);
	callback_done(&row);
	/* the same bytes at once are a repeat */
	row = stored(stage, &request);
	assert_false(row.has_body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(test_store__keeps_the_bytes_as_they_came),
		STAGE_TEST(test_store__empty_things_are_null),
		STAGE_TEST(test_repeat__is_noted_without_its_bytes),
		STAGE_TEST(test_digest__parts_cannot_pose_as_another),
		STAGE_TEST(test_bodies__are_bounded_in_number),
		STAGE_TEST(test_bodies__are_bounded_in_bytes),
		STAGE_TEST(test_repeats__are_bounded_too),
		STAGE_TEST(test_emergency__has_an_ai_instead_of_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
