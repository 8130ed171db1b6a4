/* Copies the database while it is in use. See store/backup.h. */
#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "store/db_private.h"

struct db_backup {
	struct db *db;
	sqlite3 *copy;
	sqlite3_backup *backup;
	int fd; /* of the copy, for its sync */
};

/* A half copy is thrown away whole, so that it wants no journal; a small cache, so that pages leave
 * memory as they come. */
static int open_copy(struct db_backup *backup, const char *path)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	int rc = sqlite3_open_v2(path, &backup->copy, flags, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_exec(backup->copy,
				  "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; "
				  "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = 200",
				  NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return db_errno(backup->db, rc);
	backup->backup = sqlite3_backup_init(backup->copy, "main", backup->db->sqlite, "main");
	return backup->backup ? 0 : -EIO;
}

int db_backup_new(struct db *db, const char *path, struct db_backup **ret_backup)
{
	struct db_backup *backup = xnew(struct db_backup);
	int r;

	backup->db = db;
	backup->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	r = backup->fd < 0 ? -errno : open_copy(backup, path);
	if (r < 0) {
		db_backup_free(backup);
		return r;
	}
	*ret_backup = backup;
	return 0;
}

int db_backup_step(struct db_backup *backup)
{
	int rc;

	if (db_batch_is_open(backup->db))
		return 1;
	rc = sqlite3_backup_step(backup->backup, BACKUP_PAGES);
	if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
		return 1;
	if (rc != SQLITE_OK && rc != SQLITE_DONE)
		return db_errno(backup->db, rc);
	if (rc == SQLITE_OK) {
		/* only a hint: the sync is what counts */
		IGNORE(sync_file_range(backup->fd, 0, 0, SYNC_FILE_RANGE_WRITE));
		return 1;
	}
	return fdatasync(backup->fd) < 0 ? -errno : 0;
}

void db_backup_get_pages(const struct db_backup *backup, uint64_t *ret_done, uint64_t *ret_total)
{
	*ret_total = (uint64_t)sqlite3_backup_pagecount(backup->backup);
	*ret_done = *ret_total - (uint64_t)sqlite3_backup_remaining(backup->backup);
}

struct db_backup *db_backup_free(struct db_backup *backup)
{
	if (!backup)
		return NULL;
	sqlite3_backup_finish(backup->backup);
	sqlite3_close(backup->copy);
	if (backup->fd >= 0)
		close(backup->fd);
	free(backup);
	return NULL;
}
