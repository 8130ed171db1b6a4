/* What several verbs do alike: POST an action, and say what was done. */
#ifndef MAAXD_CTL_ACTION_H
#define MAAXD_CTL_ACTION_H

#include "ctl/ctl.h"

/*
 * POSTs `body` (borrowed; gets the member dry_run from --dry-run) to a path. Prints the reply as
 * JSON, or "WHAT: DONE", behind "would be done: " in a dry run. CTL_OK, or it has been said.
 */
struct action {
	const char *path;
	const char *what; /* an id or a name */
	const char *done;
};
int action_post(struct ctl *ctl, const struct action *action, struct json_object *body);

/* The same for one row of a collection of the API, found by what a person typed. */
struct action_on_id {
	const char *prefix; /* "cnv_" */
	const char *given;  /* as for ctl_find_id() */
	const char *collection;
	const char *verb; /* /admin/v1/COLLECTION/ID/VERB */
	const char *done;
};
int action_post_on_id(struct ctl *ctl, const struct action_on_id *action, struct json_object *body);

/* A destination's name goes into a path as it is. CTL_OK, or it is none, which has been said. */
int action_check_destination(const char *name);

#endif
