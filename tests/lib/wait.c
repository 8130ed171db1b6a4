/* Waiting for conditions with a deadline. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/wait.h"

#include "base/clock.h"

#define PATIENCE_SEC 30
#define POLL_INTERVAL (5 * USEC_PER_MSEC)

usec_t wait_deadline(void)
{
	const char *text = getenv("TEST_TIME_FACTOR");
	double factor = text ? strtod(text, NULL) : 1;

	if (!(factor >= 1))
		factor = 1;
	return clock_boottime() + (usec_t)(PATIENCE_SEC * factor * (double)USEC_PER_SEC);
}

void wait_a_little(usec_t deadline, const char *what, const char *file, int line)
{
	if (clock_boottime() > deadline) {
		print_error("%s:%d: waited in vain for: %s\n", file, line, what);
		_fail(file, line);
	}
	usleep(POLL_INTERVAL);
}
