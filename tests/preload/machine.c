/*
 * Preloaded into programs under test: a machine that misbehaves when it is told to, without harm to
 * the real one. MACHINE_FILE is a struct machine; whoever writes it changes the clocks and the disk
 * of all programs that have it mapped.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "preload/machine.h"

#define NSEC_PER_SEC 1000000000
#define USEC_PER_SEC 1000000
#define HANG_STEP 2000 /* microseconds */

static const volatile struct machine *machine; /* NULL: the real one */

__attribute__((constructor)) static void map_machine(void)
{
	const char *path = getenv("MACHINE_FILE");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *map;

	if (fd < 0)
		return;
	map = mmap(NULL, sizeof(*machine), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (map != MAP_FAILED)
		machine = map;
}

/* ---- clocks ---- */

static int64_t slept(void)
{
	return machine ? machine->slept_usec : 0;
}

static void add(struct timespec *ts, int64_t usec)
{
	int64_t nsec = ts->tv_nsec + usec % USEC_PER_SEC * 1000;

	ts->tv_sec += usec / USEC_PER_SEC + nsec / NSEC_PER_SEC;
	ts->tv_nsec = nsec % NSEC_PER_SEC;
	if (ts->tv_nsec < 0) {
		ts->tv_nsec += NSEC_PER_SEC;
		ts->tv_sec--;
	}
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	int r = (int)syscall(SYS_clock_gettime, id, ts);

	if (r < 0 || !machine)
		return r;
	if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)
		add(ts, machine->step_usec + slept());
	else if (id == CLOCK_BOOTTIME)
		add(ts, slept());
	return 0;
}

/* The kernel has not slept. Timers by the wall clock, which would need more, nobody here has. */
int timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *old)
{
	struct itimerspec awake = *value;

	if ((flags & TFD_TIMER_ABSTIME) && (awake.it_value.tv_sec || awake.it_value.tv_nsec)) {
		add(&awake.it_value, -slept());
		if (awake.it_value.tv_sec < 0)
			awake.it_value = (struct timespec){ .tv_nsec = 1 };
	}
	return (int)syscall(SYS_timerfd_settime, fd, flags, &awake, old);
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &ts) < 0)
		return -1;
	*tv = (struct timeval){ .tv_sec = ts.tv_sec, .tv_usec = ts.tv_nsec / 1000 };
	return 0;
}

time_t time(time_t *ret_time)
{
	struct timespec ts = { 0 };

	clock_gettime(CLOCK_REALTIME, &ts);
	if (ret_time)
		*ret_time = ts.tv_sec;
	return ts.tv_sec;
}

/* ---- the disk ---- */

static int sync_file(long number, int fd)
{
	while (machine && machine->disk == MACHINE_DISK_HANGS)
		usleep(HANG_STEP);
	if (machine && machine->disk == MACHINE_DISK_FAILS) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(number, fd);
}

ssize_t pread64(int fd, void *data, size_t len, off64_t offset)
{
	if (machine && machine->disk == MACHINE_DISK_UNREADABLE) {
		errno = EIO;
		return -1;
	}
	return syscall(SYS_pread64, fd, data, len, offset);
}

int fsync(int fd)
{
	return sync_file(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return sync_file(SYS_fdatasync, fd);
}
