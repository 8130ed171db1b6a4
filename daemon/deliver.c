/* Claims deliveries that are due and sends them. See deliver.h. */
#include "deliver.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/clock.h"
#include "base/condition.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/wake.h"
#include "deliver_job.h"
#include "options.h"
#include "payload.h"
#include "store/deliveries.h"
#include "store/holds.h"

#define CLAIM 32
#define MAX_HOLDS 256
#define MAX_NAMES 256
#define MAX_OPEN 16	  /* open deliveries of one conversation that are looked at */
#define CALLER_QUEUES 64  /* queues of callers that are looked at in one step */
#define CALLER_RUNNING 64 /* relays at a time, to all callers together */

struct deliver {
	struct core *core;
	struct loop_source *timer;
	struct deliver_lane **lanes;
	size_t lane_count;
	struct jobs jobs;

	/* Callers' queues are as many as their hosts: looked at in rounds, by name. */
	uint64_t caller_running;
	char *caller_last;  /* name of the last one that was looked at; NULL: a round begins */
	usec_t caller_next; /* the earliest time that this round has seen */
	bool is_caller_new; /* something was made due since the round began */
};

/* ---- lanes and jobs ---- */

static struct deliver_lane *get_lane(struct deliver *deliver, const char *destination)
{
	struct deliver_lane *lane;

	for (size_t i = 0; i < deliver->lane_count; i++)
		if (streq(deliver->lanes[i]->destination, destination))
			return deliver->lanes[i];
	lane = xnew(struct deliver_lane);
	lane->destination = xstrdup(destination);
	lane->is_caller = config_is_caller(destination);
	deliver->lanes = xrealloc(deliver->lanes, deliver->lane_count + 1, sizeof(*deliver->lanes));
	deliver->lanes[deliver->lane_count++] = lane;
	return lane;
}

static void lane_free(struct deliver_lane *lane)
{
	free(lane->destination);
	free(lane);
}

/* Callers name hosts, so their lanes go when nothing runs in them, unless an operator holds them.
 */
static void drop_idle_lanes(struct deliver *deliver)
{
	size_t kept = 0;

	for (size_t i = 0; i < deliver->lane_count; i++) {
		struct deliver_lane *lane = deliver->lanes[i];

		if (lane->is_caller && lane->running == 0 && !lane->is_held)
			lane_free(lane);
		else
			deliver->lanes[kept++] = lane;
	}
	deliver->lane_count = kept;
}

static struct deliver_job *job_new(struct deliver *deliver, struct deliver_lane *lane,
				   int64_t delivery)
{
	struct deliver_job *job = xnew(struct deliver_job);

	job->deliver = deliver;
	job->lane = lane;
	job->delivery = delivery;
	job_start(&deliver->jobs, &job->job);
	lane->running++;
	deliver->caller_running += lane->is_caller;
	return job;
}

static void free_job(struct job *base)
{
	struct deliver_job *job = (struct deliver_job *)base;

	if (job->sending)
		sending_cancel(job->sending);
	job->lane->running--;
	job->deliver->caller_running -= job->lane->is_caller;
	parcel_done(&job->parcel);
	verdict_done(&job->verdict);
	free(job);
}

static int record(struct core *core, struct job *base)
{
	return deliver_job_record(core, (struct deliver_job *)base);
}

static void on_written(struct job *base)
{
	struct deliver_job *job = (struct deliver_job *)base;
	struct deliver *deliver = job->deliver;
	bool is_fine = job->verdict.outcome == OUTCOME_OK;

	log_write(is_fine ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
		  "delivery %s delivery=%s destination=%s result=\"%s\"",
		  is_fine ? "done" : "failed", job->parcel.id, job->lane->destination,
		  job->verdict.detail);
	deliver_job_count(deliver->core, job);
	job_end(base);
	deliver_woken(0, deliver);
}

static const struct job_kind deliver_jobs = {
	.record = record,
	.on_written = on_written,
	.free = free_job,
};

/* ---- sending ---- */

static void on_sent(struct verdict *verdict, void *ctx)
{
	struct deliver_job *job = ctx;

	job->sending = NULL;
	job->finished_at = clock_now();
	job->verdict = *verdict;
	job_write(&job->job);
}

/* The claim is on disk: now it may leave. */
static void start_sending(void *ctx)
{
	struct deliver_job *job = ctx;
	struct core *core = job->deliver->core;
	struct send_request request = {
		.core = core,
		.destination = config_destination(core->config, job->lane->destination),
		.parcel = &job->parcel,
		.on_sent = on_sent,
		.ctx = job,
	};
	struct verdict unsent = { .outcome = OUTCOME_TEMPFAIL };
	int r = -ENOENT; /* a reload has just taken the destination away */

	job->started_at = clock_now();
	if (request.destination)
		r = destination_send(&request, &job->sending, &unsent.detail);
	if (r == 0)
		return;
	if (r == -EINVAL)
		unsent.outcome = OUTCOME_PERMFAIL;
	if (!unsent.detail)
		unsent.detail = xstrdup("the destination is unusable");
	on_sent(&unsent, job);
}

/* The claim was lost with its batch: the delivery is pending still. */
static void abandon(void *ctx)
{
	struct deliver_job *job = ctx;

	job_abandon(&job->job);
}

/* ---- claiming ---- */

/* 1 when another delivery of the conversation is on its way to the same destination right now. */
static int is_another_sending(struct core *core, const struct delivery *delivery)
{
	struct delivery open[MAX_OPEN];
	int count = deliveries_open(core->db, delivery->conversation, delivery->destination, 0,
				    MAX_OPEN, open);
	int is_sending = 0;

	for (int i = 0; i < count; i++) {
		is_sending |= open[i].id != delivery->id && open[i].state == DELIVERY_SENDING;
		delivery_done(&open[i]);
	}
	return count < 0 ? count : is_sending;
}

static int make_parcel(struct core *core, const struct delivery *delivery,
		       struct parcel *ret_parcel)
{
	struct payload_subject subject = {
		.type = delivery->type,
		.conversation = delivery->conversation,
		.message = delivery->message,
		.answer = delivery->answer,
		.alert = delivery->alert,
	};
	struct json_object *data = NULL;
	int r;

	ids_format(ID_DELIVERY, delivery->id, ret_parcel->id);
	ret_parcel->callback = delivery->callback;
	if (delivery->callback)
		return 0;
	r = payload_data(core, &subject, &data);
	if (r < 0)
		return r;
	ret_parcel->payload = json_object_new_object();
	json_put_string(ret_parcel->payload, "type", delivery->type);
	json_put_time(ret_parcel->payload, "timestamp", delivery->created_at);
	json_put(ret_parcel->payload, "data", data);
	return 0;
}

static int claim(struct deliver *deliver, struct deliver_lane *lane,
		 const struct config_destination *destination, struct delivery *delivery)
{
	struct core *core = deliver->core;
	CLEANUP(parcel_done) struct parcel parcel = { 0 };
	struct deliver_job *job;
	int r = delivery->is_ordered ? is_another_sending(core, delivery) : 0;

	if (r < 0)
		return r;
	if (r > 0) { /* its end makes this one due; the time is for when that is lost */
		delivery->due_at = clock_now() + destination->timeout;
		r = deliveries_update(core->db, delivery);
		return r < 0 ? r : 0;
	}
	r = make_parcel(core, delivery, &parcel);
	if (r == -ENOENT)
		return deliver_finish(core, delivery, DELIVERY_DEAD,
				      "what it tells of is not in the database any more");
	if (r < 0)
		return r;
	if (destination->only_if && !condition_test(destination->only_if, parcel.payload))
		return deliver_finish(core, delivery, DELIVERY_CANCELLED, "only_if is false");
	delivery->run = core->run;
	delivery->tries++;
	r = deliveries_move(core->db, delivery, DELIVERY_SENDING);
	if (r <= 0)
		return r < 0 ? r : -EIO;
	job = job_new(deliver, lane, delivery->id);
	job->parcel = parcel;
	parcel = (struct parcel){ 0 };
	on_commit(core->db, start_sending, job);
	on_abort(core->db, abandon, job);
	return 0;
}

static int claim_one(struct deliver *deliver, struct deliver_lane *lane,
		     const struct config_destination *destination, int64_t id)
{
	struct core *core = deliver->core;
	CLEANUP(delivery_done) struct delivery delivery = { 0 };
	int r = unit_begin(core->db);

	if (r < 0)
		return r;
	r = deliveries_get(core->db, id, &delivery);
	if (r > 0 && delivery.state == DELIVERY_PENDING)
		r = claim(deliver, lane, destination, &delivery);
	return unit_end(core->db, r);
}

/* How many more may be sent to a destination now. */
static unsigned room(const struct deliver *deliver, const struct deliver_lane *lane,
		     const struct config_destination *destination)
{
	uint64_t left = lane->running < destination->concurrency
				? destination->concurrency - lane->running
				: 0;

	if (lane->is_caller && left > CALLER_RUNNING - deliver->caller_running)
		left = CALLER_RUNNING - deliver->caller_running;
	return left < CLAIM ? (unsigned)left : CLAIM;
}

/* Claims what is due in the queue of that name. *ret_next: when to look again. */
static int claim_lane(struct deliver *deliver, const char *name,
		      const struct config_destination *destination, usec_t *ret_next)
{
	struct deliver_lane *lane = get_lane(deliver, name);
	unsigned limit = room(deliver, lane, destination);
	int64_t ids[CLAIM];
	int count;

	*ret_next = USEC_NEVER;
	if (lane->is_held || limit == 0)
		return 0; /* a resume, or a job that ends, brings us back */
	count = deliveries_due(deliver->core->db, name, clock_now(), limit, ids);
	for (int i = 0; i < count; i++) {
		int r = claim_one(deliver, lane, destination, ids[i]);

		if (r < 0)
			return r;
	}
	return count < 0 ? count : deliveries_next_due(deliver->core->db, name, ret_next);
}

/* ---- callers' queues ---- */

/* The next queue of the round: 1 with its name, which takes the place of the last one; 0 at the
 * end. */
static int next_caller(struct deliver *deliver, const char **ret_name)
{
	char *name = NULL;
	int r = deliveries_next_destination(
		deliver->core->db,
		deliver->caller_last ? deliver->caller_last : CONFIG_CALLER_PREFIX, &name);

	if (r < 0)
		return r;
	free(deliver->caller_last);
	deliver->caller_last = NULL;
	if (r == 0 || !config_is_caller(name)) {
		free(name);
		return 0;
	}
	*ret_name = deliver->caller_last = name;
	return 1;
}

/*
 * Looks at up to CALLER_QUEUES of them, going on where it stopped: neither many hosts nor slow ones
 * keep the others, or the loop, waiting for long. *ret_next: when to look again.
 */
static int claim_callers(struct deliver *deliver, usec_t *ret_next)
{
	const char *name;
	int r = 1;

	*ret_next = USEC_NEVER;
	if (!deliver->caller_last) {
		deliver->caller_next = USEC_NEVER;
		deliver->is_caller_new = false;
	}
	for (unsigned i = 0; i < CALLER_QUEUES; i++) {
		const struct config_destination *destination;
		usec_t next = USEC_NEVER;

		if (deliver->caller_running >= CALLER_RUNNING)
			return 0; /* a job that ends brings us back */
		r = next_caller(deliver, &name);
		if (r <= 0)
			break;
		destination = config_destination(deliver->core->config, name);
		r = destination ? claim_lane(deliver, name, destination, &next) : 0;
		if (r < 0)
			return r;
		deliver->caller_next = usec_min(deliver->caller_next, next);
		r = 1;
	}
	if (r < 0)
		return r;
	*ret_next = r > 0 || deliver->is_caller_new ? clock_now() : deliver->caller_next;
	return 0;
}

/* ---- one step ---- */

static int step(struct deliver *deliver, usec_t *ret_next)
{
	const struct config *config = deliver->core->config;
	usec_t next;
	int r = 0;

	*ret_next = USEC_NEVER;
	jobs_write_again(&deliver->jobs);
	if (deliver->core->is_stopping)
		return 0;
	for (size_t i = 0; r >= 0 && i < config->destination_count; i++) {
		const struct config_destination *destination = &config->destinations[i];

		r = claim_lane(deliver, destination->name, destination, &next);
		*ret_next = usec_min(*ret_next, next);
	}
	if (r >= 0)
		r = claim_callers(deliver, &next);
	if (r >= 0)
		*ret_next = usec_min(*ret_next, next);
	drop_idle_lanes(deliver);
	return r;
}

static void on_timer(void *ctx)
{
	struct deliver *deliver = ctx;
	usec_t next = USEC_NEVER;

	if (step(deliver, &next) < 0)
		next = clock_now() + JOBS_RETRY;
	loop_set_timer_earlier(deliver->timer, next);
}

void deliver_woken(int64_t delivery, void *ctx)
{
	struct deliver *deliver = ctx;

	(void)delivery; /* whatever is due is claimed, in its order */
	deliver->is_caller_new = true;
	loop_set_timer_earlier(deliver->timer, clock_now());
}

/* ---- start, reload, resume ---- */

static int adopt(struct core *core, int64_t id)
{
	CLEANUP(delivery_done) struct delivery delivery = { 0 };
	int r = deliveries_get(core->db, id, &delivery);

	if (r <= 0)
		return r;
	delivery.due_at = clock_now();
	delivery.run = 0;
	free(delivery.reason);
	delivery.reason = xstrdup("the daemon ended while it was being sent");
	r = deliveries_move(core->db, &delivery, DELIVERY_PENDING);
	return r < 0 ? r : r == 0 ? -EIO : 0;
}

static int adopt_orphans(struct deliver *deliver)
{
	struct db *db = deliver->core->db;
	int64_t ids[CLAIM];
	int count;

	do {
		int r = unit_begin(db);

		if (r < 0)
			return r;
		count = deliveries_orphans(db, deliver->core->run, CLAIM, ids);
		for (int i = 0; i < count && r >= 0; i++)
			r = adopt(deliver->core, ids[i]);
		r = unit_end(db, count < 0 ? count : r);
		if (r < 0)
			return r;
		if (count > 0)
			log_notice("%d deliveries were being sent when the daemon ended: they are "
				   "sent again",
				   count);
	} while (count == CLAIM);
	return 0;
}

static int load_holds(struct deliver *deliver)
{
	struct hold *holds = xcalloc(MAX_HOLDS, sizeof(*holds));
	int count = holds_list(deliver->core->db, MAX_HOLDS, holds);

	for (int i = 0; i < count; i++) {
		if (holds[i].kind == HOLD_DESTINATION)
			get_lane(deliver, holds[i].name)->is_held = true;
		hold_done(&holds[i]);
	}
	free(holds);
	return count < 0 ? count : 0;
}

void deliver_reload(struct deliver *deliver)
{
	char *names[MAX_NAMES];
	int count = deliveries_destinations(deliver->core->db, MAX_NAMES, names);

	for (int i = 0; i < count; i++) {
		if (!config_destination(deliver->core->config, names[i]))
			log_warning("deliveries wait for a destination that is not in the "
				    "configuration destination=%s",
				    names[i]);
		free(names[i]);
	}
	loop_set_timer_earlier(deliver->timer, clock_now());
}

int deliver_hold(struct deliver *deliver, const char *destination, const char *reason)
{
	struct hold hold = {
		.kind = HOLD_DESTINATION,
		.name = (char *)destination,
		.reason = (char *)reason,
		.since = clock_now(),
	};
	int r = holds_set(deliver->core->db, &hold);

	if (r < 0)
		return r;
	get_lane(deliver, destination)->is_held = true;
	log_notice("destination held by an operator destination=%s", destination);
	return 0;
}

int deliver_resume(struct deliver *deliver, const char *destination)
{
	int r = holds_remove(deliver->core->db, HOLD_DESTINATION, destination);

	if (r <= 0)
		return r;
	get_lane(deliver, destination)->is_held = false;
	log_notice("destination resumed destination=%s", destination);
	wake(deliver->core->wake, TOPIC_DELIVERY, 0);
	return 1;
}

int deliver_start(struct deliver *deliver)
{
	int r = load_holds(deliver);

	if (r < 0)
		return r;
	r = adopt_orphans(deliver);
	if (r < 0)
		return r;
	deliver_reload(deliver);
	return 0;
}

size_t deliver_running(const struct deliver *deliver)
{
	return deliver->jobs.count;
}

int deliver_new(struct core *core, struct deliver **ret_deliver)
{
	struct deliver *deliver = xnew(struct deliver);
	int r;

	deliver->core = core;
	r = loop_add_timer(core->loop, on_timer, deliver, &deliver->timer);
	if (r < 0) {
		free(deliver);
		return r;
	}
	deliver->jobs =
		(struct jobs){ .core = core, .timer = deliver->timer, .kind = &deliver_jobs };
	*ret_deliver = deliver;
	return 0;
}

struct deliver *deliver_free(struct deliver *deliver)
{
	if (!deliver)
		return NULL;
	jobs_done(&deliver->jobs);
	for (size_t i = 0; i < deliver->lane_count; i++)
		lane_free(deliver->lanes[i]);
	free(deliver->lanes);
	free(deliver->caller_last);
	loop_source_free(deliver->timer);
	free(deliver);
	return NULL;
}
