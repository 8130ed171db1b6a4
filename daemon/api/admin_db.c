/* /admin/v1/db: sizes, retention and backups. */
#include <errno.h>
#include <string.h>

#include "api/admin.h"
#include "backup.h"
#include "base/json.h"
#include "retention.h"
#include "store/db.h"
#include "store/retention.h"

static int put_sizes(struct api *api, struct json_object *object)
{
	struct retention_sizes sizes = { 0 };
	struct db_stats stats;
	int r = retention_sizes(api->core->db, &sizes);

	db_get_stats(api->core->db, &stats);
	json_put_int(object, "used_bytes", (int64_t)sizes.used_bytes);
	json_put_int(object, "free_bytes", (int64_t)sizes.free_bytes);
	json_put_int(object, "file_bytes", (int64_t)stats.file_bytes);
	json_put_int(object, "wal_bytes", (int64_t)stats.wal_bytes);
	return r;
}

static struct json_object *render_retention(const struct api *api)
{
	struct json_object *object = json_object_new_object();
	struct retention_status status;

	retention_get_status(api->retention, &status);
	json_put_bool(object, "running", status.is_running);
	json_put_time(object, "finished_at", status.finished_at);
	json_put_int(object, "rows", (int64_t)status.changed);
	json_put_int(object, "given_back_bytes", (int64_t)status.shrunk_bytes);
	return object;
}

static struct json_object *render_backup(const struct api *api)
{
	struct json_object *object = json_object_new_object();
	struct backup_status status;

	backup_get_status(api->backup, &status);
	json_put_bool(object, "running", status.is_running);
	json_put_int(object, "number", status.number);
	json_put_int(object, "pages_done", (int64_t)status.pages_done);
	json_put_int(object, "pages_total", (int64_t)status.pages_total);
	json_put_time(object, "finished_at", status.finished_at);
	json_put_string(object, "file", status.path);
	json_put_string(object, "error", status.error ? strerror(-status.error) : NULL);
	return object;
}

static void reply_state(struct api *api, struct http_request *request, int status)
{
	CLEANUP(json_putp) struct json_object *object = json_object_new_object();
	int r = put_sizes(api, object);

	if (r < 0) {
		api_reply_store_error(request, r);
		return;
	}
	json_put(object, "retention", render_retention(api));
	json_put(object, "backup", render_backup(api));
	api_reply_object(api, request, status, TAKE(object));
}

void api_admin_db(struct http_request *request, void *ctx)
{
	reply_state(ctx, request, 200);
}

void api_admin_db_prune(struct http_request *request, void *ctx)
{
	const struct api *api = ctx;

	retention_start(api->retention);
	reply_state(ctx, request, 202);
}

void api_admin_db_backup(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	CLEANUP(freep) char *why = NULL;
	int r = backup_start(api->backup);

	if (r == 0) {
		reply_state(api, request, 202);
		return;
	}
	why = r == -EBUSY    ? xstrdup("a backup is under way")
	      : r == -EEXIST ? xstrdup("one was made this very second")
	      : r == -ENOSPC ? xstrdup("it would not fit beside disk_reserve")
			     : xasprintf("it cannot be made: %s", strerror(-r));
	http_reply_problem(request, 409, "not_possible", why, NULL);
}
