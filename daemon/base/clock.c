/*
 * Time. One anchor ties the wall clock, read once, to CLOCK_BOOTTIME, which carries it on: it is
 * never stepped and goes on while the machine sleeps.
 */
#include <stdio.h>
#include <time.h>

#include "base/clock.h"

#define LAST_SECOND 253402300799 /* 9999-12-31T23:59:59Z, the last that RFC 3339 can say */

/* Two names of one moment. */
struct anchor {
	usec_t now;	 /* as clock_now(); 0: not set */
	usec_t boottime; /* as clock_boottime() */
};

static struct anchor real, fake;

static usec_t read_clock(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) != 0)
		abort(); /* only for a clock that the kernel lacks */
	return (usec_t)ts.tv_sec * USEC_PER_SEC + (usec_t)ts.tv_nsec / 1000;
}

static const struct anchor *anchor(void)
{
	if (fake.now != 0)
		return &fake;
	if (real.now == 0)
		real = (struct anchor){ .now = clock_wall(), .boottime = clock_boottime() };
	return &real;
}

usec_t clock_wall(void)
{
	return read_clock(CLOCK_REALTIME);
}

usec_t clock_boottime(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

usec_t clock_now(void)
{
	const struct anchor *a = anchor();

	if (a == &fake)
		return fake.now;
	return a->now + (clock_boottime() - a->boottime);
}

usec_t clock_not_before(usec_t at)
{
	usec_t now = clock_now();

	if (now >= at)
		return 0;
	real = (struct anchor){ .now = at, .boottime = clock_boottime() };
	return at - now;
}

usec_t clock_to_boottime(usec_t at)
{
	const struct anchor *a = anchor();
	usec_t boottime;

	if (at == USEC_NEVER)
		return USEC_NEVER;
	if (at < a->now)
		return a->boottime - usec_min(a->now - at, a->boottime);
	if (__builtin_add_overflow(a->boottime, at - a->now, &boottime))
		return USEC_NEVER;
	return boottime;
}

/* Timers are armed as if the fake moment had been this one, so what is due by it fires. */
void clock_fake(usec_t at)
{
	fake = (struct anchor){ .now = at, .boottime = clock_boottime() };
}

const char *clock_format(usec_t at, char out[static CLOCK_RFC3339_SIZE])
{
	time_t seconds = (time_t)usec_min(at / USEC_PER_SEC, LAST_SECOND);
	unsigned msec = (unsigned)(at / USEC_PER_MSEC % 1000);
	struct tm tm;
	size_t len;

	if (!gmtime_r(&seconds, &tm))
		abort(); /* only for a year that does not fit, and 9999 does */
	len = strftime(out, CLOCK_RFC3339_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + len, CLOCK_RFC3339_SIZE - len, ".%03uZ", msec);
	return out;
}
