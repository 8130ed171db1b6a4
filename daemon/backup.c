/* Makes backups while the daemon runs. See backup.h. */
#include "backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "options.h"
#include "store/backup.h"

#define MAX_KEYS (256 * KIB) /* bytes of the key file */
#define MAX_FINDING (16 * KIB)

struct backup {
	struct core *core;
	struct loop_source *timer;
	char *key_path;
	char *dir;
	char *unfinished; /* the copy until it is whole */
	struct db_backup *copy;
	usec_t next_at;
	char *path; /* without ".db" while it is made */
	char *finished;
	struct child *check;
	char *finding;
	struct backup_status status;
};

static int write_file(const char *path, const char *data, size_t len)
{
	CLEANUP(closep) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int r = fd < 0 ? -errno : file_write_all(fd, data, len);

	return r == 0 && fsync(fd) < 0 ? -errno : r;
}

static int copy_keys(const struct backup *backup)
{
	CLEANUP(freep) char *to = xasprintf("%s.callback-keys", backup->path);
	CLEANUP(freep) char *unfinished = xasprintf("%s.tmp", to);
	CLEANUP(freep) char *data = xcalloc(1, MAX_KEYS);
	CLEANUP(closep) int fd = open(backup->key_path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, data, MAX_KEYS);
	int r = len < 0 ? -errno : len == MAX_KEYS ? -EFBIG : 0;

	if (r == 0)
		r = write_file(unfinished, data, (size_t)len);
	if (r == 0 && rename(unfinished, to) < 0)
		r = -errno;
	if (r < 0)
		unlink(unfinished);
	return r;
}

/* The keys first: a database that is there has its keys. */
static int publish(struct backup *backup)
{
	CLEANUP(freep) char *to = xasprintf("%s.db", backup->path);
	int r = copy_keys(backup);

	if (r == 0 && rename(backup->unfinished, to) < 0)
		r = -errno;
	if (r == 0)
		r = file_sync_directory_of(to);
	if (r < 0)
		return r;
	free(backup->finished);
	backup->finished = TAKE(to);
	return 0;
}

static void log_end(const struct backup *backup)
{
	int error = backup->status.error;
	bool is_check = backup->status.mode == BACKUP_CHECK;

	if (error == -EBADMSG)
		log_error("the database is damaged: see `maaxctl db`; a backup from before may not "
			  "be");
	else if (error < 0)
		log_error("%s failed: %s", is_check ? "check of the database" : "backup",
			  strerror(-error));
	else if (is_check)
		log_notice("the database was checked: it is whole");
	else
		log_notice("backup made file=%s", backup->finished);
}

static void finish(struct backup *backup, int error)
{
	bool is_check = backup->status.mode == BACKUP_CHECK;

	backup->copy = db_backup_free(backup->copy);
	if (error == 0 && !is_check)
		error = publish(backup);
	if (error < 0 || is_check)
		unlink(backup->unfinished);
	free(TAKE(backup->path));
	backup->status.is_running = false;
	backup->status.is_checking = false;
	backup->status.error = error;
	backup->status.finished_at = clock_now();
	log_end(backup);
}

static int judge(const struct child_result *result)
{
	if (result->timed_out)
		return -ETIMEDOUT;
	if (result->status == 0)
		return 0;
	return result->signo ? -EINTR : -EBADMSG;
}

static void on_checked(const struct child_result *result, void *ctx)
{
	struct backup *backup = ctx;

	backup->check = NULL;
	backup->finding = json_clean_text(result->output, result->output_len);
	finish(backup, judge(result));
}

/* The copy is whole; its file is closed first. */
static void start_check(struct backup *backup)
{
	const char *const argv[] = { "/proc/self/exe", "--check-database", backup->unfinished,
				     NULL };
	const char *const env[] = { "LANG=C.UTF-8", NULL };
	struct child_request request = {
		.argv = argv,
		.env = env,
		.input = "",
		.timeout = BACKUP_CHECK_TIME,
		.keep_output = MAX_FINDING,
	};
	int r;

	backup->copy = db_backup_free(backup->copy);
	backup->status.is_checking = true;
	r = child_start(backup->core->loop, &request, on_checked, backup, &backup->check);
	if (r < 0)
		finish(backup, r);
}

void backup_turn(struct backup *backup)
{
	int r;

	if (!backup->copy || clock_now() < backup->next_at || db_batch_is_open(backup->core->db))
		return;
	r = db_backup_step(backup->copy);
	db_backup_get_pages(backup->copy, &backup->status.pages_done, &backup->status.pages_total);
	backup->next_at = clock_now() + BACKUP_REST;
	if (r > 0)
		loop_set_timer(backup->timer, backup->next_at);
	else if (r == 0 && backup->status.mode != BACKUP_PLAIN)
		start_check(backup);
	else
		finish(backup, r);
}

/* A batch that is open is followed by its commit, which calls backup_turn(). */
static void on_timer(void *ctx)
{
	backup_turn(ctx);
}

static int check_room(const struct backup *backup)
{
	struct db_stats stats;
	struct statvfs fs;

	db_get_stats(backup->core->db, &stats);
	if (statvfs(backup->dir, &fs) < 0)
		return -errno;
	return (uint64_t)fs.f_bavail * fs.f_frsize <
			       stats.file_bytes + stats.wal_bytes +
				       backup->core->config->maaxd.disk_reserve
		       ? -ENOSPC
		       : 0;
}

static char *name_now(const struct backup *backup)
{
	time_t now = (time_t)(clock_wall() / USEC_PER_SEC);
	struct tm tm;
	char text[32];

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &tm);
	return xasprintf("%s/maaxd-%s", backup->dir, text);
}

int backup_start(struct backup *backup, enum backup_mode mode)
{
	CLEANUP(freep) char *path = name_now(backup);
	CLEANUP(freep) char *file = xasprintf("%s.db", path);
	int r;

	if (backup->status.is_running)
		return -EBUSY;
	if (mkdir(backup->dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	if (mode != BACKUP_CHECK && access(file, F_OK) == 0)
		return -EEXIST;
	r = check_room(backup);
	unlink(backup->unfinished);
	if (r == 0)
		r = db_backup_new(backup->core->db, backup->unfinished, &backup->copy);
	if (r < 0)
		return r;
	backup->path = TAKE(path);
	free(TAKE(backup->finding));
	backup->status = (struct backup_status){
		.is_running = true,
		.mode = mode,
		.number = backup->status.number + 1,
	};
	backup->next_at = 0;
	loop_set_timer(backup->timer, clock_now());
	return 0;
}

void backup_get_status(const struct backup *backup, struct backup_status *ret_status)
{
	*ret_status = backup->status;
	ret_status->path = backup->finished;
	ret_status->finding = backup->finding;
}

int backup_new(struct core *core, const char *key_path, struct backup **ret_backup)
{
	struct backup *backup = xnew(struct backup);
	int r;

	backup->core = core;
	r = loop_add_timer(core->loop, on_timer, backup, &backup->timer);
	if (r < 0) {
		free(backup);
		return r;
	}
	backup->key_path = xstrdup(key_path);
	backup->dir = xasprintf("%s/backups", core->config->maaxd.state_dir);
	backup->unfinished = xasprintf("%s/unfinished.tmp", backup->dir);
	unlink(backup->unfinished); /* of a run that was killed */
	*ret_backup = backup;
	return 0;
}

struct backup *backup_free(struct backup *backup)
{
	if (!backup)
		return NULL;
	if (backup->check)
		child_cancel(backup->check);
	db_backup_free(backup->copy);
	if (backup->status.is_running)
		unlink(backup->unfinished);
	loop_source_free(backup->timer);
	free(backup->key_path);
	free(backup->dir);
	free(backup->unfinished);
	free(backup->path);
	free(backup->finished);
	free(backup->finding);
	free(backup);
	return NULL;
}
