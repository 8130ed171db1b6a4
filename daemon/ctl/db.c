/* maaxctl db: prune and backup. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl/client.h"
#include "ctl/output.h"

static int prune(struct ctl *ctl)
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	int r = client_call(ctl, "POST", "/admin/v1/db/prune", NULL, &reply);

	if (r != CTL_OK)
		return r;
	if (ctl->is_json)
		output_json(reply.json);
	else
		printf("a pass begins; maaxctl db shows what it does\n");
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

static bool write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t written = write(fd, data, len);

		if (written < 0)
			return false;
		data += written;
		len -= (size_t)written;
	}
	return true;
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
		if (!write_all(out, data, (size_t)len))
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

static int backup(struct ctl *ctl)
{
	const struct timespec rest = { .tv_nsec = 100000000 };
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	const char *file;
	int r = client_call(ctl, "POST", "/admin/v1/db/backup", NULL, &reply);

	while (r == CTL_OK && output_bool(reply.json, "/backup/running")) {
		nanosleep(&rest, NULL);
		client_reply_done(&reply);
		r = client_call(ctl, "GET", "/admin/v1/db", NULL, &reply);
	}
	if (r != CTL_OK)
		return r;
	file = output_raw(reply.json, "/backup/file");
	if (output_raw(reply.json, "/backup/error") || !file)
		return ctl_fail(CTL_FAILED, "the backup failed: %s",
				output_raw(reply.json, "/backup/error"));
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
	if (streq(what, "backup"))
		return backup(ctl);
	return ctl_fail(CTL_USAGE, "usage: maaxctl db %s", ctl->verb->usage);
}
