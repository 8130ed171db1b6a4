/* correlate: which message an answer settles, and what becomes of everything else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/loop.h"
#include "base/wake.h"
#include "callback.h"
#include "correlate.h"
#include "lib/stage_fixture.h"

#define CONVERSATION 1
#define MESSAGE 2
#define OTHER_MESSAGE 3
#define FIELD(name, text) "\"" name "\":\"" text "\""

struct fixture {
	struct stage *stage;
	struct correlate *correlate;
};

/* With one conversation, and one message of it that waits. */
static int setup(void **state)
{
	struct fixture *f = xnew(struct fixture);
	void *stage = NULL;

	if (stage_setup(&stage) != 0)
		return -1;
	f->stage = stage;
	assert_int_equal(correlate_new(&f->stage->core, &f->correlate), 0);
	wake_subscribe(f->stage->core.wake, TOPIC_CALLBACK, WAKE_BEFORE_COMMIT, correlate_woken,
		       f->correlate);
	wake_subscribe(f->stage->core.wake, TOPIC_CALLBACKS_COLLECTED, WAKE_BEFORE_COMMIT,
		       correlate_collected, f->correlate);
	stage_add_conversation(f->stage, CONVERSATION);
	stage_add_message(f->stage, MESSAGE, CONVERSATION);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	void *stage = f->stage;

	correlate_free(f->correlate);
	free(f);
	return stage_teardown(&stage);
}

#define CORRELATE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static int64_t store(struct fixture *f, const struct callback_request *request)
{
	int64_t id = 0;

	store_begin(f->stage->core.db);
	assert_int_equal(callback_store(&f->stage->core, request, &id), CALLBACK_STORED);
	assert_int_equal(unit_commit(f->stage->core.db), 0);
	return id;
}

static struct callback_request make_request(enum callback_kind kind, int64_t message,
					    const char *body)
{
	return (struct callback_request){
		.kind = kind,
		.message = message,
		.ai = kind == CALLBACK_EMERGENCY ? "sales" : NULL,
		.method = "POST",
		.content_type = "application/json",
		.query = "",
		.body = body,
		.body_len = strlen(body),
	};
}

/* A callback comes, is correlated and committed, and must end in a state. Its id. */
static int64_t receive(struct fixture *f, enum callback_kind kind, int64_t message,
		       const char *body, enum callback_state wanted)
{
	struct callback_request request = make_request(kind, message, body);
	CLEANUP(callback_done) struct callback row = { 0 };
	int64_t id = store(f, &request);

	stage_flush(f->stage);
	assert_int_equal(callbacks_get(f->stage->core.db, id, &row), 1);
	if (row.state != wanted)
		fail_msg("%s: %s (%s), not %s", body, callback_state_name(row.state),
			 row.reason ? row.reason : "", callback_state_name(wanted));
	return id;
}

static void assert_state(struct fixture *f, int64_t id, enum message_state wanted)
{
	CLEANUP(message_done) struct message message = stage_message(f->stage, id);

	assert_string_equal(message_state_name(message.state), message_state_name(wanted));
}

static void assert_deliveries(struct fixture *f, const char *wanted)
{
	CLEANUP(freep) char *text = stage_deliveries(f->stage);

	assert_string_equal(text, wanted);
}

/* Takes the newest answer of a message; the caller's. */
static struct answer last_answer(struct fixture *f, int64_t message)
{
	struct answer rows[16];
	int count = answers_of_message(f->stage->core.db, CONVERSATION, message, 16, rows);

	assert_true(count > 0);
	for (int i = 0; i < count - 1; i++)
		answer_done(&rows[i]);
	return rows[count - 1];
}

/* Brings a message into another state, as submit and its verdicts do. */
static void change_message(struct fixture *f, int64_t id, enum message_state to, bool is_uncertain)
{
	CLEANUP(message_done) struct message message = stage_message(f->stage, id);

	store_begin(f->stage->core.db);
	message.is_uncertain = is_uncertain;
	message.due_at = STAGE_NOW + 5;
	if (message.state == to)
		assert_int_equal(messages_update(f->stage->core.db, &message), 1);
	else
		assert_int_equal(messages_move(f->stage->core.db, &message, to), 1);
	store_commit(f->stage->core.db);
}

static void test_answer__settles_its_message(void **state)
{
	struct fixture *f = *state;
	CLEANUP(message_done) struct message message = { 0 };
	CLEANUP(conversation_done) struct conversation conversation = { 0 };
	CLEANUP(answer_done) struct answer answer = { 0 };

	store_begin(f->stage->core.db);
	assert_int_equal(
		conversations_take_slot(f->stage->core.db, CONVERSATION, MESSAGE, STAGE_NOW + 1),
		1);
	store_commit(f->stage->core.db);
	receive(f, CALLBACK_ANSWER, MESSAGE, "{" FIELD("text", "Hi") ",\"conversation_id\":77}",
		CALLBACK_MATCHED);
	message = stage_message(f->stage, MESSAGE);
	assert_int_equal(message.state, MESSAGE_ANSWERED);
	assert_int_equal(message.answers, 1);
	assert_int_equal(message.deadline_at, 0);
	conversation = stage_conversation(f->stage, CONVERSATION);
	assert_int_equal(conversation.in_flight, 0);
	assert_string_equal(conversation.conversation_id, "77");
	answer = last_answer(f, MESSAGE);
	assert_string_equal(answer.text, "Hi");
	assert_true(answer.seq > message.seq);
	assert_false(answer.is_late || answer.is_extra || answer.is_heuristic);
	assert_deliveries(f, "answer.received desk");
}

static void test_same_text__is_a_duplicate_whatever_its_bytes(void **state)
{
	struct fixture *f = *state;

	receive(f, CALLBACK_ANSWER, MESSAGE, "{" FIELD("text", "Hi") "}", CALLBACK_MATCHED);
	receive(f, CALLBACK_ANSWER, MESSAGE, "{" FIELD("text", "Hi") "}", CALLBACK_DUPLICATE);
	receive(f, CALLBACK_ANSWER, MESSAGE, "{" FIELD("text", "Hi") ",\"at\":2}",
		CALLBACK_DUPLICATE);
	/* the same words as a follow-up are no answer */
	receive(f, CALLBACK_FOLLOWUP, MESSAGE, "{" FIELD("text", "Hi") "}", CALLBACK_MATCHED);
	assert_deliveries(f, "answer.received desk; followup.received desk");
}

static void test_other_text__is_extra_and_settles_nothing_else(void **state)
{
	struct fixture *f = *state;
	CLEANUP(answer_done) struct answer extra = { 0 };

	stage_add_message(f->stage, OTHER_MESSAGE, CONVERSATION);
	receive(f, CALLBACK_ANSWER, MESSAGE, "{" FIELD("text", "one") "}", CALLBACK_MATCHED);
	receive(f, CALLBACK_ANSWER, MESSAGE, "{" FIELD("text", "two") "}", CALLBACK_MATCHED);
	extra = last_answer(f, MESSAGE);
	assert_string_equal(extra.text, "two");
	assert_true(extra.is_extra);
	assert_state(f, OTHER_MESSAGE, MESSAGE_WAITING);
	assert_deliveries(f, "answer.received desk; answer.received desk");
}

static void test_late__counts_and_says_so(void **state)
{
	struct fixture *f = *state;
	CLEANUP(answer_done) struct answer answer = { 0 };

	stage_set_time(STAGE_NOW + STAGE_DEADLINE + 1);
	change_message(f, MESSAGE, MESSAGE_OVERDUE, false);
	receive(f, CALLBACK_ANSWER, MESSAGE, "{" FIELD("text", "Hi") "}", CALLBACK_MATCHED);
	answer = last_answer(f, MESSAGE);
	assert_true(answer.is_late);
	assert_state(f, MESSAGE, MESSAGE_ANSWERED);
}

static void test_answer__comes_in_any_state(void **state)
{
	static const struct {
		enum message_state before[2]; /* on its way there from waiting */
		size_t count;
	} cases[] = {
		{ { MESSAGE_QUEUED }, 1 },
		{ { MESSAGE_QUEUED, MESSAGE_SUBMITTING }, 2 },
		{ { MESSAGE_QUEUED, MESSAGE_FAILED }, 2 },
		{ { MESSAGE_CANCELLED }, 1 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t id = 10 + (int64_t)i;

		stage_add_message(f->stage, id, CONVERSATION);
		for (size_t s = 0; s < cases[i].count; s++)
			change_message(f, id, cases[i].before[s], false);
		receive(f, CALLBACK_ANSWER, id, "{" FIELD("text", "Hi") "}", CALLBACK_MATCHED);
		assert_state(f, id, MESSAGE_ANSWERED);
	}
}

static void test_unmapped__proves_that_maax_has_it(void **state)
{
	struct fixture *f = *state;
	CLEANUP(message_done) struct message waiting = { 0 };
	CLEANUP(message_done) struct message queued = { 0 };
	CLEANUP(conversation_done) struct conversation conversation = { 0 };

	change_message(f, MESSAGE, MESSAGE_WAITING, true);
	receive(f, CALLBACK_ANSWER, MESSAGE, "{broken", CALLBACK_UNMAPPED);
	waiting = stage_message(f->stage, MESSAGE);
	assert_int_equal(waiting.state, MESSAGE_WAITING);
	assert_false(waiting.is_uncertain);
	assert_int_equal(waiting.due_at, 0);
	/* one that was to be sent again waits instead, in the conversation's slot */
	stage_add_message(f->stage, OTHER_MESSAGE, CONVERSATION);
	change_message(f, OTHER_MESSAGE, MESSAGE_QUEUED, true);
	receive(f, CALLBACK_FOLLOWUP, OTHER_MESSAGE, "{\"other\":1}", CALLBACK_UNMAPPED);
	queued = stage_message(f->stage, OTHER_MESSAGE);
	assert_int_equal(queued.state, MESSAGE_WAITING);
	assert_false(queued.is_uncertain);
	conversation = stage_conversation(f->stage, CONVERSATION);
	assert_true(conversation.in_flight == OTHER_MESSAGE);
	assert_deliveries(f, "");
}

static void test_followup__settles_nothing(void **state)
{
	struct fixture *f = *state;
	CLEANUP(answer_done) struct answer answer = { 0 };

	change_message(f, MESSAGE, MESSAGE_WAITING, true);
	receive(f, CALLBACK_FOLLOWUP, MESSAGE, "{" FIELD("text", "Still there?") "}",
		CALLBACK_MATCHED);
	assert_state(f, MESSAGE, MESSAGE_WAITING);
	answer = last_answer(f, MESSAGE);
	assert_int_equal(answer.kind, ANSWER_FOLLOWUP);
	assert_false(answer.is_extra);
	assert_deliveries(f, "followup.received desk");
}

static void test_message_that_is_gone__is_unmatched(void **state)
{
	struct fixture *f = *state;

	receive(f, CALLBACK_ANSWER, 404, "{" FIELD("text", "Hi") "}", CALLBACK_UNMATCHED);
	assert_deliveries(f, "");
}

static void test_ids__are_pinned_once_and_never_overrule_the_token(void **state)
{
	struct fixture *f = *state;
	CLEANUP(conversation_done) struct conversation conversation = { 0 };

	receive(f, CALLBACK_ANSWER, MESSAGE, "{\"conversation_id\":1,\"prospect_id\":2}",
		CALLBACK_UNMAPPED);
	receive(f, CALLBACK_ANSWER, MESSAGE, "{\"conversation_id\":9,\"prospect_id\":9,\"text\":1}",
		CALLBACK_MATCHED);
	conversation = stage_conversation(f->stage, CONVERSATION);
	assert_string_equal(conversation.conversation_id, "1");
	assert_string_equal(conversation.prospect_id, "2");
	assert_state(f, MESSAGE, MESSAGE_ANSWERED);
}

/* ---- emergencies ---- */

static void add_other_conversation(struct fixture *f, int64_t id, const char *ai,
				   const char *conversation_id, const char *contact)
{
	struct conversation conversation = {
		.id = id,
		.source = TEXT("crm"),
		.ai = TEXT(ai),
		.platform = TEXT("website"),
		.conversation_id = TEXT(conversation_id),
		.created_at = STAGE_NOW,
	};

	store_begin(f->stage->core.db);
	assert_int_equal(conversations_insert(f->stage->core.db, &conversation), 1);
	if (contact)
		assert_int_equal(contacts_insert(f->stage->core.db, id, contact), 1);
	store_commit(f->stage->core.db);
}

/* An emergency comes; the conversation it was given to, 0 for none. */
static int64_t receive_emergency(struct fixture *f, const char *body, enum callback_state wanted)
{
	CLEANUP(callback_done) struct callback row = { 0 };
	CLEANUP(answer_done) struct answer answer = { 0 };
	int64_t id = receive(f, CALLBACK_EMERGENCY, 0, body, wanted);

	assert_int_equal(callbacks_get(f->stage->core.db, id, &row), 1);
	assert_int_equal(answers_get(f->stage->core.db, row.answer, &answer), 1);
	assert_int_equal(answer.kind, ANSWER_EMERGENCY);
	return answer.conversation;
}

static void test_emergency__finds_its_conversation(void **state)
{
	static const struct {
		const char *body;
		int64_t conversation;
		enum callback_state state;
	} cases[] = {
		{ "{\"text\":\"1\",\"conversation_id\":20}", 20, CALLBACK_MATCHED },
		{ "{\"text\":\"2\",\"email\":\"ANN@b.org\"}", 21, CALLBACK_MATCHED },
		/* the id goes before the contact */
		{ "{\"text\":\"3\",\"conversation_id\":20,\"email\":\"ann@b.org\"}", 20,
		  CALLBACK_MATCHED },
		{ "{\"text\":\"4\",\"conversation_id\":404,\"email\":\"ann@b.org\"}", 21,
		  CALLBACK_MATCHED },
		/* another AI's does not count */
		{ "{\"text\":\"5\",\"conversation_id\":22}", 0, CALLBACK_UNMATCHED },
		{ "{\"text\":\"6\",\"conversation_id\":22,\"email\":\"ann@b.org\"}", 21,
		  CALLBACK_MATCHED },
		{ "{\"text\":\"7\",\"email\":\"bob@b.org\"}", 0, CALLBACK_UNMATCHED },
		{ "{\"text\":\"8\"}", 0, CALLBACK_UNMATCHED },
		{ "{\"conversation_id\":20}", 20, CALLBACK_UNMAPPED },
		{ "not json", 0, CALLBACK_UNMATCHED },
	};
	struct fixture *f = *state;

	add_other_conversation(f, 20, "sales", "20", NULL);
	add_other_conversation(f, 21, "sales", NULL, "ann@b.org");
	add_other_conversation(f, 22, "care", "22", "bob@b.org");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t conversation = receive_emergency(f, cases[i].body, cases[i].state);

		if (conversation != cases[i].conversation)
			fail_msg("%s: %d", cases[i].body, (int)conversation);
	}
}

static void test_emergency__is_delivered_in_every_case(void **state)
{
	struct fixture *f = *state;

	receive_emergency(f, "not json", CALLBACK_UNMATCHED);
	assert_deliveries(f, "emergency.received desk; emergency.received pager");
	assert_state(f, MESSAGE, MESSAGE_WAITING);
}

static void test_emergency__waits_for_its_history_when_an_id_is_known(void **state)
{
	struct fixture *f = *state;
	int64_t ids[4];
	usec_t due = 0;

	receive_emergency(f, "{\"text\":\"x\",\"conversation_id\":404}", CALLBACK_UNMATCHED);
	assert_int_equal(answers_history_pending(f->stage->core.db, 0, 4, ids), 1);
	assert_int_equal(deliveries_next_due(f->stage->core.db, "desk", &due), 0);
	assert_int_equal(due, STAGE_NOW + f->stage->config.maax.submit_timeout);
	receive_emergency(f, "{\"text\":\"y\"}", CALLBACK_UNMATCHED);
	assert_int_equal(answers_history_pending(f->stage->core.db, 0, 4, ids), 1);
	assert_int_equal(deliveries_next_due(f->stage->core.db, "desk", &due), 0);
	assert_int_equal(due, STAGE_NOW);
}

/* ---- what is left over ---- */

static void test_left_over__is_correlated_at_start(void **state)
{
	struct fixture *f = *state;
	struct callback_request request =
		make_request(CALLBACK_ANSWER, MESSAGE, "{" FIELD("text", "Hi") "}");

	store(f, &request);
	assert_int_equal(db_flush(f->stage->core.db), 0); /* the step never ran */
	assert_state(f, MESSAGE, MESSAGE_WAITING);
	correlate_start(f->correlate);
	assert_int_equal(loop_turn(f->stage->core.loop), 0);
	assert_state(f, MESSAGE, MESSAGE_ANSWERED);
	assert_deliveries(f, "answer.received desk");
	/* again: it is done already */
	correlate_start(f->correlate);
	assert_int_equal(loop_turn(f->stage->core.loop), 0);
	assert_deliveries(f, "answer.received desk");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CORRELATE_TEST(test_answer__settles_its_message),
		CORRELATE_TEST(test_same_text__is_a_duplicate_whatever_its_bytes),
		CORRELATE_TEST(test_other_text__is_extra_and_settles_nothing_else),
		CORRELATE_TEST(test_late__counts_and_says_so),
		CORRELATE_TEST(test_answer__comes_in_any_state),
		CORRELATE_TEST(test_unmapped__proves_that_maax_has_it),
		CORRELATE_TEST(test_followup__settles_nothing),
		CORRELATE_TEST(test_message_that_is_gone__is_unmatched),
		CORRELATE_TEST(test_ids__are_pinned_once_and_never_overrule_the_token),
		CORRELATE_TEST(test_emergency__finds_its_conversation),
		CORRELATE_TEST(test_emergency__is_delivered_in_every_case),
		CORRELATE_TEST(test_emergency__waits_for_its_history_when_an_id_is_known),
		CORRELATE_TEST(test_left_over__is_correlated_at_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
