/* Looks whether a database file is whole. See store/db_check.h. */
#include "store/db_check.h"

#include <errno.h>
#include <string.h>

#include "store/db_private.h"

/* A path as a file: URI that says that nobody writes it, so that no log is looked for or made. */
static char *immutable_uri(const char *path)
{
	CLEANUP(buf_done) struct buf uri = BUF_INIT(64 * KIB);
	int r = buf_add_text(&uri, "file:");

	for (; *path && r == 0; path++)
		r = strchr("%?#", *path) ? buf_add_format(&uri, "%%%02X", (unsigned char)*path)
					 : buf_add(&uri, path, 1);
	if (r == 0)
		r = buf_add_text(&uri, "?immutable=1");
	return r == 0 ? buf_take(&uri) : NULL;
}

/* The number of problems, or negative errno. */
static int list_problems(struct db *db, struct buf *out)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db->sqlite, "PRAGMA quick_check(20)", -1, &stmt, NULL);
	int count = 0;
	int r = 0;

	_Static_assert(DB_CHECK_PROBLEMS == 20, "the statement has the same number");
	while (rc == SQLITE_OK && r == 0 && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(stmt, 0);

		rc = SQLITE_OK;
		if (text && streq(text, "ok"))
			continue;
		count++;
		r = buf_add_format(out, "%s\n", text ? text : "?");
	}
	sqlite3_finalize(stmt);
	if (r == 0)
		r = db_errno(db, rc);
	return r < 0 ? r : count;
}

static int check(struct db *db, struct buf *out)
{
	CLEANUP(freep) char *why = NULL;
	int r = db_check_identity(db, &why);
	int count;

	if (r < 0) {
		IGNORE(buf_add_format(out, "%s\n", why)); /* the error says as much */
		return r;
	}
	count = list_problems(db, out);
	if (count < 0)
		IGNORE(buf_add_format(out, "%s: %s\n", db->path, sqlite3_errmsg(db->sqlite)));
	return count < 0 ? count : count > 0;
}

int db_check_file(const char *path, struct buf *out)
{
	int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
		    SQLITE_OPEN_EXRESCODE;
	CLEANUP(freep) char *uri = immutable_uri(path);
	struct db db = { .path = (char *)path };
	int rc = uri ? sqlite3_open_v2(uri, &db.sqlite, flags, NULL) : SQLITE_NOMEM;
	int r;

	if (rc == SQLITE_OK) {
		r = check(&db, out);
	} else {
		r = db.sqlite ? db_errno(&db, rc) : -ENOMEM;
		IGNORE(buf_add_format(out, "%s: cannot be opened: %s\n", path, strerror(-r)));
	}
	sqlite3_close(db.sqlite);
	return r;
}
