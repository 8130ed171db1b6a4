/* Messages come in. See intake.h. */
#include "intake.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/wake.h"
#include "dest/announce.h"
#include "store/conversations.h"

struct intake {
	struct core *core;
};

struct intake *intake_new(struct core *core)
{
	struct intake *intake = xnew(struct intake);

	intake->core = core;
	return intake;
}

struct intake *intake_free(struct intake *intake)
{
	free(intake);
	return NULL;
}

/* 1 when the source may send now, 0 when `limit` is used up. Counted from the index: restarts
 * change nothing. */
static int is_within(struct intake *intake, const char *source, const struct rate_limit *limit)
{
	int r;

	if (limit->count == 0)
		return 1;
	r = messages_count_source(intake->core->db, source, ids_floor(clock_now() - limit->window),
				  (unsigned)limit->count);
	return r < 0 ? r : (uint64_t)r < limit->count;
}

static int check_source_limits(struct intake *intake, const struct config_source *source,
			       usec_t *ret_retry_after)
{
	const struct rate_limit *limits[] = { &source->limit_rate, &source->limit_day };

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		int r = is_within(intake, source->name, limits[i]);

		if (r < 0)
			return r;
		if (r == 0) {
			*ret_retry_after = limits[i]->window / 10;
			return INTAKE_LIMITED;
		}
	}
	return INTAKE_STORED;
}

static int make_conversation(struct intake *intake, const struct intake_request *request,
			     struct conversation *ret_conversation)
{
	struct conversation conversation = {
		.id = ids_next(),
		.source = request->source->name,
		.key = (char *)request->conversation_key,
		.ai = request->ai->name,
		.platform = (char *)request->platform,
		.conversation_id = (char *)request->conversation_id,
		.prospect_id = (char *)request->prospect_id,
		.created_at = clock_now(),
	};
	int r = conversations_insert(intake->core->db, &conversation);

	if (r < 0)
		return r;
	r = conversations_get(intake->core->db, conversation.id, ret_conversation);
	return r < 0 ? r : r == 0 ? -EIO : INTAKE_STORED;
}

/* Finds the conversation the caller names, or makes one. */
static int find_conversation(struct intake *intake, const struct intake_request *request,
			     struct conversation *ret_conversation)
{
	struct db *db = intake->core->db;
	int r = 0;

	if (request->conversation) {
		r = conversations_get(db, request->conversation, ret_conversation);
		if (r <= 0)
			return r < 0 ? r : INTAKE_NO_CONVERSATION;
		if (!streq(ret_conversation->source, request->source->name)) {
			conversation_done(ret_conversation);
			return INTAKE_NO_CONVERSATION;
		}
	} else if (request->conversation_key) {
		r = conversations_by_key(db, request->source->name, request->conversation_key,
					 ret_conversation);
		if (r < 0)
			return r;
	}
	if (r == 0)
		return make_conversation(intake, request, ret_conversation);
	r = conversations_pin(db, ret_conversation->id, request->conversation_id,
			      request->prospect_id);
	return r < 0 ? r : INTAKE_STORED;
}

static int insert_contacts(struct intake *intake, int64_t conversation, const char *const *contacts)
{
	for (size_t i = 0; contacts && contacts[i]; i++) {
		int r = contacts_insert(intake->core->db, conversation, contacts[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

/* A message goes at once unless another of its conversation is under way or waits before it, or a
 * person has taken the conversation over. */
static int is_first(struct intake *intake, const struct conversation *conversation)
{
	int64_t first = 0;
	int r;

	if (conversation->in_flight || conversation->paused_at)
		return 0;
	r = messages_first_queued(intake->core->db, conversation->id, &first);
	return r < 0 ? r : r == 0;
}

/* Decides between `queued` and `held`, and when it is due. 0 or negative errno. */
static int decide_state(struct intake *intake, const struct intake_request *request,
			const struct conversation *conversation, struct message *message)
{
	const struct rate_limit *limit = &request->source->limit_conversation;
	int r = 0;

	if (limit->count > 0)
		r = messages_count_conversation(intake->core->db, conversation->id,
						ids_floor(message->created_at - limit->window),
						(unsigned)limit->count);
	if (r < 0)
		return r;
	if (limit->count > 0 && (uint64_t)r >= limit->count) {
		message->state = MESSAGE_HELD;
		message->reason = xstrdup(
			"more messages in this conversation than limit_conversation allows");
		return 0;
	}
	message->state = MESSAGE_QUEUED;
	r = is_first(intake, conversation);
	if (r > 0)
		message->due_at = message->created_at +
				  retry_delay(&intake->core->config->maax.submit_schedule, 0, true);
	return r < 0 ? r : 0;
}

static int insert_message(struct intake *intake, const struct intake_request *request,
			  const struct conversation *conversation, struct message *message)
{
	struct core *core = intake->core;
	int r;

	*message = (struct message){
		.id = ids_next(),
		.conversation = conversation->id,
		.source = xstrdup(request->source->name),
		.ai = xstrdup(request->ai->name),
		.platform = xstrdup(request->platform),
		.message_content = xstrdup(request->message_content),
		.prospect_info = xstrdup(request->prospect_info),
		.service_type = xstrdup_null(request->service_type),
		.output_format = xstrdup_null(request->output_format),
		.metadata = xstrdup_null(request->metadata),
		.send_response_url = xstrdup_null(request->send_response_url),
		.followup_url = xstrdup_null(request->followup_url),
		.created_at = clock_now(),
	};
	message->deadline_at = message->created_at + core->config->maax.answer_deadline;
	r = decide_state(intake, request, conversation, message);
	if (r < 0)
		return r;
	r = conversations_next_seq(core->db, conversation->id, &message->seq);
	if (r < 0)
		return r;
	return messages_insert(core->db, message);
}

static void log_stored(void *ctx)
{
	struct message *message = ctx;
	char text[2][IDS_TEXT_SIZE];

	if (message->state == MESSAGE_HELD)
		log_warning("message held: %s message=%s conversation=%s source=%s",
			    message->reason, ids_format(ID_MESSAGE, message->id, text[0]),
			    ids_format(ID_CONVERSATION, message->conversation, text[1]),
			    message->source);
	else
		log_info("message accepted message=%s conversation=%s source=%s",
			 ids_format(ID_MESSAGE, message->id, text[0]),
			 ids_format(ID_CONVERSATION, message->conversation, text[1]),
			 message->source);
	message_done(message);
	free(message);
}

static void forget_log(void *ctx)
{
	message_done(ctx);
	free(ctx);
}

/* The line is written when the row is on disk; it needs few of the row's fields. */
static void log_on_commit(struct intake *intake, const struct message *message)
{
	struct message *copy = xnew(struct message);

	copy->id = message->id;
	copy->conversation = message->conversation;
	copy->state = message->state;
	copy->source = xstrdup(message->source);
	copy->reason = xstrdup_null(message->reason);
	on_commit(intake->core->db, log_stored, copy);
	on_abort(intake->core->db, forget_log, copy);
}

int intake_store(struct intake *intake, const struct intake_request *request,
		 struct message *ret_message, usec_t *ret_retry_after)
{
	struct core *core = intake->core;
	CLEANUP(conversation_done) struct conversation conversation = { 0 };
	CLEANUP(message_done) struct message message = { 0 };
	int r = check_source_limits(intake, request->source, ret_retry_after);

	if (r != INTAKE_STORED)
		return r;
	r = find_conversation(intake, request, &conversation);
	if (r != INTAKE_STORED)
		return r;
	r = insert_contacts(intake, conversation.id, request->contacts);
	if (r < 0)
		return r;
	r = insert_message(intake, request, &conversation, &message);
	if (r < 0)
		return r;
	r = announce_state(core, &message, message.reason);
	if (r < 0)
		return r;
	log_on_commit(intake, &message);
	wake(core->wake, TOPIC_DEADLINE, message.id);
	if (message.due_at)
		wake(core->wake, TOPIC_MESSAGE_DUE, message.id);
	*ret_message = message;
	message = (struct message){ 0 };
	return INTAKE_STORED;
}
