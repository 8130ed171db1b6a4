/* deadline: silence is an event, once; and the slot is freed in any case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/loop.h"
#include "deadline.h"
#include "lib/stage_fixture.h"

#define CONVERSATION 1
#define OLD_MESSAGE 2
#define MESSAGE 3
#define AFTER (STAGE_NOW + STAGE_DEADLINE + 1)

struct fixture {
	struct stage *stage;
	struct deadline *deadline;
};

static int setup(void **state)
{
	struct fixture *f = xnew(struct fixture);
	void *stage = NULL;

	if (stage_setup(&stage) != 0)
		return -1;
	f->stage = stage;
	assert_int_equal(deadline_new(&f->stage->core, &f->deadline), 0);
	stage_add_conversation(f->stage, CONVERSATION);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	void *stage = f->stage;

	deadline_free(f->deadline);
	free(f);
	return stage_teardown(&stage);
}

#define DEADLINE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* The stage's step at a time. */
static void run_at(struct fixture *f, usec_t at)
{
	stage_set_time(at);
	deadline_start(f->deadline);
	assert_int_equal(loop_turn(f->stage->core.loop), 0);
}

static void assert_events(struct fixture *f, const char *wanted)
{
	CLEANUP(freep) char *text = stage_events(f->stage);

	assert_string_equal(text, wanted);
}

/* Changes a row by the given state and fields, as other stages do. */
static void change(struct fixture *f, struct message *message, enum message_state to)
{
	store_begin(f->stage->core.db);
	if (message->state == to)
		assert_int_equal(messages_update(f->stage->core.db, message), 1);
	else
		assert_int_equal(messages_move(f->stage->core.db, message, to), 1);
	store_commit(f->stage->core.db);
}

static void move(struct fixture *f, int64_t id, enum message_state to)
{
	CLEANUP(message_done) struct message message = stage_message(f->stage, id);

	change(f, &message, to);
}

static void take_slot(struct fixture *f, int64_t message, usec_t until)
{
	store_begin(f->stage->core.db);
	assert_int_equal(conversations_take_slot(f->stage->core.db, CONVERSATION, message, until),
			 1);
	store_commit(f->stage->core.db);
}

static void test_waiting__becomes_overdue_once(void **state)
{
	struct fixture *f = *state;
	CLEANUP(message_done) struct message message = { 0 };
	CLEANUP(freep) char *deliveries = NULL;

	stage_add_message(f->stage, MESSAGE, CONVERSATION);
	run_at(f, STAGE_NOW + STAGE_DEADLINE - 1);
	assert_events(f, "");
	run_at(f, AFTER);
	run_at(f, AFTER + STAGE_DEADLINE);
	message = stage_message(f->stage, MESSAGE);
	assert_int_equal(message.state, MESSAGE_OVERDUE);
	assert_int_equal(message.overdue_at, AFTER);
	assert_int_equal(message.deadline_at, 0);
	assert_events(f, "message.state overdue -; "
			 "answer.overdue overdue no answer within answer_deadline");
	deliveries = stage_deliveries(f->stage);
	assert_string_equal(deliveries, "answer.overdue desk");
}

static void test_other_open_states__have_the_event_and_stay(void **state)
{
	struct fixture *f = *state;
	CLEANUP(message_done) struct message message = { 0 };

	stage_add_message(f->stage, MESSAGE, CONVERSATION);
	move(f, MESSAGE, MESSAGE_QUEUED);
	run_at(f, AFTER);
	message = stage_message(f->stage, MESSAGE);
	assert_int_equal(message.state, MESSAGE_QUEUED);
	assert_int_equal(message.overdue_at, AFTER);
	assert_events(f, "answer.overdue queued no answer within answer_deadline");
}

static void test_settled__is_left_alone(void **state)
{
	static const enum message_state states[] = { MESSAGE_ANSWERED, MESSAGE_CANCELLED };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		stage_add_message(f->stage, MESSAGE + (int64_t)i, CONVERSATION);
		move(f, MESSAGE + (int64_t)i, states[i]);
	}
	run_at(f, AFTER);
	assert_events(f, "");
}

static void test_slot__is_freed_when_its_time_is_over(void **state)
{
	struct fixture *f = *state;
	CLEANUP(conversation_done) struct conversation conversation = { 0 };

	stage_add_message(f->stage, MESSAGE, CONVERSATION);
	take_slot(f, MESSAGE, STAGE_NOW + 2 * STAGE_DEADLINE);
	run_at(f, AFTER);
	conversation = stage_conversation(f->stage, CONVERSATION);
	assert_true(conversation.in_flight == MESSAGE); /* submitted later than it was accepted */
	conversation_done(&conversation);
	run_at(f, STAGE_NOW + 2 * STAGE_DEADLINE + 1);
	conversation = stage_conversation(f->stage, CONVERSATION);
	assert_true(conversation.in_flight == 0);
}

static void test_slot__a_message_that_had_its_event_becomes_overdue_with_it(void **state)
{
	struct fixture *f = *state;
	CLEANUP(message_done) struct message message = { 0 };

	stage_add_message(f->stage, MESSAGE, CONVERSATION);
	move(f, MESSAGE, MESSAGE_QUEUED);
	run_at(f, AFTER); /* the event, while it was queued */
	move(f, MESSAGE, MESSAGE_SUBMITTING);
	move(f, MESSAGE, MESSAGE_WAITING);
	take_slot(f, MESSAGE, AFTER + STAGE_DEADLINE);
	run_at(f, AFTER + STAGE_DEADLINE + 1);
	message = stage_message(f->stage, MESSAGE);
	assert_int_equal(message.state, MESSAGE_OVERDUE);
	assert_events(f, "answer.overdue queued no answer within answer_deadline; "
			 "message.state overdue -");
}

/* ---- answers on an older URL (DESIGN.md section 7) ---- */

/* An older message with `answers` answers to `submits` submits, the last of them an extra. */
static void add_stray(struct fixture *f, unsigned answers, unsigned submits, usec_t received_at)
{
	struct answer extra = {
		.id = 100,
		.conversation = CONVERSATION,
		.message = OLD_MESSAGE,
		.text = TEXT("two"),
		.is_extra = true,
		.ai = TEXT("sales"),
		.received_at = received_at,
	};
	CLEANUP(message_done) struct message old = { 0 };

	stage_add_message(f->stage, OLD_MESSAGE, CONVERSATION);
	stage_add_message(f->stage, MESSAGE, CONVERSATION);
	old = stage_message(f->stage, OLD_MESSAGE);
	old.answers = answers;
	old.submits = submits;
	old.deadline_at = 0;
	change(f, &old, MESSAGE_ANSWERED);
	store_begin(f->stage->core.db);
	assert_int_equal(answers_insert(f->stage->core.db, &extra), 1);
	store_commit(f->stage->core.db);
}

static void assert_settled(struct fixture *f, bool is_settled)
{
	CLEANUP(message_done) struct message message = { 0 };
	CLEANUP(answer_done) struct answer extra = { 0 };
	CLEANUP(freep) char *deliveries = NULL;

	run_at(f, AFTER);
	message = stage_message(f->stage, MESSAGE);
	assert_int_equal(message.state, is_settled ? MESSAGE_ANSWERED : MESSAGE_OVERDUE);
	assert_int_equal(answers_get(f->stage->core.db, 100, &extra), 1);
	assert_int_equal(extra.is_heuristic, is_settled);
	deliveries = stage_deliveries(f->stage);
	/* no second delivery of the answer, and no event of silence */
	assert_string_equal(deliveries, is_settled ? "" : "answer.overdue desk");
}

static void test_stray__settles_instead_of_overdue(void **state)
{
	add_stray(*state, 2, 1, STAGE_NOW + 5);
	assert_settled(*state, true);
}

static void test_stray__of_a_resend_is_not_one(void **state)
{
	add_stray(*state, 2, 2, STAGE_NOW + 5);
	assert_settled(*state, false);
}

static void test_stray__from_before_the_submit_is_not_one(void **state)
{
	add_stray(*state, 2, 1, STAGE_NOW - 5);
	assert_settled(*state, false);
}

static void test_stray__settles_one_message_only(void **state)
{
	struct fixture *f = *state;
	CLEANUP(message_done) struct message third = { 0 };

	add_stray(f, 2, 1, STAGE_NOW + 5);
	stage_add_message(f->stage, MESSAGE + 1, CONVERSATION);
	run_at(f, AFTER);
	third = stage_message(f->stage, MESSAGE + 1);
	assert_int_equal(third.state, MESSAGE_OVERDUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DEADLINE_TEST(test_waiting__becomes_overdue_once),
		DEADLINE_TEST(test_other_open_states__have_the_event_and_stay),
		DEADLINE_TEST(test_settled__is_left_alone),
		DEADLINE_TEST(test_slot__is_freed_when_its_time_is_over),
		DEADLINE_TEST(test_slot__a_message_that_had_its_event_becomes_overdue_with_it),
		DEADLINE_TEST(test_stray__settles_instead_of_overdue),
		DEADLINE_TEST(test_stray__of_a_resend_is_not_one),
		DEADLINE_TEST(test_stray__from_before_the_submit_is_not_one),
		DEADLINE_TEST(test_stray__settles_one_message_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
