/* A directory of its own for each test, and the files in it. */
#ifndef MAAXD_TESTS_LIB_TESTDIR_H
#define MAAXD_TESTS_LIB_TESTDIR_H

#include "base/base.h"

/* Makes one below $TMPDIR or /tmp; its name is short enough for unix sockets. The caller's. */
char *testdir_new(void);
/* Removes it with all that is in it, unless TEST_KEEP is set, and frees the name. */
void testdir_remove(char *dir);

/* "DIR/NAME"; the caller's. */
char *testdir_path(const char *dir, const char *name);
/* Writes a file of mode 0600; gives its path, which is the caller's. */
char *testdir_write(const char *dir, const char *name, const char *text);
/* The content of a file, at most 16 MiB; "" if there is none. The caller's. */
char *testdir_read(const char *dir, const char *name);

#endif
