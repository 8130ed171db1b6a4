/* See stage_fixture.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "base/wake.h"
#include "lib/stage_fixture.h"

#define MAX_ROWS 64

static void split(const char *text, struct words *ret_words)
{
	const char *why = NULL;

	assert_int_equal(words_split(text, ret_words, &why), 0);
}

static void init_config(struct stage *stage)
{
	stage->ais[0] = (struct config_ai){ .name = TEXT("sales"), .ai_id = 123 };
	stage->ais[1] = (struct config_ai){ .name = TEXT("care"), .ai_id = 124 };
	for (size_t i = 0; i < 2; i++)
		stage->destinations[i] = (struct config_destination){
			.name = i == 0 ? TEXT("desk") : TEXT("pager"),
			.events = i == 0 ? UINT32_MAX : 1u << EVENT_EMERGENCY,
			.retry_schedule = { .count = 1 },
			.order_hold = 120 * USEC_PER_SEC,
		};
	stage->routes[0] = &stage->destinations[0];
	stage->routes[1] = &stage->destinations[1];
	for (size_t i = 0; i < 2; i++)
		stage->sources[i] = (struct config_source){
			.name = i == 0 ? TEXT("crm") : TEXT("shop"),
			.ai = &stage->ais[i],
			.ai_name = stage->ais[i].name,
			.destinations = stage->routes,
			.max_text = 16 * KIB,
		};
	split("desk pager", &stage->sources[0].destination_names);
	split("desk", &stage->sources[1].destination_names);
	stage->config = (struct config){
		.maax = { .submit_schedule = { .count = 1 },
			  .answer_deadline = STAGE_DEADLINE,
			  .submit_timeout = 15 * USEC_PER_SEC,
			  .base_url = TEXT("http://127.0.0.1:9"),
			  .api_key = TEXT("key") },
		.ais = stage->ais,
		.ai_count = 2,
		.sources = stage->sources,
		.source_count = 2,
		.destinations = stage->destinations,
		.destination_count = 2,
	};
	split("/message_content /text", &stage->config.maax.map_text);
	split("/conversation_id", &stage->config.maax.map_conversation_id);
	split("/prospect_id", &stage->config.maax.map_prospect_id);
	split("/email", &stage->config.maax.map_contact);
}

static bool is_open(void *ctx)
{
	struct stage *stage = ctx;

	return db_batch_is_open(stage->core.db) || wake_is_pending(stage->core.wake);
}

static void flush(void *ctx)
{
	stage_flush(ctx);
}

int stage_setup(void **state)
{
	struct stage *stage = xnew(struct stage);
	void *store = NULL;

	if (store_setup(&store) != 0)
		return -1;
	clock_fake(STAGE_NOW);
	init_config(stage);
	stage->store = store;
	stage->core.config = &stage->config;
	stage->core.db = stage->store->db;
	stage->core.wake = wake_new();
	stage->core.metrics = metrics_new();
	stage->core.run = 1;
	assert_int_equal(loop_new(&stage->core.loop), 0);
	loop_set_batch(stage->core.loop,
		       (struct loop_batch){ .is_open = is_open, .flush = flush, .ctx = stage });
	*state = stage;
	return 0;
}

int stage_teardown(void **state)
{
	struct stage *stage = *state;
	void *store = stage->store;

	store_teardown(&store);
	metrics_free(stage->core.metrics);
	wake_free(stage->core.wake);
	loop_free(stage->core.loop);
	for (size_t i = 0; i < 2; i++)
		words_done(&stage->sources[i].destination_names);
	words_done(&stage->config.maax.map_text);
	words_done(&stage->config.maax.map_conversation_id);
	words_done(&stage->config.maax.map_prospect_id);
	words_done(&stage->config.maax.map_contact);
	free(stage);
	clock_fake(0);
	return 0;
}

void stage_set_time(usec_t at)
{
	clock_fake(at);
}

void stage_flush(struct stage *stage)
{
	wake_run(stage->core.wake, WAKE_BEFORE_COMMIT);
	assert_int_equal(db_flush(stage->core.db), 0);
	wake_run(stage->core.wake, WAKE_AFTER_COMMIT);
}

void stage_add_conversation(struct stage *stage, int64_t id)
{
	store_begin(stage->core.db);
	store_add_conversation(stage->core.db, id);
	store_commit(stage->core.db);
}

void stage_add_message(struct stage *stage, int64_t id, int64_t conversation)
{
	struct message message = {
		.id = id,
		.conversation = conversation,
		.source = TEXT("crm"),
		.state = MESSAGE_WAITING,
		.ai = TEXT("sales"),
		.platform = TEXT("website"),
		.message_content = TEXT("hello"),
		.prospect_info = TEXT("{}"),
		.created_at = STAGE_NOW,
		.deadline_at = STAGE_NOW + STAGE_DEADLINE,
		.submitted_at = STAGE_NOW,
		.submits = 1,
	};

	store_begin(stage->core.db);
	assert_int_equal(conversations_next_seq(stage->core.db, conversation, &message.seq), 1);
	assert_int_equal(messages_insert(stage->core.db, &message), 1);
	store_commit(stage->core.db);
}

struct message stage_message(struct stage *stage, int64_t id)
{
	struct message message = { 0 };

	assert_int_equal(messages_get(stage->core.db, id, &message), 1);
	return message;
}

struct conversation stage_conversation(struct stage *stage, int64_t id)
{
	struct conversation conversation = { 0 };

	assert_int_equal(conversations_get(stage->core.db, id, &conversation), 1);
	return conversation;
}

static int compare_deliveries(const void *a, const void *b)
{
	const struct delivery *left = a, *right = b;

	return (left->id > right->id) - (left->id < right->id);
}

char *stage_deliveries(struct stage *stage)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(MIB);
	struct delivery rows[MAX_ROWS];
	size_t count = 0;

	for (size_t d = 0; d < stage->config.destination_count; d++) {
		int64_t ids[MAX_ROWS];
		int found = deliveries_due(stage->core.db, stage->destinations[d].name, INT64_MAX,
					   MAX_ROWS, ids);

		for (int i = 0; i < found; i++) {
			assert_true(count < MAX_ROWS);
			assert_int_equal(deliveries_get(stage->core.db, ids[i], &rows[count++]), 1);
		}
	}
	qsort(rows, count, sizeof(*rows), compare_deliveries);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(buf_add_format(&text, "%s%s %s", i > 0 ? "; " : "", rows[i].type,
						rows[i].destination),
				 0);
		delivery_done(&rows[i]);
	}
	return buf_take(&text);
}

char *stage_events(struct stage *stage)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(MIB);
	struct event rows[MAX_ROWS];
	int count = events_after(stage->core.db, 0, MAX_ROWS, rows);

	assert_true(count >= 0);
	for (int i = 0; i < count; i++) {
		assert_int_equal(buf_add_format(&text, "%s%s %s %s", i > 0 ? "; " : "",
						rows[i].type, rows[i].state ? rows[i].state : "-",
						rows[i].detail ? rows[i].detail : "-"),
				 0);
		event_done(&rows[i]);
	}
	return buf_take(&text);
}
