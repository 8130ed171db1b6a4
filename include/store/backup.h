/*
 * A copy of the database while it is in use, made by its one connection in steps. What is written
 * meanwhile goes into the copy too, so that it is the database as it was at the last step.
 *
 * A step copies BACKUP_PAGES pages and never runs while a batch is open. The copy is not synced by
 * SQLite: each step starts its writing to disk in the background, and the sync at the end finds
 * little left.
 */
#ifndef MAAXD_STORE_BACKUP_H
#define MAAXD_STORE_BACKUP_H

#include "store/db.h"

#define BACKUP_PAGES 100

struct db_backup;

/* Begins a copy into the file `path` (mode 0600), which must not exist. 0 or negative errno. */
MUST_CHECK int db_backup_new(struct db *db, const char *path, struct db_backup **ret_backup);
/* 1 with more to do (also: a batch was open, nothing was done), 0 when the copy is whole and on
 * disk, or negative errno. */
MUST_CHECK int db_backup_step(struct db_backup *backup);
void db_backup_get_pages(const struct db_backup *backup, uint64_t *ret_done, uint64_t *ret_total);
/* Before db_close(). NULL is fine; returns NULL. The file stays. */
struct db_backup *db_backup_free(struct db_backup *backup);

#endif
