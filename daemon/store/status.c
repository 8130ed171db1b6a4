/* Counts for an operator's overview. See store/status.h. */
#include "store/status.h"

#include "base/ids.h"
#include "store/stmt.h"

int status_messages(struct db *db, int64_t since, struct status_messages *ret_counts)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_STATUS_MESSAGES);
	int r;

	query_bind_int(&q, since);
	query_bind_int(&q, STATUS_MAX);
	r = query_step(&q);
	if (r < 0)
		return r;
	ret_counts->total = query_read_int(&q);
	ret_counts->first = query_read_int(&q);
	for (unsigned i = 0; i < MESSAGE_STATE_MAX; i++)
		ret_counts->by_state[i] = query_read_int(&q);
	ret_counts->late = query_read_int(&q);
	return 0;
}

/* Counts of a table's states, in the order of the states. */
static int count_states(struct db *db, enum sql_id sql, int64_t since, unsigned states,
			int64_t *ret_by_state)
{
	CLEANUP(query_done) struct query q = query_start(db, sql);
	int r;

	query_bind_int(&q, since);
	query_bind_int(&q, STATUS_MAX);
	r = query_step(&q);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < states; i++)
		ret_by_state[i] = query_read_int(&q);
	return 0;
}

int status_callbacks(struct db *db, int64_t since, int64_t ret_by_state[static CALLBACK_STATE_MAX])
{
	return count_states(db, SQL_STATUS_CALLBACKS, since, CALLBACK_STATE_MAX, ret_by_state);
}

int status_deliveries(struct db *db, int64_t since, int64_t ret_by_state[static DELIVERY_STATE_MAX])
{
	return count_states(db, SQL_STATUS_DELIVERIES, since, DELIVERY_STATE_MAX, ret_by_state);
}

int status_last_submit(struct db *db, struct status_submit *ret_submit)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_STATUS_LAST_SUBMIT);
	int r;

	query_bind_int(&q, STATUS_ANSWERS_MAX);
	*ret_submit = (struct status_submit){ 0 };
	r = query_step(&q);
	if (r <= 0)
		return r;
	ret_submit->outcome = (enum outcome)query_read_word(&q, outcome_parse);
	ret_submit->status = (int)query_read_int(&q);
	ret_submit->started_at = query_read_at(&q);
	ret_submit->finished_at = query_read_at(&q);
	return q.error;
}

int status_answers(struct db *db, int64_t since, struct status_answer *ret_answers)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_STATUS_ANSWERS);
	int count = 0;
	int r;

	query_bind_int(&q, since);
	query_bind_int(&q, STATUS_ANSWERS_MAX);
	while ((r = query_step(&q)) > 0 && count < STATUS_ANSWERS_MAX) {
		usec_t sent_at = ids_time(query_read_int(&q));
		usec_t received_at = query_read_at(&q);

		ret_answers[count++] = (struct status_answer){
			.received_at = received_at,
			.waited = received_at > sent_at ? received_at - sent_at : 0,
		};
	}
	return r < 0 ? r : count;
}

int status_oldest_open(struct db *db, usec_t *ret_at)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_STATUS_OLDEST_OPEN);
	int r = query_step(&q);

	if (r < 0)
		return r;
	*ret_at = r > 0 ? query_read_at(&q) : 0;
	return 0;
}

int status_oldest(struct db *db, int64_t *ret_id)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_STATUS_OLDEST);
	int r = query_step(&q);

	if (r < 0)
		return r;
	*ret_id = query_read_int(&q);
	return 0;
}
