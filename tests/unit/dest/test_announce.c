/* dest/announce: who is told of what, when, and what the timeline says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/template.h"
#include "base/wake.h"
#include "dest/announce.h"
#include "lib/stage_fixture.h"

#define CONVERSATION 1
#define MESSAGE 2

#define STAGE_TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

/* Topics that were woken, as letters in their order. */
struct told {
	char letters[32];
	size_t len;
};

static void tell(struct told *told, char letter)
{
	assert_true(told->len + 1 < sizeof(told->letters));
	told->letters[told->len++] = letter;
}

static void on_message(int64_t id, void *ctx)
{
	assert_true(id == MESSAGE);
	tell(ctx, 'm');
}

static void on_event(int64_t id, void *ctx)
{
	(void)id;
	tell(ctx, 'e');
}

static void on_delivery(int64_t id, void *ctx)
{
	(void)id;
	tell(ctx, 'd');
}

static void listen(struct stage *stage, struct told *told)
{
	struct wake *wake = stage->core.wake;

	wake_subscribe(wake, TOPIC_MESSAGE_CHANGED, WAKE_AFTER_COMMIT, on_message, told);
	wake_subscribe(wake, TOPIC_EVENT, WAKE_AFTER_COMMIT, on_event, told);
	wake_subscribe(wake, TOPIC_DELIVERY, WAKE_AFTER_COMMIT, on_delivery, told);
}

static void add_rows(struct stage *stage)
{
	stage_add_conversation(stage, CONVERSATION);
	stage_add_message(stage, MESSAGE, CONVERSATION);
}

/* Inserts an answer and announces it, in one unit. */
static int64_t announce_new_answer(struct stage *stage, enum answer_kind kind,
				   bool has_conversation, usec_t delay)
{
	struct conversation conversation = { 0 };
	struct answer answer = {
		.id = ids_next(),
		.kind = kind,
		.text = TEXT("Hi"),
		.ai = TEXT("sales"),
		.received_at = clock_now(),
	};

	if (has_conversation) {
		conversation = stage_conversation(stage, CONVERSATION);
		answer.conversation = CONVERSATION;
		answer.message = kind == ANSWER_EMERGENCY ? 0 : MESSAGE;
	}
	store_begin(stage->core.db);
	assert_int_equal(answers_insert(stage->core.db, &answer), 1);
	assert_int_equal(announce_answer(&stage->core, &answer,
					 has_conversation ? &conversation : NULL, delay),
			 0);
	assert_int_equal(unit_commit(stage->core.db), 0);
	stage_flush(stage);
	conversation_done(&conversation);
	return answer.id;
}

static void assert_deliveries(struct stage *stage, const char *wanted)
{
	CLEANUP(freep) char *text = stage_deliveries(stage);

	assert_string_equal(text, wanted);
}

static void assert_events(struct stage *stage, const char *wanted)
{
	CLEANUP(freep) char *text = stage_events(stage);

	assert_string_equal(text, wanted);
}

static void test_answers__go_to_the_sources_destinations_that_want_them(void **state)
{
	struct stage *stage = *state;
	struct told told = { 0 };

	add_rows(stage);
	listen(stage, &told);
	announce_new_answer(stage, ANSWER_ANSWER, true, 0);
	announce_new_answer(stage, ANSWER_FOLLOWUP, true, 0);
	announce_new_answer(stage, ANSWER_EMERGENCY, true, 0);
	assert_deliveries(stage, "answer.received desk; followup.received desk; "
				 "emergency.received desk; emergency.received pager");
	assert_events(stage, "answer.received - -; followup.received - -; emergency.received - -");
	assert_string_equal(told.letters, "medmededd");
}

static void test_answers__of_a_source_without_takers_are_in_the_timeline(void **state)
{
	struct stage *stage = *state;

	add_rows(stage);
	stage->destinations[0].events = 1u << EVENT_OVERDUE;
	announce_new_answer(stage, ANSWER_ANSWER, true, 0);
	stage->sources[0].name = TEXT("renamed");
	announce_new_answer(stage, ANSWER_ANSWER, true, 0);
	assert_deliveries(stage, "");
	assert_events(stage, "answer.received - -; answer.received - -");
}

static void test_emergency__of_nobody_goes_to_its_ais_destinations_once(void **state)
{
	struct stage *stage = *state;

	/* both sources are of sales now, and both name the desk */
	stage->sources[1].ai_name = TEXT("sales");
	announce_new_answer(stage, ANSWER_EMERGENCY, false, 0);
	assert_deliveries(stage, "emergency.received desk; emergency.received pager");
}

static void test_emergency__of_nobody_is_no_matter_of_another_ai(void **state)
{
	struct stage *stage = *state;

	stage->sources[0].ai_name = TEXT("care");
	announce_new_answer(stage, ANSWER_EMERGENCY, false, 0);
	assert_deliveries(stage, "");
	assert_events(stage, "emergency.received - -");
}

static void test_emergency__of_a_source_that_is_gone_goes_to_its_ais_destinations(void **state)
{
	struct stage *stage = *state;

	add_rows(stage);
	stage->sources[0].name = TEXT("renamed");
	announce_new_answer(stage, ANSWER_EMERGENCY, true, 0);
	assert_deliveries(stage, "emergency.received desk; emergency.received pager");
}

static usec_t due_at(struct stage *stage, const char *destination, size_t index)
{
	struct delivery delivery = { 0 };
	int64_t ids[16];
	int count = deliveries_due(stage->core.db, destination, INT64_MAX, 16, ids);
	usec_t due;

	assert_true(count > (int)index);
	assert_int_equal(deliveries_get(stage->core.db, ids[index], &delivery), 1);
	due = delivery.due_at;
	delivery_done(&delivery);
	return due;
}

static void test_order__holds_back_behind_an_open_delivery(void **state)
{
	struct stage *stage = *state;
	usec_t hold = stage->destinations[0].order_hold;

	add_rows(stage);
	announce_new_answer(stage, ANSWER_ANSWER, true, 0);
	announce_new_answer(stage, ANSWER_FOLLOWUP, true, 0);
	assert_int_equal(due_at(stage, "desk", 0), STAGE_NOW);
	assert_int_equal(due_at(stage, "desk", 1), STAGE_NOW + hold);
}

static void test_delay__of_answers_is_added_to_the_hold(void **state)
{
	struct stage *stage = *state;
	usec_t hold = stage->destinations[0].order_hold;

	add_rows(stage);
	stage->destinations[0].delay = 15 * USEC_PER_MINUTE;
	announce_new_answer(stage, ANSWER_ANSWER, true, 0);
	announce_new_answer(stage, ANSWER_FOLLOWUP, true, 0);
	announce_new_answer(stage, ANSWER_EMERGENCY, true, 0);
	assert_int_equal(due_at(stage, "desk", 0), STAGE_NOW); /* the emergency */
	assert_int_equal(due_at(stage, "desk", 1), STAGE_NOW + 15 * USEC_PER_MINUTE);
	assert_int_equal(due_at(stage, "desk", 2), STAGE_NOW + 15 * USEC_PER_MINUTE + hold);
}

/* Makes the desk a mailbox and tells it everything. */
static void tell_all_by_mail(struct stage *stage, const char *to, const char *body,
			     const char *overdue_text, const char *wanted)
{
	struct config_destination *desk = &stage->destinations[0];
	CLEANUP(message_done) struct message message = { 0 };
	CLEANUP(freep) char *why = NULL;

	add_rows(stage);
	desk->kind = DESTINATION_EMAIL;
	desk->events = (1u << EVENT_TYPE_MAX) - 1;
	stage->destinations[1].events = 0;
	stage->sources[0].overdue_text = (char *)overdue_text;
	assert_int_equal(template_parse(to, &desk->to, &why), 0);
	if (body)
		assert_int_equal(template_parse(body, &desk->body, &why), 0);
	announce_new_answer(stage, ANSWER_ANSWER, true, 0);
	announce_new_answer(stage, ANSWER_FOLLOWUP, true, 0);
	announce_new_answer(stage, ANSWER_EMERGENCY, true, 0);
	message = stage_message(stage, MESSAGE);
	store_begin(stage->core.db);
	assert_int_equal(announce_message(&stage->core, EVENT_OVERDUE, &message, "late"), 0);
	assert_int_equal(announce_message(&stage->core, EVENT_FAILED, &message, "bad"), 0);
	store_commit(stage->core.db);
	assert_deliveries(stage, wanted);
	template_free(desk->to);
	template_free(desk->body);
}

#define CUSTOMER "${/data/message/prospect_info/email}"

static void test_mail__to_a_customer_tells_nothing_internal(void **state)
{
	tell_all_by_mail(*state, CUSTOMER, NULL, NULL,
			 "answer.received desk; followup.received desk");
}

static void test_mail__to_a_customer_has_the_overdue_text(void **state)
{
	tell_all_by_mail(*state, CUSTOMER, NULL, "Wait, please.",
			 "answer.received desk; followup.received desk; answer.overdue desk");
}

static void test_mail__to_an_operator_tells_all(void **state)
{
	tell_all_by_mail(*state, "ops@example.org", NULL, NULL,
			 "answer.received desk; followup.received desk; emergency.received desk; "
			 "answer.overdue desk; message.failed desk");
}

static void test_mail__with_a_body_tells_all(void **state)
{
	tell_all_by_mail(*state, CUSTOMER, "${/type}", NULL,
			 "answer.received desk; followup.received desk; emergency.received desk; "
			 "answer.overdue desk; message.failed desk");
}

static void test_order__emergencies_and_silence_never_wait(void **state)
{
	struct stage *stage = *state;
	CLEANUP(message_done) struct message message = { 0 };

	add_rows(stage);
	announce_new_answer(stage, ANSWER_ANSWER, true, 0);
	announce_new_answer(stage, ANSWER_EMERGENCY, true, 7);
	message = stage_message(stage, MESSAGE);
	store_begin(stage->core.db);
	assert_int_equal(announce_message(&stage->core, EVENT_OVERDUE, &message, "late"), 0);
	assert_int_equal(announce_message(&stage->core, EVENT_FAILED, &message, "bad"), 0);
	store_commit(stage->core.db);
	assert_int_equal(due_at(stage, "desk", 0), STAGE_NOW);
	assert_int_equal(due_at(stage, "desk", 1), STAGE_NOW);
	assert_int_equal(due_at(stage, "desk", 2), STAGE_NOW);
	/* an emergency may wait for its history */
	assert_int_equal(due_at(stage, "desk", 3), STAGE_NOW + 7);
	assert_events(stage, "answer.received - -; emergency.received - -; "
			     "answer.overdue waiting late; message.failed waiting bad");
}

static void test_state__is_a_line_of_the_timeline_only(void **state)
{
	struct stage *stage = *state;
	struct told told = { 0 };
	CLEANUP(message_done) struct message message = { 0 };

	add_rows(stage);
	listen(stage, &told);
	message = stage_message(stage, MESSAGE);
	store_begin(stage->core.db);
	assert_int_equal(announce_state(&stage->core, &message, NULL), 0);
	assert_int_equal(announce_state(&stage->core, &message, "why"), 0);
	assert_int_equal(unit_commit(stage->core.db), 0);
	stage_flush(stage);
	assert_deliveries(stage, "");
	assert_events(stage, "message.state waiting -; message.state waiting why");
	assert_string_equal(told.letters, "meme");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(test_answers__go_to_the_sources_destinations_that_want_them),
		STAGE_TEST(test_answers__of_a_source_without_takers_are_in_the_timeline),
		STAGE_TEST(test_emergency__of_nobody_goes_to_its_ais_destinations_once),
		STAGE_TEST(test_emergency__of_nobody_is_no_matter_of_another_ai),
		STAGE_TEST(test_emergency__of_a_source_that_is_gone_goes_to_its_ais_destinations),
		STAGE_TEST(test_order__holds_back_behind_an_open_delivery),
		STAGE_TEST(test_order__emergencies_and_silence_never_wait),
		STAGE_TEST(test_delay__of_answers_is_added_to_the_hold),
		STAGE_TEST(test_mail__to_a_customer_tells_nothing_internal),
		STAGE_TEST(test_mail__to_a_customer_has_the_overdue_text),
		STAGE_TEST(test_mail__to_an_operator_tells_all),
		STAGE_TEST(test_mail__with_a_body_tells_all),
		STAGE_TEST(test_state__is_a_line_of_the_timeline_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
