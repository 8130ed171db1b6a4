/* Looks for what needs a person, and tells of each change once. See alerts.h. */
#include "alerts.h"

#include <errno.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "dest/announce.h"
#include "options.h"
#include "store/alerts.h"
#include "store/deliveries.h"
#include "store/holds.h"
#include "store/messages.h"

#define MAX_HOLDS 256
#define MAX_NAMES 256	/* of destinations that pending deliveries name */
#define MAX_CALLERS 256 /* hosts of callers that are looked at for dead deliveries */

struct alerts {
	struct core *core;
	struct loop_source *timer;
};

/* What one round of checks found. */
struct round {
	struct core *core;
	usec_t now;
	const char *kind;	       /* of the check that runs */
	struct alert told[ALERTS_MAX]; /* what is raised already */
	size_t told_count;
	struct hold holds[MAX_HOLDS];
	size_t hold_count;
	struct alert found[ALERTS_MAX];
	size_t count;
};

static bool has(const struct alert *alerts, size_t count, const char *kind, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (streq(alerts[i].kind, kind) && streq(alerts[i].name, name))
			return true;
	return false;
}

static void find(struct round *round, const char *name, const char *reason)
{
	if (round->count == ALERTS_MAX || has(round->found, round->count, round->kind, name))
		return;
	round->found[round->count++] = (struct alert){
		.kind = xstrdup(round->kind),
		.name = xstrdup(name),
		.reason = xstrdup(reason),
		.since = round->now,
	};
}

static void round_free(struct round *round)
{
	if (!round)
		return;
	for (size_t i = 0; i < round->count; i++)
		alert_done(&round->found[i]);
	for (size_t i = 0; i < round->told_count; i++)
		alert_done(&round->told[i]);
	for (size_t i = 0; i < round->hold_count; i++)
		hold_done(&round->holds[i]);
	free(round);
}

/* ---- the checks: 0 or negative errno ---- */

static int find_holds(struct round *round, enum hold_kind kind)
{
	for (size_t i = 0; i < round->hold_count; i++)
		if (round->holds[i].kind == kind)
			find(round, round->holds[i].name, round->holds[i].reason);
	return 0;
}

static int check_ai_held(struct round *round)
{
	return find_holds(round, HOLD_AI);
}

static int check_destination_held(struct round *round)
{
	return find_holds(round, HOLD_DESTINATION);
}

/* Only what Maax took can be overdue, so submits go on. Counted from the last answer, or a day. */
static int find_silence(struct round *round, const char *ai)
{
	struct db *db = round->core->db;
	usec_t silence = round->core->config->maaxd.alert_silence;
	int64_t since = ids_floor(round->now - usec_max(USEC_PER_DAY, 2 * silence));
	int64_t count = 0, oldest = 0, answer = 0;
	int r = alerts_overdue(db, ai, since, &count, &oldest);

	if (r < 0 || count < ALERTS_OVERDUE_MIN)
		return r;
	r = alerts_last_answer(db, ai, since, &answer);
	if (r == 0 && answer)
		r = alerts_overdue(db, ai, answer, &count, &oldest);
	if (r == 0 && count >= ALERTS_OVERDUE_MIN && ids_time(oldest) + silence < round->now)
		find(round, ai, "Maax takes messages, but no answer comes");
	return r;
}

static int check_answers_stopped(struct round *round)
{
	const struct config *config = round->core->config;
	int r = 0;

	for (size_t i = 0; r == 0 && i < config->ai_count; i++)
		r = find_silence(round, config->ais[i].name);
	return r;
}

/* By a limit, or since an identity is incomplete. */
static int check_messages_held(struct round *round)
{
	const struct config *config = round->core->config;

	for (size_t i = 0; i < config->source_count; i++) {
		const char *name = config->sources[i].name;
		int r = alerts_has_held(round->core->db, name);

		if (r < 0)
			return r;
		if (r > 0)
			find(round, name, "messages are held: see `maaxctl list --state held`");
	}
	return 0;
}

/* All hosts that callers name are one. */
static int check_destination_missing(struct round *round)
{
	const struct core *core = round->core;
	char *names[MAX_NAMES];
	int count = deliveries_destinations(core->db, MAX_NAMES, names);

	for (int i = 0; i < count; i++) {
		if (!config_destination(core->config, names[i]))
			find(round, config_is_caller(names[i]) ? CONFIG_CALLER : names[i],
			     "deliveries wait for it, and it is not in the configuration");
		free(names[i]);
	}
	return count < 0 ? count : 0;
}

static int find_dead(struct round *round, const char *destination, const char *name)
{
	int64_t count = 0;
	int r = deliveries_died(round->core->db, destination, round->now - ALERTS_WINDOW, &count);

	if (r < 0 || count == 0)
		return r;
	find(round, name, "deliveries were given up: see `maaxctl replay --stage deliver`");
	return 1;
}

/* All hosts that callers name are one. */
static int find_dead_of_callers(struct round *round)
{
	CLEANUP(freep) char *name = xstrdup(CONFIG_CALLER_PREFIX);
	int r = 0;

	for (unsigned i = 0; r == 0 && i < MAX_CALLERS; i++) {
		char *next = NULL;

		r = deliveries_next_dead(round->core->db, name, &next);
		if (r <= 0)
			return r;
		free(name);
		name = next;
		r = config_is_caller(name) ? find_dead(round, name, CONFIG_CALLER) : 1;
	}
	return r < 0 ? r : 0;
}

static int check_dead_letters(struct round *round)
{
	const struct config *config = round->core->config;

	for (size_t i = 0; i < config->destination_count; i++) {
		const char *name = config->destinations[i].name;
		int r = find_dead(round, name, name);

		if (r < 0)
			return r;
	}
	return find_dead_of_callers(round);
}

static int find_callbacks(struct round *round, enum callback_state state, const char *reason)
{
	int r = alerts_has_callbacks(round->core->db, state, ids_floor(round->now - ALERTS_WINDOW));

	if (r > 0)
		find(round, "", reason);
	return r < 0 ? r : 0;
}

static int check_callbacks_unmatched(struct round *round)
{
	return find_callbacks(round, CALLBACK_UNMATCHED,
			      "callbacks belong to no message: see `maaxctl unmatched`");
}

static int check_callbacks_unmapped(struct round *round)
{
	return find_callbacks(round, CALLBACK_UNMAPPED,
			      "callbacks have no text where map_text looks for it: see `maaxctl "
			      "unmatched`");
}

static int check_inbound_unmapped(struct round *round)
{
	const struct config *config = round->core->config;
	int64_t since = ids_floor(round->now - ALERTS_WINDOW);

	for (size_t i = 0; i < config->source_count; i++) {
		const char *name = config->sources[i].name;
		int r = alerts_has_unmapped(round->core->db, name, since);

		if (r < 0)
			return r;
		if (r > 0)
			find(round, name,
			     "what came in could not be mapped to messages: see `maaxctl inbound`");
	}
	return 0;
}

static int check_disk_low(struct round *round)
{
	if (round->core->is_disk_low)
		find(round, "", "less than disk_reserve is free: new messages are refused");
	return 0;
}

/*
 * What is held is told as such, by the checks before this one. Nobody could begin anything before
 * this run of the daemon; and what is raised stays so until nothing has waited for half the time.
 */
static void find_old(struct round *round, const char *name, const char *held_kind, usec_t due_at)
{
	bool is_told = has(round->told, round->told_count, round->kind, name);
	usec_t age = is_told ? ALERTS_QUEUE_AGE / 2 : ALERTS_QUEUE_AGE;
	usec_t since = usec_max(due_at, ids_time(round->core->run));

	if (due_at != USEC_NEVER && since + age < round->now &&
	    !has(round->found, round->count, held_kind, name))
		find(round, name, "what is due has waited for more than a minute");
}

static int check_queue_old(struct round *round)
{
	const struct config *config = round->core->config;
	struct db *db = round->core->db;
	usec_t due_at = USEC_NEVER;

	for (size_t i = 0; i < config->ai_count; i++) {
		int r = messages_next_due(db, config->ais[i].name, &due_at);

		if (r < 0)
			return r;
		find_old(round, config->ais[i].name, "ai_held", due_at);
	}
	for (size_t i = 0; i < config->destination_count; i++) {
		int r = deliveries_next_due(db, config->destinations[i].name, &due_at);

		if (r < 0)
			return r;
		find_old(round, config->destinations[i].name, "destination_held", due_at);
	}
	return 0;
}

static const struct {
	const char *kind;
	int (*check)(struct round *round);
	bool is_of_destination; /* `name` is one, which is not told of itself */
} checks[] = {
	{ "ai_held", check_ai_held, false },
	{ "answers_stopped", check_answers_stopped, false },
	{ "messages_held", check_messages_held, false },
	{ "destination_held", check_destination_held, true },
	{ "destination_missing", check_destination_missing, false },
	{ "dead_letters", check_dead_letters, true },
	{ "callbacks_unmatched", check_callbacks_unmatched, false },
	{ "callbacks_unmapped", check_callbacks_unmapped, false },
	{ "inbound_unmapped", check_inbound_unmapped, false },
	{ "disk_low", check_disk_low, false },
	{ "queue_old", check_queue_old, false },
};

/* ---- what changed ---- */

/* A line of the log that waits for the commit. */
struct notice {
	char *text;
	bool is_raised;
};

static void notice_free(void *ctx)
{
	struct notice *notice = ctx;

	free(notice->text);
	free(notice);
}

static void notice_log(void *ctx)
{
	struct notice *notice = ctx;

	log_write(notice->is_raised ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE, "%s", notice->text);
	notice_free(notice);
}

static bool is_of_destination(const char *kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		if (streq(checks[i].kind, kind))
			return checks[i].is_of_destination;
	return false;
}

static int tell(struct core *core, const struct alert *alert, bool is_raised)
{
	struct notice *notice = xnew(struct notice);

	notice->is_raised = is_raised;
	notice->text =
		xasprintf("alert %s kind=%s%s%s reason=\"%s\"", is_raised ? "raised" : "cleared",
			  alert->kind, alert->name[0] ? " name=" : "", alert->name, alert->reason);
	on_commit(core->db, notice_log, notice);
	on_abort(core->db, notice_free, notice);
	return announce_alert(core, is_raised ? ANNOUNCE_ALERT_RAISED : ANNOUNCE_ALERT_CLEARED,
			      alert, is_of_destination(alert->kind) ? alert->name : NULL);
}

static int change(struct core *core, const struct alert *alert, bool is_raised)
{
	int r = unit_begin(core->db);

	if (r < 0)
		return r;
	if (is_raised)
		r = alerts_insert(core->db, alert);
	else
		r = alerts_remove(core->db, alert->kind, alert->name);
	if (r > 0)
		r = tell(core, alert, is_raised);
	return unit_end(core->db, r);
}

/* What is found and not told is raised, what was told and is not found is cleared. */
static int compare(struct round *round)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < round->count; i++)
		if (!has(round->told, round->told_count, round->found[i].kind,
			 round->found[i].name))
			r = change(round->core, &round->found[i], true);
	for (size_t i = 0; r >= 0 && i < round->told_count; i++)
		if (!has(round->found, round->count, round->told[i].kind, round->told[i].name))
			r = change(round->core, &round->told[i], false);
	return r < 0 ? r : 0;
}

static void set_gauges(const struct round *round)
{
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		CLEANUP(buf_done) struct buf labels = BUF_INIT(1 * KIB);
		unsigned count = 0;

		for (size_t k = 0; k < round->count; k++)
			count += streq(round->found[k].kind, checks[i].kind);
		if (metrics_add_label(&labels, "kind", checks[i].kind) == 0)
			metric_set(metrics_gauge(round->core->metrics, "maaxd_alerts",
						 "Alerts that are raised now.", buf_text(&labels)),
				   count);
	}
}

static void round_freep(struct round **round)
{
	round_free(*round);
}

int alerts_check(struct core *core)
{
	CLEANUP(round_freep) struct round *round = xnew(struct round);
	int r = alerts_list(core->db, ALERTS_MAX, round->told);

	if (r < 0)
		return r;
	round->core = core;
	round->now = clock_now();
	round->told_count = (size_t)r;
	r = holds_list(core->db, MAX_HOLDS, round->holds);
	if (r < 0)
		return r;
	round->hold_count = (size_t)r;
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(checks); i++) {
		round->kind = checks[i].kind;
		r = checks[i].check(round);
	}
	if (r >= 0)
		r = compare(round);
	if (r == 0)
		set_gauges(round);
	return r;
}

/* ---- the clock ---- */

static void on_timer(void *ctx)
{
	struct alerts *alerts = ctx;

	if (!alerts->core->is_stopping)
		IGNORE(alerts_check(alerts->core)); /* the next round tries again */
	loop_set_timer(alerts->timer, clock_now() + ALERTS_EVERY);
}

void alerts_start(struct alerts *alerts)
{
	loop_set_timer(alerts->timer, clock_now());
}

int alerts_new(struct core *core, struct alerts **ret_alerts)
{
	struct alerts *alerts = xnew(struct alerts);
	int r;

	alerts->core = core;
	r = loop_add_timer(core->loop, on_timer, alerts, &alerts->timer);
	if (r < 0) {
		free(alerts);
		return r;
	}
	*ret_alerts = alerts;
	return 0;
}

struct alerts *alerts_free(struct alerts *alerts)
{
	if (!alerts)
		return NULL;
	loop_source_free(alerts->timer);
	free(alerts);
	return NULL;
}
