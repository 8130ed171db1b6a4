/* Rows of answers. See store/answers.h. */
#include "store/answers.h"

#include <string.h>

#include "base/sign.h"
#include "store/stmt.h"

static const char *const kind_names[ANSWER_KIND_MAX] = {
	[ANSWER_ANSWER] = "answer",
	[ANSWER_FOLLOWUP] = "followup",
	[ANSWER_EMERGENCY] = "emergency",
	[ANSWER_NOTICE] = "notice",
};

/* NULL in the table for HISTORY_NONE. */
static const char *const history_names[HISTORY_STATE_MAX] = {
	[HISTORY_NONE] = "",
	[HISTORY_PENDING] = "pending",
	[HISTORY_FETCHED] = "fetched",
	[HISTORY_FAILED] = "failed",
};

const char *answer_kind_name(enum answer_kind kind)
{
	return kind_names[kind];
}

static int parse_kind(const char *name)
{
	return names_find(kind_names, ANSWER_KIND_MAX, name);
}

static void bind_history_state(struct query *q, enum history_state state)
{
	query_bind_text(q, state == HISTORY_NONE ? NULL : history_names[state]);
}

static enum history_state read_history_state(struct query *q)
{
	CLEANUP(freep) char *name = query_read_text(q);
	int state = name ? names_find(history_names, HISTORY_STATE_MAX, name) : HISTORY_NONE;

	return state < 0 ? HISTORY_NONE : (enum history_state)state;
}

void answer_done(struct answer *answer)
{
	free(answer->text);
	free(answer->html);
	free(answer->original);
	free(answer->ai);
	free(answer->history);
	*answer = (struct answer){ 0 };
}

static void done_row(void *row)
{
	answer_done(row);
}

static void read_row(struct query *q, void *row)
{
	struct answer *answer = row;

	answer->id = query_read_int(q);
	answer->conversation = query_read_int(q);
	answer->message = query_read_int(q);
	answer->callback = query_read_int(q);
	answer->kind = (enum answer_kind)query_read_word(q, parse_kind);
	answer->seq = query_read_int(q);
	answer->text = query_read_text(q);
	answer->html = query_read_text(q);
	answer->is_late = query_read_int(q);
	answer->is_extra = query_read_int(q);
	answer->is_heuristic = query_read_int(q);
	answer->ai = query_read_text(q);
	answer->history_state = read_history_state(q);
	answer->received_at = query_read_at(q);
}

static void read_row_with_history(struct query *q, void *row)
{
	struct answer *answer = row;

	read_row(q, row);
	answer->history = query_read_blob(q, &answer->history_size);
}

static const struct row_kind answer_rows = { sizeof(struct answer), read_row, done_row };
static const struct row_kind whole_rows = { sizeof(struct answer), read_row_with_history,
					    done_row };

#define DIGEST_SIZE 16 /* of SHA-256 */

/* `digest` lives until the query is done. */
static void bind_digest(struct query *q, const char *text, uint8_t digest[static SIGN_SHA256_SIZE])
{
	if (text)
		sign_sha256(text, strlen(text), digest);
	query_bind_blob(q, text ? digest : NULL, text ? DIGEST_SIZE : 0);
}

int answers_insert(struct db *db, const struct answer *answer)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_ANSWERS_INSERT);
	uint8_t digest[SIGN_SHA256_SIZE];

	query_bind_int(&q, answer->id);
	query_bind_id(&q, answer->conversation);
	query_bind_id(&q, answer->message);
	query_bind_id(&q, answer->callback);
	query_bind_text(&q, answer_kind_name(answer->kind));
	query_bind_id(&q, answer->seq);
	query_bind_text(&q, answer->text);
	query_bind_text(&q, answer->html);
	bind_digest(&q, answer->original, digest);
	query_bind_int(&q, answer->is_late);
	query_bind_int(&q, answer->is_extra);
	query_bind_int(&q, answer->is_heuristic);
	query_bind_text(&q, answer->ai);
	bind_history_state(&q, answer->history_state);
	query_bind_at(&q, answer->received_at);
	query_bind_blob(&q, answer->history, answer->history_size);
	return query_run(&q);
}

int answers_get(struct db *db, int64_t id, struct answer *ret_answer)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_ANSWERS_GET);

	query_bind_int(&q, id);
	return query_get(&q, &whole_rows, ret_answer);
}

int answers_same(struct db *db, int64_t conversation, int64_t message, enum answer_kind kind,
		 const char *text)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_ANSWERS_SAME);
	uint8_t digest[SIGN_SHA256_SIZE];

	query_bind_int(&q, conversation);
	query_bind_id(&q, message);
	query_bind_text(&q, answer_kind_name(kind));
	query_bind_text(&q, text);
	bind_digest(&q, text, digest);
	return query_step(&q);
}

int answers_of_message(struct db *db, int64_t conversation, int64_t message, unsigned limit,
		       struct answer *ret_answers)
{
	CLEANUP(query_done)
	struct query q =
		query_start(db, message ? SQL_ANSWERS_OF_MESSAGE : SQL_ANSWERS_WITHOUT_MESSAGE);

	query_bind_int(&q, conversation);
	if (message)
		query_bind_int(&q, message);
	return query_list(&q, &answer_rows, limit, ret_answers);
}

int answers_unused_extra(struct db *db, int64_t conversation, struct answer *ret_answer)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_ANSWERS_UNUSED_EXTRA);

	query_bind_int(&q, conversation);
	return query_get(&q, &answer_rows, ret_answer);
}

int answers_set_heuristic(struct db *db, int64_t id)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_ANSWERS_SET_HEURISTIC);

	query_bind_int(&q, id);
	return query_run(&q);
}

int answers_set_history(struct db *db, int64_t id, enum history_state state, const void *history,
			size_t size)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_ANSWERS_SET_HISTORY);

	query_bind_int(&q, id);
	bind_history_state(&q, state);
	query_bind_blob(&q, history, size);
	return query_run(&q);
}

int answers_history_pending(struct db *db, int64_t after, unsigned limit, int64_t *ret_ids)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_ANSWERS_HISTORY_PENDING);

	query_bind_int(&q, after);
	return query_list_ids(&q, limit, ret_ids);
}
