/*
 * Preloaded into programs under test: a wall clock that can be stepped without touching the
 * machine's. CLOCK_STEP_FILE holds one int64_t, the microseconds that are added to CLOCK_REALTIME;
 * whoever writes it steps all programs that have it mapped. Every other clock is the kernel's.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NSEC_PER_SEC 1000000000
#define USEC_PER_SEC 1000000

static const volatile int64_t *step_usec; /* NULL: none */

__attribute__((constructor)) static void map_step(void)
{
	const char *path = getenv("CLOCK_STEP_FILE");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *map;

	if (fd < 0)
		return;
	map = mmap(NULL, sizeof(*step_usec), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (map != MAP_FAILED)
		step_usec = map;
}

static void step(struct timespec *ts)
{
	int64_t nsec = ts->tv_nsec + *step_usec % USEC_PER_SEC * 1000;

	ts->tv_sec += *step_usec / USEC_PER_SEC + nsec / NSEC_PER_SEC;
	ts->tv_nsec = nsec % NSEC_PER_SEC;
	if (ts->tv_nsec < 0) {
		ts->tv_nsec += NSEC_PER_SEC;
		ts->tv_sec--;
	}
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	int r = (int)syscall(SYS_clock_gettime, id, ts);

	if (r == 0 && step_usec && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		step(ts);
	return r;
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
