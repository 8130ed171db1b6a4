/*
 * A file system for SQLite, over the one it has, that gathers the writes of the log. SQLite writes
 * a page of it in two pieces, each by a system call; they follow one another, so gathered a commit
 * is one call. Nothing is promised before the sync, and the sync writes first what was gathered.
 *
 * What could not be written stays gathered, so that no page of the open transaction is lost without
 * SQLite knowing: whoever needs it meets the error again, the commit at the latest.
 */
#include <string.h>

#include "store/db_private.h"

#define GATHER_MAX (128 * KIB)

struct log_file {
	sqlite3_file file;
	sqlite3_file *real; /* behind this struct */
	char *gathered;
	size_t len;
	sqlite3_int64 at; /* where in the file the gathered bytes belong */
};

static sqlite3_vfs *real_vfs;
static sqlite3_vfs gathering_vfs;

static struct log_file *log_of(sqlite3_file *file)
{
	return (struct log_file *)(void *)file;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
	return log_of(file)->real;
}

static sqlite3_int64 end_of(const struct log_file *log)
{
	return log->at + (sqlite3_int64)log->len;
}

static int write_gathered(struct log_file *log)
{
	int rc = SQLITE_OK;

	if (log->len > 0)
		rc = log->real->pMethods->xWrite(log->real, log->gathered, (int)log->len, log->at);
	if (rc == SQLITE_OK)
		log->len = 0;
	return rc;
}

static int log_close(sqlite3_file *file)
{
	struct log_file *log = log_of(file);

	write_gathered(log); /* never synced, so promised to nobody */
	free(log->gathered);
	return log->real->pMethods->xClose(log->real);
}

static int log_read(sqlite3_file *file, void *out, int size, sqlite3_int64 at)
{
	struct log_file *log = log_of(file);
	int rc = SQLITE_OK;

	if (at < end_of(log) && at + size > log->at)
		rc = write_gathered(log);
	return rc ? rc : log->real->pMethods->xRead(log->real, out, size, at);
}

static int log_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 at)
{
	struct log_file *log = log_of(file);
	size_t len = (size_t)size;
	int rc;

	if (at >= log->at && at + size <= end_of(log)) {
		memcpy(log->gathered + (at - log->at), data, len);
		return SQLITE_OK;
	}
	if (at != end_of(log) || len > GATHER_MAX - log->len) {
		rc = write_gathered(log);
		if (rc)
			return rc;
		log->at = at;
	}
	if (len > GATHER_MAX)
		return log->real->pMethods->xWrite(log->real, data, size, at);
	memcpy(log->gathered + log->len, data, len);
	log->len += len;
	return SQLITE_OK;
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct log_file *log = log_of(file);
	int rc = SQLITE_OK;

	if (size <= log->at)
		log->len = 0;
	else
		rc = write_gathered(log);
	return rc ? rc : log->real->pMethods->xTruncate(log->real, size);
}

static int log_sync(sqlite3_file *file, int flags)
{
	struct log_file *log = log_of(file);
	int rc = write_gathered(log);

	return rc ? rc : log->real->pMethods->xSync(log->real, flags);
}

static int log_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
	struct log_file *log = log_of(file);
	int rc = log->real->pMethods->xFileSize(log->real, ret_size);

	if (rc == SQLITE_OK && log->len > 0 && *ret_size < end_of(log))
		*ret_size = end_of(log);
	return rc;
}

/* SQLite locks the database, never its log. */
static int log_lock(sqlite3_file *file, int level)
{
	(void)file;
	(void)level;
	return SQLITE_OK;
}

static int log_check_lock(sqlite3_file *file, int *ret_is_reserved)
{
	(void)file;
	*ret_is_reserved = 0;
	return SQLITE_OK;
}

static int log_control(sqlite3_file *file, int op, void *arg)
{
	return real_of(file)->pMethods->xFileControl(real_of(file), op, arg);
}

static int log_sector_size(sqlite3_file *file)
{
	return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int log_device(sqlite3_file *file)
{
	return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static const sqlite3_io_methods log_methods = {
	.iVersion = 1,
	.xClose = log_close,
	.xRead = log_read,
	.xWrite = log_write,
	.xTruncate = log_truncate,
	.xSync = log_sync,
	.xFileSize = log_size,
	.xLock = log_lock,
	.xUnlock = log_lock,
	.xCheckReservedLock = log_check_lock,
	.xFileControl = log_control,
	.xSectorSize = log_sector_size,
	.xDeviceCharacteristics = log_device,
};

/* Every other file is the real one's own, in the memory that was meant for ours. */
static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
		     int *ret_flags)
{
	struct log_file *log = log_of(file);
	int rc;

	(void)vfs;
	if (!(flags & SQLITE_OPEN_WAL))
		return real_vfs->xOpen(real_vfs, name, file, flags, ret_flags);
	*log = (struct log_file){ .real = (sqlite3_file *)(log + 1) };
	log->gathered = malloc(GATHER_MAX);
	if (!log->gathered)
		return SQLITE_NOMEM;
	log->real->pMethods = NULL;
	rc = real_vfs->xOpen(real_vfs, name, log->real, flags, ret_flags);
	if (rc == SQLITE_OK)
		file->pMethods = &log_methods;
	else
		free(TAKE(log->gathered));
	return rc;
}

const char *db_vfs(void)
{
	real_vfs = sqlite3_vfs_find(NULL);
	if (!real_vfs)
		return NULL;
	sqlite3_vfs_unregister(&gathering_vfs);
	gathering_vfs = *real_vfs;
	gathering_vfs.zName = "gathering";
	gathering_vfs.pNext = NULL;
	gathering_vfs.szOsFile = (int)sizeof(struct log_file) + real_vfs->szOsFile;
	gathering_vfs.xOpen = open_file;
	return sqlite3_vfs_register(&gathering_vfs, 0) == SQLITE_OK ? gathering_vfs.zName : NULL;
}

int db_vfs_write_gathered(struct db *db)
{
	sqlite3_file *file = NULL;
	int rc = sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);

	if (rc || !file || file->pMethods != &log_methods)
		return rc;
	return write_gathered(log_of(file));
}
