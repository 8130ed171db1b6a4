/* Alerts: what raises and clears those that hang on time, beside a database, on a clock that stands
 * still. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "alerts.h"
#include "base/ids.h"
#include "lib/stage_fixture.h"
#include "store/alerts.h"
#include "store/callbacks.h"
#include "store/inbound.h"
#include "store/messages.h"

#define MINUTE USEC_PER_MINUTE

/* "KIND NAME; …" of what is raised after a round of checks. A heap string. */
static char *check(struct stage *stage)
{
	struct alert alerts[8];
	char *text = xstrdup("");
	int count;

	assert_int_equal(alerts_check(&stage->core), 0);
	stage_flush(stage);
	count = alerts_list(stage->core.db, ARRAY_SIZE(alerts), alerts);
	assert_true(count >= 0);
	for (int i = 0; i < count; i++) {
		char *longer = xasprintf("%s%s %s; ", text, alerts[i].kind, alerts[i].name);

		free(text);
		text = longer;
		alert_done(&alerts[i]);
	}
	return text;
}

static void assert_alerts(struct stage *stage, const char *wanted)
{
	CLEANUP(freep) char *text = check(stage);

	assert_string_equal(text, wanted);
}

static void add_overdue(struct stage *stage, int64_t id)
{
	struct message message;

	stage_add_message(stage, id, 1);
	message = stage_message(stage, id);
	store_begin(stage->core.db);
	message.deadline_at = 0;
	assert_int_equal(messages_move(stage->core.db, &message, MESSAGE_OVERDUE), 1);
	store_commit(stage->core.db);
	message_done(&message);
}

static void add_answer(struct stage *stage, const char *ai, usec_t at)
{
	struct answer answer = {
		.id = ids_floor(at),
		.conversation = 1,
		.kind = ANSWER_ANSWER,
		.ai = (char *)ai,
		.text = TEXT("Hi"),
		.received_at = at,
	};

	store_begin(stage->core.db);
	assert_int_equal(answers_insert(stage->core.db, &answer), 1);
	store_commit(stage->core.db);
}

static void test_answers_stopped__wants_three_overdue_and_silence(void **state)
{
	struct stage *stage = *state;

	stage->config.maaxd.alert_silence = 15 * MINUTE;
	stage_add_conversation(stage, 1);
	add_answer(stage, "sales", STAGE_NOW - MINUTE);
	for (unsigned i = 0; i < 2; i++)
		add_overdue(stage, ids_floor(STAGE_NOW + i * USEC_PER_SEC));
	stage_set_time(STAGE_NOW + 20 * MINUTE);
	assert_alerts(stage, "");
	add_overdue(stage, ids_floor(STAGE_NOW + 3 * USEC_PER_SEC));
	stage_set_time(STAGE_NOW + 14 * MINUTE);
	assert_alerts(stage, ""); /* not long enough since the first of them */
	stage_set_time(STAGE_NOW + 16 * MINUTE);
	assert_alerts(stage, "answers_stopped sales; ");
	assert_alerts(stage, "answers_stopped sales; ");
	add_answer(stage, "sales", STAGE_NOW + 16 * MINUTE);
	assert_alerts(stage, "");
}

/* Another AI's answers say nothing of this one. */
static void test_answers_stopped__is_of_each_ai(void **state)
{
	struct stage *stage = *state;

	stage->config.maaxd.alert_silence = 15 * MINUTE;
	stage_add_conversation(stage, 1);
	for (unsigned i = 0; i < 3; i++)
		add_overdue(stage, ids_floor(STAGE_NOW + i * USEC_PER_SEC));
	add_answer(stage, "care", STAGE_NOW + 10 * MINUTE);
	stage_set_time(STAGE_NOW + 16 * MINUTE);
	assert_alerts(stage, "answers_stopped sales; ");
}

static void move_message(struct stage *stage, int64_t id, enum message_state to, usec_t due_at)
{
	struct message message = stage_message(stage, id);

	message.due_at = due_at;
	store_begin(stage->core.db);
	assert_int_equal(messages_move(stage->core.db, &message, to), 1);
	store_commit(stage->core.db);
	message_done(&message);
}

/* Begun late is not what a daemon can be blamed for that was not running. */
static void test_queue_old__counts_from_the_start(void **state)
{
	struct stage *stage = *state;

	stage_add_conversation(stage, 1);
	stage_add_message(stage, 2, 1);
	move_message(stage, 2, MESSAGE_QUEUED, STAGE_NOW - 10 * MINUTE);
	stage->core.run = ids_floor(STAGE_NOW);
	assert_alerts(stage, "");
	stage_set_time(STAGE_NOW + MINUTE - USEC_PER_SEC);
	assert_alerts(stage, "");
	stage_set_time(STAGE_NOW + MINUTE + USEC_PER_SEC);
	assert_alerts(stage, "queue_old sales; ");
}

static void test_queue_old__does_not_flap(void **state)
{
	struct stage *stage = *state;
	struct message message;

	stage_add_conversation(stage, 1);
	stage_add_message(stage, 2, 1);
	move_message(stage, 2, MESSAGE_QUEUED, STAGE_NOW);
	stage_set_time(STAGE_NOW + 2 * MINUTE);
	assert_alerts(stage, "queue_old sales; ");
	message = stage_message(stage, 2);
	message.due_at = STAGE_NOW + 2 * MINUTE;
	store_begin(stage->core.db);
	assert_int_equal(messages_update(stage->core.db, &message), 1);
	store_commit(stage->core.db);
	message_done(&message);
	stage_set_time(STAGE_NOW + 2 * MINUTE + 40 * USEC_PER_SEC);
	assert_alerts(stage, "queue_old sales; ");
	stage_set_time(STAGE_NOW + 2 * MINUTE + 20 * USEC_PER_SEC);
	assert_alerts(stage, "");
	stage_set_time(STAGE_NOW + 2 * MINUTE + 40 * USEC_PER_SEC);
	assert_alerts(stage, "");
}

static void test_messages_held__until_they_are_let_go(void **state)
{
	struct stage *stage = *state;

	stage_add_conversation(stage, 1);
	store_begin(stage->core.db);
	store_add_message(stage->core.db, 2, 1, MESSAGE_HELD);
	store_commit(stage->core.db);
	assert_alerts(stage, "messages_held crm; ");
	move_message(stage, 2, MESSAGE_CANCELLED, 0);
	assert_alerts(stage, "");
}

static void test_destination_missing__until_it_is_back(void **state)
{
	struct stage *stage = *state;
	struct delivery delivery = {
		.id = 5,
		.type = TEXT("answer.received"),
		.destination = TEXT("desk"),
		.state = DELIVERY_PENDING,
		.due_at = STAGE_NOW,
		.created_at = STAGE_NOW,
	};

	store_begin(stage->core.db);
	assert_int_equal(deliveries_insert(stage->core.db, &delivery), 1);
	store_commit(stage->core.db);
	assert_alerts(stage, "");
	stage->config.destination_count = 0;
	assert_alerts(stage, "destination_missing desk; ");
	stage->config.destination_count = ARRAY_SIZE(stage->destinations);
	assert_alerts(stage, "");
}

static struct callback unmatched(int64_t id)
{
	return (struct callback){
		.id = id,
		.kind = CALLBACK_FOLLOWUP,
		.state = CALLBACK_UNMATCHED,
		.message = 9,
		.method = TEXT("POST"),
		.body = TEXT("{}"),
		.body_size = 2,
		.has_body = true,
		.received_at = STAGE_NOW,
	};
}

/* What comes for an erased message is not kept, and nobody can do anything about it. */
static void test_callbacks_unmatched__not_of_the_erased(void **state)
{
	struct stage *stage = *state;
	struct db *db = stage->core.db;
	struct callback erased = unmatched(ids_floor(STAGE_NOW));
	struct callback stray = unmatched(ids_floor(STAGE_NOW + USEC_PER_SEC));

	store_begin(db);
	assert_int_equal(callbacks_insert(db, &erased), 1);
	assert_int_equal(callbacks_purge(db, erased.id), 1);
	store_commit(db);
	assert_alerts(stage, "");
	store_begin(db);
	assert_int_equal(callbacks_insert(db, &stray), 1);
	store_commit(db);
	assert_alerts(stage, "callbacks_unmatched ; ");
}

static void test_inbound_unmapped__is_over_after_an_hour(void **state)
{
	struct stage *stage = *state;
	struct inbound row = {
		.id = ids_floor(STAGE_NOW),
		.source = TEXT("shop"),
		.state = INBOUND_UNMAPPED,
		.method = TEXT("POST"),
		.reason = TEXT("no text"),
		.received_at = STAGE_NOW,
	};

	store_begin(stage->core.db);
	assert_int_equal(inbound_insert(stage->core.db, &row), 1);
	store_commit(stage->core.db);
	assert_alerts(stage, "inbound_unmapped shop; ");
	stage_set_time(STAGE_NOW + 59 * MINUTE);
	assert_alerts(stage, "inbound_unmapped shop; ");
	stage_set_time(STAGE_NOW + 61 * MINUTE);
	assert_alerts(stage, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_answers_stopped__wants_three_overdue_and_silence, stage_setup,
			stage_teardown),
		cmocka_unit_test_setup_teardown(test_answers_stopped__is_of_each_ai, stage_setup,
						stage_teardown),
		cmocka_unit_test_setup_teardown(test_queue_old__counts_from_the_start, stage_setup,
						stage_teardown),
		cmocka_unit_test_setup_teardown(test_queue_old__does_not_flap, stage_setup,
						stage_teardown),
		cmocka_unit_test_setup_teardown(test_messages_held__until_they_are_let_go,
						stage_setup, stage_teardown),
		cmocka_unit_test_setup_teardown(test_destination_missing__until_it_is_back,
						stage_setup, stage_teardown),
		cmocka_unit_test_setup_teardown(test_callbacks_unmatched__not_of_the_erased,
						stage_setup, stage_teardown),
		cmocka_unit_test_setup_teardown(test_inbound_unmapped__is_over_after_an_hour,
						stage_setup, stage_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
