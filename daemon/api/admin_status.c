/*
 * GET /admin/v1/status: the whole daemon on one page, and a word on its health:
 *
 *   down      it cannot take messages: the database or the disk refuses, or it is stopping
 *   degraded  something waits for a person; `reasons` say what
 *   healthy
 *
 * Counts are of the last 24 hours, and of STATUS_MAX rows at most (`partial`).
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/statvfs.h>

#include "alerts.h"
#include "api/admin.h"
#include "base/clock.h"
#include "base/json.h"
#include "store/db.h"
#include "store/holds.h"
#include "store/status.h"

#define WINDOW USEC_PER_DAY
#define MAX_HOLDS 256

/* The page while it is written. */
struct page {
	struct api *api;
	struct json_object *root;
	struct json_object *reasons;
	int64_t since;
	bool is_down;
	usec_t last_answer_at;
};

static void add_reason(struct page *page, const char *code, char *detail)
{
	struct json_object *object = json_object_new_object();

	json_put_string(object, "code", code);
	json_put_string(object, "detail", detail);
	json_object_array_add(page->reasons, object);
	free(detail);
}

static void put_number(struct json_object *object, const char *key, double value)
{
	/* Milliseconds are enough for a person. */
	double rounded = (double)(int64_t)(value * 1000 + 0.5) / 1000;

	json_put(object, key, json_object_new_double(rounded));
}

/* ---- the daemon ---- */

static int put_daemon(struct page *page)
{
	const struct core *core = page->api->core;
	const struct config *config = core->config;
	struct json_object *object = json_object_new_object();
	usec_t started_at = ids_time(core->run);
	usec_t now = clock_now();

	json_put_string(page->root, "version", MAAXD_VERSION);
	json_put_int(page->root, "pid", getpid());
	json_put_time(page->root, "now", now);
	json_put_time(page->root, "started_at", started_at);
	json_put_int(page->root, "uptime_seconds",
		     now > started_at ? (int64_t)((now - started_at) / USEC_PER_SEC) : 0);
	json_put_string(object, "path", config->path);
	json_put_time(object, "loaded_at", config->loaded_at);
	json_put_int(object, "sources", (int64_t)config->source_count);
	json_put_int(object, "destinations", (int64_t)config->destination_count);
	json_put(page->root, "config", object);
	json_put_int(page->root, "connections",
		     (int64_t)http_server_connections(page->api->server));
	json_put_int(page->root, "streams", (int64_t)http_server_streams(page->api->server));
	if (core->is_stopping) {
		page->is_down = true;
		add_reason(page, "stopping", xstrdup("the daemon is stopping"));
	}
	return 0;
}

static int put_storage(struct page *page)
{
	const struct core *core = page->api->core;
	struct json_object *object = json_object_new_object();
	struct db_stats stats;
	struct statvfs info;
	int64_t oldest = 0;
	int r = status_oldest(core->db, &oldest);

	db_get_stats(core->db, &stats);
	json_put_string(object, "state_dir", core->config->maaxd.state_dir);
	json_put_int(object, "database_bytes", (int64_t)stats.file_bytes);
	json_put_int(object, "wal_bytes", (int64_t)stats.wal_bytes);
	if (statvfs(core->config->maaxd.state_dir, &info) == 0)
		json_put_int(object, "disk_free_bytes", (int64_t)(info.f_bavail * info.f_frsize));
	else
		json_put(object, "disk_free_bytes", NULL);
	json_put_int(object, "disk_reserve_bytes", (int64_t)core->config->maaxd.disk_reserve);
	json_put_time(object, "oldest_message_at", oldest ? ids_time(oldest) : 0);
	json_put(page->root, "storage", object);
	if (core->is_disk_low)
		add_reason(page, "disk_low",
			   xstrdup("less than disk_reserve is free: new messages are refused"));
	if (db_last_error(core->db) < 0)
		add_reason(
			page, "database",
			xasprintf("the last write failed: %s", strerror(-db_last_error(core->db))));
	page->is_down |= core->is_disk_low;
	return r;
}

/* ---- Maax ---- */

static int compare_waits(const void *a, const void *b)
{
	const struct status_answer *x = a;
	const struct status_answer *y = b;

	return x->waited < y->waited ? -1 : x->waited > y->waited;
}

static void put_percentile(struct json_object *object, const char *key,
			   const struct status_answer *sorted, int count, int percent)
{
	int index = (count - 1) * percent / 100;

	if (count == 0)
		json_put(object, key, NULL);
	else
		put_number(object, key, (double)sorted[index].waited / USEC_PER_SEC);
}

static int put_answers(struct page *page, struct json_object *maax)
{
	struct status_answer *answers = xcalloc(STATUS_ANSWERS_MAX, sizeof(*answers));
	struct json_object *object = json_object_new_object();
	int count = status_answers(page->api->core->db, page->since, answers);

	if (count > 0) {
		page->last_answer_at = answers[0].received_at;
		qsort(answers, (size_t)count, sizeof(*answers), compare_waits);
	}
	json_put_time(maax, "last_answer_at", page->last_answer_at);
	json_put_int(object, "count", count > 0 ? count : 0);
	put_percentile(object, "p50_seconds", answers, count > 0 ? count : 0, 50);
	put_percentile(object, "p95_seconds", answers, count > 0 ? count : 0, 95);
	json_put(maax, "answer_wait", object);
	free(answers);
	return count < 0 ? count : 0;
}

static int put_last_submit(struct page *page, struct json_object *maax)
{
	struct json_object *object = NULL;
	struct status_submit submit;
	int r = status_last_submit(page->api->core->db, &submit);

	if (r == 0 && submit.finished_at) {
		object = json_object_new_object();
		json_put_time(object, "at", submit.finished_at);
		json_put_string(object, "outcome", outcome_name(submit.outcome));
		json_put(object, "status",
			 submit.status ? json_object_new_int(submit.status) : NULL);
		put_number(object, "seconds",
			   (double)(submit.finished_at - submit.started_at) / USEC_PER_SEC);
	}
	json_put(maax, "last_submit", object);
	return r;
}

static int put_ai_holds(struct page *page, struct json_object *maax)
{
	struct hold *holds = xcalloc(MAX_HOLDS, sizeof(*holds));
	struct json_object *array = json_object_new_array();
	int count = holds_list(page->api->core->db, MAX_HOLDS, holds);

	for (int i = 0; i < count; i++) {
		if (holds[i].kind == HOLD_AI) {
			struct json_object *object = json_object_new_object();

			json_put_string(object, "ai", holds[i].name);
			json_put_string(object, "reason", holds[i].reason);
			json_put_time(object, "since", holds[i].since);
			json_object_array_add(array, object);
			add_reason(page, "ai_held",
				   xasprintf("AI %s is held: %s", holds[i].name, holds[i].reason));
		}
		hold_done(&holds[i]);
	}
	free(holds);
	json_put(maax, "holds", array);
	return count < 0 ? count : 0;
}

static int put_maax(struct page *page)
{
	struct json_object *object = json_object_new_object();
	int r = put_last_submit(page, object);

	if (r == 0)
		r = put_answers(page, object);
	if (r == 0)
		r = put_ai_holds(page, object);
	json_put(page->root, "maax", object);
	return r;
}

/* ---- what happened ---- */

static int put_messages(struct page *page)
{
	struct json_object *object = json_object_new_object();
	struct db *db = page->api->core->db;
	struct status_messages counts = { 0 };
	bool is_partial;
	usec_t oldest = 0;
	int r = status_messages(db, page->since, &counts);

	if (r == 0)
		r = status_oldest_open(db, &oldest);
	is_partial = counts.total >= STATUS_MAX;
	json_put_time(object, "since", ids_time(is_partial ? counts.first : page->since));
	json_put_bool(object, "partial", is_partial);
	json_put_int(object, "total", counts.total);
	for (unsigned i = 0; i < MESSAGE_STATE_MAX; i++)
		json_put_int(object, message_state_name(i), counts.by_state[i]);
	json_put_int(object, "late", counts.late);
	json_put_time(object, "oldest_open_at", oldest);
	json_put(page->root, "messages", object);
	if (counts.by_state[MESSAGE_HELD] > 0)
		add_reason(page, "messages_held",
			   xasprintf("%lld messages are held",
				     (long long)counts.by_state[MESSAGE_HELD]));
	return r;
}

static int put_callbacks(struct page *page)
{
	struct json_object *object = json_object_new_object();
	int64_t counts[CALLBACK_STATE_MAX] = { 0 };
	int r = status_callbacks(page->api->core->db, page->since, counts);
	int64_t open = counts[CALLBACK_UNMATCHED] + counts[CALLBACK_UNMAPPED];

	for (unsigned i = 0; i < CALLBACK_STATE_MAX; i++)
		json_put_int(object, callback_state_name(i), counts[i]);
	json_put(page->root, "callbacks", object);
	if (open > 0)
		add_reason(page, "callbacks",
			   xasprintf("%lld callbacks are unmatched or unmapped", (long long)open));
	return r;
}

static int put_deliveries(struct page *page)
{
	struct json_object *object = json_object_new_object();
	int64_t counts[DELIVERY_STATE_MAX] = { 0 };
	int r = status_deliveries(page->api->core->db, page->since, counts);

	for (unsigned i = 0; i < DELIVERY_STATE_MAX; i++)
		json_put_int(object, delivery_state_name(i), counts[i]);
	json_put(page->root, "deliveries", object);
	if (counts[DELIVERY_DEAD] > 0)
		add_reason(page, "deliveries_dead",
			   xasprintf("%lld deliveries are dead", (long long)counts[DELIVERY_DEAD]));
	return r;
}

static int put_destinations(struct page *page)
{
	struct json_object *array = json_object_new_array();
	int r = api_render_destinations(page->api, array);

	for (size_t i = 0; i < json_object_array_length(array); i++) {
		struct json_object *destination = json_object_array_get_idx(array, i);
		const char *name = json_get_string(destination, "name");
		struct json_object *hold = json_at(destination, "/hold");

		if (hold)
			add_reason(page, "destination_held",
				   xasprintf("destination %s is held: %s", name,
					     json_get_string(hold, "reason")));
		if (!json_object_get_boolean(json_at(destination, "/configured")))
			add_reason(page, "destination_missing",
				   xasprintf("deliveries wait for %s, which is not in the "
					     "configuration",
					     name));
	}
	json_put(page->root, "destinations", array);
	return r;
}

/* Of alerts those that no other part of the page shows. */
static int put_alerts(struct page *page)
{
	static const char *const kinds[] = { "answers_stopped", "inbound_unmapped", NULL };
	struct json_object *array = json_object_new_array();
	int count = api_render_alerts(page->api, array);

	for (int i = 0; i < count; i++) {
		struct json_object *alert = json_object_array_get_idx(array, (size_t)i);
		const char *kind = json_get_string(alert, "kind");
		const char *name = json_get_string(alert, "name");

		for (size_t k = 0; kinds[k]; k++)
			if (streq(kinds[k], kind))
				add_reason(page, kind,
					   xasprintf("%s%s%s", name ? name : "", name ? ": " : "",
						     json_get_string(alert, "reason")));
	}
	json_put(page->root, "alerts", array);
	return count < 0 ? count : 0;
}

/* Work that is due and not done. */
static int check_flow(struct page *page)
{
	usec_t age = 0;
	int r = api_oldest_due(page->api, &age);

	if (age > ALERTS_QUEUE_AGE)
		add_reason(page, "queue_age",
			   xasprintf("messages that are due have waited for %llu s",
				     (unsigned long long)(age / USEC_PER_SEC)));
	return r;
}

static void put_health(struct page *page)
{
	bool is_degraded = json_object_array_length(page->reasons) > 0;

	json_put_string(page->root, "health",
			page->is_down ? "down"
			: is_degraded ? "degraded"
				      : "healthy");
	json_put(page->root, "reasons", json_object_get(page->reasons));
}

void api_admin_status(struct http_request *request, void *ctx)
{
	static int (*const parts[])(struct page * page) = {
		put_daemon,	  put_maax,    put_messages, put_callbacks, put_deliveries,
		put_destinations, put_storage, put_alerts,   check_flow,
	};
	CLEANUP(json_putp) struct json_object *root = json_object_new_object();
	CLEANUP(json_putp) struct json_object *reasons = json_object_new_array();
	struct page page = {
		.api = ctx,
		.root = root,
		.reasons = reasons,
		.since = ids_floor(clock_now() - WINDOW),
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(parts); i++)
		r = parts[i](&page);
	if (r < 0) {
		api_reply_store_error(request, r);
		return;
	}
	put_health(&page);
	api_reply_object(ctx, request, 200, TAKE(root));
}
