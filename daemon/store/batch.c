/*
 * The batch: one transaction a loop turn, a savepoint for each unit of work, and the actions that
 * wait for it. The contract is drawn in store/db.h.
 *
 * Actions of all units stand in two lists in the order they were registered; a unit only remembers
 * how long the lists were. Merging into the outer unit is then nothing, and aborting is cutting off
 * the tail.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "store/db_private.h"
#include "store/stmt.h"

static void add_action(struct db_actions *list, db_action_fn *fn, void *ctx)
{
	if (list->count == list->size) {
		list->size = list->size ? 2 * list->size : 64;
		list->items = xrealloc(list->items, list->size, sizeof(*list->items));
	}
	list->items[list->count++] = (struct db_action){ fn, ctx };
}

/* Cuts the list to its first `keep` actions and returns the others; an action may register new
 * ones. */
static struct db_actions take_actions(struct db_actions *list, size_t keep)
{
	struct db_actions taken = { 0 };

	if (keep == 0) {
		taken = *list;
		*list = (struct db_actions){ 0 };
		return taken;
	}
	for (size_t i = keep; i < list->count; i++)
		add_action(&taken, list->items[i].fn, list->items[i].ctx);
	list->count = keep;
	return taken;
}

static void run_actions(struct db_actions taken)
{
	for (size_t i = 0; i < taken.count; i++)
		taken.items[i].fn(taken.items[i].ctx);
	free(taken.items);
}

int unit_begin(struct db *db)
{
	int r;

	if (db->has_failed)
		return -EIO;
	if (db->dead)
		return db->dead;
	assert(db->depth < DB_MAX_DEPTH);
	if (!db->batch_is_open) {
		r = query_control(db, SQL_BEGIN);
		if (r < 0)
			return r;
		db->batch_is_open = true;
	}
	r = query_control(db, SQL_SAVEPOINT);
	if (r < 0)
		return r;
	db->units[db->depth++] = (struct db_unit){ db->on_commit.count, db->on_abort.count };
	return 0;
}

int unit_commit(struct db *db)
{
	int r;

	assert(db->depth > 0);
	r = db->dead ? db->dead : query_control(db, SQL_RELEASE);
	if (r < 0) {
		unit_abort(db);
		return r;
	}
	db->depth--;
	if (db->depth == 0)
		db->stats.units++;
	return 0;
}

void unit_abort(struct db *db)
{
	struct db_unit unit;
	int r = db->dead;

	assert(db->depth > 0);
	unit = db->units[--db->depth];
	if (r == 0)
		r = query_control(db, SQL_ROLLBACK_TO);
	if (r == 0)
		r = query_control(db, SQL_RELEASE);
	if (r < 0)
		db->dead = r; /* half a unit must never be committed */
	free(take_actions(&db->on_commit, unit.commits).items);
	run_actions(take_actions(&db->on_abort, unit.aborts));
}

int unit_end(struct db *db, int result)
{
	int r;

	if (result < 0) {
		unit_abort(db);
		return result;
	}
	r = unit_commit(db);
	return r < 0 ? r : result;
}

bool unit_is_open(const struct db *db)
{
	return db->depth > 0;
}

void on_commit(struct db *db, db_action_fn *fn, void *ctx)
{
	if (db->batch_is_open)
		add_action(&db->on_commit, fn, ctx);
	else
		fn(ctx);
}

void on_abort(struct db *db, db_action_fn *fn, void *ctx)
{
	if (db->batch_is_open)
		add_action(&db->on_abort, fn, ctx);
}

bool db_batch_is_open(const struct db *db)
{
	return db->batch_is_open;
}

/* 0, or negative errno and the transaction is gone. */
static int commit_transaction(struct db *db)
{
	usec_t start = clock_boottime();
	int r = query_control(db, SQL_COMMIT);

	db->stats.last_commit = clock_boottime() - start;
	if (r == 0 && db->on_commit_time)
		db->on_commit_time(db->stats.last_commit, db->on_commit_time_ctx);
	return r;
}

static void roll_back(struct db *db)
{
	db->dead = 0;
	if (!sqlite3_get_autocommit(db->sqlite) && query_control(db, SQL_ROLLBACK) < 0)
		db->has_failed = true; /* a transaction that neither ends nor goes away */
}

int db_flush(struct db *db)
{
	struct db_actions todo, drop;
	int r;

	if (!db->batch_is_open)
		return 0;
	assert(db->depth == 0);
	r = db->dead;
	if (r == 0)
		r = db->has_failed ? -EIO : commit_transaction(db);
	db->batch_is_open = false;
	if (r < 0)
		roll_back(db);
	db->last_error = r;
	*(r < 0 ? &db->stats.aborts : &db->stats.commits) += 1;

	/* set aside first: an action may open the next batch and register with it */
	todo = take_actions(r < 0 ? &db->on_abort : &db->on_commit, 0);
	drop = take_actions(r < 0 ? &db->on_commit : &db->on_abort, 0);
	free(drop.items);
	run_actions(todo);
	return r;
}

bool db_has_failed(const struct db *db)
{
	return db->has_failed;
}

int db_last_error(const struct db *db)
{
	return db->last_error;
}
