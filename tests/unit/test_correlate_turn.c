/* Correlating the callbacks of one turn together, and what one of them that fails costs: itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "base/wake.h"
#include "correlate.h"
#include "lib/store_fixture.h"
#include "options.h"
#include "store/answers.h"
#include "store/callbacks.h"
#include "store/conversations.h"
#include "store/db_private.h"

#define CALLBACKS 40 /* more than fit in one unit */
#define POISON 7     /* the one that cannot be correlated */

struct world {
	struct store_fixture *store;
	struct config config;
	struct core core;
	struct correlate *correlate;
};

static int setup(void **state)
{
	struct world *world = xnew(struct world);
	const char *why;
	void *store = NULL;

	assert_int_equal(store_setup(&store), 0);
	world->store = store;
	world->config.maax.answer_deadline = USEC_PER_DAY;
	assert_int_equal(words_split("/text", &world->config.maax.map_text, &why), 0);
	world->core.db = world->store->db;
	world->core.config = &world->config;
	world->core.wake = wake_new();
	world->core.metrics = metrics_new();
	assert_int_equal(loop_new(&world->core.loop), 0);
	assert_int_equal(correlate_new(&world->core, &world->correlate), 0);
	wake_subscribe(world->core.wake, TOPIC_CALLBACK, WAKE_BEFORE_COMMIT, correlate_woken,
		       world->correlate);
	wake_subscribe(world->core.wake, TOPIC_CALLBACKS_COLLECTED, WAKE_BEFORE_COMMIT,
		       correlate_collected, world->correlate);
	ids_seed(0, 0);
	log_set_level(LOG_LEVEL_ERROR);
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;
	void *store = world->store;

	correlate_free(world->correlate);
	loop_free(world->core.loop);
	metrics_free(world->core.metrics);
	wake_free(world->core.wake);
	words_done(&world->config.maax.map_text);
	free(world);
	return store_teardown(&store);
}

/* A message that waits, in a conversation of its own whose slot it holds, and its callback. */
static void add_callback(struct world *world, int64_t id)
{
	CLEANUP(freep) char *body = xasprintf("{\"text\":\"answer %d\"}", (int)id);
	struct db *db = world->store->db;
	struct callback callback = {
		.id = id,
		.kind = CALLBACK_ANSWER,
		.state = CALLBACK_RECEIVED,
		.message = id,
		.method = TEXT("POST"),
		.content_type = TEXT("application/json"),
		.body = body,
		.body_size = strlen(body),
		.has_body = true,
		.received_at = clock_now(),
	};

	store_begin(db);
	store_add_conversation(db, id);
	store_add_message(db, id, id, MESSAGE_WAITING);
	assert_int_equal(conversations_take_slot(db, id, id, USEC_NEVER), 1);
	assert_int_equal(callbacks_insert(db, &callback), 1);
	assert_int_equal(unit_commit(db), 0);
	wake(world->core.wake, TOPIC_CALLBACK, id);
}

static void turn(struct world *world)
{
	wake_run(world->core.wake, WAKE_BEFORE_COMMIT);
	assert_int_equal(db_flush(world->store->db), 0);
	wake_run(world->core.wake, WAKE_AFTER_COMMIT);
}

static enum callback_state callback_state(struct world *world, int64_t id)
{
	CLEANUP(callback_done) struct callback callback = { 0 };

	assert_int_equal(callbacks_get(world->store->db, id, &callback), 1);
	assert_true(callback.has_body);
	return callback.state;
}

/* Message, conversation and answer say the same; seq counts each answer once. */
static void assert_settled(struct world *world, int64_t id, bool is_settled)
{
	CLEANUP(message_done) struct message message = { 0 };
	CLEANUP(conversation_done) struct conversation conversation = { 0 };
	struct answer answers[2];
	int count;

	assert_int_equal(messages_get(world->store->db, id, &message), 1);
	assert_int_equal(conversations_get(world->store->db, id, &conversation), 1);
	count = answers_of_message(world->store->db, id, id, 2, answers);
	assert_int_equal(count, is_settled ? 1 : 0);
	assert_int_equal(message.state, is_settled ? MESSAGE_ANSWERED : MESSAGE_WAITING);
	assert_int_equal(message.answers, count);
	assert_int_equal(conversation.in_flight, is_settled ? 0 : id);
	assert_int_equal(conversation.seq, count);
	for (int i = 0; i < count; i++)
		answer_done(&answers[i]);
}

static void test_collected__are_all_correlated(void **state)
{
	struct world *world = *state;

	for (int64_t id = 1; id <= CALLBACKS; id++)
		add_callback(world, id);
	turn(world);
	for (int64_t id = 1; id <= CALLBACKS; id++) {
		assert_int_equal(callback_state(world, id), CALLBACK_MATCHED);
		assert_settled(world, id, true);
	}
}

static void test_collected__one_that_fails_costs_only_itself(void **state)
{
	struct world *world = *state;

	assert_int_equal(db_execute(world->store->db,
				    "CREATE TRIGGER poison BEFORE INSERT ON events "
				    "WHEN NEW.message = 7 BEGIN SELECT RAISE(ABORT, 'no'); END"),
			 0);
	log_set_level(LOG_LEVEL_ERROR - 1);
	for (int64_t id = 1; id <= CALLBACKS; id++)
		add_callback(world, id);
	turn(world);
	for (int64_t id = 1; id <= CALLBACKS; id++) {
		assert_int_equal(callback_state(world, id),
				 id == POISON ? CALLBACK_RECEIVED : CALLBACK_MATCHED);
		assert_settled(world, id, id != POISON);
	}

	/* Once the fault is gone, it is as any other. */
	assert_int_equal(db_execute(world->store->db, "DROP TRIGGER poison"), 0);
	wake(world->core.wake, TOPIC_CALLBACK, POISON);
	turn(world);
	assert_int_equal(callback_state(world, POISON), CALLBACK_MATCHED);
	assert_settled(world, POISON, true);
}

static void test_collected__the_same_twice_is_correlated_once(void **state)
{
	struct world *world = *state;

	add_callback(world, 1);
	add_callback(world, 2);
	wake(world->core.wake, TOPIC_CALLBACK, 1);
	turn(world);
	assert_settled(world, 1, true);
	assert_settled(world, 2, true);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_collected__are_all_correlated),
		TEST(test_collected__one_that_fails_costs_only_itself),
		TEST(test_collected__the_same_twice_is_correlated_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
