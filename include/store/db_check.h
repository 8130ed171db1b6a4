/* Looks whether a database file is whole. Takes as long as reading all of it: for a process of its
 * own. */
#ifndef MAAXD_STORE_DB_CHECK_H
#define MAAXD_STORE_DB_CHECK_H

#include "base/buf.h"

#define DB_CHECK_PROBLEMS 20 /* that are named at most */

/*
 * Checks a file that nobody writes, a backup; nothing is written beside it. 0 when it is whole and
 * ours, else what is wrong stands in `out`, a line each: 1, or negative errno when it cannot be
 * read.
 */
MUST_CHECK int db_check_file(const char *path, struct buf *out);

#endif
