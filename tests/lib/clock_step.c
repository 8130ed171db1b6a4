/* Steps the wall clock of children: the environment that preloads the library, and its file. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/clock_step.h"
#include "lib/process.h"

static int step_fd = -1;
static char *asan_before; /* NULL: was not set */

void clock_step_set(int64_t step)
{
	if (pwrite(step_fd, &step, sizeof(step), 0) != sizeof(step))
		fail_msg("the step cannot be written: %s", strerror(errno));
}

void clock_step_begin(void)
{
	const char *library = process_program("CLOCK_STEP_SO", "build/check/clock-step.so");
	const char *asan = getenv("ASAN_OPTIONS");
	CLEANUP(freep) char *path = NULL;
	CLEANUP(freep) char *options = NULL;

	if (access(library, R_OK) < 0)
		fail_msg("%s: %s", library, strerror(errno));
	step_fd = memfd_create("clock-step", MFD_CLOEXEC);
	if (step_fd < 0)
		fail_msg("memfd: %s", strerror(errno));
	clock_step_set(0);
	path = xasprintf("/proc/%d/fd/%d", (int)getpid(), step_fd);
	/* It replaces nothing that ASan replaces and needs, so it may come before it. */
	options = xasprintf("%s:verify_asan_link_order=0", asan ? asan : "");
	asan_before = xstrdup_null(asan);
	setenv("CLOCK_STEP_FILE", path, true);
	setenv("LD_PRELOAD", library, true);
	setenv("ASAN_OPTIONS", options, true);
}

void clock_step_end(void)
{
	unsetenv("CLOCK_STEP_FILE");
	unsetenv("LD_PRELOAD");
	if (asan_before)
		setenv("ASAN_OPTIONS", asan_before, true);
	else
		unsetenv("ASAN_OPTIONS");
	free(asan_before);
	asan_before = NULL;
	close(step_fd);
	step_fd = -1;
}
