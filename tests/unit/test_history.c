/* history: what Maax knows of an emergency's conversation, or that it could not be fetched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "history.h"
#include "lib/stage_fixture.h"
#include "lib/wait.h"
#include "store/callbacks.h"
#include "unit/base/fetch_world.h"

#define ANSWER 10
#define CALLBACK 11
#define DELIVERY 12
#define REPLY(status, length, body) \
	"HTTP/1.1 " status " X\r\nContent-Length: " length "\r\n\r\n" body

struct fixture {
	struct stage *stage;
	struct history *history;
	struct server maax;
	char *url;
};

static int setup(void **state)
{
	struct fixture *f = xnew(struct fixture);
	void *stage = NULL;
	struct core *core;

	if (stage_setup(&stage) != 0)
		return -1;
	stage_set_time(0); /* curl has a clock of its own */
	f->stage = stage;
	core = &f->stage->core;
	server_open(&f->maax, core->loop);
	f->url = xasprintf("http://127.0.0.1:%u/api", f->maax.port);
	f->stage->config.maax.base_url = f->url;
	f->stage->config.maax.submit_timeout = LONG_ENOUGH;
	f->stage->config.maax.connect_timeout = LONG_ENOUGH;
	assert_int_equal(fetcher_new(core->loop, 4, &core->maax_fetcher), 0);
	assert_int_equal(history_new(core, &f->history), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	void *stage = f->stage;

	history_free(f->history);
	fetcher_free(f->stage->core.maax_fetcher);
	server_close(&f->maax);
	free(f->url);
	free(f);
	return stage_teardown(&stage);
}

#define HISTORY_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* An emergency whose callback said `body`, with a delivery that waits for the history. */
static void add_emergency(struct fixture *f, const char *body, const char *ai)
{
	struct db *db = f->stage->core.db;
	struct callback callback = {
		.id = CALLBACK,
		.kind = CALLBACK_EMERGENCY,
		.ai = TEXT(ai),
		.method = TEXT("POST"),
		.content_type = TEXT("application/json"),
		.body = TEXT(body),
		.body_size = strlen(body),
		.has_body = true,
		.received_at = 1,
	};
	struct answer answer = {
		.id = ANSWER,
		.callback = CALLBACK,
		.kind = ANSWER_EMERGENCY,
		.ai = TEXT(ai),
		.history_state = HISTORY_PENDING,
		.received_at = 1,
	};
	struct delivery delivery = {
		.id = DELIVERY,
		.type = TEXT("emergency.received"),
		.destination = TEXT("desk"),
		.answer = ANSWER,
		.due_at = clock_now() + USEC_PER_HOUR,
		.created_at = 1,
	};

	store_begin(db);
	assert_int_equal(callbacks_insert(db, &callback), 1);
	assert_int_equal(answers_insert(db, &answer), 1);
	assert_int_equal(deliveries_insert(db, &delivery), 1);
	store_commit(db);
}

static enum history_state state_of(struct fixture *f)
{
	CLEANUP(answer_done) struct answer answer = { 0 };

	assert_int_equal(answers_get(f->stage->core.db, ANSWER, &answer), 1);
	return answer.history_state;
}

/* Turns until the stage has ended with the emergency; how. */
static enum history_state run_history(struct fixture *f)
{
	usec_t deadline = wait_deadline();

	history_start(f->history);
	do {
		assert_true(clock_boottime() < deadline);
		assert_int_equal(loop_turn(f->stage->core.loop), 0);
	} while (state_of(f) == HISTORY_PENDING || history_running(f->history) > 0);
	return state_of(f);
}

static void assert_released(struct fixture *f)
{
	CLEANUP(delivery_done) struct delivery delivery = { 0 };

	assert_int_equal(deliveries_get(f->stage->core.db, DELIVERY, &delivery), 1);
	assert_true(delivery.due_at <= clock_now());
}

static void test_history__is_fetched_and_kept_raw(void **state)
{
	struct fixture *f = *state;
	CLEANUP(answer_done) struct answer answer = { 0 };

	f->maax.script.reply = REPLY("200", "7", "[1, 2]\xFF");
	add_emergency(f, "{\"conversation_id\":77}", "sales");
	assert_int_equal(run_history(f), HISTORY_FETCHED);
	assert_int_equal(f->maax.requests, 1);
	assert_memory_equal(f->maax.last, "POST /api/conversations/77/ HTTP/1.1\r\n", 38);
	assert_non_null(strstr(f->maax.last, "\r\n2hd-api-key: key\r\n"));
	assert_int_equal(answers_get(f->stage->core.db, ANSWER, &answer), 1);
	assert_int_equal(answer.history_size, 7);
	assert_memory_equal(answer.history, "[1, 2]\xFF", 7);
	assert_released(f);
}

static void test_id__comes_from_the_conversation_when_not_told(void **state)
{
	struct fixture *f = *state;
	struct db *db = f->stage->core.db;
	struct answer answer = {
		.id = ANSWER + 10,
		.conversation = 1,
		.kind = ANSWER_EMERGENCY,
		.ai = TEXT("sales"),
		.history_state = HISTORY_PENDING,
		.received_at = 1,
	};
	usec_t deadline = wait_deadline();

	f->maax.script.reply = REPLY("200", "2", "{}");
	stage_add_conversation(f->stage, 1);
	store_begin(db);
	assert_int_equal(conversations_pin(db, 1, "pinned-1", NULL), 1);
	assert_int_equal(answers_insert(db, &answer), 1);
	store_commit(db);
	history_start(f->history);
	do {
		assert_true(clock_boottime() < deadline);
		assert_int_equal(loop_turn(f->stage->core.loop), 0);
	} while (f->maax.requests == 0 || history_running(f->history) > 0);
	assert_non_null(strstr(f->maax.last, "/conversations/pinned-1/ "));
}

static void test_failure__ends_after_three_tries(void **state)
{
	struct fixture *f = *state;

	f->maax.script.reply = REPLY("503", "0", "");
	add_emergency(f, "{\"conversation_id\":77}", "sales");
	assert_int_equal(run_history(f), HISTORY_FAILED);
	assert_int_equal(f->maax.requests, 3);
	assert_released(f);
}

static void test_flood__is_a_failure(void **state)
{
	struct fixture *f = *state;

	f->maax.script.reply = "HTTP/1.1 200 X\r\nContent-Length: 2000000\r\n\r\n";
	f->maax.script.flood = 2000000;
	add_emergency(f, "{\"conversation_id\":77}", "sales");
	assert_int_equal(run_history(f), HISTORY_FAILED);
}

static void test_unusable_id_or_ai__is_asked_nowhere(void **state)
{
	static const struct {
		const char *body, *ai;
	} cases[] = {
		{ "{\"conversation_id\":\"../7\"}", "sales" },
		{ "{\"text\":\"x\"}", "sales" },
		{ "{\"conversation_id\":77}", "gone" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture *f;

		if (i > 0) {
			assert_int_equal(teardown(state), 0);
			assert_int_equal(setup(state), 0);
		}
		f = *state;
		add_emergency(f, cases[i].body, cases[i].ai);
		assert_int_equal(run_history(f), HISTORY_FAILED);
		assert_int_equal(f->maax.connections, 0);
		assert_released(f);
	}
}

static void test_stopping__starts_nothing(void **state)
{
	struct fixture *f = *state;

	add_emergency(f, "{\"conversation_id\":77}", "sales");
	f->stage->core.is_stopping = true;
	history_start(f->history);
	assert_int_equal(loop_turn(f->stage->core.loop), 0);
	assert_int_equal(history_running(f->history), 0);
	assert_int_equal(state_of(f), HISTORY_PENDING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HISTORY_TEST(test_history__is_fetched_and_kept_raw),
		HISTORY_TEST(test_id__comes_from_the_conversation_when_not_told),
		HISTORY_TEST(test_failure__ends_after_three_tries),
		HISTORY_TEST(test_flood__is_a_failure),
		HISTORY_TEST(test_unusable_id_or_ai__is_asked_nowhere),
		HISTORY_TEST(test_stopping__starts_nothing),
	};

	return cmocka_run_group_tests(tests, world_group_setup, NULL);
}
