/* payload: what receivers read, made from rows; what is absent is null, not missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "lib/stage_fixture.h"
#include "payload.h"
#include "store/callbacks.h"

#define CONVERSATION 1
#define MESSAGE 2
#define ANSWER 3
#define CALLBACK 4

#define STAGE_TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

static char *format(struct json_object *object)
{
	char *text = json_format(object, NULL);

	json_object_put(object);
	return text;
}

static char *data_of(struct stage *stage, const struct payload_subject *subject)
{
	struct json_object *data = NULL;

	assert_int_equal(payload_data(&stage->core, subject, &data), 0);
	return format(data);
}

static void add_callback(struct stage *stage, const char *body)
{
	struct callback callback = {
		.id = CALLBACK,
		.message = MESSAGE,
		.method = TEXT("POST"),
		.body = TEXT(body),
		.body_size = strlen(body),
		.has_body = true,
		.received_at = STAGE_NOW,
	};

	store_begin(stage->core.db);
	assert_int_equal(callbacks_insert(stage->core.db, &callback), 1);
	store_commit(stage->core.db);
}

static struct answer make_answer(enum answer_kind kind)
{
	return (struct answer){
		.id = ANSWER,
		.conversation = CONVERSATION,
		.message = MESSAGE,
		.callback = CALLBACK,
		.kind = kind,
		.seq = 2,
		.text = TEXT("Hi"),
		.ai = TEXT("sales"),
		.received_at = STAGE_NOW + 1,
	};
}

static void add_answer(struct stage *stage, const struct answer *answer)
{
	store_begin(stage->core.db);
	assert_int_equal(answers_insert(stage->core.db, answer), 1);
	store_commit(stage->core.db);
}

static void test_data__of_a_whole_answer(void **state)
{
	struct stage *stage = *state;
	struct payload_subject subject = { "answer.received", CONVERSATION, MESSAGE, ANSWER, NULL };
	struct answer answer = make_answer(ANSWER_ANSWER);
	CLEANUP(freep) char *text = NULL;

	stage_add_conversation(stage, CONVERSATION);
	stage_add_message(stage, MESSAGE, CONVERSATION);
	add_callback(stage, "{\"message_content\":\"Hi\",\"n\":1.50}");
	answer.is_late = true;
	add_answer(stage, &answer);
	text = data_of(stage, &subject);
	assert_string_equal(
		text,
		"{\"source\":\"crm\",\"conversation\":{\"id\":\"cnv_0000000000001\",\"key\":null,"
		"\"conversation_id\":null,\"prospect_id\":null,\"platform\":\"website\"},"
		"\"message\":{\"id\":\"msg_0000000000002\",\"seq\":1,\"message_content\":\"hello\","
		"\"metadata\":null,\"prospect_info\":{},\"state\":\"waiting\",\"reason\":null,"
		"\"created_at\":\"2026-01-02T03:00:00.000Z\"},"
		"\"answer\":{\"id\":\"ans_0000000000003\",\"seq\":2,\"kind\":\"answer\","
		"\"text\":\"Hi\",\"html\":null,\"late\":true,\"extra\":false,\"heuristic\":false,"
		"\"received_at\":\"2026-01-02T03:00:00.000Z\","
		"\"raw\":{\"message_content\":\"Hi\",\"n\":1.50}},\"overdue_text\":null}");
}

static void test_data__of_what_has_no_answer(void **state)
{
	struct stage *stage = *state;
	struct payload_subject subject = { "message.state", CONVERSATION, MESSAGE, 0, NULL };
	CLEANUP(freep) char *text = NULL;

	stage_add_conversation(stage, CONVERSATION);
	stage_add_message(stage, MESSAGE, CONVERSATION);
	text = data_of(stage, &subject);
	assert_non_null(strstr(text, "\"source\":\"crm\""));
	assert_non_null(strstr(text, "\"answer\":null,"));
}

static void test_data__of_what_is_overdue(void **state)
{
	struct stage *stage = *state;
	struct payload_subject subject = { "answer.overdue", CONVERSATION, MESSAGE, 0, NULL };
	CLEANUP(freep) char *text = NULL;
	CLEANUP(freep) char *other = NULL;

	stage->config.sources[0].overdue_text = (char *)"Wait, please.";
	stage_add_conversation(stage, CONVERSATION);
	stage_add_message(stage, MESSAGE, CONVERSATION);
	text = data_of(stage, &subject);
	assert_non_null(strstr(text, "\"overdue_text\":\"Wait, please.\""));
	subject.type = "message.failed";
	other = data_of(stage, &subject);
	assert_non_null(strstr(other, "\"overdue_text\":null"));
}

static void test_data__of_an_emergency_of_nobody(void **state)
{
	struct stage *stage = *state;
	struct payload_subject subject = { "emergency.received", 0, 0, ANSWER, NULL };
	struct answer answer = make_answer(ANSWER_EMERGENCY);
	CLEANUP(freep) char *text = NULL;

	answer.conversation = answer.message = answer.callback = answer.seq = 0;
	answer.text = NULL;
	add_answer(stage, &answer);
	text = data_of(stage, &subject);
	assert_string_equal(
		text,
		"{\"source\":null,\"conversation\":null,\"message\":null,"
		"\"answer\":{\"id\":\"ans_0000000000003\",\"seq\":null,\"kind\":\"emergency\","
		"\"text\":null,\"html\":null,\"late\":false,\"extra\":false,\"heuristic\":false,"
		"\"received_at\":\"2026-01-02T03:00:00.000Z\",\"raw\":null,\"history\":null},"
		"\"overdue_text\":null}");
}

static void test_data__of_an_alert(void **state)
{
	struct payload_subject subject = {
		.type = "alert.raised",
		.alert = "{\"kind\":\"ai_held\",\"name\":\"sales\",\"reason\":\"401\","
			 "\"since\":\"2026-01-02T03:00:00.000Z\"}",
	};
	CLEANUP(freep) char *text = data_of(*state, &subject);

	assert_string_equal(text, "{\"source\":null,\"conversation\":null,\"message\":null,"
				  "\"answer\":null,\"overdue_text\":null,\"alert\":{"
				  "\"kind\":\"ai_held\",\"name\":\"sales\",\"reason\":\"401\","
				  "\"since\":\"2026-01-02T03:00:00.000Z\"}}");
}

static void test_data__of_rows_that_are_gone(void **state)
{
	struct stage *stage = *state;
	struct payload_subject gone = { "answer.received", CONVERSATION, MESSAGE, ANSWER, NULL };
	struct payload_subject nothing = { "answer.received", 0, 0, 0, NULL };
	struct payload_subject half = { "answer.received", CONVERSATION, MESSAGE, ANSWER, NULL };
	struct json_object *data = (struct json_object *)&data;
	CLEANUP(freep) char *text = NULL;

	assert_int_equal(payload_data(&stage->core, &gone, &data), -ENOENT);
	assert_int_equal(payload_data(&stage->core, &nothing, &data), -ENOENT);
	assert_ptr_equal(data, &data);
	stage_add_conversation(stage, CONVERSATION);
	text = data_of(stage, &half);
	assert_non_null(strstr(text, "\"message\":null,\"answer\":null,"));
}

static void test_metadata__comes_back_as_it_was_sent(void **state)
{
	struct stage *stage = *state;
	struct payload_subject subject = { "message.state", CONVERSATION, MESSAGE, 0, NULL };
	CLEANUP(json_putp) struct json_object *data = NULL;
	CLEANUP(freep) char *text = NULL;
	struct message message = {
		.id = MESSAGE,
		.conversation = CONVERSATION,
		.source = TEXT("crm"),
		.seq = 1,
		.ai = TEXT("sales"),
		.platform = TEXT("website"),
		.message_content = TEXT("x"),
		.prospect_info = TEXT("{}"),
		.metadata = TEXT("{\"a\":[1,123456789012345678901234567890,\"\xC3\xA4\"]}"),
		.created_at = STAGE_NOW,
	};

	stage_add_conversation(stage, CONVERSATION);
	store_begin(stage->core.db);
	assert_int_equal(messages_insert(stage->core.db, &message), 1);
	store_commit(stage->core.db);
	assert_int_equal(payload_data(&stage->core, &subject, &data), 0);
	text = json_format(json_at(data, "/message/metadata"), NULL);
	assert_string_equal(text, "{\"a\":[1,123456789012345678901234567890,\"\xC3\xA4\"]}");
}

static void test_history__is_json_or_a_text(void **state)
{
	static const struct {
		const char *history, *wanted;
	} cases[] = {
		{ "{\"messages\":[]}", "\"history\":{\"messages\":[]}}" },
		{ "[1]", "\"history\":[1]}" },
		{ "<html>", "\"history\":\"<html>\"}" },
		{ "", "\"history\":\"\"}" },
		{ "gr\xFC\xDF", "\"history\":\"gr\xEF\xBF\xBD\xEF\xBF\xBD\"}" },
		{ NULL, "\"history\":null}" },
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct answer answer = make_answer(ANSWER_EMERGENCY);
		struct json_object *object = NULL;
		CLEANUP(freep) char *text = NULL;

		answer.history = TEXT(cases[i].history);
		answer.history_size = cases[i].history ? strlen(cases[i].history) : 0;
		assert_int_equal(payload_answer(&stage->core, &answer, true, &object), 0);
		text = format(object);
		if (!strstr(text, cases[i].wanted))
			fail_msg("%s: %s", cases[i].history, text);
	}
}

static void test_answer__without_raw_has_neither_raw_nor_history(void **state)
{
	struct stage *stage = *state;
	struct answer answer = make_answer(ANSWER_EMERGENCY);
	struct json_object *object = NULL;
	CLEANUP(freep) char *text = NULL;

	assert_int_equal(payload_answer(&stage->core, &answer, false, &object), 0);
	text = format(object);
	assert_null(strstr(text, "raw"));
	assert_null(strstr(text, "history"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(test_data__of_a_whole_answer),
		STAGE_TEST(test_data__of_what_has_no_answer),
		STAGE_TEST(test_data__of_what_is_overdue),
		STAGE_TEST(test_data__of_an_emergency_of_nobody),
		STAGE_TEST(test_data__of_an_alert),
		STAGE_TEST(test_data__of_rows_that_are_gone),
		STAGE_TEST(test_metadata__comes_back_as_it_was_sent),
		STAGE_TEST(test_history__is_json_or_a_text),
		STAGE_TEST(test_answer__without_raw_has_neither_raw_nor_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
