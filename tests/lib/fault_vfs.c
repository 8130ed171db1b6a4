/* See fault_vfs.h. Files have the methods of version 1 only: no shared memory, so a database that
 * opens here keeps the index of its log in the process. */
#include "lib/fault_vfs.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

struct fault_file {
	sqlite3_file base;
	sqlite3_file *real; /* behind this struct */
};

struct fault {
	bool is_armed;
	unsigned passes;
	int rc;
	unsigned calls;
};

static struct fault faults[FAULT_OP_MAX];
static sqlite3_vfs *real_vfs;
static sqlite3_vfs fault_vfs;

static sqlite3_file *real_file(sqlite3_file *file)
{
	return ((struct fault_file *)file)->real;
}

/* SQLITE_OK when the call may go on. */
static int fail(enum fault_op op)
{
	struct fault *fault = &faults[op];

	fault->calls++;
	if (!fault->is_armed)
		return SQLITE_OK;
	if (fault->passes == 0)
		return fault->rc;
	fault->passes--;
	return SQLITE_OK;
}

static int fault_close(sqlite3_file *file)
{
	return real_file(file)->pMethods->xClose(real_file(file));
}

static int fault_read(sqlite3_file *file, void *out, int size, sqlite3_int64 offset)
{
	return real_file(file)->pMethods->xRead(real_file(file), out, size, offset);
}

static int fault_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
	int rc = fail(FAULT_WRITE);

	return rc ? rc : real_file(file)->pMethods->xWrite(real_file(file), data, size, offset);
}

static int fault_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	int rc = fail(FAULT_TRUNCATE);

	return rc ? rc : real_file(file)->pMethods->xTruncate(real_file(file), size);
}

static int fault_sync(sqlite3_file *file, int flags)
{
	int rc = fail(FAULT_SYNC);

	return rc ? rc : real_file(file)->pMethods->xSync(real_file(file), flags);
}

static int fault_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return real_file(file)->pMethods->xFileSize(real_file(file), size);
}

static int fault_lock(sqlite3_file *file, int level)
{
	return real_file(file)->pMethods->xLock(real_file(file), level);
}

static int fault_unlock(sqlite3_file *file, int level)
{
	return real_file(file)->pMethods->xUnlock(real_file(file), level);
}

static int fault_check_lock(sqlite3_file *file, int *is_reserved)
{
	return real_file(file)->pMethods->xCheckReservedLock(real_file(file), is_reserved);
}

static int fault_control(sqlite3_file *file, int op, void *arg)
{
	return real_file(file)->pMethods->xFileControl(real_file(file), op, arg);
}

static int fault_sector_size(sqlite3_file *file)
{
	return real_file(file)->pMethods->xSectorSize(real_file(file));
}

static int fault_device(sqlite3_file *file)
{
	return real_file(file)->pMethods->xDeviceCharacteristics(real_file(file));
}

static const sqlite3_io_methods fault_methods = {
	.iVersion = 1,
	.xClose = fault_close,
	.xRead = fault_read,
	.xWrite = fault_write,
	.xTruncate = fault_truncate,
	.xSync = fault_sync,
	.xFileSize = fault_file_size,
	.xLock = fault_lock,
	.xUnlock = fault_unlock,
	.xCheckReservedLock = fault_check_lock,
	.xFileControl = fault_control,
	.xSectorSize = fault_sector_size,
	.xDeviceCharacteristics = fault_device,
};

static int fault_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
		      int *ret_flags)
{
	struct fault_file *fault = (struct fault_file *)file;
	int rc;

	(void)vfs;
	fault->real = (sqlite3_file *)(fault + 1);
	fault->real->pMethods = NULL;
	rc = real_vfs->xOpen(real_vfs, name, fault->real, flags, ret_flags);
	file->pMethods = rc == SQLITE_OK ? &fault_methods : NULL;
	return rc;
}

void fault_vfs_install(void)
{
	real_vfs = sqlite3_vfs_find(NULL);
	assert(real_vfs && real_vfs != &fault_vfs);
	fault_vfs = *real_vfs;
	fault_vfs.zName = "fault";
	fault_vfs.pNext = NULL;
	fault_vfs.szOsFile = (int)sizeof(struct fault_file) + real_vfs->szOsFile;
	fault_vfs.xOpen = fault_open;
	fault_vfs_disarm();
	sqlite3_vfs_register(&fault_vfs, 1);
}

void fault_vfs_uninstall(void)
{
	sqlite3_vfs_unregister(&fault_vfs);
	sqlite3_vfs_register(real_vfs, 1);
}

void fault_vfs_arm(enum fault_op op, unsigned passes, int rc)
{
	faults[op] = (struct fault){ true, passes, rc, faults[op].calls };
}

void fault_vfs_disarm(void)
{
	for (int op = 0; op < FAULT_OP_MAX; op++)
		faults[op].is_armed = false;
}

unsigned fault_vfs_calls(enum fault_op op)
{
	return faults[op].calls;
}
