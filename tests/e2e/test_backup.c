/* A backup under traffic is whole, and has what was acknowledged before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_backup__under_traffic_has_what_was_acknowledged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
