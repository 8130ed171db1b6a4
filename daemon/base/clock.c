/*
 * Time. One anchor ties the wall clock, read once, to CLOCK_BOOTTIME, which carries it on: it is
 * never stepped and goes on while the machine sleeps.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
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

/* Reads a number for each run of 0 in `shape`, and its other characters as they are. False:
 * something else stands there. */
static bool read_shape(const char **text, const char *shape, int *ret_numbers)
{
	for (; *shape; shape++, (*text)++) {
		if (*shape != '0') {
			if (**text != *shape)
				return false;
			ret_numbers++;
			continue;
		}
		if (**text < '0' || **text > '9')
			return false;
		*ret_numbers = *ret_numbers * 10 + (**text - '0');
	}
	return true;
}

static usec_t read_fraction(const char **text)
{
	usec_t fraction = 0;
	usec_t unit = USEC_PER_SEC;

	if (**text != '.')
		return 0;
	for ((*text)++; **text >= '0' && **text <= '9'; (*text)++) {
		unit /= 10;
		fraction += unit * (usec_t)(**text - '0');
	}
	return fraction;
}

/* Z, +02:00 or -02:00 as seconds. */
static bool read_offset(const char *text, int64_t *ret_seconds)
{
	int sign = *text == '-' ? -1 : 1;
	int numbers[2] = { 0 };

	*ret_seconds = 0;
	if (streq(text, "Z") || streq(text, "z"))
		return true;
	if (*text != '+' && *text != '-')
		return false;
	text++;
	if (!read_shape(&text, "00:00", numbers) || *text || numbers[0] > 23 || numbers[1] > 59)
		return false;
	*ret_seconds = sign * (numbers[0] * 3600 + numbers[1] * 60);
	return true;
}

int clock_parse(const char *text, usec_t *ret_at)
{
	int n[6] = { 0 };
	struct tm tm;
	usec_t fraction;
	int64_t offset, seconds;
	bool is_read = read_shape(&text, "0000-00-00T00:00:00", n);

	if (!is_read || n[0] < 1970 || n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > 31 ||
	    n[3] > 23 || n[4] > 59 || n[5] > 60)
		return -EINVAL;
	fraction = read_fraction(&text);
	if (!read_offset(text, &offset))
		return -EINVAL;
	tm = (struct tm){ .tm_year = n[0] - 1900,
			  .tm_mon = n[1] - 1,
			  .tm_mday = n[2],
			  .tm_hour = n[3],
			  .tm_min = n[4],
			  .tm_sec = n[5] };
	seconds = timegm(&tm) - offset;
	if (tm.tm_mday != n[2] || seconds < 0) /* the 31st of a month of 30 days */
		return -EINVAL;
	*ret_at = (usec_t)seconds * USEC_PER_SEC + fraction;
	return 0;
}
