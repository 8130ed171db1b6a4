/* A backup under traffic is whole, and has what was acknowledged before; damage is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/admin_client.h"
#include "lib/harness.h"

static int64_t ask(const char *path, const char *sql)
{
	CLEANUP(freep) char *uri = xasprintf("file:%s?immutable=1", path);
	sqlite3 *copy = NULL;
	sqlite3_stmt *stmt = NULL;
	int64_t value;

	assert_int_equal(sqlite3_open_v2(uri, &copy, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(copy, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(copy);
	return value;
}

static char *finished_file(struct harness *h)
{
	CLEANUP(json_putp)
	struct json_object *db = admin_call(h, "GET", "/admin/v1/db", NULL, 200);

	free(harness_send(h, "More [sim callbacks=0]"));
	return xstrdup_null(json_path(db, "/backup/file"));
}

static void test_backup__under_traffic_has_what_was_acknowledged(void **state)
{
	enum { COUNT = 15 };
	CLEANUP(freep) char *file = NULL;
	CLEANUP(freep) char *keys = NULL;
	struct harness h;
	struct stat st;

	(void)state;
	harness_start(&h, NULL);
	for (int i = 0; i < COUNT; i++) {
		CLEANUP(freep) char *key = xasprintf("k%d", i);

		free(harness_send_in(&h, "Hello", key));
	}
	admin_post(&h, "/admin/v1/db/backup", "{}", 202);
	WAIT_FOR((file = finished_file(&h)) != NULL);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(ask(file, "SELECT count(*) FROM messages") >= COUNT);
	assert_int_equal(ask(file, "SELECT count(*) FROM pragma_integrity_check "
				   "WHERE integrity_check <> 'ok'"),
			 0);
	keys = xasprintf("%.*s.callback-keys", (int)(strlen(file) - 3), file);
	assert_int_equal(stat(keys, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	admin_post(&h, "/admin/v1/db/prune", "{}", 202);
	harness_stop(&h);
}

/* `what` until it is over: GET /admin/v1/db, the caller's. */
static struct json_object *run(struct harness *h, const char *path, const char *body)
{
	struct json_object *db;

	admin_post(h, path, body, 202);
	db = admin_call(h, "GET", "/admin/v1/db", NULL, 200);
	for (usec_t deadline = wait_deadline(); json_path_bool(db, "/backup/running");) {
		json_object_put(db);
		wait_a_little(deadline, path, __FILE__, __LINE__);
		db = admin_call(h, "GET", "/admin/v1/db", NULL, 200);
	}
	return db;
}

static size_t count_backups(struct harness *h)
{
	CLEANUP(freep) char *path = testdir_path(h->dir, "state/backups");
	DIR *dir = opendir(path);
	size_t count = 0;

	assert_non_null(dir);
	for (const struct dirent *entry; (entry = readdir(dir));)
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

static void test_check__finds_nothing_and_leaves_nothing(void **state)
{
	CLEANUP(json_putp) struct json_object *db = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	free(harness_send(&h, "Hello"));
	db = run(&h, "/admin/v1/db/check", "{}");
	assert_true(json_path_is(db, "/backup/mode", "check"));
	assert_true(json_path_is(db, "/backup/error", NULL));
	assert_true(json_path_is(db, "/backup/finding", "ok\n"));
	assert_int_equal(count_backups(&h), 0);
	json_object_put(db);
	db = run(&h, "/admin/v1/db/backup", "{\"verify\":true}");
	assert_true(json_path_is(db, "/backup/mode", "verified"));
	assert_true(json_path_is(db, "/backup/finding", "ok\n"));
	assert_int_equal(count_backups(&h), 2);
	harness_stop(&h);
}

/* Overwrites the root of an index that nothing reads in this test. */
static void damage(struct harness *h)
{
	CLEANUP(freep) char *path = testdir_path(h->dir, "state/maaxd.db");
	int64_t page = ask(path, "SELECT rootpage FROM sqlite_schema WHERE name = 'answers_extra'");
	CLEANUP(closep) int fd = open(path, O_WRONLY | O_CLOEXEC);
	char rubbish[4096];

	memset(rubbish, 0xA5, sizeof(rubbish));
	assert_int_equal(pwrite(fd, rubbish, sizeof(rubbish), (page - 1) * 4096), sizeof(rubbish));
}

static void test_damage__is_found_and_no_copy_of_it_is_kept(void **state)
{
	CLEANUP(json_putp) struct json_object *db = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	daemon_stop(&h.daemon);
	damage(&h);
	daemon_start(&h.daemon);
	db = run(&h, "/admin/v1/db/check", "{}");
	assert_true(json_path_is(db, "/backup/error", "the database is damaged"));
	assert_non_null(strstr(json_path(db, "/backup/finding"), "age "));
	json_object_put(db);
	db = run(&h, "/admin/v1/db/backup", "{\"verify\":true}");
	assert_true(json_path_is(db, "/backup/error", "the database is damaged"));
	assert_int_equal(count_backups(&h), 0);
	harness_stop(&h);
}

/* The child goes with the daemon. */
static void test_stop__ends_a_check(void **state)
{
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	admin_post(&h, "/admin/v1/db/check", "{}", 202);
	daemon_stop(&h.daemon);
	assert_int_equal(count_backups(&h), 0);
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_backup__under_traffic_has_what_was_acknowledged),
		cmocka_unit_test(test_check__finds_nothing_and_leaves_nothing),
		cmocka_unit_test(test_damage__is_found_and_no_copy_of_it_is_kept),
		cmocka_unit_test(test_stop__ends_a_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
