/* Writes what came of a delivery's try. See deliver.h for what follows from what. */
#include <errno.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/retry.h"
#include "base/wake.h"
#include "deliver_job.h"
#include "options.h"
#include "store/attempts.h"
#include "store/holds.h"

#define SLOW_STEP (10 * USEC_PER_SEC) /* least step after 429 and time-outs */

static int insert_attempt(struct core *core, const struct deliver_job *job,
			  const struct delivery *delivery)
{
	struct attempt attempt = {
		.id = ids_next(),
		.kind = ATTEMPT_DELIVER,
		.message = delivery->message,
		.delivery = delivery->id,
		.answer = delivery->answer,
		.outcome = job->verdict.outcome,
		.status = job->verdict.status,
		.detail = job->verdict.detail,
		.response = job->verdict.response.data,
		.response_size = job->verdict.response.len,
		.started_at = job->started_at,
		.finished_at = job->finished_at,
	};

	return attempts_insert(core->db, &attempt);
}

/*
 * The next of the conversation need not wait for this one any more: it is finished, or it failed
 * and the next one has waited for order_hold already. One that has tries behind it keeps its own
 * schedule.
 */
static int advance(struct core *core, const struct delivery *delivery, usec_t order_hold)
{
	CLEANUP(delivery_done) struct delivery next = { 0 };
	bool is_finished = delivery->state != DELIVERY_PENDING;
	int64_t after = is_finished ? 0 : delivery->id;
	const struct config_destination *destination =
		config_destination(core->config, delivery->destination);
	usec_t delay = destination ? destination->delay : 0;
	int r;

	if (!delivery->is_ordered)
		return 0;
	r = deliveries_open(core->db, delivery->conversation, delivery->destination, after, 1,
			    &next);
	if (r <= 0)
		return r;
	if (next.state != DELIVERY_PENDING || next.tries > 0)
		return 0;
	if (!is_finished && next.created_at + delay + order_hold > clock_now())
		return 0;
	next.due_at = usec_max(clock_now(), next.created_at + delay);
	r = deliveries_update(core->db, &next);
	if (r < 0)
		return r;
	wake(core->wake, TOPIC_DELIVERY, next.id);
	return 0;
}

static int hold_destination(struct core *core, struct deliver_lane *lane)
{
	struct hold hold = {
		.kind = HOLD_DESTINATION,
		.name = lane->destination,
		.reason = (char *)"it answered 410 Gone",
		.since = clock_now(),
	};
	int r = holds_set(core->db, &hold);

	if (r < 0 || lane->is_held)
		return r < 0 ? r : 0;
	lane->is_held = true;
	log_error("destination held: it answered 410 Gone; its deliveries stay pending until it is "
		  "resumed destination=%s",
		  lane->destination);
	return 0;
}

int deliver_finish(struct core *core, struct delivery *delivery, enum delivery_state state,
		   const char *reason)
{
	int r;

	free(delivery->reason);
	delivery->reason = xstrdup_null(reason);
	delivery->finished_at = clock_now();
	r = deliveries_move(core->db, delivery, state);
	return r < 0 ? r : r == 0 ? -EIO : advance(core, delivery, 0);
}

static int retry_later(struct core *core, struct deliver_job *job, struct delivery *delivery)
{
	const struct config_destination *destination =
		config_destination(core->config, delivery->destination);
	usec_t least = job->verdict.is_slow ? SLOW_STEP : 0;
	usec_t delay = 0;
	int r;

	if (destination && !job->verdict.is_gone) {
		delay = retry_delay_least(&destination->retry_schedule, delivery->tries, false,
					  least);
		if (delay == USEC_NEVER)
			return deliver_finish(core, delivery, DELIVERY_DEAD, job->verdict.detail);
		delay = retry_after(delay, job->verdict.retry_after, destination->retry_after_max);
	}
	delivery->due_at = clock_now() + delay;
	free(delivery->reason);
	delivery->reason = xstrdup(job->verdict.detail);
	r = deliveries_move(core->db, delivery, DELIVERY_PENDING);
	if (r <= 0)
		return r < 0 ? r : -EIO;
	return advance(core, delivery, destination ? destination->order_hold : 0);
}

int deliver_job_record(struct core *core, struct deliver_job *job)
{
	CLEANUP(delivery_done) struct delivery delivery = { 0 };
	int r = deliveries_get(core->db, job->delivery, &delivery);

	if (r <= 0)
		return r;
	r = insert_attempt(core, job, &delivery);
	if (r < 0)
		return r;
	if (delivery.state != DELIVERY_SENDING) /* cancelled meanwhile */
		return 0;
	delivery.run = 0;
	if (job->verdict.is_gone) {
		r = hold_destination(core, job->lane);
		if (r < 0)
			return r;
	}
	if (job->verdict.outcome == OUTCOME_OK)
		return deliver_finish(core, &delivery, DELIVERY_DELIVERED, NULL);
	if (job->verdict.outcome == OUTCOME_PERMFAIL && !job->verdict.is_gone)
		return deliver_finish(core, &delivery, DELIVERY_DEAD, job->verdict.detail);
	return retry_later(core, job, &delivery);
}

void deliver_job_count(struct core *core, const struct deliver_job *job)
{
	CLEANUP(buf_done) struct buf labels = BUF_INIT(1 * KIB);
	const struct deliver_lane *lane = job->lane;
	const char *destination = lane->is_caller ? CONFIG_CALLER : lane->destination;

	if (metrics_add_label(&labels, "destination", destination) == 0 &&
	    metrics_add_label(&labels, "result", outcome_name(job->verdict.outcome)) == 0)
		metric_add(metrics_counter(core->metrics, "maaxd_delivery_attempts_total",
					   "Tries of deliveries, by what came of them.",
					   buf_text(&labels)),
			   1);
}
