/* Tests of opening, migrating and refusing a database, and of what is left after a crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/store_fixture.h"
#include "store/events.h"

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
	assert_int_equal(store_pragma(fixture->path, "PRAGMA page_size"), 4096);
	assert_int_equal(store_pragma(fixture->path, "PRAGMA auto_vacuum"), 2);
	assert_int_equal(store_pragma(fixture->path, "PRAGMA application_id"), 0x4d414158);
	assert_true(store_pragma(fixture->path, "PRAGMA user_version") >= 1);
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
	assert_int_equal(store_pragma(fixture->path, "SELECT count(*) FROM sqlite_schema"), 1);
	assert_int_equal(store_pragma(fixture->path, "PRAGMA application_id"), 42);
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
	assert_int_equal(store_pragma(fixture->path, "PRAGMA user_version"), 9999);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup, store_teardown)
#define TEST_CLOSED(name) cmocka_unit_test_setup_teardown(name, store_setup_closed, store_teardown)

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
		TEST(test_max_id__is_over_all_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
