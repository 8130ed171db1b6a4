/* Tests of what happens to a batch when the disk is full or fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sqlite3.h>
#include <unistd.h>

#include "lib/fault_vfs.h"
#include "lib/store_fixture.h"
#include "store/callbacks.h"
#include "store/holds.h"

static int setup(void **state)
{
	fault_vfs_install();
	return store_setup(state);
}

static int teardown(void **state)
{
	int r;

	fault_vfs_disarm();
	r = store_teardown(state);
	fault_vfs_uninstall();
	return r;
}

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
	store_trace_pair(db, "a", "A");
	assert_int_equal(unit_commit(db), 0);

	store_begin(db);
	store_trace_pair(db, "b", "B");
	fault_vfs_arm(FAULT_WRITE, 0, SQLITE_FULL);
	assert_int_equal(write_much(db), -ENOSPC);
	fault_vfs_disarm();
	/* the transaction is gone: nothing may be committed on its own now */
	assert_int_equal(write_much(db), -ENOSPC);
	unit_abort(db);
	assert_string_equal(store_trace(), "B");

	assert_int_equal(unit_begin(db), -ENOSPC);
	assert_int_equal(db_probe(db), -ENOSPC);
	assert_int_equal(db_flush(db), -ENOSPC);
	assert_string_equal(store_trace(), "BA");
	assert_false(db_has_failed(db));
	assert_false(store_has_conversation(db, 1));

	store_begin(db);
	store_add_conversation(db, 3);
	store_commit(db);
	assert_true(store_has_conversation(db, 3));
}

static void test_full_disk__a_commit_of_the_unit_fails_too(void **state)
{
	struct db *db = store_db(state);

	store_begin(db);
	store_trace_pair(db, "a", "A");
	store_begin(db);
	fault_vfs_arm(FAULT_WRITE, 0, SQLITE_FULL);
	assert_int_equal(write_much(db), -ENOSPC);
	unit_abort(db);
	assert_int_equal(unit_commit(db), -ENOSPC);
	assert_false(unit_is_open(db));
	assert_string_equal(store_trace(), "A");
	assert_int_equal(db_flush(db), -ENOSPC);
	assert_string_equal(store_trace(), "A");
}

static void test_commit__failed_write_loses_the_batch_only(void **state)
{
	struct db *db = store_db(state);
	struct db_stats stats;

	store_begin(db);
	store_add_conversation(db, 1);
	store_trace_pair(db, "a", "A");
	store_trace_pair(db, "b", "B");
	assert_int_equal(unit_commit(db), 0);
	fault_vfs_arm(FAULT_WRITE, 0, SQLITE_FULL);
	assert_int_equal(db_flush(db), -ENOSPC);
	fault_vfs_disarm();
	assert_string_equal(store_trace(), "AB");
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
	store_trace_pair(db, "a", "A");
	assert_int_equal(unit_commit(db), 0);
	fault_vfs_arm(FAULT_SYNC, 0, SQLITE_IOERR_FSYNC);
	assert_int_equal(db_flush(db), -EIO);
	fault_vfs_disarm();
	assert_string_equal(store_trace(), "A");
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
	assert_int_equal(store_pragma(fixture->path, "SELECT count(*) FROM pragma_integrity_check "
						     "WHERE integrity_check <> 'ok'"),
			 0);
}

static bool has_callback(struct db *db, int64_t id)
{
	struct callback callback = { 0 };
	int r = callbacks_get(db, id, &callback);

	assert_true(r >= 0);
	if (r > 0)
		assert_int_equal(callback.body_size, 64 * 1024);
	callback_done(&callback);
	return r > 0;
}

/* The unit is longer than the cache: some of its pages are in the log before the commit. */
static void test_full_disk__at_any_write_of_a_long_unit(void **state)
{
	struct store_fixture *fixture = *state;
	bool is_stored = false;

	for (unsigned passes = 0; passes < 2000 && !is_stored; passes += 1 + passes / 4) {
		int r;

		store_begin(fixture->db);
		fault_vfs_arm(FAULT_WRITE, passes, SQLITE_FULL);
		r = unit_end(fixture->db, write_much(fixture->db));
		if (r >= 0 && passes % 2)
			assert_true(has_callback(fixture->db, 1)); /* read back in the middle */
		r = db_flush(fixture->db);
		fault_vfs_disarm();
		assert_true(r == 0 || r == -ENOSPC);
		is_stored = r == 0;
		assert_int_equal(has_callback(fixture->db, 1), is_stored);
		assert_int_equal(has_callback(fixture->db, 200), is_stored);

		store_begin(fixture->db);
		store_add_conversation(fixture->db, 1 + passes);
		store_commit(fixture->db);
		if (passes % 3 == 0)
			store_reopen(fixture);
		assert_true(store_has_conversation(fixture->db, 1 + passes));
	}
	assert_true(is_stored);
	fixture->db = db_close(fixture->db);
	assert_int_equal(store_pragma(fixture->path, "SELECT count(*) FROM pragma_integrity_check "
						     "WHERE integrity_check <> 'ok'"),
			 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_full_disk__inside_a_unit_kills_the_batch),
		TEST(test_full_disk__a_commit_of_the_unit_fails_too),
		TEST(test_full_disk__at_any_write_of_a_long_unit),
		TEST(test_commit__failed_write_loses_the_batch_only),
		TEST(test_commit__failed_sync_is_the_end),
		TEST(test_commit__syncs_once_a_batch),
		TEST(test_probe__tells_whether_a_row_could_be_written),
		TEST(test_open__reports_a_full_disk),
		TEST(test_any_failing_write__never_loses_what_was_promised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
