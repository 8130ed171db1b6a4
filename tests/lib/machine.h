/* A machine of the test's own for the programs it starts: its clocks and its disk do as they are
 * told. */
#ifndef MAAXD_TESTS_LIB_MACHINE_H
#define MAAXD_TESTS_LIB_MACHINE_H

#include "preload/machine.h"

#include "base/base.h"

/*
 * setup and teardown for cmocka: whatever the test starts is on that machine, the test itself is
 * not. They change the environment that children inherit.
 */
int machine_setup(void **state);
int machine_teardown(void **state);

/* How far the wall clock is off from now on, in microseconds; 0 at first. */
void machine_step_clock(int64_t step);
/*
 * As if the machine had been suspended for so long. A timer that was armed before is noticed when
 * the program wakes up for something else: within 2 seconds, in maaxd.
 */
void machine_sleep(int64_t length);
/* What becomes of reads and syncs from now on; all is fine at first. */
void machine_set_disk(enum machine_disk disk);

#endif
