/*
 * The database: one SQLite connection, one batch of units a loop turn (DESIGN.md section 3).
 *
 *   unit_begin()          BEGIN IMMEDIATE if no batch is open; SAVEPOINT
 *     row functions …     write and read
 *     on_commit(), on_abort()
 *   unit_commit()         RELEASE: part of the batch now, but NOT on disk yet
 *   db_flush()            COMMIT with one fdatasync; then the on_commit actions, in order
 *
 * On failure:
 *
 * - A statement of a unit fails: the caller aborts its unit. ROLLBACK TO; its on_abort actions run,
 *   its on_commit actions are forgotten; the batch goes on.
 * - SQLite ended the transaction (a full disk, an interrupted write: sqlite3_get_autocommit() is
 *   true): the batch is dead. Every further statement and unit_begin() is -ENOSPC or -EIO until the
 *   flush, which runs the on_abort actions of all its units.
 * - COMMIT fails: ROLLBACK, all on_abort actions run; the next batch starts afresh.
 * - I/O error of a sync: nobody knows what is on disk. db_has_failed() is true from then on, and
 * the program must exit and start again.
 */
#ifndef MAAXD_STORE_DB_H
#define MAAXD_STORE_DB_H

#include "base/base.h"

struct db;

typedef void db_action_fn(void *ctx);

/* Counts for gauges stop here, so that none takes long. */
#define DB_COUNT_MAX 100000
/* And a page of a filtered list looks at this many rows. */
#define DB_WALK_MAX 10000

/*
 * Opens (creates) and migrates a database, and prepares every statement. 0, or negative errno with
 * *ret_why, a heap string for the operator: -EBUSY another process has it, -EBADMSG it is another
 * program's or a newer version's, -ENOSPC, -EIO, -EACCES …
 */
MUST_CHECK int db_open(const char *path, struct db **ret_db, char **ret_why);
/* Finishes the batch, checkpoints and closes. NULL is fine; returns NULL. */
struct db *db_close(struct db *db);

/* A unit of work. -ENOSPC, -EIO …: nothing can be stored now (the batch is dead, or BEGIN failed).
 */
MUST_CHECK int unit_begin(struct db *db);
MUST_CHECK int unit_commit(struct db *db); /* on failure the unit has been aborted */
void unit_abort(struct db *db);
/* Ends a unit by its body's result: commits when `result` is 0 or positive and returns it, else
 * aborts. The result, or the negative errno of the commit. */
MUST_CHECK int unit_end(struct db *db, int result);
bool unit_is_open(const struct db *db);

/* Units nest: an inner one is a savepoint in the outer one, and its actions become the outer's. */

/*
 * Registers an action with the open unit, or with the open batch when no unit is open; without a
 * batch on_commit runs at once. Exactly one of a pair registered together runs, once.
 */
void on_commit(struct db *db, db_action_fn *fn, void *ctx);
void on_abort(struct db *db, db_action_fn *fn, void *ctx);

bool db_batch_is_open(const struct db *db);

/* Ends the batch. 0, or the negative errno of a batch that was lost (its on_abort actions have
 * run). */
int db_flush(struct db *db);

/*
 * Copies the log into the database file and empties it, so that nothing older than the last commit
 * is left in either. 0, -EBUSY while a batch is open, or negative errno.
 */
MUST_CHECK int db_empty_log(struct db *db);

bool db_has_failed(const struct db *db);
/* Negative errno of the last batch if it was lost, 0 after a good one. */
int db_last_error(const struct db *db);

/* Units and batches so far, and the time COMMITs took: for metrics. */
struct db_stats {
	uint64_t units;	  /* outermost ones that ended well */
	uint64_t commits; /* batches on disk */
	uint64_t aborts;  /* batches lost */
	usec_t last_commit;
	uint64_t wal_bytes;
	uint64_t file_bytes;
};
void db_get_stats(struct db *db, struct db_stats *ret_stats);

/* Called after each COMMIT with its length, for a histogram. */
void db_on_commit_time(struct db *db, void (*fn)(usec_t length, void *ctx), void *ctx);

/* The greatest id in any table, 0 when there is none: ids_seed() at start. */
MUST_CHECK int db_max_id(struct db *db, int64_t *ret_id);

/* 0 when a row could be written now: a probe for readiness. Writes and rolls back; while a batch is
 * open, or a backup under way, what came of the last batch counts. */
MUST_CHECK int db_probe(struct db *db);

const char *db_version(void); /* of the SQLite library */

#endif
