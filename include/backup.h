/*
 * Backups of the running daemon: state_dir/backups/maaxd-YYYYMMDDTHHMMSSZ.db and, beside it, the
 * keys of callback URLs (.callback-keys), without which a restored database is of little use. One
 * at a time; between batches, BACKUP_REST apart, so that the loop never waits longer than for one
 * step of store/backup.h. A file has its name only once it is whole and on disk.
 *
 * On failure what was made is removed, and the status says why.
 */
#ifndef MAAXD_BACKUP_H
#define MAAXD_BACKUP_H

#include "core.h"

#define BACKUP_REST (5 * USEC_PER_MSEC)

struct backup;

/* `key_path`: of the callback keys in force; copied. */
MUST_CHECK int backup_new(struct core *core, const char *key_path, struct backup **ret_backup);
/* Gives a backup up that is under way. Before the database is closed. */
struct backup *backup_free(struct backup *backup);

/* 0, or -EBUSY one is under way, -ENOSPC it would not fit, or another negative errno. */
MUST_CHECK int backup_start(struct backup *backup);
/* Goes on if one is under way and no batch is open: after each commit. */
void backup_turn(struct backup *backup);

struct backup_status {
	bool is_running;
	unsigned number; /* of the last one, or the one under way, since the start; 0: none yet */
	uint64_t pages_done, pages_total;
	usec_t finished_at;
	const char *path; /* of the last one that was finished; borrowed; NULL: none */
	int error;	  /* negative errno of the last one; 0: it went well */
};
void backup_get_status(const struct backup *backup, struct backup_status *ret_status);

#endif
