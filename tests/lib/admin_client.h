/* The admin API from a test's side. */
#ifndef MAAXD_TESTS_LIB_ADMIN_CLIENT_H
#define MAAXD_TESTS_LIB_ADMIN_CLIENT_H

#include "lib/harness.h"

/* A request to the admin socket; the status is expected, the reply is the caller's. */
struct json_object *admin_call(struct harness *h, const char *method, const char *path,
			       const char *body, int status);
/* The same as a POST whose reply does not matter. */
void admin_post(struct harness *h, const char *path, const char *body, int status);

/* POST /admin/v1/KIND/ID/VERB; `body` NULL: {}. */
struct json_object *admin_act_reply(struct harness *h, const char *kind, const char *id,
				    const char *verb, const char *body, int status);
void admin_act(struct harness *h, const char *kind, const char *id, const char *verb,
	       const char *body, int status);

/* Whether a message of "crm" is in a state now. */
bool admin_is_state(struct harness *h, const char *id, const char *state);

/* The first id of a list, once there is one; the caller's. */
char *admin_wait_listed(struct harness *h, const char *path);

#endif
