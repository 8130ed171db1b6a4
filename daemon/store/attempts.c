/* Rows of attempts. See store/attempts.h. */
#include "store/attempts.h"

#include "store/stmt.h"

static const char *const kind_names[ATTEMPT_KIND_MAX] = {
	[ATTEMPT_SUBMIT] = "submit",
	[ATTEMPT_DELIVER] = "deliver",
	[ATTEMPT_HISTORY] = "history",
};

const char *attempt_kind_name(enum attempt_kind kind)
{
	return kind_names[kind];
}

static int parse_kind(const char *name)
{
	return names_find(kind_names, ATTEMPT_KIND_MAX, name);
}

void attempt_done(struct attempt *attempt)
{
	free(attempt->detail);
	free(attempt->content_type);
	free(attempt->response);
	*attempt = (struct attempt){ 0 };
}

static void done_row(void *row)
{
	attempt_done(row);
}

static void read_row(struct query *q, void *row)
{
	struct attempt *attempt = row;

	attempt->id = query_read_int(q);
	attempt->kind = (enum attempt_kind)query_read_word(q, parse_kind);
	attempt->message = query_read_int(q);
	attempt->delivery = query_read_int(q);
	attempt->answer = query_read_int(q);
	attempt->outcome = (enum outcome)query_read_word(q, outcome_parse);
	attempt->status = (int)query_read_int(q);
	attempt->detail = query_read_text(q);
	attempt->started_at = query_read_at(q);
	attempt->finished_at = query_read_at(q);
	attempt->content_type = query_read_text(q);
	attempt->response = query_read_blob(q, &attempt->response_size);
}

static const struct row_kind attempt_rows = { sizeof(struct attempt), read_row, done_row };

int attempts_insert(struct db *db, const struct attempt *attempt)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_ATTEMPTS_INSERT);
	size_t size = attempt->response_size;

	query_bind_int(&q, attempt->id);
	query_bind_text(&q, attempt_kind_name(attempt->kind));
	query_bind_id(&q, attempt->message);
	query_bind_id(&q, attempt->delivery);
	query_bind_id(&q, attempt->answer);
	query_bind_text(&q, outcome_name(attempt->outcome));
	query_bind_id(&q, attempt->status);
	query_bind_text(&q, attempt->detail);
	query_bind_at(&q, attempt->started_at);
	query_bind_at(&q, attempt->finished_at);
	query_bind_text(&q, attempt->content_type);
	query_bind_blob(&q, attempt->response,
			size < ATTEMPT_MAX_RESPONSE ? size : ATTEMPT_MAX_RESPONSE);
	return query_run(&q);
}

int attempts_of_message(struct db *db, int64_t message, unsigned limit,
			struct attempt *ret_attempts)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_ATTEMPTS_OF_MESSAGE);

	query_bind_int(&q, message);
	return query_list(&q, &attempt_rows, limit, ret_attempts);
}

int attempts_reply(struct db *db, int64_t message, struct attempt *ret_attempt)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_ATTEMPTS_REPLY);

	query_bind_int(&q, message);
	return query_get(&q, &attempt_rows, ret_attempt);
}
