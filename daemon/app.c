/* Puts the parts together and takes them apart. See app.h. */
#include "app.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "alerts.h"
#include "api/events_hub.h"
#include "api/routes.h"
#include "api/waits.h"
#include "app_private.h"
#include "backup.h"
#include "base/clock.h"
#include "base/fetch.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "base/notify.h"
#include "base/wake.h"
#include "correlate.h"
#include "deadline.h"
#include "deliver.h"
#include "history.h"
#include "intake.h"
#include "intake_inbound.h"
#include "options.h"
#include "retention.h"
#include "store/db.h"
#include "submit.h"

#define MAX_BODY_MEMORY (32 * MIB) /* of all request bodies together */
#define MAX_CONNECTIONS 512	   /* of a fetcher */
#define STOP_POLL (20 * USEC_PER_MSEC)
#define STOP_MARGIN (10 * USEC_PER_SEC) /* for closing the database, after all else */

static int exit_status(int error)
{
	switch (-error) {
	case EIO:
	case ENOSPC:
		return APP_EXIT_IO;
	case EBUSY:
		return APP_EXIT_BUSY;
	case EACCES:
	case EPERM:
		return APP_EXIT_RIGHTS;
	case EBADMSG:
		return APP_EXIT_CONFIG;
	default:
		return 1;
	}
}

static int fail(const char *what, int error)
{
	log_error("cannot start: %s: %s", what, strerror(-error));
	notify_errno(-error);
	return exit_status(error);
}

/* ---- the turn of the loop ---- */

static bool is_open(void *ctx)
{
	const struct app *app = ctx;

	return db_batch_is_open(app->core.db) || wake_is_pending(app->core.wake) ||
	       http_server_wants_pump(app->api.server);
}

/* Commit before sleep: rows first, then whoever may notice them. */
static void flush(void *ctx)
{
	struct app *app = ctx;
	int r;

	log_gather();
	wake_run(app->core.wake, WAKE_BEFORE_COMMIT);
	r = db_flush(app->core.db);
	if (r < 0 && !app->is_losing_batches)
		log_error("a batch was lost: %s; its requests got 503, nothing acknowledged is "
			  "missing",
			  strerror(-r));
	app->is_losing_batches = r < 0;
	if (db_has_failed(app->core.db)) {
		log_error("the database could not be synced: what is on disk is unknown; starting "
			  "again is the cure");
		loop_exit(app->core.loop, APP_EXIT_IO);
	}
	backup_turn(app->api.backup);
	wake_run(app->core.wake, WAKE_AFTER_COMMIT);
	http_server_pump(app->api.server);
	log_release();
}

static void subscribe(struct app *app)
{
	struct wake *wake = app->core.wake;

	wake_subscribe(wake, TOPIC_CALLBACK, WAKE_BEFORE_COMMIT, correlate_woken, app->correlate);
	wake_subscribe(wake, TOPIC_CALLBACKS_COLLECTED, WAKE_BEFORE_COMMIT, correlate_collected,
		       app->correlate);
	wake_subscribe(wake, TOPIC_SLOT_FREE, WAKE_BEFORE_COMMIT, submit_slot_free, app->submit);
	wake_subscribe(wake, TOPIC_MESSAGE_DUE, WAKE_AFTER_COMMIT, submit_woken, app->submit);
	wake_subscribe(wake, TOPIC_DEADLINE, WAKE_AFTER_COMMIT, deadline_woken, app->deadline);
	wake_subscribe(wake, TOPIC_HISTORY, WAKE_AFTER_COMMIT, history_woken, app->history);
	wake_subscribe(wake, TOPIC_DELIVERY, WAKE_AFTER_COMMIT, deliver_woken, app->api.deliver);
	wake_subscribe(wake, TOPIC_MESSAGE_CHANGED, WAKE_AFTER_COMMIT, waits_woken, app->api.waits);
	wake_subscribe(wake, TOPIC_EVENT, WAKE_AFTER_COMMIT, events_hub_woken, app->api.hub);
}

/* ---- reload ---- */

static void log_lines(enum log_level level, const struct conf_errors *errors)
{
	const char *line = buf_text(&errors->text);

	while (*line) {
		size_t len = strcspn(line, "\n");

		log_write(level, "%.*s", (int)len, line);
		line += len + (line[len] == '\n');
	}
}

static void reload(struct app *app)
{
	CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
	CLEANUP(conf_errors_done) struct conf_errors warnings = { 0 };
	struct config *fresh = NULL;
	int r;

	notify_reloading();
	r = config_load(app->config->path, &fresh, &errors, &warnings);
	if (r == 0)
		r = config_check_reload(app->config, fresh, &errors);
	log_lines(LOG_LEVEL_WARNING, &warnings);
	if (r < 0) {
		log_lines(LOG_LEVEL_ERROR, &errors);
		log_error("reload refused: the configuration in force stays");
		config_free(fresh);
		notify_ready("reload refused, the old configuration stays in force: see the log");
		return;
	}
	app->core.config = fresh;
	config_free(app->config);
	app->config = fresh;
	log_set_level((enum log_level)fresh->maaxd.log_level);
	submit_reload(app->submit);
	deliver_reload(app->api.deliver);
	retention_start(app->api.retention);
	log_notice("configuration reloaded file=%s", fresh->path);
	notify_ready("configuration reloaded");
}

/* ---- stop ---- */

static bool is_finished(const struct app *app)
{
	return http_server_is_idle(app->api.server) && submit_running(app->submit) == 0 &&
	       deliver_running(app->api.deliver) == 0 && history_running(app->history) == 0;
}

static void on_stop_timer(void *ctx)
{
	struct app *app = ctx;

	if (is_finished(app) || clock_now() >= app->stop_by) {
		flush(app); /* replies that wait for a commit still hold their requests */
		http_server_abort(app->api.server);
		loop_exit(app->core.loop, 0);
		return;
	}
	loop_set_timer(app->stop_timer, clock_now() + STOP_POLL);
}

static void stop(struct app *app)
{
	if (app->core.is_stopping)
		return;
	notify_stopping("stopping: answering what waits",
			app->config->maaxd.shutdown_timeout + STOP_MARGIN);
	log_notice("stopping");
	app->core.is_stopping = true;
	app->stop_by = clock_now() + app->config->maaxd.shutdown_timeout;
	http_server_drain(app->api.server);
	loop_set_timer(app->stop_timer, clock_now());
}

static void on_signal(int signo, void *ctx)
{
	if (signo == SIGHUP)
		reload(ctx);
	else
		stop(ctx);
}

/* ---- start ---- */

/* Ids are made of times, so the greatest one tells how far the runs before this one have come. */
static void go_on_from(struct app *app, int64_t last)
{
	usec_t behind = last ? clock_not_before(ids_time(last)) : 0;

	if (behind >= USEC_PER_SEC)
		log_warning("the clock was set back since the last run: times go on from there, "
			    "ahead of it by %llu s",
			    (unsigned long long)(behind / USEC_PER_SEC));
	ids_seed((unsigned)app->config->maaxd.node_id, last);
	app->core.run = ids_next();
}

static int open_store(struct app *app)
{
	const char *dir = app->config->maaxd.state_dir;
	CLEANUP(freep) char *path = xasprintf("%s/maaxd.db", dir);
	CLEANUP(freep) char *why = NULL;
	int64_t last = 0;
	int r;

	if (mkdir(dir, 0700) < 0 && errno != EEXIST) {
		log_error("cannot start: state_dir %s cannot be made: %s", dir, strerror(errno));
		return exit_status(-errno);
	}
	r = db_open(path, &app->core.db, &why);
	if (r < 0) {
		log_error("cannot start: %s", why ? why : strerror(-r));
		notify_errno(-r);
		return exit_status(r);
	}
	r = db_max_id(app->core.db, &last);
	if (r < 0)
		return fail("the database cannot be read", r);
	go_on_from(app, last);
	return 0;
}

static int make_stages(struct app *app)
{
	CLEANUP(freep) char *key_path = app_key_path(app);
	struct core *core = &app->core;
	int r = fetcher_new(core->loop, MAX_CONNECTIONS, &core->maax_fetcher);

	if (r == 0)
		r = fetcher_new(core->loop, MAX_CONNECTIONS, &core->dest_fetcher);
	if (r == 0)
		r = fetcher_new_guarded(core->loop, MAX_CONNECTIONS, &core->caller_fetcher);
	app->api.core = core;
	app->api.intake = intake_new(core);
	if (r == 0)
		r = intake_inbound_new(core, app->api.intake, &app->api.inbound);
	if (r == 0)
		r = submit_new(core, &app->submit);
	if (r == 0)
		r = correlate_new(core, &app->correlate);
	if (r == 0)
		r = deadline_new(core, &app->deadline);
	if (r == 0)
		r = history_new(core, &app->history);
	if (r == 0)
		r = deliver_new(core, &app->api.deliver);
	if (r == 0)
		r = retention_new(core, &app->api.retention);
	if (r == 0)
		r = backup_new(core, key_path, &app->api.backup);
	if (r == 0)
		r = alerts_new(core, &app->alerts);
	if (r == 0)
		r = waits_new(&app->api, &app->api.waits);
	if (r == 0)
		r = events_hub_new(core, &app->api.hub);
	return r < 0 ? fail("the stages", r) : 0;
}

/* For the debug log only: the route, never the path, which may hold a token. */
static void log_request(struct http_request *request, int status, usec_t elapsed, void *ctx)
{
	const struct http_route *route = http_route(request);

	(void)ctx;
	if (log_is_on(LOG_LEVEL_DEBUG))
		log_debug("request method=%s route=%s status=%d elapsed_us=%llu request=%s",
			  http_method(request), route ? route->pattern : "none", status,
			  (unsigned long long)elapsed, http_request_id(request));
}

static int make_server(struct app *app)
{
	struct http_server_params params = {
		.loop = app->core.loop,
		.metrics = app->core.metrics,
		.routes = api_routes,
		.route_count = api_route_count,
		.max_body_memory = MAX_BODY_MEMORY,
		.hooks = { .authorize = api_authorize, .finished = log_request, .ctx = &app->api },
	};
	int r = http_server_new(&params, &app->api.server);

	if (r < 0)
		return fail("the HTTP server", r);
	app->api.callbacks_refused =
		metrics_counter(app->core.metrics, "maaxd_callbacks_refused_total",
				"Callbacks whose token was wrong.", NULL);
	app->api.hooks_refused =
		metrics_counter(app->core.metrics, "maaxd_hooks_refused_total",
				"Requests at hooks whose secret or signature was wrong.", NULL);
	loop_set_batch(app->core.loop,
		       (struct loop_batch){ .is_open = is_open, .flush = flush, .ctx = app });
	return app_listen(app);
}

/* What a run before this one left is claimed: that is all the recovery there is. */
static int start_stages(struct app *app)
{
	int r = events_hub_start(app->api.hub);

	if (r == 0)
		r = submit_start(app->submit);
	if (r == 0)
		r = deliver_start(app->api.deliver);
	if (r < 0)
		return fail("what the last run left cannot be taken over", r);
	intake_inbound_start(app->api.inbound);
	correlate_start(app->correlate);
	deadline_start(app->deadline);
	history_start(app->history);
	retention_start(app->api.retention);
	return 0;
}

static int add_signals(struct app *app)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM };
	int r = loop_add_timer(app->core.loop, on_stop_timer, app, &app->stop_timer);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(signals); i++)
		r = loop_add_signal(app->core.loop, signals[i], on_signal, app, &app->signals[i]);
	return r < 0 ? fail("signals", r) : 0;
}

static int start(struct app *app, bool accept_lost_keys)
{
	int r = loop_new(&app->core.loop);

	if (r < 0)
		return fail("the event loop", r);
	app->core.wake = wake_new();
	app->core.metrics = metrics_new();
	app->core.config = app->config;
	app->core.tokens = &app->tokens;
	fetch_global_init();
	r = add_signals(app);
	if (r == 0)
		r = open_store(app);
	if (r == 0)
		r = app_open_keys(app, accept_lost_keys);
	if (r == 0)
		r = make_stages(app);
	if (r == 0)
		r = make_server(app);
	if (r != 0)
		return r;
	subscribe(app);
	r = start_stages(app);
	return r == 0 ? app_start_upkeep(app) : r;
}

/* In reverse, from any point the start has reached. */
static void free_all(struct app *app)
{
	app_stop_upkeep(app);
	app->api.server = http_server_free(app->api.server);
	events_hub_free(app->api.hub);
	waits_free(app->api.waits);
	alerts_free(app->alerts);
	backup_free(app->api.backup);
	retention_free(app->api.retention);
	deliver_free(app->api.deliver);
	history_free(app->history);
	deadline_free(app->deadline);
	correlate_free(app->correlate);
	submit_free(app->submit);
	intake_inbound_free(app->api.inbound);
	intake_free(app->api.intake);
	fetcher_free(app->core.caller_fetcher);
	fetcher_free(app->core.dest_fetcher);
	fetcher_free(app->core.maax_fetcher);
	db_close(app->core.db);
	for (size_t i = 0; i < ARRAY_SIZE(app->signals); i++)
		loop_source_free(app->signals[i]);
	loop_source_free(app->stop_timer);
	metrics_free(app->core.metrics);
	wake_free(app->core.wake);
	loop_free(app->core.loop);
	config_free(app->config);
}

int app_run(struct config *config, bool accept_lost_keys)
{
	struct app app = { .config = config };
	int status;

	signal(SIGPIPE, SIG_IGN);
	status = start(&app, accept_lost_keys);
	if (status == 0) {
		log_notice("ready version=%s sources=%zu destinations=%zu", MAAXD_VERSION,
			   config->source_count, config->destination_count);
		notify_ready("ready");
		status = loop_run(app.core.loop);
		/* Replies and goodbyes that the last turn made. */
		if (!db_has_failed(app.core.db))
			flush(&app);
	}
	free_all(&app);
	if (status == 0)
		log_notice("stopped");
	return status < 0 ? 1 : status;
}
