/* Rows of messages: one at a time, and the one function that moves their state. Lists and what is
 * due: message_lists.c. */
#include "store/messages.h"

#include <errno.h>

#include "store/conversations.h"
#include "store/message_rows.h"
#include "store/stmt.h"

void message_done(struct message *message)
{
	free(message->source);
	free(message->ai);
	free(message->platform);
	free(message->message_content);
	free(message->prospect_info);
	free(message->service_type);
	free(message->output_format);
	free(message->metadata);
	free(message->incoming_message_id);
	free(message->reason);
	free(message->send_response_url);
	free(message->followup_url);
	*message = (struct message){ 0 };
}

static void done_row(void *row)
{
	message_done(row);
}

static void read_row(struct query *q, void *row)
{
	struct message *message = row;

	message->id = query_read_int(q);
	message->conversation = query_read_int(q);
	message->source = query_read_text(q);
	message->seq = query_read_int(q);
	message->state = (enum message_state)query_read_word(q, message_state_parse);
	message->ai = query_read_text(q);
	message->platform = query_read_text(q);
	message->message_content = query_read_text(q);
	message->prospect_info = query_read_text(q);
	message->service_type = query_read_text(q);
	message->output_format = query_read_text(q);
	message->metadata = query_read_text(q);
	message->created_at = query_read_at(q);
	message->due_at = query_read_at(q);
	message->deadline_at = query_read_at(q);
	message->overdue_at = query_read_at(q);
	message->submitted_at = query_read_at(q);
	message->submits = (unsigned)query_read_int(q);
	message->tries = (unsigned)query_read_int(q);
	message->is_uncertain = query_read_int(q);
	message->was_resent = query_read_int(q);
	message->answers = (unsigned)query_read_int(q);
	message->incoming_message_id = query_read_text(q);
	message->run = query_read_int(q);
	message->reason = query_read_text(q);
	message->replayed_at = query_read_at(q);
	message->send_response_url = query_read_text(q);
	message->followup_url = query_read_text(q);
}

const struct row_kind message_rows = { sizeof(struct message), read_row, done_row };

/* What changes with the state; the same order in MESSAGES_INSERT, _MOVE and _UPDATE. */
static void bind_changing(struct query *q, const struct message *message)
{
	query_bind_at_null(q, message->due_at);
	query_bind_at_null(q, message->deadline_at);
	query_bind_at_null(q, message->overdue_at);
	query_bind_at_null(q, message->submitted_at);
	query_bind_int(q, message->submits);
	query_bind_int(q, message->tries);
	query_bind_int(q, message->is_uncertain);
	query_bind_int(q, message->was_resent);
	query_bind_int(q, message->answers);
	query_bind_text(q, message->incoming_message_id);
	query_bind_id(q, message->run);
	query_bind_text(q, message->reason);
	query_bind_at_null(q, message->replayed_at);
}

int messages_insert(struct db *db, const struct message *message)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_MESSAGES_INSERT);

	query_bind_int(&q, message->id);
	query_bind_int(&q, message->conversation);
	query_bind_text(&q, message->source);
	query_bind_int(&q, message->seq);
	query_bind_text(&q, message_state_name(message->state));
	query_bind_text(&q, message->ai);
	query_bind_text(&q, message->platform);
	query_bind_text(&q, message->message_content);
	query_bind_text(&q, message->prospect_info);
	query_bind_text(&q, message->service_type);
	query_bind_text(&q, message->output_format);
	query_bind_text(&q, message->metadata);
	query_bind_at(&q, message->created_at);
	bind_changing(&q, message);
	query_bind_text(&q, message->send_response_url);
	query_bind_text(&q, message->followup_url);
	return query_run(&q);
}

int messages_get(struct db *db, int64_t id, struct message *ret_message)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_MESSAGES_GET);

	query_bind_int(&q, id);
	return query_get(&q, &message_rows, ret_message);
}

int messages_move(struct db *db, struct message *message, enum message_state to)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_MESSAGES_MOVE);
	int r;

	if (!message_may_move(message->state, to))
		return -EPERM;
	query_bind_int(&q, message->id);
	query_bind_text(&q, message_state_name(message->state));
	query_bind_text(&q, message_state_name(to));
	bind_changing(&q, message);
	r = query_run(&q);
	if (r > 0)
		message->state = to;
	return r;
}

int messages_move_out(struct db *db, struct message *message, enum message_state to)
{
	int r = messages_move(db, message, to);

	if (r <= 0)
		return r < 0 ? r : -EIO;
	r = conversations_free_slot(db, message->conversation, message->id);
	return r < 0 ? r : 0;
}

int messages_update(struct db *db, const struct message *message)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_MESSAGES_UPDATE);

	query_bind_int(&q, message->id);
	bind_changing(&q, message);
	return query_run(&q);
}
