/*
 * Statements: a query is one run of a prepared statement, bound and read from left to right.
 * Internal to daemon/store.
 *
 *   CLEANUP(query_done) struct query q = query_start(db, SQL_MESSAGES_GET);
 *
 *   query_bind_id(&q, id);
 *   return query_get(&q, &message_rows, ret_message);
 *
 * An error sticks to the query and comes out of the call that runs it. What is bound is borrowed
 * until query_done(). A query must not outlive its block: one that is not reset pins the log.
 */
#ifndef MAAXD_STORE_STMT_H
#define MAAXD_STORE_STMT_H

#include "sql_queries.h"
#include "store/db.h"

struct sqlite3_stmt;

struct query {
	struct db *db;
	struct sqlite3_stmt *stmt;
	int param;  /* last parameter that was bound */
	int column; /* next column to read */
	int error;  /* first error; negative errno */
};

struct query query_start(struct db *db, enum sql_id id);
void query_done(struct query *q);

void query_bind_int(struct query *q, int64_t value);
void query_bind_id(struct query *q, int64_t id);	 /* 0 is NULL */
void query_bind_at(struct query *q, usec_t at);		 /* USEC_NEVER is the greatest integer */
void query_bind_at_null(struct query *q, usec_t at);	 /* 0 and USEC_NEVER are NULL */
void query_bind_text(struct query *q, const char *text); /* NULL is NULL */
void query_bind_blob(struct query *q, const void *data, size_t size); /* NULL is NULL */

/* 1 with a row, 0 at the end, negative errno. */
MUST_CHECK int query_step(struct query *q);
/* Runs a statement that writes, inside a unit. The number of rows changed. */
MUST_CHECK int query_run(struct query *q);

/* The next column. Numbers: NULL reads as 0. Text and blobs are heap copies, NULL reads as NULL. */
int64_t query_read_int(struct query *q);
usec_t query_read_at(struct query *q);
char *query_read_text(struct query *q);
void *query_read_blob(struct query *q, size_t *ret_size);
void query_read_bytes(struct query *q, void *out, size_t size); /* exactly that many */
/* True when each column of the row has been read. */
bool query_is_read(const struct query *q);
/* The value that `parse` gives a word: an index, or negative errno. */
int query_read_word(struct query *q, int (*parse)(const char *word));

/* How a table's rows are read: into zeroed memory, and freed when that fails half-way. */
struct row_kind {
	size_t size;
	void (*read)(struct query *q, void *row);
	void (*done)(void *row);
};

/* 1 with the first row, 0 none. On failure nothing is left to free. */
MUST_CHECK int query_get(struct query *q, const struct row_kind *kind, void *ret_row);
/* Binds `limit` as the last parameter and reads that many rows at most. The number. */
MUST_CHECK int query_list(struct query *q, const struct row_kind *kind, unsigned limit,
			  void *ret_rows);
MUST_CHECK int query_list_ids(struct query *q, unsigned limit, int64_t *ret_ids);
/* An id alone in its row: 1, or 0 when there is no row or it is NULL. */
MUST_CHECK int query_get_id(struct query *q, int64_t *ret_id);
/* A point in time alone in its row, USEC_NEVER when there is none. 0 or negative errno. */
MUST_CHECK int query_get_at(struct query *q, usec_t *ret_at);

/* A page of a filtered list: rows from `floor` up to, not including, the `before` it started with.
 */
struct walk {
	int64_t floor;
	int64_t next; /* where the next page begins if this one does not fill; 0: this is the last
		       */
};

/*
 * Where a page ends that looks at DB_WALK_MAX rows at most. `sql`: the statement that gives the
 * least id of so many rows below ?1 and not below ?2. 1, or 0 when there is no row.
 */
MUST_CHECK int walk_start(struct db *db, enum sql_id sql, int64_t before, int64_t since,
			  struct walk *ret_walk);

/* Runs one of the statements that order the batch. 0 or negative errno. */
MUST_CHECK int query_control(struct db *db, enum sql_id id);

/* The index of a name in a table of names, or -EINVAL. */
int names_find(const char *const *names, size_t count, const char *name);

#endif
