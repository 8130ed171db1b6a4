/*
 * What happens after a message was taken: answer, repeats, extra answer, follow-ups, emergency. One
 * job a message; it lives until nothing of it is left to happen.
 */
#include "shape.h"
#include "sim.h"

#include "base/buf.h"

enum callback_kind { KIND_ANSWER, KIND_EXTRA, KIND_FOLLOWUP, KIND_EMERGENCY };

static const char *const kind_names[] = { "answer", "extra", "followup", "emergency" };

struct job {
	struct sim *sim;
	uint64_t number;
	struct behaviour behaviour;
	struct conversation *conversation;
	struct sent_message *message;
	char *text;
	char *answer_url;
	char *followup_url;
	struct exchange *exchange; /* still to be answered, by a timer or after the callback */
	unsigned answers_left;
	bool is_extra_due;
	bool is_held; /* by order=swap */
	unsigned followups_sent;
	unsigned references; /* timers and callbacks under way */
	struct callback *callbacks;
	struct job *next, *prev;
};

/* One callback, through all its tries. */
struct callback {
	struct job *job;
	enum callback_kind kind;
	unsigned retries_left;
	char *url;
	char *text;
	struct outgoing *outgoing; /* borrowed from the engine while it is under way */
	struct callback *next, *prev;
};

static void send_next_answer(struct job *job);
static void try_callback(struct callback *callback);

static void free_job(struct job *job)
{
	if (job->prev)
		job->prev->next = job->next;
	else
		job->sim->jobs = job->next;
	if (job->next)
		job->next->prev = job->prev;
	free(job->text);
	free(job->answer_url);
	free(job->followup_url);
	free(job);
}

static void job_unref(struct job *job)
{
	if (--job->references == 0)
		free_job(job);
}

static void job_after(struct job *job, usec_t delay, engine_fn *fn)
{
	job->references++;
	engine_after(job->sim->engine, delay, fn, job);
}

/* The answer is out (or given up): those held for a later one may go. */
static void release_held(struct sim *sim, uint64_t number)
{
	for (struct job *job = sim->jobs; job && sim->held_count > 0; job = job->next) {
		if (!job->is_held || job->number >= number)
			continue;
		job->is_held = false;
		sim->held_count--;
		send_next_answer(job); /* sends later; the list does not change */
		job->references--;     /* of the hold; the request has its own */
	}
}

void answers_record(struct sim *sim, const char *kind, const struct outgoing *outgoing,
		    const struct outgoing_result *result, int64_t incoming_message_id)
{
	struct json_object *entry = json_object_new_object();
	const char *body = buf_text(&outgoing->body);
	const size_t len = outgoing->body.len;
	const bool is_text = len <= 64 * KIB && json_is_utf8(body, len);
	const bool is_success = result->status >= 200 && result->status < 300;

	sim->counts.callbacks++;
	sim->counts.callbacks_ok += is_success;
	json_put_string(entry, "kind", kind);
	if (incoming_message_id)
		json_put_int(entry, "incoming_message_id", incoming_message_id);
	json_put_string(entry, "method", outgoing->method);
	json_put_string(entry, "url", outgoing->url);
	json_put_string(entry, "content_type", outgoing->content_type);
	json_put_string(entry, "body", is_text ? body : NULL);
	json_put_int(entry, "body_len", (int64_t)len);
	journal_put_digest(entry, body, len);
	json_put_int(entry, "status", result->status);
	json_put_string(entry, "reply",
			json_is_utf8(result->body, result->len) ? result->body : NULL);
	json_put_string(entry, "error", result->error);
	json_put_int(entry, "elapsed_ms", (int64_t)(result->elapsed / USEC_PER_MSEC));
	journal_add(sim->journal, "callback", entry);
}

static void free_callback(struct callback *callback)
{
	if (callback->prev)
		callback->prev->next = callback->next;
	else
		callback->job->callbacks = callback->next;
	if (callback->next)
		callback->next->prev = callback->prev;
	free(callback->url);
	free(callback->text);
	free(callback);
}

/* What follows when a callback has been answered with success, or given up. */
static void callback_finished(struct callback *callback)
{
	struct job *job = callback->job;

	if (callback->kind == KIND_ANSWER || callback->kind == KIND_EXTRA) {
		if (job->exchange)
			submit_reply(job->sim, TAKE(job->exchange), &job->behaviour,
				     job->conversation, job->message);
		if (job->answers_left > 0 || job->is_extra_due)
			send_next_answer(job);
		release_held(job->sim, job->number);
	}
	free_callback(callback);
	job_unref(job);
}

static void on_retry_due(void *ctx)
{
	try_callback(ctx);
}

static void on_callback_done(const struct outgoing_result *result, void *ctx)
{
	struct callback *callback = ctx;
	struct job *job = callback->job;
	const bool is_success = result->status >= 200 && result->status < 300;

	answers_record(job->sim, kind_names[callback->kind], callback->outgoing, result,
		       job->message->incoming_message_id);
	callback->outgoing = NULL;
	if (!is_success && callback->retries_left > 0) {
		callback->retries_left--;
		engine_after(job->sim->engine, job->behaviour.retry_delay, on_retry_due, callback);
		return;
	}
	if (!is_success)
		job->sim->counts.callbacks_lost++;
	callback_finished(callback);
}

static void try_callback(struct callback *callback)
{
	const struct job *job = callback->job;
	const bool is_emergency = callback->kind == KIND_EMERGENCY;
	const struct shape_content content = {
		.url = callback->url,
		.text = callback->text,
		.conversation_id = job->conversation->id,
		.prospect_id = job->conversation->prospect_id,
		.incoming_message_id = is_emergency ? 0 : job->message->incoming_message_id,
		.prospect_info = is_emergency ? job->conversation->prospect_info : NULL,
	};

	callback->outgoing = shape_make(&job->behaviour, &content);
	callback->outgoing->on_done = on_callback_done;
	callback->outgoing->ctx = callback;
	engine_send(job->sim->engine, callback->outgoing);
}

/* Takes `text`. */
static void send_callback(struct job *job, enum callback_kind kind, const char *url, char *text)
{
	struct callback *callback = xnew(struct callback);

	callback->job = job;
	callback->kind = kind;
	callback->retries_left = job->behaviour.retry;
	callback->url = xstrdup(url);
	callback->text = text;
	callback->next = job->callbacks;
	if (job->callbacks)
		job->callbacks->prev = callback;
	job->callbacks = callback;
	job->references++;
	conversation_add(job->conversation, "ai", text);
	try_callback(callback);
}

static void send_next_answer(struct job *job)
{
	const char *told = job->behaviour.text;

	if (job->answers_left > 0) {
		job->answers_left--;
		send_callback(job, KIND_ANSWER, job->answer_url,
			      *told ? xstrdup(told) : xasprintf("Answer to: %s", job->text));
	} else if (job->is_extra_due) {
		job->is_extra_due = false;
		send_callback(job, KIND_EXTRA, job->answer_url,
			      xasprintf("Another answer to: %s", job->text));
	}
}

static void on_answer_due(void *ctx)
{
	struct job *job = ctx;

	if (job->behaviour.swap) {
		job->sim->held_count++;
		job->is_held = true; /* the timer's reference becomes that of the hold */
		return;
	}
	send_next_answer(job);
	job_unref(job);
}

static void on_followup_due(void *ctx)
{
	struct job *job = ctx;

	job->followups_sent++;
	send_callback(job, KIND_FOLLOWUP, job->followup_url,
		      xasprintf("Follow-up %u to: %s", job->followups_sent, job->text));
	job_unref(job);
}

static void on_emergency_due(void *ctx)
{
	struct job *job = ctx;

	if (job->sim->emergency_url)
		send_callback(job, KIND_EMERGENCY, job->sim->emergency_url,
			      xasprintf("Help is needed with: %s", job->text));
	else
		fprintf(stderr, "maax-sim: an emergency is due, but no URL was named for it\n");
	job_unref(job);
}

static void on_reply_due(void *ctx)
{
	struct job *job = ctx;

	submit_reply(job->sim, TAKE(job->exchange), &job->behaviour, job->conversation,
		     job->message);
	job_unref(job);
}

static struct job *new_job(struct sim *sim, const struct job_start *start)
{
	struct job *job = xnew(struct job);

	job->sim = sim;
	job->number = sim->next_job++;
	job->behaviour = *start->behaviour;
	job->conversation = start->conversation;
	job->message = start->message;
	job->text = xstrdup(start->text);
	job->answer_url = xstrdup(start->answer_url);
	job->followup_url = xstrdup(start->followup_url);
	job->references = 1;
	job->next = sim->jobs;
	if (sim->jobs)
		sim->jobs->prev = job;
	sim->jobs = job;
	return job;
}

/* The answer may be asked to go to the URL of the message before; this one's is next in turn. */
static void exchange_urls(struct job *job)
{
	struct conversation *conversation = job->conversation;
	char *own = xstrdup(job->answer_url);

	if (job->behaviour.older && conversation->answer_url) {
		free(job->answer_url);
		job->answer_url = xstrdup(conversation->answer_url);
	}
	free(conversation->answer_url);
	conversation->answer_url = own;
}

static void schedule_callbacks(struct job *job)
{
	const struct behaviour *behaviour = &job->behaviour;

	exchange_urls(job);
	conversation_add(job->conversation, "prospect", job->text);
	job->answers_left = behaviour->callbacks;
	job->is_extra_due = behaviour->extra;
	if (job->answers_left > 0 || job->is_extra_due)
		job_after(job, behaviour->delay, on_answer_due);
	for (unsigned i = 0; i < behaviour->followup_count; i++)
		job_after(job, behaviour->followup[i], on_followup_due);
	if (behaviour->emergency)
		job_after(job, behaviour->emergency_delay, on_emergency_due);
}

void answers_start(struct sim *sim, struct exchange *exchange, const struct job_start *start)
{
	const struct behaviour *behaviour = start->behaviour;
	const bool is_refused = behaviour->status >= 300 || behaviour->stall || behaviour->reset;
	const bool is_processed = !is_refused || behaviour->store;
	struct job *job = new_job(sim, start);

	if (behaviour->stall) {
		/* Nobody answers it: the connection stays open until the peer or we end. */
	} else if (behaviour->before && is_processed && behaviour->callbacks > 0) {
		job->exchange = exchange;
	} else if (behaviour->reply_delay > 0) {
		job->exchange = exchange;
		job_after(job, behaviour->reply_delay, on_reply_due);
	} else {
		submit_reply(sim, exchange, behaviour, start->conversation, start->message);
	}
	if (is_processed) {
		sim->counts.accepted++;
		schedule_callbacks(job);
	}
	job_unref(job);
}

void answers_free(struct sim *sim)
{
	while (sim->jobs) {
		while (sim->jobs->callbacks)
			free_callback(sim->jobs->callbacks);
		free_job(sim->jobs);
	}
}
