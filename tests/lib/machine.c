/* A misbehaving machine for children: the environment that preloads it, and the file it obeys. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/machine.h"
#include "lib/process.h"

static struct machine machine;
static int machine_fd = -1;
static char *asan_before; /* NULL: was not set */

static void write_machine(void)
{
	if (pwrite(machine_fd, &machine, sizeof(machine), 0) != sizeof(machine))
		fail_msg("the machine cannot be changed: %s", strerror(errno));
}

void machine_step_clock(int64_t step)
{
	machine.step_usec = step;
	write_machine();
}

void machine_sleep(int64_t length)
{
	machine.slept_usec += length;
	write_machine();
}

void machine_set_disk(enum machine_disk disk)
{
	machine.disk = disk;
	write_machine();
}

int machine_setup(void **state)
{
	const char *library = process_program("MACHINE_SO", "build/check/machine.so");
	const char *asan = getenv("ASAN_OPTIONS");
	CLEANUP(freep) char *path = NULL;
	CLEANUP(freep) char *options = NULL;

	(void)state;
	if (access(library, R_OK) < 0)
		fail_msg("%s: %s", library, strerror(errno));
	machine_fd = memfd_create("machine", MFD_CLOEXEC);
	if (machine_fd < 0)
		fail_msg("memfd: %s", strerror(errno));
	machine = (struct machine){ .disk = MACHINE_DISK_FINE };
	write_machine();
	path = xasprintf("/proc/%d/fd/%d", (int)getpid(), machine_fd);
	/* It replaces nothing that ASan replaces and needs, so it may come before it. */
	options = xasprintf("%s:verify_asan_link_order=0", asan ? asan : "");
	asan_before = xstrdup_null(asan);
	setenv("MACHINE_FILE", path, true);
	setenv("LD_PRELOAD", library, true);
	setenv("ASAN_OPTIONS", options, true);
	return 0;
}

int machine_teardown(void **state)
{
	(void)state;
	unsetenv("MACHINE_FILE");
	unsetenv("LD_PRELOAD");
	if (asan_before)
		setenv("ASAN_OPTIONS", asan_before, true);
	else
		unsetenv("ASAN_OPTIONS");
	free(asan_before);
	asan_before = NULL;
	close(machine_fd);
	machine_fd = -1;
	return 0;
}
