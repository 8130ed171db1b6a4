/* What the database tells about itself: sizes, times, ids, and whether it could be written now. */
#include <errno.h>
#include <sys/stat.h>

#include "store/db_private.h"
#include "store/stmt.h"

static uint64_t file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? 0 : (uint64_t)st.st_size;
}

void db_get_stats(struct db *db, struct db_stats *ret_stats)
{
	CLEANUP(freep) char *log_path = xasprintf("%s-wal", db->path);

	*ret_stats = db->stats;
	ret_stats->file_bytes = file_size(db->path);
	ret_stats->wal_bytes = file_size(log_path);
}

int db_empty_log(struct db *db)
{
	int rc;

	if (db->batch_is_open)
		return -EBUSY;
	rc = sqlite3_wal_checkpoint_v2(db->sqlite, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	return db_note_error(db, rc);
}

void db_on_commit_time(struct db *db, void (*fn)(usec_t length, void *ctx), void *ctx)
{
	db->on_commit_time = fn;
	db->on_commit_time_ctx = ctx;
}

int db_max_id(struct db *db, int64_t *ret_id)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_MAX_ID);
	int r = query_step(&q);

	if (r < 0)
		return r;
	*ret_id = r > 0 ? query_read_int(&q) : 0;
	return 0;
}

/* The insert alone would stay in memory: the flushes make the disk say whether there is room. */
static int write_probe(struct db *db)
{
	int r = query_control(db, SQL_PROBE);
	int rc;

	if (r < 0)
		return r;
	rc = sqlite3_db_cacheflush(db->sqlite);
	return db_note_error(db, rc == SQLITE_OK ? db_vfs_write_gathered(db) : rc);
}

int db_probe(struct db *db)
{
	int r;

	if (db->has_failed)
		return -EIO;
	/* its own COMMIT is the probe; and a backup would begin anew at our ROLLBACK */
	if (db->batch_is_open || db->copies > 0)
		return db->dead ? db->dead : db->last_error;
	r = query_control(db, SQL_BEGIN);
	if (r < 0)
		return r;
	r = write_probe(db);
	if (!sqlite3_get_autocommit(db->sqlite) && query_control(db, SQL_ROLLBACK) < 0) {
		db->has_failed = true;
		return -EIO;
	}
	return r;
}

const char *db_version(void)
{
	return sqlite3_libversion();
}
