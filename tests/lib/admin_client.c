/* The admin API from a test's side. See admin_client.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/admin_client.h"

struct json_object *admin_call(struct harness *h, const char *method, const char *path,
			       const char *body, int status)
{
	struct http_answer answer;
	struct json_object *json;

	harness_admin(h, method, path, body, &answer);
	if (answer.status != status)
		fail_msg("%s %s: %d %s", method, path, answer.status, buf_text(&answer.body));
	json = json_object_get(answer.json);
	http_answer_done(&answer);
	return json;
}

void admin_post(struct harness *h, const char *path, const char *body, int status)
{
	json_object_put(admin_call(h, "POST", path, body, status));
}

struct json_object *admin_act_reply(struct harness *h, const char *kind, const char *id,
				    const char *verb, const char *body, int status)
{
	CLEANUP(freep) char *path = xasprintf("/admin/v1/%s/%s/%s", kind, id, verb);

	return admin_call(h, "POST", path, body ? body : "{}", status);
}

void admin_act(struct harness *h, const char *kind, const char *id, const char *verb,
	       const char *body, int status)
{
	json_object_put(admin_act_reply(h, kind, id, verb, body, status));
}

bool admin_is_state(struct harness *h, const char *id, const char *state)
{
	CLEANUP(json_putp) struct json_object *story = harness_message(h, id);

	return json_path_is(story, "/message/state", state);
}

char *admin_wait_listed(struct harness *h, const char *path)
{
	char *id = NULL;

	WAIT_FOR(({
		CLEANUP(json_putp)
		struct json_object *list = admin_call(h, "GET", path, NULL, 200);

		id = xstrdup_null(json_path(list, "/data/0/id"));
		id;
	}));
	return id;
}
