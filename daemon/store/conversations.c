/* Rows of conversations and their contacts. See store/conversations.h. */
#include "store/conversations.h"

#include "store/stmt.h"

void conversation_done(struct conversation *conversation)
{
	free(conversation->source);
	free(conversation->key);
	free(conversation->ai);
	free(conversation->platform);
	free(conversation->conversation_id);
	free(conversation->prospect_id);
	free(conversation->pause_reason);
	*conversation = (struct conversation){ 0 };
}

static void done_row(void *row)
{
	conversation_done(row);
}

static void read_row(struct query *q, void *row)
{
	struct conversation *conversation = row;

	conversation->id = query_read_int(q);
	conversation->source = query_read_text(q);
	conversation->key = query_read_text(q);
	conversation->ai = query_read_text(q);
	conversation->platform = query_read_text(q);
	conversation->seq = query_read_int(q);
	conversation->in_flight = query_read_int(q);
	conversation->slot_until = query_read_at(q);
	conversation->conversation_id = query_read_text(q);
	conversation->prospect_id = query_read_text(q);
	conversation->created_at = query_read_at(q);
	conversation->paused_at = query_read_at(q);
	conversation->pause_reason = query_read_text(q);
}

static const struct row_kind conversation_rows = { sizeof(struct conversation), read_row,
						   done_row };

/* Rows of the slot timer: it needs no more than this. */
static void read_slot(struct query *q, void *row)
{
	struct conversation *conversation = row;

	conversation->id = query_read_int(q);
	conversation->in_flight = query_read_int(q);
}

static const struct row_kind slot_rows = { sizeof(struct conversation), read_slot, done_row };

int conversations_insert(struct db *db, const struct conversation *conversation)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CONVERSATIONS_INSERT);

	query_bind_int(&q, conversation->id);
	query_bind_text(&q, conversation->source);
	query_bind_text(&q, conversation->key);
	query_bind_text(&q, conversation->ai);
	query_bind_text(&q, conversation->platform);
	query_bind_int(&q, conversation->seq);
	query_bind_id(&q, conversation->in_flight);
	query_bind_at_null(&q, conversation->slot_until);
	query_bind_text(&q, conversation->conversation_id);
	query_bind_text(&q, conversation->prospect_id);
	query_bind_at(&q, conversation->created_at);
	query_bind_at_null(&q, conversation->paused_at);
	query_bind_text(&q, conversation->pause_reason);
	return query_run(&q);
}

int conversations_get(struct db *db, int64_t id, struct conversation *ret_conversation)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CONVERSATIONS_GET);

	query_bind_int(&q, id);
	return query_get(&q, &conversation_rows, ret_conversation);
}

int conversations_by_key(struct db *db, const char *source, const char *key,
			 struct conversation *ret_conversation)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CONVERSATIONS_BY_KEY);

	query_bind_text(&q, source);
	query_bind_text(&q, key);
	return query_get(&q, &conversation_rows, ret_conversation);
}

int conversations_by_conversation_id(struct db *db, const char *conversation_id, const char *ai,
				     struct conversation *ret_conversation)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CONVERSATIONS_BY_CONVERSATION_ID);

	query_bind_text(&q, conversation_id);
	query_bind_text(&q, ai);
	return query_get(&q, &conversation_rows, ret_conversation);
}

int conversations_of_source(struct db *db, const char *source, const char *conversation_id,
			    struct conversation *ret_conversation)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CONVERSATIONS_OF_SOURCE);

	query_bind_text(&q, conversation_id);
	query_bind_text(&q, source);
	return query_get(&q, &conversation_rows, ret_conversation);
}

int conversations_by_contact(struct db *db, const char *value, const char *ai,
			     struct conversation *ret_conversation)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CONVERSATIONS_BY_CONTACT);

	query_bind_text(&q, value);
	query_bind_text(&q, ai);
	return query_get(&q, &conversation_rows, ret_conversation);
}

int conversations_list(struct db *db, const char *source, int64_t before, unsigned limit,
		       struct conversation *ret_conversations)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CONVERSATIONS_LIST);

	query_bind_text(&q, source);
	query_bind_int(&q, before);
	return query_list(&q, &conversation_rows, limit, ret_conversations);
}

int conversations_update(struct db *db, const struct conversation *conversation)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CONVERSATIONS_UPDATE);

	query_bind_int(&q, conversation->id);
	query_bind_int(&q, conversation->seq);
	query_bind_id(&q, conversation->in_flight);
	query_bind_at_null(&q, conversation->slot_until);
	query_bind_text(&q, conversation->conversation_id);
	query_bind_text(&q, conversation->prospect_id);
	return query_run(&q);
}

int conversations_walk(struct db *db, const struct conversation_filter *filter, int64_t before,
		       unsigned limit, struct conversation *ret_conversations, int64_t *ret_next)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CONVERSATIONS_WALK);
	struct walk walk = { 0 };
	int r = walk_start(db, SQL_CONVERSATIONS_FLOOR, before, filter->since, &walk);

	*ret_next = 0;
	if (r <= 0)
		return r;
	query_bind_int(&q, before);
	query_bind_int(&q, walk.floor);
	query_bind_text(&q, filter->source);
	query_bind_int(&q, filter->is_paused);
	query_bind_text(&q, filter->contact);
	r = query_list(&q, &conversation_rows, limit, ret_conversations);
	*ret_next = walk.next;
	if (r == (int)limit)
		*ret_next = ret_conversations[r - 1].id;
	return r;
}

static int set_pause(struct db *db, int64_t id, usec_t at, const char *reason)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CONVERSATIONS_SET_PAUSE);

	query_bind_int(&q, id);
	query_bind_at_null(&q, at);
	query_bind_text(&q, reason);
	return query_run(&q);
}

int conversations_pause(struct db *db, int64_t id, usec_t at, const char *reason)
{
	return set_pause(db, id, at, reason);
}

int conversations_unpause(struct db *db, int64_t id)
{
	return set_pause(db, id, 0, NULL);
}

static int count_seq(struct db *db, int64_t id)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CONVERSATIONS_NEXT_SEQ);

	query_bind_int(&q, id);
	return query_run(&q);
}

int conversations_next_seq(struct db *db, int64_t id, int64_t *ret_seq)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CONVERSATIONS_SEQ);
	int r = count_seq(db, id);

	if (r <= 0)
		return r;
	query_bind_int(&q, id);
	return query_get_id(&q, ret_seq);
}

int conversations_pin(struct db *db, int64_t id, const char *conversation_id,
		      const char *prospect_id)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CONVERSATIONS_PIN);

	query_bind_int(&q, id);
	query_bind_text(&q, conversation_id);
	query_bind_text(&q, prospect_id);
	return query_run(&q);
}

int conversations_take_slot(struct db *db, int64_t id, int64_t message, usec_t until)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CONVERSATIONS_TAKE_SLOT);

	query_bind_int(&q, id);
	query_bind_int(&q, message);
	query_bind_at_null(&q, until);
	return query_run(&q);
}

int conversations_free_slot(struct db *db, int64_t id, int64_t message)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CONVERSATIONS_FREE_SLOT);

	query_bind_int(&q, id);
	query_bind_int(&q, message);
	return query_run(&q);
}

int conversations_slot_due(struct db *db, usec_t now, unsigned limit,
			   struct conversation *ret_conversations)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CONVERSATIONS_SLOT_DUE);

	query_bind_at(&q, now);
	return query_list(&q, &slot_rows, limit, ret_conversations);
}

int conversations_next_slot_due(struct db *db, usec_t *ret_at)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CONVERSATIONS_NEXT_SLOT_DUE);

	return query_get_at(&q, ret_at);
}

int conversations_count_open(struct db *db, struct conversations_open_counts *ret_counts)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CONVERSATIONS_COUNT_OPEN);
	int r;

	query_bind_int(&q, DB_COUNT_MAX);
	r = query_step(&q);
	if (r < 0)
		return r;
	ret_counts->pending = query_read_int(&q);
	ret_counts->overdue = query_read_int(&q);
	return 0;
}

int contacts_insert(struct db *db, int64_t conversation, const char *value)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CONTACTS_INSERT);

	query_bind_text(&q, value);
	query_bind_int(&q, conversation);
	return query_run(&q);
}
