/* Makes silence an event, and frees slots that no answer freed. See deadline.h. */
#include "deadline.h"

#include <errno.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/wake.h"
#include "dest/announce.h"
#include "options.h"
#include "store/answers.h"
#include "store/conversations.h"
#include "store/messages.h"

#define CLAIM 64
#define STORE_RETRY (1 * USEC_PER_SEC)

struct deadline {
	struct core *core;
	struct loop_source *timer;
};

/* An extra answer that may be this message's, come on an older token. 1 with it, 0 none. */
static int find_stray(struct core *core, const struct message *message, struct answer *ret_answer)
{
	CLEANUP(message_done) struct message owner = { 0 };
	CLEANUP(answer_done) struct answer extra = { 0 };
	int r = answers_unused_extra(core->db, message->conversation, &extra);

	if (r <= 0)
		return r;
	if (extra.message == message->id || extra.received_at < message->submitted_at)
		return 0;
	r = messages_get(core->db, extra.message, &owner);
	if (r <= 0 || owner.answers <= owner.submits)
		return r < 0 ? r : 0;
	*ret_answer = extra;
	extra = (struct answer){ 0 };
	return 1;
}

/* 1 when a stray answer settled the message, which was delivered as an extra already. */
static int settle_by_stray(struct core *core, struct message *message)
{
	CLEANUP(answer_done) struct answer stray = { 0 };
	int r = find_stray(core, message, &stray);

	if (r <= 0)
		return r;
	r = answers_set_heuristic(core->db, stray.id);
	if (r < 0)
		return r;
	r = messages_move_out(core->db, message, MESSAGE_ANSWERED);
	if (r < 0)
		return r;
	wake(core->wake, TOPIC_SLOT_FREE, message->conversation);
	r = announce_state(core, message,
			   "an extra answer on an older URL of its conversation settled it");
	return r < 0 ? r : 1;
}

static void log_overdue(const struct message *message)
{
	char text[IDS_TEXT_SIZE];

	log_warning("message overdue: no answer within answer_deadline message=%s state=%s",
		    ids_format(ID_MESSAGE, message->id, text), message_state_name(message->state));
}

static int fire(struct core *core, int64_t id)
{
	CLEANUP(message_done) struct message message = { 0 };
	bool was_waiting;
	int r = messages_get(core->db, id, &message);

	if (r <= 0)
		return r;
	message.deadline_at = 0;
	if (!message_is_open(message.state)) {
		r = messages_update(core->db, &message);
		return r < 0 ? r : 0;
	}
	was_waiting = message.state == MESSAGE_WAITING;
	if (was_waiting) {
		r = settle_by_stray(core, &message);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	message.overdue_at = clock_now();
	if (was_waiting) {
		r = messages_move(core->db, &message, MESSAGE_OVERDUE);
		if (r <= 0)
			return r < 0 ? r : -EIO;
		r = announce_state(core, &message, NULL);
	} else {
		r = messages_update(core->db, &message);
	}
	if (r < 0)
		return r;
	log_overdue(&message);
	return announce_message(core, EVENT_OVERDUE, &message, "no answer within answer_deadline");
}

/* The slot's time is over. A message still waiting in it had its event while it was queued. */
static int free_slot(struct core *core, const struct conversation *conversation)
{
	CLEANUP(message_done) struct message message = { 0 };
	int r = messages_get(core->db, conversation->in_flight, &message);

	if (r > 0 && message.state == MESSAGE_WAITING && !message.deadline_at) {
		message.due_at = 0;
		r = messages_move(core->db, &message, MESSAGE_OVERDUE);
		if (r > 0)
			r = announce_state(core, &message, NULL);
	}
	if (r < 0)
		return r;
	r = conversations_free_slot(core->db, conversation->id, conversation->in_flight);
	if (r < 0)
		return r;
	wake(core->wake, TOPIC_SLOT_FREE, conversation->id);
	return 0;
}

static int fire_deadlines(struct core *core)
{
	int64_t ids[CLAIM];
	int count = messages_deadline_due(core->db, clock_now(), CLAIM, ids);

	for (int i = 0; i < count; i++) {
		int r = unit_begin(core->db);

		if (r < 0)
			return r;
		r = unit_end(core->db, fire(core, ids[i]));
		if (r < 0)
			return r;
	}
	return count < 0 ? count : 0;
}

static int free_slots(struct core *core)
{
	struct conversation due[CLAIM];
	int count = conversations_slot_due(core->db, clock_now(), CLAIM, due);
	int r = 0;

	for (int i = 0; i < count; i++) {
		if (r == 0)
			r = unit_begin(core->db);
		if (r == 0)
			r = unit_end(core->db, free_slot(core, &due[i]));
		conversation_done(&due[i]);
	}
	return count < 0 ? count : r;
}

static int next_time(struct core *core, usec_t *ret_next)
{
	usec_t slot;
	int r = messages_next_deadline(core->db, ret_next);

	if (r < 0)
		return r;
	r = conversations_next_slot_due(core->db, &slot);
	if (r < 0)
		return r;
	*ret_next = usec_min(*ret_next, slot);
	return 0;
}

static void on_timer(void *ctx)
{
	struct deadline *deadline = ctx;
	usec_t next = USEC_NEVER;
	int r = fire_deadlines(deadline->core);

	if (r >= 0)
		r = free_slots(deadline->core);
	if (r >= 0)
		r = next_time(deadline->core, &next);
	loop_set_timer_earlier(deadline->timer, r < 0 ? clock_now() + STORE_RETRY : next);
}

void deadline_woken(int64_t message, void *ctx)
{
	struct deadline *deadline = ctx;

	(void)message;
	/* The newest deadline is the farthest: looking again then is early enough for it and cheap.
	 */
	loop_set_timer_earlier(deadline->timer,
			       clock_now() + deadline->core->config->maax.answer_deadline);
}

void deadline_start(struct deadline *deadline)
{
	loop_set_timer(deadline->timer, clock_now());
}

int deadline_new(struct core *core, struct deadline **ret_deadline)
{
	struct deadline *deadline = xnew(struct deadline);
	int r;

	deadline->core = core;
	r = loop_add_timer(core->loop, on_timer, deadline, &deadline->timer);
	if (r < 0) {
		free(deadline);
		return r;
	}
	*ret_deadline = deadline;
	return 0;
}

struct deadline *deadline_free(struct deadline *deadline)
{
	if (!deadline)
		return NULL;
	loop_source_free(deadline->timer);
	free(deadline);
	return NULL;
}
