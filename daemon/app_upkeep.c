/* What happens every few seconds: free disk, the watchdog, STATUS, pruning; and the gauges of
 * /metrics. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "alerts.h"
#include "app_private.h"
#include "base/clock.h"
#include "base/fetch.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "base/notify.h"
#include "options.h"
#include "store/conversations.h"
#include "store/db.h"
#include "store/deliveries.h"
#include "store/idempotency.h"
#include "store/messages.h"

#define UPKEEP_EVERY (2 * USEC_PER_SEC)
#define IDEMPOTENCY_AGE USEC_PER_DAY
#define PRUNE_STEP 500

static uint64_t free_bytes(const struct app *app)
{
	struct statvfs info;

	if (statvfs(app->config->maaxd.state_dir, &info) < 0)
		return UINT64_MAX; /* a write will tell */
	return (uint64_t)info.f_bavail * info.f_frsize;
}

/* New messages stop before the disk is full, so that answers to those accepted still find room. */
static void check_disk(struct app *app)
{
	bool is_low = free_bytes(app) < app->config->maaxd.disk_reserve;

	if (is_low && !app->core.is_disk_low)
		log_error("disk: less than disk_reserve is free: new messages are refused, "
			  "callbacks are not");
	if (!is_low && app->core.is_disk_low)
		log_notice("disk: enough is free again: new messages are accepted");
	app->core.is_disk_low = is_low;
}

static void prune(struct app *app)
{
	struct db *db = app->core.db;

	if (unit_begin(db) < 0)
		return; /* the next time */
	IGNORE(unit_end(db, idempotency_prune(db, clock_now() - IDEMPOTENCY_AGE,
					      PRUNE_STEP))); /* likewise */
}

static void tell_status(struct app *app)
{
	struct messages_open_counts counts;
	char text[160];

	if (messages_count_open(app->core.db, &counts) < 0)
		return;
	snprintf(text, sizeof(text),
		 "%" PRId64 " messages queued, %" PRId64 " being submitted, %" PRId64
		 " open; %zu connections%s",
		 counts.queued, counts.submitting, counts.with_deadline,
		 http_server_connections(app->api.server),
		 app->core.is_disk_low ? "; DISK LOW" : "");
	notify_status(text);
}

static void on_upkeep(void *ctx)
{
	struct app *app = ctx;

	if (app->core.is_stopping)
		return;
	check_disk(app);
	tell_status(app);
	prune(app);
	loop_set_timer(app->upkeep, clock_now() + UPKEEP_EVERY);
}

/* The loop itself pings: a loop that hangs pings no more. */
static void on_watchdog(void *ctx)
{
	struct app *app = ctx;

	notify_watchdog();
	loop_set_timer(app->watchdog, clock_now() + app->watchdog_interval);
}

/* ---- gauges ---- */

static void set_gauge(struct app *app, const char *name, const char *help, const char *labels,
		      double value)
{
	metric_set(metrics_gauge(app->core.metrics, name, help, labels), value);
}

static void collect_destination(struct app *app, const char *destination)
{
	CLEANUP(buf_done) struct buf labels = BUF_INIT(1 * KIB);
	struct deliveries_counts counts;
	usec_t now = clock_now();

	if (metrics_add_label(&labels, "destination", destination) < 0 ||
	    deliveries_count(app->core.db, destination, &counts) < 0)
		return;
	set_gauge(app, "maaxd_delivery_queue_depth", "Deliveries that are pending.",
		  buf_text(&labels), (double)counts.pending);
	set_gauge(app, "maaxd_delivery_dead", "Deliveries that were given up.", buf_text(&labels),
		  (double)counts.dead);
	set_gauge(app, "maaxd_delivery_oldest_age_seconds", "Age of the oldest pending delivery.",
		  buf_text(&labels),
		  counts.oldest_at ? (double)(now - counts.oldest_at) / USEC_PER_SEC : 0);
}

static void collect_store(struct app *app)
{
	struct conversations_open_counts conversations;
	struct messages_open_counts counts;
	struct db_stats stats;

	db_get_stats(app->core.db, &stats);
	set_gauge(app, "maaxd_db_bytes", "Size of the database file.", NULL,
		  (double)stats.file_bytes);
	set_gauge(app, "maaxd_wal_bytes", "Size of the write-ahead log.", NULL,
		  (double)stats.wal_bytes);
	set_gauge(app, "maaxd_db_commits", "Commits since the start.", NULL, (double)stats.commits);
	set_gauge(app, "maaxd_db_lost_batches",
		  "Batches that could not be written since the start.", NULL, (double)stats.aborts);
	if (conversations_count_open(app->core.db, &conversations) < 0 ||
	    messages_count_open(app->core.db, &counts) < 0)
		return;
	set_gauge(app, "maaxd_conversations_pending", "Conversations with a message at Maax.", NULL,
		  (double)conversations.pending);
	set_gauge(app, "maaxd_conversations_overdue",
		  "Conversations with a message whose answer is overdue.", NULL,
		  (double)conversations.overdue);
	set_gauge(app, "maaxd_messages_queued", "Messages that wait to be submitted.", NULL,
		  (double)counts.queued);
	set_gauge(app, "maaxd_messages_submitting", "Messages that are being submitted.", NULL,
		  (double)counts.submitting);
	set_gauge(app, "maaxd_messages_pending", "Messages without an answer, not overdue yet.",
		  NULL, (double)counts.with_deadline);
}

static void collect(void *ctx)
{
	struct app *app = ctx;

	collect_store(app);
	for (size_t i = 0; i < app->config->destination_count; i++)
		collect_destination(app, app->config->destinations[i].name);
	set_gauge(app, "maaxd_sse_clients", "Open event streams.", NULL,
		  (double)http_server_streams(app->api.server));
	set_gauge(app, "maaxd_disk_free_bytes", "Free bytes where the database is.", NULL,
		  (double)free_bytes(app));
	set_gauge(app, "maaxd_build_info", "Always 1; the labels tell.",
		  "version=\"" MAAXD_VERSION "\"", 1);
}

static void observe_commit(usec_t length, void *ctx)
{
	metric_observe(ctx, (double)length / USEC_PER_SEC);
}

int app_start_upkeep(struct app *app)
{
	static const double bounds[] = { 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01,
					 0.02,	 0.05,	 0.1,	0.5,   1 };
	int r = loop_add_timer(app->core.loop, on_upkeep, app, &app->upkeep);

	if (r == 0)
		r = loop_add_timer(app->core.loop, on_watchdog, app, &app->watchdog);
	if (r < 0) {
		log_error("cannot start: timers: %s", strerror(-r));
		return 1;
	}
	app->commit_time = metrics_histogram(app->core.metrics, "maaxd_db_commit_duration_seconds",
					     "Time a COMMIT took, with its sync.", NULL, bounds,
					     ARRAY_SIZE(bounds));
	db_on_commit_time(app->core.db, observe_commit, app->commit_time);
	metrics_on_collect(app->core.metrics, collect, app);
	check_disk(app);
	alerts_start(app->alerts); /* it looks at the disk's state too */
	loop_set_timer(app->upkeep, clock_now() + UPKEEP_EVERY);
	app->watchdog_interval = notify_watchdog_interval();
	if (app->watchdog_interval > 0)
		loop_set_timer(app->watchdog, clock_now());
	return 0;
}

void app_stop_upkeep(struct app *app)
{
	loop_source_free(app->upkeep);
	loop_source_free(app->watchdog);
	app->upkeep = NULL;
	app->watchdog = NULL;
}
