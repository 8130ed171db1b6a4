/* Files that must be on disk before anybody relies on them. */
#ifndef MAAXD_BASE_FILE_H
#define MAAXD_BASE_FILE_H

#include "base/base.h"

/* Writes all of it. 0 or negative errno, after which part of it may be written. */
MUST_CHECK int file_write_all(int fd, const void *data, size_t len);

/* Syncs the directory a file is in, so that its name survives a power cut (fsync(2)). 0 or negative
 * errno. */
MUST_CHECK int file_sync_directory_of(const char *path);

#endif
