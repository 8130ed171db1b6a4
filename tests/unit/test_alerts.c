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

static void add_answer(struct stage *stage, usec_t at)
{
	struct answer answer = {
		.id = ids_floor(at),
		.conversation = 1,
		.kind = ANSWER_ANSWER,
		.ai = TEXT("sales"),
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
	add_answer(stage, STAGE_NOW - MINUTE);
	for (unsigned i = 0; i < 2; i++)
		add_overdue(stage, ids_floor(STAGE_NOW + i * USEC_PER_SEC));
	stage_set_time(STAGE_NOW + 20 * MINUTE);
	assert_alerts(stage, "");
	add_overdue(stage, ids_floor(STAGE_NOW + 3 * USEC_PER_SEC));
	stage_set_time(STAGE_NOW + 14 * MINUTE);
	assert_alerts(stage, ""); /* not long enough since the first of them */
	stage_set_time(STAGE_NOW + 16 * MINUTE);
	assert_alerts(stage, "answers_stopped ; ");
	assert_alerts(stage, "answers_stopped ; ");
	add_answer(stage, STAGE_NOW + 16 * MINUTE);
	assert_alerts(stage, "");
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
		cmocka_unit_test_setup_teardown(test_inbound_unmapped__is_over_after_an_hour,
						stage_setup, stage_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
