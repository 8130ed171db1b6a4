/*
 * Opens and closes the database. What SQLite leaves open by default is closed here: who may have
 * the file, how it is synced, what a damaged or foreign file could make us do.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "store/db_private.h"

/* Pages in the log before a COMMIT also copies them into the database. More makes fewer but longer
 * checkpoints: 1000 cost 10 ms at the 99th percentile, 4000 cost 28 ms, and neither is faster. */
#define CHECKPOINT_PAGES "1000"
#define MAX_KEPT_LOG "16777216" /* bytes of log that are kept after a checkpoint */

struct pragma {
	const char *name;
	const char *value;
	const char *reads_as;
};

/*
 * In this order: the lock before anything is read, so that the log's index is in memory and not in
 * a shared file; the shape of the file before WAL writes its first page.
 */
static const struct pragma pragmas[] = {
	{ "locking_mode", "EXCLUSIVE", "exclusive" },
	{ "page_size", "4096", "4096" },
	{ "auto_vacuum", "INCREMENTAL", "2" },
	{ "synchronous", "FULL", "2" },
	{ "journal_mode", "WAL", "wal" },
	{ "foreign_keys", "ON", "1" },
	{ "trusted_schema", "OFF", "0" },
	{ "cell_size_check", "ON", "1" },
	{ "secure_delete", "ON", "1" }, /* what was erased is not left in free pages */
	{ "temp_store", "MEMORY", "2" },
	{ "cache_size", "-4096", "-4096" }, /* 4 MiB */
	{ "wal_autocheckpoint", CHECKPOINT_PAGES, CHECKPOINT_PAGES },
	{ "journal_size_limit", MAX_KEPT_LOG, MAX_KEPT_LOG },
};

static const struct db_switch {
	int option;
	int value;
} switches[] = {
	{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
	{ SQLITE_DBCONFIG_DQS_DML, 0 }, /* a misspelt "column" is not a text */
	{ SQLITE_DBCONFIG_DQS_DDL, 0 },
	{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
};

int db_failed(struct db *db, int error, const char *what, char **ret_why)
{
	if (error == -EBUSY)
		*ret_why = xasprintf("%s: another process has the database open, and only one may: "
				     "stop it first",
				     db->path);
	else
		*ret_why = xasprintf("%s: %s: %s", db->path, what, sqlite3_errmsg(db->sqlite));
	return error;
}

static int file_failed(const char *path, int error, const char *what, char **ret_why)
{
	*ret_why = xasprintf("%s: %s: %s", path, what, strerror(-error));
	return error;
}

/*
 * Makes an empty file that only we can read; SQLite gives the log the same mode. One that is there
 * is not even opened: closing it would drop the locks of another connection in this process.
 */
static int create_file(const char *path, char **ret_why)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int r;

	if (fd < 0 && errno != EEXIST)
		return file_failed(path, -errno, "cannot create the database", ret_why);
	if (fd >= 0)
		close(fd);
	r = file_sync_directory_of(path);
	return r < 0 ? file_failed(path, r, "cannot sync its directory", ret_why) : 0;
}

int db_read_text(struct db *db, const char *sql, char **ret_text)
{
	sqlite3_stmt *stmt = NULL;
	const unsigned char *text;
	int rc = sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL);
	int r = 0;

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		text = sqlite3_column_text(stmt, 0);
		*ret_text = xstrdup(text ? (const char *)text : "");
	} else {
		r = db_errno(db, rc);
		r = r < 0 ? r : -ENODATA;
	}
	sqlite3_finalize(stmt);
	return r;
}

int db_execute(struct db *db, const char *sql)
{
	return db_errno(db, sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL));
}

static int set_pragma(struct db *db, const struct pragma *pragma, char **ret_why)
{
	CLEANUP(freep) char *sql = xasprintf("PRAGMA %s = %s", pragma->name, pragma->value);
	int r = db_execute(db, sql);

	return r < 0 ? db_failed(db, r, sql, ret_why) : 0;
}

/* SQLite ignores a setting that comes too late or is misspelt, and says nothing. */
static int verify_pragma(struct db *db, const struct pragma *pragma, char **ret_why)
{
	CLEANUP(freep) char *sql = xasprintf("PRAGMA %s", pragma->name);
	CLEANUP(freep) char *value = NULL;
	int r = db_read_text(db, sql, &value);

	if (r < 0)
		return db_failed(db, r, sql, ret_why);
	if (value && streq(value, pragma->reads_as))
		return 0;
	*ret_why = xasprintf("%s: PRAGMA %s is %s, not %s", db->path, pragma->name,
			     value ? value : "unset", pragma->reads_as);
	return -EBADMSG;
}

/* The lock first, then a look at whose file it is, and only then is anything written. */
static int configure(struct db *db, char **ret_why)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(switches); i++)
		sqlite3_db_config(db->sqlite, switches[i].option, switches[i].value, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(pragmas) && r == 0; i++) {
		r = set_pragma(db, &pragmas[i], ret_why);
		if (r == 0 && i == 0)
			r = db_check_identity(db, ret_why);
	}
	for (size_t i = 0; i < ARRAY_SIZE(pragmas) && r == 0; i++)
		r = verify_pragma(db, &pragmas[i], ret_why);
	return r;
}

static int prepare_statements(struct db *db, char **ret_why)
{
	CLEANUP(freep) char *what = NULL;

	for (size_t i = 0; i < SQL_MAX; i++) {
		int rc = sqlite3_prepare_v3(db->sqlite, sql_queries[i].text, -1,
					    SQLITE_PREPARE_PERSISTENT, &db->statements[i], NULL);

		if (rc == SQLITE_OK)
			continue;
		what = xasprintf("statement %s", sql_queries[i].name);
		return db_failed(db, db_errno(db, rc), what, ret_why);
	}
	return 0;
}

static int open_connection(struct db *db, char **ret_why)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	int rc;

	db_configure_library();
	rc = sqlite3_open_v2(db->path, &db->sqlite, flags, db_vfs());
	if (rc == SQLITE_OK)
		return 0;
	if (!db->sqlite)
		return file_failed(db->path, -ENOMEM, "cannot open the database", ret_why);
	return db_failed(db, db_errno(db, rc), "cannot open the database", ret_why);
}

static void free_connection(struct db *db)
{
	for (size_t i = 0; i < SQL_MAX; i++)
		sqlite3_finalize(db->statements[i]);
	sqlite3_close(db->sqlite);
	free(db->on_commit.items);
	free(db->on_abort.items);
	free(db->path);
	free(db);
}

int db_open(const char *path, struct db **ret_db, char **ret_why)
{
	struct db *db;
	int r = create_file(path, ret_why);

	if (r < 0)
		return r;
	db = xnew(struct db);
	db->path = xstrdup(path);
	r = open_connection(db, ret_why);
	if (r == 0)
		r = configure(db, ret_why);
	if (r == 0)
		r = db_migrate(db, ret_why);
	if (r == 0)
		r = prepare_statements(db, ret_why);
	if (r < 0) {
		free_connection(db);
		return r;
	}
	*ret_db = db;
	return 0;
}

struct db *db_close(struct db *db)
{
	if (!db)
		return NULL;
	while (db->depth > 0)
		unit_abort(db);
	/* what the actions of this flush write is committed by the next; a full disk must not keep
	 * us here */
	for (int i = 0; i < 8 && db_batch_is_open(db); i++)
		IGNORE(db_flush(db)); /* nobody is left to tell; the actions have been told */
	/* copies the whole log, so that the next start has nothing to recover; if it fails, it has
	 */
	sqlite3_wal_checkpoint_v2(db->sqlite, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	free_connection(db);
	return NULL;
}
