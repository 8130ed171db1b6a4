/* When to try again: pure functions over a schedule of delays. */
#ifndef MAAXD_BASE_RETRY_H
#define MAAXD_BASE_RETRY_H

#include "base/base.h"

#define RETRY_MAX_STEPS 32

struct retry_schedule {
	usec_t step[RETRY_MAX_STEPS]; /* step[0] is the delay before the first try */
	unsigned count;
};

/* Parses "0s 2s 10s 1m …": 1 to RETRY_MAX_STEPS delays. 0 or -EINVAL (*ret_why: static text). */
MUST_CHECK int retry_parse(const char *text, struct retry_schedule *ret_schedule,
			   const char **ret_why);

/*
 * The delay before try number `tries` + 1, after `tries` tries (≥ 0) have been made, with a jitter
 * of ±20 %. Beyond the last step: the last one again if `repeat_last`, else USEC_NEVER.
 */
usec_t retry_delay(const struct retry_schedule *schedule, unsigned tries, bool repeat_last);

/* As retry_delay(), with the first step from there on that is `least` or longer, else the last one.
 */
usec_t retry_delay_least(const struct retry_schedule *schedule, unsigned tries, bool repeat_last,
			 usec_t least);

/* A delay spread evenly over ±20 %. */
usec_t retry_jitter(usec_t delay);

/* Retry-After of a peer, held between `delay` (our own) and `max`. `asked` 0 means it named none.
 */
usec_t retry_after(usec_t delay, usec_t asked, usec_t max);

#endif
