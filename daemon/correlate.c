/* Gives callbacks their meaning. See correlate.h. */
#include "correlate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "base/wake.h"
#include "dest/announce.h"
#include "maax.h"
#include "mapping.h"
#include "operator.h"
#include "options.h"
#include "store/answers.h"
#include "store/callbacks.h"
#include "store/conversations.h"
#include "store/erase.h"
#include "store/messages.h"

#define RETRY_AFTER (30 * USEC_PER_SEC)
#define CLAIM 64    /* callbacks left over that are correlated in one step */
#define TOGETHER 32 /* callbacks correlated in one savepoint */

struct correlate {
	struct core *core;
	struct loop_source *timer;
	int64_t last;	/* left-over callbacks up to this one have been tried in this pass */
	int64_t *woken; /* callbacks of this turn */
	size_t woken_count;
	size_t woken_size; /* allocated */
};

/* One callback on its way. */
struct work {
	struct core *core;
	struct callback callback;
	struct mapped mapped;
	struct message message;
	struct conversation conversation;
	struct answer answer;
	bool has_changed; /* the conversation, since it was read; finish() writes it */
};

static void work_done(struct work *work)
{
	callback_done(&work->callback);
	mapped_done(&work->mapped);
	message_done(&work->message);
	conversation_done(&work->conversation);
	answer_done(&work->answer);
}

static int finish(struct work *work, enum callback_state state, const char *reason)
{
	int r;

	if (work->has_changed) {
		r = conversations_update(work->core->db, &work->conversation);
		if (r <= 0)
			return r < 0 ? r : -EIO;
	}
	free(work->callback.reason);
	work->callback.reason = xstrdup_null(reason);
	work->callback.answer = work->answer.id;
	r = callbacks_move(work->core->db, &work->callback, state);
	return r < 0 ? r : r == 0 ? -EIO : 0;
}

/* ---- answers and follow-ups ---- */

static int load_message(struct work *work)
{
	struct db *db = work->core->db;
	int r = messages_get(db, work->callback.message, &work->message);

	if (r <= 0)
		return r;
	r = conversations_get(db, work->message.conversation, &work->conversation);
	return r < 0 ? r : r == 0 ? -EIO : 1;
}

static void pin(struct work *work, char **pinned, const char *told)
{
	if (*pinned || !told)
		return;
	*pinned = xstrdup(told);
	work->has_changed = true;
}

/* Maax told its ids: pin what is new; a token is never overruled by them, but a contradiction is
 * worth a line. */
static void pin_ids(struct work *work)
{
	struct conversation *conversation = &work->conversation;
	const char *told = work->mapped.conversation_id;
	char text[IDS_TEXT_SIZE];

	if (told && conversation->conversation_id && !streq(told, conversation->conversation_id))
		log_warning("peer: callback names another conversation_id than the one pinned; "
			    "token wins callback=%s",
			    ids_format(ID_CALLBACK, work->callback.id, text));
	pin(work, &conversation->conversation_id, told);
	pin(work, &conversation->prospect_id, work->mapped.prospect_id);
}

/* Gives the slot to the message, unless another has it. */
static void take_slot(struct work *work)
{
	struct conversation *conversation = &work->conversation;

	if (conversation->in_flight && conversation->in_flight != work->message.id)
		return;
	conversation->in_flight = work->message.id;
	conversation->slot_until = clock_now() + work->core->config->maax.answer_deadline;
	work->has_changed = true;
}

static void free_slot(struct work *work)
{
	struct conversation *conversation = &work->conversation;

	if (conversation->in_flight != work->message.id)
		return;
	conversation->in_flight = 0;
	conversation->slot_until = 0;
	work->has_changed = true;
}

/*
 * Something came for this message, so Maax has it: no resend. A message that was queued again after
 * an uncertain or refused submit goes back to waiting, unless it is about to be answered.
 */
static int prove_arrival(struct work *work)
{
	struct message *message = &work->message;
	struct core *core = work->core;
	int r;

	if (message->state == MESSAGE_QUEUED) {
		message->due_at = 0;
		message->is_uncertain = false;
		r = messages_move(core->db, message, MESSAGE_WAITING);
		if (r <= 0)
			return r < 0 ? r : -EIO;
		take_slot(work);
		wake(core->wake, TOPIC_DEADLINE, message->id);
		return announce_state(core, message, "a callback came: Maax has it");
	}
	if (!message->is_uncertain)
		return 0;
	message->due_at = 0;
	message->is_uncertain = false;
	r = messages_update(core->db, message);
	return r < 0 ? r : 0;
}

/* The first answer settles the message; its conversation's next may go. */
static int settle(struct work *work)
{
	struct message *message = &work->message;
	struct core *core = work->core;
	int r;

	message->answers++;
	message->due_at = 0;
	message->deadline_at = 0;
	message->is_uncertain = false;
	if (message->state == MESSAGE_ANSWERED) {
		r = messages_update(core->db, message);
		return r < 0 ? r : 0;
	}
	r = messages_move(core->db, message, MESSAGE_ANSWERED);
	if (r <= 0)
		return r < 0 ? r : -EIO;
	free_slot(work);
	wake(core->wake, TOPIC_SLOT_FREE, message->conversation);
	return announce_state(core, message, NULL);
}

static bool is_late(const struct work *work)
{
	const struct message *message = &work->message;

	return message->overdue_at ||
	       work->callback.received_at >
		       message->created_at + work->core->config->maax.answer_deadline;
}

/* Makes the forms of the answer from what was mapped. */
static void set_forms(struct work *work)
{
	const struct config_ai *ai = config_ai(work->core->config, work->answer.ai);
	struct mapped_forms forms;

	if (!work->mapped.text)
		return;
	mapping_forms(work->mapped.text,
		      ai && work->message.id ? maax_output_format(ai, &work->message) : NULL,
		      &forms);
	work->answer.text = forms.text;
	work->answer.html = forms.html;
	if (forms.html)
		work->answer.original = TAKE(work->mapped.text);
}

/* Writes the answer row. */
static int insert_answer(struct work *work, enum answer_kind kind)
{
	struct core *core = work->core;
	int r;

	work->answer = (struct answer){
		.id = ids_next(),
		.conversation = work->conversation.id,
		.message = work->message.id,
		.callback = work->callback.id,
		.kind = kind,
		.is_late = kind == ANSWER_ANSWER && is_late(work),
		.is_extra = kind == ANSWER_ANSWER && work->message.answers > 0,
		.ai = xstrdup(work->message.ai ? work->message.ai : work->callback.ai),
		.received_at = work->callback.received_at,
	};
	set_forms(work);
	if (kind == ANSWER_EMERGENCY &&
	    (work->mapped.conversation_id || work->conversation.conversation_id))
		work->answer.history_state = HISTORY_PENDING;
	if (work->conversation.id) {
		work->answer.seq = ++work->conversation.seq;
		work->has_changed = true;
	}
	r = answers_insert(core->db, &work->answer);
	return r < 0 ? r : 0;
}

/* Its message is gone: by age, or since somebody asked for it; then nothing is kept of this either.
 */
static int finish_unmatched(struct work *work)
{
	struct db *db = work->core->db;
	int erased = erase_has(db, work->callback.message);
	int r = erased > 0 ? callbacks_purge(db, work->callback.id) : erased;

	if (r < 0)
		return r;
	return finish(work, CALLBACK_UNMATCHED,
		      erased ? "the message of this URL was erased: what came is not kept"
			     : "the message of this URL is not in the database");
}

/* Whether this token has brought the same text before: 1 or 0. */
static int is_repeat(struct work *work, enum answer_kind kind)
{
	if (kind == ANSWER_ANSWER && work->message.answers == 0)
		return 0;
	return answers_same(work->core->db, work->conversation.id, work->message.id, kind,
			    work->mapped.text);
}

static int correlate_answer(struct work *work)
{
	bool is_answer = work->callback.kind == CALLBACK_ANSWER;
	enum answer_kind kind = is_answer ? ANSWER_ANSWER : ANSWER_FOLLOWUP;
	int r = load_message(work);

	if (r < 0)
		return r;
	if (r == 0)
		return finish_unmatched(work);
	pin_ids(work);
	if (!work->mapped.text) {
		r = prove_arrival(work);
		return r < 0 ? r : finish(work, CALLBACK_UNMAPPED, work->mapped.reason);
	}
	r = is_repeat(work, kind);
	if (r < 0)
		return r;
	if (r > 0)
		return finish(work, CALLBACK_DUPLICATE, NULL);
	r = insert_answer(work, kind);
	if (r < 0)
		return r;
	r = is_answer ? settle(work) : prove_arrival(work);
	if (r < 0)
		return r;
	r = announce_answer(work->core, &work->answer, &work->conversation, 0);
	return r < 0 ? r : finish(work, CALLBACK_MATCHED, NULL);
}

/* ---- emergencies ---- */

/* 1 found, 0 none. */
static int find_conversation(struct work *work)
{
	struct db *db = work->core->db;
	const char *ai = work->callback.ai;
	int r = 0;

	if (work->callback.message) /* attached by an operator */
		return load_message(work);
	if (work->mapped.conversation_id)
		r = conversations_by_conversation_id(db, work->mapped.conversation_id, ai,
						     &work->conversation);
	if (r == 0 && work->mapped.contact)
		r = conversations_by_contact(db, work->mapped.contact, ai, &work->conversation);
	return r;
}

/* Where the source wants it, a person takes over now. */
static int pause_conversation(struct work *work)
{
	const struct config_source *source =
		config_source(work->core->config, work->conversation.source);
	const char *why;
	int r = 0;

	if (source && source->pause_on_emergency)
		r = operator_pause(work->core, &work->conversation, "an emergency came", &why);
	return r < 0 ? r : 0;
}

static int correlate_emergency(struct work *work)
{
	struct core *core = work->core;
	usec_t delay = 0;
	int found = find_conversation(work);
	int r;

	if (found < 0)
		return found;
	r = insert_answer(work, ANSWER_EMERGENCY);
	if (r < 0)
		return r;
	if (work->answer.history_state == HISTORY_PENDING) {
		/* Deliveries wait for one try at the history, so that it can go with them. */
		delay = core->config->maax.submit_timeout;
		wake(core->wake, TOPIC_HISTORY, work->answer.id);
	}
	r = announce_answer(core, &work->answer, found ? &work->conversation : NULL, delay);
	if (r == 0 && found)
		r = pause_conversation(work);
	if (r < 0)
		return r;
	if (!found)
		return finish(work, CALLBACK_UNMATCHED,
			      "it names no conversation or contact that is known here");
	if (!work->answer.text)
		return finish(work, CALLBACK_UNMAPPED, work->mapped.reason);
	return finish(work, CALLBACK_MATCHED, NULL);
}

/* ---- the step ---- */

struct log_line {
	struct metrics *metrics;
	usec_t waited; /* from the message to its first answer; 0: it is none */
	int64_t callback;
	int64_t message;
	enum callback_kind kind;
	enum callback_state state;
	char *reason;
};

static void log_line_free(void *ctx)
{
	struct log_line *line = ctx;

	free(line->reason);
	free(line);
}

static void count_correlated(const struct log_line *line)
{
	static const double bounds[] = { 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600 };
	char labels[80];

	snprintf(labels, sizeof(labels), "purpose=\"%s\",result=\"%s\"",
		 callback_kind_name(line->kind), callback_state_name(line->state));
	metric_add(metrics_counter(line->metrics, "maaxd_callbacks_total",
				   "Callbacks, by what they turned out to be.", labels),
		   1);
	if (line->waited > 0)
		metric_observe(metrics_histogram(line->metrics, "maaxd_answer_wait_seconds",
						 "From a message to its first answer.", NULL,
						 bounds, ARRAY_SIZE(bounds)),
			       (double)line->waited / USEC_PER_SEC);
}

static void log_correlated(void *ctx)
{
	struct log_line *line = ctx;
	bool is_fine = line->state == CALLBACK_MATCHED || line->state == CALLBACK_DUPLICATE;
	char callback[IDS_TEXT_SIZE];
	char message[IDS_TEXT_SIZE] = "-";

	if (line->message)
		ids_format(ID_MESSAGE, line->message, message);
	log_write(is_fine ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
		  "callback %s%s%s callback=%s message=%s kind=%s",
		  callback_state_name(line->state), line->reason ? ": " : "",
		  line->reason ? line->reason : "",
		  ids_format(ID_CALLBACK, line->callback, callback), message,
		  callback_kind_name(line->kind));
	count_correlated(line);
	log_line_free(line);
}

static void log_on_commit(struct work *work)
{
	struct log_line *line = xnew(struct log_line);

	line->metrics = work->core->metrics;
	if (work->answer.kind == ANSWER_ANSWER && work->answer.id && !work->answer.is_extra)
		line->waited = work->answer.received_at - work->message.created_at;
	line->callback = work->callback.id;
	line->message = work->callback.message;
	line->kind = work->callback.kind;
	line->state = work->callback.state;
	line->reason = xstrdup_null(work->callback.reason);
	on_commit(work->core->db, log_correlated, line);
	on_abort(work->core->db, log_line_free, line);
}

static int correlate_callback(struct work *work, int64_t id)
{
	int r = callbacks_get(work->core->db, id, &work->callback);

	if (r <= 0 || work->callback.state != CALLBACK_RECEIVED)
		return r < 0 ? r : 0;
	if (!work->callback.has_body) {
		/* The same bytes as an earlier receipt of this token: they said the same. */
		r = finish(work, CALLBACK_DUPLICATE, NULL);
	} else {
		mapping_map(&work->core->config->maax, &work->callback, &work->mapped);
		r = work->callback.kind == CALLBACK_EMERGENCY ? correlate_emergency(work)
							      : correlate_answer(work);
	}
	if (r >= 0)
		r = announce_callback(work->core, &work->callback, &work->message);
	if (r < 0)
		return r;
	log_on_commit(work);
	return 0;
}

static int correlate_one(struct correlate *correlate, int64_t id)
{
	CLEANUP(work_done) struct work work = { .core = correlate->core };
	int r = unit_begin(correlate->core->db);

	if (r < 0)
		return r;
	return unit_end(correlate->core->db, correlate_callback(&work, id));
}

static void correlate_alone(struct correlate *correlate, int64_t callback)
{
	char text[IDS_TEXT_SIZE];
	int r = correlate_one(correlate, callback);

	if (r >= 0)
		return;
	log_error("callback could not be correlated: %s; again in 30s callback=%s", strerror(-r),
		  ids_format(ID_CALLBACK, callback, text));
	correlate->last = 0;
	loop_set_timer_earlier(correlate->timer, clock_now() + RETRY_AFTER);
}

static int correlate_in_one_unit(struct correlate *correlate, const int64_t *ids, size_t count)
{
	int r = unit_begin(correlate->core->db);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count && r == 0; i++) {
		CLEANUP(work_done) struct work work = { .core = correlate->core };

		r = correlate_callback(&work, ids[i]);
	}
	return unit_end(correlate->core->db, r);
}

/*
 * A savepoint costs a copy of each page that is written in it, and callbacks of one turn write
 * mostly the same pages. If one of them fails, nothing of it counts and each has its own.
 */
static void correlate_together(struct correlate *correlate, const int64_t *ids, size_t count)
{
	if (count > 1 && correlate_in_one_unit(correlate, ids, count) == 0)
		return;
	for (size_t i = 0; i < count; i++)
		correlate_alone(correlate, ids[i]);
}

void correlate_woken(int64_t callback, void *ctx)
{
	struct correlate *correlate = ctx;

	if (correlate->woken_count == correlate->woken_size) {
		correlate->woken_size = correlate->woken_size ? 2 * correlate->woken_size : 64;
		correlate->woken = xrealloc(correlate->woken, correlate->woken_size,
					    sizeof(*correlate->woken));
	}
	correlate->woken[correlate->woken_count++] = callback;
	if (correlate->woken_count == 1)
		wake(correlate->core->wake, TOPIC_CALLBACKS_COLLECTED, 0);
}

void correlate_collected(int64_t unused, void *ctx)
{
	struct correlate *correlate = ctx;
	size_t count = correlate->woken_count;

	(void)unused;
	for (size_t i = 0; i < count; i += TOGETHER)
		correlate_together(correlate, correlate->woken + i,
				   count - i < TOGETHER ? count - i : TOGETHER);
	correlate->woken_count = 0;
}

/* One step over what is left in `received`; goes on at once while there is more. */
static void on_timer(void *ctx)
{
	struct correlate *correlate = ctx;
	int64_t ids[CLAIM];
	int count = callbacks_uncorrelated(correlate->core->db, correlate->last, CLAIM, ids);

	if (count < 0) {
		loop_set_timer(correlate->timer, clock_now() + RETRY_AFTER);
		return;
	}
	for (int i = 0; i < count; i++) {
		correlate->last = ids[i];
		if (correlate_one(correlate, ids[i]) < 0) {
			loop_set_timer(correlate->timer, clock_now() + RETRY_AFTER);
			return;
		}
	}
	if (count == CLAIM)
		loop_set_timer(correlate->timer, clock_now());
}

void correlate_start(struct correlate *correlate)
{
	loop_set_timer(correlate->timer, clock_now());
}

int correlate_new(struct core *core, struct correlate **ret_correlate)
{
	struct correlate *correlate = xnew(struct correlate);
	int r;

	correlate->core = core;
	r = loop_add_timer(core->loop, on_timer, correlate, &correlate->timer);
	if (r < 0) {
		free(correlate);
		return r;
	}
	*ret_correlate = correlate;
	return 0;
}

struct correlate *correlate_free(struct correlate *correlate)
{
	if (!correlate)
		return NULL;
	loop_source_free(correlate->timer);
	free(correlate->woken);
	free(correlate);
	return NULL;
}
