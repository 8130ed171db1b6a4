/* A database in a directory of its own for each test, and rows to begin with. */
#ifndef TESTS_LIB_STORE_FIXTURE_H
#define TESTS_LIB_STORE_FIXTURE_H

#include "store/db.h"
#include "store/messages.h"

/* A literal as the text of a row that is only written, never freed. */
#define TEXT(literal) ((char *)(literal))

struct store_fixture {
	char *directory;
	char *path; /* of the database in it */
	struct db *db;
};

/* cmocka's setup and teardown; `state` is the fixture. */
int store_setup(void **state);
int store_setup_closed(void **state); /* with the directory, without the database */
int store_setup_unit(void **state);   /* with the database and an open unit */
int store_teardown(void **state);

struct db *store_db(void **state);

/* Opens the fixture's database; it must succeed. */
void store_open(struct store_fixture *fixture);
void store_reopen(struct store_fixture *fixture);

void store_begin(struct db *db);
void store_commit(struct db *db); /* the unit, and the batch */

/* Rows inside the caller's unit, with ids of the caller's choice. */
void store_add_conversation(struct db *db, int64_t id);
void store_add_message(struct db *db, int64_t id, int64_t conversation, enum message_state state);

bool store_has_conversation(struct db *db, int64_t id);

/* Letters that actions leave, in the order they ran; empty at each setup. */
const char *store_trace(void);
db_action_fn store_trace_add; /* ctx: the letter, as a text */
/* Registers one letter for the commit and one for the abort. */
void store_trace_pair(struct db *db, const char *committed, const char *aborted);

/* The number that a PRAGMA or SELECT gives to another program. */
int64_t store_pragma(const char *path, const char *sql);
/* Has another program change the database; nobody may have it open. */
void store_execute(const char *path, const char *sql);

#endif
