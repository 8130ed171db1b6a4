/* Messages, conversations and notices by hand. See operator.h. */
#include "operator.h"

#include <errno.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/wake.h"
#include "dest/announce.h"
#include "options.h"

int operator_refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return 0;
}

static void set_reason(struct message *message, const char *reason)
{
	free(message->reason);
	message->reason = xstrdup_null(reason);
}

/* ---- messages ---- */

int operator_cancel(struct core *core, struct message *message, const char *reason,
		    const char **ret_why)
{
	int r;

	if (!message_is_open(message->state))
		return operator_refuse(ret_why, "it is settled already");
	message->due_at = 0;
	message->deadline_at = 0;
	message->is_uncertain = false;
	message->run = 0;
	set_reason(message, reason);
	r = messages_move_out(core->db, message, MESSAGE_CANCELLED);
	if (r < 0)
		return r;
	wake(core->wake, TOPIC_SLOT_FREE, message->conversation);
	r = announce_state(core, message, reason);
	return r < 0 ? r : 1;
}

/* Into the queue; it is due when the slot's turn says so. */
static int queue(struct core *core, struct message *message, const char *detail)
{
	int r;

	message->due_at = 0;
	set_reason(message, NULL);
	r = messages_move(core->db, message, MESSAGE_QUEUED);
	if (r <= 0)
		return r < 0 ? r : -EIO;
	wake(core->wake, TOPIC_DEADLINE, message->id);
	wake(core->wake, TOPIC_SLOT_FREE, message->conversation);
	r = announce_state(core, message, detail);
	return r < 0 ? r : 1;
}

static int submit_now(struct core *core, struct message *message, const char **ret_why)
{
	int r;

	if (!message->due_at)
		return operator_refuse(ret_why,
				       "another message of its conversation goes first, or the "
				       "conversation is paused");
	message->due_at = clock_now();
	r = messages_update(core->db, message);
	if (r < 0)
		return r;
	wake(core->wake, TOPIC_MESSAGE_DUE, message->id);
	return 1;
}

int operator_retry(struct core *core, struct message *message, const char **ret_why)
{
	if (message->state == MESSAGE_HELD)
		return queue(core, message, "let go by an operator");
	if (message->state == MESSAGE_QUEUED)
		return submit_now(core, message, ret_why);
	return operator_refuse(ret_why,
			       "it waits for no try: replay is what sends a message again");
}

int operator_submit(struct core *core, struct message *message, const char **ret_why)
{
	int r;

	if (message->state == MESSAGE_ANSWERED)
		return operator_refuse(ret_why, "it has its answer: ask again with a new message");
	if (message->state != MESSAGE_OVERDUE && message->state != MESSAGE_FAILED &&
	    message->state != MESSAGE_CANCELLED)
		return operator_refuse(ret_why, "it is on its way: wait, or cancel it first");
	message->tries = 0;
	message->is_uncertain = false;
	message->was_resent = false;
	message->overdue_at = 0;
	message->replayed_at = clock_now();
	message->deadline_at = message->replayed_at + core->config->maax.answer_deadline;
	r = conversations_free_slot(core->db, message->conversation, message->id);
	return r < 0 ? r : queue(core, message, "replayed by an operator");
}

/* ---- conversations ---- */

int operator_pause(struct core *core, const struct conversation *conversation, const char *reason,
		   const char **ret_why)
{
	int r = conversations_pause(core->db, conversation->id, clock_now(), reason);

	if (r < 0)
		return r;
	if (r == 0)
		return operator_refuse(ret_why, "it is paused already");
	r = announce_conversation(core, conversation, "conversation.paused", reason);
	return r < 0 ? r : 1;
}

int operator_unpause(struct core *core, const struct conversation *conversation,
		     const char **ret_why)
{
	int r = conversations_unpause(core->db, conversation->id);

	if (r < 0)
		return r;
	if (r == 0)
		return operator_refuse(ret_why, "it is not paused");
	wake(core->wake, TOPIC_SLOT_FREE, conversation->id);
	r = announce_conversation(core, conversation, "conversation.unpaused", NULL);
	return r < 0 ? r : 1;
}

int operator_answer(struct core *core, const struct conversation *conversation, int64_t message,
		    const char *text, struct answer *ret_answer)
{
	CLEANUP(answer_done)
	struct answer answer = {
		.id = ids_next(),
		.conversation = conversation->id,
		.message = message,
		.kind = ANSWER_NOTICE,
		.text = xstrdup(text),
		.ai = xstrdup(conversation->ai),
		.received_at = clock_now(),
	};
	int r = conversations_next_seq(core->db, conversation->id, &answer.seq);

	if (r <= 0)
		return r < 0 ? r : -EIO;
	r = answers_insert(core->db, &answer);
	if (r < 0)
		return r;
	r = announce_answer(core, &answer, conversation, 0);
	if (r < 0)
		return r;
	*ret_answer = answer;
	answer = (struct answer){ 0 };
	return 1;
}
