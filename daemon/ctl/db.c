/* maaxctl db: prune, check and backup. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "ctl/client.h"
#include "ctl/output.h"
#include "ctl/text.h"

/* What is under way is asked for so often. */
static int look_again(struct ctl *ctl, struct client_reply *reply)
{
	const struct timespec rest = { .tv_nsec = 100000000 };

	nanosleep(&rest, NULL);
	client_reply_done(reply);
	return client_call(ctl, "GET", "/admin/v1/db", NULL, reply);
}

static bool is_pass_done(struct json_object *reply, int64_t wanted)
{
	int64_t number = output_int(reply, "/retention/number");

	return number > wanted || (number == wanted && !output_bool(reply, "/retention/running"));
}

static int prune(struct ctl *ctl)
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	int r = client_call(ctl, "POST", "/admin/v1/db/prune", NULL, &reply);
	int64_t wanted = output_int(reply.json, "/retention/number") + 1;
	char size[TEXT_TIME_SIZE];

	while (r == CTL_OK && !is_pass_done(reply.json, wanted))
		r = look_again(ctl, &reply);
	if (r != CTL_OK)
		return r;
	if (ctl->is_json)
		output_json(json_at(reply.json, "/retention"));
	else
		printf("%lld rows purged or deleted, %s given back\n",
		       (long long)output_int(reply.json, "/retention/rows"),
		       text_size(output_int(reply.json, "/retention/given_back_bytes"), size));
	return CTL_OK;
}

static int show(struct ctl *ctl)
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	int r = client_call(ctl, "GET", "/admin/v1/db", NULL, &reply);

	if (r == CTL_OK)
		output_json(reply.json);
	return r;
}

static int fail_copy(const char *path)
{
	return ctl_fail(CTL_FAILED, "%s: %s; the backup itself was made", path, strerror(errno));
}

static int copy_file(const char *from, const char *to)
{
	CLEANUP(closep) int in = open(from, O_RDONLY | O_CLOEXEC);
	CLEANUP(closep) int out = -1;
	static char data[64 * KIB];
	ssize_t len;

	if (in < 0)
		return fail_copy(from);
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		return fail_copy(to);
	while ((len = read(in, data, sizeof(data))) > 0)
		if (file_write_all(out, data, (size_t)len) < 0)
			return fail_copy(to);
	return len < 0 || fsync(out) < 0 ? fail_copy(to) : CTL_OK;
}

static int copy_backup(const char *from, const char *to)
{
	CLEANUP(freep) char *stem = xstrndup(from, strlen(from) - strlen(".db"));
	CLEANUP(freep) char *keys = xasprintf("%s.callback-keys", stem);
	CLEANUP(freep) char *to_keys = xasprintf("%s.callback-keys", to);
	int r = copy_file(from, to);

	return r == CTL_OK ? copy_file(keys, to_keys) : r;
}

/* Begins one, and waits until it is over. */
static int run(struct ctl *ctl, const char *path, struct client_reply *reply)
{
	CLEANUP(json_putp) struct json_object *body = json_object_new_object();
	int r;

	json_put_bool(body, "verify", ctl_has(ctl, "verify"));
	r = client_call(ctl, "POST", path, body, reply);
	while (r == CTL_OK && output_bool(reply->json, "/backup/running"))
		r = look_again(ctl, reply);
	return r;
}

/* What the check found, for people. */
static int fail(struct ctl *ctl, struct json_object *reply, const char *what)
{
	if (ctl->is_json)
		output_json(json_at(reply, "/backup"));
	else
		output_block("  ", output_raw(reply, "/backup/finding"));
	return ctl_fail(CTL_FAILED, "the %s failed: %s", what, output_raw(reply, "/backup/error"));
}

static int check(struct ctl *ctl)
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	int r = run(ctl, "/admin/v1/db/check", &reply);

	if (r != CTL_OK)
		return r;
	if (output_raw(reply.json, "/backup/error"))
		return fail(ctl, reply.json, "check");
	if (ctl->is_json)
		output_json(json_at(reply.json, "/backup"));
	else
		printf("the database is whole\n");
	return CTL_OK;
}

static int backup(struct ctl *ctl)
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	const char *file;
	int r = run(ctl, "/admin/v1/db/backup", &reply);

	if (r != CTL_OK)
		return r;
	file = output_raw(reply.json, "/backup/file");
	if (output_raw(reply.json, "/backup/error") || !file)
		return fail(ctl, reply.json, "backup");
	if (ctl->count == 2)
		r = copy_backup(file, ctl->arguments[1]);
	if (r != CTL_OK)
		return r;
	if (ctl->is_json)
		output_json(json_at(reply.json, "/backup"));
	else
		printf("%s\n", ctl->count == 2 ? ctl->arguments[1] : file);
	return CTL_OK;
}

int ctl_db(struct ctl *ctl)
{
	const char *what = ctl->count > 0 ? ctl->arguments[0] : "";

	if (ctl->count == 0)
		return show(ctl);
	if (streq(what, "prune") && ctl->count == 1)
		return prune(ctl);
	if (streq(what, "check") && ctl->count == 1)
		return check(ctl);
	if (streq(what, "backup"))
		return backup(ctl);
	return ctl_fail(CTL_USAGE, "usage: maaxctl db %s", ctl->verb->usage);
}
