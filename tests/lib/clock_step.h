/* A wall clock of the test's own for the programs it starts: they see each step as it is made. */
#ifndef MAAXD_TESTS_LIB_CLOCK_STEP_H
#define MAAXD_TESTS_LIB_CLOCK_STEP_H

#include "base/base.h"

/*
 * Whatever is started between these two sees the machine's clock, plus the step. The test itself
 * does not. They change the environment that children inherit.
 */
void clock_step_begin(void);
void clock_step_end(void);

/* How far the wall clock is off from now on, in microseconds; 0 at first. */
void clock_step_set(int64_t step);

#endif
