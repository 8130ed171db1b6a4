/*
 * What the two test programs do alike at start and end.
 */
#ifndef MAAXD_TESTS_SIM_PROGRAM_H
#define MAAXD_TESTS_SIM_PROGRAM_H

#include "base/base.h"

/* Blocks SIGTERM and SIGINT, ignores SIGPIPE, raises the limit of descriptors. Before any thread.
 */
void program_prepare(void);

/* Waits for SIGTERM or SIGINT. */
void program_wait(void);

/* A whole file of at most 1 MiB. 0 or a negative errno. */
MUST_CHECK int program_read_file(const char *path, char **ret_text);

#endif
