/* What a test tells the programs it started about their machine: a file that both have mapped. */
#ifndef MAAXD_TESTS_PRELOAD_MACHINE_H
#define MAAXD_TESTS_PRELOAD_MACHINE_H

#include <stdint.h>

enum machine_disk {
	MACHINE_DISK_FINE,
	MACHINE_DISK_HANGS,	 /* a sync does not return, until this changes */
	MACHINE_DISK_FAILS,	 /* a sync fails with EIO */
	MACHINE_DISK_UNREADABLE, /* a read at an offset fails with EIO: a database's, no stream's */
};

struct machine {
	int64_t step_usec;  /* added to the wall clock */
	int64_t slept_usec; /* added to the wall clock and to CLOCK_BOOTTIME */
	int32_t disk;	    /* enum machine_disk */
};

#endif
