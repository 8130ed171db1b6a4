/* Tests of opening, migrating, the batch and its units, and of what happens when the disk fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fault_vfs.h"
#include "lib/store_fixture.h"
#include "store/callbacks.h"
#include "store/conversations.h"
#include "store/events.h"
#include "store/holds.h"

/* ---- what actions did, in order ---- */

static char trace[64];

static void add_to_trace(void *ctx)
{
	size_t len = strlen(trace);

	assert_true(len + 1 < sizeof(trace));
	trace[len] = *(const char *)ctx;
	trace[len + 1] = '\0';
}

/* One that runs when the rows are on disk, and its counterpart in the other case. */
static void add_pair(struct db *db, const char *committed, const char *aborted)
{
	on_commit(db, add_to_trace, (void *)committed);
	on_abort(db, add_to_trace, (void *)aborted);
}

static int setup(void **state)
{
	trace[0] = '\0';
	return store_setup(state);
}

static int setup_closed(void **state)
{
	trace[0] = '\0';
	return store_setup_closed(state);
}

static int setup_fault(void **state)
{
	fault_vfs_install();
	return setup(state);
}

static int teardown_fault(void **state)
{
	int r;

	fault_vfs_disarm();
	r = store_teardown(state);
	fault_vfs_uninstall();
	return r;
}

/* ---- a look from outside ---- */

static int64_t read_pragma(const char *path, const char *sql)
{
	sqlite3 *sqlite = NULL;
	sqlite3_stmt *stmt = NULL;
	int64_t value;

	assert_int_equal(sqlite3_open_v2(path, &sqlite, SQLITE_OPEN_READONLY, "unix"), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(sqlite, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(sqlite);
	return value;
}

static void write_outside(const char *path, const char *sql)
{
	sqlite3 *sqlite = NULL;

	assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sqlite, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(sqlite);
}

static bool file_exists(const char *path, const char *suffix)
{
	CLEANUP(freep) char *name = xasprintf("%s%s", path, suffix);

	return access(name, F_OK) == 0;
}

/* ---- opening ---- */

static void test_open__makes_a_private_file_of_the_right_shape(void **state)
{
	struct store_fixture *fixture = *state;
	struct stat st;

	assert_true(file_exists(fixture->path, "-wal"));
	assert_false(file_exists(fixture->path, "-shm"));
	assert_int_equal(stat(fixture->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	fixture->db = db_close(fixture->db);

	assert_false(file_exists(fixture->path, "-wal"));
	assert_int_equal(read_pragma(fixture->path, "PRAGMA page_size"), 4096);
	assert_int_equal(read_pragma(fixture->path, "PRAGMA auto_vacuum"), 2);
	assert_int_equal(read_pragma(fixture->path, "PRAGMA application_id"), 0x4d414158);
	assert_true(read_pragma(fixture->path, "PRAGMA user_version") >= 1);
}

static void test_open__keeps_what_is_there(void **state)
{
	struct store_fixture *fixture = *state;

	store_begin(fixture->db);
	store_add_conversation(fixture->db, 7);
	store_commit(fixture->db);
	store_reopen(fixture);
	assert_true(store_has_conversation(fixture->db, 7));
}

static void assert_refused(struct store_fixture *fixture, int error, const char *word)
{
	CLEANUP(freep) char *why = NULL;
	struct db *db = NULL;

	assert_int_equal(db_open(fixture->path, &db, &why), error);
	assert_null(db);
	assert_non_null(why);
	if (!strstr(why, word))
		fail_msg("\"%s\" does not say \"%s\"", why, word);
}

static void test_open__refuses_another_programs_database(void **state)
{
	struct store_fixture *fixture = *state;

	write_outside(fixture->path, "PRAGMA application_id = 42; CREATE TABLE t (x)");
	assert_refused(fixture, -EBADMSG, "another program");
	assert_int_equal(read_pragma(fixture->path, "SELECT count(*) FROM sqlite_schema"), 1);
	assert_int_equal(read_pragma(fixture->path, "PRAGMA application_id"), 42);
}

static void test_open__refuses_tables_without_an_application_id(void **state)
{
	struct store_fixture *fixture = *state;

	write_outside(fixture->path, "CREATE TABLE t (x)");
	assert_refused(fixture, -EBADMSG, "another program");
}

static void test_open__refuses_a_newer_version(void **state)
{
	struct store_fixture *fixture = *state;

	fixture->db = db_close(fixture->db);
	write_outside(fixture->path, "PRAGMA user_version = 9999");
	assert_refused(fixture, -EBADMSG, "newer");
	assert_int_equal(read_pragma(fixture->path, "PRAGMA user_version"), 9999);
}

static void test_open__refuses_what_is_no_database(void **state)
{
	struct store_fixture *fixture = *state;
	FILE *file = fopen(fixture->path, "w");

	assert_non_null(file);
	for (int i = 0; i < 2000; i++)
		fputs("not a database\n", file);
	fclose(file);
	assert_refused(fixture, -EBADMSG, "not a database");
}

static void test_open__refuses_a_database_of_another_page_size(void **state)
{
	struct store_fixture *fixture = *state;

	fixture->db = db_close(fixture->db);
	write_outside(fixture->path,
		      "PRAGMA journal_mode = DELETE; PRAGMA page_size = 8192; VACUUM");
	assert_refused(fixture, -EBADMSG, "page_size");
}

static void test_open__takes_a_copy_that_is_not_in_wal_mode(void **state)
{
	struct store_fixture *fixture = *state;

	fixture->db = db_close(fixture->db);
	write_outside(fixture->path, "PRAGMA journal_mode = DELETE");
	store_open(fixture);
	assert_true(file_exists(fixture->path, "-wal"));
}

static void test_open__fills_a_file_whose_first_start_was_cut_off(void **state)
{
	struct store_fixture *fixture = *state;
	int fd = open(fixture->path, O_RDWR | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	close(fd);
	store_open(fixture);
	store_begin(fixture->db);
	store_add_conversation(fixture->db, 1);
	store_commit(fixture->db);
}

static void test_open__says_why_it_cannot(void **state)
{
	struct store_fixture *fixture = *state;

	free(fixture->path);
	fixture->path = xasprintf("%s/missing/maaxd.db", fixture->directory);
	assert_refused(fixture, -ENOENT, "missing");
}

/* The child is forked before the database is open, so that it knows nothing of our locks. */
static int open_in_child(const char *path, int start)
{
	CLEANUP(freep) char *why = NULL;
	struct db *db = NULL;
	char byte;
	int r;

	if (read(start, &byte, 1) != 1)
		return 99;
	r = db_open(path, &db, &why);
	db_close(db);
	return r == -EBUSY && why && strstr(why, "another process") ? 0 : 1;
}

static void test_open__second_process_is_busy(void **state)
{
	struct store_fixture *fixture = *state;
	int start[2], status = -1;
	pid_t child;

	assert_int_equal(pipe(start), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(open_in_child(fixture->path, start[0]));
	store_open(fixture);
	assert_int_equal(write(start[1], "x", 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	close(start[0]);
	close(start[1]);

	store_begin(fixture->db);
	store_add_conversation(fixture->db, 1);
	store_commit(fixture->db);
}

/* What a child flushed is there after it was killed; what it did not flush is not. */
static void write_and_die(const char *path)
{
	CLEANUP(freep) char *why = NULL;
	struct db *db = NULL;

	if (db_open(path, &db, &why) < 0)
		_exit(1);
	if (unit_begin(db) < 0)
		_exit(1);
	store_add_conversation(db, 1);
	if (unit_commit(db) < 0 || db_flush(db) < 0 || unit_begin(db) < 0)
		_exit(1);
	store_add_conversation(db, 2);
	if (unit_commit(db) < 0)
		_exit(1);
	kill(getpid(), SIGKILL);
}

static void test_flush__survives_a_kill(void **state)
{
	struct store_fixture *fixture = *state;
	int status = -1;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		write_and_die(fixture->path);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	store_open(fixture);
	assert_true(store_has_conversation(fixture->db, 1));
	assert_false(store_has_conversation(fixture->db, 2));
}

/* ---- units and the batch ---- */

static void test_unit__commit_is_in_the_batch_and_flush_runs_its_actions(void **state)
{
	struct db *db = store_db(state);

	assert_false(db_batch_is_open(db));
	store_begin(db);
	assert_true(unit_is_open(db));
	assert_true(db_batch_is_open(db));
	store_add_conversation(db, 1);
	add_pair(db, "a", "A");
	add_pair(db, "b", "B");
	assert_int_equal(unit_commit(db), 0);
	assert_false(unit_is_open(db));
	assert_string_equal(trace, "");
	assert_int_equal(db_flush(db), 0);
	assert_string_equal(trace, "ab");
	assert_false(db_batch_is_open(db));
	assert_int_equal(db_flush(db), 0);
	assert_string_equal(trace, "ab");
}

static void test_unit__abort_takes_back_only_itself(void **state)
{
	struct db *db = store_db(state);

	store_begin(db);
	store_add_conversation(db, 1);
	add_pair(db, "a", "A");
	assert_int_equal(unit_commit(db), 0);
	store_begin(db);
	store_add_conversation(db, 2);
	add_pair(db, "b", "B");
	add_pair(db, "c", "C");
	unit_abort(db);
	assert_string_equal(trace, "BC");
	store_begin(db);
	store_add_conversation(db, 3);
	add_pair(db, "d", "D");
	store_commit(db);
	assert_string_equal(trace, "BCad");
	assert_true(store_has_conversation(db, 1));
	assert_false(store_has_conversation(db, 2));
	assert_true(store_has_conversation(db, 3));
}

static void test_unit__inner_abort_leaves_the_outer(void **state)
{
	struct db *db = store_db(state);

	store_begin(db);
	store_add_conversation(db, 1);
	add_pair(db, "a", "A");
	store_begin(db);
	store_add_conversation(db, 2);
	add_pair(db, "b", "B");
	unit_abort(db);
	assert_true(unit_is_open(db));
	add_pair(db, "c", "C");
	store_commit(db);
	assert_string_equal(trace, "Bac");
	assert_true(store_has_conversation(db, 1));
	assert_false(store_has_conversation(db, 2));
}

static void test_unit__outer_abort_takes_the_inner_with_it(void **state)
{
	struct db *db = store_db(state);

	store_begin(db);
	add_pair(db, "a", "A");
	store_begin(db);
	store_begin(db);
	store_add_conversation(db, 2);
	add_pair(db, "b", "B");
	assert_int_equal(unit_commit(db), 0);
	assert_int_equal(unit_commit(db), 0);
	unit_abort(db);
	assert_int_equal(db_flush(db), 0);
	assert_string_equal(trace, "AB");
	assert_false(store_has_conversation(db, 2));
}

static void test_unit__failed_statement_leaves_the_batch_alive(void **state)
{
	struct db *db = store_db(state);
	struct conversation twice = { .id = 1,
				      .source = TEXT("crm"),
				      .ai = TEXT("sales"),
				      .platform = TEXT("sms"),
				      .created_at = 1 };
	struct message orphan = { .id = 5,
				  .conversation = 404,
				  .source = TEXT("crm"),
				  .ai = TEXT("sales"),
				  .platform = TEXT("sms"),
				  .message_content = TEXT("x"),
				  .prospect_info = TEXT("{}"),
				  .created_at = 1 };

	store_begin(db);
	store_add_conversation(db, 1);
	assert_int_equal(unit_commit(db), 0);
	store_begin(db);
	assert_int_equal(conversations_insert(db, &twice), -EEXIST);
	unit_abort(db);
	store_begin(db);
	assert_int_equal(messages_insert(db, &orphan), -EINVAL); /* foreign keys are on */
	unit_abort(db);
	store_begin(db);
	store_add_conversation(db, 2);
	store_commit(db);
	assert_true(store_has_conversation(db, 1));
	assert_true(store_has_conversation(db, 2));
}

static void test_actions__without_a_batch(void **state)
{
	struct db *db = store_db(state);

	add_pair(db, "a", "A");
	assert_string_equal(trace, "a");
	store_begin(db);
	store_commit(db);
	assert_string_equal(trace, "a");
}

static void test_actions__between_units_wait_for_the_batch(void **state)
{
	struct db *db = store_db(state);

	store_begin(db);
	store_add_conversation(db, 1);
	assert_int_equal(unit_commit(db), 0);
	add_pair(db, "a", "A");
	store_begin(db);
	unit_abort(db);
	assert_string_equal(trace, "");
	assert_int_equal(db_flush(db), 0);
	assert_string_equal(trace, "a");
}

/* More than the list's first size, so that it grows while units come and go. */
static void test_actions__are_not_limited_in_number(void **state)
{
	struct db *db = store_db(state);
	int counter = 0;

	store_begin(db);
	for (int i = 0; i < 1000; i++) {
		store_begin(db);
		on_abort(db, add_to_trace, TEXT("x"));
		assert_int_equal(unit_commit(db), 0);
		counter++;
	}
	on_commit(db, add_to_trace, TEXT("a"));
	store_commit(db);
	assert_int_equal(counter, 1000);
	assert_string_equal(trace, "a");
}

static struct db *action_db;

static void write_more(void *ctx)
{
	add_to_trace(ctx);
	store_begin(action_db);
	store_add_conversation(action_db, 2);
	on_commit(action_db, add_to_trace, TEXT("2"));
	assert_int_equal(unit_commit(action_db), 0);
}

static void test_actions__may_open_the_next_batch(void **state)
{
	struct db *db = store_db(state);

	action_db = db;
	store_begin(db);
	store_add_conversation(db, 1);
	on_commit(db, write_more, TEXT("1"));
	assert_int_equal(unit_commit(db), 0);
	assert_int_equal(db_flush(db), 0);
	assert_string_equal(trace, "1");
	assert_true(db_batch_is_open(db));
	assert_int_equal(db_flush(db), 0);
	assert_string_equal(trace, "12");
	assert_true(store_has_conversation(db, 2));
}

static void test_close__finishes_the_batch_and_takes_back_an_open_unit(void **state)
{
	struct store_fixture *fixture = *state;

	store_begin(fixture->db);
	store_add_conversation(fixture->db, 1);
	add_pair(fixture->db, "a", "A");
	assert_int_equal(unit_commit(fixture->db), 0);
	store_begin(fixture->db);
	store_add_conversation(fixture->db, 2);
	add_pair(fixture->db, "b", "B");
	store_reopen(fixture);
	assert_string_equal(trace, "Ba");
	assert_true(store_has_conversation(fixture->db, 1));
	assert_false(store_has_conversation(fixture->db, 2));
}

/* ---- a failing disk ---- */

/* Writes more than the cache holds, so that SQLite must write in the middle of a unit. Returns the
 * first error. */
static int write_much(struct db *db)
{
	static char body[64 * 1024];
	struct callback callback = {
		.kind = CALLBACK_ANSWER,
		.method = TEXT("POST"),
		.body = body,
		.body_size = sizeof(body),
		.has_body = true,
		.received_at = 1,
	};
	int r = 1;

	for (int64_t id = 1; id <= 200 && r >= 0; id++) {
		callback.id = id;
		r = callbacks_insert(db, &callback);
	}
	return r;
}

static void test_full_disk__inside_a_unit_kills_the_batch(void **state)
{
	struct db *db = store_db(state);

	store_begin(db);
	store_add_conversation(db, 1);
	add_pair(db, "a", "A");
	assert_int_equal(unit_commit(db), 0);

	store_begin(db);
	add_pair(db, "b", "B");
	fault_vfs_arm(FAULT_WRITE, 0, SQLITE_FULL);
	assert_int_equal(write_much(db), -ENOSPC);
	fault_vfs_disarm();
	/* the transaction is gone: nothing may be committed on its own now */
	assert_int_equal(write_much(db), -ENOSPC);
	unit_abort(db);
	assert_string_equal(trace, "B");

	assert_int_equal(unit_begin(db), -ENOSPC);
	assert_int_equal(db_probe(db), -ENOSPC);
	assert_int_equal(db_flush(db), -ENOSPC);
	assert_string_equal(trace, "BA");
	assert_int_equal(db_last_error(db), -ENOSPC);
	assert_false(db_has_failed(db));
	assert_false(store_has_conversation(db, 1));

	store_begin(db);
	store_add_conversation(db, 3);
	store_commit(db);
	assert_int_equal(db_last_error(db), 0);
	assert_true(store_has_conversation(db, 3));
}

static void test_full_disk__a_commit_of_the_unit_fails_too(void **state)
{
	struct db *db = store_db(state);

	store_begin(db);
	add_pair(db, "a", "A");
	store_begin(db);
	fault_vfs_arm(FAULT_WRITE, 0, SQLITE_FULL);
	assert_int_equal(write_much(db), -ENOSPC);
	unit_abort(db);
	assert_int_equal(unit_commit(db), -ENOSPC);
	assert_false(unit_is_open(db));
	assert_string_equal(trace, "A");
	assert_int_equal(db_flush(db), -ENOSPC);
	assert_string_equal(trace, "A");
}

static void test_commit__failed_write_loses_the_batch_only(void **state)
{
	struct db *db = store_db(state);
	struct db_stats stats;

	store_begin(db);
	store_add_conversation(db, 1);
	add_pair(db, "a", "A");
	add_pair(db, "b", "B");
	assert_int_equal(unit_commit(db), 0);
	fault_vfs_arm(FAULT_WRITE, 0, SQLITE_FULL);
	assert_int_equal(db_flush(db), -ENOSPC);
	fault_vfs_disarm();
	assert_string_equal(trace, "AB");
	assert_int_equal(db_last_error(db), -ENOSPC);
	assert_false(db_has_failed(db));
	assert_false(store_has_conversation(db, 1));
	db_get_stats(db, &stats);
	assert_int_equal(stats.aborts, 1);

	store_begin(db);
	store_add_conversation(db, 1);
	store_commit(db);
	assert_true(store_has_conversation(db, 1));
}

static void test_commit__failed_sync_is_the_end(void **state)
{
	struct db *db = store_db(state);

	store_begin(db);
	store_add_conversation(db, 1);
	add_pair(db, "a", "A");
	assert_int_equal(unit_commit(db), 0);
	fault_vfs_arm(FAULT_SYNC, 0, SQLITE_IOERR_FSYNC);
	assert_int_equal(db_flush(db), -EIO);
	fault_vfs_disarm();
	assert_string_equal(trace, "A");
	assert_true(db_has_failed(db));
	assert_int_equal(unit_begin(db), -EIO);
	assert_int_equal(db_probe(db), -EIO);
	assert_int_equal(db_flush(db), 0);
}

static void test_commit__syncs_once_a_batch(void **state)
{
	struct db *db = store_db(state);
	unsigned before;

	store_begin(db);
	store_add_conversation(db, 1);
	store_commit(db); /* the log's header is synced with its first batch */
	before = fault_vfs_calls(FAULT_SYNC);
	for (int64_t id = 2; id < 50; id++) {
		store_begin(db);
		store_add_conversation(db, id);
		assert_int_equal(unit_commit(db), 0);
	}
	assert_int_equal(fault_vfs_calls(FAULT_SYNC), before);
	assert_int_equal(db_flush(db), 0);
	assert_int_equal(fault_vfs_calls(FAULT_SYNC), before + 1);
}

static void test_probe__tells_whether_a_row_could_be_written(void **state)
{
	struct db *db = store_db(state);
	struct hold holds[2];

	assert_int_equal(db_probe(db), 0);
	fault_vfs_arm(FAULT_WRITE, 0, SQLITE_FULL);
	assert_int_equal(db_probe(db), -ENOSPC);
	fault_vfs_disarm();
	assert_int_equal(db_probe(db), 0);
	assert_int_equal(holds_list(db, 2, holds), 0);
	assert_false(db_batch_is_open(db));
	store_begin(db);
	store_add_conversation(db, 1);
	store_commit(db);
}

static void test_open__reports_a_full_disk(void **state)
{
	struct store_fixture *fixture = *state;
	CLEANUP(freep) char *why = NULL;
	struct db *db = NULL;

	fixture->db = db_close(fixture->db);
	unlink(fixture->path);
	fault_vfs_arm(FAULT_WRITE, 0, SQLITE_FULL);
	assert_int_equal(db_open(fixture->path, &db, &why), -ENOSPC);
	assert_non_null(why);
	fault_vfs_disarm();
	store_open(fixture);
}

/* Every write of a batch and of the start after it fails once: whatever is reported, the rows of a
 * flush that said yes are there, and the file is whole. */
static void test_any_failing_write__never_loses_what_was_promised(void **state)
{
	struct store_fixture *fixture = *state;
	int64_t promised = 0;

	for (unsigned passes = 0; passes < 12; passes++) {
		int64_t id = 100 + passes;
		int r;

		store_begin(fixture->db);
		store_add_conversation(fixture->db, id);
		assert_int_equal(unit_commit(fixture->db), 0);
		fault_vfs_arm(FAULT_WRITE, passes, SQLITE_IOERR_WRITE);
		r = db_flush(fixture->db);
		fault_vfs_disarm();
		assert_true(r == 0 || r == -EIO);
		assert_int_equal(store_has_conversation(fixture->db, id), r == 0);
		store_reopen(fixture);
		assert_int_equal(store_has_conversation(fixture->db, id), r == 0);
		promised += r == 0;
	}
	assert_in_range(promised, 1, 11);
	fixture->db = db_close(fixture->db);
	assert_int_equal(read_pragma(fixture->path, "SELECT count(*) FROM pragma_integrity_check "
						    "WHERE integrity_check <> 'ok'"),
			 0);
}

/* ---- what it tells ---- */

static void count_commit(usec_t length, void *ctx)
{
	assert_true(length < USEC_PER_HOUR);
	++*(int *)ctx;
}

static void test_stats__count_units_and_batches(void **state)
{
	struct db *db = store_db(state);
	struct db_stats stats;
	int commits = 0;

	db_on_commit_time(db, count_commit, &commits);
	store_begin(db);
	store_begin(db);
	store_add_conversation(db, 1);
	assert_int_equal(unit_commit(db), 0);
	assert_int_equal(unit_commit(db), 0);
	store_begin(db);
	unit_abort(db);
	store_begin(db);
	store_commit(db);
	db_get_stats(db, &stats);
	assert_int_equal(stats.units, 2);
	assert_int_equal(stats.commits, 1);
	assert_int_equal(stats.aborts, 0);
	assert_true(stats.wal_bytes > 0);
	assert_true(stats.file_bytes >= 4096);
	assert_int_equal(commits, 1);
}

static void test_max_id__is_over_all_tables(void **state)
{
	struct db *db = store_db(state);
	struct event event = { .id = 900, .type = TEXT("message.state") };
	int64_t id = -1;

	assert_int_equal(db_max_id(db, &id), 0);
	assert_int_equal(id, 0);
	store_begin(db);
	store_add_conversation(db, 500);
	store_add_message(db, 600, 500, MESSAGE_QUEUED);
	assert_int_equal(db_max_id(db, &id), 0);
	assert_int_equal(id, 600);
	assert_int_equal(events_insert(db, &event), 1);
	store_commit(db);
	assert_int_equal(db_max_id(db, &id), 0);
	assert_int_equal(id, 900);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, store_teardown)
#define TEST_CLOSED(name) cmocka_unit_test_setup_teardown(name, setup_closed, store_teardown)
#define TEST_FAULT(name) cmocka_unit_test_setup_teardown(name, setup_fault, teardown_fault)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_open__makes_a_private_file_of_the_right_shape),
		TEST(test_open__keeps_what_is_there),
		TEST_CLOSED(test_open__refuses_another_programs_database),
		TEST_CLOSED(test_open__refuses_tables_without_an_application_id),
		TEST(test_open__refuses_a_newer_version),
		TEST_CLOSED(test_open__refuses_what_is_no_database),
		TEST(test_open__refuses_a_database_of_another_page_size),
		TEST(test_open__takes_a_copy_that_is_not_in_wal_mode),
		TEST_CLOSED(test_open__fills_a_file_whose_first_start_was_cut_off),
		TEST_CLOSED(test_open__says_why_it_cannot),
		TEST_CLOSED(test_open__second_process_is_busy),
		TEST_CLOSED(test_flush__survives_a_kill),
		TEST(test_unit__commit_is_in_the_batch_and_flush_runs_its_actions),
		TEST(test_unit__abort_takes_back_only_itself),
		TEST(test_unit__inner_abort_leaves_the_outer),
		TEST(test_unit__outer_abort_takes_the_inner_with_it),
		TEST(test_unit__failed_statement_leaves_the_batch_alive),
		TEST(test_actions__without_a_batch),
		TEST(test_actions__between_units_wait_for_the_batch),
		TEST(test_actions__are_not_limited_in_number),
		TEST(test_actions__may_open_the_next_batch),
		TEST(test_close__finishes_the_batch_and_takes_back_an_open_unit),
		TEST_FAULT(test_full_disk__inside_a_unit_kills_the_batch),
		TEST_FAULT(test_full_disk__a_commit_of_the_unit_fails_too),
		TEST_FAULT(test_commit__failed_write_loses_the_batch_only),
		TEST_FAULT(test_commit__failed_sync_is_the_end),
		TEST_FAULT(test_commit__syncs_once_a_batch),
		TEST_FAULT(test_probe__tells_whether_a_row_could_be_written),
		TEST_FAULT(test_open__reports_a_full_disk),
		TEST_FAULT(test_any_failing_write__never_loses_what_was_promised),
		TEST(test_stats__count_units_and_batches),
		TEST(test_max_id__is_over_all_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
