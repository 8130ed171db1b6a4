/* Erases conversations. See store/erase.h. */
#include "store/erase.h"

#include "store/stmt.h"

int erase_find(struct db *db, const char *contact, int64_t after, unsigned limit, int64_t *ret_ids)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_ERASE_CONTACTS_FIND);

	query_bind_text(&q, contact);
	query_bind_int(&q, after);
	return query_list_ids(&q, limit, ret_ids);
}

int erase_count(struct db *db, int64_t conversation, struct erase_count *ret_count)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_ERASE_COUNT);
	int r;

	query_bind_int(&q, conversation);
	query_bind_int(&q, DB_COUNT_MAX);
	r = query_step(&q);
	if (r < 0)
		return r;
	ret_count->messages = query_read_int(&q);
	ret_count->answers = query_read_int(&q);
	return 0;
}

static int run(struct db *db, enum sql_id sql, int64_t conversation)
{
	CLEANUP(query_done) struct query q = query_start(db, sql);

	query_bind_int(&q, conversation);
	return query_run(&q);
}

int erase_conversation(struct db *db, int64_t conversation)
{
	/* What names messages and answers before these go. */
	static const enum sql_id steps[] = {
		SQL_ERASE_NOTE,
		SQL_ERASE_ATTEMPTS,
		SQL_ERASE_ATTEMPTS_OF_EMERGENCIES,
		SQL_ERASE_DELIVERIES,
		SQL_ERASE_DELIVERIES_OF_EMERGENCIES,
		SQL_ERASE_EVENTS,
		SQL_ERASE_EVENTS_OF_EMERGENCIES,
		SQL_ERASE_CALLBACKS,
		SQL_ERASE_CALLBACKS_OF_EMERGENCIES,
		SQL_ERASE_INBOUND,
		SQL_ERASE_ANSWERS,
		SQL_ERASE_MESSAGES,
		SQL_ERASE_CONVERSATION,
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(steps) && r >= 0; i++)
		r = run(db, steps[i], conversation);
	return r;
}

int erase_has(struct db *db, int64_t message)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_ERASE_HAS);

	query_bind_int(&q, message);
	return query_step(&q);
}
