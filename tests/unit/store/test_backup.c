/* Tests of a copy that is made while the database is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/stat.h>

#include "lib/store_fixture.h"
#include "store/backup.h"

static void add(struct db *db, int64_t from, int64_t to)
{
	store_begin(db);
	for (int64_t id = from; id <= to; id++)
		store_add_message(db, id, 1, MESSAGE_QUEUED);
	store_commit(db);
}

static void test_backup__has_what_was_written_meanwhile(void **state)
{
	const struct store_fixture *fixture = *state;
	CLEANUP(freep) char *path = xasprintf("%s/copy.db", fixture->directory);
	struct db *db = store_db(state);
	struct db_backup *backup = NULL;
	uint64_t done, total;
	struct stat st;
	int64_t last = 5000;
	int r;

	store_begin(db);
	store_add_conversation(db, 1);
	store_commit(db);
	add(db, 1, last);
	assert_int_equal(db_backup_new(db, path, &backup), 0);
	store_begin(db);
	assert_int_equal(db_backup_step(backup), 1);
	db_backup_get_pages(backup, &done, &total);
	assert_int_equal(done, 0); /* a batch is open */
	store_commit(db);
	assert_int_equal(db_backup_step(backup), 1);
	db_backup_get_pages(backup, &done, &total);
	assert_int_equal(done, BACKUP_PAGES);
	while ((r = db_backup_step(backup)) > 0) {
		last++;
		add(db, last, last);
	}
	assert_int_equal(r, 0);
	assert_null(db_backup_free(backup));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(store_pragma(path, "SELECT count(*) FROM messages"), last);
	assert_int_equal(store_pragma(path, "SELECT count(*) FROM pragma_integrity_check "
					    "WHERE integrity_check <> 'ok'"),
			 0);
}

static void test_backup__takes_no_file_that_is_there(void **state)
{
	const struct store_fixture *fixture = *state;
	struct db_backup *backup = NULL;

	assert_int_equal(db_backup_new(store_db(state), fixture->path, &backup), -EEXIST);
	assert_null(backup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_backup__has_what_was_written_meanwhile,
						store_setup, store_teardown),
		cmocka_unit_test_setup_teardown(test_backup__takes_no_file_that_is_there,
						store_setup, store_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
