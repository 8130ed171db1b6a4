/* See store_fixture.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <string.h>

#include "lib/store_fixture.h"
#include "lib/testdir.h"
#include "store/conversations.h"

static char trace[64];

int store_setup_closed(void **state)
{
	struct store_fixture *fixture = xnew(struct store_fixture);

	trace[0] = '\0';
	fixture->directory = testdir_new();
	fixture->path = testdir_path(fixture->directory, "maaxd.db");
	*state = fixture;
	return 0;
}

int store_setup(void **state)
{
	int r = store_setup_closed(state);

	if (r == 0)
		store_open(*state);
	return r;
}

int store_setup_unit(void **state)
{
	int r = store_setup(state);

	if (r == 0)
		store_begin(store_db(state));
	return r;
}

struct db *store_db(void **state)
{
	return ((struct store_fixture *)*state)->db;
}

int store_teardown(void **state)
{
	struct store_fixture *fixture = *state;

	db_close(fixture->db);
	testdir_remove(fixture->directory);
	free(fixture->path);
	free(fixture);
	return 0;
}

void store_open(struct store_fixture *fixture)
{
	char *why = NULL;
	int r = db_open(fixture->path, &fixture->db, &why);

	if (r < 0)
		fail_msg("db_open: %d: %s", r, why);
}

void store_reopen(struct store_fixture *fixture)
{
	fixture->db = db_close(fixture->db);
	store_open(fixture);
}

void store_begin(struct db *db)
{
	assert_int_equal(unit_begin(db), 0);
}

void store_commit(struct db *db)
{
	assert_int_equal(unit_commit(db), 0);
	assert_int_equal(db_flush(db), 0);
}

void store_add_conversation(struct db *db, int64_t id)
{
	struct conversation conversation = {
		.id = id,
		.source = TEXT("crm"),
		.ai = TEXT("sales"),
		.platform = TEXT("website"),
		.created_at = 1000,
	};

	assert_int_equal(conversations_insert(db, &conversation), 1);
}

void store_add_message(struct db *db, int64_t id, int64_t conversation, enum message_state state)
{
	struct message message = {
		.id = id,
		.conversation = conversation,
		.source = TEXT("crm"),
		.seq = 1,
		.state = state,
		.ai = TEXT("sales"),
		.platform = TEXT("website"),
		.message_content = TEXT("hello"),
		.prospect_info = TEXT("{}"),
		.created_at = 1000,
	};

	assert_int_equal(messages_insert(db, &message), 1);
}

bool store_has_conversation(struct db *db, int64_t id)
{
	struct conversation conversation = { 0 };
	int r = conversations_get(db, id, &conversation);

	assert_true(r >= 0);
	conversation_done(&conversation);
	return r > 0;
}

const char *store_trace(void)
{
	return trace;
}

void store_trace_add(void *ctx)
{
	size_t len = strlen(trace);

	assert_true(len + 1 < sizeof(trace));
	trace[len] = *(const char *)ctx;
	trace[len + 1] = '\0';
}

void store_trace_pair(struct db *db, const char *committed, const char *aborted)
{
	on_commit(db, store_trace_add, TEXT(committed));
	on_abort(db, store_trace_add, TEXT(aborted));
}

int64_t store_pragma(const char *path, const char *sql)
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

void store_execute(const char *path, const char *sql)
{
	sqlite3 *sqlite = NULL;
	char *why = NULL;

	assert_int_equal(sqlite3_open_v2(path, &sqlite, SQLITE_OPEN_READWRITE, "unix"), SQLITE_OK);
	if (sqlite3_exec(sqlite, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", sql, why);
	sqlite3_close(sqlite);
}
