/* Waiting for conditions: never a fixed sleep, always a generous deadline. */
#ifndef MAAXD_TESTS_LIB_WAIT_H
#define MAAXD_TESTS_LIB_WAIT_H

#include "base/base.h"

/* 30 seconds from now, times the environment's TEST_TIME_FACTOR; for clock_boottime(). */
usec_t wait_deadline(void);

/* Sleeps 5 ms; fails the test, naming what it waited for, once the deadline is over. */
void wait_a_little(usec_t deadline, const char *what, const char *file, int line);

/* Polls until the condition holds; the test fails when it does not in time. */
#define WAIT_FOR(condition) \
	do { \
		usec_t deadline_ = wait_deadline(); \
		while (!(condition)) \
			wait_a_little(deadline_, #condition, __FILE__, __LINE__); \
	} while (0)

#endif
