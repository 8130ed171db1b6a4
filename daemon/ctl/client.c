/* Requests to the admin API over its unix socket. See client.h. */
#include "ctl/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>

#define TIMEOUT 120L /* seconds: longer than the longest wait */
#define POST_TIMEOUT 15L

void client_reply_done(struct client_reply *reply)
{
	buf_done(&reply->body);
	json_object_put(reply->json);
	*reply = (struct client_reply){ 0 };
}

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
	return buf_add(ctx, data, size * count) == 0 ? size * count : 0;
}

/* ---- what went wrong ---- */

/* No reply came. */
static int say_unreachable(const struct ctl *ctl, CURL *curl, CURLcode code)
{
	long error = 0;

	curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &error);
	if (code == CURLE_COULDNT_CONNECT && error == EACCES)
		return ctl_fail(CTL_NO_PERMISSION,
				"no permission for %s: you are not in its group; use sudo, or see "
				"admin_group in maaxd.ini",
				ctl->socket);
	if (code == CURLE_COULDNT_CONNECT)
		return ctl_fail(CTL_UNREACHABLE,
				"maaxd does not answer at %s: %s; is it running? (systemctl status "
				"maaxd, or --socket PATH)",
				ctl->socket, error ? strerror((int)error) : "no such socket");
	return ctl_fail(CTL_UNREACHABLE, "maaxd stopped answering: %s; look at its log",
			curl_easy_strerror(code));
}

/* The daemon's own words, with the fields it names. */
static int say_problem(int exit_status, const struct client_reply *reply)
{
	struct json_object *errors = json_at(reply->json, "/errors");
	const char *detail = json_get_string(reply->json, "detail");

	if (!detail)
		return ctl_fail(exit_status, "maaxd replied with HTTP %d", reply->status);
	if (!errors || !json_object_is_type(errors, json_type_array))
		return ctl_fail(exit_status, "%s", detail);
	for (size_t i = 0; i < json_object_array_length(errors); i++) {
		struct json_object *error = json_object_array_get_idx(errors, i);
		const char *field = json_get_string(error, "field");

		IGNORE(ctl_fail(exit_status, "%s: %s", field ? field : "?",
				json_get_string(error, "detail"))); /* returned below */
	}
	return exit_status;
}

static int exit_of(const struct client_reply *reply)
{
	if (reply->status >= 200 && reply->status < 300)
		return CTL_OK;
	switch (reply->status) {
	case 400:
	case 415:
	case 422:
		return say_problem(CTL_USAGE, reply);
	case 403:
		return say_problem(CTL_NO_PERMISSION, reply);
	case 404:
		return say_problem(CTL_NOT_FOUND, reply);
	default:
		return say_problem(CTL_FAILED, reply);
	}
}

/* ---- requests ---- */

static CURL *open_handle(const struct ctl *ctl, const char *method, const char *path)
{
	CURL *curl = curl_easy_init();
	CLEANUP(freep) char *url = xasprintf("http://maaxd%s", path);

	if (!curl)
		abort(); /* only for want of memory */
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, ctl->socket);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	return curl;
}

static struct curl_slist *add_headers(const char *more)
{
	struct curl_slist *headers = curl_slist_append(NULL, "X-Maaxd-Admin: 1");

	headers = curl_slist_append(headers, "Content-Type: application/json");
	headers = curl_slist_append(headers, "Expect:");
	return more ? curl_slist_append(headers, more) : headers;
}

int client_call_with(struct ctl *ctl, const char *method, const char *path,
		     struct json_object *body, const char *header, struct client_reply *ret_reply)
{
	CURL *curl = open_handle(ctl, method, path);
	struct curl_slist *headers = add_headers(header);
	CLEANUP(freep) char *text = body ? json_format(body, NULL) : NULL;
	const char *why;
	long status = 0;
	CURLcode code;
	int r;

	*ret_reply = (struct client_reply){ .body = BUF_INIT(CLIENT_MAX_REPLY) };
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &ret_reply->body);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT);
	if (text)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	ret_reply->status = (int)status;
	if (code != CURLE_OK) {
		r = say_unreachable(ctl, curl, code);
	} else {
		IGNORE(json_parse(buf_text(&ret_reply->body), ret_reply->body.len, &ret_reply->json,
				  &why)); /* the configuration is none */
		r = exit_of(ret_reply);
	}
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return r;
}

int client_call(struct ctl *ctl, const char *method, const char *path, struct json_object *body,
		struct client_reply *ret_reply)
{
	return client_call_with(ctl, method, path, body, NULL, ret_reply);
}

/* ---- streams ---- */

struct line_reader {
	CURL *curl;
	struct buf line;
	struct buf error; /* the body of a reply that is no stream */
	client_line_fn *on_line;
	void *ctx;
	bool has_enough;
};

static size_t on_stream(char *data, size_t size, size_t count, void *ctx)
{
	struct line_reader *reader = ctx;
	size_t len = size * count;
	long status = 0;
	char *end;

	curl_easy_getinfo(reader->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200)
		return on_body(data, size, count, &reader->error);
	if (buf_add(&reader->line, data, len) < 0)
		return 0;
	while (reader->line.len > 0 && (end = memchr(reader->line.data, '\n', reader->line.len))) {
		*end = '\0';
		if (!reader->on_line(reader->line.data, reader->ctx)) {
			reader->has_enough = true;
			return 0;
		}
		buf_drop(&reader->line, (size_t)(end - reader->line.data) + 1);
	}
	return len;
}

int client_stream(struct ctl *ctl, const char *path, const char *last_event_id,
		  client_line_fn *on_line, void *ctx)
{
	CURL *curl = open_handle(ctl, "GET", path);
	CLEANUP(freep)
	char *position = last_event_id ? xasprintf("Last-Event-ID: %s", last_event_id) : NULL;
	struct curl_slist *headers = add_headers(position);
	struct line_reader reader = { .curl = curl,
				      .line = BUF_INIT(CLIENT_MAX_REPLY),
				      .error = BUF_INIT(CLIENT_MAX_REPLY),
				      .on_line = on_line,
				      .ctx = ctx };
	struct client_reply reply = { 0 };
	const char *why;
	long status = 0;
	CURLcode code;
	int r = CTL_OK;

	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_stream);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reader);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK && !reader.has_enough)
		r = say_unreachable(ctl, curl, code);
	else if (status != 200) {
		reply.status = (int)status;
		reply.body = reader.error;
		reader.error = (struct buf){ 0 };
		IGNORE(json_parse(buf_text(&reply.body), reply.body.len, &reply.json, &why));
		r = exit_of(&reply);
	}
	client_reply_done(&reply);
	buf_done(&reader.line);
	buf_done(&reader.error);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return r;
}

/* ---- elsewhere ---- */

static size_t discard(char *data, size_t size, size_t count, void *ctx)
{
	(void)data;
	(void)ctx;
	return size * count;
}

int client_post(const char *url, const char *const *headers, const char *body, char **ret_why)
{
	CURL *curl = curl_easy_init();
	struct curl_slist *list = NULL;
	long status = 0;
	CURLcode code;

	if (!curl)
		abort(); /* only for want of memory */
	for (size_t i = 0; headers[i]; i++)
		list = curl_slist_append(list, headers[i]);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, POST_TIMEOUT);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, discard);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK)
		*ret_why = xstrdup(curl_easy_strerror(code));
	curl_slist_free_all(list);
	curl_easy_cleanup(curl);
	return code == CURLE_OK ? (int)status : 0;
}

void client_add_query(struct buf *path, const char *key, const char *value)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "-._~:@";
	int r;

	if (!value)
		return;
	r = buf_add_format(path, "%c%s=", strchr(buf_text(path), '?') ? '&' : '?', key);
	for (; *value && r == 0; value++)
		r = strchr(plain, *value) ? buf_add(path, value, 1)
					  : buf_add_format(path, "%%%02X", (unsigned char)*value);
	if (r < 0)
		abort(); /* a path is given room for a whole command line */
}

/* ---- lists ---- */

static int list_page(struct ctl *ctl, const char *path, size_t *left, client_row_fn *row, void *ctx,
		     char **ret_cursor)
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	int r = client_call(ctl, "GET", path, NULL, &reply);
	struct json_object *rows = json_at(reply.json, "/data");

	*ret_cursor = NULL;
	if (r != CTL_OK)
		return r;
	for (size_t i = 0; rows && i < json_object_array_length(rows) && *left > 0; i++) {
		row(ctl, json_object_array_get_idx(rows, i), ctx);
		(*left)--;
	}
	*ret_cursor = xstrdup_null(json_get_string(reply.json, "next_cursor"));
	return CTL_OK;
}

int client_list(struct ctl *ctl, const char *path, size_t limit, client_row_fn *row, void *ctx)
{
	CLEANUP(freep) char *cursor = NULL;
	size_t left = limit;
	int r;

	do {
		CLEANUP(buf_done) struct buf url = BUF_INIT(MIB);
		CLEANUP(freep) char *size = xasprintf("%zu", left < 250 ? left : (size_t)250);
		char *next = NULL;

		if (buf_add_text(&url, path) < 0)
			abort(); /* it fits */
		client_add_query(&url, "limit", size);
		client_add_query(&url, "cursor", cursor);
		r = list_page(ctl, buf_text(&url), &left, row, ctx, &next);
		free(cursor);
		cursor = next;
	} while (r == CTL_OK && cursor && left > 0);
	return r;
}
