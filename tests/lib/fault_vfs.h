/*
 * A file system for SQLite that fails on demand: the default one with a countdown before writes,
 * syncs and truncations. Install it before db_open().
 */
#ifndef TESTS_LIB_FAULT_VFS_H
#define TESTS_LIB_FAULT_VFS_H

enum fault_op { FAULT_WRITE, FAULT_SYNC, FAULT_TRUNCATE, FAULT_OP_MAX };

void fault_vfs_install(void);
void fault_vfs_uninstall(void); /* with every connection closed */

/* Lets `passes` calls through; all later ones fail with the SQLite result code `rc`. */
void fault_vfs_arm(enum fault_op op, unsigned passes, int rc);
void fault_vfs_disarm(void);

/* Calls so far, failed ones too. */
unsigned fault_vfs_calls(enum fault_op op);

#endif
