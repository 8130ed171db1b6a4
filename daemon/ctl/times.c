/* Times as people write and read them. See text.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/words.h"
#include "ctl/text.h"

static void break_down(const struct ctl *ctl, usec_t at, struct tm *ret_tm)
{
	time_t seconds = (time_t)(at / USEC_PER_SEC);

	*ret_tm = (struct tm){ 0 };
	if (ctl->is_utc)
		gmtime_r(&seconds, ret_tm);
	else
		localtime_r(&seconds, ret_tm);
}

/* False, with "-", when it is no time. */
static bool read_time(const struct ctl *ctl, const char *rfc3339, struct tm *ret_tm,
		      char out[static TEXT_TIME_SIZE])
{
	usec_t at;

	snprintf(out, TEXT_TIME_SIZE, "-");
	if (!rfc3339 || clock_parse(rfc3339, &at) < 0)
		return false;
	break_down(ctl, at, ret_tm);
	return true;
}

const char *text_time(const struct ctl *ctl, const char *rfc3339, char out[static TEXT_TIME_SIZE])
{
	struct tm tm;

	if (!read_time(ctl, rfc3339, &tm, out))
		return out;
	if (ctl->is_utc)
		strftime(out, TEXT_TIME_SIZE, "%Y-%m-%d %H:%M:%S UTC", &tm);
	else
		strftime(out, TEXT_TIME_SIZE, "%Y-%m-%d %H:%M:%S %Z", &tm);
	return out;
}

const char *text_clock(const struct ctl *ctl, const char *rfc3339, char out[static TEXT_TIME_SIZE])
{
	struct tm then, now;

	if (!read_time(ctl, rfc3339, &then, out))
		return out;
	break_down(ctl, clock_wall(), &now);
	if (then.tm_year == now.tm_year && then.tm_yday == now.tm_yday)
		strftime(out, TEXT_TIME_SIZE, "%H:%M:%S", &then);
	else
		strftime(out, TEXT_TIME_SIZE, "%Y-%m-%d %H:%M", &then);
	return out;
}

usec_t text_between(const char *from, const char *to)
{
	usec_t start, end;

	if (!from || !to || clock_parse(from, &start) < 0 || clock_parse(to, &end) < 0 ||
	    end < start)
		return 0;
	return end - start;
}

/* Midnight that begins the day `days` before the one of `now`. */
static usec_t midnight(const struct ctl *ctl, usec_t now, int days)
{
	struct tm tm;
	time_t seconds;

	break_down(ctl, now, &tm);
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_mday -= days;
	tm.tm_isdst = -1;
	seconds = ctl->is_utc ? timegm(&tm) : mktime(&tm);
	return seconds > 0 ? (usec_t)seconds * USEC_PER_SEC : 0;
}

/* "2026-11-01", "2026-11-01 14:30" or with seconds, in local time. 0 or -EINVAL. */
static int read_date(const struct ctl *ctl, const char *text, usec_t *ret_at)
{
	static const char *const shapes[] = { "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S",
					      "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S" };

	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct tm tm = { .tm_isdst = -1 };
		const char *end = strptime(text, shapes[i], &tm);
		int day = tm.tm_mday;
		time_t seconds;

		if (!end || *end)
			continue;
		seconds = ctl->is_utc ? timegm(&tm) : mktime(&tm);
		if (seconds < 0 || tm.tm_mday != day)
			return -EINVAL;
		*ret_at = (usec_t)seconds * USEC_PER_SEC;
		return 0;
	}
	return -EINVAL;
}

int text_since(const struct ctl *ctl, const char *text, usec_t now, char **ret_rfc3339)
{
	char out[CLOCK_RFC3339_SIZE];
	usec_t length, at;

	if (streq(text, "today"))
		at = midnight(ctl, now, 0);
	else if (streq(text, "yesterday"))
		at = midnight(ctl, now, 1);
	else if (words_duration(text, &length) == 0 && length <= now)
		at = now - length;
	else if (clock_parse(text, &at) < 0 && read_date(ctl, text, &at) < 0)
		return -EINVAL;
	*ret_rfc3339 = xstrdup(clock_format(at, out));
	return 0;
}
