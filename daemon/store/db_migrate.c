/*
 * Whose database it is, and bringing it to the newest version: application_id says the first,
 * user_version is the number of the last migration.
 */
#include <errno.h>
#include <string.h>

#include "store/db_private.h"

static int read_number(struct db *db, const char *sql, int64_t *ret_number)
{
	CLEANUP(freep) char *text = NULL;
	int r = db_read_text(db, sql, &text);

	if (r < 0)
		return r;
	*ret_number = strtoll(text, NULL, 10);
	return 0;
}

/* A file without any table may be one whose first migration never committed: ours to fill. */
int db_check_identity(struct db *db, char **ret_why)
{
	int64_t application, version, tables;
	int r = read_number(db, "PRAGMA application_id", &application);

	if (r == 0)
		r = read_number(db, "PRAGMA user_version", &version);
	if (r == 0)
		r = read_number(db, "SELECT count(*) FROM sqlite_schema", &tables);
	if (r < 0)
		return db_failed(db, r, "cannot read it", ret_why);
	if (application != DB_APPLICATION_ID && (application != 0 || version != 0 || tables != 0)) {
		*ret_why = xasprintf("%s: the database of another program (application_id %lld)",
				     db->path, (long long)application);
		return -EBADMSG;
	}
	if (version > sql_migrations_count) {
		*ret_why = xasprintf("%s: made by a newer version (%lld; this one knows %u): "
				     "use that one, or restore a backup",
				     db->path, (long long)version, sql_migrations_count);
		return -EBADMSG;
	}
	return 0;
}

/* Number and content change in one transaction, so a migration has run whole or not at all. */
static int run_migration(struct db *db, unsigned number)
{
	CLEANUP(freep)
	char *stamp = xasprintf("PRAGMA application_id = %d; PRAGMA user_version = %u",
				DB_APPLICATION_ID, number);
	int r = db_execute(db, "BEGIN IMMEDIATE");

	if (r == 0)
		r = db_execute(db, sql_migrations[number - 1]);
	if (r == 0)
		r = db_execute(db, stamp);
	if (r == 0)
		r = db_execute(db, "COMMIT");
	return r;
}

int db_migrate(struct db *db, char **ret_why)
{
	CLEANUP(freep) char *what = NULL;
	int64_t version;
	int r = read_number(db, "PRAGMA user_version", &version);

	if (r < 0)
		return db_failed(db, r, "cannot read it", ret_why);
	for (unsigned number = (unsigned)version + 1; number <= sql_migrations_count; number++) {
		r = run_migration(db, number);
		if (r == 0)
			continue;
		/* closing the connection rolls back what is open */
		what = xasprintf("migration %u", number);
		return db_failed(db, r, what, ret_why);
	}
	return 0;
}
