/*
 * The daemon as a whole: owns everything, starts in order, stops in reverse.
 *
 * Start: loop, database (migrated), ids, callback keys, fetchers, stages, HTTP, listeners; then
 * what a run before left is taken over, and READY=1. A failure names its cause and cure in one line
 * and exits: 78 for the configuration and what contradicts it, 77 for missing rights, 74 for I/O
 * errors, 75 for a database another process has, else 1.
 *
 * SIGHUP: the file is read and checked whole, then swapped, or the old one is kept and the reason
 * logged. SIGTERM, SIGINT: no new connection; waiting requests are answered, streams say bye;
 * submits and deliveries that are under way may end within shutdown_timeout; what has not is taken
 * over by the next run. Exit 0. An I/O error of a commit's sync: nobody knows what is on disk; exit
 * 74, the service manager starts us again.
 */
#ifndef MAAXD_APP_H
#define MAAXD_APP_H

#include "base/base.h"

#define APP_EXIT_IO 74	   /* EX_IOERR */
#define APP_EXIT_BUSY 75   /* EX_TEMPFAIL */
#define APP_EXIT_RIGHTS 77 /* EX_NOPERM */
#define APP_EXIT_CONFIG 78 /* EX_CONFIG */

struct config;

/* Runs the daemon until it is told to stop. Takes the configuration. Returns the exit status. */
int app_run(struct config *config, bool accept_lost_keys);

#endif
