/*
 * Binds, runs and reads prepared statements; the translation of SQLite's errors. See store/stmt.h.
 * The hot path: nothing is allocated but what a caller keeps.
 */
#include "store/stmt.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "store/db_private.h"

static int io_errno(struct db *db, int rc)
{
	/* the disk quota is a full disk, which SQLite calls an I/O error */
	if (rc == SQLITE_IOERR_WRITE && sqlite3_system_errno(db->sqlite) == EDQUOT)
		return -ENOSPC;
	return rc == SQLITE_IOERR_NOMEM ? -ENOMEM : -EIO;
}

static int constraint_errno(int rc)
{
	if (rc == SQLITE_CONSTRAINT_PRIMARYKEY || rc == SQLITE_CONSTRAINT_UNIQUE ||
	    rc == SQLITE_CONSTRAINT_ROWID)
		return -EEXIST;
	return -EINVAL;
}

static int open_errno(struct db *db)
{
	int error = sqlite3_system_errno(db->sqlite);

	return error > 0 ? -error : -EIO;
}

int db_errno(struct db *db, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_IOERR:
		return io_errno(db, rc);
	case SQLITE_CONSTRAINT:
		return constraint_errno(rc);
	case SQLITE_MISMATCH:
		return -EINVAL;
	case SQLITE_TOOBIG:
		return -E2BIG;
	case SQLITE_INTERRUPT:
		return -EINTR;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_CANTOPEN:
		return open_errno(db);
	case SQLITE_NOTADB:
		return -EBADMSG;
	default:
		return -EIO;
	}
}

static bool is_sync_error(int rc)
{
	return rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC;
}

int db_note_error(struct db *db, int rc)
{
	int r = db_errno(db, rc);

	if (is_sync_error(rc))
		db->has_failed = true;
	if (db->batch_is_open && db->dead == 0 && sqlite3_get_autocommit(db->sqlite))
		db->dead = r;
	return r;
}

struct query query_start(struct db *db, enum sql_id id)
{
	sqlite3_stmt *stmt = db->statements[id];

	assert(!sqlite3_stmt_busy(stmt));
	return (struct query){ .db = db, .stmt = stmt };
}

void query_done(struct query *q)
{
	/* tells the error of the last step once more */
	sqlite3_reset(q->stmt);
}

static void note(struct query *q, int rc)
{
	if (rc != SQLITE_OK && q->error == 0)
		q->error = db_errno(q->db, rc);
}

void query_bind_int(struct query *q, int64_t value)
{
	note(q, sqlite3_bind_int64(q->stmt, ++q->param, value));
}

static void bind_null(struct query *q)
{
	note(q, sqlite3_bind_null(q->stmt, ++q->param));
}

void query_bind_id(struct query *q, int64_t id)
{
	if (id)
		query_bind_int(q, id);
	else
		bind_null(q);
}

void query_bind_at(struct query *q, usec_t at)
{
	query_bind_int(q, at > INT64_MAX ? INT64_MAX : (int64_t)at);
}

void query_bind_at_null(struct query *q, usec_t at)
{
	if (at && at <= INT64_MAX)
		query_bind_int(q, (int64_t)at);
	else
		bind_null(q);
}

void query_bind_text(struct query *q, const char *text)
{
	/* a NULL pointer binds NULL */
	note(q, sqlite3_bind_text(q->stmt, ++q->param, text, -1, SQLITE_STATIC));
}

void query_bind_blob(struct query *q, const void *data, size_t size)
{
	note(q, sqlite3_bind_blob64(q->stmt, ++q->param, data, size, SQLITE_STATIC));
}

int query_step(struct query *q)
{
	int rc;

	assert(q->param == sqlite3_bind_parameter_count(q->stmt));
	if (q->error == 0)
		q->error = q->db->dead;
	if (q->error)
		return q->error;
	rc = sqlite3_step(q->stmt);
	q->column = 0;
	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE)
		return 0;
	q->error = db_note_error(q->db, rc);
	return q->error;
}

int query_run(struct query *q)
{
	int r;

	assert(unit_is_open(q->db));
	r = query_step(q);
	return r < 0 ? r : sqlite3_changes(q->db->sqlite);
}

int64_t query_read_int(struct query *q)
{
	return sqlite3_column_int64(q->stmt, q->column++);
}

usec_t query_read_at(struct query *q)
{
	int64_t value = query_read_int(q);

	return value == INT64_MAX ? USEC_NEVER : (usec_t)value;
}

/* A copy of column `column`, NUL-terminated. A failed allocation is an error of the query: a peer
 * chose the size. */
static void *copy_column(struct query *q, int column, const void *data, size_t *ret_size)
{
	size_t size = (size_t)sqlite3_column_bytes(q->stmt, column);
	char *copy = malloc(size + 1);

	if (!copy) {
		note(q, SQLITE_NOMEM);
		return NULL;
	}
	if (size)
		memcpy(copy, data, size);
	copy[size] = '\0';
	*ret_size = size;
	return copy;
}

char *query_read_text(struct query *q)
{
	int column = q->column++;
	const unsigned char *text;
	size_t size;

	if (sqlite3_column_type(q->stmt, column) == SQLITE_NULL)
		return NULL;
	text = sqlite3_column_text(q->stmt, column);
	if (!text) {
		note(q, SQLITE_NOMEM);
		return NULL;
	}
	return copy_column(q, column, text, &size);
}

void *query_read_blob(struct query *q, size_t *ret_size)
{
	int column = q->column++;

	if (sqlite3_column_type(q->stmt, column) == SQLITE_NULL)
		return NULL;
	return copy_column(q, column, sqlite3_column_blob(q->stmt, column), ret_size);
}

void query_read_bytes(struct query *q, void *out, size_t size)
{
	int column = q->column++;
	const void *data = sqlite3_column_blob(q->stmt, column);

	if (data && (size_t)sqlite3_column_bytes(q->stmt, column) == size)
		memcpy(out, data, size);
	else
		note(q, SQLITE_CORRUPT);
}

bool query_is_read(const struct query *q)
{
	return q->column == sqlite3_column_count(q->stmt);
}

int query_read_word(struct query *q, int (*parse)(const char *word))
{
	const unsigned char *word = sqlite3_column_text(q->stmt, q->column++);
	int r = word ? parse((const char *)word) : -EINVAL;

	if (r >= 0)
		return r;
	note(q, SQLITE_CORRUPT);
	return 0;
}

int names_find(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (streq(names[i], name))
			return (int)i;
	return -EINVAL;
}
