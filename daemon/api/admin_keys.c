/* /admin/v1/keys: bearer keys of sources, made here. Only the reply that makes one shows it. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "api/admin.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/sign.h"
#include "store/keys.h"

#define KEY_BYTES 32
#define KEY_PREFIX "maaxd_" /* so that scanners for leaked secrets know one when they see it */
#define MAX_LABEL 64

static struct json_object *render_key(const struct key *key)
{
	struct json_object *object = json_object_new_object();

	json_put_id(object, "id", ID_KEY, key->id);
	json_put_string(object, "source", key->source);
	json_put_string(object, "label", key->label);
	json_put_time(object, "created_at", key->created_at);
	json_put_time(object, "revoked_at", key->revoked_at);
	return object;
}

void api_admin_keys_list(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	struct json_object *array;
	struct admin_page page;
	struct key *keys;
	int64_t next = 0;
	int count;

	if (!admin_page(request, ID_KEY, &page))
		return;
	array = json_object_new_array();
	keys = xcalloc(page.limit, sizeof(*keys));
	count = keys_list(api->core->db, page.before, page.limit, keys);
	for (int i = 0; i < count; i++) {
		json_object_array_add(array, render_key(&keys[i]));
		next = keys[i].id;
		key_done(&keys[i]);
	}
	free(keys);
	admin_reply_page(api, request, array, count, ID_KEY,
			 (unsigned)count == page.limit ? next : 0);
}

/* The source that a body names, if it takes keys. NULL: 422 was replied. */
static const struct config_source *body_source(struct admin_action *action)
{
	const char *name = json_get_string(action->body, "source");
	const struct config_source *source =
		name ? config_source(action->api->core->config, name) : NULL;

	if (!source)
		http_reply_problem(action->request, 422, "invalid", "some fields are wrong",
				   "[{\"field\":\"/source\",\"detail\":\"name a [source] of the "
				   "configuration\"}]");
	return source;
}

static int add(struct admin_action *action, void *ctx)
{
	const struct config_source *source = body_source(action);
	const char *label = json_get_string(action->body, "label");
	struct key key = { .id = ids_next(), .label = (char *)label, .created_at = clock_now() };
	CLEANUP(freep) char *random_text = NULL;
	CLEANUP(freep) char *text = NULL;
	uint8_t bytes[KEY_BYTES];
	struct json_object *object;
	int r;

	(void)ctx;
	if (!source)
		return 0;
	if (label && (!label[0] || strlen(label) > MAX_LABEL)) {
		admin_refuse(action->request, "label has 1 to 64 bytes");
		return 0;
	}
	sign_random(bytes, sizeof(bytes));
	random_text = sign_base64url(bytes, sizeof(bytes));
	text = xasprintf(KEY_PREFIX "%s", random_text);
	sign_sha256(text, strlen(text), key.digest);
	key.source = source->name;
	r = keys_insert(action->api->core->db, &key);
	if (r < 0)
		return r;
	object = render_key(&key);
	json_put_string(object, "key", action->is_dry ? NULL : text);
	json_put(action->object, "key", object);
	explicit_bzero(bytes, sizeof(bytes));
	explicit_bzero(text, strlen(text));
	explicit_bzero(random_text, strlen(random_text));
	return 1;
}

static int revoke_key(struct admin_action *action, void *ctx)
{
	const int64_t *id = ctx;
	int r = keys_revoke(action->api->core->db, *id, clock_now());

	action->missing = "key, or it is revoked already";
	json_put_id(action->object, "id", ID_KEY, *id);
	json_put_string(action->object, "status", "revoked");
	return r == 0 ? -ENOENT : r;
}

void api_admin_keys_post(struct http_request *request, void *ctx)
{
	CLEANUP(admin_action_done) struct admin_action action = { 0 };

	if (admin_action_begin(&action, ctx, request))
		admin_action_run(&action, add, NULL);
}

void api_admin_keys_revoke(struct http_request *request, void *ctx)
{
	CLEANUP(admin_action_done) struct admin_action action = { 0 };
	int64_t id;

	if (admin_path_id(request, ID_KEY, "key", &id) && admin_action_begin(&action, ctx, request))
		admin_action_run(&action, revoke_key, &id);
}
