/* What the files of the connection share: open, migrate, batch, statements. Internal to
 * daemon/store. */
#ifndef MAAXD_STORE_DB_PRIVATE_H
#define MAAXD_STORE_DB_PRIVATE_H

#include <sqlite3.h>

#include "sql_queries.h"
#include "store/db.h"

#define DB_APPLICATION_ID 0x4d414158 /* "MAAX" */
#define DB_MAX_DEPTH 8		     /* units inside one another */

struct db_action {
	db_action_fn *fn;
	void *ctx;
};

struct db_actions {
	struct db_action *items;
	size_t count;
	size_t size;
};

/* How many actions there were when a unit began: what comes after is the unit's. */
struct db_unit {
	size_t commits;
	size_t aborts;
};

struct db {
	sqlite3 *sqlite;
	char *path;
	sqlite3_stmt *statements[SQL_MAX];
	bool batch_is_open;
	bool has_failed; /* a sync failed: nobody knows what is on disk */
	int dead;	 /* why the open batch cannot be committed; 0: it can */
	int last_error;
	unsigned depth;
	struct db_unit units[DB_MAX_DEPTH];
	struct db_actions on_commit;
	struct db_actions on_abort;
	unsigned copies; /* backups under way: a ROLLBACK makes them begin anew */
	struct db_stats stats;
	void (*on_commit_time)(usec_t length, void *ctx);
	void *on_commit_time_ctx;
};

extern const char *const sql_migrations[]; /* number 1 is at index 0 */
extern const unsigned sql_migrations_count;

/* How SQLite is to live in this process: one thread, memory of our own. Only before its first use;
 * later calls are refused, and harmless. */
void db_configure_library(void);

/* The name of the file system to open the database in: the default one, with the writes of the log
 * gathered. NULL: as SQLite has it. */
const char *db_vfs(void);
/* Writes what is gathered now. An SQLite result code. */
int db_vfs_write_gathered(struct db *db);

/* Checks whose database it is and brings it to the newest version. 0, or negative errno with
 * *ret_why. */
MUST_CHECK int db_check_identity(struct db *db, char **ret_why);
MUST_CHECK int db_migrate(struct db *db, char **ret_why);

/* The first column of a PRAGMA's or SELECT's first row as a heap string. 0 or negative errno. */
MUST_CHECK int db_read_text(struct db *db, const char *sql, char **ret_text);
/* A statement that is not prepared beforehand, at start only. 0 or negative errno. */
MUST_CHECK int db_execute(struct db *db, const char *sql);

/* Writes *ret_why for an error of opening, and returns it. */
int db_failed(struct db *db, int error, const char *what, char **ret_why);

/* An SQLite result code as negative errno. */
int db_errno(struct db *db, int rc);
/* The same, and notes whether the error ended the transaction or cost us the disk. */
int db_note_error(struct db *db, int rc);

#endif
