/* Writes what came of a submit. See submit.h for the table of verdicts and consequences. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/retry.h"
#include "base/wake.h"
#include "dest/announce.h"
#include "store/attempts.h"
#include "store/callbacks.h"
#include "store/conversations.h"
#include "store/holds.h"
#include "store/messages.h"
#include "submit_job.h"

#define SLOW_STEP (10 * USEC_PER_SEC) /* least step after 429 and time-outs */

/* An excerpt for people, which may be missing, or the whole of what a caller waits for. */
static void keep_response(struct submit_job *job, const struct fetch_result *result)
{
	bool is_final = job->verdict == MAAX_ACCEPTED || job->verdict == MAAX_REFUSED;
	size_t max = job->is_relayed && is_final ? ATTEMPT_MAX_RESPONSE : ATTEMPT_EXCERPT;

	IGNORE(buf_add(&job->response, result->body,
		       result->body_len < max ? result->body_len : max));
	if (job->is_relayed && result->content_type[0])
		job->content_type = xstrdup(result->content_type);
}

void submit_job_judge(struct submit_job *job, const struct config *config,
		      const struct fetch_result *result)
{
	job->finished_at = clock_now();
	job->verdict = maax_judge(result);
	job->status = result->status;
	job->detail = maax_describe(result);
	job->retry_after = result->retry_after;
	job->is_slow = job->verdict == MAAX_BUSY || result->timed_out;
	keep_response(job, result);
	if (job->verdict == MAAX_ACCEPTED)
		mapping_map_reply(&config->maax, result->body, result->body_len, &job->reply);
}

/* ---- the AI's queue ---- */

static int hold_lane(struct core *core, struct submit_lane *lane, const char *reason)
{
	struct hold hold = {
		.kind = HOLD_AI, .name = lane->ai, .reason = (char *)reason, .since = clock_now()
	};
	int r;

	lane->probe_at = clock_now() + core->config->maax.hold_probe;
	/* Written each time: the batch of an earlier one may have been lost. */
	r = holds_set(core->db, &hold);
	if (r < 0)
		return r;
	if (lane->is_held)
		return 0;
	lane->is_held = true;
	log_error("AI held: %s; one message is tried every hold_probe, the rest waits ai=%s",
		  reason, lane->ai);
	return 0;
}

/* Maax took a message, or read it: whatever held the queue is over. */
static int release_lane(struct core *core, struct submit_lane *lane)
{
	int r;

	lane->suspect_count = 0;
	r = holds_remove(core->db, HOLD_AI, lane->ai);
	if (r < 0)
		return r;
	if (!lane->is_held)
		return 0;
	lane->is_held = false;
	log_notice("AI released: Maax accepts its messages again ai=%s", lane->ai);
	return 0;
}

static int suspect_lane(struct core *core, struct submit_job *job)
{
	struct submit_lane *lane = job->lane;

	for (unsigned i = 0; i < lane->suspect_count; i++)
		if (lane->suspects[i] == job->message)
			return 0;
	if (lane->suspect_count < SUBMIT_SUSPECTS)
		lane->suspects[lane->suspect_count++] = job->message;
	if (lane->suspect_count < SUBMIT_SUSPECTS)
		return 0;
	return hold_lane(core, lane,
			 "Maax refused three messages in a row; check base_url and the account");
}

/* ---- the message ---- */

static int insert_attempt(struct core *core, const struct submit_job *job)
{
	static const enum outcome outcomes[] = {
		[MAAX_ACCEPTED] = OUTCOME_OK,	      [MAAX_REFUSED] = OUTCOME_PERMFAIL,
		[MAAX_BAD_KEY] = OUTCOME_TEMPFAIL,    [MAAX_SUSPECT] = OUTCOME_TEMPFAIL,
		[MAAX_BUSY] = OUTCOME_TEMPFAIL,	      [MAAX_DOWN] = OUTCOME_TEMPFAIL,
		[MAAX_UNCERTAIN] = OUTCOME_UNCERTAIN,
	};
	struct attempt attempt = {
		.id = ids_next(),
		.kind = ATTEMPT_SUBMIT,
		.message = job->message,
		.outcome = outcomes[job->verdict],
		.status = job->status,
		.detail = job->detail,
		.content_type = job->content_type,
		.response = job->response.data,
		.response_size = job->response.len,
		.started_at = job->started_at,
		.finished_at = job->finished_at,
	};

	return attempts_insert(core->db, &attempt);
}

/* Maax has the message, or may have it: it waits, and the slot with it. */
static int to_waiting(struct core *core, struct submit_job *job, struct message *message,
		      bool is_uncertain)
{
	usec_t now = clock_now();
	int r;

	message->submits++;
	message->tries = 0;
	message->submitted_at = now;
	message->is_uncertain = is_uncertain;
	message->due_at =
		is_uncertain && !message->was_resent ? now + core->config->maax.uncertain_wait : 0;
	r = messages_move(core->db, message, MESSAGE_WAITING);
	if (r <= 0)
		return r < 0 ? r : -EIO;
	r = conversations_take_slot(core->db, message->conversation, message->id,
				    now + core->config->maax.answer_deadline);
	if (r < 0)
		return r;
	wake(core->wake, TOPIC_DEADLINE, message->id);
	return announce_state(core, message, is_uncertain ? job->detail : NULL);
}

/* Back into the queue, at its old place. */
static int to_queued(struct core *core, struct submit_job *job, struct message *message,
		     usec_t due_at)
{
	int r;

	message->due_at = due_at;
	r = messages_move_out(core->db, message, MESSAGE_QUEUED);
	return r < 0 ? r : announce_state(core, message, job->detail);
}

static int retry(struct core *core, struct submit_job *job, struct message *message)
{
	const struct config_maax *maax = &core->config->maax;
	usec_t least = job->is_slow ? SLOW_STEP : 0;
	usec_t delay;

	message->tries++;
	delay = retry_delay_least(&maax->submit_schedule, message->tries, true, least);
	delay = retry_after(delay, job->retry_after, maax->retry_after_max);
	return to_queued(core, job, message, clock_now() + delay);
}

static int refuse(struct core *core, struct submit_job *job, struct message *message)
{
	int r;

	message->deadline_at = 0;
	free(message->reason);
	message->reason = xasprintf("Maax refused it: %s", job->detail);
	r = messages_move_out(core->db, message, MESSAGE_FAILED);
	if (r < 0)
		return r;
	wake(core->wake, TOPIC_SLOT_FREE, message->conversation);
	r = announce_state(core, message, message->reason);
	return r < 0 ? r : announce_message(core, EVENT_FAILED, message, message->reason);
}

/* 1 when a callback has come for the message: then Maax has it, whatever the reply was. */
static int has_callback(struct core *core, int64_t message)
{
	static const enum callback_kind kinds[] = { CALLBACK_ANSWER, CALLBACK_FOLLOWUP };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct callbacks_stored stored;
		int r = callbacks_stored(core->db, message, kinds[i], &stored);

		if (r < 0)
			return r;
		if (stored.count > 0)
			return 1;
	}
	return 0;
}

static int apply(struct core *core, struct submit_job *job, struct message *message)
{
	int r = job->verdict == MAAX_ACCEPTED ? 1 : has_callback(core, message->id);

	if (r < 0)
		return r;
	if (r > 0)
		return to_waiting(core, job, message, false);
	switch (job->verdict) {
	case MAAX_REFUSED:
		return refuse(core, job, message);
	case MAAX_BAD_KEY:
		return to_queued(core, job, message, clock_now());
	case MAAX_UNCERTAIN:
		return to_waiting(core, job, message, true);
	case MAAX_SUSPECT:
	case MAAX_BUSY:
	case MAAX_DOWN:
	case MAAX_ACCEPTED:
		break;
	}
	return retry(core, job, message);
}

static int apply_to_lane(struct core *core, struct submit_job *job)
{
	switch (job->verdict) {
	case MAAX_ACCEPTED:
	case MAAX_REFUSED:
		return release_lane(core, job->lane);
	case MAAX_BAD_KEY:
		return hold_lane(core, job->lane, "Maax refuses the API key (401)");
	case MAAX_SUSPECT:
		return suspect_lane(core, job);
	case MAAX_BUSY:
	case MAAX_DOWN:
	case MAAX_UNCERTAIN:
		break;
	}
	return 0;
}

static const char *const verdict_names[] = {
	[MAAX_ACCEPTED] = "accepted",	[MAAX_REFUSED] = "refused", [MAAX_BAD_KEY] = "bad_key",
	[MAAX_SUSPECT] = "suspect",	[MAAX_BUSY] = "busy",	    [MAAX_DOWN] = "down",
	[MAAX_UNCERTAIN] = "uncertain",
};

static void count_verdict(void *ctx)
{
	metric_add(ctx, 1);
}

static void count_on_commit(struct core *core, enum maax_verdict verdict)
{
	char label[64];

	snprintf(label, sizeof(label), "result=\"%s\"", verdict_names[verdict]);
	on_commit(core->db, count_verdict,
		  metrics_counter(core->metrics, "maaxd_submissions_total",
				  "Submits to Maax, by what came of them.", label));
}

int submit_job_record(struct core *core, struct submit_job *job)
{
	CLEANUP(message_done) struct message message = { 0 };
	int r = messages_get(core->db, job->message, &message);

	if (r <= 0)
		return r;
	r = insert_attempt(core, job);
	if (r < 0)
		return r;
	r = conversations_pin(core->db, job->conversation, job->reply.conversation_id,
			      job->reply.prospect_id);
	if (r < 0)
		return r;
	if (!message.incoming_message_id)
		message.incoming_message_id = xstrdup_null(job->reply.incoming_message_id);
	message.run = 0;
	if (message.state == MESSAGE_SUBMITTING) {
		r = apply(core, job, &message);
	} else {
		/* The callback beat the reply, or an operator cancelled it. */
		wake(core->wake, TOPIC_MESSAGE_CHANGED, message.id);
		message.submits++;
		r = messages_update(core->db, &message);
	}
	if (r < 0)
		return r;
	count_on_commit(core, job->verdict);
	return apply_to_lane(core, job);
}
