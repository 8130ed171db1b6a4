/* What the files of app.c share. */
#ifndef MAAXD_APP_PRIVATE_H
#define MAAXD_APP_PRIVATE_H

#include "api/api.h"
#include "app.h"
#include "base/tokens.h"
#include "core.h"

struct app {
	struct core core;
	struct api api;
	struct config *config;
	struct tokens tokens;
	struct submit *submit;
	struct correlate *correlate;
	struct deadline *deadline;
	struct history *history;
	struct alerts *alerts;
	struct loop_source *signals[3];
	struct loop_source *watchdog;
	struct loop_source *upkeep; /* disk, status, pruning */
	struct loop_source *stop_timer;
	usec_t watchdog_interval;
	usec_t stop_by;		/* when what is still open at a stop is cut off */
	bool is_losing_batches; /* the last batch was lost: said once, until one is written */
	struct metric *commit_time;
};

/* Startup steps log their own failure. 0 or the exit status. */
MUST_CHECK int app_open_keys(struct app *app, bool accept_lost_keys); /* app_keys.c */
MUST_CHECK int app_listen(struct app *app);			      /* app_listen.c */

char *app_key_path(const struct app *app); /* of the callback keys; a heap string */

/* app_upkeep.c */
MUST_CHECK int app_start_upkeep(struct app *app);
void app_stop_upkeep(struct app *app);

#endif
