/* Fetches the history behind an emergency. See history.h. */
#include "history.h"

#include <errno.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fetch.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/wake.h"
#include "jobs.h"
#include "maax.h"
#include "mapping.h"
#include "options.h"
#include "store/answers.h"
#include "store/attempts.h"
#include "store/callbacks.h"
#include "store/conversations.h"
#include "store/deliveries.h"

#define HISTORY_TRIES 3
#define MAX_RUNNING 8

struct history_job {
	struct job job; /* must be first */
	struct history *history;
	int64_t answer;
	char *ai;
	char *conversation_id;
	unsigned tries;
	struct fetch *fetch; /* while a request is under way */
	usec_t due_at; /* of the next try; USEC_NEVER while one is under way or its verdict waits */
	usec_t started_at;
	bool is_good;
	int status;
	char *detail;
	struct buf body;
};

struct history {
	struct core *core;
	struct loop_source *timer;
	struct jobs jobs;
	int64_t last; /* answers up to this one have been claimed by this run */
};

static void free_job(struct job *base)
{
	struct history_job *job = (struct history_job *)base;

	if (job->fetch)
		fetch_cancel(job->fetch);
	free(job->ai);
	free(job->conversation_id);
	free(job->detail);
	buf_done(&job->body);
	free(job);
}

static void schedule(struct history_job *job, usec_t at)
{
	job->due_at = at;
	loop_set_timer_earlier(job->history->timer, at);
}

/* ---- the verdict ---- */

/* Done, or another try. */
static void on_written(struct job *base)
{
	struct history_job *job = (struct history_job *)base;
	struct history *history = job->history;

	if (job->is_good || job->tries >= HISTORY_TRIES) {
		job_end(base);
		loop_set_timer_earlier(history->timer, clock_now());
		return;
	}
	schedule(job, clock_now() + retry_delay(&history->core->config->maax.submit_schedule,
						job->tries, true));
}

static int record(struct core *core, struct job *base)
{
	const struct history_job *job = (const struct history_job *)base;
	struct attempt attempt = {
		.id = ids_next(),
		.kind = ATTEMPT_HISTORY,
		.answer = job->answer,
		.outcome = job->is_good ? OUTCOME_OK : OUTCOME_TEMPFAIL,
		.status = job->status,
		.detail = job->detail,
		.started_at = job->started_at,
		.finished_at = clock_now(),
	};
	int r = attempts_insert(core->db, &attempt);

	if (r < 0)
		return r;
	if (job->is_good)
		r = answers_set_history(core->db, job->answer, HISTORY_FETCHED, job->body.data,
					job->body.len);
	else if (job->tries >= HISTORY_TRIES)
		r = answers_set_history(core->db, job->answer, HISTORY_FAILED, NULL, 0);
	if (r < 0)
		return r;
	/* With or without it, the emergency goes out now. */
	r = deliveries_release(core->db, job->answer, clock_now());
	if (r < 0)
		return r;
	wake(core->wake, TOPIC_DELIVERY, job->answer);
	return 0;
}

static const struct job_kind history_jobs = {
	.record = record,
	.on_written = on_written,
	.free = free_job,
};

static void on_reply(const struct fetch_result *result, void *ctx)
{
	struct history_job *job = ctx;
	char text[IDS_TEXT_SIZE];

	job->fetch = NULL;
	job->status = result->status;
	free(job->detail);
	job->detail = maax_describe(result);
	job->is_good = result->status >= 200 && result->status < 300 && !result->truncated;
	buf_clear(&job->body);
	if (job->is_good && buf_add(&job->body, result->body, result->body_len) < 0)
		job->is_good = false;
	if (!job->is_good)
		log_warning("history of an emergency not fetched: %s answer=%s", job->detail,
			    ids_format(ID_ANSWER, job->answer, text));
	job_write(&job->job);
}

static void start_request(struct history_job *job)
{
	struct core *core = job->history->core;
	CLEANUP(maax_request_done) struct maax_request request = { 0 };
	struct fetch_result unusable = { .error = FETCH_UNSENT,
					 .detail = "the id is unusable",
					 .body = "" };
	struct fetch_request fetch;
	const char *headers[4];

	job->started_at = clock_now();
	job->due_at = USEC_NEVER;
	job->tries++;
	if (maax_history_request(core->config, job->ai, job->conversation_id, &request) < 0) {
		job->tries = HISTORY_TRIES;
		on_reply(&unusable, job);
		return;
	}
	maax_fetch_request(core->config, &request, headers, &fetch);
	fetch.max_response = MAAX_MAX_HISTORY;
	if (fetch_start(core->maax_fetcher, &fetch, on_reply, job, &job->fetch) < 0)
		on_reply(&unusable, job);
}

/* ---- claiming ---- */

/* The id Maax gave: in the emergency itself, else pinned on its conversation. */
static int find_id(struct core *core, const struct answer *answer, char **ret_id)
{
	CLEANUP(callback_done) struct callback callback = { 0 };
	CLEANUP(conversation_done) struct conversation conversation = { 0 };
	CLEANUP(mapped_done) struct mapped mapped = { 0 };
	int r = callbacks_get(core->db, answer->callback, &callback);

	if (r < 0)
		return r;
	if (r > 0)
		mapping_map(&core->config->maax, &callback, &mapped);
	if (mapped.conversation_id) {
		*ret_id = TAKE(mapped.conversation_id);
		return 0;
	}
	r = answer->conversation ? conversations_get(core->db, answer->conversation, &conversation)
				 : 0;
	if (r < 0)
		return r;
	*ret_id = xstrdup(conversation.conversation_id ? conversation.conversation_id : "");
	return 0;
}

static int claim(struct history *history, int64_t id)
{
	CLEANUP(answer_done) struct answer answer = { 0 };
	struct history_job *job;
	char *conversation_id = NULL;
	int r = answers_get(history->core->db, id, &answer);

	if (r <= 0)
		return r;
	r = find_id(history->core, &answer, &conversation_id);
	if (r < 0)
		return r;
	job = xnew(struct history_job);
	job->history = history;
	job->answer = id;
	job->ai = xstrdup(answer.ai);
	job->conversation_id = conversation_id;
	job->body = BUF_INIT(MAAX_MAX_HISTORY);
	job_start(&history->jobs, &job->job);
	start_request(job);
	return 0;
}

static void claim_due(struct history *history)
{
	int64_t ids[MAX_RUNNING];
	unsigned room = history->jobs.count < MAX_RUNNING
				? (unsigned)(MAX_RUNNING - history->jobs.count)
				: 0;
	int count = room ? answers_history_pending(history->core->db, history->last, room, ids) : 0;

	for (int i = 0; i < count; i++) {
		if (claim(history, ids[i]) < 0) {
			loop_set_timer_earlier(history->timer, clock_now() + JOBS_RETRY);
			return;
		}
		history->last = ids[i];
	}
}

static void go_on(struct history_job *job)
{
	if (job->due_at <= clock_now())
		start_request(job);
	else
		loop_set_timer_earlier(job->history->timer, job->due_at);
}

static void on_timer(void *ctx)
{
	struct history *history = ctx;

	jobs_write_again(&history->jobs);
	if (history->core->is_stopping)
		return; /* the next run makes the tries that are left */
	for (struct job *base = history->jobs.first, *following; base; base = following) {
		following = base->next;
		go_on((struct history_job *)base);
	}
	claim_due(history);
}

void history_woken(int64_t answer, void *ctx)
{
	struct history *history = ctx;

	(void)answer;
	loop_set_timer_earlier(history->timer, clock_now());
}

void history_start(struct history *history)
{
	loop_set_timer(history->timer, clock_now());
}

size_t history_running(const struct history *history)
{
	size_t count = 0;

	for (const struct job *job = history->jobs.first; job; job = job->next)
		count += ((const struct history_job *)job)->due_at == USEC_NEVER;
	return count;
}

int history_new(struct core *core, struct history **ret_history)
{
	struct history *history = xnew(struct history);
	int r;

	history->core = core;
	r = loop_add_timer(core->loop, on_timer, history, &history->timer);
	if (r < 0) {
		free(history);
		return r;
	}
	history->jobs =
		(struct jobs){ .core = core, .timer = history->timer, .kind = &history_jobs };
	*ret_history = history;
	return 0;
}

struct history *history_free(struct history *history)
{
	if (!history)
		return NULL;
	jobs_done(&history->jobs);
	loop_source_free(history->timer);
	free(history);
	return NULL;
}
