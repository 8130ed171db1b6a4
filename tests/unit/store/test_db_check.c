/* Tests of the check of a database file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/store_fixture.h"
#include "store/db_check.h"

static void write_file(const char *path, const char *data, size_t len, off_t at)
{
	CLEANUP(closep) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, len, at), len);
}

/* A closed database with rows in it, under a name that an URI would trip over. */
static char *make(struct store_fixture *fixture)
{
	char *path = xasprintf("%s/a%%20b?c#d.db", fixture->directory);

	store_begin(fixture->db);
	store_add_conversation(fixture->db, 1);
	for (int64_t id = 2; id < 500; id++)
		store_add_message(fixture->db, id, 1, MESSAGE_QUEUED);
	store_commit(fixture->db);
	fixture->db = db_close(fixture->db);
	assert_int_equal(rename(fixture->path, path), 0);
	return path;
}

static void test_check__whole(void **state)
{
	CLEANUP(buf_done) struct buf out = BUF_INIT(64 * KIB);
	CLEANUP(freep) char *path = make(*state);
	CLEANUP(freep) char *log = xasprintf("%s-wal", path);

	assert_int_equal(db_check_file(path, &out), 0);
	assert_int_equal(out.len, 0);
	assert_int_not_equal(access(log, F_OK), 0);
}

static void test_check__damaged(void **state)
{
	CLEANUP(buf_done) struct buf out = BUF_INIT(64 * KIB);
	CLEANUP(freep) char *path = make(*state);
	int64_t root = store_pragma(path, "SELECT rootpage FROM sqlite_schema WHERE name = "
					  "'messages_by_source'");
	char rubbish[4096];

	memset(rubbish, 0xA5, sizeof(rubbish));
	write_file(path, rubbish, sizeof(rubbish), (root - 1) * 4096);
	assert_int_equal(db_check_file(path, &out), 1);
	assert_non_null(strstr(buf_text(&out), "age "));
}

static void test_check__no_database(void **state)
{
	const struct store_fixture *fixture = *state;
	CLEANUP(buf_done) struct buf out = BUF_INIT(64 * KIB);
	CLEANUP(freep) char *path = xasprintf("%s/other", fixture->directory);

	assert_true(db_check_file(path, &out) < 0);
	assert_true(out.len > 0);
	buf_done(&out);
	out = (struct buf)BUF_INIT(64 * KIB);
	write_file(path, "This is a text, and no database at all. ........................", 64, 0);
	assert_int_equal(db_check_file(path, &out), -EBADMSG);
	assert_true(out.len > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_check__whole, store_setup, store_teardown),
		cmocka_unit_test_setup_teardown(test_check__damaged, store_setup, store_teardown),
		cmocka_unit_test_setup_teardown(test_check__no_database, store_setup,
						store_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
