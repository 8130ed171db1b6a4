/* intake: which conversation, in which state, and how many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/ids.h"
#include "intake.h"
#include "lib/stage_fixture.h"

struct fixture {
	struct stage *stage;
	struct intake *intake;
};

static int setup(void **state)
{
	struct fixture *f = xnew(struct fixture);
	void *stage = NULL;

	if (stage_setup(&stage) != 0)
		return -1;
	f->stage = stage;
	f->intake = intake_new(&f->stage->core);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	void *stage = f->stage;

	intake_free(f->intake);
	free(f);
	return stage_teardown(&stage);
}

#define INTAKE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static struct intake_request make_request(struct fixture *f)
{
	static const char *const contacts[] = { "ann@b.org", NULL };

	return (struct intake_request){
		.source = &f->stage->sources[0],
		.ai = &f->stage->ais[0],
		.message_content = "Hi",
		.platform = "website",
		.prospect_info = "{}",
		.contacts = contacts,
	};
}

/* Stores in a unit of its own. The result; the row is there when it is INTAKE_STORED. */
static int store(struct fixture *f, const struct intake_request *request,
		 struct message *ret_message, usec_t *ret_retry_after)
{
	int r;

	store_begin(f->stage->core.db);
	r = intake_store(f->intake, request, ret_message, ret_retry_after);
	assert_true(r >= 0);
	if (r == INTAKE_STORED)
		assert_int_equal(unit_commit(f->stage->core.db), 0);
	else
		unit_abort(f->stage->core.db);
	stage_flush(f->stage);
	return r;
}

static struct message stored(struct fixture *f, const struct intake_request *request)
{
	struct message message = { 0 };
	usec_t retry_after = 0;

	assert_int_equal(store(f, request, &message, &retry_after), INTAKE_STORED);
	return message;
}

static void test_message__is_queued_and_due(void **state)
{
	struct fixture *f = *state;
	struct intake_request request = make_request(f);
	CLEANUP(message_done) struct message message = { 0 };
	CLEANUP(conversation_done) struct conversation conversation = { 0 };
	CLEANUP(freep) char *events = NULL;

	request.metadata = "{\"a\":1}";
	request.conversation_id = "77";
	message = stored(f, &request);
	assert_int_equal(message.state, MESSAGE_QUEUED);
	assert_int_equal(message.seq, 1);
	assert_int_equal(message.due_at, STAGE_NOW);
	assert_int_equal(message.deadline_at, STAGE_NOW + STAGE_DEADLINE);
	assert_string_equal(message.metadata, "{\"a\":1}");
	assert_string_equal(message.ai, "sales");
	assert_int_equal(
		conversations_by_contact(f->stage->core.db, "ann@b.org", "sales", &conversation),
		1);
	assert_true(conversation.id == message.conversation);
	assert_string_equal(conversation.source, "crm");
	assert_string_equal(conversation.conversation_id, "77");
	events = stage_events(f->stage);
	assert_string_equal(events, "message.state queued -");
}

static void test_second_message__waits_for_the_first(void **state)
{
	struct fixture *f = *state;
	struct intake_request request = make_request(f);
	CLEANUP(message_done) struct message first = { 0 };
	CLEANUP(message_done) struct message second = { 0 };

	request.conversation_key = "thread-1";
	first = stored(f, &request);
	second = stored(f, &request);
	assert_true(first.conversation == second.conversation);
	assert_int_equal(second.seq, 2);
	assert_int_equal(second.state, MESSAGE_QUEUED);
	assert_int_equal(second.due_at, 0);
	/* its deadline runs all the same */
	assert_int_equal(second.deadline_at, STAGE_NOW + STAGE_DEADLINE);
}

static void test_conversation__by_key_by_id_or_new(void **state)
{
	struct fixture *f = *state;
	struct intake_request request = make_request(f);
	CLEANUP(message_done) struct message by_key = { 0 };
	CLEANUP(message_done) struct message by_id = { 0 };
	CLEANUP(message_done) struct message other_key = { 0 };
	CLEANUP(message_done) struct message without = { 0 };
	CLEANUP(message_done) struct message of_shop = { 0 };

	request.conversation_key = "k";
	by_key = stored(f, &request);
	request.conversation_key = "K";
	other_key = stored(f, &request);
	request.conversation_key = NULL;
	/* the same contact joins nothing */
	without = stored(f, &request);
	request.conversation = by_key.conversation;
	by_id = stored(f, &request);
	request = make_request(f);
	request.source = &f->stage->sources[1];
	request.ai = &f->stage->ais[1];
	request.conversation_key = "k";
	of_shop = stored(f, &request);
	assert_true(by_id.conversation == by_key.conversation);
	assert_true(other_key.conversation != by_key.conversation);
	assert_true(without.conversation != by_key.conversation);
	assert_true(of_shop.conversation != by_key.conversation);
}

static void test_conversation__of_another_source_is_none(void **state)
{
	struct fixture *f = *state;
	struct intake_request request = make_request(f);
	CLEANUP(message_done) struct message first = stored(f, &request);
	struct message message = { 0 };
	usec_t retry_after = 0;

	request.source = &f->stage->sources[1];
	request.conversation = first.conversation;
	assert_int_equal(store(f, &request, &message, &retry_after), INTAKE_NO_CONVERSATION);
	request.source = &f->stage->sources[0];
	request.conversation = 404;
	assert_int_equal(store(f, &request, &message, &retry_after), INTAKE_NO_CONVERSATION);
	assert_null(message.source);
}

static void test_limits__of_a_source_refuse(void **state)
{
	struct fixture *f = *state;
	struct intake_request request = make_request(f);
	struct message message = { 0 };
	usec_t retry_after = 0;

	f->stage->sources[0].limit_rate = (struct rate_limit){ 2, USEC_PER_MINUTE };
	f->stage->sources[0].limit_day = (struct rate_limit){ 3, USEC_PER_DAY };
	for (int i = 0; i < 2; i++) {
		message = stored(f, &request);
		message_done(&message);
	}
	assert_int_equal(store(f, &request, &message, &retry_after), INTAKE_LIMITED);
	assert_true(retry_after > 0 && retry_after <= USEC_PER_MINUTE);
	/* another source has its own */
	request.source = &f->stage->sources[1];
	message = stored(f, &request);
	message_done(&message);
	request.source = &f->stage->sources[0];
	stage_set_time(STAGE_NOW + 2 * USEC_PER_MINUTE);
	message = stored(f, &request);
	message_done(&message);
	stage_set_time(STAGE_NOW + 4 * USEC_PER_MINUTE);
	assert_int_equal(store(f, &request, &message, &retry_after), INTAKE_LIMITED);
	stage_set_time(STAGE_NOW + USEC_PER_DAY + 4 * USEC_PER_MINUTE);
	message = stored(f, &request);
	message_done(&message);
}

static void test_limit__of_a_conversation_holds(void **state)
{
	struct fixture *f = *state;
	struct intake_request request = make_request(f);
	CLEANUP(message_done) struct message first = { 0 };
	CLEANUP(message_done) struct message held = { 0 };
	CLEANUP(message_done) struct message other = { 0 };

	f->stage->sources[0].limit_conversation = (struct rate_limit){ 1, USEC_PER_HOUR };
	request.conversation_key = "k";
	first = stored(f, &request);
	held = stored(f, &request);
	request.conversation_key = "other";
	other = stored(f, &request);
	assert_int_equal(first.state, MESSAGE_QUEUED);
	assert_int_equal(held.state, MESSAGE_HELD);
	assert_int_equal(held.due_at, 0);
	assert_non_null(strstr(held.reason, "limit_conversation"));
	assert_int_equal(other.state, MESSAGE_QUEUED);
}

static void test_aborted_unit__leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct intake_request request = make_request(f);
	CLEANUP(message_done) struct message message = { 0 };
	struct message row = { 0 };
	usec_t retry_after = 0;

	store_begin(f->stage->core.db);
	assert_int_equal(intake_store(f->intake, &request, &message, &retry_after), INTAKE_STORED);
	unit_abort(f->stage->core.db);
	stage_flush(f->stage);
	assert_int_equal(messages_get(f->stage->core.db, message.id, &row), 0);
	assert_false(store_has_conversation(f->stage->core.db, message.conversation));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		INTAKE_TEST(test_message__is_queued_and_due),
		INTAKE_TEST(test_second_message__waits_for_the_first),
		INTAKE_TEST(test_conversation__by_key_by_id_or_new),
		INTAKE_TEST(test_conversation__of_another_source_is_none),
		INTAKE_TEST(test_limits__of_a_source_refuse),
		INTAKE_TEST(test_limit__of_a_conversation_holds),
		INTAKE_TEST(test_aborted_unit__leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
