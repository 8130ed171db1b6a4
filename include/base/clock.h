/*
 * Time. The only file that asks the system for it.
 *
 * Due times use clock_now(): the wall clock read once at start, carried on by CLOCK_BOOTTIME. A
 * stepped clock then neither loses a timer nor fires it twice. Times of different runs compare,
 * since clock_not_before() keeps a run from beginning before the end of the last one. The true wall
 * clock is for signatures and for people only.
 */
#ifndef MAAXD_BASE_CLOCK_H
#define MAAXD_BASE_CLOCK_H

#include "base/base.h"

usec_t
clock_now(void); /* steady, in microseconds since the epoch; for due times and stored times */
usec_t clock_wall(void);     /* the true wall clock, in microseconds since the epoch */
usec_t clock_boottime(void); /* CLOCK_BOOTTIME */

/*
 * Tells clock_now() of a moment that has been, from a run before this one. If the wall clock was
 * set back since then, clock_now() goes on from that moment: what is due in a minute would else be
 * due in a minute and all that the clock was set back by. Returns how much that was, else 0. Only
 * before the first timer is armed.
 */
usec_t clock_not_before(usec_t at);

/* A clock_now() time as CLOCK_BOOTTIME, for arming timers. USEC_NEVER stays USEC_NEVER. */
usec_t clock_to_boottime(usec_t at);

/* Replaces clock_now() by a fixed time in tests; 0 gives the real clock back. */
void clock_fake(usec_t at);

#define CLOCK_RFC3339_SIZE sizeof("2026-01-02T03:04:05.678Z")

/* Writes RFC 3339 in UTC with milliseconds. Returns `out`. */
const char *clock_format(usec_t at, char out[static CLOCK_RFC3339_SIZE]);

/* Reads an RFC 3339 time, "2026-01-02T03:04:05Z", with or without a fraction, with Z or an offset.
 * 0 or -EINVAL. */
MUST_CHECK int clock_parse(const char *text, usec_t *ret_at);

#endif
