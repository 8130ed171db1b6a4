/* Claims messages that are due and sends them to Maax. See submit.h. */
#include "submit.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/fetch.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "base/wake.h"
#include "dest/announce.h"
#include "store/attempts.h"
#include "store/conversations.h"
#include "store/holds.h"
#include "store/messages.h"
#include "submit_job.h"

#define CLAIM 32 /* rows looked at in one step */
#define MAX_HOLDS 256

struct submit {
	struct core *core;
	struct loop_source *timer;
	struct submit_lane **lanes;
	size_t lane_count;
	struct jobs jobs;
};

/* ---- lanes and jobs ---- */

static struct submit_lane *get_lane(struct submit *submit, const char *ai)
{
	struct submit_lane *lane;

	for (size_t i = 0; i < submit->lane_count; i++)
		if (streq(submit->lanes[i]->ai, ai))
			return submit->lanes[i];
	lane = xnew(struct submit_lane);
	lane->ai = xstrdup(ai);
	submit->lanes = xrealloc(submit->lanes, submit->lane_count + 1, sizeof(*submit->lanes));
	submit->lanes[submit->lane_count++] = lane;
	return lane;
}

static struct submit_job *job_new(struct submit *submit, struct submit_lane *lane,
				  const struct message *message)
{
	struct submit_job *job = xnew(struct submit_job);

	job->submit = submit;
	job->lane = lane;
	job->message = message->id;
	job->conversation = message->conversation;
	job->is_relayed = message->send_response_url != NULL;
	job->response = BUF_INIT(ATTEMPT_MAX_RESPONSE);
	job_start(&submit->jobs, &job->job);
	lane->running++;
	return job;
}

static void free_job(struct job *base)
{
	struct submit_job *job = (struct submit_job *)base;

	if (job->fetch)
		fetch_cancel(job->fetch);
	job->lane->running--;
	maax_request_done(&job->request);
	mapped_done(&job->reply);
	buf_done(&job->response);
	free(job->content_type);
	free(job->detail);
	free(job);
}

static int record(struct core *core, struct job *base)
{
	return submit_job_record(core, (struct submit_job *)base);
}

static void on_written(struct job *base)
{
	struct submit_job *job = (struct submit_job *)base;
	struct submit *submit = job->submit;
	bool is_fine = job->verdict == MAAX_ACCEPTED;
	char text[IDS_TEXT_SIZE];

	log_write(is_fine ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
		  "message %s message=%s ai=%s result=\"%s\"",
		  is_fine ? "submitted" : "not accepted",
		  ids_format(ID_MESSAGE, job->message, text), job->lane->ai, job->detail);
	job_end(base);
	loop_set_timer_earlier(submit->timer, clock_now());
}

static const struct job_kind submit_jobs = {
	.record = record,
	.on_written = on_written,
	.free = free_job,
};

static void on_reply(const struct fetch_result *result, void *ctx)
{
	struct submit_job *job = ctx;

	job->fetch = NULL;
	submit_job_judge(job, job->submit->core->config, result);
	job_write(&job->job);
}

/* The claim is on disk: now the request may leave. */
static void start_request(void *ctx)
{
	struct submit_job *job = ctx;
	struct core *core = job->submit->core;
	struct fetch_request request;
	const char *headers[4];

	job->started_at = clock_now();
	maax_fetch_request(core->config, &job->request, headers, &request);
	if (fetch_start(core->maax_fetcher, &request, on_reply, job, &job->fetch) < 0) {
		struct fetch_result result = { .error = FETCH_UNSENT,
					       .detail = "the URL is unusable",
					       .body = "",
					       .content_type = "" };

		on_reply(&result, job);
	}
}

/* ---- claiming ---- */

/* Too old for a further try. */
static int give_up(struct core *core, struct message *message)
{
	int r;

	message->due_at = 0;
	message->deadline_at = 0;
	free(message->reason);
	message->reason = xstrdup("Maax could not be reached for submit_max_age");
	r = messages_move(core->db, message, MESSAGE_FAILED);
	if (r <= 0)
		return r < 0 ? r : -EIO;
	wake(core->wake, TOPIC_SLOT_FREE, message->conversation);
	r = announce_state(core, message, message->reason);
	return r < 0 ? r : announce_message(core, EVENT_FAILED, message, message->reason);
}

/* The claim was lost with its batch: the message is queued still. */
static void abandon(void *ctx)
{
	struct submit_job *job = ctx;

	job_abandon(&job->job);
}

/* Gives a message the slot of its conversation and the state `submitting`; the request leaves on
 * commit. */
static int claim(struct submit *submit, struct submit_lane *lane, struct message *message)
{
	struct core *core = submit->core;
	CLEANUP(conversation_done) struct conversation conversation = { 0 };
	CLEANUP(maax_request_done) struct maax_request request = { 0 };
	struct submit_job *job;
	int r = conversations_get(core->db, message->conversation, &conversation);

	if (r <= 0)
		return r < 0 ? r : -EIO;
	message->due_at = 0;
	if (conversation.paused_at) /* it becomes due again when the pause ends */
		return messages_update(core->db, message) < 0 ? -EIO : 0;
	r = conversations_take_slot(core->db, conversation.id, message->id, USEC_NEVER);
	if (r < 0)
		return r;
	if (r == 0) /* another is under way; it becomes due when that one's slot is freed */
		return messages_update(core->db, message) < 0 ? -EIO : 0;
	r = maax_submit_request(core->config, core->tokens, message, &conversation, &request);
	if (r < 0)
		return r;
	message->run = core->run;
	r = messages_move(core->db, message, MESSAGE_SUBMITTING);
	if (r <= 0)
		return r < 0 ? r : -EIO;
	r = announce_state(core, message, NULL);
	if (r < 0)
		return r;
	job = job_new(submit, lane, message);
	job->request = request;
	request = (struct maax_request){ 0 };
	on_commit(core->db, start_request, job);
	on_abort(core->db, abandon, job);
	return 0;
}

static int claim_one(struct submit *submit, struct submit_lane *lane, int64_t id)
{
	struct core *core = submit->core;
	CLEANUP(message_done) struct message message = { 0 };
	int r = unit_begin(core->db);

	if (r < 0)
		return r;
	r = messages_get(core->db, id, &message);
	if (r > 0 && message.state == MESSAGE_QUEUED) {
		if (clock_now() > usec_max(message.created_at, message.replayed_at) +
					  core->config->maax.submit_max_age)
			r = give_up(core, &message);
		else
			r = claim(submit, lane, &message);
	}
	return unit_end(core->db, r);
}

static unsigned room(const struct submit *submit, const struct submit_lane *lane)
{
	uint64_t limit = submit->core->config->maax.concurrency;

	if (lane->is_held)
		return lane->running == 0 && clock_now() >= lane->probe_at;
	return submit->jobs.count >= limit	    ? 0
	       : limit - submit->jobs.count < CLAIM ? (unsigned)(limit - submit->jobs.count)
						    : CLAIM;
}

/* Claims what is due for one AI. *ret_next: when to look again. */
static int claim_lane(struct submit *submit, const char *ai, usec_t *ret_next)
{
	struct submit_lane *lane = get_lane(submit, ai);
	unsigned limit = room(submit, lane);
	int64_t ids[CLAIM];
	int count;

	*ret_next = USEC_NEVER;
	count = limit ? messages_due(submit->core->db, ai, clock_now(), limit, ids) : 0;
	if (count < 0)
		return count;
	if (count > 0 && lane->is_held)
		lane->probe_at = clock_now() + submit->core->config->maax.hold_probe;
	for (int i = 0; i < count; i++) {
		int r = claim_one(submit, lane, ids[i]);

		if (r < 0)
			return r;
	}
	if (lane->is_held && lane->running == 0)
		*ret_next = lane->probe_at;
	if (limit == 0)
		return 0; /* a job that ends, or the probe's time, brings us back */
	return messages_next_due(submit->core->db, ai, ret_next);
}

/* ---- uncertain submits ---- */

/* Nothing came for it: once more, with the same URLs. */
static int resend(struct core *core, int64_t id)
{
	CLEANUP(message_done) struct message message = { 0 };
	int r = messages_get(core->db, id, &message);

	if (r <= 0 || message.state != MESSAGE_WAITING)
		return r < 0 ? r : 0;
	message.due_at = clock_now();
	message.was_resent = true;
	r = messages_move_out(core->db, &message, MESSAGE_QUEUED);
	if (r < 0)
		return r;
	return announce_state(core, &message,
			      "no callback came after an uncertain submit: sent once more");
}

static int resend_uncertain(struct submit *submit)
{
	struct db *db = submit->core->db;
	int64_t ids[CLAIM];
	int count = messages_uncertain_due(db, clock_now(), CLAIM, ids);

	for (int i = 0; i < count; i++) {
		int r = unit_begin(db);

		if (r < 0)
			return r;
		r = unit_end(db, resend(submit->core, ids[i]));
		if (r < 0)
			return r;
	}
	return count;
}

/* ---- one step ---- */

static int step(struct submit *submit, usec_t *ret_next)
{
	const struct config *config = submit->core->config;
	usec_t next;
	int r;

	jobs_write_again(&submit->jobs);
	*ret_next = USEC_NEVER;
	if (submit->core->is_stopping)
		return 0;
	r = resend_uncertain(submit);
	if (r < 0)
		return r;
	r = messages_next_uncertain_due(submit->core->db, ret_next);
	for (size_t i = 0; r >= 0 && i < config->ai_count; i++) {
		r = claim_lane(submit, config->ais[i].name, &next);
		*ret_next = usec_min(*ret_next, next);
	}
	return r;
}

static void on_timer(void *ctx)
{
	struct submit *submit = ctx;
	usec_t next = USEC_NEVER;

	if (step(submit, &next) < 0)
		next = clock_now() + JOBS_RETRY;
	loop_set_timer_earlier(submit->timer, next);
}

void submit_woken(int64_t message, void *ctx)
{
	struct submit *submit = ctx;

	(void)message; /* whatever is due is claimed, in its order */
	loop_set_timer_earlier(submit->timer, clock_now());
}

/* Makes `first`, the next message of the conversation, due if nothing is at Maax. */
static int advance(struct core *core, int64_t conversation_id, int64_t first)
{
	CLEANUP(conversation_done) struct conversation conversation = { 0 };
	CLEANUP(message_done) struct message message = { 0 };
	int r = conversations_get(core->db, conversation_id, &conversation);

	if (r <= 0 || conversation.in_flight || conversation.paused_at)
		return r < 0 ? r : 0;
	r = messages_get(core->db, first, &message);
	if (r <= 0 || message.due_at)
		return r < 0 ? r : 0;
	message.due_at = clock_now();
	r = messages_update(core->db, &message);
	if (r < 0)
		return r;
	wake(core->wake, TOPIC_MESSAGE_DUE, first);
	return 0;
}

void submit_slot_free(int64_t conversation, void *ctx)
{
	struct submit *submit = ctx;
	struct db *db = submit->core->db;
	char text[IDS_TEXT_SIZE];
	int64_t first = 0;
	int r = messages_first_queued(db, conversation, &first);

	if (r == 0)
		return; /* mostly: nothing to write, so no unit */
	if (r > 0)
		r = unit_begin(db);
	if (r == 0)
		r = unit_end(db, advance(submit->core, conversation, first));
	if (r < 0)
		log_error("next message could not be made due: %s; it is at the next answer or "
			  "start conversation=%s",
			  strerror(-r), ids_format(ID_CONVERSATION, conversation, text));
}

/* ---- start and stop ---- */

/* Sent or not, nobody knows: it waits for its callback first. */
static int adopt(struct core *core, int64_t id)
{
	CLEANUP(message_done) struct message message = { 0 };
	usec_t now = clock_now();
	struct attempt attempt = {
		.id = ids_next(),
		.kind = ATTEMPT_SUBMIT,
		.message = id,
		.outcome = OUTCOME_UNCERTAIN,
		.detail = (char *)"the daemon ended while the request was under way",
		.started_at = now,
		.finished_at = now,
	};
	int r = messages_get(core->db, id, &message);

	if (r <= 0)
		return r;
	message.submits++;
	message.submitted_at = now;
	message.is_uncertain = true;
	message.run = 0;
	message.due_at = message.was_resent ? 0 : now + core->config->maax.uncertain_wait;
	r = messages_move(core->db, &message, MESSAGE_WAITING);
	if (r <= 0)
		return r < 0 ? r : -EIO;
	r = conversations_take_slot(core->db, message.conversation, id,
				    now + core->config->maax.answer_deadline);
	if (r < 0)
		return r;
	r = attempts_insert(core->db, &attempt);
	if (r < 0)
		return r;
	wake(core->wake, TOPIC_DEADLINE, id);
	return announce_state(core, &message, attempt.detail);
}

static int adopt_orphans(struct submit *submit)
{
	struct core *core = submit->core;
	int64_t ids[CLAIM];
	int count;

	do {
		int r = unit_begin(core->db);

		if (r < 0)
			return r;
		count = messages_orphans(core->db, core->run, CLAIM, ids);
		for (int i = 0; i < count && r >= 0; i++)
			r = adopt(core, ids[i]);
		r = unit_end(core->db, count < 0 ? count : r);
		if (r < 0)
			return r;
		if (count > 0)
			log_notice("%d messages were being submitted when the daemon ended: they "
				   "wait for their callbacks",
				   count);
	} while (count == CLAIM);
	return 0;
}

static int load_holds(struct submit *submit)
{
	struct hold *holds = xcalloc(MAX_HOLDS, sizeof(*holds));
	int count = holds_list(submit->core->db, MAX_HOLDS, holds);

	for (int i = 0; i < count; i++) {
		if (holds[i].kind == HOLD_AI)
			get_lane(submit, holds[i].name)->is_held = true;
		hold_done(&holds[i]);
	}
	free(holds);
	return count < 0 ? count : 0;
}

int submit_start(struct submit *submit)
{
	int r = load_holds(submit);

	if (r < 0)
		return r;
	r = adopt_orphans(submit);
	if (r < 0)
		return r;
	loop_set_timer(submit->timer, clock_now());
	return 0;
}

void submit_reload(struct submit *submit)
{
	for (size_t i = 0; i < submit->lane_count; i++)
		submit->lanes[i]->probe_at = 0;
	loop_set_timer_earlier(submit->timer, clock_now());
}

size_t submit_running(const struct submit *submit)
{
	return submit->jobs.count;
}

int submit_new(struct core *core, struct submit **ret_submit)
{
	struct submit *submit = xnew(struct submit);
	int r;

	submit->core = core;
	r = loop_add_timer(core->loop, on_timer, submit, &submit->timer);
	if (r < 0) {
		free(submit);
		return r;
	}
	submit->jobs = (struct jobs){ .core = core, .timer = submit->timer, .kind = &submit_jobs };
	*ret_submit = submit;
	return 0;
}

struct submit *submit_free(struct submit *submit)
{
	if (!submit)
		return NULL;
	jobs_done(&submit->jobs);
	for (size_t i = 0; i < submit->lane_count; i++) {
		free(submit->lanes[i]->ai);
		free(submit->lanes[i]);
	}
	free(submit->lanes);
	loop_source_free(submit->timer);
	free(submit);
	return NULL;
}
